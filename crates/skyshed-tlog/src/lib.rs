//! A C2SP transparency log in bytes: RFC 6962 tree, tiles, signed notes, checkpoints, cosignatures, proofs, policies.
//! It knows nothing of what is logged, opens no file or socket and reads no clock: files come through [`ReadFiles`] and
//! [`WriteFiles`], time is an argument.

#![forbid(unsafe_code)]

pub mod append;
pub mod audit;
pub mod checkpoint;
pub mod error;
pub mod files;
pub mod key;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod proof;
pub mod read;
pub mod tile;
pub mod witness;

pub use append::Appender;
pub use audit::audit;
pub use checkpoint::Checkpoint;
pub use error::LogError;
pub use files::{FileError, ReadFiles, WriteFiles};
pub use key::{Algorithm, SigningKey, VerifierKey};
pub use note::{Note, NoteError, Signature};
pub use policy::{Policy, Witnessed};
pub use proof::Proof;
pub use tile::Tile;

/// A SHA-256 hash.
pub type Hash = [u8; 32];
