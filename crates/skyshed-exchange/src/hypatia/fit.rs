//! Two-line elements for one epoch: what Hypatia wants, and a catalogue does not have.
//!
//! Elements are found such that SGP4, at the epoch asked for, gives the same position and velocity as the satellite's own
//! elements do. They are written with four decimals of a degree, so the positions agree to about ten metres; drag is left
//! out, which costs about a hundred metres in two hours.

use std::f64::consts::{PI, TAU};

use skyshed_orbit::orbit::WGS72_MU_KM3_S2;
use skyshed_orbit::{ElementSet, Epoch, Orbit, OrbitError, TemeState};
use thiserror::Error;

use super::shells::with_sum;

/// Steps of the epoch of two-line elements, 1e-8 of a day, in microseconds.
const EPOCH_STEP_MICROS: i64 = 864;
/// Rounds of the fit; it needs about five.
const ROUNDS_MAX: usize = 40;
/// Good enough: a tenth of what the text holds.
const ENOUGH_KM: f64 = 1e-3;

/// Why no elements were found.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum FitError {
    /// A year that Hypatia reads as another.
    #[error(
        "{given} cannot be an epoch of Hypatia, which reads two digits as a year of the 2000s; allowed: 2000 to 2056"
    )]
    Year {
        /// The epoch.
        given: Epoch,
    },
    /// No orbit of SGP4's comes near.
    #[error("no elements give its position at the common epoch; SGP4 comes as near as {nearest_km:.1} km")]
    NoOrbit {
        /// How near.
        nearest_km: f64,
    },
    /// SGP4 refuses.
    #[error(transparent)]
    Orbit(#[from] OrbitError),
}

/// The nearest epoch that two-line elements can hold.
pub fn tle_epoch(time: Epoch) -> Epoch {
    let off = time.micros % EPOCH_STEP_MICROS;
    time.plus_micros(if 2 * off < EPOCH_STEP_MICROS { -off } else { EPOCH_STEP_MICROS - off })
}

/// Mean elements, without drag, by which SGP4 gives `state` at `epoch`, which [`tle_epoch`] gave.
///
/// The osculating elements of what comes out are brought to those of what should, in elements that have no singularity at
/// circular and equatorial orbits.
///
/// # Errors
/// [`FitError`].
pub fn elements(epoch: Epoch, state: &TemeState) -> Result<ElementSet, FitError> {
    let (year, _, _) = epoch.calendar();
    if !(2000..=2056).contains(&year) {
        return Err(FitError::Year { given: epoch });
    }
    let target = equinoctial(state);
    let mut mean = target;
    let mut nearest_km = f64::INFINITY;
    for _ in 0..ROUNDS_MAX {
        let set = element_set(epoch, mean);
        let found = Orbit::from_elements(&set)?.state_teme(0.0)?;
        let apart_km = apart_km(&found, state);
        if apart_km < ENOUGH_KM {
            return Ok(set);
        }
        nearest_km = nearest_km.min(apart_km);
        let found = equinoctial(&found);
        for (index, element) in mean.iter_mut().enumerate() {
            let apart = target[index] - found[index];
            *element += if index == LONGITUDE { half_turn(apart) } else { apart };
        }
    }
    Err(FitError::NoOrbit { nearest_km })
}

/// Lines 1 and 2 of the satellite with this id.
pub fn two_lines(id: usize, mean: &ElementSet) -> [String; 2] {
    let (year, _, _) = mean.epoch.calendar();
    let new_year = Epoch::parse(&format!("{year:04}-01-01")).expect("a date");
    let (day, step) = (mean.epoch.days - new_year.days + 1, mean.epoch.micros / EPOCH_STEP_MICROS);
    let number = id + 1;
    let first = format!(
        "1 {number:05}U 00000ABC {:02}{day:03}.{step:08}  .00000000  00000-0  00000+0 0    0",
        year % 100
    );
    // What rounding the other angles moves along the orbit, the anomaly takes back.
    let (raan_deg, argument_deg) = (round(mean.raan_deg), round(mean.argument_of_pericenter_deg));
    let back_deg = (mean.raan_deg - raan_deg) * libm::cos(mean.inclination_deg.to_radians())
        + (mean.argument_of_pericenter_deg - argument_deg);
    let second = format!(
        "2 {number:05} {:8.4} {:8.4} {:07} {:8.4} {:8.4} {:11.8}    0",
        mean.inclination_deg,
        turn(raan_deg),
        // PyEphem takes no zero.
        ((mean.eccentricity * 1e7).round() as u64).clamp(1, 9_999_999),
        turn(argument_deg),
        turn(mean.mean_anomaly_deg + back_deg),
        mean.mean_motion_rev_per_day,
    );
    [with_sum(first), with_sum(second)]
}

/// To the four decimals of two-line elements.
fn round(degrees: f64) -> f64 {
    (degrees * 1e4).round() / 1e4
}

/// As [`round`], 0 to below 360.
fn turn(degrees: f64) -> f64 {
    let turned = round(degrees.rem_euclid(360.0));
    if turned >= 360.0 { 0.0 } else { turned }
}

fn apart_km(a: &TemeState, b: &TemeState) -> f64 {
    let squared = |index: usize| (a.position_km[index] - b.position_km[index]).powi(2);
    (squared(0) + squared(1) + squared(2)).sqrt()
}

/// Index of the mean longitude.
const LONGITUDE: usize = 5;

/// Osculating equinoctial elements: a in km; h = e sin(Ω + ω), k = e cos(Ω + ω); p = tan(i/2) sin Ω,
/// q = tan(i/2) cos Ω; mean longitude Ω + ω + M in radians (R. A. Broucke, P. J. Cefola, Celest. Mech. 5, 303 (1972)).
fn equinoctial(state: &TemeState) -> [f64; 6] {
    let (r, v) = (state.position_km, state.velocity_km_s);
    let radius_km = dot(r, r).sqrt();
    let a_km = 1.0 / (2.0 / radius_km - dot(v, v) / WGS72_MU_KM3_S2);
    let momentum = cross(r, v);
    let size = dot(momentum, momentum).sqrt();
    let w = momentum.map(|component| component / size);
    let (p, q) = (w[0] / (1.0 + w[2]), -w[1] / (1.0 + w[2]));
    let scale = 1.0 / (1.0 + p * p + q * q);
    let f = [1.0 - p * p + q * q, 2.0 * p * q, -2.0 * p].map(|component| scale * component);
    let g = [2.0 * p * q, 1.0 + p * p - q * q, 2.0 * q].map(|component| scale * component);
    let vxh = cross(v, momentum);
    let e = [0, 1, 2].map(|index| vxh[index] / WGS72_MU_KM3_S2 - r[index] / radius_km);
    let (k, h) = (dot(e, f), dot(e, g));
    let (x, y) = (dot(r, f), dot(r, g));
    let root = (1.0 - h * h - k * k).max(0.0).sqrt();
    let beta = 1.0 / (1.0 + root);
    let cos = k + ((1.0 - k * k * beta) * x - h * k * beta * y) / (a_km * root);
    let sin = h + ((1.0 - h * h * beta) * y - h * k * beta * x) / (a_km * root);
    let eccentric = libm::atan2(sin, cos);
    [a_km, h, k, p, q, eccentric + h * cos - k * sin]
}

fn element_set(epoch: Epoch, [a_km, h, k, p, q, longitude]: [f64; 6]) -> ElementSet {
    let raan = libm::atan2(p, q);
    let pericenter = libm::atan2(h, k);
    let degrees = |radians: f64| radians.rem_euclid(TAU).to_degrees();
    ElementSet {
        catalog_number: 1,
        name: String::new(),
        international_designator: String::new(),
        classification: None,
        epoch,
        mean_motion_rev_per_day: (WGS72_MU_KM3_S2 / (a_km * a_km * a_km)).sqrt() * 86_400.0 / TAU,
        eccentricity: libm::hypot(h, k),
        inclination_deg: 2.0 * libm::atan(libm::hypot(p, q)).to_degrees(),
        raan_deg: degrees(raan),
        argument_of_pericenter_deg: degrees(pericenter - raan),
        mean_anomaly_deg: degrees(longitude - pericenter),
        bstar: 0.0,
        mean_motion_dot: 0.0,
        mean_motion_ddot: 0.0,
        element_set_number: None,
        revolution_at_epoch: None,
    }
}

fn half_turn(radians: f64) -> f64 {
    (radians + PI).rem_euclid(TAU) - PI
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
