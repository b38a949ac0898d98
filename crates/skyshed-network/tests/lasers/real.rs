//! Real published element sets, which are never part of the repository.
//!
//! Reads `$SKYSHED_DATA/orbits` (default: `../shared/data` beside the repository). Without it each test says what it
//! skipped, why and how to get it; under `SKYSHED_REQUIRE_DATA=1` that is a failure.

use std::path::PathBuf;

use skyshed_network::LaserConfig;
use skyshed_network::lasers::{Lasers, lasers, report};
use skyshed_network::planes::{Planes, Shell, find_planes};
use skyshed_orbit::{Constellation, read_elements};

use crate::support::*;

const FILES: [&str; 16] = [
    "starlink-20260326.omm.json.gz",
    "starlink-20260622T2117Z.tle.gz",
    "starlink-20260708T2309Z.tle.gz",
    "starlink-20260723T2253Z.tle.gz",
    "starlink-20260808T2254Z.tle.gz",
    "starlink-20260822T2029Z.tle.gz",
    "oneweb-20260813.omm.json.gz",
    "oneweb-20260822.tle.gz",
    "kuiper-20260813.omm.json.gz",
    "qianfan-20260813.omm.json.gz",
    "hulianwang-20260813.omm.json.gz",
    "iridium-NEXT-20260822.omm.json.gz",
    "gps-ops-20260822.omm.json.gz",
    "telesat-20260822.omm.json.gz",
    "last-30-days-20260822.omm.json.gz",
    "active-20260822.3le.gz",
];

/// In every file: degrees, limits, links kept; and all satellites of a shell hang together, where there are enough.
#[test]
fn every_file_is_linked() {
    let Some(folder) = folder() else { return };
    for file in FILES {
        let constellation = load(&folder, file);
        let start = constellation.median_epoch().unwrap();
        let planes = find_planes(&constellation, start);
        for between_shells in [false, true] {
            let config = LaserConfig { between_shells, ..CONFIG };
            let sky = real_sky(&constellation, start);
            let links = lasers(&sky, &planes, &config, &nothing_out(), None);
            check_links(&sky, &planes, &config, &nothing_out(), &links);
            let later = real_sky(&constellation, start.plus_micros(SLOT_MICROS));
            let kept = lasers(&later, &planes, &config, &nothing_out(), Some(&links));
            check_links(&later, &planes, &config, &nothing_out(), &kept);
            check_kept(&later, &planes, &config, &nothing_out(), &links, &kept);
        }
    }
}

/// Shells of 200 satellites and more, of those who build laser networks: more than 95 % in one component.
#[test]
fn large_shells_hang_together() {
    let Some(folder) = folder() else { return };
    let fleets = FILES.into_iter().filter(|file| file.starts_with("starlink") || file.starts_with("oneweb"));
    for file in fleets {
        let (planes, links) = linked(&load(&folder, file), &CONFIG);
        for (shell, Shell { name, .. }) in planes.shells.iter().enumerate() {
            let (inside, links) = only_shell(&planes, &links, shell as u16);
            let sums = report(&links, &inside, None);
            let is_whole = sums.components.largest * 100 > 95 * sums.seated;
            assert!(sums.seated < 200 || is_whole, "{file} {name}: {sums:?}");
        }
    }
}

/// With links between shells nearly all of Starlink is one network.
#[test]
fn links_between_shells_join_the_fleet() {
    let Some(folder) = folder() else { return };
    for file in FILES.into_iter().filter(|file| file.starts_with("starlink")) {
        let config = LaserConfig { between_shells: true, ..CONFIG };
        let (planes, links) = linked(&load(&folder, file), &config);
        let sums = report(&links, &planes, None);
        assert!(sums.components.largest * 100 > 99 * sums.seated, "{file}: {sums:?}");
        assert!(sums.seated * 100 > 88 * sums.satellites, "{file}: {sums:?}");
    }
}

/// Ten minutes: next to no link changes.
#[test]
fn forty_real_slots() {
    let Some(folder) = folder() else { return };
    let constellation = load(&folder, "starlink-20260822T2029Z.tle.gz");
    let start = constellation.median_epoch().unwrap();
    let planes = find_planes(&constellation, start);
    for (between_shells, most_per_mille) in [(false, 0.2), (true, 1.0)] {
        let config = LaserConfig { between_shells, ..CONFIG };
        let mut previous: Option<Lasers> = None;
        let (mut changed, mut kept) = (0, 0);
        for slot in 0..40 {
            let sky = real_sky(&constellation, start.plus_micros(slot * SLOT_MICROS));
            let now = lasers(&sky, &planes, &config, &nothing_out(), previous.as_ref());
            if let Some(before) = &previous {
                check_kept(&sky, &planes, &config, &nothing_out(), before, &now);
                let churn = report(&now, &planes, Some(before)).churn.unwrap();
                changed += churn.added + churn.dropped;
                kept += churn.kept;
            }
            previous = Some(now);
        }
        let per_mille = 500.0 * changed as f64 / kept as f64;
        println!("between shells {between_shells}: {per_mille:.3} of 1000 links change from slot to slot");
        assert!(per_mille < most_per_mille, "{per_mille} of 1000 links change");
    }
}

/// What operators have published, or what everyone who looks at the elements finds.
#[test]
fn published_planes_are_found() {
    let Some(folder) = folder() else { return };
    // Iridium: 66 satellites in six planes of eleven at 780 km, 86.4 degrees, 31.6 degrees apart, and a seam.
    let shell = shell_of(&load(&folder, "iridium-NEXT-20260822.omm.json.gz"), 86.4, 778.0);
    assert_eq!(sizes(&shell), (6, 11, 12));
    check_spacing(&shell, 31.6, 0.5);
    // OneWeb: twelve planes of 49 with spares, 15.2 degrees apart, each plane 4 km above another.
    for file in ["oneweb-20260813.omm.json.gz", "oneweb-20260822.tle.gz"] {
        let shell = shell_of(&load(&folder, file), 87.9, 1200.0);
        assert_eq!(shell.planes.len(), 12, "{file}");
        assert!(sizes(&shell).1 >= 49, "{file}");
        check_spacing(&shell, 15.2, 0.3);
    }
    // Starlink's first shells: 72 planes, 5 degrees apart (FCC SAT-MOD-20200417-00037), before they were lowered.
    let march = load(&folder, "starlink-20260326.omm.json.gz");
    let shell = shell_of(&march, 53.2, 540.0);
    assert_eq!(shell.planes.len(), 72);
    check_spacing(&shell, 5.0, 1.0);
    // 70 degrees, 570 km: 36 planes of 20, 10 degrees apart (same filing), a few of them empty.
    let shell = shell_of(&load(&folder, "starlink-20260822T2029Z.tle.gz"), 70.0, 572.0);
    assert!((32..=36).contains(&shell.planes.len()), "{}", shell.planes.len());
    // Direct to cell: planes of 13.
    let shell = shell_of(&load(&folder, "starlink-20260822T2029Z.tle.gz"), 43.0, 356.0);
    assert_eq!(sizes(&shell).2, 13);
}

fn linked(constellation: &Constellation, config: &LaserConfig) -> (Planes, Lasers) {
    let start = constellation.median_epoch().unwrap();
    let planes = find_planes(constellation, start);
    let links = lasers(&real_sky(constellation, start), &planes, config, &nothing_out(), None);
    (planes, links)
}

fn shell_of(constellation: &Constellation, inclination_deg: f64, altitude_km: f64) -> Shell {
    let planes = find_planes(constellation, constellation.median_epoch().unwrap());
    let is_near = |shell: &Shell| {
        (shell.inclination_deg - inclination_deg).abs() < 0.1 && (shell.altitude_km - altitude_km).abs() < 2.0
    };
    planes.shells.into_iter().find(is_near).expect("a shell there")
}

/// Planes, and satellites in the smallest and the largest.
fn sizes(shell: &Shell) -> (usize, usize, usize) {
    let sizes = shell.planes.iter().map(|plane| plane.satellites.len());
    (shell.planes.len(), sizes.clone().min().unwrap(), sizes.max().unwrap())
}

/// Planes follow each other at this spacing, but for the step from the last to the first.
fn check_spacing(shell: &Shell, expected_deg: f64, tolerance_deg: f64) {
    for two in shell.planes.windows(2) {
        let spacing_deg = (two[1].raan_deg - two[0].raan_deg).rem_euclid(360.0);
        assert!((spacing_deg - expected_deg).abs() < tolerance_deg, "{}: {spacing_deg}", shell.name);
    }
}

fn load(folder: &std::path::Path, file: &str) -> Constellation {
    let bytes = std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let load = read_elements(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
    Constellation::from_elements(file, &load)
}

/// The folder of real element sets, or `None` after saying what is skipped.
fn folder() -> Option<PathBuf> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let data = std::env::var_os("SKYSHED_DATA").map_or(PathBuf::from("../shared/data"), PathBuf::from);
    let folder = root.join(data).join("orbits");
    if folder.join(FILES[0]).is_file() {
        return Some(folder);
    }
    let required = std::env::var("SKYSHED_REQUIRE_DATA").is_ok_and(|value| value == "1");
    let message = format!(
        "real element sets not read: no {} in {}; set SKYSHED_DATA to the folder of real data sets (each is described \
         in its README, with the public repository it came from)",
        FILES[0],
        folder.display()
    );
    assert!(!required, "{message}");
    println!("SKIPPED: {message}");
    None
}
