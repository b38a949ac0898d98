//! From the ledger of the log to a [`Timeline`]: every change of what is in force becomes a stretch of time.

use std::collections::BTreeMap;

use skyshed_records::ledger::{DecisionInForce, Ledger};
use skyshed_records::record::{self, Index, Time};

use crate::class::{Class, ClassSet};
use crate::decision::Logged;
use crate::state::{Limits, State};
use crate::timeline::{Entry, PlaceError, Timeline};

/// As late as records can tell the time: 9999-12-31T23:59:59Z. The state of then has every change in its history.
const END_OF_TIME: Time = Time(253_402_300_799);

/// What a ledger says over time: the past, and what follows for the future if no record is added. `log` is what it is called.
///
/// # Errors
/// [`PlaceError::Class`] for a decision about a class of service that does not exist here.
pub fn timeline<S, W>(log: impl Into<String>, ledger: &Ledger<S, W>) -> Result<Timeline, PlaceError> {
    let end = ledger.at(END_OF_TIME);
    let mut timeline = Timeline::new(log);
    for (held, classes) in stretches(end.changes())? {
        let decision = end.decision(held.number).expect("what is in force took effect");
        timeline.add(&entry(decision), classes, held.from, held.until);
    }
    Ok(timeline)
}

/// A decision in force from one change to the next. Classes that go together are told together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    number: Index,
    from: Time,
    until: Option<Time>,
}

fn stretches(changes: &[skyshed_records::ledger::Change]) -> Result<BTreeMap<Held, ClassSet>, PlaceError> {
    let mut held: BTreeMap<Held, ClassSet> = BTreeMap::new();
    let mut running: BTreeMap<(&str, &str), (Index, Time)> = BTreeMap::new();
    let mut add = |number, class: &str, from, until: Option<Time>| {
        let known = Class::parse(class).ok_or(PlaceError::Class { number, given: class.to_owned() })?;
        // What came and went within one second held for no time.
        if until != Some(from) {
            let classes = held.entry(Held { number, from, until }).or_default();
            *classes = classes.with(known);
        }
        Ok(())
    };
    for change in changes {
        let place = (change.territory.as_str(), change.class.as_str());
        if let Some((number, from)) = running.remove(&place) {
            add(number, place.1, from, Some(change.at))?;
        }
        if let Some(number) = change.to {
            running.insert(place, (number, change.at));
        }
    }
    for ((_, class), (number, from)) in running {
        add(number, class, from, None)?;
    }
    Ok(held)
}

fn entry(decision: &DecisionInForce) -> Entry {
    let request = &decision.request;
    Entry {
        territory: request.territory.clone(),
        state: state(&request.to),
        reason: request.reason_text.clone(),
        logged: Logged {
            number: decision.number,
            request: decision.request_index,
            zone: request.zone,
            custom_area: false,
            requester: request.requester.clone(),
            on_behalf_of: request.on_behalf_of.clone(),
            approvers: decision.approvals.iter().map(|approved| approved.approver.clone()).collect(),
            reason_code: request.reason_code,
            legal_basis: request.legal_basis.clone(),
            emergency: request.emergency,
            effective_from: decision.effective_at,
            effective_until: decision.effective_until,
            review_by: decision.review_by,
        },
    }
}

fn state(state: &record::State) -> State {
    match *state {
        record::State::On => State::On,
        record::State::Off => State::Off,
        record::State::Listed { merkle_root } => State::Listed { merkle_root: merkle_root.0 },
        record::State::Individual => State::Individual,
        record::State::Limited { max_speed_kmh, max_kbps } => {
            State::Limited(Limits { speed_max_kmh: max_speed_kmh, rate_max_kbps: max_kbps })
        }
        record::State::EmergencyOnly => State::EmergencyOnly,
        record::State::TransitOnly => State::TransitOnly,
    }
}
