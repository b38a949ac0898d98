//! The files by which others run the service: checked by their own tools where these are there, and read here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{directory, text};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(repository(path)).expect(path)
}

#[test]
fn systemd_takes_the_unit_and_finds_it_hardened() {
    let found = Command::new("systemd-analyze").arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        let required = std::env::var_os("SKYSHED_REQUIRE_SYSTEMD").is_some();
        assert!(!required, "systemd-analyze is required and not there; install systemd");
        eprintln!("skipped: systemd-analyze is not there; install systemd (on Debian: apt install systemd)");
        return;
    }
    // It looks whether the binary is there: here it is the one that was built for this test.
    let directory = directory("systemd");
    let unit = read("packaging/skyshed.service").replace("/usr/bin/skyshed", env!("CARGO_BIN_EXE_skyshed"));
    let path = directory.join("skyshed.service");
    fs::write(&path, unit).expect("a unit");
    let run = |arguments: &[&str]| {
        let output = Command::new("systemd-analyze").args(arguments).arg(&path).output().expect("it runs");
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    };
    let said = run(&["verify"]);
    assert!(!said.contains("skyshed.service"), "{said}");
    // Exposure of at most 2.0 of 10; 1.4 is what is left with a network, a disk and a priority that can be lowered.
    run(&["security", "--offline=true", "--threshold=20"]);
}

/// Instructions of a container file, with the lines that continue them: name and rest.
fn instructions(file: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = file.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            (name.to_owned(), rest.trim().to_owned())
        })
        .collect()
}

#[test]
fn the_container_file_is_well_formed_and_runs_as_nobody_of_consequence() {
    let all = instructions(&read("Containerfile"));
    let known = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "LABEL",
        "USER",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    ];
    assert!(all.iter().all(|(name, _)| known.contains(&name.as_str())), "{all:?}");
    let stages: Vec<usize> = (0..all.len()).filter(|index| all[*index].0 == "FROM").collect();
    assert_eq!((stages.len(), stages[0]), (2, 0), "two stages, the first begins the file");
    for index in &stages {
        let image = all[*index].1.split(' ').next().unwrap_or_default();
        let (_, tag) = image.rsplit_once(':').expect("a tag");
        assert!(
            tag != "latest" && image.starts_with("docker.io/"),
            "{image} names no release or no registry"
        );
    }
    let last = &all[stages[1]..];
    let one = |name: &str| {
        let found: Vec<&String> =
            last.iter().filter(|(other, _)| other == name).map(|(_, rest)| rest).collect();
        assert_eq!(found.len(), 1, "{name} stands once in the last stage");
        found[0].clone()
    };
    assert_eq!(one("USER"), "10001:10001");
    let list = |text: &str| -> Vec<String> { serde_json::from_str(text).expect("the form without a shell") };
    assert_eq!((list(&one("ENTRYPOINT")), list(&one("CMD"))), (vec!["skyshed".into()], vec!["serve".into()]));
    let health = one("HEALTHCHECK");
    let (options, command) = health.split_once("CMD ").expect("a command");
    assert_eq!(list(command), ["skyshed", "serve", "--probe"]);
    for option in ["--interval=", "--timeout=", "--start-period=", "--retries="] {
        assert!(options.contains(option), "{option}");
    }
    // Nothing is installed or copied after the user is the service's.
    let user = last.iter().position(|(name, _)| name == "USER").expect("a user");
    assert!(last[user..].iter().all(|(name, _)| !["RUN", "COPY"].contains(&name.as_str())));
    assert!(last.iter().any(|(name, rest)| name == "COPY" && rest.starts_with("--from=build /out/skyshed ")));
    // What it sets is a setting, or the data directory.
    let (_, variables) = last.iter().find(|(name, _)| name == "ENV").expect("variables");
    let directory = directory("container");
    let mut check = Command::new(env!("CARGO_BIN_EXE_skyshed"));
    check.args(["serve", "--check", "--json", "--policy", "all-off", "--elements", "preset:starlink-550"]);
    for variable in variables.split_whitespace() {
        let (name, value) = variable.split_once('=').expect("a value");
        check.env(name, value.replace("/var/lib/skyshed", &directory.display().to_string()));
    }
    let output = check.output().expect("the binary runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(output.status.success(), "{report:#}");
    let by_environment = |row: &&Value| row["origin"] == "environment";
    let set = report["settings"].as_array().expect("settings").iter().filter(by_environment).count();
    assert_eq!(set, variables.split_whitespace().count() - 1, "all but SKYSHED_HOME");
}
