//! What can be wrong with a log's files.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::files::FileError;
use crate::merkle::ProofError;
use crate::note::NoteError;
use crate::policy::PolicyError;
use crate::tile::EntryTooLong;

/// A log's files cannot be read or written, or do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no checkpoint.
    #[error("no checkpoint here: not a log's folder, or an empty one; make a log first")]
    NoCheckpoint,
    /// A log is to be made where one is.
    #[error("a checkpoint or tiles are here already: open the log, or give an empty folder")]
    Exists,
    /// A checkpoint is not to be trusted.
    #[error("{path}: {error}")]
    Checkpoint {
        /// The file.
        path: String,
        /// Why.
        error: CheckpointError,
    },
    /// A checkpoint is not to be trusted under a policy.
    #[error("checkpoint: {0}")]
    Policy(#[from] PolicyError),
    /// A file that the checkpoint asks for is missing.
    #[error("{path}: missing; the tree of {size} leaves asks for it")]
    Missing {
        /// The file.
        path: String,
        /// Leaves in the tree.
        size: u64,
    },
    /// A tile or bundle does not hold what its name says.
    #[error("{path}: does not hold {width} entries or hashes, as it should; it was changed or cut off")]
    Form {
        /// The file.
        path: String,
        /// How many it should hold.
        width: u16,
    },
    /// A tile or bundle holds something else than the files below it say.
    #[error("{path}: does not fit the entries: it or they were changed")]
    Differs {
        /// The file.
        path: String,
    },
    /// The leaves lead to another root.
    #[error(
        "{path}: the {size} leaves lead to another root than it states; leaves or checkpoint were changed"
    )]
    Root {
        /// The file that states the root.
        path: String,
        /// Leaves in the tree.
        size: u64,
    },
    /// A file stands where no tile of this tree does.
    #[error("{path}: no tile of the tree of {size} leaves; remove it, or open the log for writing once")]
    Stray {
        /// The file.
        path: String,
        /// Leaves in the tree.
        size: u64,
    },
    /// An entry does not fit a bundle.
    #[error(transparent)]
    Entry(#[from] EntryTooLong),
    /// A checkpoint that is to be written is not the one of the staged leaves.
    #[error(
        "checkpoint of {} with {} leaves given to be written, the log stands at {} leaves: sign what `stage` returned",
        given.origin, given.size, wanted.size
    )]
    NotStaged {
        /// The checkpoint given.
        given: Box<Checkpoint>,
        /// The one that would do.
        wanted: Box<Checkpoint>,
    },
    /// A commit ended in an error, so that the checkpoint may be durable or not.
    #[error("an earlier commit did not end: open the log again to see where it stands, or repeat the commit")]
    InDoubt,
    /// A proof cannot be made, or the files it is made of do not lead to the checkpoint.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The note cannot be read or made.
    #[error(transparent)]
    Note(#[from] NoteError),
}
