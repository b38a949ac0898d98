//! How plans behave: the same bytes everywhere, choices that are kept, parameters that act.

mod common;

use skyshed_control::{Policy, resolve};
use skyshed_ground::Cell;
use skyshed_orbit::Epoch;
use skyshed_plan::{
    Cause, Config, SlotPlan, exact, explain, plan, plan_prepared, plan_reusing, prepare, slot_start,
};

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let (activation, config) = (common::illustrative(), Config::default());
    let sky = common::sky("starlink-2026", 0);
    let with = |threads: usize| {
        let pool = rayon_pool(threads);
        pool.install(|| plan(&sky, common::inputs(&sky, &activation, &config), None).expect("a plan"))
    };
    let one = with(1);
    assert!(one == with(2) && one == with(5) && one == with(1));
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

#[test]
fn choices_are_kept_where_they_are_good_enough() {
    let (activation, config) = (common::illustrative(), Config::default());
    let before = common::sky("starlink-550", 0);
    let first = plan(&before, common::inputs(&before, &activation, &config), None).expect("a plan");
    let sky = common::sky("starlink-550", 1);
    let kept = |previous: Option<&SlotPlan>| {
        let next = plan(&sky, common::inputs(&sky, &activation, &config), previous).expect("a plan");
        first.satellite.iter().zip(&next.satellite).filter(|(a, b)| **a != u32::MAX && a == b).count()
    };
    let (with, without) = (kept(Some(&first)), kept(None));
    assert!(with > without + without / 20, "{with} choices kept with the previous plan, {without} without");
}

/// Satellites are known by catalogue number: a previous plan over another fleet still tells which were kept.
#[test]
fn a_previous_plan_over_other_satellites_is_understood() {
    let (activation, config) = (common::illustrative(), Config::default());
    let mut sky = common::sky("starlink-550", 0);
    let whole = plan(&sky, common::inputs(&sky, &activation, &config), None).expect("a plan");
    let drop_first = |column: &mut Vec<f64>| drop(column.drain(..100));
    drop_first(&mut sky.x_itrf_m);
    drop_first(&mut sky.y_itrf_m);
    drop_first(&mut sky.z_itrf_m);
    sky.satellites = sky.satellites[100..].into();
    let next = plan(&sky, common::inputs(&sky, &activation, &config), Some(&whole)).expect("a plan");
    let number = |plan: &SlotPlan, cell: usize| {
        plan.satellite(Cell(cell as u32)).map(|satellite| plan.satellites[satellite as usize].catalog_number)
    };
    let served = (0..next.cause.len()).filter(|&cell| number(&whole, cell).is_some());
    let (same, all) = served.fold((0, 0), |(same, all), cell| {
        (same + usize::from(number(&whole, cell) == number(&next, cell)), all + 1)
    });
    assert!(same * 10 > all * 8, "{same} of {all} cells keep their satellite");
}

/// The memory of an old plan changes nothing, whether it is of the same preparation or of another.
#[test]
fn plans_in_the_memory_of_old_ones_are_the_same() {
    let (activation, other) = (common::illustrative(), common::all_on());
    let config = Config::parse("[slot]\nscope = \"land\"\n").expect("a scope");
    let [before, sky] = [0, 40].map(|slot| common::sky("starlink-550", slot));
    let inputs = common::inputs(&sky, &activation, &config);
    let (prepared, prepared_other) = (
        prepare(inputs).expect("prepared"),
        prepare(common::inputs(&sky, &other, &config)).expect("prepared"),
    );
    let fresh = plan_prepared(&sky, inputs, &prepared, None);
    let old = plan_prepared(&before, inputs, &prepared, None);
    let of_other = plan_prepared(&before, common::inputs(&before, &other, &config), &prepared_other, None);
    assert!(old != fresh && of_other != fresh);
    for spare in [old, of_other] {
        assert!(plan_reusing(&sky, inputs, &prepared, None, spare) == fresh);
    }
}

#[test]
fn greedy_comes_close_to_the_largest_possible_number_of_cells() {
    let config = Config::parse("[slot]\nscope = \"land\"\n").expect("a scope");
    for (preset, policy) in [("starlink-2026", common::illustrative()), ("starlink-550", common::all_on())] {
        let sky = common::sky(preset, 2);
        let inputs = common::inputs(&sky, &policy, &config);
        let prepared = prepare(inputs).expect("prepared");
        let gap = exact::gap(&sky, inputs, &prepared);
        println!("{preset}: {gap:?}, {:.2} points", gap.points());
        assert!(gap.greedy <= gap.maximum && gap.maximum <= gap.planned);
        assert!(gap.points() <= 1.5, "{preset}: {gap:?} is {:.2} points", gap.points());
    }
}

#[test]
fn the_separation_from_the_geostationary_arc_acts_and_can_be_waived() {
    let activation = common::all_on();
    let served_in_brazil = |text: &str| {
        let config = Config::parse(text).expect("a configuration");
        let sky = common::sky("starlink-550", 4);
        let inputs = common::inputs(&sky, &activation, &config);
        let prepared = prepare(inputs).expect("prepared");
        let plan = plan_prepared(&sky, inputs, &prepared, None);
        let brazil = common::ground().find_territory("BR").expect("Brazil");
        let cells = common::ground().cells_of(brazil);
        cells.iter().filter(|&&cell| plan.cause(cell) == Cause::Served).count()
    };
    let base = "[slot]\nscope = \"land\"\n";
    let kept = served_in_brazil(base);
    let off = served_in_brazil(&format!("{base}[gso]\nuser_separation_deg = 0\n"));
    let waived = served_in_brazil(&format!("{base}[gso]\nwaived_territories = [\"BR\"]\n"));
    assert!(kept < waived && kept < off, "kept {kept}, waived {waived}, off {off}");
}

#[test]
fn an_unknown_waived_territory_is_refused() {
    let activation = common::all_on();
    let config = Config::parse("[gso]\nwaived_territories = [\"Atlantis\"]\n").expect("a configuration");
    let error = prepare(common::inputs(&common::sky("oneweb-1200", 0), &activation, &config))
        .err()
        .expect("refused")
        .to_string();
    assert!(error.contains("\"Atlantis\"") && error.contains("\"US\""), "{error}");
}

#[test]
fn a_cell_explains_itself_as_the_plan_does() {
    let (activation, config) = (common::illustrative(), Config::default());
    let sky = common::sky("starlink-2026", 0);
    let inputs = common::inputs(&sky, &activation, &config);
    let prepared = prepare(inputs).expect("prepared");
    let plan = plan_prepared(&sky, inputs, &prepared, None);
    for cell in (0..plan.cause.len() as u32).step_by(9973).map(Cell) {
        let view = explain(&plan, &sky, inputs, &prepared, cell);
        match plan.cause(cell) {
            Cause::Served => {
                let serving = plan.satellite(cell).expect("served");
                let seen = view
                    .satellites
                    .iter()
                    .find(|seen| seen.satellite == serving)
                    .expect("the server is in view");
                assert_eq!(seen.verdict(), Cause::Served);
            }
            Cause::TerritoryOff | Cause::NoDecision => {
                assert_eq!(view.if_active == Cause::Served, view.satellite_if_active.is_some());
            }
            Cause::BeamsExhausted => {}
            cause => {
                let furthest = view.satellites.iter().map(|seen| seen.verdict()).max();
                assert_eq!(furthest.unwrap_or(Cause::NoSatelliteAboveMask), cause, "{cell:?}");
            }
        }
    }
}

#[test]
fn off_wins_over_on_whatever_the_order_and_the_level() {
    let text = |first: &str, second: &str| {
        let decision = |(id, state): (&str, &str)| {
            format!(
                "[[decision]]\nterritory = \"{id}\"\nstate = \"{state}\"\nreason = \"r\"\nsince = \"2024-01-01\"\nreview = \"2025-01-01\"\n"
            )
        };
        let part = |text: &str| decision(text.split_once(' ').expect("id and state"));
        format!("name = \"t\"\n{}{}", part(first), part(second))
    };
    let region = common::ground().territories.iter().find(|t| t.id == "UA-32").expect("a region");
    let cell = common::ground().cells_of(common::ground().find_territory(&region.id).expect("found"))[0];
    let active = |first: &str, second: &str| {
        let policy = Policy::parse(&text(first, second)).expect("a policy");
        resolve(&policy, common::ground()).expect("resolved").active(cell)
    };
    assert!(!active("UA on", "UA-32 off") && !active("UA-32 off", "UA on") && !active("UA off", "UA-32 on"));
    assert!(active("UA on", "UA-32 on") && active("UA on", "PL off"));
}

#[test]
fn slots_begin_at_12_27_42_and_57() {
    let start = |text: &str| slot_start(Epoch::parse(text).expect("a time"), 15, 12).to_string();
    assert_eq!(start("2026-08-22T21:00:12Z"), "2026-08-22T21:00:12Z");
    assert_eq!(start("2026-08-22T21:00:26.999Z"), "2026-08-22T21:00:12Z");
    assert_eq!(start("2026-08-22T21:00:27Z"), "2026-08-22T21:00:27Z");
    assert_eq!(start("2026-08-22T21:00:11Z"), "2026-08-22T20:59:57Z");
    assert_eq!(start("1969-12-31T23:59:58Z"), "1969-12-31T23:59:57Z");
}
