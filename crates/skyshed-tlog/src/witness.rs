//! The bodies that a log and a witness exchange (C2SP tlog-witness, `add-checkpoint`); carrying them is the caller's.

use base64ct::{Base64, Encoding};

use crate::Hash;
use crate::checkpoint::{hash, number};
use crate::key::{VerifierKey, shown};
use crate::note::{Note, NoteError, Signature};

/// Most consistency proof lines in a request.
pub const PATH_MAX: usize = 63;

/// What a log asks of a witness: to cosign a checkpoint that continues the one of `old_size`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Size of the checkpoint that the witness cosigned last, 0 where none is known.
    pub old_size: u64,
    /// Consistency proof from there; empty for 0.
    pub path: Vec<Hash>,
    /// The checkpoint, signed by the log.
    pub checkpoint: String,
}

/// What a witness answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It cosigned: the signatures by the keys asked for, each verified.
    Cosigned(Vec<Signature>),
    /// It knows the log at another size: prove from there and ask again.
    OldSize(u64),
}

/// What is wrong with a witness's answer, or with a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// The body of a request does not have its form.
    #[error(
        "not an add-checkpoint request: give \"old <size>\", at most 63 hashes, an empty line, a checkpoint"
    )]
    Request,
    /// The witness knows the same size under another root, or answers a conflict without a size: somebody forked the log.
    #[error("the witness refuses the checkpoint (409 without a size above it): it has seen another history")]
    Fork,
    /// The witness refused.
    #[error("the witness refuses: HTTP status {status}, \"{body}\"")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The start of the answer.
        body: String,
    },
    /// The answer is none.
    #[error("the witness's answer is no line of signatures: {0}")]
    Answer(#[from] NoteError),
}

impl Request {
    /// The body to send by POST to `<submission prefix>/add-checkpoint`.
    pub fn body(&self) -> String {
        let head = format!("old {}\n", self.old_size);
        let lines = self.path.iter().fold(head, |body, hash| body + &Base64::encode_string(hash) + "\n");
        lines + "\n" + &self.checkpoint
    }

    /// Reads a body: what a witness does.
    pub fn parse(body: &[u8]) -> Result<Self, WitnessError> {
        let text = std::str::from_utf8(body).map_err(|_| WitnessError::Request)?;
        read(text).ok_or(WitnessError::Request)
    }

    /// Reads the answer, by its HTTP status and body. Signatures of keys that are not the witness's are left out; there
    /// must be one that is, and each must fit the checkpoint.
    pub fn answer(&self, status: u16, body: &[u8], witness: &[VerifierKey]) -> Result<Answer, WitnessError> {
        match status {
            200 => Ok(Answer::Cosigned(self.cosignatures(body, witness)?)),
            409 => conflict(body)
                .filter(|&size| size != self.old_size)
                .map(Answer::OldSize)
                .ok_or(WitnessError::Fork),
            _ => Err(WitnessError::Refused { status, body: shown(&String::from_utf8_lossy(body)) }),
        }
    }

    fn cosignatures(&self, body: &[u8], witness: &[VerifierKey]) -> Result<Vec<Signature>, NoteError> {
        let text = Note::parse(self.checkpoint.as_bytes())?.text;
        let lines = std::str::from_utf8(body).map_err(|_| NoteError::Form { why: "it is not UTF-8" })?;
        let mut signatures = Signature::parse_lines(lines)?;
        signatures.retain(|signature| witness.iter().any(|key| key.made(signature)));
        let note = Note { text, signatures };
        note.verify(witness)?;
        Ok(note.signatures)
    }
}

fn read(text: &str) -> Option<Request> {
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let old_size = number(lines.next()?.strip_prefix("old ")?)?;
    let path = lines.map(hash).collect::<Option<Vec<_>>>()?;
    let sound = path.len() <= PATH_MAX && (old_size > 0 || path.is_empty());
    sound.then(|| Request { old_size, path, checkpoint: checkpoint.to_owned() })
}

/// The size in a 409's body: decimal digits and a newline.
fn conflict(body: &[u8]) -> Option<u64> {
    number(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}
