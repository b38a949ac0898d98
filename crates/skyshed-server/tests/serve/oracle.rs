//! The metrics, read by the parser of Prometheus' own Python client.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::{SHARED, shared};

const SCRIPT: &str = include_str!("../python/metrics.py");

#[test]
fn prometheus_reads_the_metrics() {
    shared("/api/v1/slot");
    shared("/nowhere");
    let metrics = shared("/metrics");
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let Some(python) = std::env::var_os("SKYSHED_PYTHON") else {
        assert!(std::env::var_os("SKYSHED_REQUIRE_ORACLES").is_none(), "SKYSHED_PYTHON names no interpreter");
        println!(
            "skipped: SKYSHED_PYTHON names no interpreter with tests/python/requirements.txt; ./test makes one"
        );
        return;
    };
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("SKYSHED_PYTHON starts");
    child.stdin.take().unwrap().write_all(metrics.text().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = String::from_utf8(output.stdout).unwrap();
    let planet = SHARED.service().current();
    let served = planet.slot.plan.count_by_cause()[0];
    for line in [
        format!("skyshed_cells{{cause=served}} {served}"),
        format!("skyshed_laser_links{{}} {}", planet.summary.lasers.links),
        format!("skyshed_links{{class=feeder_links}} {}", planet.summary.links[1].links),
        "skyshed_slots_planned_total{} 1".to_owned(),
        "skyshed_http_requests_total{path=other,status=404}".to_owned(),
    ] {
        assert!(read.lines().any(|other| other.starts_with(&line)), "{line} is not in\n{read}");
    }
}
