//! Faults that people plan with: what is out of order, from when, until when, from TOML. Opens nothing, and decides
//! nothing about service: the plan reads what is out at a slot's start and answers for it.
//!
//! # The scenario format
//!
//! ```toml
//! name = "a storm over Hawthorne"            # optional
//!
//! [[fault]]                                  # 0 to 1,000 of them; each takes out at least one thing
//! satellites = ["STARLINK-1008", 44716]      # names or catalogue numbers: radio and lasers are out
//! planes = ["53.0-550/3"]                    # shell / plane, counted from 0, as the planes of the constellation are
//! shells = ["53.0-550"]                      # every satellite that has a seat in the shell
//! gateways = ["Hawthorne, California"]       # names as in the list of gateways
//! pops = ["Frankfurt"]                       # names as in the list of points of presence
//! lasers = ["all"]                           # every laser,
//! # lasers = ["STARLINK-1008", 44716]        # or those of a satellite, whose radio still works,
//! # lasers = ["STARLINK-1008/STARLINK-1010"] # or one link; a catalogue number may stand for a name here too
//! from = "2026-08-22T21:00:12Z"              # optional: else from the beginning; inclusive
//! until = "2026-08-22T22:00:12Z"             # optional: else for ever; exclusive
//! reason = "storm"                           # optional, shown where the fault is named
//! ```
//!
//! Names match whole, and their case matters only where two differ in nothing else. Times are as
//! [`Epoch::parse`] reads them, in quotes or without. A key that is not listed here is refused, and so are a name that
//! nothing bears, a name that several bear, a span that holds no time, and a fault that takes out nothing. The order of
//! faults and of names carries no meaning, and where faults overlap, what any of them takes out is out.
//!
//! Faults begin and end with slots: a slot sees what is out at its start, to its end. A fault that begins within a slot
//! shows in the next one, and one that begins and ends within the same slot never shows.
//!
//! Planes are the planes that were found when the scenario was resolved: a plane's fault stays with the satellites that
//! flew in it then.
//!
//! A fault that cuts the network in two is no error: the plan says what can no longer be reached.

mod error;
mod faults;
mod names;
mod resolve;

use serde::Deserialize;
use skyshed_ground::Ground;
use skyshed_network::planes::Planes;
use skyshed_orbit::{Epoch, Satellite};

pub use error::{Kind, ScenarioError};
pub use faults::{Faults, Outages};

/// Longest scenario text, bytes.
pub const SCENARIO_BYTES_MAX: usize = 1 << 20;
/// Most faults of a scenario.
pub const FAULTS_MAX: usize = 1_000;
/// Most names in one list of a fault.
pub const NAMES_MAX: usize = 10_000;
/// Longest name, pair of names or reason, bytes.
pub const TEXT_BYTES_MAX: usize = 500;

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
    /// By name; digits are a catalogue number, where a satellite has it.
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

impl Scenario {
    /// Reads a scenario from TOML; the module describes the format. Names are checked later, by [`Scenario::resolve`].
    ///
    /// # Errors
    /// [`ScenarioError`] with the fault's number, what was given and what is allowed.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        if text.len() > SCENARIO_BYTES_MAX {
            return Err(ScenarioError::TooLong { bytes: text.len() });
        }
        let file: ScenarioFile = toml::from_str(text).map_err(ScenarioError::Syntax)?;
        if file.fault.len() > FAULTS_MAX {
            return Err(ScenarioError::TooManyFaults { given: file.fault.len() });
        }
        if let Some(name) = file.name.as_deref().filter(|name| !is_plain(name)) {
            return Err(ScenarioError::Name { bytes: name.len() });
        }
        let faults = file.fault.into_iter().zip(1..).map(|(entry, number)| fault(number, entry));
        Ok(Scenario { name: file.name, faults: faults.collect::<Result<_, _>>()? })
    }

    /// Finds everything the scenario names. `satellites` are in the sky's order, which the indices of the result and
    /// of `planes` count.
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioFile {
    name: Option<String>,
    #[serde(default)]
    fault: Vec<FaultEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultEntry {
    #[serde(default)]
    satellites: Vec<NameEntry>,
    #[serde(default)]
    planes: Vec<String>,
    #[serde(default)]
    shells: Vec<String>,
    #[serde(default)]
    gateways: Vec<String>,
    #[serde(default)]
    pops: Vec<String>,
    #[serde(default)]
    lasers: Vec<NameEntry>,
    from: Option<TimeEntry>,
    until: Option<TimeEntry>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a name in quotes or a catalogue number")]
enum NameEntry {
    Number(u64),
    Name(String),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a time such as \"2026-08-22T21:00:12Z\"")]
enum TimeEntry {
    Quoted(String),
    Bare(toml::value::Datetime),
}

fn fault(number: usize, entry: FaultEntry) -> Result<Fault, ScenarioError> {
    let fault = Fault {
        satellites: satellite_names(number, "satellites", entry.satellites)?,
        planes: plane_names(number, entry.planes)?,
        shells: names(number, "shells", entry.shells)?,
        gateways: names(number, "gateways", entry.gateways)?,
        pops: names(number, "pops", entry.pops)?,
        lasers: laser_names(number, entry.lasers)?,
        from: entry.from.map(|given| time(number, "from", given)).transpose()?,
        until: entry.until.map(|given| time(number, "until", given)).transpose()?,
        reason: entry.reason.map(|given| plain(number, "reason", given)).transpose()?,
    };
    match (fault.from, fault.until) {
        (Some(from), Some(until)) if from >= until => Err(ScenarioError::Span { fault: number, from, until }),
        _ if fault.takes_nothing() => Err(ScenarioError::Nothing { fault: number }),
        _ => Ok(fault),
    }
}

impl Fault {
    fn takes_nothing(&self) -> bool {
        self.satellites.is_empty()
            && self.planes.is_empty()
            && self.shells.is_empty()
            && self.gateways.is_empty()
            && self.pops.is_empty()
            && self.lasers.is_empty()
    }
}

fn satellite_names(
    fault: usize,
    key: &'static str,
    entries: Vec<NameEntry>,
) -> Result<Vec<SatelliteName>, ScenarioError> {
    check_count(fault, key, entries.len())?;
    let name = |entry| match entry {
        NameEntry::Number(number) => Ok(SatelliteName::Number(number)),
        NameEntry::Name(given) => plain(fault, key, given).map(SatelliteName::Name),
    };
    entries.into_iter().map(name).collect()
}

fn laser_names(fault: usize, entries: Vec<NameEntry>) -> Result<Vec<LaserName>, ScenarioError> {
    let laser = |name| match name {
        SatelliteName::Name(given) if given.eq_ignore_ascii_case("all") => LaserName::All,
        name => LaserName::Of(name),
    };
    Ok(satellite_names(fault, "lasers", entries)?.into_iter().map(laser).collect())
}

fn plane_names(fault: usize, given: Vec<String>) -> Result<Vec<PlaneName>, ScenarioError> {
    let plane = |given: String| plane_name(&given).ok_or(ScenarioError::PlaneForm { fault, given });
    names(fault, "planes", given)?.into_iter().map(plane).collect()
}

/// `shell/number`; a shell's name may hold a `/` itself.
fn plane_name(given: &str) -> Option<PlaneName> {
    let (shell, plane) = given.rsplit_once('/')?;
    let (shell, plane) = (shell.trim(), plane.trim());
    let is_number = !shell.is_empty() && plane.bytes().all(|byte| byte.is_ascii_digit());
    let plane = plane.parse().ok().filter(|_| is_number)?;
    Some(PlaneName { shell: shell.to_owned(), plane })
}

fn names(fault: usize, key: &'static str, given: Vec<String>) -> Result<Vec<String>, ScenarioError> {
    check_count(fault, key, given.len())?;
    given.into_iter().map(|given| plain(fault, key, given)).collect()
}

fn check_count(fault: usize, key: &'static str, given: usize) -> Result<(), ScenarioError> {
    if given > NAMES_MAX { Err(ScenarioError::TooManyNames { fault, key, given }) } else { Ok(()) }
}

/// A text without the space around it.
fn plain(fault: usize, key: &'static str, given: String) -> Result<String, ScenarioError> {
    match is_plain(&given) {
        true => Ok(given.trim().to_owned()),
        false => Err(ScenarioError::Text { fault, key, bytes: given.len() }),
    }
}

/// Something to read, on one line, not endless.
fn is_plain(text: &str) -> bool {
    text.len() <= TEXT_BYTES_MAX && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn time(fault: usize, key: &'static str, given: TimeEntry) -> Result<Epoch, ScenarioError> {
    let text = match given {
        TimeEntry::Quoted(text) => text,
        TimeEntry::Bare(datetime) => datetime.to_string(),
    };
    Epoch::parse(&text).map_err(|reason| ScenarioError::Time { fault, key, reason })
}
