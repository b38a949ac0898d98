//! Any text as an IERS table and as an epoch.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_orbit::{Epoch, Ut1Table};

fuzz_target!(|text: &str| {
    if let Ok(table) = Ut1Table::parse_finals2000a(text) {
        let (first, last) = table.range();
        for time in [first, last, Epoch::from_unix_micros(0)] {
            assert!(table.ut1_minus_utc_s(time).is_finite());
        }
    }
    if let Ok(epoch) = Epoch::parse(text) {
        assert_eq!(Epoch::parse(&epoch.to_string()), Ok(epoch));
    }
});
