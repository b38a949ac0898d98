//! Evidence that a log has two histories: a portable file that anyone can check who has the log's key, and nobody can make up who
//! has not.
//!
//! Two checkpoints of one size with different roots are evidence by themselves. For different sizes it takes the tree under the
//! larger one: a consistency proof from what *it* has as its root at the smaller size, which is not what the smaller one states.

use serde::{Deserialize, Serialize};
use skyshed_records::value::Digest;
use skyshed_tlog::checkpoint::{CheckpointError, Opened, open};
use skyshed_tlog::merkle::{ProofError, prove_consistency, root, verify_consistency};
use skyshed_tlog::{Hash, VerifierKey};

/// Two checkpoints, signed by one log, that cannot both be of one history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// [`FORMAT`].
    pub format: String,
    /// The checkpoint of the smaller size, a signed note.
    pub first: String,
    /// The other.
    pub second: String,
    /// Where sizes differ: the root that the second's tree has at the first's size.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub second_at_first_size: Option<Digest>,
    /// Where sizes differ: the consistency proof (RFC 6962, 2.1.2) from that root to the second's.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub consistency: Vec<Digest>,
}

/// What evidence proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The log that has two histories.
    pub origin: String,
    /// The size at which they differ already.
    pub size: u64,
    /// The first's root at that size, and the second's.
    pub roots: [Hash; 2],
}

/// The file proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Not the format.
    #[error("not evidence of a fork: {0}; expected: JSON with \"format\":\"{FORMAT}\"")]
    Format(String),
    /// A checkpoint that the log did not sign.
    #[error("{which} checkpoint: {error}")]
    Checkpoint {
        /// `first` or `second`.
        which: &'static str,
        /// What is wrong.
        error: CheckpointError,
    },
    /// One history.
    #[error("no fork: the checkpoints of size {first} and {second} are of one history")]
    OneHistory {
        /// Size of the first.
        first: u64,
        /// Size of the second.
        second: u64,
    },
    /// The proof.
    #[error("the proof about the second checkpoint's tree does not hold: {0}")]
    Proof(ProofError),
}

impl Evidence {
    /// Evidence of two checkpoints, if they are of two histories. `subtree` looks up the tree under the larger one, and is not
    /// asked where the sizes are equal.
    pub fn find<E: From<ProofError>>(
        one: &Opened,
        other: &Opened,
        mut subtree: impl FnMut(u32, u64) -> Result<Hash, E>,
    ) -> Result<Option<Evidence>, E> {
        let (first, second) =
            if one.checkpoint.size <= other.checkpoint.size { (one, other) } else { (other, one) };
        let (small, large) = (first.checkpoint.size, second.checkpoint.size);
        let mut evidence = Evidence {
            format: FORMAT.into(),
            first: first.note.to_string(),
            second: second.note.to_string(),
            second_at_first_size: None,
            consistency: Vec::new(),
        };
        if small == large {
            return Ok((first.checkpoint.root != second.checkpoint.root).then_some(evidence));
        }
        let at_first = root(small, &mut subtree)?;
        if at_first == first.checkpoint.root {
            return Ok(None);
        }
        let path = prove_consistency(small, large, &mut subtree)?;
        // A tree that is not the one under the second checkpoint proves nothing about it.
        verify_consistency((small, &at_first), (large, &second.checkpoint.root), &path)?;
        evidence.second_at_first_size = Some(Digest(at_first));
        evidence.consistency = path.into_iter().map(Digest).collect();
        Ok(Some(evidence))
    }

    /// Reads a file of evidence.
    pub fn parse(bytes: &[u8]) -> Result<Evidence, EvidenceError> {
        let evidence: Evidence =
            serde_json::from_slice(bytes).map_err(|error| EvidenceError::Format(error.to_string()))?;
        if evidence.format == FORMAT {
            Ok(evidence)
        } else {
            let given: String = evidence.format.chars().take(64).collect();
            Err(EvidenceError::Format(format!("format {given:?}")))
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Checks it against the log's keys.
    pub fn check(&self, logs: &[VerifierKey]) -> Result<Fork, EvidenceError> {
        let read = |which, note: &str| {
            open(note.as_bytes(), logs, &[]).map_err(|error| EvidenceError::Checkpoint { which, error })
        };
        let first = read("first", &self.first)?.checkpoint;
        let second = read("second", &self.second)?.checkpoint;
        let second_root = match self.second_at_first_size {
            _ if first.origin != second.origin => {
                return Err(EvidenceError::Format("two logs, not one".into()));
            }
            Some(at_first) if first.size < second.size => {
                let path: Vec<Hash> = self.consistency.iter().map(|hash| hash.0).collect();
                verify_consistency((first.size, &at_first.0), (second.size, &second.root), &path)
                    .map_err(EvidenceError::Proof)?;
                at_first.0
            }
            None if first.size == second.size => second.root,
            _ => return Err(EvidenceError::Format("the proof does not fit the sizes".into())),
        };
        if second_root == first.root {
            return Err(EvidenceError::OneHistory { first: first.size, second: second.size });
        }
        Ok(Fork { origin: first.origin, size: first.size, roots: [first.root, second_root] })
    }
}

impl Fork {
    /// A name for the file of evidence, the same for the same two histories: `fork-<size>-<8 digits of each root>.json`.
    pub fn file_name(&self) -> String {
        let [first, second] = self.roots.map(|root| Digest(root).to_string());
        format!("fork-{}-{}-{}.json", self.size, &first[..8], &second[..8])
    }
}

/// What the file says it is.
pub const FORMAT: &str = "skyshed-fork@v1";
