//! Where satellites are and how they move, for a page that draws them. Times are milliseconds since 1970-01-01T00:00:00Z, as `Date.now()`.

use std::sync::Mutex;

use serde_json::json;
use skyshed_orbit::frames::gmst82_rad;
use skyshed_orbit::sun::sun_itrf;
use skyshed_orbit::{Constellation, ElementError, Epoch, Ut1Table, read_elements};

use crate::exchange::{answer, lock, take_input};

/// What a count is where there was an error; its message is the output.
pub const FAILED: u32 = u32::MAX;

/// How many problems are told in words; all are counted.
const PROBLEMS_TOLD: usize = 100;

/// The farthest time from 1970 that JavaScript's `Date` knows, ms (ECMA-262, time values).
const TIME_MS_MAX: f64 = 8.64e15;

static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

/// A constellation and its last motion, three numbers a satellite.
struct Loaded {
    constellation: Constellation,
    ut1: Ut1Table,
    place: Vec<f32>,
    velocity: Vec<f32>,
    acceleration: Vec<f32>,
    position_m: Vec<f64>,
}

/// Reads the input as element sets (OMM as CSV, JSON, KVN, XML; TLE; plain or gzip) or as a designed constellation (a preset's TOML), and
/// returns the number of satellites, or [`FAILED`]. The output is JSON: `form`, `designed`, `median_epoch`, `problem_count`, `problems` (the
/// first [`PROBLEMS_TOLD`] in words), and, parallel to all columns, `catalog_numbers` and `names`.
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_orbit_read() -> u32 {
    match read(&take_input()) {
        Err(message) => {
            answer(message);
            FAILED
        }
        Ok((constellation, form, problems)) => {
            let satellites = constellation.satellites();
            let count = satellites.len() as u32;
            let report = json!({
                "form": form,
                "designed": constellation.designed(),
                "median_epoch": constellation.median_epoch().map(|epoch| epoch.to_string()),
                "problem_count": problems.len(),
                "problems": &problems[..problems.len().min(PROBLEMS_TOLD)],
                "catalog_numbers": satellites.iter().map(|satellite| satellite.catalog_number).collect::<Vec<_>>(),
                "names": satellites.iter().map(|satellite| satellite.name.as_str()).collect::<Vec<_>>(),
            });
            answer(report.to_string());
            *lock(&LOADED) = Some(Loaded::new(constellation));
            count
        }
    }
}

/// Propagates all satellites to a time and fills the columns; lengths are in units of `unit_m` metres. Returns how many could not be
/// propagated (NaN in their columns; the output is a JSON list of the first [`PROBLEMS_TOLD`], each an index and the reason), or [`FAILED`].
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_orbit_motion(time_ms: f64, unit_m: f64) -> u32 {
    let mut loaded = lock(&LOADED);
    let outcome = match (loaded.as_mut(), epoch(time_ms)) {
        (None, _) => Err("no satellites yet: read elements first".to_owned()),
        (_, Err(message)) => Err(message),
        (Some(_), _) if !(unit_m.is_finite() && unit_m > 0.0) => {
            Err(format!("a unit of {unit_m} m; give one above 0, such as 6378137"))
        }
        (Some(loaded), Ok(time)) => Ok(loaded.propagate(time, unit_m)),
    };
    match outcome {
        Ok(problems) => {
            let told: Vec<_> = problems.iter().take(PROBLEMS_TOLD).collect();
            answer(serde_json::to_vec(&told).unwrap_or_default());
            problems.len() as u32
        }
        Err(message) => {
            answer(message);
            FAILED
        }
    }
}

/// Where a column of the last [`skyshed_orbit_motion`] stands, x, y and z of each satellite, ITRF. 0: place, `f32`, units. 1: velocity,
/// `f32`, units per second. 2: acceleration, `f32`, units per second². 3: position, `f64`, metres, to 1/16 m as plans have it. Null for any
/// other number.
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_orbit_column(column: u32) -> *const u8 {
    let loaded = lock(&LOADED);
    match (loaded.as_ref(), column) {
        (Some(loaded), 0) => loaded.place.as_ptr().cast(),
        (Some(loaded), 1) => loaded.velocity.as_ptr().cast(),
        (Some(loaded), 2) => loaded.acceleration.as_ptr().cast(),
        (Some(loaded), 3) => loaded.position_m.as_ptr().cast(),
        _ => std::ptr::null(),
    }
}

/// The unit vector to the Sun, ITRF, as three little-endian `f64` in the output. 0, or [`FAILED`].
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_orbit_sun(time_ms: f64) -> u32 {
    match epoch(time_ms) {
        Ok(time) => {
            let sun = sun_itrf(time, &Ut1Table::builtin());
            answer(sun.iter().flat_map(|axis| axis.to_le_bytes()).collect::<Vec<u8>>());
            0
        }
        Err(message) => {
            answer(message);
            FAILED
        }
    }
}

/// Greenwich mean sidereal time, radians in 0..2π: how far the Earth has turned under the stars. NaN for a time that is none.
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_orbit_gmst_rad(time_ms: f64) -> f64 {
    let turned = |time| gmst82_rad(time, Ut1Table::builtin().ut1_minus_utc_s(time));
    epoch(time_ms).map_or(f64::NAN, turned)
}

impl Loaded {
    fn new(constellation: Constellation) -> Loaded {
        let count = 3 * constellation.satellites().len();
        Loaded {
            constellation,
            ut1: Ut1Table::builtin(),
            place: vec![f32::NAN; count],
            velocity: vec![f32::NAN; count],
            acceleration: vec![f32::NAN; count],
            position_m: vec![f64::NAN; count],
        }
    }

    fn propagate(&mut self, time: Epoch, unit_m: f64) -> Vec<(usize, String)> {
        let mut problems = Vec::new();
        for (index, state) in self.constellation.states(time, &self.ut1).enumerate() {
            let (position_m, velocity, acceleration) = match state {
                Ok(state) => (state.position_m, state.velocity_m_s, state.acceleration_m_s2()),
                Err(reason) => {
                    problems.push((index, reason.to_string()));
                    ([f64::NAN; 3], [f64::NAN; 3], [f64::NAN; 3])
                }
            };
            for axis in 0..3 {
                let at = 3 * index + axis;
                self.position_m[at] = position_m[axis];
                self.place[at] = (position_m[axis] / unit_m) as f32;
                self.velocity[at] = (velocity[axis] / unit_m) as f32;
                self.acceleration[at] = (acceleration[axis] / unit_m) as f32;
            }
        }
        problems
    }
}

/// The constellation, the form it was read from, and what is wrong with single records.
fn read(bytes: &[u8]) -> Result<(Constellation, String, Vec<String>), String> {
    let load = match read_elements(bytes) {
        Ok(load) => load,
        // A preset is none of the forms of element sets.
        Err(error @ ElementError::NotRecognised { .. }) => {
            let text = std::str::from_utf8(bytes).map_err(|_| error.to_string())?;
            return match Constellation::from_preset_toml(text) {
                Ok(designed) => Ok((designed, "preset".to_owned(), Vec::new())),
                Err(preset) => Err(format!("{error}; nor as a designed constellation: {preset}")),
            };
        }
        Err(error) => return Err(error.to_string()),
    };
    let constellation = Constellation::from_elements("elements", &load);
    let rejected = load.rejected.iter().map(ToString::to_string);
    let refused = constellation
        .problems()
        .iter()
        .map(|problem| format!("{} {}: {}", problem.catalog_number, problem.name, problem.reason));
    let problems = rejected.chain(refused).collect();
    Ok((constellation, load.format.to_string(), problems))
}

fn epoch(time_ms: f64) -> Result<Epoch, String> {
    // Not written as `>`, so that NaN is refused too.
    if time_ms.abs() <= TIME_MS_MAX {
        // 8.64e18 µs fit in an i64.
        Ok(Epoch::from_unix_micros((time_ms * 1000.0).round_ties_even() as i64))
    } else {
        Err(format!("a time of {time_ms} ms; give milliseconds since 1970, at most {TIME_MS_MAX}"))
    }
}
