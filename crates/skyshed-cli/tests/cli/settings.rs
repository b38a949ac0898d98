//! Settings of `serve`: from flags, environment and file; checked before anything is started.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{FIXED, directory, skyshed, text};

/// Runs `serve --check --json` and gives the exit code and the report.
fn check(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, Value) {
    let mut command = skyshed(directory);
    command.args(["serve", "--check", "--json"]).args(arguments).envs(environment.iter().copied());
    let output = command.output().expect("the binary runs");
    let report = serde_json::from_slice(&output.stdout);
    (
        output.status.code(),
        report.unwrap_or_else(|error| panic!("{error}: {}: {}", output.status, text(&output.stderr))),
    )
}

fn setting<'a>(report: &'a Value, key: &str) -> &'a Value {
    let rows = report["settings"].as_array().expect("settings");
    rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key} is not listed"))
}

fn failed(report: &Value) -> Vec<String> {
    let checks = report["checks"].as_array().expect("checks").iter();
    checks
        .filter(|check| check["ok"] == false)
        .map(|check| check["detail"].as_str().expect("text").to_owned())
        .collect()
}

#[test]
fn check_says_what_is_in_force_and_by_whom() {
    let directory = directory("serve-check");
    fs::create_dir_all(directory.join("etc")).expect("a directory");
    fs::write(directory.join("etc/plan.toml"), "[slot]\nscope = \"inhabited\"\n").expect("a file");
    let file =
        "config = \"plan.toml\"\nlisten = \"127.0.0.1:1\"\n[limits]\nrequests = 7\nbody_bytes = 2048\n";
    fs::write(directory.join("etc/serve.toml"), file).expect("a file");
    let arguments = ["--settings", "etc/serve.toml", "--listen", "127.0.0.1:0", "--policy", "all-on"];
    let arguments = [&arguments[..], &FIXED[..]].concat();
    let (code, report) = check(&directory, &arguments, &[("SKYSHED_LIMITS_REQUESTS", "8")]);
    assert_eq!((code, failed(&report)), (Some(0), vec![]), "{report:#}");
    let said = |key: &str| {
        let row = setting(&report, key);
        (row["value"].as_str().unwrap_or_default(), row["origin"].as_str().expect("text"))
    };
    assert_eq!(said("listen"), ("127.0.0.1:0", "flag"));
    assert_eq!(said("limits.requests"), ("8", "environment"));
    assert_eq!(said("limits.body_bytes"), ("2048", "file"));
    assert_eq!(said("limits.headers"), ("64", "default"));
    assert_eq!(said("config"), ("etc/plan.toml", "file"), "beside the file that names it");
    assert_eq!(said("elements"), (FIXED[1], "flag"));
    assert_eq!(setting(&report, "limits.body_bytes")["variable"], "SKYSHED_LIMITS_BODY_BYTES");
    let slot = report["checks"].as_array().expect("checks").iter().find(|check| check["what"] == "slot");
    let slot = slot.expect("a slot is planned")["detail"].as_str().expect("text");
    assert!(slot.starts_with("the slot of 2026-08-22T21:00:12Z can be planned"), "{slot}");
    // Nothing was left behind, and the file may be named by the environment too.
    let (code, report) =
        check(&directory, &FIXED, &[("SKYSHED_SETTINGS", "etc/serve.toml"), ("SKYSHED_POLICY", "all-on")]);
    assert_eq!((code, &setting(&report, "limits.requests")["value"]), (Some(0), &"7".into()), "{report:#}");
}

#[test]
fn check_finds_everything_that_is_wrong() {
    let directory = directory("serve-check-wrong");
    let (code, report) = check(
        &directory,
        &[
            "--listen",
            "203.0.113.7:80",
            "--elements",
            "none.json",
            "--config",
            "none.toml",
            "--ground",
            "nowhere",
            "--policy",
            "all-on",
        ],
        &[],
    );
    let found = failed(&report);
    assert_eq!((code, found.len(), &report["ok"]), (Some(1), 4, &false.into()), "{found:?}");
    for part in ["203.0.113.7 is no address of this machine", "none.json", "none.toml", "nowhere"] {
        assert!(found.iter().any(|detail| detail.contains(part)), "{part} is not in {found:?}");
    }
    let (code, report) = check(&directory, &["--log", "no-log-here"], &[]);
    // The code of a log that is not there.
    assert_eq!(code, Some(6), "{report:#}");
    assert!(failed(&report).iter().any(|detail| detail.contains("no-log-here")), "{report:#}");
    // What cannot be a setting is told before anything is read, by `serve` as by `--check`.
    fs::write(directory.join("serve.toml"), "[limits]\nrequest = 1\n").expect("a file");
    for wrong in [&["--limits-requests", "0"][..], &["--settings", "serve.toml"]] {
        let (code, report) = check(&directory, wrong, &[("SKYSHED_LISTN", "x")]);
        assert_eq!((code, failed(&report).len()), (Some(1), 2), "{report:#}");
        let output = skyshed(&directory).arg("serve").args(wrong).output().expect("the binary runs");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        assert!(text(&output.stderr).contains("the settings are wrong"), "{}", text(&output.stderr));
    }
}
