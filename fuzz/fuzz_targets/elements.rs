//! Any bytes as element sets; what loads must also propagate without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_orbit::{Constellation, Ut1Table, read_elements};

fuzz_target!(|bytes: &[u8]| {
    match read_elements(bytes) {
        Ok(load) => {
            let constellation = Constellation::from_elements("fuzz", &load);
            let sky = constellation.sky(load.sets[0].epoch.plus_micros(3_600_000_000), &Ut1Table::builtin());
            assert_eq!(sky.x_itrf_m.len(), constellation.satellites().len());
            assert!(load.sets.is_sorted_by(|a, b| a.catalog_number < b.catalog_number));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
