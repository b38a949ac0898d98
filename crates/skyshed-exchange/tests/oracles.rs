//! Holds forwarding states against software not written here: positions by python-sgp4, shortest ways by SciPy, through
//! `tests/python/oracle.py`.
//!
//! Needs `SKYSHED_PYTHON`: a Python with the packages of `tests/python/requirements.txt`. Without it each test says what
//! it skipped, why and how to get it; under `SKYSHED_REQUIRE_ORACLES=1` that is a failure.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it runs the reference software and writes what that reads"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use skyshed_exchange::hypatia::own::own;
use skyshed_exchange::hypatia::{Case, Convention, Forwarding, Shell, Station, Texts};
use skyshed_network::LaserConfig;
use skyshed_network::planes::find_planes;
use skyshed_orbit::{Constellation, Epoch, Ut1Table, read_elements};

/// Ours adds whole micrometres, SciPy metres in f64; a hop that makes a way longer than this is wrong.
const LONGER_M: f64 = 1e-3;

/// Stations on a golden-angle spiral over the latitudes people live at.
fn stations(count: usize) -> Vec<Station> {
    let station = |index: usize| {
        let share = (index as f64 + 0.5) / count as f64;
        let longitude_deg = (index as f64 * 137.507_764).rem_euclid(360.0) - 180.0;
        Station::new(&format!("p{index}"), 110.0 * share - 52.0, longitude_deg, 100.0 * share)
    };
    (0..count).map(station).collect()
}

#[test]
fn every_hop_of_hypatias_shells_is_on_a_shortest_way() {
    for (preset, time_ns) in
        [("starlink-550", 47_000_000_000), ("kuiper-630", 1_234_500_000), ("telesat-1015", 0)]
    {
        let texts = Shell::of_preset(preset).unwrap().texts(&stations(60));
        check(preset, &texts, Convention::Hypatia, None, time_ns);
    }
}

#[test]
fn every_hop_over_a_designed_constellation_is_on_a_shortest_way() {
    check_own("starlink-2026", &Constellation::preset("starlink-2026").unwrap());
}

#[test]
fn every_hop_over_real_elements_is_on_a_shortest_way() {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let folder = std::env::var_os("SKYSHED_DATA").map_or_else(beside, PathBuf::from);
    let file = folder.join("orbits/starlink-20260822T2029Z.tle.gz");
    match std::fs::read(&file) {
        Ok(bytes) => {
            let load = read_elements(&bytes).unwrap();
            check_own("real", &Constellation::from_elements("real", &load));
        }
        Err(error) if std::env::var_os("SKYSHED_REQUIRE_DATA").is_some() => {
            panic!("{}: {error}", file.display())
        }
        Err(_) => {
            eprintln!("skipped: routes over real elements; put Starlink's elements into {}", file.display())
        }
    }
}

fn check_own(name: &str, constellation: &Constellation) {
    let time = Epoch::parse("2026-08-22T21:00:12Z").unwrap();
    let planes = find_planes(constellation, time);
    let lasers =
        LaserConfig { terminals: 4, range_max_km: 5400.0, grazing_altitude_km: 80.0, between_shells: true };
    let mask_deg: Vec<f64> = constellation
        .satellites()
        .iter()
        .map(|satellite| satellite.elevation_mask_deg.map_or(25.0, f64::from))
        .collect();
    let own =
        own(constellation, &planes, &lasers, &mask_deg, (time, &Ut1Table::builtin()), &stations(40)).unwrap();
    let beside = own.beside(constellation, name);
    check(name, &own.texts, own.convention, Some(beside), 1_500_000_000);
}

fn check(name: &str, texts: &Texts, convention: Convention, beside: Option<[String; 2]>, time_ns: u64) {
    let Some(python) = python(name) else { return };
    let case = Case::read(texts, convention).unwrap();
    let ways = case.ways(time_ns).unwrap();
    let (state, rows) = Forwarding::of(&case, &ways).write(&case, None);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("exchange-oracle-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    write("tles.txt", texts.tles.as_bytes());
    write("isls.txt", texts.isls.as_bytes());
    write("ground_stations.txt", texts.ground_stations.as_bytes());
    write("description.txt", texts.description.as_bytes());
    write("fstate.txt", &state);
    if let Some([notes, satellites]) = beside {
        write("skyshed.txt", notes.as_bytes());
        write("satellites.csv", satellites.as_bytes());
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/oracle.py");
    let output =
        Command::new(python).arg(script).arg(&folder).args(["fstate.txt", &time_ns.to_string()]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{name}: {found}");
    assert_eq!(
        (found["rows"].as_u64(), found["wrong"].as_u64()),
        (Some(rows as u64), Some(0)),
        "{name}: {found}"
    );
    assert!(found["longer_m_max"].as_f64().unwrap() < LONGER_M, "{name}: {found}");
    let seen: usize = (0..case.stations.len()).map(|station| ways.seen(station).count()).sum();
    assert_eq!(found["seen"].as_u64(), Some(seen as u64), "{name}");
    let stations = case.stations.len();
    let pairs = (0..stations).flat_map(|from| (0..stations).map(move |to| (from, to)));
    let rtt_ms: Vec<f64> =
        pairs.filter(|(from, to)| from != to).filter_map(|(from, to)| ways.rtt_ms(from, to)).collect();
    let mean_ms = rtt_ms.iter().sum::<f64>() / rtt_ms.len() as f64;
    assert!((mean_ms - found["rtt_ms"]["mean"].as_f64().unwrap()).abs() < 1e-6, "{name}: {mean_ms}");
}

fn python(what: &str) -> Option<PathBuf> {
    match std::env::var_os("SKYSHED_PYTHON").map(PathBuf::from) {
        Some(python) => Some(python),
        None if std::env::var_os("SKYSHED_REQUIRE_ORACLES").is_some() => {
            panic!("{what}: SKYSHED_REQUIRE_ORACLES is set, but SKYSHED_PYTHON is not")
        }
        None => {
            eprintln!(
                "skipped: routes of {what}; set SKYSHED_PYTHON to a Python with the packages of \
                 crates/skyshed-exchange/tests/python/requirements.txt"
            );
            None
        }
    }
}
