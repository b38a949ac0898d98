//! SGP4 for one element set, in TEME. Knows no Earth-fixed frame; [`crate::Constellation`] is what leaves the crate.
//!
//! The constants are WGS72 and the conventions AFSPC's, set here explicitly: the element sets are fitted with these,
//! and WGS84 inside the propagator would be wrong by up to 0.1 km a day. The theory is that of AIAA 2006-6753
//! (Vallado, Crawford, Hujsak, Kelso), near-Earth and deep-space, through the crate `sgp4`.

use std::f64::consts::PI;

use thiserror::Error;

use crate::elements::ElementSet;
use crate::epoch::Epoch;

/// Equatorial radius of the Earth in WGS72, km (AIAA 2006-6753, appendix A).
pub const WGS72_EARTH_RADIUS_KM: f64 = 6378.135;

/// Gravitational parameter of the Earth in WGS72, km³/s² (AIAA 2006-6753, appendix A).
pub const WGS72_MU_KM3_S2: f64 = 398_600.8;

/// Second zonal harmonic of the Earth in WGS72 (AIAA 2006-6753, appendix A).
pub const WGS72_J2: f64 = 1.082_616e-3;

/// The farthest an element set is propagated from its epoch, minutes (ten years); SGP4's accuracy is long gone, and the
/// deep-space integrator takes one step per half day.
pub const MAX_PROPAGATION_MINUTES: f64 = 3653.0 * 1440.0;

/// One element set made ready to propagate.
#[derive(Clone, Debug, PartialEq)]
pub struct Orbit {
    epoch: Epoch,
    constants: sgp4::Constants,
    /// As given, at the epoch.
    mean: MeanElements,
    /// Designed circular orbits have no drag and no age; real elements do.
    ages: bool,
}

/// Where an orbit lies, and where on it a satellite is on average: what planes and shells are told by.
///
/// Angles are those of TEME, 0 to below 360 but for the inclination. Good to about 0.1 degree within two days of the
/// epoch; drag is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanElements {
    /// Mean-motion altitude over the WGS72 equator; see [`altitude_from_mean_motion`].
    pub altitude_km: f64,
    /// Inclination, 0 to 180.
    pub inclination_deg: f64,
    /// Eccentricity, 0 to below 1.
    pub eccentricity: f64,
    /// Right ascension of the ascending node.
    pub raan_deg: f64,
    /// Argument of pericentre plus mean anomaly.
    pub argument_of_latitude_deg: f64,
}

/// Position and velocity in TEME of date (true equator, mean equinox).
///
/// TEME never leaves this crate except here, where it can be held against reference outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TemeState {
    /// Position, TEME, km.
    pub position_km: [f64; 3],
    /// Velocity, TEME, km/s.
    pub velocity_km_s: [f64; 3],
}

/// Why an orbit could not be initialised or propagated.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum OrbitError {
    /// SGP4 cannot start from these elements.
    #[error(
        "SGP4 refuses the elements (mean motion {mean_motion_rev_per_day} rev/day, eccentricity {eccentricity})"
    )]
    Elements {
        /// Mean motion given.
        mean_motion_rev_per_day: f64,
        /// Eccentricity given.
        eccentricity: f64,
    },
    /// The epoch is outside the years SGP4 is defined for.
    #[error("epoch {given}, allowed 1957 to 2100")]
    Epoch {
        /// The epoch given.
        given: Epoch,
    },
    /// The orbit has come apart numerically: SGP4's error 1 to 4.
    #[error("SGP4 diverges {minutes:.1} minutes from the epoch; the elements do not reach that far")]
    Diverged {
        /// Minutes from epoch.
        minutes: f64,
    },
    /// The position is below the surface: SGP4's error 6.
    #[error(
        "decayed: SGP4 puts it {radius_km:.1} km from the Earth's centre, {minutes:.1} minutes from the epoch"
    )]
    Decayed {
        /// Minutes from epoch.
        minutes: f64,
        /// Distance from the Earth's centre, km.
        radius_km: f64,
    },
    /// Farther than [`MAX_PROPAGATION_MINUTES`].
    #[error("{days:.0} days from the epoch, allowed {most:.0}; use elements of that time")]
    TooFar {
        /// Days from epoch.
        days: f64,
        /// The limit, days.
        most: f64,
    },
}

impl Orbit {
    /// Initialises SGP4 (WGS72, AFSPC sidereal time and epoch) from an element set.
    ///
    /// # Errors
    /// [`OrbitError::Elements`] or [`OrbitError::Epoch`].
    pub fn from_elements(elements: &ElementSet) -> Result<Orbit, OrbitError> {
        let refused = || OrbitError::Elements {
            mean_motion_rev_per_day: elements.mean_motion_rev_per_day,
            eccentricity: elements.eccentricity,
        };
        let orbit = sgp4::Orbit::from_kozai_elements(
            &sgp4::WGS72,
            elements.inclination_deg * (PI / 180.0),
            elements.raan_deg * (PI / 180.0),
            elements.eccentricity,
            elements.argument_of_pericenter_deg * (PI / 180.0),
            elements.mean_anomaly_deg * (PI / 180.0),
            elements.mean_motion_rev_per_day * (PI / 720.0),
        )
        .map_err(|_| refused())?;
        let constants = sgp4::Constants::new(
            sgp4::WGS72,
            sgp4::afspc_epoch_to_sidereal_time,
            years_since_j2000(elements.epoch)?,
            elements.bstar,
            orbit,
        )
        .map_err(|_| refused())?;
        Ok(Orbit { epoch: elements.epoch, constants, mean: mean_elements(elements), ages: true })
    }

    /// As [`Orbit::from_elements`], for a designed satellite, which may be propagated to any time.
    pub(crate) fn from_designed(elements: &ElementSet) -> Result<Orbit, OrbitError> {
        Ok(Orbit { ages: false, ..Orbit::from_elements(elements)? })
    }

    /// Epoch of the elements.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Mean elements at an instant, carried from the epoch by the secular drift that the Earth's flattening causes:
    ///
    /// ```text
    /// k = 3/2 · J2 · (R / p)² · n,   dΩ/dt = -k · cos i,   d(ω + M)/dt = n + k · (2 - 5/2 · sin² i)
    /// ```
    /// n = Kozai mean motion (it holds the drift of M), p = semi-latus rectum, R and J2 of WGS72 (D. Brouwer,
    /// "Solution of the problem of artificial satellite theory without drag", Astron. J. 64 (1959) 378, first order).
    pub fn mean_elements_at(&self, time: Epoch) -> MeanElements {
        let mean = &self.mean;
        let a_km = WGS72_EARTH_RADIUS_KM + mean.altitude_km;
        let p_km = a_km * (1.0 - mean.eccentricity * mean.eccentricity);
        let ratio = WGS72_EARTH_RADIUS_KM / p_km;
        let n_deg_per_day = 360.0 * mean_motion_from_altitude(mean.altitude_km);
        let k_deg_per_day = 1.5 * WGS72_J2 * ratio * ratio * n_deg_per_day;
        let (sin_i, cos_i) = libm::sincos(mean.inclination_deg.to_radians());
        let days = time.days_since(self.epoch);
        let argument_rate = n_deg_per_day + k_deg_per_day * (2.0 - 2.5 * sin_i * sin_i);
        MeanElements {
            raan_deg: turn_deg(mean.raan_deg - k_deg_per_day * cos_i * days),
            argument_of_latitude_deg: turn_deg(mean.argument_of_latitude_deg + argument_rate * days),
            ..*mean
        }
    }

    /// State at an instant. See [`Orbit::state_teme`].
    ///
    /// # Errors
    /// As [`Orbit::state_teme`].
    pub fn state_teme_at(&self, time: Epoch) -> Result<TemeState, OrbitError> {
        self.state_teme(time.minutes_since(self.epoch))
    }

    /// State so many minutes after the epoch (before it when negative).
    ///
    /// # Errors
    /// [`OrbitError::TooFar`], [`OrbitError::Diverged`], [`OrbitError::Decayed`].
    pub fn state_teme(&self, minutes: f64) -> Result<TemeState, OrbitError> {
        let is_near = minutes.abs() <= MAX_PROPAGATION_MINUTES;
        if self.ages && !is_near {
            return Err(OrbitError::TooFar {
                days: minutes / 1440.0,
                most: MAX_PROPAGATION_MINUTES / 1440.0,
            });
        }
        let prediction = self
            .constants
            .propagate_afspc_compatibility_mode(sgp4::MinutesSinceEpoch(minutes))
            .map_err(|_| OrbitError::Diverged { minutes })?;
        let [x, y, z] = prediction.position;
        let radius_km = libm::sqrt(x * x + y * y + z * z);
        if !radius_km.is_finite() {
            return Err(OrbitError::Diverged { minutes });
        }
        if radius_km < WGS72_EARTH_RADIUS_KM {
            return Err(OrbitError::Decayed { minutes, radius_km });
        }
        Ok(TemeState { position_km: prediction.position, velocity_km_s: prediction.velocity })
    }
}

/// Mean motion of a circular two-body orbit at an altitude over the WGS72 equator, rev/day:
///
/// ```text
/// n = 86400 / 2π · √(μ / (R + h)³)
/// ```
/// μ = [`WGS72_MU_KM3_S2`], R = [`WGS72_EARTH_RADIUS_KM`], h in km. This is the relation by which catalogues quote
/// "mean-motion altitudes"; the geometric height over the ellipsoid differs by up to about 25 km along the orbit.
pub fn mean_motion_from_altitude(altitude_km: f64) -> f64 {
    let radius_km = WGS72_EARTH_RADIUS_KM + altitude_km;
    libm::sqrt(WGS72_MU_KM3_S2 / (radius_km * radius_km * radius_km)) * 86_400.0 / (2.0 * PI)
}

/// The inverse of [`mean_motion_from_altitude`], km.
pub fn altitude_from_mean_motion(mean_motion_rev_per_day: f64) -> f64 {
    let rad_s = mean_motion_rev_per_day * 2.0 * PI / 86_400.0;
    libm::cbrt(WGS72_MU_KM3_S2 / (rad_s * rad_s)) - WGS72_EARTH_RADIUS_KM
}

fn mean_elements(elements: &ElementSet) -> MeanElements {
    MeanElements {
        altitude_km: altitude_from_mean_motion(elements.mean_motion_rev_per_day),
        inclination_deg: elements.inclination_deg,
        eccentricity: elements.eccentricity,
        raan_deg: turn_deg(elements.raan_deg),
        argument_of_latitude_deg: turn_deg(elements.argument_of_pericenter_deg + elements.mean_anomaly_deg),
    }
}

/// An angle brought to 0 to below 360.
fn turn_deg(angle_deg: f64) -> f64 {
    let turned = angle_deg % 360.0;
    let positive = if turned < 0.0 { turned + 360.0 } else { turned };
    // A tiny negative angle rounds up to the full turn.
    if positive >= 360.0 { 0.0 } else { positive }
}

/// Years of 365.25 days since 2000-01-01T12:00 UTC, in the order of operations of the AFSPC code, through the crate's
/// own expression.
fn years_since_j2000(epoch: Epoch) -> Result<f64, OrbitError> {
    let (year, _, _) = epoch.calendar();
    let instant = sgp4::chrono::DateTime::from_timestamp_micros(epoch.unix_micros());
    match instant {
        Some(instant) if (1957..=2100).contains(&year) => {
            Ok(sgp4::julian_years_since_j2000_afspc_compatibility_mode(&instant.naive_utc()))
        }
        _ => Err(OrbitError::Epoch { given: epoch }),
    }
}
