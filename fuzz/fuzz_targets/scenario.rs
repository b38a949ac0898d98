//! Any text as a scenario; what is accepted and found among a few satellites and sites is in order at any time.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use skyshed_ground::{Ground, read_sites};
use skyshed_network::planes::{Planes, find_planes};
use skyshed_orbit::{Constellation, Epoch};
use skyshed_plan::Scenario;

const SITES: &str = "
    [[gateway]]
    name = 'Hawthorne, California'
    country = 'US'
    latitude_deg = 33.92
    longitude_deg = -118.33
    [[pop]]
    name = 'Frankfurt'
    country = 'DE'
    latitude_deg = 50.11
    longitude_deg = 8.68
";

const DESIGN: &str = "
    name = 'few'
    epoch = '2026-01-01T00:00:00Z'
    [[shell]]
    name = '53.0-550'
    altitude_km = 550.0
    inclination_deg = 53.0
    planes = 4
    satellites_per_plane = 4
    pattern = 'delta'
    phasing = 1
    elevation_mask_deg = 25.0
";

struct World {
    constellation: Constellation,
    planes: Planes,
    ground: Ground,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let constellation = Constellation::from_preset_toml(DESIGN).expect("a design");
        let planes = find_planes(&constellation, time(0));
        let sites = read_sites(SITES.as_bytes()).expect("a list of sites");
        let ground = Ground::default().with_sites(sites.gateways, sites.pops);
        World { constellation, planes, ground }
    })
}

fn time(hours: i64) -> Epoch {
    Epoch::parse("2026-08-22T20:30:00Z").expect("a time").plus_micros(hours * 3_600_000_000)
}

fuzz_target!(|text: &str| {
    let Ok(scenario) = Scenario::parse(text) else { return };
    let World { constellation, planes, ground } = world();
    let Ok(faults) = scenario.resolve(constellation.satellites(), planes, ground) else { return };
    for hours in 0..4 {
        let out = faults.at(time(hours));
        assert!(out.satellites.is_sorted_by(|a, b| a < b) && out.satellites.iter().all(|&index| index < 16));
        assert!(out.satellites.iter().all(|index| out.lasers.satellites.binary_search(index).is_ok()));
        assert!(out.lasers.pairs.iter().all(|[a, b]| a < b));
        assert_eq!(faults.active(time(hours)).count() == 0, out.is_empty());
    }
});
