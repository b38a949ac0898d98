//! Any bytes: a list of sites is read or refused; every site that is read lies on the Earth.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_ground::{cell_at, read_sites};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(sites) = read_sites(bytes) {
        for gateway in &sites.gateways {
            cell_at(gateway.latitude_deg, gateway.longitude_deg).expect("checked by the reader");
        }
        for pop in &sites.pops {
            cell_at(pop.latitude_deg, pop.longitude_deg).expect("checked by the reader");
        }
    }
});
