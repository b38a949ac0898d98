//! Exit codes, fixed so that scripts can go by them: 0 an answer, 1 another error, 2 the command line, 3 a record or request is
//! refused, 4 the log does not verify, 5 the log is stale, lacks witnesses or cannot be reached, 6 not found.

use std::error::Error;
use std::fmt;

use skyshed_log::{AppendError, Doubt, FolderError};
use skyshed_records::leaf::LeafError;
use skyshed_tlog::error::LogError;
use skyshed_tlog::policy::PolicyError;
use skyshed_tlog::proof::ProofFileError;

/// How a command ends that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// None of the others.
    Error = 1,
    /// A record or request is refused; the log is as it was.
    Refused = 3,
    /// The log does not verify.
    NotVerified = 4,
    /// The log is stale, lacks witnesses, or cannot be reached.
    Stale = 5,
    /// There is no such thing.
    NotFound = 6,
}

impl Exit {
    /// The way to end that has this code; [`Exit::Error`] where none has.
    pub fn of_code(code: u8) -> Exit {
        let all = [Exit::Refused, Exit::NotVerified, Exit::Stale, Exit::NotFound];
        all.into_iter().find(|exit| *exit as u8 == code).unwrap_or(Exit::Error)
    }
}

/// An error with an exit code of its own.
#[derive(Debug)]
pub struct Problem {
    exit: Exit,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Problem {}

/// An error that ends with a code.
pub fn problem(exit: Exit, message: impl Into<String>) -> anyhow::Error {
    Problem { exit, message: message.into() }.into()
}

/// A record or request that is refused.
pub fn refused(message: impl Into<String>) -> anyhow::Error {
    problem(Exit::Refused, message)
}

/// Something that is not there.
pub fn not_found(message: impl Into<String>) -> anyhow::Error {
    problem(Exit::NotFound, message)
}

/// The exit code of an error: that of the first of its causes that has one.
pub fn code(error: &anyhow::Error) -> u8 {
    error.chain().find_map(exit_of).unwrap_or(Exit::Error) as u8
}

/// An error and its causes on one line; what an outer one says already is not said again.
pub fn in_words(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn exit_of(cause: &(dyn Error + 'static)) -> Option<Exit> {
    if let Some(problem) = cause.downcast_ref::<Problem>() {
        return Some(problem.exit);
    }
    if let Some(doubt) = cause.downcast_ref::<Doubt>() {
        return Some(of_doubt(doubt.code()));
    }
    if let Some(error) = cause.downcast_ref::<AppendError>() {
        return Some(of_append(error));
    }
    if let Some(error) = cause.downcast_ref::<FolderError>() {
        let missing = matches!(error, FolderError::Missing(_) | FolderError::NoLog(_));
        return missing.then_some(Exit::NotFound);
    }
    if let Some(error) = cause.downcast_ref::<LogError>() {
        return Some(of_log(error));
    }
    if let Some(ProofFileError::Quorum { .. }) = cause.downcast_ref() {
        return Some(Exit::Stale);
    }
    let broken = cause.is::<PolicyError>() || cause.is::<ProofFileError>();
    match broken {
        true => Some(Exit::NotVerified),
        false => cause.is::<LeafError>().then_some(Exit::Refused),
    }
}

/// By the short name of a reason for doubt.
pub fn of_doubt(code: &str) -> Exit {
    match code {
        "no_log" => Exit::NotFound,
        "signature" | "set_back" | "fork" | "damaged" => Exit::NotVerified,
        _ => Exit::Stale,
    }
}

fn of_append(error: &AppendError) -> Exit {
    match error {
        AppendError::Refused { .. } => Exit::Refused,
        AppendError::Log(error) => of_log(error),
        AppendError::Exchanged { .. } | AppendError::Policy(_) => Exit::NotVerified,
        AppendError::Keys { .. } => Exit::NotVerified,
        _ => Exit::Error,
    }
}

fn of_log(error: &LogError) -> Exit {
    match error {
        LogError::NoCheckpoint => Exit::NotFound,
        LogError::File(_) | LogError::Exists | LogError::Entry(_) | LogError::NotStaged { .. } => Exit::Error,
        LogError::InDoubt => Exit::Error,
        _ => Exit::NotVerified,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::in_words;

    #[test]
    fn a_cause_is_said_once() {
        let error = || anyhow!("line 1 is wrong");
        assert_eq!(in_words(&error().context("a.json")), "a.json: line 1 is wrong");
        assert_eq!(in_words(&error().context("a.json: line 1 is wrong")), "a.json: line 1 is wrong");
        assert_eq!(in_words(&error().context("b").context("a")), "a: b: line 1 is wrong");
    }
}
