//! What the cosignatures of a checkpoint say: which size and root were seen, when, and whether by enough witnesses.

use skyshed_tlog::Hash;
use skyshed_tlog::policy::{Policy, PolicyError};

use crate::record::Time;

/// Reads a cosigned checkpoint. The trust anchors, the log's key and the witness policy, are the implementor's.
pub trait Witnesses {
    /// What a checkpoint, a signed note as text, proves.
    fn witnessed(&self, checkpoint: &str) -> Result<Witnessing, WitnessError>;
}

/// What a checkpoint proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessing {
    /// Size of the log.
    pub size: u64,
    /// Its root hash at that size.
    pub root: Hash,
    /// Times of the valid cosignatures by distinct witnesses of the policy, in any order.
    pub times: Vec<Time>,
    /// Whether these witnesses are the quorum of the policy.
    pub quorum: bool,
}

/// Why a checkpoint proves nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WitnessError {
    /// Not a checkpoint of this log: not one at all, not signed by the log's key, or with a signature that fails.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Not a checkpoint of this log, says another implementor.
    #[error("not a checkpoint that the key of this log signed")]
    Foreign,
}

/// The witnesses of a policy (C2SP tlog-policy), given from outside: the log's key, the witnesses' keys, the quorum.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyWitnesses {
    policy: Policy,
}

impl PolicyWitnesses {
    /// Of a policy.
    pub fn new(policy: Policy) -> PolicyWitnesses {
        PolicyWitnesses { policy }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl Witnesses for PolicyWitnesses {
    fn witnessed(&self, checkpoint: &str) -> Result<Witnessing, WitnessError> {
        let found = self.policy.check(checkpoint.as_bytes())?;
        // A witness with two keys, Ed25519 and ML-DSA-44, is named twice in the note; it is one clock.
        let mut seen: Vec<(&str, u64)> =
            found.seen.iter().map(|seen| (seen.name.as_str(), seen.time_unix_s)).collect();
        seen.sort_unstable();
        seen.dedup_by_key(|(name, _)| *name);
        let time =
            |&(_, time): &(&str, u64)| i64::try_from(time).ok().filter(|time| *time <= TIME_MAX).map(Time);
        let times: Vec<Time> = seen.iter().filter_map(time).collect();
        let quorum = found.quorum && times.len() == seen.len();
        Ok(Witnessing { size: found.checkpoint.size, root: found.checkpoint.root, times, quorum })
    }
}

impl<W: Witnesses + ?Sized> Witnesses for &W {
    fn witnessed(&self, checkpoint: &str) -> Result<Witnessing, WitnessError> {
        (**self).witnessed(checkpoint)
    }
}

impl Witnessing {
    /// The witnessed time: the lower median of the cosignatures' times.
    pub fn median(&self) -> Option<Time> {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len().checked_sub(1)? / 2).copied()
    }
}

/// 9999-12-31T23:59:59Z, the last time that a record can state. A cosignature with a later time states none.
const TIME_MAX: i64 = 253_402_300_799;
