//! Proofs in one file (C2SP tlog-proof): an entry's place, its inclusion proof and the checkpoint it leads to.

use base64ct::{Base64, Encoding};

use crate::Hash;
use crate::checkpoint::{hash, number};
use crate::key::shown;
use crate::merkle::{ProofError, leaf_hash, verify_inclusion};
use crate::policy::{Policy, PolicyError, Witnessed};

/// First line of a proof file.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Most hashes in an inclusion proof: one per level of a tree of 2^63 leaves.
pub const PATH_MAX: usize = 63;

/// What is wrong with a proof file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// The bytes do not have a proof file's form.
    #[error("not a tlog-proof: {why}, at \"{given}\"")]
    Form {
        /// Which rule is broken.
        why: &'static str,
        /// The line, shortened.
        given: String,
    },
    /// Its checkpoint is not to be trusted.
    #[error("proof: {0}")]
    Checkpoint(#[from] PolicyError),
    /// Its hashes do not lead from the entry to the checkpoint's root.
    #[error("proof: {0}")]
    Inclusion(#[from] ProofError),
    /// Too few witnesses saw its checkpoint.
    #[error("proof: only {} of the policy's witnesses saw its checkpoint, which is no quorum", seen.len())]
    Quorum {
        /// The witnesses that did, by the names of their keys.
        seen: Vec<String>,
    },
}

/// A proof that an entry is in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Opaque bytes that nothing vouches for.
    pub extra: Option<Vec<u8>>,
    /// The entry's number.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling to the root's child.
    pub path: Vec<Hash>,
    /// The signed checkpoint, as it came.
    pub checkpoint: String,
}

impl Proof {
    /// Reads a proof file. What [`Proof::text`] gives back is the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        let form = |why, given: &str| ProofFileError::Form { why, given: shown(given) };
        let text = std::str::from_utf8(bytes).map_err(|_| form("it is not UTF-8", ""))?;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(form("no empty line follows its hashes", ""))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(form("its first line is not c2sp.org/tlog-proof@v1", head));
        }
        let extra = lines.next_if(|line| line.starts_with("extra ")).map(|line| {
            let bytes = Base64::decode_vec(&line["extra ".len()..]);
            bytes.map_err(|_| form("its extra data is not base64", line))
        });
        let line = lines.next().unwrap_or_default();
        let index = line.strip_prefix("index ").and_then(number);
        let index = index.ok_or(form("no line \"index <number>\" stands where it should", line))?;
        let path = lines.map(|line| hash(line).ok_or(form("a line is not a hash in base64", line)));
        let path = path.collect::<Result<Vec<_>, _>>()?;
        if path.len() > PATH_MAX {
            return Err(form("it has more than 63 hashes", ""));
        }
        Ok(Self { extra: extra.transpose()?, index, path, checkpoint: checkpoint.to_owned() })
    }

    /// The proof file.
    pub fn text(&self) -> String {
        let extra = self.extra.as_ref().map(|bytes| format!("extra {}\n", Base64::encode_string(bytes)));
        let head = format!("{HEADER}\n{}index {}\n", extra.unwrap_or_default(), self.index);
        let lines = self.path.iter().fold(head, |text, hash| text + &Base64::encode_string(hash) + "\n");
        lines + "\n" + &self.checkpoint
    }

    /// Checks that the entry stands in the log at [`Proof::index`], and that the policy trusts the checkpoint.
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<Witnessed, ProofFileError> {
        let witnessed = policy.check(self.checkpoint.as_bytes())?;
        let checkpoint = &witnessed.checkpoint;
        verify_inclusion(&leaf_hash(entry), self.index, checkpoint.size, &self.path, &checkpoint.root)?;
        if !witnessed.quorum {
            return Err(ProofFileError::Quorum {
                seen: witnessed.seen.iter().map(|s| s.name.clone()).collect(),
            });
        }
        Ok(witnessed)
    }
}
