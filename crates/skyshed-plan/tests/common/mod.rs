//! The world the plan's tests share: loaded once per test binary.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use skyshed_control::{Activation, Policy, State, resolve};
use skyshed_ground::Ground;
use skyshed_network::planes::find_planes;
use skyshed_orbit::{Constellation, Epoch, Sky, Ut1Table};
use skyshed_plan::{Config, Faults, Inputs, Planes};

/// The shipped ground.
pub fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(Ground::embedded)
}

/// The sky of a preset, `slots` slots after a fixed time.
pub fn sky(preset: &str, slots: i64) -> Sky {
    let constellation = Constellation::preset(preset).expect("a preset");
    let time = Epoch::parse("2026-08-22T21:00:12Z").expect("a time").plus_micros(slots * 15_000_000);
    constellation.sky(time, &Ut1Table::builtin())
}

/// Everything on.
pub fn all_on() -> Activation {
    resolve(&Policy::everywhere(State::On), ground()).expect("names no territory")
}

/// The policy that ships.
#[allow(dead_code)] // not every test binary has use for it
pub fn illustrative() -> Activation {
    let policy = Policy::parse(skyshed_control::ILLUSTRATIVE_POLICY).expect("shipped");
    resolve(&policy, ground()).expect("shipped")
}

/// The planes of the preset that a sky is of, without the first satellites where the sky lacks them.
pub fn planes(sky: &Sky) -> &'static Planes {
    static PLANES: Mutex<BTreeMap<(String, usize), &'static Planes>> = Mutex::new(BTreeMap::new());
    let preset = sky.satellites[0].name.split('/').next().expect("a name").to_owned();
    let mut known = PLANES.lock().expect("no test panics here");
    known.entry((preset, sky.satellites.len())).or_insert_with_key(|(preset, satellites)| {
        let constellation = Constellation::preset(preset).expect("a preset");
        let epoch = constellation.median_epoch().expect("satellites");
        let planes = find_planes(&constellation, epoch);
        let missing = planes.seats.len() - satellites;
        Box::leak(Box::new(without_first(planes, missing as u32)))
    })
}

/// As if the first satellites had never been there; places in their planes stay as they were.
fn without_first(mut planes: Planes, missing: u32) -> Planes {
    planes.seats.drain(..missing as usize);
    for pairs in [&mut planes.grid, &mut planes.spare] {
        pairs.retain(|pair| pair[0] >= missing && pair[1] >= missing);
        pairs.iter_mut().flatten().for_each(|satellite| *satellite -= missing);
    }
    for plane in planes.shells.iter_mut().flat_map(|shell| &mut shell.planes) {
        plane.satellites.retain(|satellite| *satellite >= missing);
        plane.satellites.iter_mut().for_each(|satellite| *satellite -= missing);
    }
    planes
}

/// What a plan is made of, with nothing out of order.
pub fn inputs<'a>(sky: &Sky, activation: &'a Activation, config: &'a Config) -> Inputs<'a> {
    static NO_FAULTS: OnceLock<Faults> = OnceLock::new();
    let faults = NO_FAULTS.get_or_init(Faults::none);
    Inputs { ground: ground(), activation, config, planes: planes(sky), faults }
}
