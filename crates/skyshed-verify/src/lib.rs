//! Verifies a log of service decisions offline. It needs the log's files and the witness policy, and nothing else: no map, no network,
//! no key, no clock. What decides is in `skyshed-tlog` and `skyshed-records`; here is what is asked and how it is answered.
//!
//! [`decision`], [`log`], [`state`] and [`equivocation`] take bytes, or files through [`skyshed_tlog::ReadFiles`], and open nothing: the
//! program and the page's WebAssembly module both call them. The feature `command-line`, on by default, adds what a person types.

#![forbid(unsafe_code)]

#[cfg(feature = "command-line")]
mod command;
mod equivocation;
#[cfg(feature = "command-line")]
mod folder;
mod log;
mod proof;
mod side;
mod state;

use skyshed_tlog::Policy;

#[cfg(feature = "command-line")]
pub use command::{Said, verify};
pub use equivocation::equivocation;
pub use log::log;
pub use proof::decision;
pub use side::POLICY;
pub use state::state;

/// A file's bytes, and how to call it in messages.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Its path, or whatever the caller knows it by.
    pub name: &'a str,
    /// Its bytes. Not trusted.
    pub bytes: &'a [u8],
}

/// Why it does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The program's exit code: 1 something else failed, 2 the question is wrong, 4 it does not verify, 5 too few witnesses or files that
    /// cannot be read, 6 there is no such log, record or territory.
    pub code: u8,
    /// What was found, and what to do.
    pub message: String,
}

/// An answer, as text and as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// For people.
    pub text: String,
    /// For programs: what `--json` prints.
    pub json: serde_json::Value,
}

impl Failure {
    fn new(code: u8, message: impl ToString) -> Failure {
        Failure { code, message: message.to_string() }
    }

    /// Something does not verify.
    fn broken(message: impl ToString) -> Failure {
        Failure::new(4, message)
    }

    /// Something cannot be read.
    fn unreadable(message: impl ToString) -> Failure {
        Failure::new(5, message)
    }
}

/// Reads a witness policy (C2SP tlog-policy): the log's key, the witnesses, the quorum.
///
/// # Errors
/// Code 4 with what is wrong with it.
pub fn policy(file: Named) -> Result<Policy, Failure> {
    Policy::parse(file.bytes).map_err(|error| Failure::broken(format!("{}: {error}", file.name)))
}
