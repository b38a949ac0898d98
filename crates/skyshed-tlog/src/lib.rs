//! A C2SP transparency log in bytes: RFC 6962 tree, tiles, signed notes, checkpoints, cosignatures, proofs, policies.
//! It knows nothing of what is logged, opens no file or socket and reads no clock: files come through [`ReadFiles`] and
//! [`WriteFiles`], time is an argument.

#![forbid(unsafe_code)]

pub mod checkpoint;
pub mod files;
pub mod key;
pub mod merkle;
pub mod note;

pub use checkpoint::Checkpoint;
pub use files::{FileError, ReadFiles, WriteFiles};
pub use key::{Algorithm, SigningKey, VerifierKey};
pub use note::{Note, NoteError, Signature};

/// A SHA-256 hash.
pub type Hash = [u8; 32];
