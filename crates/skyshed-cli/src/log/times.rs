//! When witnesses saw the records, as the ledger has it.

use skyshed_log::LogLedger;
use skyshed_records::record::{Index, Time};

/// Witnessed times of a log, by size of the checkpoint that gave them.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<(u64, Time)>);

impl Times {
    /// Of all witnessed records with a quorum, in order.
    pub fn of(ledger: &LogLedger) -> Times {
        Times(ledger.times())
    }

    /// When a record was witnessed; none where it has not been by a quorum.
    pub fn at(&self, index: Index) -> Option<Time> {
        self.0.iter().find(|(size, _)| *size > index).map(|(_, time)| *time)
    }
}
