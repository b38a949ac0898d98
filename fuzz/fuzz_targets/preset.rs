//! Any text as a preset; a constellation that is accepted has every satellite in the sky.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_orbit::{Constellation, Epoch, Ut1Table};

fuzz_target!(|text: &str| {
    let Ok(constellation) = Constellation::from_preset_toml(text) else { return };
    let time = Epoch::parse("2026-08-22T21:00:12Z").expect("a constant");
    // Large shells are legal and slow; one thousand satellites show as much.
    if constellation.satellites().len() <= 1000 {
        assert!(constellation.sky(time, &Ut1Table::builtin()).problems.is_empty());
    }
});
