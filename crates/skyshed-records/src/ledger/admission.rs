//! The door of the log: what `append` refuses, by the same rules that would leave it without effect.

use super::entry::Memory;
use super::fold::Fold;
use super::{Ledger, Reason, Refusal, tick};
use crate::record::{Index, Time};
use crate::verify::Signatures;
use crate::witness::Witnesses;

/// Admits records one after the other, each as if those before it were in the log. The ledger itself does not change.
#[derive(Debug)]
pub struct Gate<'a, S, W> {
    ledger: &'a Ledger<S, W>,
    memory: Memory,
    fold: Fold,
    next: Index,
    time: Time,
}

impl<'a, S: Signatures, W: Witnesses> Gate<'a, S, W> {
    pub(super) fn new(ledger: &'a Ledger<S, W>, time: Time) -> Gate<'a, S, W> {
        let mut fold = Fold::clone(&ledger.fold);
        let time = time.max(fold.time);
        fold.advance(&ledger.entries, time);
        fold.take(&ledger.entries, ledger.size(), time, ledger.size());
        fold.strict = true;
        Gate { ledger, memory: ledger.memory.clone(), fold, next: ledger.size(), time }
    }

    /// Admits a record, and says which number it would have, or refuses it.
    pub fn admit(&mut self, leaf: &[u8]) -> Result<Index, Refusal> {
        let index = self.next;
        let entry = self.memory.read(index, leaf, &self.ledger.signatures, &self.ledger.roots);
        if let Some(Err(reason)) = tick(&entry, index, &self.ledger.roots, &self.ledger.witnesses) {
            return Err(Refusal { reason });
        }
        let record = entry.record.map_err(|reason| Refusal { reason })?;
        if let Err(reason) = self.fold.take_record(index, &record, self.time) {
            // A refused record leaves no trace at the door.
            if !matches!(reason, Reason::Duplicate) {
                self.fold.unsee(&record);
            }
            return Err(Refusal { reason });
        }
        self.next += 1;
        Ok(index)
    }
}
