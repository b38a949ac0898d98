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
pub fn illustrative() -> Activation {
    let policy = Policy::parse(skyshed_control::ILLUSTRATIVE_POLICY).expect("shipped");
    resolve(&policy, ground()).expect("shipped")
}

/// The planes of the preset that a sky is of; none where satellites were taken out of it.
pub fn planes(sky: &Sky) -> &'static Planes {
    static PLANES: Mutex<BTreeMap<String, &'static Planes>> = Mutex::new(BTreeMap::new());
    let preset = sky.satellites[0].name.split('/').next().expect("a name").to_owned();
    let mut known = PLANES.lock().expect("no test panics here");
    let planes = known.entry(preset).or_insert_with_key(|preset| {
        let constellation = Constellation::preset(preset).expect("a preset");
        let epoch = constellation.median_epoch().expect("satellites");
        Box::leak(Box::new(find_planes(&constellation, epoch)))
    });
    if planes.seats.len() == sky.satellites.len() { planes } else { NO_PLANES.get_or_init(Planes::default) }
}

static NO_PLANES: OnceLock<Planes> = OnceLock::new();

/// What a plan is made of, with nothing out of order.
pub fn inputs<'a>(sky: &Sky, activation: &'a Activation, config: &'a Config) -> Inputs<'a> {
    static NO_FAULTS: OnceLock<Faults> = OnceLock::new();
    let faults = NO_FAULTS.get_or_init(Faults::none);
    Inputs { ground: ground(), activation, config, planes: planes(sky), faults }
}
