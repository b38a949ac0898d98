//! Against things not written here: H3's C library, another edition of the borders read with shapely, and a published map of
//! where a service is withheld.
//!
//! Needs `SKYSHED_PYTHON`: a Python with the packages of `tests/python/requirements.txt`, and for borders `SKYSHED_DATA`: the
//! folder of real data sets. Without them each test says what is skipped; under `SKYSHED_REQUIRE_ORACLES=1` and
//! `SKYSHED_REQUIRE_DATA=1` that is a failure.

// A test may start a program and read the environment; the crate may not.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use skyshed_ground::{
    CELL_COUNT, Cell, Ground, TerritoryKind, cell_at, cell_boundary, cell_center, neighbours,
};

#[test]
fn cells_are_those_of_the_c_library() {
    // Every 997th cell, and the surroundings of all pentagons.
    let pentagons = (0..CELL_COUNT as u32).map(Cell).filter(|&cell| neighbours(cell).len() == 5);
    let around = pentagons.flat_map(|cell| std::iter::once(cell).chain(neighbours(cell)));
    let sample: Vec<Cell> = (0..CELL_COUNT as u32).step_by(997).map(Cell).chain(around).collect();
    // A point off the centre, so that `cell_at` has something to decide.
    let points: Vec<(f64, f64)> = sample.iter().map(|&cell| off_centre(cell)).collect();
    let asked = sample.iter().zip(&points).map(|(cell, point)| json!([cell.to_string(), point.0, point.1]));
    let Some(answers) = oracle(&["h3"], Some(asked.collect())) else { return };
    for ((&cell, &point), answer) in sample.iter().zip(&points).zip(answers.as_array().unwrap()) {
        let (latitude, longitude) = cell_center(cell);
        assert!(close((latitude, longitude), &answer["centre"]), "{cell}");
        let around: Vec<String> = neighbours(cell).iter().map(Cell::to_string).collect();
        assert_eq!(json!(around), answer["neighbours"], "{cell}");
        assert_eq!(json!(cell_at(point.0, point.1).unwrap().to_string()), answer["at"], "{cell} {point:?}");
        let boundary = cell_boundary(cell);
        assert_eq!(boundary.len(), answer["boundary"].as_array().unwrap().len());
        assert!(
            boundary
                .iter()
                .zip(answer["boundary"].as_array().unwrap())
                .all(|(&own, theirs)| close(own, theirs))
        );
    }
}

#[test]
fn countries_are_those_of_another_edition_of_the_borders() {
    let Some(file) = data("territories/ne_50m_admin_0_countries.geojson.gz") else { return };
    let ground = Ground::embedded();
    let is_land = |cell: &Cell| {
        let kind = ground.territory_at(ground.territory_of(*cell)).kind;
        !matches!(kind, TerritoryKind::Coastal | TerritoryKind::HighSeas)
    };
    let sample: Vec<Cell> = (0..CELL_COUNT as u32).step_by(29).map(Cell).filter(is_land).collect();
    let asked = sample.iter().map(|&cell| json!(cell_center(cell)));
    let Some(answers) = oracle(&["countries", file.to_str().unwrap()], Some(asked.collect())) else { return };
    let (mut same, mut all) = (0, 0);
    let mut different: BTreeMap<String, u32> = BTreeMap::new();
    for (&cell, answer) in sample.iter().zip(answers.as_array().unwrap()) {
        let top = ground.territory_at(ground.lineage(ground.territory_of(cell)).last().unwrap());
        let Some(country) = answer.as_str().filter(|code| *code != "-99") else { continue };
        // A disputed area is its own here; there it lies with one of those who claim it.
        let agrees = top.id == country || top.claims.iter().any(|claim| claim == country);
        all += 1;
        same += u32::from(agrees);
        if !agrees {
            *different.entry(format!("{} for {country}", top.id)).or_default() += 1;
        }
    }
    println!("{same} of {all} land cells lie in the same country; others: {different:?}");
    assert!(all > 10_000);
    assert!(f64::from(same) >= 0.995 * f64::from(all), "{same} of {all}: {different:?}");
}

#[test]
fn a_published_map_of_withheld_service_follows_our_territories() {
    let Some(file) = data("availability/starlink-availability-cells-20260723.geojson.gz") else { return };
    let ground = Ground::embedded();
    let Some(answers) = oracle(&["cells", file.to_str().unwrap()], None) else { return };
    let cells: Vec<Cell> =
        answers.as_array().unwrap().iter().map(|id| id.as_str().unwrap().parse().unwrap()).collect();
    assert!(cells.len() > 250, "{} cells", cells.len());
    let mut by_leaf: BTreeMap<&str, u32> = BTreeMap::new();
    for &cell in &cells {
        *by_leaf.entry(&ground.territory_at(ground.territory_of(cell)).id).or_default() += 1;
    }
    println!("{} withheld cells by territory: {by_leaf:?}", cells.len());
    // Contested oblasts, and cells on both sides of their outer borders; one reaches over the Bug into Poland.
    let expected =
        |id: &str| ["UA", "RU", "BY"].iter().any(|country| id.split(['-', '.']).next() == Some(country));
    let inside: u32 = by_leaf.iter().filter(|(id, _)| expected(id)).map(|(_, cells)| cells).sum();
    assert!(inside as usize * 100 >= cells.len() * 99, "{by_leaf:?}");
    assert!(by_leaf["UA-14"] + by_leaf["UA-09"] > 100);
}

/// A point a third of the way from a cell's centre to its first corner.
fn off_centre(cell: Cell) -> (f64, f64) {
    let (latitude, longitude) = cell_center(cell);
    let corner = cell_boundary(cell)[0];
    let east = (corner.1 - longitude + 540.0).rem_euclid(360.0) - 180.0;
    let shifted = longitude + east / 3.0;
    (latitude + (corner.0 - latitude) / 3.0, (shifted + 540.0).rem_euclid(360.0) - 180.0)
}

/// Within 10⁻⁹ degrees, a tenth of a millimetre; longitudes may differ by a turn.
fn close(own: (f64, f64), theirs: &Value) -> bool {
    let east = (own.1 - theirs[1].as_f64().unwrap() + 540.0).rem_euclid(360.0) - 180.0;
    let scale = own.0.to_radians().cos();
    (own.0 - theirs[0].as_f64().unwrap()).abs() < 1e-9 && (east * scale).abs() < 1e-9
}

/// The oracle's answer, or `None` after saying what is skipped.
fn oracle(arguments: &[&str], input: Option<Value>) -> Option<Value> {
    let Ok(python) = std::env::var("SKYSHED_PYTHON") else {
        let required = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
        let message = format!(
            "comparison `{}` not made: SKYSHED_PYTHON is not set; make a virtual environment with \
             `pip install -r crates/skyshed-ground/tests/python/requirements.txt` and set SKYSHED_PYTHON to its python",
            arguments[0]
        );
        assert!(!required, "{message}");
        println!("SKIPPED: {message}");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/oracle.py");
    let mut child = Command::new(&python)
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("SKYSHED_PYTHON={python} does not run: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.unwrap_or_default().to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "oracle.py {} failed", arguments[0]);
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// A real data set, or `None` after saying what is skipped.
fn data(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let folder = std::env::var_os("SKYSHED_DATA").map_or(PathBuf::from("../shared/data"), PathBuf::from);
    let file = root.join(folder).join(name);
    if file.is_file() {
        return Some(file);
    }
    let required = std::env::var("SKYSHED_REQUIRE_DATA").is_ok_and(|value| value == "1");
    let message = format!(
        "comparison not made: no {}; set SKYSHED_DATA to the folder of real data sets (each is described in its README, with \
         the public repository it came from)",
        file.display()
    );
    assert!(!required, "{message}");
    println!("SKIPPED: {message}");
    None
}
