//! Checkpoints (C2SP tlog-checkpoint): the note by which a log states its size and root.

use base64ct::{Base64, Encoding};

use crate::Hash;
use crate::key::{SigningKey, VerifierKey, shown};
use crate::merkle::SIZE_MAX;
use crate::note::{Note, NoteError, Signers};

/// What is wrong with a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a signed note, or its signatures fail.
    #[error("checkpoint: {0}")]
    Note(#[from] NoteError),
    /// The text does not have a checkpoint's form.
    #[error(
        "checkpoint text \"{given}\": give lines with origin, size and root in base64, then non-empty lines"
    )]
    Text {
        /// The text, shortened.
        given: String,
    },
    /// It is another log's.
    #[error("checkpoint of {given}, wanted is that of {wanted}")]
    Origin {
        /// The origin it states.
        given: String,
        /// The names of the keys asked for, with commas.
        wanted: String,
    },
}

/// What a checkpoint states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Leaves in its tree.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// Lines after the root; the specification advises against them.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// Reads a note's text.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        read(text).ok_or_else(|| CheckpointError::Text { given: shown(text) })
    }

    /// The note's text.
    pub fn text(&self) -> String {
        let Self { origin, size, root, extensions } = self;
        let head = format!("{origin}\n{size}\n{}\n", Base64::encode_string(root));
        extensions.iter().fold(head, |text, line| text + line + "\n")
    }

    /// The checkpoint signed by the log's keys, as a note.
    pub fn sign(&self, keys: &[SigningKey], time_unix_s: u64) -> Result<Note, NoteError> {
        let text = self.text();
        let signatures = keys.iter().map(|key| key.sign(&text, time_unix_s)).collect::<Result<_, _>>()?;
        Ok(Note { text, signatures })
    }
}

/// A checkpoint that one of its log's keys signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What it states.
    pub checkpoint: Checkpoint,
    /// The note it came as.
    pub note: Note,
    /// Which of the keys given signed it.
    pub signers: Signers,
}

/// Reads a checkpoint and checks that it is signed by one of `logs`, under that key's name as origin. Signatures by
/// `cosigners` are checked too: one that fails spoils the checkpoint. [`Signers::known`] counts `logs` first, then
/// `cosigners`.
pub fn open(
    bytes: &[u8],
    logs: &[VerifierKey],
    cosigners: &[VerifierKey],
) -> Result<Opened, CheckpointError> {
    open_note(Note::parse(bytes)?, logs, cosigners)
}

/// A checkpoint by its log's signature alone: any other line may be spoiled or missing, and is left out of the note. Nothing is to
/// be obeyed by it, but that the log has signed it is a fact, and with another history beside it evidence.
pub fn open_bare(bytes: &[u8], logs: &[VerifierKey]) -> Option<Opened> {
    open_note(Note::parse_signed_by(bytes, logs)?, logs, &[]).ok()
}

fn open_note(note: Note, logs: &[VerifierKey], cosigners: &[VerifierKey]) -> Result<Opened, CheckpointError> {
    let checkpoint = Checkpoint::parse(&note.text)?;
    let signers = note.verify(logs.iter().chain(cosigners))?;
    let by_log =
        |(place, _): &(usize, _)| logs.get(*place).is_some_and(|key| key.name() == checkpoint.origin);
    if !signers.known.iter().any(by_log) {
        let wanted = logs.iter().map(VerifierKey::name).collect::<Vec<_>>().join(", ");
        return Err(CheckpointError::Origin { given: shown(&checkpoint.origin), wanted });
    }
    Ok(Opened { checkpoint, note, signers })
}

fn read(text: &str) -> Option<Checkpoint> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let extensions = lines.map(str::to_owned).collect::<Vec<_>>();
    if origin.is_empty() || extensions.iter().any(String::is_empty) {
        return None;
    }
    Some(Checkpoint { origin: origin.to_owned(), size: number(size)?, root: hash(root)?, extensions })
}

/// A size or index: decimal digits without leading zeroes, below 2^63.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|&number| canonical && number <= SIZE_MAX)
}

/// A hash in base64.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    Base64::decode(text, &mut hash).ok().filter(|bytes| bytes.len() == 32)?;
    Some(hash)
}
