//! A whole constellation and where it is at one instant. Decides nothing about service.

use std::sync::Arc;

use rayon::prelude::*;
use thiserror::Error;

use crate::elements::{ElementLoad, ElementSet};
use crate::epoch::{Epoch, MICROS_PER_DAY};
use crate::motion::{EarthAngle, ItrfState};
use crate::orbit::{Orbit, OrbitError};
use crate::presets::{DesignedShell, PresetError, design, preset_toml};
use crate::ut1::Ut1Table;

/// Positions are rounded to multiples of 1 / this many metres; see [`Constellation::sky`].
pub const STEPS_PER_METRE: f64 = 16.0;

/// One satellite of a [`Constellation`], without its orbit: what the rest of the system calls it.
#[derive(Clone, Debug, PartialEq)]
pub struct Satellite {
    /// Catalogue number (NORAD); designed satellites count from 1,000,000,000.
    pub catalog_number: u64,
    /// Object name, such as `STARLINK-1008` or `starlink-550/53.0-550/p03/s07`; the catalogue number where the
    /// elements carry no name.
    pub name: String,
    /// Elevation mask of the satellite's designed shell, degrees above the horizon; `None` for real elements.
    pub elevation_mask_deg: Option<f32>,
    /// Epoch of the element set.
    pub epoch: Epoch,
}

/// Positions of every satellite of a constellation at one instant, ITRF, in columns.
#[derive(Clone, Debug)]
pub struct Sky {
    /// The instant.
    pub time: Epoch,
    /// The satellites, in the constellation's order (ascending catalogue number); columns below are parallel.
    pub satellites: Arc<[Satellite]>,
    /// Position, ITRF, metres; NaN for a satellite that could not be propagated (see `problems`).
    pub x_itrf_m: Vec<f64>,
    /// See `x_itrf_m`.
    pub y_itrf_m: Vec<f64>,
    /// See `x_itrf_m`.
    pub z_itrf_m: Vec<f64>,
    /// Satellites that could not be propagated to `time`, by index, with the reason.
    pub problems: Vec<(u32, String)>,
}

/// Satellites ready to be propagated together.
#[derive(Clone, Debug)]
pub struct Constellation {
    name: String,
    designed: bool,
    satellites: Arc<[Satellite]>,
    /// Parallel to `satellites`.
    orbits: Arc<[Orbit]>,
    designed_shells: Vec<DesignedShell>,
    source: Source,
    problems: Vec<OrbitProblem>,
    newest_epoch: Option<Epoch>,
    median_epoch: Option<Epoch>,
}

/// What the orbits were made from.
#[derive(Clone, Debug)]
enum Source {
    /// Parallel to the satellites.
    Elements(Arc<[ElementSet]>),
    /// TOML.
    Design(Arc<str>),
}

/// An element set that SGP4 could not be initialised from; it is not part of the constellation.
#[derive(Clone, Debug, PartialEq)]
pub struct OrbitProblem {
    /// Catalogue number.
    pub catalog_number: u64,
    /// Name, possibly empty.
    pub name: String,
    /// Why.
    pub reason: OrbitError,
}

/// A time too far from the elements.
#[derive(Clone, Debug, PartialEq, Error)]
#[error(
    "{time} is {distance_days:.1} days {direction} the elements of `{constellation}` (median epoch {median_epoch}), \
     allowed {max_age_days}: choose `--at` between {earliest} and {latest}, or get newer elements with \
     `skyshed data refresh`",
    direction = if *time >= *median_epoch { "after" } else { "before" }
)]
pub struct StaleError {
    /// The constellation's name.
    pub constellation: String,
    /// The time asked for.
    pub time: Epoch,
    /// Days between the two, not negative.
    pub distance_days: f64,
    /// Median epoch of the elements.
    pub median_epoch: Epoch,
    /// The limit asked for, days.
    pub max_age_days: f64,
    /// First time within the limit.
    pub earliest: Epoch,
    /// Last time within the limit.
    pub latest: Epoch,
}

impl Constellation {
    /// Initialises SGP4 for every set of a load; those that fail are listed in [`Constellation::problems`].
    pub fn from_elements(name: &str, load: &ElementLoad) -> Constellation {
        let mut satellites = Vec::with_capacity(load.sets.len());
        let mut orbits = Vec::with_capacity(load.sets.len());
        let mut problems = Vec::new();
        let mut kept = Vec::with_capacity(load.sets.len());
        let mut sets: Vec<&ElementSet> = load.sets.iter().collect();
        // A load is sorted already; one put together by hand may not be.
        sets.sort_by_key(|set| set.catalog_number);
        for set in sets {
            match Orbit::from_elements(set) {
                Ok(orbit) => {
                    satellites.push(satellite(set, None));
                    orbits.push(orbit);
                    kept.push(set.clone());
                }
                Err(reason) => {
                    let (catalog_number, name) = (set.catalog_number, set.name.clone());
                    problems.push(OrbitProblem { catalog_number, name, reason });
                }
            }
        }
        assemble(name.to_owned(), Source::Elements(kept.into()), satellites, orbits, problems)
    }

    /// A designed constellation that ships inside; see [`crate::PRESETS`].
    ///
    /// # Errors
    /// [`PresetError::Unknown`] with the names there are.
    pub fn preset(name: &str) -> Result<Constellation, PresetError> {
        Constellation::from_preset_toml(preset_toml(name)?)
    }

    /// A designed constellation from TOML; the format is described in [`crate::presets`].
    ///
    /// # Errors
    /// [`PresetError`] with the shell and the reason.
    pub fn from_preset_toml(text: &str) -> Result<Constellation, PresetError> {
        let design = design(text)?;
        let mut satellites = Vec::with_capacity(design.satellites.len());
        let mut orbits = Vec::with_capacity(design.satellites.len());
        for designed in design.satellites {
            let orbit = Orbit::from_designed(&designed.elements)
                .map_err(|problem| PresetError::Orbit { shell: designed.shell.clone(), problem })?;
            satellites.push(satellite(&designed.elements, Some(designed.elevation_mask_deg)));
            orbits.push(orbit);
        }
        let constellation =
            assemble(design.name, Source::Design(text.into()), satellites, orbits, Vec::new());
        Ok(Constellation { designed_shells: design.shells, ..constellation })
    }

    /// The constellation's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it was designed rather than observed; a designed constellation is valid at any time.
    pub fn designed(&self) -> bool {
        self.designed
    }

    /// The shells it was designed with, in the preset's order, and so every satellite's designed shell, plane and
    /// place; empty for real elements.
    pub fn designed_shells(&self) -> &[DesignedShell] {
        &self.designed_shells
    }

    /// The satellites, ascending catalogue number.
    pub fn satellites(&self) -> &Arc<[Satellite]> {
        &self.satellites
    }

    /// The orbits, parallel to [`Constellation::satellites`].
    pub fn orbits(&self) -> &[Orbit] {
        &self.orbits
    }

    /// The element sets, in the order of the satellites; empty for a designed constellation.
    pub fn elements(&self) -> &[ElementSet] {
        match &self.source {
            Source::Elements(sets) => sets,
            Source::Design(_) => &[],
        }
    }

    /// The TOML of a designed constellation, for [`Constellation::from_preset_toml`]; none for real elements.
    pub fn design(&self) -> Option<&str> {
        match &self.source {
            Source::Elements(_) => None,
            Source::Design(text) => Some(text),
        }
    }

    /// Element sets that could not be initialised.
    pub fn problems(&self) -> &[OrbitProblem] {
        &self.problems
    }

    /// Epoch of the newest elements; `None` when there are no satellites.
    pub fn newest_epoch(&self) -> Option<Epoch> {
        self.newest_epoch
    }

    /// Median epoch of the elements (the later of the two middle ones); `None` when there are no satellites.
    pub fn median_epoch(&self) -> Option<Epoch> {
        self.median_epoch
    }

    /// Whether `time` is within `max_age_days` of the median epoch, either way. A designed constellation always is.
    ///
    /// # Errors
    /// [`StaleError`] with the distance, the limit, the times allowed and what to do.
    pub fn check_time(&self, time: Epoch, max_age_days: f64) -> Result<(), StaleError> {
        let Some(median_epoch) = self.median_epoch.filter(|_| !self.designed) else { return Ok(()) };
        let distance_days = time.days_since(median_epoch).abs();
        if distance_days <= max_age_days {
            return Ok(());
        }
        let reach = (max_age_days.max(0.0) * MICROS_PER_DAY as f64) as i64;
        Err(StaleError {
            constellation: self.name.clone(),
            time,
            distance_days,
            median_epoch,
            max_age_days,
            earliest: whole_second(median_epoch.plus_micros(-reach), 999_999),
            latest: whole_second(median_epoch.plus_micros(reach), 0),
        })
    }

    /// Where every satellite is at `time`, in ITRF.
    ///
    /// Coordinates are rounded to 1/16 m. SGP4's mathematics may come from the platform's library (any crate in a
    /// build can switch `num-traits` to it), and those libraries differ in the last bit, 1e-9 m here. After rounding,
    /// two machines disagree only where a value falls within that of a rounding edge, about once in 10⁷ coordinates,
    /// so that plans made from the positions can be replayed elsewhere; the rounding itself moves a satellite by at
    /// most 5.5 cm, 10,000 times less than the elements' own error.
    pub fn sky(&self, time: Epoch, ut1: &Ut1Table) -> Sky {
        let mut sky = Sky {
            time,
            satellites: Arc::clone(&self.satellites),
            x_itrf_m: Vec::new(),
            y_itrf_m: Vec::new(),
            z_itrf_m: Vec::new(),
            problems: Vec::new(),
        };
        self.sky_into(time, ut1, &mut sky);
        sky
    }

    /// As [`Constellation::sky`], reusing the columns of an earlier sky of any constellation.
    pub fn sky_into(&self, time: Epoch, ut1: &Ut1Table, sky: &mut Sky) {
        sky.time = time;
        sky.satellites = Arc::clone(&self.satellites);
        sky.problems.clear();
        for column in [&mut sky.x_itrf_m, &mut sky.y_itrf_m, &mut sky.z_itrf_m] {
            column.clear();
            column.reserve(self.orbits.len());
        }
        let earth = EarthAngle::at(time, ut1);
        let rotated = |orbit: &Orbit| orbit.state_teme_at(time).map(|state| earth.position_itrf_m(&state));
        let mut positions = Vec::with_capacity(self.orbits.len());
        self.orbits.par_iter().with_min_len(1024).map(rotated).collect_into_vec(&mut positions);
        for (index, position) in positions.into_iter().enumerate() {
            let [x, y, z] = position.unwrap_or_else(|reason| {
                sky.problems.push((index as u32, reason.to_string()));
                [f64::NAN; 3]
            });
            sky.x_itrf_m.push(x);
            sky.y_itrf_m.push(y);
            sky.z_itrf_m.push(z);
        }
    }

    /// Where every satellite is at `time` and how it moves, in ITRF, one after the other without threads; positions
    /// are those of [`Constellation::sky`] to the bit.
    pub fn states(&self, time: Epoch, ut1: &Ut1Table) -> impl Iterator<Item = Result<ItrfState, OrbitError>> {
        let earth = EarthAngle::at(time, ut1);
        self.orbits.iter().map(move |orbit| orbit.state_teme_at(time).map(|state| earth.state_itrf(&state)))
    }
}

fn satellite(set: &ElementSet, elevation_mask_deg: Option<f32>) -> Satellite {
    let name = if set.name.is_empty() { set.catalog_number.to_string() } else { set.name.clone() };
    Satellite { catalog_number: set.catalog_number, name, elevation_mask_deg, epoch: set.epoch }
}

fn assemble(
    name: String,
    source: Source,
    satellites: Vec<Satellite>,
    orbits: Vec<Orbit>,
    problems: Vec<OrbitProblem>,
) -> Constellation {
    let mut epochs: Vec<Epoch> = satellites.iter().map(|satellite| satellite.epoch).collect();
    epochs.sort();
    Constellation {
        name,
        designed: matches!(source, Source::Design(_)),
        newest_epoch: epochs.last().copied(),
        median_epoch: epochs.get(epochs.len() / 2).copied(),
        satellites: satellites.into(),
        orbits: orbits.into(),
        designed_shells: Vec::new(),
        source,
        problems,
    }
}

/// The epoch with its fraction of a second dropped, after adding `bias` microseconds.
fn whole_second(epoch: Epoch, bias: i64) -> Epoch {
    let biased = epoch.plus_micros(bias);
    biased.plus_micros(-(biased.micros % 1_000_000))
}
