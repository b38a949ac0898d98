//! Variants of a plan held against plans from scratch.

use std::sync::LazyLock;

use skyshed_control::{Activation, Policy, Scope, State, resolve};
use skyshed_ground::{Block, Cell, Ground};
use skyshed_network::planes::find_planes;
use skyshed_orbit::{Constellation, Epoch, Sky, Ut1Table};
use skyshed_plan::variant::{Base, CellPlan, Difference, Variant};
use skyshed_plan::{Config, Faults, Inputs, Planes, Prepared, SlotPlan, plan_prepared, prepare};

/// Everything but the decisions.
struct Scene {
    ground: Ground,
    planes: Planes,
    faults: Faults,
    before: Sky,
    sky: Sky,
}

/// Some 1,600 satellites: few enough that beams run out and guards bite.
static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let constellation = Constellation::preset("starlink-550").expect("shipped");
    let start = Epoch::parse("2026-08-22T21:00:12Z").expect("a time");
    let ut1 = Ut1Table::builtin();
    Scene {
        ground: Ground::embedded(),
        planes: find_planes(&constellation, start),
        faults: Faults::none(),
        before: constellation.sky(start.plus_micros(-15_000_000), &ut1),
        sky: constellation.sky(start, &ut1),
    }
});

fn inputs<'a>(ground: &'a Ground, activation: &'a Activation, config: &'a Config) -> Inputs<'a> {
    Inputs { ground, activation, config, planes: &SCENE.planes, faults: &SCENE.faults }
}

fn illustrative() -> Policy {
    Policy::parse(skyshed_control::ILLUSTRATIVE_POLICY).expect("shipped")
}

/// The policy with what it says of one territory replaced.
fn with(territory: &str, state: State) -> Policy {
    let mut policy = illustrative();
    let about = |scope: &Scope| *scope == Scope::Territory(territory.to_owned());
    let decision = policy.decisions.iter_mut().find(|decision| about(&decision.scope)).expect("decided");
    decision.state = state;
    policy
}

/// A base of a configuration and the illustrative policy.
struct Based {
    config: Config,
    activation: Activation,
    prepared: Prepared,
    base: Base,
}

impl Based {
    fn new(config: Config) -> Based {
        let activation = resolve(&illustrative(), &SCENE.ground).expect("it fits the map");
        let inputs = inputs(&SCENE.ground, &activation, &config);
        let prepared = prepare(inputs).expect("consistent");
        let previous = plan_prepared(&SCENE.before, inputs, &prepared, None);
        let plan = plan_prepared(&SCENE.sky, inputs, &prepared, Some(&previous));
        let base = Base::new(SCENE.sky.clone(), inputs, &prepared, previous).expect("consistent");
        assert!(*base.plan() == plan, "a base is the plan");
        Based { config, activation, prepared, base }
    }

    fn variant(&self, zone: &[Cell], after: &Activation, guarded: bool) -> Variant {
        let inputs = inputs(&SCENE.ground, &self.activation, &self.config);
        let around = self.base.around(inputs, &self.prepared, zone);
        self.base.variant(inputs, &self.prepared, &around, Difference { activation: after, guarded })
    }

    /// A plan from scratch under other decisions.
    fn planned_anew(&self, after: &Activation) -> SlotPlan {
        let inputs = inputs(&SCENE.ground, after, &self.config);
        plan_prepared(&SCENE.sky, inputs, &prepare(inputs).expect("consistent"), Some(self.base.previous()))
    }
}

/// Every cell of a plan is what the variant says of it, and it says nothing that the base says too.
#[track_caller]
fn check(base: &SlotPlan, variant: &Variant, plan: impl Fn(Cell) -> Option<CellPlan>) {
    let mut told = variant.cells.iter().peekable();
    for cell in (0..base.cause.len() as u32).map(Cell) {
        let own = CellPlan::of(base, cell);
        let told = told.next_if(|told| told.cell == cell);
        assert_ne!(told, Some(&own), "told although nothing differs");
        if let Some(expected) = plan(cell) {
            assert_eq!(told.unwrap_or(&own), &expected);
        }
    }
    assert!(told.next().is_none(), "cells are sorted");
}

fn check_country(based: &Based, territory: &str, state: State) {
    let zone = SCENE.ground.cells_of(SCENE.ground.find_territory(territory).expect("a territory"));
    let after = resolve(&with(territory, state), &SCENE.ground).expect("it fits the map");
    let variant = based.variant(&zone, &after, true);
    assert!(variant.rounds_chosen > 0 && !variant.cells.is_empty(), "{territory}: something changes");
    let plan = based.planned_anew(&after);
    check(based.base.plan(), &variant, |cell| Some(CellPlan::of(&plan, cell)));
}

#[test]
fn a_variant_is_the_plan_from_scratch() {
    let based = Based::new(Config::default());
    for (territory, state) in [
        ("LU", State::Off),
        ("TW", State::On),
        ("FR", State::Off),
        ("US", State::Off),
        ("RU", State::On),
        ("IN", State::On),
        ("AQ", State::Off),
    ] {
        check_country(&based, territory, state);
    }
    let unchanged = based.variant(
        &SCENE.ground.cells_of(SCENE.ground.find_territory("LU").expect("LU")),
        &based.activation,
        true,
    );
    assert!(unchanged.cells.is_empty() && unchanged.rounds_chosen == 0, "nothing differs from itself");
}

#[test]
fn so_it_is_in_other_scopes_without_a_guard_and_with_homes() {
    for text in [
        "[slot]\nscope = \"inhabited\"\n",
        "[slot]\nscope = \"all\"\n",
        "[beams]\nspill_limit_km = 1000.0\n[pops.by_territory]\nFR = \"Tokyo\"\nDE = \"Sydney\"\n[gso]\nwaived_territories = [\"BE\"]\n",
    ] {
        let based = Based::new(Config::parse(text).expect("a configuration"));
        check_country(&based, "FR", State::Off);
        check_country(&based, "TW", State::On);
    }
}

#[test]
fn unguarded_cells_are_as_if_they_were_not_there() {
    let based = Based::new(Config::default());
    let zone = SCENE.ground.cells_of(SCENE.ground.find_territory("BR").expect("Brazil"));
    let after = resolve(&with("BR", State::Off), &SCENE.ground).expect("it fits the map");
    let variant = based.variant(&zone, &after, false);
    // The same planet without Brazil.
    let kept: Vec<usize> = (0..SCENE.ground.territory.len())
        .filter(|&cell| zone.binary_search(&Cell(cell as u32)).is_err())
        .collect();
    let ground = without(&zone, &kept);
    let activation = resolve(&illustrative(), &ground).expect("it fits the map");
    let inputs = inputs(&ground, &activation, &based.config);
    let mut previous = based.base.previous().clone();
    previous.satellite = kept.iter().map(|&cell| previous.satellite[cell]).collect();
    let plan = plan_prepared(&SCENE.sky, inputs, &prepare(inputs).expect("consistent"), Some(&previous));
    check(based.base.plan(), &variant, |cell| {
        let place = kept.binary_search(&(cell.0 as usize)).ok()?;
        Some(CellPlan { cell, ..CellPlan::of(&plan, Cell(place as u32)) })
    });
}

/// The ground of the cells that are kept.
fn without(zone: &[Cell], kept: &[usize]) -> Ground {
    let ground = &SCENE.ground;
    let (mut blocks, mut first_cell) = (Vec::new(), 0);
    for block in &ground.blocks {
        let cells = block.first_cell..block.first_cell + block.cell_count;
        let cell_count = cells.filter(|&cell| zone.binary_search(&Cell(cell)).is_err()).count() as u32;
        if cell_count > 0 {
            blocks.push(Block { first_cell, cell_count, ..*block });
            first_cell += cell_count;
        }
    }
    Ground {
        normal_x: kept.iter().map(|&cell| ground.normal_x[cell]).collect(),
        normal_y: kept.iter().map(|&cell| ground.normal_y[cell]).collect(),
        normal_z: kept.iter().map(|&cell| ground.normal_z[cell]).collect(),
        people: kept.iter().map(|&cell| ground.people[cell]).collect(),
        colour: kept.iter().map(|&cell| ground.colour[cell]).collect(),
        territory: kept.iter().map(|&cell| ground.territory[cell]).collect(),
        blocks,
        territories: ground.territories.clone(),
        gateways: ground.gateways.clone(),
        pops: ground.pops.clone(),
        ..Ground::default()
    }
}
