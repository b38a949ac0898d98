//! A sky and a slot: what the product does every 15 seconds.

use skyshed_control::{Policy, State, resolve};
use skyshed_ground::Ground;
use skyshed_network::Planes;
use skyshed_network::planes::find_planes;
use skyshed_orbit::{Constellation, Epoch, Sky, Ut1Table};
use skyshed_plan::{Config, Faults, Inputs, Prepared, SlotPlan, plan_prepared, plan_reusing, prepare};

use crate::measure::{Row, SATELLITES, Unit, row};

/// Ten thousand satellites in the shells that fly.
const SHELLS: &str = r#"
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

/// What is planned for.
pub struct Fleet {
    pub constellation: Constellation,
    pub planes: Planes,
    pub ut1: Ut1Table,
    pub ground: Ground,
    pub start: Epoch,
}

impl Fleet {
    pub fn new() -> Fleet {
        let constellation =
            Constellation::from_preset_toml(SHELLS).expect("the fleet of the benchmark is consistent");
        assert_eq!(constellation.satellites().len(), SATELLITES);
        let start = Epoch::parse("2026-08-22T21:00:12Z").expect("a time");
        let planes = find_planes(&constellation, start);
        Fleet { constellation, planes, ut1: Ut1Table::builtin(), ground: Ground::embedded(), start }
    }
}

/// The rows whose name contains `only`.
pub fn rows(fleet: &Fleet, unit: &Unit, rounds: usize, only: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    if "sky".contains(only) {
        rows.push(row("sky: 10,000 satellites to ITRF", 0, rounds, unit, |round| {
            let sky = fleet.constellation.sky(at(fleet.start, round), &fleet.ut1);
            assert!(sky.problems.is_empty());
        }));
    }
    let scopes = [("inhabited", "inhabited"), ("land", "land"), ("planet", "all")];
    for (name, scope) in scopes.into_iter().filter(|(name, _)| name.contains(only)) {
        rows.push(slot_row(name, scope, rounds, unit, fleet));
    }
    rows
}

/// Propagation, visibility, every constraint, assignment, latency and rates: all of it but what stays from slot to slot.
fn slot_row(name: &str, scope: &str, rounds: usize, unit: &Unit, fleet: &Fleet) -> Row {
    let Fleet { constellation, planes, ut1, ground, start } = fleet;
    let config = Config::parse(&format!("[slot]\nscope = \"{scope}\"\n")).expect("a scope");
    let faults = Faults::none();
    let activation = resolve(&Policy::everywhere(State::On), ground).expect("no ids to get wrong");
    let inputs = Inputs { ground, activation: &activation, config: &config, planes, faults: &faults };
    let prepared = prepare(inputs).expect("no territories to get wrong");
    let cells = planned(&constellation.sky(*start, ut1), inputs, &prepared);
    // As the service does it: the plan before the previous one gives its memory to the next.
    let (mut previous, mut spare): (Option<SlotPlan>, Option<SlotPlan>) = (None, None);
    row(&format!("slot: {name}, {cells} cells"), cells, rounds, unit, |round| {
        let sky: Sky = constellation.sky(at(*start, round), ut1);
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

pub fn at(start: Epoch, round: usize) -> Epoch {
    start.plus_micros(round as i64 * 15_000_000)
}
