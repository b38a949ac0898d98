//! Those who cosign checkpoints: a witness over HTTP ([`HttpWitness`]), or a key at hand, for demonstrations ([`LocalWitness`]).

use skyshed_tlog::merkle::verify_consistency;
use skyshed_tlog::{Checkpoint, FileError, Hash, Note, NoteError, Signature, SigningKey, VerifierKey};

pub use http::HttpWitness;

mod http;

/// A checkpoint to be cosigned, and what proves that it continues the log's past.
pub struct Submission<'a> {
    /// The checkpoint, signed by the log.
    pub note: &'a Note,
    /// What it states.
    pub checkpoint: &'a Checkpoint,
    /// The consistency proof from a smaller size.
    pub prove: &'a (dyn Fn(u64) -> Result<Vec<Hash>, FileError> + Sync),
}

/// Cosigns what continues the past that it knows.
pub trait Cosigner: Send {
    /// The name of its keys.
    fn name(&self) -> String;
    /// Its cosignatures, checked.
    fn cosign(&mut self, submission: &Submission<'_>) -> Result<Vec<Signature>, CosignError>;
}

/// A witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// No connection, no answer in time.
    #[error("witness {witness} is not reachable: {reason}")]
    Unreachable {
        /// Its name.
        witness: String,
        /// What the connection says.
        reason: String,
    },
    /// It says no.
    #[error("witness {witness} refuses (status {status}): {reason}")]
    Refused {
        /// Its name.
        witness: String,
        /// HTTP status.
        status: u16,
        /// What it says, and what that means.
        reason: String,
    },
    /// It has cosigned what this log does not hold.
    #[error(
        "witness {witness} has cosigned this log at size {size}, which does not fit the log here at size {own}: the log was set back, \
         or somebody else signs with its key; find out before anything else is appended"
    )]
    Conflict {
        /// Its name.
        witness: String,
        /// The size that it knows.
        size: u64,
        /// The size here.
        own: u64,
    },
    /// Its answer does not hold.
    #[error("witness {witness} answers what is no cosignature of this checkpoint by its keys: {reason}")]
    Answer {
        /// Its name.
        witness: String,
        /// What is wrong.
        reason: String,
    },
    /// The log's own files.
    #[error("the consistency proof cannot be made: {0}")]
    Proof(String),
}

/// Cosigns with keys at hand: for demonstrations, since a witness beside the log witnesses nothing. It knows the past only for as
/// long as it lives.
pub struct LocalWitness {
    keys: Vec<SigningKey>,
    log: VerifierKey,
    clock: Box<dyn Fn() -> i64 + Send>,
    seen: Option<(u64, Hash)>,
}

impl LocalWitness {
    /// A witness of the log with this key. The clock gives the times of its cosignatures, s since 1970.
    pub fn new(keys: Vec<SigningKey>, log: VerifierKey, clock: Box<dyn Fn() -> i64 + Send>) -> LocalWitness {
        LocalWitness { keys, log, clock, seen: None }
    }

    fn conflict(&self, size: u64, own: u64) -> CosignError {
        CosignError::Conflict { witness: self.name(), size, own }
    }
}

impl Cosigner for LocalWitness {
    fn name(&self) -> String {
        self.keys.first().map(|key| key.verifier().name().to_owned()).unwrap_or_default()
    }

    fn cosign(&mut self, submission: &Submission<'_>) -> Result<Vec<Signature>, CosignError> {
        let witness = self.name();
        let refused = |error: NoteError| CosignError::Refused {
            witness: witness.clone(),
            status: 403,
            reason: error.to_string(),
        };
        submission.note.verify([&self.log]).map_err(refused)?;
        let Checkpoint { size, root, .. } = *submission.checkpoint;
        if let Some((seen, seen_root)) = self.seen {
            if seen > size {
                return Err(self.conflict(seen, size));
            }
            let path = (submission.prove)(seen).map_err(|error| CosignError::Proof(error.to_string()))?;
            verify_consistency((seen, &seen_root), (size, &root), &path)
                .map_err(|_| self.conflict(seen, size))?;
        }
        self.seen = Some((size, root));
        let time_unix_s = (self.clock)().max(0).unsigned_abs();
        let signed = self.keys.iter().map(|key| key.sign(&submission.note.text, time_unix_s));
        signed.collect::<Result<_, _>>().map_err(refused)
    }
}
