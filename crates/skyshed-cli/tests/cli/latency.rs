//! Round-trip times against measured ones: published medians of half of the countries, which the two constants of the
//! model are fitted on (docs/latency.md). The yardstick is that of a straight line over distance.

use std::collections::BTreeMap;
use std::fs;

use crate::support::{directory, outside_data, run, text};

/// Mean absolute error of the yardstick.
const ERROR_MS_MAX: f64 = 4.6;
/// Spearman's rank correlation of the yardstick.
const SPEARMAN_MIN: f64 = 0.80;

#[test]
fn round_trips_follow_measured_ones() {
    let Some(data) = outside_data("round-trip times against measured ones") else { return };
    let measured = fs::read_to_string(data.join("latency/starlink-residential-admin0-202609-half.csv"));
    let measured = medians(&measured.expect("the measured medians"));
    let elements = data.join("orbits/starlink-20260822T2029Z.tle.gz");
    for elements in ["preset:starlink-2026", elements.to_str().expect("a path in UTF-8")] {
        let modelled = modelled(elements);
        let pairs: Vec<(f64, f64)> =
            measured.iter().filter_map(|(iso, &measured)| Some((measured, *modelled.get(iso)?))).collect();
        let error_ms = pairs.iter().map(|(a, b)| (a - b).abs()).sum::<f64>() / pairs.len() as f64;
        let spearman = spearman(&pairs);
        println!("{elements}: {} countries, {error_ms:.2} ms, {spearman:.3}", pairs.len());
        assert!(pairs.len() >= 70, "{elements}: only {} countries", pairs.len());
        assert!(error_ms < ERROR_MS_MAX, "{elements}: {error_ms} ms");
        assert!(spearman > SPEARMAN_MIN, "{elements}: {spearman}");
    }
}

/// `iso_a3` and `latency_p50_ms` of each row.
fn medians(csv: &str) -> BTreeMap<String, f64> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[0].to_owned(), fields[2].parse().expect("a number"))
    };
    csv.lines().skip(1).map(row).collect()
}

fn modelled(elements: &str) -> BTreeMap<String, f64> {
    let arguments = [
        "coverage",
        "--by",
        "country",
        "--json",
        "--policy",
        "all-on",
        "--elements",
        elements,
        "--at",
        "2026-08-22T21:00:12Z",
    ];
    let output = run(&directory("latency"), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let countries: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let row = |country: &serde_json::Value| {
        Some((country["iso_a3"].as_str()?.to_owned(), country["rtt_ms_p50"].as_f64()?))
    };
    countries.iter().filter_map(row).collect()
}

/// Spearman's rank correlation: Pearson's of the ranks, ties sharing the mean.
fn spearman(pairs: &[(f64, f64)]) -> f64 {
    let ranks = |values: Vec<f64>| -> Vec<f64> {
        let rank = |value: &f64| {
            let below = values.iter().filter(|other| *other < value).count() as f64;
            let equal = values.iter().filter(|other| *other == value).count() as f64;
            below + (equal + 1.0) / 2.0
        };
        values.iter().map(rank).collect()
    };
    let (a, b) = (ranks(pairs.iter().map(|p| p.0).collect()), ranks(pairs.iter().map(|p| p.1).collect()));
    let mean = (pairs.len() as f64 + 1.0) / 2.0;
    let moment = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    moment(&a, &b) / (moment(&a, &a) * moment(&b, &b)).sqrt()
}
