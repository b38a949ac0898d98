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
use skyshed_exchange::hypatia::{Case, Convention, Forwarding, Shell, forwarding, stations};

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

#[test]
fn the_files_are_hypatias_to_the_byte() {
    let Some(cities) = cities("Hypatia's files") else { return };
    let stations = stations::read("cities.txt", &cities).unwrap();
    let texts = Shell::of_preset("starlink-550").unwrap().texts(&stations);
    let case = Case::read(&texts, Convention::Hypatia).unwrap();
    let state = |seconds: u64| Forwarding::of(&case, &case.ways(seconds * SECOND_NS).unwrap());
    let (at_0, at_1, at_2) = (state(0), state(1), state(2));
    let (first, rows) = at_0.write(&case, None);
    let (second, changed) = at_1.write(&case, Some(&at_0));
    let (_, changed_again) = at_2.write(&case, Some(&at_1));
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
    assert_eq!((rows, changed, changed_again), (168_300, 474, 273));
    let _ = forwarding::write_bandwidth(&case);
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
