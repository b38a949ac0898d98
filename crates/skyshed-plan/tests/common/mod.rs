//! The world the plan's tests share: loaded once per test binary.

use std::sync::OnceLock;

use skyshed_control::{Activation, Policy, State, resolve};
use skyshed_ground::Ground;
use skyshed_orbit::{Constellation, Epoch, Sky, Ut1Table};

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
