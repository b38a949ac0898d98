//! The network of a plan: antennas and capacities hold, routes are the shortest, territories get the point of presence
//! they name, and what is out of order is not used.

mod common;

use std::collections::BTreeMap;

use skyshed_network::{Graph, Trees};
use skyshed_orbit::Sky;
use skyshed_orbit::frames::{geodetic_to_itrf_m, look_angles};
use skyshed_plan::{
    Cause, Config, Inputs, Scenario, SlotPlan, landing_of, plan, plan_prepared, prepare, service_path,
};

const LIGHT_M_S: f64 = 299_792_458.0;

fn inhabited(more: &str) -> Config {
    Config::parse(&format!("[slot]\nscope = \"inhabited\"\n{more}")).expect("a configuration")
}

fn position_m(sky: &Sky, satellite: u32) -> [f64; 3] {
    let at = satellite as usize;
    [sky.x_itrf_m[at], sky.y_itrf_m[at], sky.z_itrf_m[at]]
}

#[test]
fn feeder_links_keep_to_masks_and_antennas() {
    let config = inhabited("");
    let sky = common::sky("starlink-2026", 5);
    let activation = common::all_on();
    let inputs = common::inputs(&sky, &activation, &config);
    let plan = plan(&sky, inputs, None).expect("a plan");
    let (mut of_gateway, mut of_satellite) = (BTreeMap::new(), BTreeMap::new());
    for link in &plan.network.feeders.links {
        *of_gateway.entry(link.gateway).or_insert(0u32) += 1;
        *of_satellite.entry(link.satellite).or_insert(0u32) += 1;
        let gateway = &inputs.ground.gateways[usize::from(link.gateway)];
        let satellite = position_m(&sky, link.satellite);
        let (_, elevation_deg, slant_m) =
            look_angles(gateway.latitude_deg, gateway.longitude_deg, 0.0, satellite);
        assert!(elevation_deg > config.gateway.elevation_mask_deg - 0.01, "{elevation_deg}");
        assert!((link.slant_mm as f64 / 1e3 - slant_m).abs() < 2.0, "{} mm is {slant_m} m", link.slant_mm);
    }
    let most = |counts: &BTreeMap<_, u32>| counts.values().copied().max().expect("links");
    assert_eq!(
        most(&of_gateway.into_iter().map(|(k, v)| (u32::from(k), v)).collect()),
        u32::from(config.gateway.antennas)
    );
    assert_eq!(most(&of_satellite), u32::from(config.gateway.antennas_per_satellite));
}

/// The slot before points the same antennas at the same satellites where that is still good.
#[test]
fn antennas_and_lasers_stay_from_slot_to_slot() {
    let (config, activation) = (inhabited(""), common::all_on());
    let plans = [0, 1].map(|slot| common::sky("starlink-2026", slot));
    let first = plan(&plans[0], common::inputs(&plans[0], &activation, &config), None).expect("a plan");
    let kept = |previous: Option<&SlotPlan>| {
        let next =
            plan(&plans[1], common::inputs(&plans[1], &activation, &config), previous).expect("a plan");
        let feeders = |plan: &SlotPlan| -> Vec<(u32, u16)> {
            plan.network.feeders.links.iter().map(|link| (link.satellite, link.gateway)).collect()
        };
        let before = feeders(&first);
        let feeders_kept = feeders(&next).iter().filter(|link| before.contains(link)).count();
        let lasers = &next.network.lasers.pairs;
        let lasers_kept =
            first.network.lasers.pairs.iter().filter(|pair| lasers.binary_search(pair).is_ok()).count();
        (feeders_kept, lasers_kept, before.len(), first.network.lasers.pairs.len())
    };
    let ((with, lasers, all, all_lasers), (without, ..)) = (kept(Some(&first)), kept(None));
    assert!(with > without && with * 10 > all * 7, "{with} of {all} kept, {without} without the slot before");
    assert!(lasers * 100 > all_lasers * 99, "{lasers} of {all_lasers} lasers kept");
}

/// Every distance again by the plain sum over hops, and no way shorter than a straight line at the speed of light.
#[test]
fn routes_add_up_and_are_never_faster_than_light() {
    let config = Config::parse("[slot]\nscope = \"land\"\n[latency]\naccess_ms = 0\nlaser_hop_ms = 0.5\n")
        .expect("a configuration");
    let sky = common::sky("starlink-550", 3);
    let activation = common::all_on();
    let inputs = common::inputs(&sky, &activation, &config);
    let prepared = prepare(inputs).expect("prepared");
    let plan = plan_prepared(&sky, inputs, &prepared, None);
    let mut hops_max = 0;
    for cell in plan.cells_with(Cause::Served).step_by(37) {
        let path = service_path(&plan, &sky, inputs, &prepared, cell).expect("served");
        let hops_ms = path.user_link_ms + path.lasers_ms + path.feeder_link_ms + path.fibre_ms;
        assert!((path.rtt_ms - hops_ms - path.access_ms).abs() < 0.002, "{path:?}");
        assert_eq!(path.laser_hops_km.len() + 1, path.satellites.len());
        let lasers_km: f64 = path.laser_hops_km.iter().sum();
        assert!((lasers_km - path.landing.laser_mm as f64 / 1e6).abs() < 1e-6 * (1.0 + lasers_km));
        hops_max = hops_max.max(path.laser_hops_km.len());
        let (latitude_deg, longitude_deg) = skyshed_ground::cell_center(cell);
        let pop = &inputs.ground.pops[usize::from(path.landing.pop)];
        let ends = [
            geodetic_to_itrf_m(latitude_deg, longitude_deg, 0.0),
            geodetic_to_itrf_m(pop.latitude_deg, pop.longitude_deg, 0.0),
        ];
        let straight_m = (0..3).map(|i| (ends[0][i] - ends[1][i]).powi(2)).sum::<f64>().sqrt();
        assert!(path.rtt_ms > 2e3 * straight_m / LIGHT_M_S, "{path:?} against {straight_m} m");
    }
    assert!(hops_max >= 5, "the longest way has {hops_max} laser hops");
}

/// The light-times of a plan against the trees built from its links in another order.
#[test]
fn light_times_are_those_of_the_links() {
    let config = inhabited("[latency]\nlaser_hop_ms = 0\n");
    let sky = common::sky("starlink-550", 8);
    let activation = common::all_on();
    let inputs = common::inputs(&sky, &activation, &config);
    let prepared = prepare(inputs).expect("prepared");
    let plan = plan_prepared(&sky, inputs, &prepared, None);
    let network = &plan.network;
    // Numbered backwards.
    let last = sky.satellites.len() as u32 - 1;
    let turned: Vec<[u32; 2]> = network.lasers.pairs.iter().map(|&[a, b]| [last - b, last - a]).collect();
    let graph = Graph::new(sky.satellites.len(), &turned, &network.lasers.length_mm);
    let mut trees = Trees::new(sky.satellites.len(), inputs.ground.pops.len());
    for link in &network.feeders.links {
        let gateway = &inputs.ground.gateways[usize::from(link.gateway)];
        for (pop, site) in inputs.ground.pops.iter().enumerate() {
            let fibre_km = skyshed_plan::geometry::surface_distance_km(
                skyshed_plan::geometry::normal(gateway.latitude_deg, gateway.longitude_deg),
                skyshed_plan::geometry::normal(site.latitude_deg, site.longitude_deg),
            ) * config.gateway.fibre_detour;
            let light_mm = ((fibre_km * 1e6) as u64 as f64 / config.gateway.fibre_velocity_factor) as u64;
            trees.seed(last - link.satellite, pop, link.slant_mm + light_mm);
        }
    }
    trees.settle(&graph);
    for satellite in 0..=last {
        for pop in 0..inputs.ground.pops.len() {
            assert_eq!(trees.distance_mm(last - satellite, pop), network.light_mm(satellite, pop as u16));
        }
        let nearest = network.landings[satellite as usize].expect("every satellite lands");
        let best =
            (0..inputs.ground.pops.len() as u16).filter_map(|pop| network.light_mm(satellite, pop)).min();
        assert_eq!(Some(nearest.light_mm), best);
    }
}

#[test]
fn no_link_carries_more_than_it_can_and_full_links_hold_rates_back() {
    let tight = inhabited("[gateway]\nfeeder_gbps = 4\nfibre_gbps = 20\n[lasers]\ncapacity_gbps = 2\n");
    let sky = common::sky("starlink-2026", 2);
    let activation = common::all_on();
    let plans = [inhabited(""), tight.clone()].map(|config| {
        let inputs = common::inputs(&sky, &activation, &config);
        plan(&sky, inputs, None).expect("a plan")
    });
    let loads = &plans[1].loads;
    let all = [
        (loads.laser_kbps.iter().flatten().copied().collect::<Vec<f64>>(), tight.lasers.capacity_gbps),
        (loads.feeder_kbps.clone(), tight.gateway.feeder_gbps),
        (loads.gateway_kbps.clone(), tight.gateway.fibre_gbps),
    ];
    for (carried, capacity_gbps) in &all {
        let most = carried.iter().copied().fold(0.0, f64::max);
        assert!(most <= capacity_gbps * 1e6 * (1.0 + 1e-9), "{most} kb/s over {capacity_gbps} Gb/s");
        assert!(
            carried.iter().any(|&kbps| kbps > 0.98 * capacity_gbps * 1e6),
            "nothing is full at {capacity_gbps}"
        );
    }
    for [carried, could] in &loads.beams_kbps {
        assert!(carried <= &(could * (1.0 + 1e-9)));
    }
    // What the gateways carry is what their feeder links carry, and what the beams carry.
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let beams: f64 = loads.beams_kbps.iter().map(|beam| beam[0]).sum();
    assert!((sum(&loads.feeder_kbps) / sum(&loads.gateway_kbps) - 1.0).abs() < 1e-9);
    assert!((beams / sum(&loads.gateway_kbps) - 1.0).abs() < 1e-9);
    let rates = |plan: &SlotPlan| plan.rate_kbps.iter().map(|&kbps| u64::from(kbps)).sum::<u64>();
    assert!(rates(&plans[1]) < rates(&plans[0]));
}

#[test]
fn a_territory_is_brought_to_the_point_of_presence_it_names() {
    let config = inhabited("[pops.by_territory]\nKE = \"Frankfurt\"\nBE = \"london\"\n");
    let sky = common::sky("starlink-2026", 4);
    let activation = common::all_on();
    let inputs = common::inputs(&sky, &activation, &config);
    let prepared = prepare(inputs).expect("prepared");
    let plan = plan_prepared(&sky, inputs, &prepared, None);
    for (territory, pop) in [("KE", "Frankfurt"), ("BE", "London")] {
        let index = inputs.ground.find_territory(territory).expect("a country");
        let cells = inputs.ground.cells_of(index);
        let mut served = cells.into_iter().filter(|&cell| plan.cause(cell) == Cause::Served).peekable();
        assert!(served.peek().is_some());
        for cell in served {
            let landing = landing_of(&plan, inputs, &prepared, cell).expect("served");
            assert_eq!(inputs.ground.pops[usize::from(landing.pop)].name, pop);
            let path = service_path(&plan, &sky, inputs, &prepared, cell).expect("served");
            let hops_ms = path.user_link_ms + path.lasers_ms + path.feeder_link_ms + path.fibre_ms;
            assert!((path.rtt_ms - hops_ms - path.access_ms).abs() < 0.002, "{path:?}");
        }
    }
    let refused = |text: &str| {
        let config = inhabited(text);
        prepare(common::inputs(&sky, &activation, &config)).err().expect("refused").to_string()
    };
    let message = refused("[pops.by_territory]\nKE = \"Atlantis\"\n");
    assert!(message.contains("Atlantis") && message.contains("Frankfurt"), "{message}");
    assert!(refused("[pops.by_territory]\nZZ = \"London\"\n").contains("\"ZZ\""));
}

fn with_faults(sky: &Sky, scenario: &str, config: &Config) -> SlotPlan {
    let activation = common::all_on();
    let inputs = common::inputs(sky, &activation, config);
    let scenario = Scenario::parse(scenario).expect("a scenario");
    let faults = scenario.resolve(&sky.satellites, inputs.planes, inputs.ground).expect("names that exist");
    plan(sky, Inputs { faults: &faults, ..inputs }, None).expect("a plan")
}

#[test]
fn what_is_out_of_order_is_not_used() {
    let config = inhabited("");
    let sky = common::sky("starlink-550", 1);
    let ground = common::ground();
    let gateway = &ground.gateways[3].name;
    let pop = ground.pops.iter().position(|pop| pop.name == "Frankfurt").expect("Frankfurt");
    let scenario = format!(
        "[[fault]]\nplanes = [\"53.0-550/3\"]\ngateways = [\"{gateway}\"]\npops = [\"Frankfurt\"]\n\
         lasers = [\"{}\"]\n",
        sky.satellites[500].name
    );
    let plan = with_faults(&sky, &scenario, &config);
    let out: Vec<u32> = common::planes(&sky).shells[0].planes[3].satellites.clone();
    assert_eq!(out.len(), 22);
    for &satellite in &out {
        assert_eq!(plan.load[satellite as usize], 0);
        assert!(plan.network.landings[satellite as usize].is_none());
    }
    let pairs = &plan.network.lasers.pairs;
    assert!(pairs.iter().flatten().all(|satellite| !out.contains(satellite) && *satellite != 500));
    assert!(
        plan.network.feeders.links.iter().all(|link| link.gateway != 3 && !out.contains(&link.satellite))
    );
    assert!(plan.network.landings.iter().flatten().all(|landing| usize::from(landing.pop) != pop));
    assert!(plan.load[500] > 0, "a satellite without lasers still serves where it sees a gateway itself");
}

/// Lasers out everywhere: places far from gateways lose their service, with the cause, and nothing falls over.
#[test]
fn a_split_network_says_what_is_unreachable() {
    let config = Config::parse("[slot]\nscope = \"all\"\n").expect("a scope");
    let sky = common::sky("starlink-550", 6);
    let [whole, split] = ["", "[[fault]]\nlasers = [\"all\"]\n"].map(|scenario| match scenario {
        "" => plan(&sky, common::inputs(&sky, &common::all_on(), &config), None).expect("a plan"),
        scenario => with_faults(&sky, scenario, &config),
    });
    let no_gateway = |plan: &SlotPlan| plan.count_by_cause()[Cause::NoGateway as usize];
    assert_eq!(no_gateway(&whole), 0, "with lasers every satellite reaches a gateway");
    assert!(no_gateway(&split) > 100_000, "{}", no_gateway(&split));
    assert!(split.network.landings.iter().flatten().all(|landing| landing.laser_hops == 0));
    let nowhere = with_faults(&sky, &everything_out(), &config);
    assert_eq!(nowhere.count_by_cause()[Cause::Served as usize], 0);
}

/// Every gateway out.
fn everything_out() -> String {
    let names: Vec<String> =
        common::ground().gateways.iter().map(|gateway| format!("{:?}", gateway.name)).collect();
    format!("[[fault]]\ngateways = [{}]\n", names.join(", "))
}
