//! When witnesses saw the records: read off the `witnessed` records, as the ledger does.

use skyshed_log::LogLedger;
use skyshed_records::record::{Body, Digest, Index, Time};
use skyshed_tlog::policy::Policy;

/// Witnessed times of a log, by size of the checkpoint that gave them.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<(u64, Time)>);

impl Times {
    /// Of all witnessed records with a quorum, in order.
    pub fn of(ledger: &LogLedger, policy: &Policy) -> Times {
        let mut found: Vec<(u64, Time)> = Vec::new();
        for index in 0..ledger.size() {
            let Some((size, time)) = tick(ledger, policy, index) else { continue };
            let last = found.last().map_or(Time(0), |(_, time)| *time);
            found.push((size, time.max(last)));
        }
        Times(found)
    }

    /// When a record was witnessed; none where it has not been by a quorum.
    pub fn at(&self, index: Index) -> Option<Time> {
        self.0.iter().find(|(size, _)| *size > index).map(|(_, time)| *time)
    }
}

/// Size and time of a witnessed record with a quorum, where it is one of this log.
fn tick(ledger: &LogLedger, policy: &Policy, index: Index) -> Option<(u64, Time)> {
    let Some(Body::Witnessed(witnessed)) = ledger.body(index) else { return None };
    let found = policy.check(witnessed.checkpoint.as_bytes()).ok()?;
    let size = found.checkpoint.size;
    let own = size <= index && ledger.root(size) == Some(Digest(found.checkpoint.root));
    let mut times: Vec<u64> = found.seen.iter().map(|seen| seen.time_unix_s).collect();
    times.sort_unstable();
    let median = *times.get(times.len().checked_sub(1)? / 2)?;
    (own && found.quorum).then_some((size, Time(i64::try_from(median).ok()?)))
}
