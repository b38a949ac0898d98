//! The ledger: what follows from a log, at any time. A pure function of the leaves.

use std::sync::Arc;

pub use self::admission::Gate;
pub use self::difference::{Difference, diff};
pub use self::entry::sealed_sha256;
pub use self::reason::{Flag, Reason, Refusal};
pub use self::state::{
    AddedKey, Approved, Cause, Change, DeadKey, DecisionInForce, PolicyInForce, PolicyWaiting, QuorumReached,
    RequestInLog, SealedContact, Status, TerritoryInLog, VerdictInLog, ZoneInForce,
};
pub use self::view::{InForce, Overdue, Standing, View};
use crate::record::{Body, Decision, Digest, Index, Time};
use crate::verify::Signatures;
use crate::witness::Witnesses;
use entry::{Entry, Memory};
use fold::{Fold, Tick};
use roots::Roots;

mod admission;
mod difference;
mod entry;
mod fold;
mod reason;
mod roots;
mod state;
mod view;

/// A log and what follows from it.
#[derive(Debug)]
pub struct Ledger<S, W> {
    signatures: S,
    witnesses: W,
    entries: Vec<Arc<Entry>>,
    memory: Memory,
    roots: Roots,
    ticks: Vec<Tick>,
    fold: Arc<Fold>,
}

impl<S: Signatures, W: Witnesses> Ledger<S, W> {
    /// The ledger of an empty log.
    pub fn new(signatures: S, witnesses: W) -> Ledger<S, W> {
        Ledger {
            signatures,
            witnesses,
            entries: Vec::new(),
            memory: Memory::default(),
            roots: Roots::default(),
            ticks: Vec::new(),
            fold: Arc::new(Fold::new()),
        }
    }

    /// Takes the next leaf of the log, whatever is in it, and says which number it has.
    pub fn push(&mut self, leaf: &[u8]) -> Index {
        let index = self.size();
        let mut entry = self.memory.read(index, leaf, &self.signatures, &self.roots);
        match tick(&entry, index, &self.roots, &self.witnesses) {
            Some(Ok(tick)) => self.ticks.push(tick),
            Some(Err(reason)) => entry.record = Err(reason),
            None => {}
        }
        self.entries.push(Arc::new(entry));
        self.roots.push(leaf);
        if let Some(tick) = self.ticks.last().filter(|tick| tick.index == index) {
            Arc::make_mut(&mut self.fold).tick(&self.entries, tick);
        }
        index
    }

    /// What `append` refuses at a time: whatever the ledger would flag. Nothing is changed.
    pub fn admit(&self, leaf: &[u8], time: Time) -> Result<(), Refusal> {
        self.gate(time).admit(leaf).map(drop)
    }

    /// The door of the log at a time, for several records in a row. Records without a time yet count there as witnessed at that time.
    pub fn gate(&self, time: Time) -> Gate<'_, S, W> {
        Gate::new(self, time)
    }
}

impl<S, W> Ledger<S, W> {
    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The log's root hash when it had this size, if it ever had.
    pub fn root(&self, size: u64) -> Option<Digest> {
        self.roots.root(size).map(Digest)
    }

    /// Witnessed time of the last checkpoint with a witness quorum that is in the log.
    pub fn time(&self) -> Time {
        self.fold.time
    }

    /// What a record says, where it is one.
    pub fn body(&self, index: Index) -> Option<&Body> {
        let entry = self.entries.get(usize::try_from(index).ok()?)?;
        entry.record.as_ref().ok().map(|record| &record.body)
    }

    /// The hash of a record's body.
    pub fn body_sha256(&self, index: Index) -> Option<Digest> {
        let entry = self.entries.get(usize::try_from(index).ok()?)?;
        entry.record.as_ref().ok().map(|record| record.sha256)
    }

    /// The state at a time, also in the past and in the future, by all records.
    ///
    /// A time before [`Ledger::time`] costs a pass over the records, without signatures.
    pub fn at(&self, time: Time) -> View {
        if time < self.fold.time {
            return self.at_size(self.size(), time);
        }
        let mut fold = self.fold.clone();
        if fold.next().is_some_and(|next| next <= time) {
            Arc::make_mut(&mut fold).advance(&self.entries, time);
        }
        View::new(fold, time, self.size())
    }

    /// The state at a time by the first `size` records: what everybody knew who had those. Costs a pass over them.
    pub fn at_size(&self, size: u64, time: Time) -> View {
        let mut fold = Fold::new();
        for tick in self.ticks.iter().filter(|tick| tick.index < size) {
            if tick.quorum && fold.time_of(tick) > time {
                break;
            }
            fold.tick(&self.entries, tick);
        }
        fold.advance(&self.entries, time);
        View::new(Arc::new(fold), time, size.min(self.size()))
    }

    /// The state when the log had this size, at its last witnessed time then.
    pub fn when(&self, size: u64) -> View {
        let mut time = Time(0);
        let quorums = self.ticks.iter().filter(|tick| tick.quorum && tick.index < size);
        quorums.for_each(|tick| time = time.max(tick.median));
        self.at_size(size, time)
    }

    /// The decision records that are missing at a time: whoever writes the log appends them now.
    pub fn due(&self, time: Time) -> Vec<Decision> {
        self.at(time.max(self.fold.time)).due()
    }
}

/// What a witnessed record proves, or why it proves nothing; `None` for other records.
fn tick(
    entry: &Entry,
    index: Index,
    roots: &Roots,
    witnesses: &impl Witnesses,
) -> Option<Result<Tick, Reason>> {
    let Ok(record) = &entry.record else { return None };
    let Body::Witnessed(witnessed) = &record.body else { return None };
    Some(prove(&witnessed.checkpoint, index, roots, witnesses))
}

fn prove(checkpoint: &str, index: Index, roots: &Roots, witnesses: &impl Witnesses) -> Result<Tick, Reason> {
    let proven =
        witnesses.witnessed(checkpoint).map_err(|error| Reason::WitnessSignature(Arc::new(error)))?;
    let size = proven.size;
    if size > index {
        return Err(Reason::WitnessSize { size, index });
    }
    if roots.root(size) != Some(proven.root) {
        return Err(Reason::WitnessRoot { size });
    }
    let median = proven.median().ok_or(Reason::WitnessNone { size })?;
    Ok(Tick { index, size, median, quorum: proven.quorum })
}
