//! A C2SP transparency log in bytes: RFC 6962 tree, tiles, signed notes, checkpoints, cosignatures, proofs, policies.
//! It knows nothing of what is logged, opens no file or socket and reads no clock: files come through [`ReadFiles`] and
//! [`WriteFiles`], time is an argument.

#![forbid(unsafe_code)]

pub mod files;

pub use files::{FileError, ReadFiles, WriteFiles};

/// A SHA-256 hash.
pub type Hash = [u8; 32];
