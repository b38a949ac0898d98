//! Any text as a configuration; one that is accepted has every number in its range.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_plan::Config;

fuzz_target!(|text: &str| {
    let Ok(config) = Config::parse(text) else { return };
    assert!(60 % config.slot.length_s == 0 && config.slot.phase_s < 60);
    assert!(config.beams.share_parts % config.beams.hops == 0);
    assert!(config.latency.access_ms.is_finite() && config.link.bandwidth_mhz > 0.0);
});
