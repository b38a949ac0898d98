//! The log on disk: crash-safe append by one writer at a time, witnesses over HTTP, snapshots that can be proved, projections.
//! It decides nothing: what a record means is `skyshed-records`' business, what a log is `skyshed-tlog`'s.
//!
//! The writer's side, in data order: [`Sequencer`] takes records in its turn ([`Turns`]: a [`lock`], or [`store::postgres`]), writes them
//! to a folder ([`Disk`]), has checkpoints cosigned ([`cosigner`]), and puts what the witnesses say into the log. Beside the tree stand the
//! files of [`side`]; the log's own [`keys`] stand elsewhere. [`means`] finds all that a writer needs.
//!
//! The reader's side: [`prove()`] takes a folder or a web server ([`HttpFiles`]) and a witness policy to a [`Proven`] ledger, or to a
//! [`Doubt`]; a [`Keeper`] holds on to the last proven one, with [`fork`] evidence where there are two histories; [`watch()`] says what
//! is new and what is neglected. [`store`] holds projections, which nothing that decides reads.

#![forbid(unsafe_code)]

pub mod cosigner;
pub mod disk;
pub mod fork;
pub mod keeper;
pub mod keys;
pub mod lock;
pub mod means;
pub mod prove;
pub mod sequencer;
pub mod side;
pub mod store;
pub mod turns;
pub mod watch;
pub mod web;
pub mod witnesses;

pub use cosigner::{CosignError, Cosigner, HttpWitness, LocalWitness, Submission};
pub use disk::{Disk, FolderError};
pub use fork::Evidence;
pub use keeper::{Keeper, KeeperError, Stale};
pub use lock::{IfHeld, LockError, WriterLock};
pub use prove::{Doubt, Proven, prove};
pub use sequencer::{AppendError, Means, Outcome, Sequencer};
pub use turns::{Alone, Turns};
pub use watch::{Finding, Watch, watch};
pub use web::HttpFiles;
pub use witnesses::{LogLedger, PolicyWitnesses};
