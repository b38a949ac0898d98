//! Which logged decisions hold from when until when: what the ledger says, in the form that tables and plans are made of.

use std::sync::Arc;

use skyshed_ground::Ground;
use skyshed_records::record::{Digest, Time};

use crate::activation::{Activation, Cover, TooManyVerdicts, VERDICTS_MAX};
use crate::class::ClassSet;
use crate::decision::{Decision, Logged, Scope};
use crate::policy::{DECISIONS_MAX, Date};
use crate::state::State;
use crate::zones::{Placed, Zones, index_of};

/// Every stretch of time in which a logged decision holds, past and to come as far as the log says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// What the log is called.
    pub log: String,
    decisions: Vec<Decision>,
    stretches: Vec<Stretch>,
}

/// A decision in force for some classes over some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// An index into the decisions of the timeline.
    pub decision: usize,
    /// The classes it holds for meanwhile.
    pub classes: ClassSet,
    /// From this second on.
    pub from: Time,
    /// To before this second; without an end that is known where there is none.
    pub until: Option<Time>,
}

/// A logged decision as the ledger hands it over.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Id of the territory.
    pub territory: String,
    /// What is decided.
    pub state: State,
    /// Why, in words.
    pub reason: String,
    /// The rest of what the log says.
    pub logged: Logged,
}

/// Why the decisions of a log cannot be laid over a map. Nothing is laid then: half of a log is not the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// What was approved is not what the map has, and no list of cells is attached.
    #[error(
        "decision {number} on {territory} was approved for the cells {approved}, but {}; load the map it was made for, \
         or attach the list of these cells",
        on_map(territory, map)
    )]
    Zone {
        /// Number of the decision's record.
        number: u64,
        /// Id of its territory.
        territory: String,
        /// Hash of the cells that were approved.
        approved: Digest,
        /// Hash of the territory's cells on the map; none where the map has no such territory.
        map: Option<Digest>,
    },
    /// A class of service that does not exist here.
    #[error(
        "decision {number} is about class {given:?}, which is none; allowed: consumer, roam, maritime, aviation, emergency, government"
    )]
    Class {
        /// Number of the decision's record.
        number: u64,
        /// What it says.
        given: String,
    },
    /// More decisions at once than a cell can tell apart.
    #[error("{count} decisions hold at once; at most {DECISIONS_MAX} are allowed")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// Lists of cells overlap in too many ways.
    #[error(
        "cells have more than {VERDICTS_MAX} different verdicts; let attached lists of cells overlap less"
    )]
    TooManyVerdicts,
}

fn on_map(territory: &str, map: &Option<Digest>) -> String {
    match map {
        Some(map) => format!("{territory} has the cells {map} on this map"),
        None => format!("this map has no territory {territory}"),
    }
}

impl Timeline {
    /// A timeline without a decision.
    pub fn new(log: impl Into<String>) -> Timeline {
        Timeline { log: log.into(), ..Timeline::default() }
    }

    /// Adds that a decision holds for `classes` from one second to before another.
    pub fn add(&mut self, entry: &Entry, classes: ClassSet, from: Time, until: Option<Time>) {
        let same = |decision: &Decision| {
            decision.logged.as_ref().is_some_and(|logged| logged.number == entry.logged.number)
        };
        let decision = self.decisions.iter().rposition(same).unwrap_or_else(|| {
            self.decisions.push(decision_of(entry));
            self.decisions.len() - 1
        });
        let known = &mut self.decisions[decision].classes;
        *known = known.union(classes);
        self.stretches.push(Stretch { decision, classes, from, until });
    }

    /// Every decision that holds at some time, with the classes it ever holds for.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// The stretches, in the order they were added.
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The decisions in force at `time`, in the order of their numbers, each with the classes it holds for.
    pub fn at(&self, time: Time) -> Vec<Decision> {
        let mut held = vec![ClassSet::NONE; self.decisions.len()];
        for stretch in self.stretches.iter().filter(|stretch| stretch.holds(time)) {
            held[stretch.decision] = held[stretch.decision].union(stretch.classes);
        }
        let decisions = self.decisions.iter().zip(held).filter(|(_, classes)| !classes.is_empty());
        let mut decisions: Vec<Decision> =
            decisions.map(|(decision, classes)| Decision { classes, ..decision.clone() }).collect();
        decisions.sort_by_key(number_of);
        decisions
    }

    /// The last time up to and including `time` at which something changed.
    pub fn changed(&self, time: Time) -> Option<Time> {
        self.edges().filter(|&edge| edge <= time).max()
    }

    /// The next time after `time` at which something changes.
    pub fn next_change(&self, time: Time) -> Option<Time> {
        self.edges().filter(|&edge| edge > time).min()
    }

    fn edges(&self) -> impl Iterator<Item = Time> + '_ {
        self.stretches.iter().flat_map(|stretch| [Some(stretch.from), stretch.until]).flatten()
    }

    /// What may be served at `time`.
    ///
    /// # Errors
    /// [`PlaceError`] where a decision in force cannot be laid over the map exactly as it was approved.
    pub fn activation(&self, time: Time, zones: &Zones, ground: &Ground) -> Result<Activation, PlaceError> {
        place(self.log.clone(), self.at(time), zones, ground)
    }
}

impl Stretch {
    /// True at `time`.
    pub fn holds(&self, time: Time) -> bool {
        self.from <= time && self.until.is_none_or(|until| time < until)
    }
}

/// Lays logged decisions over the map.
///
/// # Errors
/// [`PlaceError`] where one cannot be laid exactly as it was approved.
pub fn place(
    log: String,
    mut decisions: Vec<Decision>,
    zones: &Zones,
    ground: &Ground,
) -> Result<Activation, PlaceError> {
    if decisions.len() > DECISIONS_MAX {
        return Err(PlaceError::TooMany { count: decisions.len() });
    }
    let covers = decisions.iter_mut().map(|decision| cover(decision, zones, ground));
    let covers = covers.collect::<Result<Vec<Cover>, _>>()?;
    Activation::new(log, decisions, &covers, ground).map_err(|TooManyVerdicts| PlaceError::TooManyVerdicts)
}

/// The cells of a logged decision. One that is placed by a list of its own says so from then on.
pub(crate) fn cover(decision: &mut Decision, zones: &Zones, ground: &Ground) -> Result<Cover, PlaceError> {
    let (Scope::Territory(territory), Some(logged)) = (&decision.scope, &mut decision.logged) else {
        unreachable!("decisions of a timeline are logged, and about a territory");
    };
    match zones.place(ground, territory, logged.zone) {
        Some(Placed::Territory(index)) => Ok(Cover::Below(index)),
        Some(Placed::Cells(cells)) => {
            Arc::make_mut(logged).custom_area = true;
            Ok(Cover::Cells(cells.to_vec()))
        }
        None => Err(PlaceError::Zone {
            number: logged.number,
            territory: territory.clone(),
            approved: logged.zone,
            map: index_of(ground, territory).map(|index| zones.of_territory(index)),
        }),
    }
}

fn decision_of(entry: &Entry) -> Decision {
    Decision {
        scope: Scope::Territory(entry.territory.clone()),
        classes: ClassSet::NONE,
        state: entry.state,
        reason: entry.reason.clone(),
        since: Date::of(entry.logged.effective_from),
        review: Date::of(entry.logged.review_by),
        source: None,
        logged: Some(Arc::new(entry.logged.clone())),
    }
}

fn number_of(decision: &Decision) -> u64 {
    decision.logged.as_ref().map_or(0, |logged| logged.number)
}
