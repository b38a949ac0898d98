//! Why a scenario is refused.

use std::fmt;

use skyshed_orbit::{Epoch, EpochError};

use super::{FAULTS_MAX, NAMES_MAX, SCENARIO_BYTES_MAX, TEXT_BYTES_MAX};

/// Why a scenario is refused. Faults are numbered in the order of the file, from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is longer than [`SCENARIO_BYTES_MAX`].
    #[error(
        "a scenario of {bytes} bytes; allowed: {SCENARIO_BYTES_MAX}; name planes or shells, not satellites"
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not TOML, or not of the format: a key that does not exist, or a value of the wrong kind.
    #[error(
        "scenario is not readable: {0}\nallowed keys: name, [[fault]] with satellites, planes, shells, gateways, pops, lasers, from, until, reason"
    )]
    Syntax(toml::de::Error),
    /// More faults than [`FAULTS_MAX`].
    #[error("{given} faults; allowed: {FAULTS_MAX}; put what fails at the same time into one fault")]
    TooManyFaults {
        /// How many.
        given: usize,
    },
    /// The scenario's name is no line to show.
    #[error(
        "`name` has {bytes} bytes; allowed: one line of 1 to {TEXT_BYTES_MAX} bytes without control characters"
    )]
    Name {
        /// Its length.
        bytes: usize,
    },
    /// A list longer than [`NAMES_MAX`].
    #[error(
        "fault {fault}: `{key}` has {given} names; allowed: {NAMES_MAX}; name planes or shells, not satellites"
    )]
    TooManyNames {
        /// The fault's number.
        fault: usize,
        /// The list.
        key: &'static str,
        /// How many.
        given: usize,
    },
    /// A name or a reason that is no line to show.
    #[error(
        "fault {fault}: `{key}` holds a text of {bytes} bytes; allowed: one line of 1 to {TEXT_BYTES_MAX} bytes without control characters"
    )]
    Text {
        /// The fault's number.
        fault: usize,
        /// The key.
        key: &'static str,
        /// Its length.
        bytes: usize,
    },
    /// A time that is none.
    #[error("fault {fault}: `{key}`: {reason}")]
    Time {
        /// The fault's number.
        fault: usize,
        /// `from` or `until`.
        key: &'static str,
        /// What is wrong with it.
        reason: EpochError,
    },
    /// A span without an instant in it.
    #[error(
        "fault {fault}: `from` {from} is not before `until` {until}; a fault lasts from the one to just before the other"
    )]
    Span {
        /// The fault's number.
        fault: usize,
        /// As given.
        from: Epoch,
        /// As given.
        until: Epoch,
    },
    /// Nothing is named, or what is named holds no satellite.
    #[error(
        "fault {fault} takes out nothing; name a satellite, a plane or shell with satellites, a gateway, a point of presence or a laser"
    )]
    Nothing {
        /// The fault's number.
        fault: usize,
    },
    /// Not `shell/number`.
    #[error(
        "fault {fault}: {given:?} is no plane; write the shell's name, `/` and the plane's number from 0, such as \"53.0-550/3\""
    )]
    PlaneForm {
        /// The fault's number.
        fault: usize,
        /// As given.
        given: String,
    },
    /// A plane that the shell does not have.
    #[error("fault {fault}: shell {shell:?} has no plane {plane}; its {planes} planes are numbered from 0")]
    NoPlane {
        /// The fault's number.
        fault: usize,
        /// The shell's name.
        shell: String,
        /// As given.
        plane: u16,
        /// Planes of the shell.
        planes: usize,
    },
    /// A name that nothing bears.
    #[error(
        "fault {fault}: no {kind} is called {given:?}; there are {count}{}; {}",
        such_as(near),
        kind.where_to_find()
    )]
    Unknown {
        /// The fault's number.
        fault: usize,
        /// What was looked for.
        kind: Kind,
        /// As given.
        given: String,
        /// Names that exist: the nearest in spelling, or all where they are few.
        near: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// A name that several bear.
    #[error(
        "fault {fault}: {given:?} could be {count} {kind}s{}; {}",
        such_as(candidates),
        kind.how_to_tell_apart()
    )]
    Ambiguous {
        /// The fault's number.
        fault: usize,
        /// What was looked for.
        kind: Kind,
        /// As given.
        given: String,
        /// What tells the first of them apart.
        candidates: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// A link from a satellite to itself.
    #[error("fault {fault}: {given:?} links {satellite} with itself; name two satellites")]
    LinkToItself {
        /// The fault's number.
        fault: usize,
        /// As given.
        given: String,
        /// The satellite's name.
        satellite: String,
    },
    /// A site that the plan's 16-bit numbers do not reach.
    #[error(
        "fault {fault}: {kind} {given:?} has number {index} in its list; only the first 65,536 are planned with"
    )]
    TooFarDown {
        /// The fault's number.
        fault: usize,
        /// What it is.
        kind: Kind,
        /// As given.
        given: String,
        /// Its number in the list, from 0.
        index: u32,
    },
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A satellite.
    Satellite,
    /// A shell.
    Shell,
    /// A gateway.
    Gateway,
    /// A point of presence.
    Pop,
    /// A link between two satellites.
    Link,
}

impl Kind {
    fn where_to_find(self) -> &'static str {
        match self {
            Kind::Satellite | Kind::Link => "give its name or catalogue number as the elements have them",
            Kind::Shell => "give its name, which is inclination and altitude such as 53.0-550",
            Kind::Gateway => "give its name as the list of gateways has it",
            Kind::Pop => "give its name as the list of points of presence has it",
        }
    }

    fn how_to_tell_apart(self) -> &'static str {
        match self {
            Kind::Satellite => "give its catalogue number instead",
            Kind::Shell => "list its satellites instead",
            Kind::Gateway | Kind::Pop => "give each its own name in the list of sites",
            Kind::Link => "give both catalogue numbers with `/` between them instead",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Satellite => "satellite",
            Kind::Shell => "shell",
            Kind::Gateway => "gateway",
            Kind::Pop => "PoP",
            Kind::Link => "link",
        })
    }
}

fn such_as(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(", such as {}", names.join("; ")) }
}
