//! The metrics, read by the parser of Prometheus' own Python client.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::{SHARED, shared};

pub const SCRIPT: &str = include_str!("../python/metrics.py");

/// Runs a script, and gives what it prints; none where there is no Python for the tests.
pub fn python(script: &str, args: &[&str], input: &str) -> Option<String> {
    let Some(python) = std::env::var_os("SKYSHED_PYTHON") else {
        assert!(std::env::var_os("SKYSHED_REQUIRE_ORACLES").is_none(), "SKYSHED_PYTHON names no interpreter");
        println!(
            "skipped: SKYSHED_PYTHON names no interpreter with tests/python/requirements.txt; ./test makes one"
        );
        return None;
    };
    let mut child = Command::new(python)
        .arg("-c")
        .arg(script)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("SKYSHED_PYTHON starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    Some(printed)
}

#[test]
fn clients_not_written_here_read_tables_and_packed_bodies() {
    let base = format!("http://{}", SHARED.address());
    let Some(read) = python(include_str!("../python/reads.py"), &[&base], "") else { return };
    for line in ["packed /openapi.json", "cells served", "cells inhabited", "cells of BE", "satellites"] {
        assert!(read.contains(line), "{line} is not in\n{read}");
    }
}

#[test]
fn schemathesis_finds_nothing_undocumented() {
    let base = format!("http://{}", SHARED.address());
    let Some(read) = python(include_str!("../python/document.py"), &[&base, "4"], "") else { return };
    // Every operation that reads was driven.
    assert!(read.contains("Operations:") && !read.contains("Failures:"), "{read}");
}

#[test]
fn prometheus_reads_the_metrics() {
    shared("/api/v1/slot");
    shared("/nowhere");
    let metrics = shared("/metrics");
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let Some(read) = python(SCRIPT, &[], metrics.text()) else { return };
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
