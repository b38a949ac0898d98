//! Designed shells: constellations as their designers draw them, from TOML. Knows no element file.
//!
//! # The preset format
//!
//! ```toml
//! name = "starlink-550"                # letters, digits, - . _
//! description = "one line for people"  # optional
//! epoch = "2026-01-01T00:00:00Z"       # when every angle below holds; UTC
//!
//! [[shell]]
//! name = "53.0-550"              # unique within the preset
//! altitude_km = 550.0            # over the WGS72 equator, 150 to 2000; the mean motion follows from it
//! inclination_deg = 53.0         # 0 to 180; a star needs 75 to 105
//! planes = 72                    # 1 to 1000
//! satellites_per_plane = 22      # 1 to 1000
//! satellites = 1584              # optional; must be planes × satellites_per_plane
//! pattern = "delta"              # Walker "delta" (planes over 360°) or "star" (over 180°)
//! phasing = 36                   # Walker F, 0 to planes - 1
//! elevation_mask_deg = 25.0      # least elevation served from, 0 to below 90
//! raan_deg = 0.0                 # optional: node of the first plane, 0 to below 360
//! raan_spread_deg = 360.0        # optional: the angle the planes share, above 0 to 360
//! ```
//!
//! Satellite s of plane p has node `raan_deg + p · raan_spread_deg / planes` and argument of latitude
//! `360 · s / satellites_per_plane + 360 · phasing · p / (planes · satellites_per_plane)` at the epoch
//! (J. G. Walker, "Satellite constellations", J. British Interplanetary Soc. 37 (1984) 559: the T/P/F notation).
//! Orbits are circular, without drag. The mean motion follows from the altitude by
//! [`crate::orbit::mean_motion_from_altitude`]. A key not listed here is refused, and so is a shell that
//! contradicts itself.

use serde::Deserialize;
use thiserror::Error;

use crate::elements::ElementSet;
use crate::epoch::{Epoch, EpochError};
use crate::orbit::{OrbitError, mean_motion_from_altitude};

/// The presets shipped inside, by name.
pub const PRESETS: &[&str] = &["starlink-2026", "starlink-550", "kuiper-630", "telesat-1015", "oneweb-1200"];

/// Catalogue number of the first designed satellite; real ones have at most nine digits.
pub const FIRST_DESIGNED_NUMBER: u64 = 1_000_000_000;

/// Most satellites in one preset.
pub const MAX_DESIGNED_SATELLITES: u64 = 100_000;

/// Most shells in one preset.
pub const MAX_SHELLS: usize = 64;

/// Longest preset text, bytes.
pub const MAX_PRESET_BYTES: usize = 1 << 20;

/// Most planes in one shell, and most satellites in one plane.
const MAX_PER_SHELL: u32 = 1000;

/// Why a preset cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PresetError {
    /// No preset of that name.
    #[error("no preset `{given}`; there are {}", PRESETS.join(", "))]
    Unknown {
        /// The name given.
        given: String,
    },
    /// Longer than [`MAX_PRESET_BYTES`].
    #[error("the preset has {given} bytes, allowed {limit}")]
    TooLong {
        /// Its length.
        given: usize,
        /// The limit.
        limit: usize,
    },
    /// Not TOML, or not of the format: a key missing, unknown or of the wrong kind.
    #[error("not a preset: {0}")]
    Toml(#[from] toml::de::Error),
    /// A name that cannot be part of satellite names.
    #[error("name `{given}`, allowed are 1 to 64 letters, digits, `-`, `.` and `_`")]
    Name {
        /// The name given.
        given: String,
    },
    /// The epoch does not parse.
    #[error("epoch: {0}")]
    Epoch(#[from] EpochError),
    /// No shell, or too many.
    #[error("{given} shells, allowed 1 to {limit}")]
    ShellCount {
        /// Shells given.
        given: usize,
        /// The limit.
        limit: usize,
    },
    /// A shell that is inconsistent or out of range.
    #[error("shell `{shell}`: {problem}")]
    Shell {
        /// The shell's name.
        shell: String,
        /// What is wrong with it.
        problem: ShellProblem,
    },
    /// More satellites than [`MAX_DESIGNED_SATELLITES`].
    #[error("{given} satellites in all, allowed {limit}")]
    TooManySatellites {
        /// Satellites in all shells.
        given: u64,
        /// The limit.
        limit: u64,
    },
    /// SGP4 refuses the shell's orbit.
    #[error("shell `{shell}`: {problem}")]
    Orbit {
        /// The shell's name.
        shell: String,
        /// SGP4's reason.
        problem: OrbitError,
    },
}

/// What is wrong with a shell.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ShellProblem {
    /// The stated total is not planes × satellites per plane.
    #[error(
        "satellites = {given}, but {planes} planes of {satellites_per_plane} make {}; correct one of the three",
        u64::from(*planes) * u64::from(*satellites_per_plane)
    )]
    Total {
        /// `satellites`.
        given: u64,
        /// `planes`.
        planes: u32,
        /// `satellites_per_plane`.
        satellites_per_plane: u32,
    },
    /// A whole number out of range.
    #[error("{key} = {given}, allowed {least} to {most}")]
    Count {
        /// The key.
        key: &'static str,
        /// Its value.
        given: u32,
        /// The least value allowed.
        least: u32,
        /// The greatest value allowed.
        most: u32,
    },
    /// Phasing that repeats a smaller one.
    #[error("phasing = {given}, allowed 0 to planes - 1 = {}", planes.saturating_sub(1))]
    Phasing {
        /// `phasing`.
        given: u32,
        /// `planes`.
        planes: u32,
    },
    /// A quantity out of range.
    #[error("{key} = {given}, allowed {allowed}")]
    Range {
        /// The key.
        key: &'static str,
        /// Its value.
        given: f64,
        /// The range in words.
        allowed: &'static str,
    },
    /// A star of orbits that do not meet at the poles.
    #[error(
        "a star needs near-polar orbits: inclination_deg = {given}, allowed 75 to 105; else use pattern = \"delta\""
    )]
    StarInclination {
        /// `inclination_deg`.
        given: f64,
    },
    /// Two shells of one name.
    #[error("the name is used twice")]
    DuplicateName,
}

/// One designed satellite: its name, mask and elements.
pub(crate) struct DesignedSatellite {
    pub(crate) elements: ElementSet,
    pub(crate) elevation_mask_deg: f32,
    /// Which shell, for messages.
    pub(crate) shell: String,
}

/// One shell of a designed constellation: the Walker pattern its satellites were laid out by.
///
/// Satellite s of plane p is number `first + p · satellites_per_plane + s` of the constellation.
#[derive(Clone, Debug, PartialEq)]
pub struct DesignedShell {
    /// Its name, unique within the preset.
    pub name: String,
    /// Over the WGS72 equator.
    pub altitude_km: f64,
    /// Inclination, 0 to 180.
    pub inclination_deg: f64,
    /// Planes, at least 1.
    pub planes: u32,
    /// Satellites in each plane, at least 1.
    pub satellites_per_plane: u32,
    /// Index of its first satellite into [`crate::Constellation::satellites`].
    pub first: u32,
}

/// A preset read and checked.
pub(crate) struct Design {
    pub(crate) name: String,
    pub(crate) shells: Vec<DesignedShell>,
    pub(crate) satellites: Vec<DesignedSatellite>,
}

/// The text of a shipped preset.
///
/// # Errors
/// [`PresetError::Unknown`] with the names there are.
pub fn preset_toml(name: &str) -> Result<&'static str, PresetError> {
    match name {
        "starlink-2026" => Ok(include_str!("../presets/starlink-2026.toml")),
        "starlink-550" => Ok(include_str!("../presets/starlink-550.toml")),
        "kuiper-630" => Ok(include_str!("../presets/kuiper-630.toml")),
        "telesat-1015" => Ok(include_str!("../presets/telesat-1015.toml")),
        "oneweb-1200" => Ok(include_str!("../presets/oneweb-1200.toml")),
        _ => Err(PresetError::Unknown { given: name.chars().take(64).collect() }),
    }
}

/// Reads a preset and lays out its satellites, in the order of shells, planes and slots.
pub(crate) fn design(text: &str) -> Result<Design, PresetError> {
    if text.len() > MAX_PRESET_BYTES {
        return Err(PresetError::TooLong { given: text.len(), limit: MAX_PRESET_BYTES });
    }
    let preset: Preset = toml::from_str(text)?;
    check_name(&preset.name)?;
    let epoch = Epoch::parse(&preset.epoch)?;
    if preset.shell.is_empty() || preset.shell.len() > MAX_SHELLS {
        return Err(PresetError::ShellCount { given: preset.shell.len(), limit: MAX_SHELLS });
    }
    for (index, shell) in preset.shell.iter().enumerate() {
        let is_repeated = preset.shell[..index].iter().any(|earlier| earlier.name == shell.name);
        check_name(&shell.name)?;
        check_shell(shell, is_repeated)
            .map_err(|problem| PresetError::Shell { shell: shell.name.clone(), problem })?;
    }
    let total = preset.shell.iter().map(Shell::total).sum();
    if total > MAX_DESIGNED_SATELLITES {
        return Err(PresetError::TooManySatellites { given: total, limit: MAX_DESIGNED_SATELLITES });
    }
    let mut satellites = Vec::with_capacity(total as usize);
    let mut shells = Vec::with_capacity(preset.shell.len());
    for shell in &preset.shell {
        shells.push(shell.designed(satellites.len() as u32));
        lay_out(&preset.name, shell, epoch, &mut satellites);
    }
    Ok(Design { name: preset.name, shells, satellites })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Preset {
    name: String,
    #[serde(default, rename = "description")]
    _description: String,
    epoch: String,
    #[serde(default)]
    shell: Vec<Shell>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shell {
    name: String,
    altitude_km: f64,
    inclination_deg: f64,
    planes: u32,
    satellites_per_plane: u32,
    satellites: Option<u64>,
    pattern: Pattern,
    phasing: u32,
    elevation_mask_deg: f64,
    #[serde(default)]
    raan_deg: f64,
    raan_spread_deg: Option<f64>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Pattern {
    Delta,
    Star,
}

impl Shell {
    fn total(&self) -> u64 {
        u64::from(self.planes) * u64::from(self.satellites_per_plane)
    }

    fn raan_spread_deg(&self) -> f64 {
        let by_pattern = if self.pattern == Pattern::Star { 180.0 } else { 360.0 };
        self.raan_spread_deg.unwrap_or(by_pattern)
    }

    fn designed(&self, first: u32) -> DesignedShell {
        DesignedShell {
            name: self.name.clone(),
            altitude_km: self.altitude_km,
            inclination_deg: self.inclination_deg,
            planes: self.planes,
            satellites_per_plane: self.satellites_per_plane,
            first,
        }
    }
}

fn check_name(name: &str) -> Result<(), PresetError> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if is_plain && (1..=64).contains(&name.len()) {
        return Ok(());
    }
    Err(PresetError::Name { given: name.chars().take(64).collect() })
}

fn check_shell(shell: &Shell, is_repeated: bool) -> Result<(), ShellProblem> {
    if is_repeated {
        return Err(ShellProblem::DuplicateName);
    }
    let counts = [("planes", shell.planes), ("satellites_per_plane", shell.satellites_per_plane)];
    for (key, given) in counts {
        if !(1..=MAX_PER_SHELL).contains(&given) {
            return Err(ShellProblem::Count { key, given, least: 1, most: MAX_PER_SHELL });
        }
    }
    if let Some(given) = shell.satellites.filter(|given| *given != shell.total()) {
        let (planes, satellites_per_plane) = (shell.planes, shell.satellites_per_plane);
        return Err(ShellProblem::Total { given, planes, satellites_per_plane });
    }
    if shell.phasing >= shell.planes {
        return Err(ShellProblem::Phasing { given: shell.phasing, planes: shell.planes });
    }
    let check = |key, given: f64, ok: bool, allowed| match ok {
        true => Ok(()),
        false => Err(ShellProblem::Range { key, given, allowed }),
    };
    let (altitude, inclination) = (shell.altitude_km, shell.inclination_deg);
    let (mask, raan, spread) = (shell.elevation_mask_deg, shell.raan_deg, shell.raan_spread_deg());
    check("altitude_km", altitude, (150.0..=2000.0).contains(&altitude), "150 to 2000 (low Earth orbit)")?;
    check("inclination_deg", inclination, (0.0..=180.0).contains(&inclination), "0 to 180")?;
    check("elevation_mask_deg", mask, (0.0..90.0).contains(&mask), "0 to below 90")?;
    check("raan_deg", raan, (0.0..360.0).contains(&raan), "0 to below 360")?;
    check("raan_spread_deg", spread, spread > 0.0 && spread <= 360.0, "above 0 to 360")?;
    if shell.pattern == Pattern::Star && !(75.0..=105.0).contains(&inclination) {
        return Err(ShellProblem::StarInclination { given: inclination });
    }
    Ok(())
}

fn lay_out(preset: &str, shell: &Shell, epoch: Epoch, satellites: &mut Vec<DesignedSatellite>) {
    let planes = f64::from(shell.planes);
    let per_plane = f64::from(shell.satellites_per_plane);
    let mean_motion_rev_per_day = mean_motion_from_altitude(shell.altitude_km);
    for plane in 0..shell.planes {
        let raan_deg = (shell.raan_deg + f64::from(plane) * shell.raan_spread_deg() / planes) % 360.0;
        for slot in 0..shell.satellites_per_plane {
            let phase_deg = 360.0 * f64::from(shell.phasing) * f64::from(plane) / (planes * per_plane);
            let elements = ElementSet {
                catalog_number: FIRST_DESIGNED_NUMBER + satellites.len() as u64,
                name: format!("{preset}/{}/p{plane:02}/s{slot:02}", shell.name),
                international_designator: String::new(),
                classification: None,
                epoch,
                mean_motion_rev_per_day,
                eccentricity: 0.0,
                inclination_deg: shell.inclination_deg,
                raan_deg,
                argument_of_pericenter_deg: 0.0,
                mean_anomaly_deg: (360.0 * f64::from(slot) / per_plane + phase_deg) % 360.0,
                bstar: 0.0,
                mean_motion_dot: 0.0,
                mean_motion_ddot: 0.0,
                element_set_number: None,
                revolution_at_epoch: None,
            };
            let elevation_mask_deg = shell.elevation_mask_deg as f32;
            satellites.push(DesignedSatellite { elements, elevation_mask_deg, shell: shell.name.clone() });
        }
    }
}
