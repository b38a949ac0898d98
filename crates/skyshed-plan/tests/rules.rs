//! What must hold of every plan, worked out again here in f64 from positions alone.

mod common;

use proptest::prelude::*;
use skyshed_control::{Activation, Class, ClassSet, Date, Decision, Policy, Scope, State, resolve};
use skyshed_ground::{Cell, cell_center, within_rings};
use skyshed_orbit::Sky;
use skyshed_orbit::frames::{geodetic_to_itrf_m, look_angles};
use skyshed_plan::{Cause, Config, SlotPlan, landing_of, plan, plan_prepared, prepare};

fn policy(decisions: Vec<(String, State, ClassSet)>) -> Policy {
    let day = Date::parse("2026-01-01").expect("a day");
    let decisions = decisions.into_iter().map(|(id, state, classes)| Decision {
        scope: Scope::Territory(id),
        classes,
        state,
        reason: "drawn at random".to_owned(),
        since: day,
        review: day,
        source: None,
        logged: None,
    });
    Policy { name: "random".to_owned(), description: String::new(), decisions: decisions.collect() }
}

/// Decisions about territories of every kind: countries, regions, coasts, disputed areas, the high seas.
fn random_policy() -> impl Strategy<Value = Policy> {
    let count = common::ground().territories.len();
    let classes =
        prop_oneof![Just(ClassSet::ALL), (0..6usize).prop_map(|i| [Class::ALL[i]].into_iter().collect())];
    let decision = (0..count, any::<bool>(), classes).prop_map(|(index, on, classes)| {
        let id = common::ground().territories[index].id.clone();
        (id, if on { State::On } else { State::Off }, classes)
    });
    proptest::collection::vec(decision, 1..400).prop_map(policy)
}

fn planned(sky: &Sky, activation: &Activation, config: &Config) -> SlotPlan {
    plan(sky, common::inputs(sky, activation, config), None).expect("a plan")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_beam_serves_an_inactive_cell_and_every_unserved_cell_has_its_cause(policy in random_policy(), slots in 0i64..5760) {
        let sky = common::sky("starlink-550", slots);
        let activation = resolve(&policy, common::ground()).expect("ids of the map");
        let plan = planned(&sky, &activation, &Config::default());
        for cell in (0..plan.cause.len() as u32).map(Cell) {
            let served = plan.satellite(cell).is_some();
            prop_assert_eq!(served, plan.cause(cell) == Cause::Served);
            if served {
                prop_assert!(activation.active(cell), "cell {:?} is served and inactive", cell);
            }
            let off = matches!(plan.cause(cell), Cause::TerritoryOff | Cause::NoDecision);
            prop_assert_eq!(off, !activation.active(cell), "cell {:?}", cell);
        }
    }

    #[test]
    fn the_order_of_decisions_changes_nothing(policy in random_policy(), seed in any::<u64>()) {
        let mut shuffled = policy.clone();
        let count = shuffled.decisions.len();
        for i in (1..count).rev() {
            shuffled.decisions.swap(i, (seed.rotate_left(i as u32) % (i as u64 + 1)) as usize);
        }
        let sky = common::sky("starlink-550", 7);
        let plans = [&policy, &shuffled].map(|policy| {
            planned(&sky, &resolve(policy, common::ground()).expect("ids of the map"), &Config::default())
        });
        prop_assert!(plans[0] == plans[1]);
    }
}

/// Degrees between the direction from a site to a satellite and the nearest point of the geostationary arc.
fn separation_from_arc_deg(site_m: [f64; 3], satellite_m: [f64; 3]) -> f64 {
    let line: Vec<f64> = (0..3).map(|i| satellite_m[i] - site_m[i]).collect();
    let norm = |v: &[f64]| v.iter().map(|c| c * c).sum::<f64>().sqrt();
    let cos = |angle: f64| {
        let arc =
            [angle.cos() * 42_164_170.0 - site_m[0], angle.sin() * 42_164_170.0 - site_m[1], -site_m[2]];
        arc.iter().zip(&line).map(|(a, l)| a * l).sum::<f64>() / (norm(&arc) * norm(&line))
    };
    let best = (0..3600).map(|i| cos(f64::from(i) * core::f64::consts::TAU / 3600.0)).fold(-1.0, f64::max);
    best.clamp(-1.0, 1.0).acos().to_degrees()
}

fn position_m(sky: &Sky, satellite: usize) -> [f64; 3] {
    [sky.x_itrf_m[satellite], sky.y_itrf_m[satellite], sky.z_itrf_m[satellite]]
}

#[test]
fn elevation_arc_gateway_and_latency_hold_in_double_precision() {
    let (ground, config) = (common::ground(), Config::default());
    for (preset, slots) in [("starlink-2026", 0), ("oneweb-1200", 40), ("starlink-550", 9)] {
        let sky = common::sky(preset, slots);
        let activation = common::illustrative();
        let inputs = common::inputs(&sky, &activation, &config);
        let prepared = prepare(inputs).expect("prepared");
        let plan = plan_prepared(&sky, inputs, &prepared, None);
        let served: Vec<Cell> = plan.cells_with(Cause::Served).step_by(101).collect();
        assert!(served.len() > 200, "{preset} serves {}", served.len());
        let mut over_lasers = 0;
        for cell in served {
            let satellite = plan.satellite(cell).expect("served") as usize;
            let (latitude_deg, longitude_deg) = cell_center(cell);
            let (_, elevation_deg, range_m) =
                look_angles(latitude_deg, longitude_deg, 0.0, position_m(&sky, satellite));
            let mask_deg = sky.satellites[satellite].elevation_mask_deg.map_or(20.0, f64::from);
            assert!(
                elevation_deg > mask_deg - 0.01,
                "{preset} {cell:?}: {elevation_deg} below the mask {mask_deg}"
            );
            let planned_deg = f64::from(plan.elevation_cdeg[cell.0 as usize]) / 100.0;
            assert!((planned_deg - elevation_deg).abs() < 0.03, "planned {planned_deg}, is {elevation_deg}");
            let site_m = geodetic_to_itrf_m(latitude_deg, longitude_deg, 0.0);
            let separation_deg = separation_from_arc_deg(site_m, position_m(&sky, satellite));
            assert!(
                separation_deg > config.gso.user_separation_deg - 0.06,
                "{preset} {cell:?}: {separation_deg}"
            );

            let landing = landing_of(&plan, inputs, &prepared, cell).expect("a serving satellite lands");
            let way = plan.network.satellites_to(satellite as u32, landing.pop);
            assert_eq!((way[0] as usize, way[way.len() - 1]), (satellite, landing.exit));
            assert_eq!(way.len(), usize::from(landing.laser_hops) + 1);
            over_lasers += usize::from(way.len() > 1);
            let lasers_m: f64 = way.windows(2).map(|hop| distance_m(&sky, hop[0], hop[1])).sum();
            let gateway = &ground.gateways[usize::from(landing.gateway)];
            let exit = position_m(&sky, landing.exit as usize);
            let (_, elevation_deg, feeder_m) =
                look_angles(gateway.latitude_deg, gateway.longitude_deg, 0.0, exit);
            assert!(elevation_deg > config.gateway.elevation_mask_deg - 0.01);
            let pop = &ground.pops[usize::from(landing.pop)];
            let fibre_m = great_circle_m(
                (gateway.latitude_deg, gateway.longitude_deg),
                (pop.latitude_deg, pop.longitude_deg),
            ) * config.gateway.fibre_detour;
            let light_m_s = 299_792_458.0;
            let rtt_ms = 2e3
                * ((range_m + lasers_m + feeder_m) / light_m_s
                    + fibre_m / (light_m_s * config.gateway.fibre_velocity_factor))
                + f64::from(landing.laser_hops) * config.latency.laser_hop_ms
                + config.latency.access_ms;
            let planned_ms = f64::from(plan.rtt_us[cell.0 as usize]) / 1e3;
            assert!(
                (planned_ms - rtt_ms).abs() < 0.01,
                "{preset} {cell:?}: planned {planned_ms} ms, is {rtt_ms} ms"
            );
        }
        assert!(over_lasers > 50, "{preset}: only {over_lasers} ways over lasers were looked at");
    }
}

fn distance_m(sky: &Sky, a: u32, b: u32) -> f64 {
    let (a, b) = (position_m(sky, a as usize), position_m(sky, b as usize));
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}

/// Haversine on the mean radius.
fn great_circle_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half = ((lat_b - lat_a) / 2.0).sin().powi(2)
        + lat_a.cos() * lat_b.cos() * ((b.1 - a.1).to_radians() / 2.0).sin().powi(2);
    2.0 * 6_371_008.8 * half.sqrt().asin()
}

#[test]
fn no_footprint_reaches_further_over_an_inactive_cell_than_the_limit() {
    let config = Config::default();
    let sky = common::sky("starlink-2026", 3);
    let activation = common::illustrative();
    let plan = planned(&sky, &activation, &config);
    let mut bordering = 0;
    for cell in plan.cells_with(Cause::Served).step_by(17) {
        let here = cell_center(cell);
        let nearest_m = within_rings(cell, 4)
            .into_iter()
            .filter(|&other| !activation.active(other))
            .map(|other| great_circle_m(here, cell_center(other)))
            .fold(f64::INFINITY, f64::min);
        if nearest_m.is_finite() {
            bordering += 1;
            let satellite = plan.satellite(cell).expect("served") as usize;
            let (_, elevation_deg, _) = look_angles(here.0, here.1, 0.0, position_m(&sky, satellite));
            let reach_km = config.beams.footprint_radius_km / elevation_deg.to_radians().sin();
            let spill_km = reach_km - (nearest_m / 1e3 - skyshed_plan::border::CELL_CIRCUMRADIUS_KM).max(0.0);
            assert!(spill_km < config.beams.spill_limit_km + 0.3, "{cell:?} spills {spill_km} km");
        }
    }
    assert!(bordering > 100, "only {bordering} cells near a border were looked at");
    assert!(plan.count_by_cause()[Cause::BorderGuard as usize] > 0, "the guard should refuse some cell");
}

#[test]
fn no_beam_is_promised_twice() {
    let config = Config::default();
    let sky = common::sky("starlink-2026", 11);
    let plan = planned(&sky, &common::all_on(), &config);
    let satellites = plan.satellites.len();
    let mut shares = vec![0u32; satellites];
    let mut shares_of_colour = vec![[0u32; 8]; satellites];
    let mut cells = vec![0u32; satellites];
    for cell in plan.cells_with(Cause::Served) {
        let satellite = plan.satellite(cell).expect("served") as usize;
        let share = u32::from(plan.share[cell.0 as usize]);
        assert!((1..=u32::from(plan.share_parts)).contains(&share));
        if common::ground().people[cell.0 as usize] > 0 {
            assert!(share * u32::from(config.beams.hops) >= u32::from(plan.share_parts));
        }
        shares[satellite] += share;
        shares_of_colour[satellite][usize::from(common::ground().colour[cell.0 as usize])] += share;
        cells[satellite] += 1;
    }
    assert_eq!(cells, plan.load);
    let parts = u32::from(plan.share_parts);
    assert!(shares.iter().all(|&share| share <= u32::from(config.beams.per_satellite) * parts));
    assert!(
        shares_of_colour.iter().flatten().all(|&share| share <= u32::from(config.beams.per_colour) * parts)
    );
    assert!(cells.contains(&config.beams.cells_per_satellite()), "some satellite should be full");
}
