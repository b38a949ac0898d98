//! Any bytes as a policy of trust; all witnesses together make its quorum, and fewer never make more.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_tlog::Policy;

fuzz_target!(|bytes: &[u8]| {
    let Ok(policy) = Policy::parse(bytes) else { return };
    let all = (0..policy.witnesses.len()).collect::<Vec<_>>();
    assert!(policy.is_quorum(&all));
    for count in 1..all.len() {
        assert!(policy.is_quorum(&all[..count]) || !policy.is_quorum(&all[..count - 1]));
    }
});
