//! Hypatia's Starlink-550 case: 72 planes of 22 satellites, 100 cities, three seconds. Expected values were measured on
//! Hypatia itself (commit 0ac531c: its own script, PyEphem 4.2, networkx 3.2).
//!
//! The list of cities is Hypatia's and not part of the repository: it is read from `$SKYSHED_DATA/hypatia` (default:
//! `../shared/data` beside the repository). Without it each test says what it skipped, why and how to get it; under
//! `SKYSHED_REQUIRE_DATA=1` that is a failure.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it reads the list of cities from disk"
)]

use std::path::PathBuf;

use sha2::{Digest, Sha256};
use skyshed_exchange::hypatia::report::{self, Spread};
use skyshed_exchange::hypatia::{
    Case, Convention, Forwarding, LIGHT_M_S, Shell, Texts, Ways, forwarding, stations,
};

const SECOND_NS: u64 = 1_000_000_000;

/// What Hypatia writes, by SHA-256.
const HASHES: [(&str, &str); 7] = [
    ("tles", "e8e944ac15ae28f2ba5fe8e0a845bdfe106694a1536711a52ec0e54f5ca29dd5"),
    ("isls", "8586b19155b7a9df2db5c563229790313c8280504aa15821f56000fd095c6d6c"),
    ("ground_stations", "f795a11be946e3a38c541ffb29d4b1b34ddad51d5ee9b6d25ed7c91500d4ed2a"),
    ("gsl_interfaces_info", "311977ec9167752f5ea2ca212ed7e0b16e8b0cfac3adabfaaaa4fbcbad308837"),
    ("description", "e9e2297b872bb727a52e10e288f4f2a3243228ac5e95a4b49ffa8b532bccfb6e"),
    ("fstate_0", "7aaad2e6210276916e186f25b2610cdd9eab88c55e1e44dee94ef191486b2d1b"),
    ("fstate_1000000000", "59708e2cb90622ece942555ff2c3fcb05287df819b96eaeaa21d059563bb3c2e"),
];

/// From, to (ids of cities), at second, Hypatia's round trip in ms, its path.
const ROUTES: [(usize, usize, u64, f64, &[u32]); 7] = [
    (18, 73, 0, 127.325726, RIO_SAINT_PETERSBURG),
    (18, 73, 1, 127.301997, RIO_SAINT_PETERSBURG),
    (18, 73, 2, 127.278871, RIO_SAINT_PETERSBURG),
    (17, 85, 0, 38.895528, MANILA_DALIAN),
    (17, 85, 1, 38.892311, MANILA_DALIAN),
    (14, 96, 0, 76.504597, ISTANBUL_NAIROBI),
    (14, 96, 1, 76.519868, ISTANBUL_NAIROBI),
];
const RIO_SAINT_PETERSBURG: &[u32] = &[1602, 306, 307, 286, 287, 288, 289, 290, 291, 269, 247, 225, 1657];
const MANILA_DALIAN: &[u32] = &[1601, 903, 904, 882, 860, 1669];
const ISTANBUL_NAIROBI: &[u32] = &[1598, 1504, 1482, 1460, 1438, 1416, 1417, 1418, 1419, 1680];

#[test]
fn the_files_are_hypatias_to_the_byte() {
    let Some((texts, case)) = hypatias("Hypatia's files") else { return };
    let (at_0, at_1) = (state(&case, 0), state(&case, 1));
    let (first, rows) = at_0.write(&case, None);
    let (second, changed) = at_1.write(&case, Some(&at_0));
    let found = [
        ("tles", texts.tles.as_bytes()),
        ("isls", texts.isls.as_bytes()),
        ("ground_stations", texts.ground_stations.as_bytes()),
        ("gsl_interfaces_info", texts.gsl_interfaces_info.as_bytes()),
        ("description", texts.description.as_bytes()),
        ("fstate_0", &first),
        ("fstate_1000000000", &second),
    ];
    let found: Vec<(&str, String)> = found.iter().map(|(name, bytes)| (*name, sha256(bytes))).collect();
    let expected: Vec<(&str, String)> =
        HASHES.iter().map(|(name, hash)| (*name, (*hash).to_owned())).collect();
    assert_eq!(found, expected);
    assert_eq!((rows, changed), (168_300, 474));
    assert!(second.starts_with(b"64,1618,86,3,0\n"));
    let first = String::from_utf8(first).unwrap();
    let lines: std::collections::HashSet<&str> = first.lines().collect();
    for line in
        "0,1657,1,0,0 225,1657,1657,4,0 306,1657,307,2,1 792,1669,793,1,1 860,1669,1669,4,0 903,1669,904,2,1 \
                 1583,1680,1582,1,2 1598,1680,1504,0,4 1601,1669,903,0,4 1602,1657,306,0,4 1657,1602,225,0,4 \
                 1669,1601,860,0,4 1680,1598,1419,0,4"
            .split_whitespace()
    {
        assert!(lines.contains(line), "{line}");
    }
}

/// At 2 s Hypatia's bytes hold ties that its own noise decides, so only the number of rows is known.
#[test]
fn two_seconds_on_as_many_rows_change_as_in_hypatia() {
    let Some((_, case)) = hypatias("rows at 2 s") else { return };
    let (_, changed) = state(&case, 2).write(&case, Some(&state(&case, 1)));
    assert_eq!(changed, 273);
}

#[test]
fn round_trips_are_hypatias_within_two_microseconds() {
    let Some((_, case)) = hypatias("Hypatia's round trips") else { return };
    for (from, to, second, rtt_ms, path) in ROUTES {
        let ways = case.ways(second * SECOND_NS).unwrap();
        let found = ways.rtt_ms(from, to).unwrap();
        assert!((found - rtt_ms).abs() < 0.002, "{from} {to} {second}: {found}, expected {rtt_ms}");
        assert_eq!(ways.path(&case, from, to).as_deref(), Some(path), "{from} {to} {second}");
    }
}

/// Lengths and positions of exact SGP4 in the same frame, worked out with python-sgp4.
#[test]
fn positions_and_lengths_are_those_of_exact_physics() {
    let Some((_, case)) = hypatias("exact positions") else { return };
    let ways = case.ways(0).unwrap();
    for (id, expected) in
        [(0, [-1_199_338.258, -6_782_653.664, -9_539.797]), (22, [-9_497.774, -6_843_427.868, 773_327.272])]
    {
        for (found, expected) in ways.positions_m()[id].iter().zip(expected) {
            assert!((found - expected).abs() < 0.002, "{id}: {found} {expected}");
        }
    }
    for (pair, expected) in [
        ([0, 1], 1_960_981.868),
        ([0, 22], 1_425_585.749),
        ([22, 44], 784_151.987),
        ([792, 793], 1_960_981.868),
    ] {
        let index = case.links.pairs.iter().position(|found| *found == pair).unwrap();
        assert!((ways.isl_length_m(index) - expected).abs() < 0.002, "{pair:?}");
    }
    let (_, rio_372_m) = ways.seen(18).find(|(satellite, _)| *satellite == 372).unwrap();
    assert!((rio_372_m - 649_419.037).abs() < 0.002, "{rio_372_m}");
    for (from, to, expected) in [(18, 73, 127.325195), (17, 85, 38.895219), (14, 96, 76.504103)] {
        assert!((ways.rtt_ms(from, to).unwrap() - expected).abs() < 2e-6, "{from} {to}");
    }
    let seen: Vec<usize> = (0..100).map(|station| ways.seen(station).count()).collect();
    let (least, most) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
    assert_eq!((seen.iter().sum::<usize>(), *least, *most), (918, 4, 20));
}

#[test]
fn all_pairs_are_spread_as_measured() {
    let Some((_, case)) = hypatias("all pairs") else { return };
    let ways = case.ways(0).unwrap();
    let state = state(&case, 0);
    let report = report::step(&case, &ways, &state, 168_300);
    assert_eq!((report.unreachable_pairs, report.loops, report.too_long_pairs), (0, 0, 0));
    assert_eq!(
        (report.differences.rows, report.differences.ties, report.differences.others),
        (168_300, 0, 0)
    );
    let Spread { min, mean, median, p95, max } = report.rtt_ms.unwrap();
    for (found, expected) in [(min, 7.142), (mean, 79.637), (median, 79.160), (max, 214.663)] {
        assert!((found - expected).abs() < 0.0006, "{found} {expected}");
    }
    assert!(median < p95 && p95 < max);
}

#[test]
fn no_way_is_shorter_than_the_straight_line() {
    let Some((_, case)) = hypatias("the straight line") else { return };
    let mut ways = Ways::default();
    for second in 0..5 {
        case.ways_into(second * 97 * SECOND_NS, &mut ways).unwrap();
        for (from, to) in
            (0..100).flat_map(|from| (0..100).map(move |to| (from, to))).filter(|(from, to)| from != to)
        {
            let (rtt_ms, straight_m) = (ways.rtt_ms(from, to).unwrap(), case.straight_m(from, to));
            assert!(rtt_ms > 2e3 * straight_m / LIGHT_M_S, "{from} {to}: {rtt_ms} ms");
        }
    }
}

/// A state in which ties fall the other way and one row is wrong: told apart, and followed.
#[test]
fn ties_are_told_from_errors() {
    let Some((_, case)) = hypatias("ties") else { return };
    let ways = case.ways(47 * SECOND_NS).unwrap();
    let (text, rows) = state(&case, 47).write(&case, None);
    let mut text = String::from_utf8(text).unwrap();
    let ties = near_ties(&case, &ways);
    for (node, station, other) in &ties {
        text = replaced(&case, &ways, &text, *node, *station, *other);
    }
    // Satellite 904 sends back to 903, and so Manila's packets for Dalian go round and round.
    let wrong = replaced(&case, &ways, &text, 904, 85, 903);
    let (state, _) = Forwarding::read(&case, "fstate_47000000000.txt", &wrong, None).unwrap();
    let report = report::step(&case, &ways, &state, rows);
    assert!(!ties.is_empty());
    assert_eq!((report.differences.ties, report.differences.others), (ties.len(), 1));
    assert!(report.loops >= 1, "{report:?}");
    let example = report.differences.examples[0];
    assert_eq!((example.node, example.destination, example.given, example.ours), (904, 1669, 903, 882));
    assert!(example.longer_m.unwrap() > 1e5);
    let walk = report::walk(&case, &ways, &state, 17, 85);
    assert_eq!((walk.end, walk.rtt_ms()), (report::End::Loops, None));
}

/// Rows for which another neighbour is on a way that is longer by less than 15 m.
fn near_ties(case: &Case, ways: &Ways) -> Vec<(u32, usize, u32)> {
    let mut found = Vec::new();
    for (node, station) in (0..1584).flat_map(|node| (0..100).map(move |station| (node, station))) {
        let (hop, best_m) = (ways.hop(case, node, station), ways.distance_m(node, station).unwrap());
        let other = case.links.span(node).find(|at| {
            let next = case.links.neighbours[*at];
            let length_m = ways.isl_length_m(case.links.pair_of[*at] as usize);
            next as i32 != hop.next
                && length_m + ways.distance_m(next, station).unwrap() - best_m < report::TIE_M
        });
        found.extend(other.map(|at| (node, station, case.links.neighbours[at])));
    }
    found
}

/// The text of a state, with another neighbour in one of its rows.
fn replaced(case: &Case, ways: &Ways, text: &str, node: u32, station: usize, other: u32) -> String {
    let hop = ways.hop(case, node, station);
    let at = case.links.span(node).find(|at| case.links.neighbours[*at] == other).unwrap();
    let (mine, theirs) = (at - case.links.span(node).start, case.links.interfaces[at]);
    let row = format!("\n{node},{},", 1584 + station);
    let found = format!("{row}{},{},{}\n", hop.next, hop.interface, hop.next_interface);
    assert!(text.contains(&found), "{found}");
    text.replacen(&found, &format!("{row}{other},{mine},{theirs}\n"), 1)
}

/// What is written is read back: the whole state, and each delta on the state before.
#[test]
fn states_are_read_back() {
    let Some((_, case)) = hypatias("states read back") else { return };
    let (at_0, at_1, at_2) = (state(&case, 0), state(&case, 1), state(&case, 2));
    let mut before = None;
    let mut read = None;
    for now in [at_0, at_1, at_2] {
        let (text, rows) = now.write(&case, before.as_ref());
        let text = String::from_utf8(text).unwrap();
        let (found, found_rows) = Forwarding::read(&case, "fstate", &text, read).unwrap();
        assert_eq!(found_rows, rows);
        assert!(found.rows(&case).eq(now.rows(&case)));
        (before, read) = (Some(now), Some(found));
    }
}

#[test]
fn bandwidth_is_one_per_interface() {
    let Some((_, case)) = hypatias("bandwidth") else { return };
    let text = forwarding::write_bandwidth(&case);
    assert_eq!(text.lines().count(), 1684);
    assert!(text.starts_with("0,4,1.000000\n1,4,1.000000\n") && text.ends_with("\n1683,0,1.000000\n"));
}

fn state(case: &Case, second: u64) -> Forwarding {
    Forwarding::of(case, &case.ways(second * SECOND_NS).unwrap())
}

fn hypatias(what: &str) -> Option<(Texts, Case)> {
    let stations = stations::read("cities.txt", &cities(what)?).unwrap();
    let texts = Shell::of_preset("starlink-550").unwrap().texts(&stations);
    let case = Case::read(&texts, Convention::Hypatia).unwrap();
    Some((texts, case))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cities(what: &str) -> Option<String> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let folder = std::env::var_os("SKYSHED_DATA").map_or_else(beside, PathBuf::from).join("hypatia");
    let path = folder.join("ground_stations_cities_sorted_by_estimated_2025_pop_top_100.basic.txt");
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if std::env::var_os("SKYSHED_REQUIRE_DATA").is_some() => {
            panic!("{what}: {}: {error}", path.display())
        }
        Err(_) => {
            eprintln!(
                "skipped: {what}; put Hypatia's top-100 list of cities (github.com/snkas/hypatia, MIT) into {}",
                folder.display()
            );
            None
        }
    }
}
