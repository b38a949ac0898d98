//! What the cosignatures of a checkpoint say: which size and root were seen, when, and whether by enough witnesses.

use skyshed_tlog::Hash;

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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// Not a checkpoint.
    #[error("not a checkpoint in a signed note (C2SP tlog-checkpoint)")]
    Malformed,
    /// Not signed by the log, or of another log.
    #[error("not signed by the key of this log for its origin")]
    LogSignature,
}

impl Witnessing {
    /// The witnessed time: the lower median of the cosignatures' times.
    pub fn median(&self) -> Option<Time> {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len().checked_sub(1)? / 2).copied()
    }
}
