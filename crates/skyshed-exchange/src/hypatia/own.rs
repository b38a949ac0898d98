//! Any constellation in Hypatia's files, under our convention: stations on WGS84, elevation masks, lasers as they are at
//! the beginning.
//!
//! What differs from a file Hypatia would make, and why: Hypatia takes ids 0 to n - 1, one epoch for all elements, and
//! links that never change. So satellites are numbered anew (the mapping is written beside), elements are fitted to the
//! common epoch ([`super::fit`]), satellites that belong to no shell are left out, and lasers are those of time 0.

use rayon::prelude::*;
use skyshed_network::lasers::{LaserConfig, LasersOut, lasers};
use skyshed_network::planes::Planes;
use skyshed_orbit::{Constellation, ElementSet, Epoch, OrbitError, Ut1Table};
use thiserror::Error;

use super::SATELLITES_MAX;
use super::case::{Convention, Texts};
use super::error::{FileError, Problem};
use super::fit::{FitError, elements, tle_epoch, two_lines};
use super::links;
use super::numbers::{count, decimal};
use super::shells::{description, gsl_interfaces};
use super::stations::{self, Station};

/// Radii that bound how long links become, km: the WGS84 pole and equator.
const POLAR_RADIUS_KM: f64 = 6_356.752;
const EQUATORIAL_RADIUS_KM: f64 = 6_378.137;
/// A satellite on a circular orbit comes and goes by this much under the Earth's flattening, km.
const WOBBLE_KM: f64 = 30.0;
/// The vertical is off the line from the centre by up to this, degrees.
const DEFLECTION_DEG: f64 = 0.2;

/// A constellation as Hypatia's files have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// The five files that do not change with time.
    pub texts: Texts,
    /// Under which they are read.
    pub convention: Convention,
    /// Time 0.
    pub epoch: Epoch,
    /// Per satellite of the files: its index in the constellation.
    pub kept: Vec<u32>,
    /// Satellites that belong to no shell.
    pub without_shell: usize,
    /// Satellites that no elements at the common epoch were found for, by index, with the reason.
    pub unfitted: Vec<(u32, FitError)>,
}

/// Why a constellation cannot be written.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum OwnError {
    /// More than two-line elements can number.
    #[error("{given} satellites; Hypatia's elements number at most {SATELLITES_MAX}; leave some out")]
    TooMany {
        /// How many.
        given: usize,
    },
    /// None at all.
    #[error("no satellite of {constellation} belongs to a shell at {time}; nothing can be routed")]
    None {
        /// Name of the constellation.
        constellation: String,
        /// When.
        time: Epoch,
    },
    /// An epoch Hypatia cannot read.
    #[error(transparent)]
    Epoch(FitError),
}

/// The files of a constellation that begins at `time`; `mask_deg` per satellite of it.
///
/// # Errors
/// [`OwnError`].
pub fn own(
    constellation: &Constellation,
    planes: &Planes,
    config: &LaserConfig,
    mask_deg: &[f64],
    (time, ut1): (Epoch, &Ut1Table),
    stations: &[Station],
) -> Result<Own, OwnError> {
    let epoch = tle_epoch(time);
    let all = constellation.satellites();
    let seated = in_order(planes);
    let (fitted, unfitted) = fitted(constellation, &seated, epoch)?;
    if fitted.len() > SATELLITES_MAX {
        return Err(OwnError::TooMany { given: fitted.len() });
    }
    if fitted.is_empty() {
        return Err(OwnError::None { constellation: constellation.name().to_owned(), time });
    }
    let mut tles = match grid(planes).filter(|_| unfitted.is_empty()) {
        Some([planes, per_plane]) => format!("{planes} {per_plane}\n"),
        None => format!("1 {}\n", fitted.len()),
    };
    for (id, (index, mean)) in fitted.iter().enumerate() {
        let name = all[*index as usize].name.replace(char::is_whitespace, "-");
        let [first, second] = two_lines(id, mean);
        tles += &format!("{name} {id}\n{first}\n{second}\n");
    }
    let kept: Vec<u32> = fitted.iter().map(|(index, _)| *index).collect();
    let found = lasers(&constellation.sky(epoch, ut1), planes, config, &LasersOut::default(), None);
    let mask_deg: Vec<f64> = kept.iter().map(|&index| mask_deg[index as usize]).collect();
    let (max_gsl_m, max_isl_m) = longest(constellation, &kept, &mask_deg, epoch, config);
    Ok(Own {
        texts: Texts {
            tles,
            isls: links::write(&renumbered(&found.pairs, &kept, all.len())),
            ground_stations: stations::write(stations),
            gsl_interfaces_info: gsl_interfaces(kept.len() + stations.len()),
            description: description(max_gsl_m, max_isl_m),
        },
        convention: Convention::Skyshed { ut1_minus_utc_s: ut1.ut1_minus_utc_s(epoch), mask_deg },
        epoch,
        without_shell: all.len() - seated.len(),
        kept,
        unfitted,
    })
}

/// The satellites of shells, plane by plane, in the order they fly: ids follow it, as Hypatia's do.
fn in_order(planes: &Planes) -> Vec<u32> {
    let planes = planes.shells.iter().flat_map(|shell| &shell.planes);
    planes.flat_map(|plane| plane.satellites.iter().copied()).collect()
}

type Fitted = (Vec<(u32, ElementSet)>, Vec<(u32, FitError)>);

/// Elements at the common epoch, and those that have none.
fn fitted(constellation: &Constellation, seated: &[u32], epoch: Epoch) -> Result<Fitted, OwnError> {
    let fit = |&index: &u32| {
        let state = constellation.orbits()[index as usize].state_teme_at(epoch).map_err(FitError::from);
        (index, state.and_then(|state| elements(epoch, &state)))
    };
    let all: Vec<(u32, Result<ElementSet, FitError>)> = seated.par_iter().map(fit).collect();
    let (mut found, mut unfitted) = (Vec::new(), Vec::new());
    for (index, set) in all {
        match set {
            Ok(set) => found.push((index, set)),
            Err(error @ FitError::Year { .. }) => return Err(OwnError::Epoch(error)),
            Err(error) => unfitted.push((index, error)),
        }
    }
    Ok((found, unfitted))
}

/// Planes and satellites in each, of a single shell whose planes are alike.
fn grid(planes: &Planes) -> Option<[usize; 2]> {
    let [shell] = planes.shells.as_slice() else { return None };
    let per_plane = shell.planes.first()?.satellites.len();
    let alike = shell.planes.iter().all(|plane| plane.satellites.len() == per_plane);
    alike.then_some([shell.planes.len(), per_plane])
}

/// Pairs by the ids of the files, ascending.
fn renumbered(pairs: &[[u32; 2]], kept: &[u32], satellites: usize) -> Vec<[u32; 2]> {
    let mut ids = vec![None; satellites];
    kept.iter().zip(0u32..).for_each(|(&index, id)| ids[index as usize] = Some(id));
    let renumbered = |&[a, b]: &[u32; 2]| {
        let (a, b) = (ids[a as usize]?, ids[b as usize]?);
        Some([a.min(b), a.max(b)])
    };
    let mut pairs: Vec<[u32; 2]> = pairs.iter().filter_map(renumbered).collect();
    pairs.sort_unstable();
    pairs
}

/// How long links between stations and satellites, and lasers, can become, m.
fn longest(
    constellation: &Constellation,
    kept: &[u32],
    mask_deg: &[f64],
    epoch: Epoch,
    config: &LaserConfig,
) -> (f64, f64) {
    let radius_km = |index: u32| -> Result<f64, OrbitError> {
        let [x, y, z] = constellation.orbits()[index as usize].state_teme_at(epoch)?.position_km;
        Ok((x * x + y * y + z * z).sqrt() + WOBBLE_KM)
    };
    let (mut gsl_km, mut highest_km) = (0.0f64, 0.0f64);
    for (&index, mask_deg) in kept.iter().zip(mask_deg) {
        let Ok(radius_km) = radius_km(index) else { continue };
        let (sin, cos) = libm::sincos((mask_deg - DEFLECTION_DEG).to_radians());
        let across_km = POLAR_RADIUS_KM * cos;
        gsl_km = gsl_km.max((radius_km * radius_km - across_km * across_km).sqrt() - POLAR_RADIUS_KM * sin);
        highest_km = highest_km.max(radius_km);
    }
    let low_km = EQUATORIAL_RADIUS_KM + config.grazing_altitude_km;
    let isl_km = 2.0 * (highest_km * highest_km - low_km * low_km).max(1.0).sqrt();
    (gsl_km * 1000.0, isl_km * 1000.0)
}

/// The name of the file that says what the others leave out; Hypatia does not read it.
pub const NOTES: &str = "skyshed.txt";
/// The name of the file that maps ids to satellites.
pub const SATELLITES: &str = "satellites.csv";
const SATELLITES_HEADER: &str = "id,name,catalog_number,elevation_mask_deg";

impl Own {
    /// The texts of [`NOTES`] and [`SATELLITES`]. `source` says where the elements are from.
    pub fn beside(&self, constellation: &Constellation, source: &str) -> [String; 2] {
        let Convention::Skyshed { ut1_minus_utc_s, mask_deg } = &self.convention else {
            return [String::new(), String::new()];
        };
        let notes = format!(
            "# Written by Skyshed. Hypatia reads the other files; this one says what they leave out.\n\
             # Time 0 is the epoch of all elements. Elements were fitted to it, so that SGP4 gives the satellites'\n\
             # positions there to about ten metres; drag is left out. Ids are by shell, plane and place in it; {SATELLITES}\n\
             # has their names. Lasers are those of time 0. A station sees what stands above elevation_mask_deg, on WGS84;\n\
             # Hypatia's own routing would take distance instead.\n\
             convention=skyshed\nepoch={}\nut1_minus_utc_s={ut1_minus_utc_s}\nelements={}\n\
             satellites_without_shell={}\nsatellites_without_elements={}\n",
            self.epoch,
            source.replace(char::is_control, " "),
            self.without_shell,
            self.unfitted.len(),
        );
        let mut table = format!("{SATELLITES_HEADER}\n");
        for (id, (&index, mask_deg)) in self.kept.iter().zip(mask_deg).enumerate() {
            let satellite = &constellation.satellites()[index as usize];
            let name = satellite.name.replace([',', '"', '\n', '\r'], " ");
            table += &format!("{id},{name},{},{mask_deg}\n", satellite.catalog_number);
        }
        [notes, table]
    }
}

/// The convention that [`Own::beside`] wrote down.
///
/// # Errors
/// [`FileError`] with the line.
pub fn read_convention(notes: &str, satellites: &str) -> Result<Convention, FileError> {
    let value = |key: &'static str| {
        let of_key = |(line, number): (&str, u64)| {
            Some((line.strip_prefix(key)?.strip_prefix('=')?.to_owned(), number))
        };
        let missing =
            || FileError::whole(NOTES, Problem::field(key, "not there", format!("a line {key}=...")));
        notes.lines().zip(1u64..).find_map(of_key).ok_or_else(missing)
    };
    let (convention, line) = value("convention")?;
    if convention.trim() != "skyshed" {
        return Err(FileError::at(NOTES, line, Problem::field("convention", &convention, "skyshed")));
    }
    let (given, line) = value("ut1_minus_utc_s")?;
    let Some(ut1_minus_utc_s) = decimal(given.trim()).filter(|seconds| seconds.abs() <= 1.0) else {
        return Err(FileError::at(
            NOTES,
            line,
            Problem::field("ut1_minus_utc_s", &given, "seconds from -1 to 1"),
        ));
    };
    let mut mask_deg = Vec::new();
    for (line, number) in satellites.lines().zip(1u64..).skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let mask = fields.get(3).and_then(|mask| decimal(mask)).filter(|mask| (0.0..90.0).contains(mask));
        let problem = match (fields.len(), count(fields[0]), mask) {
            (4, Some(id), Some(mask)) if id as usize == mask_deg.len() => {
                mask_deg.push(mask);
                continue;
            }
            (4, Some(id), Some(_)) => {
                let (given, expected) = (u64::from(id), mask_deg.len() as u64);
                Problem::Turn { what: "the id of the satellite", given, expected }
            }
            (4, Some(_), None) => Problem::field("elevation mask", fields[3], "degrees from 0 to below 90"),
            (4, None, _) => Problem::field("id", fields[0], "a whole number"),
            (columns, ..) => Problem::columns(line, columns, SATELLITES_HEADER),
        };
        return Err(FileError::at(SATELLITES, number, problem));
    }
    Ok(Convention::Skyshed { ut1_minus_utc_s, mask_deg })
}
