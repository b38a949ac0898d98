//! Any bytes as a list of a zone's cells; one that is accepted is placed under its hash.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use skyshed_control::Zones;
use skyshed_control::zones::Placed;
use skyshed_ground::Ground;

static GROUND: LazyLock<Ground> = LazyLock::new(Ground::embedded);
static ZONES: LazyLock<Zones> = LazyLock::new(|| Zones::new(&GROUND));

// The map is read before the time of fuzzing begins.
fuzz_target!(init: { LazyLock::force(&ZONES); }, |bytes: &[u8]| {
    let mut zones = ZONES.clone();
    match zones.add_list(bytes) {
        Ok(hash) => match zones.place(&GROUND, "X-1", hash) {
            Some(Placed::Cells(cells)) => {
                assert_eq!(cells.len() * 8, bytes.len());
                assert!(cells.is_sorted_by(|a, b| a < b));
            }
            other => panic!("{other:?}"),
        },
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
