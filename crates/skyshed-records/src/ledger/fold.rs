//! The state of a log at a time, and how records and time move it on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::entry::{Entry, Record};
use super::reason::{Flag, Reason};
use super::state::*;
use crate::record::{Body, Digest, Index, Time};

mod authority;
mod policies;
mod requests;
mod standing;
mod told;

/// Everything that follows from the records that have a time.
#[derive(Clone, Debug)]
pub(crate) struct Fold {
    /// Records before this number have their full time.
    pub covered: u64,
    /// Emergency records before this number have a time.
    pub quick_covered: u64,
    /// Witnessed time of the last record with a witness quorum.
    pub time: Time,
    /// Checkpoints with too few witnesses for a quorum, by their time and number: sizes.
    few: BTreeMap<(Time, Index), u64>,
    timers: BTreeSet<(Time, Timer, Index)>,
    /// Number of the witnessed record whose records are being taken.
    witnessed_by: Index,

    pub policy: Option<Arc<PolicyInForce>>,
    pub policies_waiting: BTreeMap<Index, PolicyWaiting>,
    pub added_keys: Vec<AddedKey>,
    pub dead_keys: BTreeMap<String, DeadKey>,
    pub territories: BTreeMap<String, TerritoryInLog>,
    pub requests: BTreeMap<Index, RequestInLog>,
    pub by_hash: HashMap<Digest, Index>,
    /// Requests that wait for their decision record.
    pub undecided: BTreeSet<Index>,
    /// Decisions that took effect, by number.
    pub decisions: BTreeMap<Index, Arc<DecisionInForce>>,
    /// Requests by the number of their decision record, from when it is in the log.
    pub decided: BTreeMap<Index, Index>,
    /// What is in force, by territory and class.
    pub standing: BTreeMap<String, BTreeMap<String, Option<Index>>>,
    /// The last emergency decision in force and until when, by territory and class.
    emergencies: BTreeMap<(String, String), (Index, Time)>,
    pub changes: Vec<Change>,
    pub previews: BTreeMap<Digest, Index>,
    pub contacts: BTreeSet<Index>,
    pub sealed: BTreeMap<Index, SealedContact>,
    pub attests: Vec<Index>,
    pub observes: Vec<Index>,
    /// The last heartbeat of every enforcer.
    pub enforcers: BTreeMap<String, (Index, Time)>,
    seen: HashSet<(&'static str, Digest)>,
    pub flags: Vec<Flag>,
    /// Whether a record that has no effect in part is refused altogether: at the door, not in the log.
    pub strict: bool,
}

/// What happens by itself at a time; at the same time, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Effect,
    Expiry,
    Lapse,
}

/// A witnessed record that holds: what it says of the records before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick {
    pub index: Index,
    pub size: u64,
    pub median: Time,
    pub quorum: bool,
}

impl Fold {
    pub fn new() -> Fold {
        Fold {
            covered: 0,
            quick_covered: 0,
            time: Time(0),
            few: BTreeMap::new(),
            timers: BTreeSet::new(),
            witnessed_by: 0,
            policy: None,
            policies_waiting: BTreeMap::new(),
            added_keys: Vec::new(),
            dead_keys: BTreeMap::new(),
            territories: BTreeMap::new(),
            requests: BTreeMap::new(),
            by_hash: HashMap::new(),
            undecided: BTreeSet::new(),
            decisions: BTreeMap::new(),
            decided: BTreeMap::new(),
            standing: BTreeMap::new(),
            emergencies: BTreeMap::new(),
            changes: Vec::new(),
            previews: BTreeMap::new(),
            contacts: BTreeSet::new(),
            sealed: BTreeMap::new(),
            attests: Vec::new(),
            observes: Vec::new(),
            enforcers: BTreeMap::new(),
            seen: HashSet::new(),
            flags: Vec::new(),
            strict: false,
        }
    }

    /// The time of the records that a tick covers: never less than that of the quorum before.
    pub fn time_of(&self, tick: &Tick) -> Time {
        tick.median.max(self.time)
    }

    /// Takes the records that a witnessed record gives their time.
    pub fn tick(&mut self, entries: &[Arc<Entry>], tick: &Tick) {
        let time = self.time_of(tick);
        if tick.quorum {
            self.advance(entries, time);
            self.time = time;
            self.take(entries, tick.size, time, tick.index);
        } else {
            self.few.insert((time, tick.index), tick.size);
        }
    }

    /// When something changes by itself next.
    pub fn next(&self) -> Option<Time> {
        let timer = self.timers.first().map(|timer| timer.0);
        let few = self.few.first_key_value().map(|(key, _)| key.0);
        timer.into_iter().chain(few).min()
    }

    /// Lets time pass, up to and including `time`.
    pub fn advance(&mut self, entries: &[Arc<Entry>], time: Time) {
        loop {
            let timer = self.timers.first().copied().filter(|&(at, ..)| at <= time);
            let few = self
                .few
                .first_key_value()
                .map(|(&key, &size)| (key, size))
                .filter(|&((at, _), _)| at <= time);
            match (timer, few) {
                (Some(timer), few) if few.is_none_or(|((at, _), _)| timer.0 <= at) => self.fire(timer),
                (_, Some((key, size))) => self.take_quick(entries, key, size),
                _ => return,
            }
        }
    }

    /// Takes the records up to `size`, at their full time.
    pub fn take(&mut self, entries: &[Arc<Entry>], size: u64, time: Time, witnessed_by: Index) {
        self.witnessed_by = witnessed_by;
        for index in self.covered..size {
            let entry = &entries[index as usize];
            if !entry.quick || index >= self.quick_covered {
                self.apply(index, entry, time);
            }
        }
        self.covered = self.covered.max(size);
        self.quick_covered = self.quick_covered.max(size);
        self.flag_withheld(size, time);
    }

    /// Takes the emergency records that a checkpoint with few witnesses covers.
    fn take_quick(&mut self, entries: &[Arc<Entry>], key: (Time, Index), size: u64) {
        self.few.remove(&key);
        self.witnessed_by = key.1;
        for index in self.quick_covered..size {
            let entry = &entries[index as usize];
            if entry.quick {
                self.apply(index, entry, key.0);
            }
        }
        self.quick_covered = self.quick_covered.max(size);
    }

    fn fire(&mut self, timer: (Time, Timer, Index)) {
        self.timers.remove(&timer);
        let (at, kind, index) = timer;
        match kind {
            Timer::Effect if self.policies_waiting.contains_key(&index) => self.policy_effect(index, at),
            Timer::Effect => self.effect(index, at),
            Timer::Expiry => self.expire(index, at),
            Timer::Lapse => self.lapse(index, at),
        }
    }

    /// Takes one record, or flags why it has no effect.
    pub fn apply(&mut self, index: Index, entry: &Entry, at: Time) {
        let result = match &entry.record {
            Ok(record) => self.take_record(index, record, at),
            Err(reason) => Err(reason.clone()),
        };
        if let Err(reason) = result {
            self.flag(index, at, reason);
        }
    }

    /// Takes one record, if it has an effect.
    pub fn take_record(&mut self, index: Index, record: &Record, at: Time) -> Result<(), Reason> {
        match &record.body {
            Body::Territory(territory) => self.territory(index, record, territory, at),
            Body::Zone(zone) => self.zone(index, record, zone, at),
            Body::Policy(policy) => self.policy(index, record, policy, at),
            Body::Request(request) => self.request(index, record, request, at),
            Body::Preview(preview) => self.preview(index, record, preview, at),
            Body::Approval(approval) => self.approval(index, record, approval, at),
            Body::Cancel(cancel) => self.cancel(record, cancel, at),
            Body::Decision(decision) => self.decision(index, record, decision, at),
            Body::Contact(contact) => self.contact(index, record, contact, at),
            Body::Attest(attest) => self.attest(index, record, attest, at),
            Body::Observe(observe) => self.observe(index, record, observe, at),
            Body::Enforce(enforce) => self.enforce(index, record, enforce, at),
            Body::KeyEvent(event) => self.key_event(index, record, event, at),
            Body::Witnessed(_) => no_signatures(record),
        }
    }

    fn flag(&mut self, index: Index, at: Time, reason: Reason) {
        self.flags.push(Flag { index, at, reason });
    }

    /// Refuses a body that is in the log already, signed as it should be.
    fn refuse_duplicate(&mut self, record: &Record) -> Result<(), Reason> {
        let new = self.seen.insert((record.body.type_name(), record.sha256));
        if new { Ok(()) } else { Err(Reason::Duplicate) }
    }

    /// Takes back [`Fold::refuse_duplicate`].
    pub fn unsee(&mut self, record: &Record) {
        self.seen.remove(&(record.body.type_name(), record.sha256));
    }
}

fn no_signatures(record: &Record) -> Result<(), Reason> {
    if record.signed.is_empty() {
        return Ok(());
    }
    Err(Reason::SignatureNotAllowed { type_name: record.body.type_name() })
}

/// A time some seconds later.
fn later(time: Time, seconds: u64) -> Time {
    Time(time.0.saturating_add_unsigned(seconds))
}
