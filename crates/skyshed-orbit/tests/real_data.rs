//! Loads real published element sets, which are never part of the repository.
//!
//! Reads `$SKYSHED_DATA/orbits` (default: `../shared/data` beside the repository). Without it each test says what it
//! skipped, why and how to get it; under `SKYSHED_REQUIRE_DATA=1` that is a failure.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it reads real data sets from disk"
)]

use std::path::PathBuf;

use skyshed_orbit::{
    Constellation, ElementFormat, ElementLoad, LoadWarning, Ut1Table, frames, orbit, read_elements,
};

/// File, form and records, as its README states them.
const FILES: [(&str, ElementFormat, usize); 21] = [
    ("starlink-20260622T2117Z.tle.gz", ElementFormat::Tle, 10634),
    ("starlink-20260708T2309Z.tle.gz", ElementFormat::Tle, 10714),
    ("starlink-20260723T2253Z.tle.gz", ElementFormat::Tle, 10778),
    ("starlink-20260808T2254Z.tle.gz", ElementFormat::Tle, 10761),
    ("starlink-20260815T2244Z.tle.gz", ElementFormat::Tle, 10751),
    ("starlink-20260821T2329Z.tle.gz", ElementFormat::Tle, 10744),
    ("starlink-20260822T2029Z.tle.gz", ElementFormat::Tle, 10744),
    ("active-20260822.3le.gz", ElementFormat::Tle, 16069),
    ("oneweb-20260822.tle.gz", ElementFormat::Tle, 651),
    ("starlink-20260326.omm.json.gz", ElementFormat::OmmJson, 9984),
    ("kuiper-20260813.omm.json.gz", ElementFormat::OmmJson, 391),
    ("qianfan-20260813.omm.json.gz", ElementFormat::OmmJson, 238),
    ("hulianwang-20260813.omm.json.gz", ElementFormat::OmmJson, 172),
    ("oneweb-20260813.omm.json.gz", ElementFormat::OmmJson, 651),
    ("kuiper-20260813.tle.gz", ElementFormat::Tle, 391),
    ("telesat-20260822.omm.json.gz", ElementFormat::OmmJson, 17),
    ("ses-20260822.omm.json.gz", ElementFormat::OmmJson, 68),
    ("gps-ops-20260822.omm.json.gz", ElementFormat::OmmJson, 0),
    ("globalstar-20260822.omm.json.gz", ElementFormat::OmmJson, 0),
    ("last-30-days-20260822.omm.json.gz", ElementFormat::OmmJson, 210),
    ("starlink-sixdigit-20260822.omm.json.gz", ElementFormat::OmmJson, 149),
];

#[test]
fn every_file_loads_whole() {
    let Some(folder) = folder() else { return };
    for (file, format, records) in FILES {
        let load = load(&folder, file);
        assert_eq!(load.format, format, "{file}");
        assert_eq!(load.rejected, [], "{file}");
        // The README gives no count for two of the files.
        assert!(records == 0 || load.sets.len() == records, "{file}: {} sets", load.sets.len());
        let warns = load.warnings.iter().any(|warning| matches!(warning, LoadWarning::TleEndsAt99999 { .. }));
        let is_starlink_tle =
            format == ElementFormat::Tle && (file.starts_with("starlink") || file.starts_with("active"));
        assert_eq!(warns, is_starlink_tle, "{file}: {:?}", load.warnings);
        let constellation = Constellation::from_elements(file, &load);
        assert_eq!(constellation.problems(), [], "{file}");
    }
}

#[test]
fn wide_catalogue_numbers() {
    let Some(folder) = folder() else { return };
    for file in ["last-30-days-20260822.omm.json.gz", "starlink-sixdigit-20260822.omm.json.gz"] {
        let load = load(&folder, file);
        assert!(load.sets.iter().all(|set| set.catalog_number >= 100_000), "{file}");
    }
}

#[test]
fn tle_and_omm_of_the_same_objects_agree() {
    let Some(folder) = folder() else { return };
    let tle = load(&folder, "kuiper-20260813.tle.gz");
    let omm = load(&folder, "kuiper-20260813.omm.json.gz");
    assert_eq!(tle.sets.len(), omm.sets.len());
    for (tle, omm) in tle.sets.iter().zip(&omm.sets) {
        assert_eq!((tle.catalog_number, &tle.name), (omm.catalog_number, &omm.name));
        assert_eq!(tle.international_designator, omm.international_designator);
        if tle.epoch != omm.epoch {
            assert!(tle.epoch.days_since(omm.epoch).abs() < 5.0, "{} differs by days", tle.name);
            continue;
        }
        // A TLE cuts the eccentricity to seven digits and the mantissa of B* to five; the rest has the same digits.
        assert_eq!(tle.mean_motion_rev_per_day, omm.mean_motion_rev_per_day, "{}", tle.name);
        assert_eq!(tle.inclination_deg, omm.inclination_deg, "{}", tle.name);
        assert_eq!(tle.raan_deg, omm.raan_deg, "{}", tle.name);
        assert_eq!(tle.mean_anomaly_deg, omm.mean_anomaly_deg, "{}", tle.name);
        assert!((tle.eccentricity - omm.eccentricity).abs() <= 1e-7, "{}", tle.name);
        assert!((tle.bstar - omm.bstar).abs() <= 1e-4 * omm.bstar.abs(), "{}", tle.name);
    }
}

#[test]
fn a_real_sky_is_complete_and_at_its_altitudes() {
    let Some(folder) = folder() else { return };
    let load = load(&folder, "starlink-20260822T2029Z.tle.gz");
    let constellation = Constellation::from_elements("starlink", &load);
    let time = constellation.median_epoch().unwrap();
    let sky = constellation.sky(time, &Ut1Table::builtin());
    assert!(sky.problems.len() < 10, "{:?}", &sky.problems[..10]);
    let heights = (0..sky.x_itrf_m.len()).filter(|index| sky.x_itrf_m[*index].is_finite()).map(|index| {
        frames::itrf_to_geodetic([sky.x_itrf_m[index], sky.y_itrf_m[index], sky.z_itrf_m[index]]).2
    });
    let in_shells = heights.filter(|height_m| (300e3..620e3).contains(height_m)).count();
    assert!(in_shells > 10_500, "{in_shells} satellites between 300 and 620 km");
}

/// The designed shells have about as many satellites at each inclination, and at each altitude, as fly.
#[test]
fn designed_starlink_resembles_the_real_one() {
    let Some(folder) = folder() else { return };
    let load = load(&folder, "starlink-20260822T2029Z.tle.gz");
    let designed = Constellation::preset("starlink-2026").unwrap();
    let shells = [
        ("43.0-484", 43.0, 481.0..486.0),
        ("53.2-464", 53.16, 461.0..467.0),
        ("53.2-472", 53.16, 469.0..474.0),
        ("53.2-358", 53.16, 355.0..361.0),
        ("43.0-358", 43.0, 354.0..361.0),
        ("97.3-466", 97.3, 464.0..467.0),
        ("70.0-571", 70.0, 569.0..573.0),
    ];
    for (shell, inclination, altitudes) in shells {
        let real = load.sets.iter().filter(|set| {
            let altitude = orbit::altitude_from_mean_motion(set.mean_motion_rev_per_day);
            (set.inclination_deg - inclination).abs() < 0.08 && altitudes.contains(&altitude)
        });
        let (real, drawn) = (real.count() as f64, count(&designed, shell) as f64);
        assert!((drawn / real - 1.0).abs() < 0.08, "{shell}: {drawn} designed, {real} real");
    }
}

fn count(designed: &Constellation, shell: &str) -> usize {
    let prefix = format!("starlink-2026/{shell}/");
    designed.satellites().iter().filter(|satellite| satellite.name.starts_with(&prefix)).count()
}

fn load(folder: &std::path::Path, file: &str) -> ElementLoad {
    let bytes = std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    read_elements(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The folder of real element sets, or `None` after saying what is skipped.
fn folder() -> Option<PathBuf> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let data = std::env::var_os("SKYSHED_DATA").map_or(PathBuf::from("../shared/data"), PathBuf::from);
    let folder = root.join(data).join("orbits");
    if folder.join(FILES[0].0).is_file() {
        return Some(folder);
    }
    let required = std::env::var("SKYSHED_REQUIRE_DATA").is_ok_and(|value| value == "1");
    let message = format!(
        "real element sets not read: no {} in {}; set SKYSHED_DATA to the folder of real data sets (each is described \
         in its README, with the public repository it came from)",
        FILES[0].0,
        folder.display()
    );
    assert!(!required, "{message}");
    println!("SKIPPED: {message}");
    None
}
