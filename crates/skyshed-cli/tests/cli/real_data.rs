//! The main job on real element sets.

use crate::support::{directory, outside_data, run, text};

#[test]
fn a_place_in_belgium_under_the_real_constellation() {
    let Some(data) = outside_data("why under real Starlink element sets") else { return };
    let elements = data.join("orbits/starlink-20260822T2029Z.tle.gz");
    let elements = elements.to_str().expect("a path in UTF-8");
    let arguments = ["why", "50.67,4.61", "--elements", elements, "--at", "2026-08-22T21:00:12Z", "--json"];
    let output = run(&directory("real"), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("numbered 100000 and up"), "{}", text(&output.stderr));
    let why: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(why["served"], true, "{why}");
    assert_eq!(why["territory"]["id"], "BE-WBR");
    assert_eq!(why["time"], "2026-08-22T21:00:12Z");
    assert!(why["path"]["satellite"]["name"].as_str().expect("a name").starts_with("STARLINK-"));
    // Published national medians are near 25 ms; geometry and access together cannot be under 17 ms.
    let rtt_ms = why["rtt_ms"].as_f64().expect("a number");
    assert!((17.0..40.0).contains(&rtt_ms), "{rtt_ms}");
    let in_view = why["sky"]["in_view"].as_u64().expect("a count");
    assert!((300..700).contains(&in_view), "{in_view}");
}
