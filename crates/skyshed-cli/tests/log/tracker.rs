//! The log's history for shutdown trackers, and what they saw as observations in the log.

use std::fs;

use serde_json::Value;

use crate::support::{Scene, text};

const PROBE: &str = "probe@university";
const AT: [&str; 2] = ["--at", "2026-10-10T12:00:00Z"];

#[test]
fn the_history_is_exported_read_back_signed_and_appended() {
    let scene = Scene::demo("tracker");
    let told =
        scene.json(&["export", "shutdowns", "out.csv", AT[0], AT[1], "--proofs", "https://log.example"]);
    let periods = told["periods"].as_u64().expect("a number") as usize;
    let rows = fs::read_to_string(scene.folder.join("out.csv")).expect("the rows");
    assert!(periods > 50, "{told}");
    assert_eq!(rows.matches("\r\n").count(), periods + 1);
    assert!(rows.contains("https://log.example/proof/"), "proofs are linked");
    scene.answer(&["export", "radar", "out.json", AT[0], AT[1]]);
    let radar = fs::read(scene.folder.join("out.json")).expect("the annotations");
    let radar: Value = serde_json::from_slice(&radar).expect("JSON");
    assert_eq!(radar["result"]["annotations"].as_array().map(Vec::len), Some(periods));

    let all = scene.json(&["import", "radar", "out.json", "--as", PROBE, "--out", "all"]);
    assert_eq!((&all["observations"], &all["problems"]), (&periods.into(), &Value::Array(vec![])));
    scene.answer(&[
        "import",
        "shutdowns",
        "out.csv",
        "--as",
        PROBE,
        "--out",
        "seen",
        "--territory",
        "Taiwan",
    ]);
    let body = fs::read_to_string(scene.folder.join("seen/observation-00001.json")).expect("an observation");
    assert!(body.contains("\"territory\": \"TW\"") && body.contains("\"served\": false"), "{body}");
    let file = "seen/observation-00001.json";
    scene.answer(&["log", "sign", file, "--type", "observe", "--key", &scene.key(PROBE), "--as", PROBE]);
    let record = "seen/observation-00001.record.json";
    let appended = scene.json(&["log", "append", record, "--clock", "2026-10-10T12:00:00Z"]);
    assert_eq!(appended["records"][0]["type"], "observe", "{appended}");
}

#[test]
fn files_that_are_no_trackers_are_refused() {
    let scene = Scene::demo("tracker-bad");
    let refused = |file: &str, content: &str, form: &str, code: i32, part: &str| {
        fs::write(scene.folder.join(file), content).expect("a file");
        let output = scene.run(&["import", form, file, "--as", PROBE, "--out", "seen"]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{file}: {message}");
        assert!(message.contains(part), "{file}: {message}");
        assert!(!scene.folder.join("seen").exists(), "{file}");
    };
    refused("a.csv", "a,b\n1,2\n", "shutdowns", 1, "country");
    refused("b.csv", "country,start_date\nAtlantis,2024-01-01\n", "shutdowns", 6, "Atlantis");
    refused("c.json", "{}", "radar", 1, "Radar");
    refused("d.json", "{\"success\":true,\"result\":{\"annotations\":[]}}", "radar", 6, "nothing");
}
