//! What a slot costs, in units that hold on any machine.
//!
//! The unit `U` is the crate `sgp4` (its default features) propagating 10,000 near-Earth satellites to one time, on one
//! thread, warm. Every figure is measured in turn with it, round after round, in one process; what is printed is the
//! median of the ratios of the rounds. A slot uses all threads, as in the product; `RAYON_NUM_THREADS=1` holds it to one. `--json FILE` writes the same as JSON.

use std::time::{Duration, Instant};

use skyshed_control::{Policy, State, resolve};
use skyshed_ground::Ground;
use skyshed_network::planes::find_planes;
use skyshed_orbit::{Constellation, Epoch, Sky, Ut1Table};
use skyshed_plan::{Config, Faults, Inputs, Prepared, SlotPlan, plan_prepared, plan_reusing, prepare};

/// Ten thousand satellites in the shells that fly.
const FLEET: &str = r#"
name = "bench-10000"
description = "ten thousand satellites"
epoch = "2026-08-22T00:00:00Z"
[[shell]]
name = "43"
altitude_km = 483.5
inclination_deg = 43.0
planes = 100
satellites_per_plane = 40
satellites = 4000
pattern = "delta"
phasing = 49
elevation_mask_deg = 20.0
[[shell]]
name = "53"
altitude_km = 464.0
inclination_deg = 53.16
planes = 150
satellites_per_plane = 30
satellites = 4500
pattern = "delta"
phasing = 67
elevation_mask_deg = 20.0
[[shell]]
name = "70"
altitude_km = 571.0
inclination_deg = 70.0
planes = 30
satellites_per_plane = 25
satellites = 750
pattern = "delta"
phasing = 7
elevation_mask_deg = 25.0
[[shell]]
name = "97"
altitude_km = 549.0
inclination_deg = 97.3
planes = 30
satellites_per_plane = 25
satellites = 750
pattern = "delta"
phasing = 11
elevation_mask_deg = 25.0
"#;

const SATELLITES: usize = 10_000;

struct Args {
    rounds: usize,
    /// Only the rows whose name contains this.
    only: String,
    json: Option<String>,
}

fn main() {
    let args = args().unwrap_or_else(|message| {
        eprintln!("error: {message}\nusage: skyshed-bench [--rounds N] [--only TEXT] [--json FILE]");
        std::process::exit(2);
    });
    let constellation =
        Constellation::from_preset_toml(FLEET).expect("the fleet of the benchmark is consistent");
    assert_eq!(constellation.satellites().len(), SATELLITES);
    let ut1 = Ut1Table::builtin();
    let ground = Ground::embedded();
    let start = Epoch::parse("2026-08-22T21:00:12Z").expect("a time");
    let unit = Unit::new();
    let mut rows = Vec::new();
    if "sky".contains(&args.only) {
        rows.push(row("sky: 10,000 satellites to ITRF", 0, args.rounds, &unit, |round| {
            let sky = constellation.sky(at(start, round), &ut1);
            assert!(sky.problems.is_empty());
        }));
    }
    let scopes = [("inhabited", "inhabited"), ("land", "land"), ("planet", "all")];
    for (name, scope) in scopes.into_iter().filter(|(name, _)| name.contains(&args.only)) {
        rows.push(slot_row(name, scope, args.rounds, &unit, &constellation, &ut1, &ground, start));
    }
    print(&rows, args.rounds);
    if let Some(path) = args.json {
        std::fs::write(&path, json(&rows, args.rounds)).unwrap_or_else(|error| {
            eprintln!("error: cannot write {path}: {error}");
            std::process::exit(1);
        });
    }
}

fn args() -> Result<Args, String> {
    let mut args = Args { rounds: 15, only: String::new(), json: None };
    let mut given = std::env::args().skip(1);
    while let Some(arg) = given.next() {
        let mut value = || given.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--rounds" => {
                args.rounds =
                    value()?.parse().ok().filter(|n| *n > 0).ok_or("--rounds takes a number above 0")?;
            }
            "--only" => args.only = value()?,
            "--json" => args.json = Some(value()?),
            _ => return Err(format!("unknown argument {arg:?}")),
        }
    }
    Ok(args)
}

/// The yardstick: initialised once, propagated by the crate as its documentation shows.
struct Unit {
    constants: Vec<sgp4::Constants>,
}

impl Unit {
    fn new() -> Unit {
        let constants = (0..SATELLITES).map(|i| {
            let orbit = sgp4::Orbit::from_kozai_elements(
                &sgp4::WGS72,
                53.16f64.to_radians(),
                (i as f64 * 137.5).to_radians() % core::f64::consts::TAU,
                1.2e-4,
                1.3,
                (i as f64 * 77.7).to_radians() % core::f64::consts::TAU,
                (15.05 + (i % 100) as f64 * 1e-3) * core::f64::consts::TAU / 1440.0,
            )
            .expect("near-Earth elements");
            sgp4::Constants::new(sgp4::WGS72, sgp4::afspc_epoch_to_sidereal_time, 26.6, 1e-4, orbit)
                .expect("near-Earth")
        });
        Unit { constants: constants.collect() }
    }

    fn time(&self, round: usize) -> Duration {
        let minutes = sgp4::MinutesSinceEpoch(100.0 + round as f64 * 0.25);
        let begin = Instant::now();
        let sum: f64 =
            self.constants.iter().map(|c| c.propagate(minutes).expect("in range").position[0]).sum();
        let spent = begin.elapsed();
        assert!(sum.is_finite());
        spent
    }
}

struct Row {
    name: String,
    cells: usize,
    units: Vec<f64>,
    millis: Vec<f64>,
}

/// Times `work` and the unit in turn; the first round warms both and is not counted.
fn row(name: &str, cells: usize, rounds: usize, unit: &Unit, mut work: impl FnMut(usize)) -> Row {
    let mut row = Row { name: name.to_owned(), cells, units: Vec::new(), millis: Vec::new() };
    for round in 0..=rounds {
        let before = unit.time(round);
        let begin = Instant::now();
        work(round);
        let spent = begin.elapsed();
        let after = unit.time(round);
        if round > 0 {
            row.units.push(2.0 * spent.as_secs_f64() / (before + after).as_secs_f64());
            row.millis.push(spent.as_secs_f64() * 1e3);
        }
    }
    row.units.sort_by(f64::total_cmp);
    row.millis.sort_by(f64::total_cmp);
    row
}

/// Propagation, visibility, every constraint, assignment, latency and rates: all of it but what stays from slot to slot.
#[allow(clippy::too_many_arguments)]
fn slot_row(
    name: &str,
    scope: &str,
    rounds: usize,
    unit: &Unit,
    constellation: &Constellation,
    ut1: &Ut1Table,
    ground: &Ground,
    start: Epoch,
) -> Row {
    let config = Config::parse(&format!("[slot]\nscope = \"{scope}\"\n")).expect("a scope");
    let activation = resolve(&Policy::everywhere(State::On), ground).expect("no ids to get wrong");
    let planes = find_planes(constellation, start);
    let faults = Faults::none();
    let inputs =
        Inputs { ground, activation: &activation, config: &config, planes: &planes, faults: &faults };
    let prepared = prepare(inputs).expect("no territories to get wrong");
    let cells = planned(&constellation.sky(start, ut1), inputs, &prepared);
    // As the service does it: the plan before the previous one gives its memory to the next.
    let (mut previous, mut spare): (Option<SlotPlan>, Option<SlotPlan>) = (None, None);
    row(&format!("slot: {name}, {cells} cells"), cells, rounds, unit, |round| {
        let sky: Sky = constellation.sky(at(start, round), ut1);
        let room = spare.take().unwrap_or_else(|| SlotPlan::empty(&sky));
        let plan = plan_reusing(&sky, inputs, &prepared, previous.as_ref(), room);
        spare = previous.replace(plan);
    })
}

fn planned(sky: &Sky, inputs: Inputs<'_>, prepared: &Prepared) -> usize {
    let plan = plan_prepared(sky, inputs, prepared, None);
    let counts = plan.count_by_cause();
    counts.iter().sum::<u32>() as usize - counts[skyshed_plan::Cause::OutOfScope as usize] as usize
}

fn at(start: Epoch, round: usize) -> Epoch {
    start.plus_micros(round as i64 * 15_000_000)
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

fn print(rows: &[Row], rounds: usize) {
    println!("unit U: crate sgp4, 10,000 satellites to one time, one thread; {rounds} rounds, in turn\n");
    println!("{:<44} {:>9} {:>9} {:>9} {:>11}", "", "U median", "U min", "U max", "ms median");
    for row in rows {
        let (low, high) = (row.units[0], row.units[row.units.len() - 1]);
        println!(
            "{:<44} {:>9.2} {:>9.2} {:>9.2} {:>11.1}",
            row.name,
            median(&row.units),
            low,
            high,
            median(&row.millis)
        );
    }
}

fn json(rows: &[Row], rounds: usize) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            serde_json::json!({
                "name": row.name,
                "cells": row.cells,
                "units_median": median(&row.units),
                "units_min": row.units[0],
                "units_max": row.units[row.units.len() - 1],
            })
        })
        .collect();
    let report = serde_json::json!({ "unit": "crate sgp4, 10,000 satellites once, one thread", "rounds": rounds, "rows": rows });
    format!("{report:#}\n")
}
