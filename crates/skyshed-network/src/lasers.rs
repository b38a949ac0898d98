//! The laser links of one slot.

use skyshed_orbit::Sky;

use crate::planes::Planes;

/// What decides links.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaserConfig {
    /// Most links of one satellite.
    pub terminals: u8,
    /// Longest link.
    pub range_max_km: f64,
    /// Lowest a link may pass above the Earth (WGS84 ellipsoid taken as a sphere of the equatorial radius).
    pub grazing_altitude_km: f64,
    /// Links between shells where a satellite has a terminal to spare.
    pub between_shells: bool,
}

/// Links between satellites.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lasers {
    /// Indices into the sky, the smaller first; ascending, each pair once.
    pub pairs: Vec<[u32; 2]>,
    /// Length of each, mm, rounded down.
    pub length_mm: Vec<u64>,
}

/// Which satellites and links are out of order. Indices are into the sky.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LasersOut {
    /// These satellites have no working laser, or do not work at all; ascending.
    pub satellites: Vec<u32>,
    /// These links do not work; smaller index first, ascending.
    pub pairs: Vec<[u32; 2]>,
}

/// The links of one slot. `previous` are those of the slot before, which are kept where they still hold.
pub fn lasers(
    sky: &Sky,
    planes: &Planes,
    config: &LaserConfig,
    out: &LasersOut,
    previous: Option<&Lasers>,
) -> Lasers {
    let _ = (sky, planes, config, out, previous);
    Lasers::default()
}
