//! `why`, `slot` and `coverage` answer in text and in JSON.

use std::process::Stdio;

use crate::support::{FIXED, answer, directory, json, run, skyshed, snapshot, text};

fn with_fixed<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &FIXED].concat()
}

#[test]
fn texts_are_as_reviewed() {
    let directory = directory("texts");
    for (name, arguments) in [
        ("why-brussels", &["why", "Brussels, BE"] as &[&str]),
        ("why-taipei", &["why", "Taipei"]),
        ("why-crimea", &["why", "44.95,34.1"]),
        ("slot", &["slot"]),
        ("coverage-ua", &["coverage", "UA"]),
    ] {
        snapshot(name, &answer(&directory, &with_fixed(arguments)));
    }
}

#[test]
fn json_has_stable_keys_in_their_order() {
    let directory = directory("json");
    let why = answer(&directory, &with_fixed(&["why", "-33.86,151.2", "--json"]));
    let keys: Vec<&str> = why
        .lines()
        .filter_map(|line| line.strip_prefix("  \""))
        .filter_map(|line| line.split_once("\":"))
        .map(|(key, _)| key)
        .collect();
    assert_eq!(keys.join(" "), "place cell territory time served cause activation sky path rtt_ms rate_mbps");
    let countries = json(&directory, &with_fixed(&["coverage", "--by", "country", "--json"]));
    let countries = countries.as_array().expect("an array");
    assert!(countries.len() > 200, "{}", countries.len());
    for key in ["territory", "iso_a3", "people", "people_served", "rtt_ms_p50", "rate_mbps_p50", "causes"] {
        assert!(countries.iter().all(|country| country.get(key).is_some()), "{key}");
    }
}

#[test]
fn places_begin_with_minus_and_flags_stand_anywhere() {
    let directory = directory("places");
    let why = json(
        &directory,
        &["--json", "why", "-33.86,-70.2", "--policy", "all-on", FIXED[0], FIXED[1], FIXED[2], FIXED[3]],
    );
    assert_eq!(why["place"]["latitude_deg"], -33.86);
    assert_eq!(why["activation"]["policy"], "all-on");
    let by_cell = json(&directory, &with_fixed(&["why", why["cell"].as_str().expect("a cell"), "--json"]));
    assert_eq!(by_cell["cell"], why["cell"]);
}

#[test]
fn without_flags_there_is_an_answer_for_now() {
    let output = run(&directory("now"), &["coverage", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let planet: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(planet["people_served"].as_u64().expect("people") > 1_000_000_000, "{planet}");
}

#[test]
fn the_help_names_every_column_of_the_table() {
    let help = answer(&directory("help"), &["slot", "--help"]);
    for part in
        ["latitude_deg", "beam_share", "null where there is no service", "--elements", "--at", "--json"]
    {
        assert!(help.contains(part), "{part} is missing from\n{help}");
    }
}

#[test]
fn a_compiled_map_is_read_from_a_file() {
    let map = concat!(env!("CARGO_MANIFEST_DIR"), "/../skyshed-ground/data/world.bin");
    let slot = json(&directory("map"), &with_fixed(&["slot", "--ground", map, "--json"]));
    assert_eq!(slot["ground"]["source"], map);
    assert_eq!(slot["ground"]["worldview"], "de-facto");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let directory = directory("pipe");
    let mut child = skyshed(&directory)
        .args(with_fixed(&["coverage", "--by", "country", "--json"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("panicked"));
}

#[test]
fn a_config_and_a_policy_change_the_answer() {
    let directory = directory("files");
    std::fs::write(directory.join("config.toml"), "[latency]\naccess_ms = 115.0\n").expect("a file");
    let policy = "name = \"mine\"\n[[decision]]\nterritory = \"BE\"\nstate = \"on\"\nreason = \"a test\"\nsince = \"2026-01-01\"\nreview = \"2027-01-01\"\n";
    std::fs::write(directory.join("policy.toml"), policy).expect("a file");
    let gateway = "[[gateway]]\nname = \"Ghent\"\ncountry = \"BE\"\nlatitude_deg = 51.05\nlongitude_deg = 3.72\napproximate = true\n";
    std::fs::create_dir_all(directory.join("ground")).expect("a directory");
    std::fs::write(directory.join("ground/gateways.toml"), gateway).expect("a file");
    let files = ["--config", "config.toml", "--policy", "policy.toml", "--ground", "ground"];
    let why =
        json(&directory, &[&with_fixed(&["why", "Brussels, BE", "--json"]) as &[&str], &files].concat());
    assert_eq!(why["path"]["access_ms"], 115.0, "{why}");
    assert_eq!(why["path"]["gateway"]["name"], "Ghent");
    assert_eq!(why["activation"]["decision"]["reason"], "a test");
}
