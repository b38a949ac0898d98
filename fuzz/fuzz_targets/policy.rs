//! Any text as a policy; one that is accepted has every decision whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_control::Policy;

fuzz_target!(|text: &str| {
    let Ok(policy) = Policy::parse(text) else { return };
    for decision in &policy.decisions {
        assert!(decision.review >= decision.since && !decision.reason.trim().is_empty());
        assert!(!decision.classes.is_empty());
    }
});
