//! What a witness policy says of the checkpoints that stand in a log: the ledger's source of time.

use skyshed_records::ledger::Ledger;
use skyshed_records::value::Time;
use skyshed_records::verify::SshSignatures;
use skyshed_records::witness::{WitnessError, Witnesses, Witnessing};
use skyshed_tlog::policy::{Policy, PolicyError};

/// The ledger of a log with SSH signatures under a witness policy.
pub type LogLedger = Ledger<SshSignatures, PolicyWitnesses>;

/// The log's keys and the witnesses of a policy, which is given from outside.
#[derive(Clone, Debug)]
pub struct PolicyWitnesses(pub Policy);

impl Witnesses for PolicyWitnesses {
    fn witnessed(&self, checkpoint: &str) -> Result<Witnessing, WitnessError> {
        let found = self.0.check(checkpoint.as_bytes()).map_err(|error| match error {
            PolicyError::Checkpoint(skyshed_tlog::checkpoint::CheckpointError::Text { .. }) => {
                WitnessError::Malformed
            }
            _ => WitnessError::LogSignature,
        })?;
        let time = |seen: &skyshed_tlog::policy::Seen| i64::try_from(seen.time_unix_s).ok().map(Time);
        let times = found.seen.iter().filter_map(time).collect();
        Ok(Witnessing {
            size: found.checkpoint.size,
            root: found.checkpoint.root,
            times,
            quorum: found.quorum,
        })
    }
}

/// The ledger of an empty log.
pub fn empty_ledger(policy: &Policy) -> LogLedger {
    Ledger::new(SshSignatures::new(), PolicyWitnesses(policy.clone()))
}
