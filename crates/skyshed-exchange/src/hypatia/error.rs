//! What can be wrong with a file, a case, or a time.

use thiserror::Error;

/// Longest piece of a bad line that is shown.
const SHOWN_MAX: usize = 60;

/// A file that cannot be read.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{file}{}: {problem}", if *line == 0 { String::new() } else { format!(", line {line}") })]
pub struct FileError {
    /// Name of the file.
    pub file: String,
    /// Line, counted from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a line or a file.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// Nothing in it.
    #[error("is empty; allowed: {allowed}")]
    Empty {
        /// What it should hold.
        allowed: &'static str,
    },
    /// A line with too few or too many columns.
    #[error("`{given}` has {columns} columns; allowed: {allowed}")]
    Columns {
        /// The line.
        given: String,
        /// Its columns.
        columns: usize,
        /// The columns there should be.
        allowed: &'static str,
    },
    /// A field that is not what it should be.
    #[error("{field} is `{given}`; allowed: {allowed}")]
    Field {
        /// Which.
        field: &'static str,
        /// As given.
        given: String,
        /// What it may be.
        allowed: String,
    },
    /// An id out of turn.
    #[error("{what} is {given}, where {expected} comes next; ids count from 0, one per line")]
    Turn {
        /// Whose id.
        what: &'static str,
        /// As given.
        given: u64,
        /// The id that should stand there.
        expected: u64,
    },
    /// Too few or too many of something.
    #[error("{given} {what}; allowed: {allowed}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many there may be.
        allowed: String,
    },
    /// A link that is there already.
    #[error("the link {first} {second} is there already; each pair stands once")]
    Repeated {
        /// Smaller id.
        first: u32,
        /// Larger id.
        second: u32,
    },
    /// Elements that cannot be used.
    #[error("satellite {id}: {reason}")]
    Elements {
        /// Satellite.
        id: usize,
        /// Why.
        reason: String,
    },
    /// An epoch unlike the first satellite's.
    #[error(
        "satellite {id} has the epoch {given}, the first one {expected}; Hypatia takes one epoch for all satellites"
    )]
    Epoch {
        /// Satellite.
        id: usize,
        /// Its epoch.
        given: skyshed_orbit::Epoch,
        /// That of the first.
        expected: skyshed_orbit::Epoch,
    },
    /// A next hop over a link that does not exist.
    #[error(
        "node {node} cannot send to node {next} by interface {interface} into its interface {next_interface}; {allowed}"
    )]
    NoLink {
        /// The node.
        node: u32,
        /// Where it is to send.
        next: i64,
        /// By which interface.
        interface: i64,
        /// Into which.
        next_interface: i64,
        /// What it may do.
        allowed: &'static str,
    },
    /// A first forwarding state with holes.
    #[error(
        "no next hop from node {node} to node {destination}; the first file holds every pair, later ones what changes"
    )]
    Missing {
        /// From.
        node: u32,
        /// To.
        destination: u32,
    },
}

/// Why a case has no answer at a time.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A link between satellites that became too long.
    #[error(
        "at {time_ns} ns the link between satellites {first} and {second} is {length_m:.1} m long; allowed: {max_m:.1} m (max_isl_length_m); links are fixed for the whole run, so choose a shorter one or other links"
    )]
    IslLength {
        /// When.
        time_ns: u64,
        /// Smaller id.
        first: u32,
        /// Larger id.
        second: u32,
        /// Its length.
        length_m: f64,
        /// The limit.
        max_m: f64,
    },
    /// A satellite without a position.
    #[error("at {time_ns} ns satellite {id} has no position: {reason}")]
    Position {
        /// When.
        time_ns: u64,
        /// Satellite.
        id: u32,
        /// Why.
        reason: skyshed_orbit::OrbitError,
    },
}

impl FileError {
    /// About one line.
    pub fn at(file: &str, line: u64, problem: Problem) -> FileError {
        FileError { file: file.to_owned(), line, problem }
    }

    /// About the file as a whole.
    pub fn whole(file: &str, problem: Problem) -> FileError {
        FileError::at(file, 0, problem)
    }
}

impl Problem {
    /// A field that is not what it should be.
    pub fn field(field: &'static str, given: &str, allowed: impl Into<String>) -> Problem {
        Problem::Field { field, given: shown(given), allowed: allowed.into() }
    }

    /// A line with the wrong number of columns.
    pub fn columns(given: &str, columns: usize, allowed: &'static str) -> Problem {
        Problem::Columns { given: shown(given), columns, allowed }
    }
}

/// The beginning of a text, without control characters.
fn shown(text: &str) -> String {
    let mut shown: String =
        text.chars().map(|c| if c.is_control() { '?' } else { c }).take(SHOWN_MAX).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push_str("...");
    }
    shown
}
