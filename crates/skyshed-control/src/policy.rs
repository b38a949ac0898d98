//! A service policy: dated decisions about territories or cell lists, read from TOML. It answers "what if": nobody has
//! signed it, and only the public log says what holds.

use serde::Deserialize;
use skyshed_ground::Cell;
use skyshed_records::record::Time;

use crate::class::{Class, ClassSet};
use crate::decision::{Decision, Scope};
use crate::state::State;

/// Largest policy text accepted, bytes.
pub const POLICY_BYTES_MAX: usize = 16 << 20;
/// Largest number of decisions in one policy (a cell holds its decision as a 16-bit number).
pub const DECISIONS_MAX: usize = u16::MAX as usize - 1;

/// A named list of decisions, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name, such as `illustrative`.
    pub name: String,
    /// What it is and where it comes from.
    pub description: String,
    /// The decisions; the order carries no meaning beyond which reason is told first.
    pub decisions: Vec<Decision>,
}

/// The states a policy can give: those that need nothing besides their word.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateWord {
    On,
    Off,
    Individual,
    EmergencyOnly,
    TransitOnly,
}

impl From<StateWord> for State {
    fn from(word: StateWord) -> State {
        match word {
            StateWord::On => State::On,
            StateWord::Off => State::Off,
            StateWord::Individual => State::Individual,
            StateWord::EmergencyOnly => State::EmergencyOnly,
            StateWord::TransitOnly => State::TransitOnly,
        }
    }
}

/// A calendar date, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, Gregorian.
    pub year: u16,
    /// Month, 1..=12.
    pub month: u8,
    /// Day of the month, 1..=31.
    pub day: u8,
}

impl Date {
    /// The date written `YYYY-MM-DD`, if there is such a day.
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: core::ops::Range<usize>| -> Option<u16> {
            let digits = &bytes[range];
            digits
                .iter()
                .all(u8::is_ascii_digit)
                .then(|| digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0')))
        };
        let (year, month, day) = (number(0..4)?, number(5..7)? as u8, number(8..10)? as u8);
        (1..=days_in_month(year, month)).contains(&day).then_some(Date { year, month, day })
    }

    /// The day in UTC that holds a time.
    pub fn of(time: Time) -> Date {
        Date::parse(&time.to_string()[..10]).expect("a time begins with its day")
    }
}

impl core::fmt::Display for Date {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

/// Why a policy was refused.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The text is larger than [`POLICY_BYTES_MAX`].
    #[error(
        "policy of {bytes} bytes; at most {POLICY_BYTES_MAX} are read; split it or list territories instead of cells"
    )]
    TooLarge {
        /// Its size, bytes.
        bytes: usize,
    },
    /// Not TOML, or not of the policy's form.
    #[error(
        "policy is not readable: {0}\nallowed keys: name, description, as_of, [[decision]] with territory or cells, state, classes, reason, since, review, source"
    )]
    Syntax(toml::de::Error),
    /// More decisions than [`DECISIONS_MAX`].
    #[error("policy has {count} decisions; at most {DECISIONS_MAX} are allowed")]
    TooManyDecisions {
        /// How many.
        count: usize,
    },
    /// A decision names neither or both of `territory` and `cells`.
    #[error("decision {number}: give exactly one of `territory` and `cells`")]
    Scope {
        /// Its number in the file, from 1.
        number: usize,
    },
    /// A class that does not exist.
    #[error(
        "decision {number}: unknown class {given:?}; allowed: consumer, roam, maritime, aviation, emergency, government"
    )]
    Class {
        /// Its number in the file, from 1.
        number: usize,
        /// What was given.
        given: String,
    },
    /// An empty list of classes or cells, or an empty reason.
    #[error(
        "decision {number}: `{key}` is empty; leave `classes` out for every class, and give every decision its cells and its reason"
    )]
    Empty {
        /// Its number in the file, from 1.
        number: usize,
        /// The key.
        key: &'static str,
    },
    /// A date that is none.
    #[error("decision {number}: `{key}` is {given:?}; a date is written YYYY-MM-DD")]
    Date {
        /// Its number in the file, from 1.
        number: usize,
        /// The key.
        key: &'static str,
        /// What was given.
        given: String,
    },
    /// The review comes before the decision.
    #[error(
        "decision {number}: review {review} is before since {since}; review dates lie after the decision"
    )]
    ReviewBeforeSince {
        /// Its number in the file, from 1.
        number: usize,
        /// Its review date.
        review: Date,
        /// Its first day.
        since: Date,
    },
    /// A cell id that is no resolution-5 cell.
    #[error("decision {number}: {reason}")]
    Cell {
        /// Its number in the file, from 1.
        number: usize,
        /// What is wrong with the cell id.
        reason: skyshed_ground::CellError,
    },
    /// A territory that the map does not have.
    #[error(
        "decision {number}: unknown territory {given:?}{hint}; territories are ISO 3166 codes (UA, UA-32), UA.sea, X-… for disputed areas, XZ for the high seas"
    )]
    Territory {
        /// Its number in the file, from 1.
        number: usize,
        /// What was given.
        given: String,
        /// The nearest id that exists, as a sentence part.
        hint: String,
    },
    /// Lists of cells overlap in too many ways.
    #[error(
        "the policy gives cells more than {} different verdicts; let lists of cells overlap less",
        crate::activation::VERDICTS_MAX
    )]
    TooManyVerdicts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default, rename = "as_of")]
    _as_of: Option<String>,
    #[serde(default)]
    decision: Vec<DecisionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionEntry {
    territory: Option<String>,
    cells: Option<Vec<String>>,
    state: StateWord,
    classes: Option<Vec<String>>,
    reason: String,
    since: String,
    review: String,
    source: Option<String>,
}

impl Policy {
    /// Reads a policy from TOML. Territory names are checked later, against the map, by [`crate::resolve`].
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError::TooLarge { bytes: text.len() });
        }
        let file: PolicyFile = toml::from_str(text).map_err(PolicyError::Syntax)?;
        if file.decision.len() > DECISIONS_MAX {
            return Err(PolicyError::TooManyDecisions { count: file.decision.len() });
        }
        let decisions = file
            .decision
            .into_iter()
            .enumerate()
            .map(|(index, entry)| decision(index + 1, entry))
            .collect::<Result<_, _>>()?;
        Ok(Policy { name: file.name, description: file.description, decisions })
    }

    /// The what-if policy with one decision, for every cell and class of the planet.
    pub fn everywhere(state: State) -> Policy {
        let day = Date { year: 1970, month: 1, day: 1 };
        Policy {
            name: format!("all-{}", state.name()),
            description: format!("every cell of the planet {}, for what-if studies", state.name()),
            decisions: vec![Decision {
                scope: Scope::Everywhere,
                classes: ClassSet::ALL,
                state,
                reason: format!("what-if study: all {}", state.name()),
                since: day,
                review: day,
                source: None,
                logged: None,
            }],
        }
    }
}

fn decision(number: usize, entry: DecisionEntry) -> Result<Decision, PolicyError> {
    let scope = match (entry.territory, entry.cells) {
        (Some(id), None) => Scope::Territory(id),
        (None, Some(ids)) => Scope::Cells(cells(number, &ids)?),
        _ => return Err(PolicyError::Scope { number }),
    };
    let classes = match entry.classes {
        None => ClassSet::ALL,
        Some(names) if names.is_empty() => return Err(PolicyError::Empty { number, key: "classes" }),
        Some(names) => names
            .into_iter()
            .map(|name| Class::parse(&name).ok_or(PolicyError::Class { number, given: name }))
            .collect::<Result<_, _>>()?,
    };
    if entry.reason.trim().is_empty() {
        return Err(PolicyError::Empty { number, key: "reason" });
    }
    let date = |key, given: String| Date::parse(&given).ok_or(PolicyError::Date { number, key, given });
    let (since, review) = (date("since", entry.since)?, date("review", entry.review)?);
    if review < since {
        return Err(PolicyError::ReviewBeforeSince { number, review, since });
    }
    Ok(Decision {
        scope,
        classes,
        state: entry.state.into(),
        reason: entry.reason,
        since,
        review,
        source: entry.source,
        logged: None,
    })
}

fn cells(number: usize, ids: &[String]) -> Result<Vec<Cell>, PolicyError> {
    if ids.is_empty() {
        return Err(PolicyError::Empty { number, key: "cells" });
    }
    let mut cells = ids
        .iter()
        .map(|id| id.parse::<Cell>().map_err(|reason| PolicyError::Cell { number, reason }))
        .collect::<Result<Vec<_>, _>>()?;
    cells.sort_unstable();
    cells.dedup();
    Ok(cells)
}
