//! Element sets, designed shells, SGP4, time and frames: where every satellite is at one instant.
//! This crate knows no ground segment and no service, reads no file and no clock.
//!
//! Data flows: bytes → [`read_elements`] → [`ElementSet`] → [`Constellation`] → [`Constellation::sky`] → [`Sky`].

use std::sync::Arc;

/// An instant of the world in UTC: whole days since 1970-01-01 and microseconds within the day.
///
/// Two integers, because one f64 Julian date quantises at about 40 µs (0.3 m of satellite motion).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch {
    /// Days since 1970-01-01 (may be negative).
    pub days: i32,
    /// Microseconds since midnight UTC, 0..86_400_000_000.
    pub micros: i64,
}

/// One satellite of a [`Constellation`], without its orbit: what the rest of the system calls it.
#[derive(Clone, Debug, PartialEq)]
pub struct Satellite {
    /// Catalogue number (NORAD); designed satellites count from 1,000,000,000.
    pub catalog_number: u64,
    /// Object name, such as `STARLINK-1008` or `starlink-550/p03/s07`.
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
