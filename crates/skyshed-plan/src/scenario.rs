//! Faults that people plan with: what is out of order, from when, until when, from TOML. Opens nothing, and decides
//! nothing about service: the plan reads what is out at a slot's start and answers for it.
//!
//! # The scenario format
//!
//! ```toml
//! name = "a storm over Hawthorne"            # optional
//!
//! [[fault]]                                  # 0 to 1,000 of them; each takes out at least one thing
//! satellites = ["STARLINK-1008", 44714]      # names or catalogue numbers: radio and lasers are out
//! planes = ["53.0-550/3"]                    # shell / plane, counted from 0, as the planes of the constellation are
//! shells = ["53.0-550"]                      # every satellite that has a seat in the shell
//! gateways = ["Hawthorne, California"]       # names as in the list of gateways
//! pops = ["Frankfurt"]                       # names as in the list of points of presence
//! lasers = ["all"]                           # every laser,
//! # lasers = ["STARLINK-1008", 44714]        # or those of a satellite, whose radio still works,
//! # lasers = ["STARLINK-1008/STARLINK-1010"] # or one link; a catalogue number may stand for a name here too
//! from = "2026-08-22T21:00:12Z"              # optional: else from the beginning; inclusive
//! until = "2026-08-22T22:00:12Z"             # optional: else for ever; exclusive
//! reason = "storm"                           # optional, shown where the fault is named
//! ```
//!
//! Names match whole, whatever their case. A key that is not listed here is refused, and so are a name that nothing
//! bears, a name that several bear, a span that holds no time, and a fault that takes out nothing. The order of faults
//! and of names carries no meaning, and where faults overlap, what is out is out.
//!
//! Faults begin and end with slots: a slot sees what is out at its start, to its end. A fault that begins within a slot
//! shows in the next one, and one that begins and ends within the same slot never shows.
//!
//! Planes are the planes that were found when the scenario was resolved: a plane's fault stays with the satellites that
//! flew in it then.
//!
//! A fault that cuts the network in two is no error: the plan says what can no longer be reached.

mod faults;
mod resolve;

use skyshed_ground::Ground;
use skyshed_network::planes::Planes;
use skyshed_orbit::{Epoch, EpochError, Satellite};

pub use faults::{Faults, Outages};

/// Longest scenario text, bytes.
pub const SCENARIO_BYTES_MAX: usize = 1 << 20;
/// Most faults of a scenario.
pub const FAULTS_MAX: usize = 1_000;

/// Faults by name, in the order of the file, as [`Scenario::parse`] reads them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// What people call it.
    pub name: Option<String>,
    /// The faults; the order carries no meaning.
    pub faults: Vec<Fault>,
}

/// One fault: what is out, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    /// Satellites that do not work at all.
    pub satellites: Vec<SatelliteName>,
    /// Planes of which no satellite works.
    pub planes: Vec<PlaneName>,
    /// Shells of which no satellite works.
    pub shells: Vec<String>,
    /// Gateways that land nothing.
    pub gateways: Vec<String>,
    /// Points of presence that reach no internet.
    pub pops: Vec<String>,
    /// Lasers that do not work.
    pub lasers: Vec<LaserName>,
    /// First instant; `None` for "from the beginning".
    pub from: Option<Epoch>,
    /// First instant after it; `None` for "for ever".
    pub until: Option<Epoch>,
    /// Why, for people.
    pub reason: Option<String>,
}

/// A satellite as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SatelliteName {
    /// By catalogue number.
    Number(u64),
    /// By name; digits are a catalogue number too.
    Name(String),
}

/// A plane as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaneName {
    /// The shell's name.
    pub shell: String,
    /// The plane's number in the shell, from 0.
    pub plane: u16,
}

/// Lasers as people name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaserName {
    /// Every laser there is.
    All,
    /// All of one satellite, or, where two names with `/` between them stand, the one link between the two.
    Of(SatelliteName),
}

/// Why a scenario is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// The text is longer than [`SCENARIO_BYTES_MAX`].
    #[error(
        "a scenario of {bytes} bytes; allowed: {SCENARIO_BYTES_MAX}; name planes or shells instead of satellites"
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A time that is none.
    #[error("fault {fault}: `{key}`: {reason}")]
    Time {
        /// Its number in the file, from 1.
        fault: usize,
        /// `from` or `until`.
        key: &'static str,
        /// What is wrong with it.
        reason: EpochError,
    },
}

impl Scenario {
    /// Reads a scenario from TOML; the module describes the format. Names are checked later, by [`Scenario::resolve`].
    ///
    /// # Errors
    /// [`ScenarioError`] with the fault's number, what was given and what is allowed.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        if text.len() > SCENARIO_BYTES_MAX {
            return Err(ScenarioError::TooLong { bytes: text.len() });
        }
        Ok(Scenario::default())
    }

    /// Finds everything the scenario names. `satellites` are in the sky's order, which the indices of the result count.
    ///
    /// # Errors
    /// [`ScenarioError`] where nothing, or more than one thing, bears a name.
    pub fn resolve(
        &self,
        satellites: &[Satellite],
        planes: &Planes,
        ground: &Ground,
    ) -> Result<Faults, ScenarioError> {
        resolve::resolve(self, satellites, planes, ground)
    }
}
