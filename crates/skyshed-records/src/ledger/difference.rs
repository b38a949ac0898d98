//! What changed between two states of one log.

use super::View;
use super::state::Status;
use crate::record::{Digest, Index, State};

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Another policy is in force.
    Policy {
        /// Version before.
        from: Option<u64>,
        /// Version after.
        to: Option<u64>,
    },
    /// A territory came.
    Territory {
        /// Its id.
        id: String,
        /// Number of its record.
        index: Index,
    },
    /// The zone that can be asked for changed.
    Zone {
        /// Id of the territory.
        territory: String,
        /// Hash of the cells before.
        from: Option<Digest>,
        /// Hash of the cells after.
        to: Option<Digest>,
    },
    /// Another decision is in force.
    Standing {
        /// Id of the territory.
        territory: String,
        /// Class of service.
        class: String,
        /// Before.
        from: Option<Decided>,
        /// After.
        to: Option<Decided>,
    },
    /// A request stands elsewhere.
    Request {
        /// Number of its record.
        index: Index,
        /// Id of the territory.
        territory: String,
        /// Where it stood; none where it was not there.
        from: Option<Status>,
        /// Where it stands.
        to: Option<Status>,
    },
    /// A decision in force became overdue, or is so no more.
    Review {
        /// Number of the decision.
        decision: Index,
        /// Id of the territory.
        territory: String,
        /// Whether it is overdue now.
        overdue: bool,
    },
    /// A sealed contact came, or was opened.
    Sealed {
        /// Number of its record.
        index: Index,
        /// Number of the record that opened it.
        opened: Option<Index>,
    },
    /// Something strange came out.
    Flag {
        /// Number of the record.
        index: Index,
        /// Its name.
        code: &'static str,
    },
}

/// A decision, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Its number.
    pub number: Index,
    /// What it says.
    pub state: State,
}

/// What changed from one view of a log to another of the same log.
pub fn diff(before: &View, after: &View) -> Vec<Difference> {
    let mut found = Vec::new();
    policy(before, after, &mut found);
    territories(before, after, &mut found);
    requests(before, after, &mut found);
    reviews(before, after, &mut found);
    sealed(before, after, &mut found);
    let flags = after.flags().iter().skip(before.flags().len());
    found.extend(flags.map(|flag| Difference::Flag { index: flag.index, code: flag.reason.code() }));
    found
}

fn policy(before: &View, after: &View, found: &mut Vec<Difference>) {
    let version = |view: &View| view.policy().map(|policy| policy.policy.version);
    let (from, to) = (version(before), version(after));
    found.extend((from != to).then_some(Difference::Policy { from, to }));
}

fn territories(before: &View, after: &View, found: &mut Vec<Difference>) {
    for territory in after.territories() {
        let id = &territory.territory.id;
        if before.territory(id).is_none() {
            found.push(Difference::Territory { id: id.clone(), index: territory.index });
        }
        let zone = |view: &View| {
            let zone = view.territory(id)?.zone.as_ref();
            zone.map(|zone| zone.zone.cells_sha256)
        };
        let (from, to) = (zone(before), zone(after));
        found.extend((from != to).then(|| Difference::Zone { territory: id.clone(), from, to }));
        standings(id, before, after, found);
    }
}

fn standings(id: &str, before: &View, after: &View, found: &mut Vec<Difference>) {
    let mut classes: Vec<&str> =
        after.standings(id).chain(before.standings(id)).map(|(class, _)| class).collect();
    classes.sort_unstable();
    classes.dedup();
    for class in classes {
        let decided = |view: &View| {
            let decision = view.standing(id, class).decision?;
            Some(Decided { number: decision.number, state: decision.request.to.clone() })
        };
        let (from, to) = (decided(before), decided(after));
        let (territory, class) = (id.to_owned(), class.to_owned());
        found.extend((from != to).then_some(Difference::Standing { territory, class, from, to }));
    }
}

fn requests(before: &View, after: &View, found: &mut Vec<Difference>) {
    for request in after.requests() {
        let from = before.request(request.index).map(|request| request.status);
        let to = Some(request.status);
        let territory = request.request.territory.clone();
        found.extend((from != to).then_some(Difference::Request {
            index: request.index,
            territory,
            from,
            to,
        }));
    }
}

fn reviews(before: &View, after: &View, found: &mut Vec<Difference>) {
    let overdue = |view: &View, number| view.decision(number).is_some_and(|one| one.overdue_at(view.at()));
    for one in after.in_force() {
        let number = one.decision.number;
        if overdue(before, number) != one.overdue {
            let territory = one.decision.request.territory.clone();
            found.push(Difference::Review { decision: number, territory, overdue: one.overdue });
        }
    }
}

fn sealed(before: &View, after: &View, found: &mut Vec<Difference>) {
    for one in after.sealed() {
        let old = before.sealed().find(|old| old.index == one.index);
        if old.is_none_or(|old| old.opened != one.opened) {
            found.push(Difference::Sealed { index: one.index, opened: one.opened });
        }
    }
}
