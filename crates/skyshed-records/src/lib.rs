//! Records of service decisions: what they say, who signed them, and what follows from all of them at a time.
//! It knows no map and no satellite, opens nothing and reads no clock: the bytes of a log and a time come in, the state of every
//! territory goes out.
//!
//! In data order: [`value`] holds the smallest parts, [`record`] the shape of one leaf.

#![forbid(unsafe_code)]

pub mod audit;
pub mod jcs;
pub mod keys;
pub mod leaf;
pub mod ledger;
pub mod listed;
pub mod record;
pub mod rules;
pub mod sshsig;
pub mod value;
pub mod verify;
pub mod witness;
