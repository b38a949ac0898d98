//! Every territory of a slot: what may be served there and what is, by which decision.

use std::collections::BTreeMap;

use serde::Serialize;
use skyshed_ground::{Cell, TerritoryIndex};
use skyshed_plan::Cause;

use crate::why::{DecisionView, decision_at, kind_word};
use crate::world::{Slot, World};

/// One territory, those below it included. Every key is always present in JSON, null where it does not apply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TerritoryRow {
    /// Stable id.
    pub id: String,
    /// English name.
    pub name: String,
    /// `country`, `region`, `disputed`, `coastal` or `high_seas`.
    pub kind: &'static str,
    /// Id of the territory it is part of.
    pub parent: Option<String>,
    /// ISO 3166-1 alpha-3 of the country.
    pub iso_a3: Option<String>,
    /// Ids of the territories that claim it.
    pub claims: Vec<String>,
    /// `on` where every cell may be served, `off` where none may, `partly` where some may.
    pub state: &'static str,
    /// Number of the decision that explains most of its people's state, or of its cells' where nobody lives; null where nobody
    /// decided.
    pub decision: Option<u64>,
    /// What that decision says: `on`, `off`, `limited`, `listed`, `individual`, `emergency_only`, `transit_only`.
    pub decision_state: Option<&'static str>,
    /// From when that decision holds: a date of a policy, a time of the log.
    pub since: Option<String>,
    /// When it is to be reviewed: a date of a policy, a time of the log.
    pub review_by: Option<String>,
    /// The review date is over, and nobody has decided again.
    pub overdue: bool,
    /// Cells.
    pub cells: u64,
    /// Of these, cells that may be served.
    pub cells_active: u64,
    /// Of these, cells that are.
    pub cells_served: u64,
    /// People.
    pub people: u64,
    /// Of these, people where service may be.
    pub people_active: u64,
    /// Of these, people where service is.
    pub people_served: u64,
}

/// What is counted of one territory.
#[derive(Clone, Debug, Default)]
struct Tally {
    cells: [u64; 3],
    people: [u64; 3],
    /// By decision: people, and cells, whose state it explains.
    decisions: BTreeMap<u16, (u64, u64)>,
}

/// Every territory, in the order of the map.
pub fn territory_rows(world: &World, slot: &Slot) -> Vec<TerritoryRow> {
    let tallies = tallies(world, slot);
    (0u16..).zip(tallies).map(|(index, tally)| row(world, slot, TerritoryIndex(index), &tally)).collect()
}

/// The decision that explains most of a territory; none where nobody decided.
pub fn territory_decision(world: &World, slot: &Slot, territory: TerritoryIndex) -> Option<DecisionView> {
    let tally = tallies(world, slot).swap_remove(usize::from(territory.0));
    explains_most(&tally).map(|index| decision_at(world, index, slot.plan.time))
}

/// Leaves first, then each handed on to its parent.
fn tallies(world: &World, slot: &Slot) -> Vec<Tally> {
    let (ground, plan) = (&world.ground, &slot.plan);
    let mut tallies = vec![Tally::default(); ground.territories.len()];
    for (at, &territory) in ground.territory.iter().enumerate() {
        let tally = &mut tallies[usize::from(territory)];
        let (cell, people) = (Cell(at as u32), u64::from(ground.people[at]));
        let counts = [true, world.activation.active(cell), plan.cause[at] == Cause::Served];
        for (place, _) in counts.into_iter().enumerate().filter(|(_, counts)| *counts) {
            tally.cells[place] += 1;
            tally.people[place] += people;
        }
        if let Some(decision) = world.activation.decision_number(cell) {
            let explained = tally.decisions.entry(decision).or_default();
            *explained = (explained.0 + people, explained.1 + 1);
        }
    }
    // Parents come before their children.
    for index in (0..tallies.len()).rev() {
        if let Some(TerritoryIndex(parent)) = ground.territories[index].parent {
            let tally = tallies[index].clone();
            tallies[usize::from(parent)].add(&tally);
        }
    }
    tallies
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        for place in 0..3 {
            self.cells[place] += other.cells[place];
            self.people[place] += other.people[place];
        }
        for (&decision, &(people, cells)) in &other.decisions {
            let explained = self.decisions.entry(decision).or_default();
            *explained = (explained.0 + people, explained.1 + cells);
        }
    }
}

fn explains_most(tally: &Tally) -> Option<u16> {
    let most =
        tally.decisions.iter().max_by_key(|(index, explained)| (**explained, std::cmp::Reverse(**index)));
    most.map(|(&index, _)| index)
}

fn row(world: &World, slot: &Slot, index: TerritoryIndex, tally: &Tally) -> TerritoryRow {
    let territory = world.ground.territory_at(index);
    let decision = explains_most(tally).map(|index| decision_at(world, index, slot.plan.time));
    let [cells, cells_active, cells_served] = tally.cells;
    let [people, people_active, people_served] = tally.people;
    TerritoryRow {
        id: territory.id.clone(),
        name: territory.name.clone(),
        kind: kind_word(territory.kind),
        parent: territory.parent.map(|parent| world.ground.territory_at(parent).id.clone()),
        iso_a3: territory.iso_a3.clone(),
        claims: territory.claims.clone(),
        state: match cells_active {
            0 => "off",
            active if active == cells => "on",
            _ => "partly",
        },
        decision: decision.as_ref().map(|decision| decision.number),
        decision_state: decision.as_ref().map(|decision| decision.state),
        since: decision.as_ref().map(|decision| decision.since.clone()),
        review_by: decision.as_ref().map(|decision| decision.review.clone()),
        overdue: decision.and_then(|decision| decision.logged).is_some_and(|logged| logged.overdue),
        cells,
        cells_active,
        cells_served,
        people,
        people_active,
        people_served,
    }
}
