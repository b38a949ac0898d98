//! Shells and planes of a constellation, designed or found in its elements, each satellite's seat among them, and the
//! links that follow from the seats. Looks at orbits alone: whether a link holds at an instant is for [`crate::lasers`].
//!
//! A designed constellation is taken at its word; planes of real elements are found by `found`. Both get their links by
//! one rule, `pairs`.

mod found;
mod pairs;

use skyshed_orbit::{Constellation, Epoch, MeanElements};

/// The shells of a constellation, and where each satellite sits in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planes {
    /// The shells, in a stable order.
    pub shells: Vec<Shell>,
    /// Per satellite, in the constellation's order: its seat; `None` for one that belongs to no shell (being raised,
    /// drifting, coming down).
    pub seats: Vec<Option<Seat>>,
    /// Links of the grid, the most wanted first: each satellite to the next and the previous in its plane, then to
    /// one in each neighbouring plane. Smaller index first. With four terminals no two of them compete.
    pub grid: Vec<[u32; 2]>,
    /// Links for terminals that the grid leaves free, the shortest (on average over an orbit) first; all within one
    /// shell, none of the grid. Smaller index first.
    pub spare: Vec<[u32; 2]>,
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
    /// Indices into the constellation in the order they fly, each behind the next: by ascending argument of latitude,
    /// or as designed (the same order, begun elsewhere).
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
///
/// Satellites at one altitude keep their places for months; those whose altitudes differ by kilometres pass each other
/// within days. So planes found once serve for hours and need not be found again for every slot: of the links wanted in
/// Starlink's real elements 99.9 % are the same six hours later and 99.5 % after three days, in OneWeb's, whose planes
/// fly at different altitudes, 92 % after one hour and 70 % after six.
pub fn find_planes(constellation: &Constellation, time: Epoch) -> Planes {
    let orbits = constellation.orbits();
    let elements: Vec<MeanElements> = orbits.iter().map(|orbit| orbit.mean_elements_at(time)).collect();
    let shells = match constellation.designed() {
        true => designed(constellation, &elements),
        false => found::shells(&elements),
    };
    let (grid, spare) = pairs::wanted(&shells, &elements);
    Planes { seats: seats(&shells, elements.len()), shells, grid, spare }
}

/// The shells as the design has them.
fn designed(constellation: &Constellation, elements: &[MeanElements]) -> Vec<Shell> {
    let shells = constellation.designed_shells().iter().map(|shell| {
        let per_plane = shell.satellites_per_plane;
        let planes = (0..shell.planes).map(|plane| {
            let first = shell.first + plane * per_plane;
            let raan_deg = elements[first as usize].raan_deg;
            Plane { raan_deg, satellites: (first..first + per_plane).collect() }
        });
        Shell {
            name: shell.name.clone(),
            altitude_km: shell.altitude_km,
            inclination_deg: shell.inclination_deg,
            planes: planes.collect(),
        }
    });
    shells.collect()
}

fn seats(shells: &[Shell], satellites: usize) -> Vec<Option<Seat>> {
    let mut seats = vec![None; satellites];
    for (shell, planes) in shells.iter().enumerate() {
        for (plane, members) in planes.planes.iter().enumerate() {
            for (place, satellite) in members.satellites.iter().enumerate() {
                let seat = Seat { shell: shell as u16, plane: plane as u16, place: place as u16 };
                seats[*satellite as usize] = Some(seat);
            }
        }
    }
    seats
}

/// An angle brought to -180 to below 180 degrees.
fn half_turn_deg(angle_deg: f64) -> f64 {
    angle_deg - 360.0 * libm::floor((angle_deg + 180.0) / 360.0)
}
