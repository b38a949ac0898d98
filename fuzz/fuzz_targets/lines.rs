//! Any text as a registry of service lines; one that is accepted is whole: every line has its plan, every terminal its line.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use skyshed_control::Registry;
use skyshed_ground::Ground;

static GROUND: LazyLock<Ground> = LazyLock::new(Ground::embedded);

// The map is read before the time of fuzzing begins.
fuzz_target!(init: { LazyLock::force(&GROUND); }, |text: &str| {
    let registry = match Registry::parse(text, &GROUND) {
        Ok(registry) => registry,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for line in registry.lines().values() {
        let _ = registry.plan(line);
    }
    for line in registry.terminals().values().filter_map(|terminal| terminal.line.as_ref()) {
        assert!(registry.lines().contains_key(line));
    }
});
