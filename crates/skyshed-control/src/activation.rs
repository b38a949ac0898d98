//! The value the planner obeys: for every cell, the classes it may be served and the decision that says so.

use std::collections::BTreeMap;

use skyshed_ground::{Cell, Ground};

use crate::class::{Class, ClassSet};
use crate::policy::{Decision, Policy, PolicyError, Scope, State};

/// What each cell may be served at one time, and by which decision. The planner sees nothing else of control.
#[derive(Clone, Debug)]
pub struct Activation {
    /// Name of the policy it was resolved from.
    pub policy: String,
    /// The decisions, in the policy's order.
    pub decisions: Vec<Decision>,
    permitted: Vec<ClassSet>,
    /// The decision that explains the cell's state, an index into `decisions`; [`NO_DECISION`] where there is none.
    explained_by: Vec<u16>,
}

const NO_DECISION: u16 = u16::MAX;

/// Where a cell stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing<'a> {
    /// May be served, by this decision.
    On(&'a Decision),
    /// May not be served, by this decision.
    Off(&'a Decision),
    /// May not be served, because nobody has decided anything.
    NoDecision,
}

impl Activation {
    /// True if any class of service may be served in the cell.
    #[inline]
    pub fn active(&self, cell: Cell) -> bool {
        !self.permitted[cell.0 as usize].is_empty()
    }

    /// True if `class` may be served in the cell.
    #[inline]
    pub fn permits(&self, cell: Cell, class: Class) -> bool {
        self.permitted[cell.0 as usize].contains(class)
    }

    /// The classes that may be served in the cell.
    pub fn classes(&self, cell: Cell) -> ClassSet {
        self.permitted[cell.0 as usize]
    }

    /// The classes of every cell, in cell order.
    pub fn classes_by_cell(&self) -> &[ClassSet] {
        &self.permitted
    }

    /// The number (index into `decisions`) of the decision that explains the cell's state.
    pub fn decision_number(&self, cell: Cell) -> Option<u16> {
        Some(self.explained_by[cell.0 as usize]).filter(|&number| number != NO_DECISION)
    }

    /// Where the cell stands, with the decision that explains it.
    pub fn standing(&self, cell: Cell) -> Standing<'_> {
        match self.decision_number(cell) {
            None => Standing::NoDecision,
            Some(number) if self.active(cell) => Standing::On(&self.decisions[usize::from(number)]),
            Some(number) => Standing::Off(&self.decisions[usize::from(number)]),
        }
    }
}

/// Resolves a policy on the map: which cells it covers, with off winning over on.
///
/// Errors: [`PolicyError::Territory`] for an id the map does not have.
pub fn resolve(policy: &Policy, ground: &Ground) -> Result<Activation, PolicyError> {
    let mut by_territory = vec![Marks::default(); ground.territories.len()];
    let mut by_cell: BTreeMap<usize, Marks> = BTreeMap::new();
    for (number, decision) in policy.decisions.iter().enumerate() {
        match &decision.scope {
            Scope::Everywhere => by_territory.iter_mut().for_each(|marks| marks.add(number as u16, decision)),
            Scope::Territory(id) => {
                let covered = covered_territories(ground, id, number + 1)?;
                let marked = by_territory.iter_mut().zip(covered).filter(|(_, covered)| *covered);
                marked.for_each(|(marks, _)| marks.add(number as u16, decision));
            }
            Scope::Cells(cells) => {
                for cell in cells {
                    by_cell.entry(cell.0 as usize).or_default().add(number as u16, decision);
                }
            }
        }
    }
    let verdicts: Vec<_> = by_territory.iter().map(Marks::verdict).collect();
    let (mut permitted, mut explained_by): (Vec<_>, Vec<_>) =
        ground.territory.iter().map(|&territory| verdicts[usize::from(territory)]).unzip();
    for (cell, marks) in by_cell {
        let both = marks.and(&by_territory[usize::from(ground.territory[cell])]);
        (permitted[cell], explained_by[cell]) = both.verdict();
    }
    Ok(Activation {
        policy: policy.name.clone(),
        decisions: policy.decisions.clone(),
        permitted,
        explained_by,
    })
}

/// What the decisions that cover one place say, and the first of each kind.
#[derive(Clone, Copy)]
struct Marks {
    on: ClassSet,
    off: ClassSet,
    first_on: u16,
    first_off: u16,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks { on: ClassSet::NONE, off: ClassSet::NONE, first_on: NO_DECISION, first_off: NO_DECISION }
    }
}

impl Marks {
    fn add(&mut self, number: u16, decision: &Decision) {
        let (classes, first) = match decision.state {
            State::On => (&mut self.on, &mut self.first_on),
            State::Off => (&mut self.off, &mut self.first_off),
        };
        *classes = classes.union(decision.classes);
        *first = number.min(*first);
    }

    fn and(&self, other: &Marks) -> Marks {
        Marks {
            on: self.on.union(other.on),
            off: self.off.union(other.off),
            first_on: self.first_on.min(other.first_on),
            first_off: self.first_off.min(other.first_off),
        }
    }

    /// The classes permitted, and the decision that explains it: the one that opened a place that is served, the one
    /// that closed a place that is not.
    fn verdict(&self) -> (ClassSet, u16) {
        let permitted = self.on.without(self.off);
        let closed = permitted.is_empty() && self.first_off != NO_DECISION;
        (permitted, if closed { self.first_off } else { self.first_on })
    }
}

/// For each territory, whether a decision about `id` covers it: the territory itself and all below it.
fn covered_territories(ground: &Ground, id: &str, number: usize) -> Result<Vec<bool>, PolicyError> {
    let root = ground.territories.iter().position(|territory| territory.id == id);
    let mut covered = vec![false; ground.territories.len()];
    covered[root.ok_or_else(|| unknown_territory(ground, id, number))?] = true;
    // Parents come before their children, so one pass in order reaches every depth.
    for index in 0..covered.len() {
        if let Some(parent) = ground.territories[index].parent {
            covered[index] |= covered[usize::from(parent.0)];
        }
    }
    Ok(covered)
}

/// Policies give ids, and only ids: a decision must not depend on how a name is spelt.
fn unknown_territory(ground: &Ground, given: &str, number: usize) -> PolicyError {
    let hint = match ground.find_territory(given) {
        Ok(index) => {
            let territory = ground.territory_at(index);
            format!("; did you mean {:?} ({})?", territory.id, territory.name)
        }
        Err(_) => String::new(),
    };
    PolicyError::Territory { number, given: given.to_owned(), hint }
}
