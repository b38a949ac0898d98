//! The satellites that may serve at one instant, in single-precision columns.

use rayon::prelude::*;
use skyshed_orbit::Sky;

use crate::config::Config;
use crate::geometry::{EARTH_EQUATORIAL_RADIUS_KM, EARTH_POLAR_RADIUS_KM, VERTICAL_DEFLECTION_MAX_DEG};
use crate::scenario::Outages;

/// Elevation masks below this are taken as this: the border guard looks no further than such a footprint reaches.
pub const ELEVATION_MASK_MIN_DEG: f64 = 5.0;

/// Number of sectors, see [`Fleet::sector`].
pub const SECTORS: usize = 4;

/// Satellites at service altitude, in ascending order of their index in the sky. Columns are parallel.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Index into the sky's columns.
    pub sky_index: Vec<u32>,
    /// Position, km ITRF.
    pub x_km: Vec<f32>,
    /// See `x_km`.
    pub y_km: Vec<f32>,
    /// See `x_km`.
    pub z_km: Vec<f32>,
    /// Unit vector to the position.
    pub x_unit: Vec<f32>,
    /// See `x_unit`.
    pub y_unit: Vec<f32>,
    /// See `x_unit`.
    pub z_unit: Vec<f32>,
    /// Squared sine of the elevation mask.
    pub sin2_mask: Vec<f32>,
    /// Cosine of the angle at the Earth's centre within which the satellite may stand above its mask (generous).
    pub cos_reach: Vec<f32>,
    /// Sine of the same angle.
    pub sin_reach: Vec<f32>,
    /// See [`Fleet::sector`].
    sector: Vec<u8>,
}

/// One satellite that may serve.
struct Seen {
    position_km: [f64; 3],
    radius_km: f64,
    sin_mask: f64,
    cos_reach: f64,
    sin_reach: f64,
}

impl Seen {
    fn new(sky: &Sky, config: &Config, outages: &Outages, index: usize) -> Option<Seen> {
        let position_km = [sky.x_itrf_m[index], sky.y_itrf_m[index], sky.z_itrf_m[index]].map(|m| m / 1e3);
        let radius_km = position_km.iter().map(|p| p * p).sum::<f64>().sqrt();
        let altitude_km = radius_km - EARTH_EQUATORIAL_RADIUS_KM;
        let visibility = &config.visibility;
        // A satellite without a position has no altitude, and serves nobody.
        let may = altitude_km >= visibility.altitude_min_km && altitude_km <= visibility.altitude_max_km;
        if !may || outages.satellite_is_out(index as u32) {
            return None;
        }
        let mask_deg = elevation_mask_deg(sky.satellites[index].elevation_mask_deg, altitude_km, config);
        let (sin_reach, cos_reach) = libm::sincos(reach_rad(radius_km, mask_deg));
        let sin_mask = libm::sin(mask_deg.to_radians());
        Some(Seen { position_km, radius_km, sin_mask, cos_reach, sin_reach })
    }
}

impl Fleet {
    /// The satellites of `sky` between the configured altitudes that could be propagated and are not out of order.
    pub fn new(sky: &Sky, config: &Config, outages: &Outages) -> Fleet {
        let count = sky.x_itrf_m.len();
        let column = || Vec::with_capacity(count);
        let mut fleet = Fleet {
            sky_index: Vec::with_capacity(count),
            x_km: column(),
            y_km: column(),
            z_km: column(),
            x_unit: column(),
            y_unit: column(),
            z_unit: column(),
            sin2_mask: column(),
            cos_reach: column(),
            sin_reach: column(),
            sector: Vec::with_capacity(count),
        };
        let seen = |index: usize| Seen::new(sky, config, outages, index);
        let seen: Vec<Option<Seen>> = (0..count).into_par_iter().with_min_len(1024).map(seen).collect();
        for (index, seen) in seen.iter().enumerate().filter_map(|(index, seen)| Some((index, seen.as_ref()?)))
        {
            fleet.sky_index.push(index as u32);
            fleet.x_km.push(seen.position_km[0] as f32);
            fleet.y_km.push(seen.position_km[1] as f32);
            fleet.z_km.push(seen.position_km[2] as f32);
            fleet.x_unit.push((seen.position_km[0] / seen.radius_km) as f32);
            fleet.y_unit.push((seen.position_km[1] / seen.radius_km) as f32);
            fleet.z_unit.push((seen.position_km[2] / seen.radius_km) as f32);
            fleet.sin2_mask.push((seen.sin_mask * seen.sin_mask) as f32);
            fleet.cos_reach.push(seen.cos_reach as f32);
            fleet.sin_reach.push(seen.sin_reach as f32);
            fleet.sector.push(sector(seen.position_km));
        }
        fleet
    }

    /// Number of satellites.
    pub fn len(&self) -> usize {
        self.sky_index.len()
    }

    /// True if no satellite may serve.
    pub fn is_empty(&self) -> bool {
        self.sky_index.is_empty()
    }

    /// The sector of the Earth that the satellite stands over: 0 from 30 degrees west to 60 east, 1 to 90 east, 2 to 170
    /// east, 3 the Pacific and the Americas. Few live along these meridians, but for the second and third.
    #[inline]
    pub fn sector(&self, index: usize) -> usize {
        usize::from(self.sector[index])
    }

    /// Position of one satellite, km ITRF.
    pub fn position_km(&self, index: usize) -> [f32; 3] {
        [self.x_km[index], self.y_km[index], self.z_km[index]]
    }
}

/// See [`Fleet::sector`].
fn sector([x, y, _]: [f64; 3]) -> u8 {
    // The side of the plane through the axis and a meridian, of which these are the cosine and the sine.
    let is_east_of = |cos: f64, sin: f64| y * cos - x * sin > 0.0;
    if is_east_of(0.866_025_403_784, -0.5) && !is_east_of(0.5, 0.866_025_403_784) {
        0
    } else if is_east_of(0.5, 0.866_025_403_784) && !is_east_of(0.0, 1.0) {
        1
    } else if is_east_of(0.0, 1.0) && !is_east_of(-0.984_807_753_012, 0.173_648_177_667) {
        2
    } else {
        3
    }
}

/// The elevation mask of a satellite: its shell's own, else that of its altitude's band.
///
/// The altitude is over the equatorial radius: a circular orbit then has one altitude, whatever the latitude.
pub fn elevation_mask_deg(of_shell: Option<f32>, altitude_km: f64, config: &Config) -> f64 {
    let of_band = || {
        let reached =
            config.visibility.elevation_mask_deg.iter().filter(|band| band.altitude_from_km <= altitude_km);
        reached
            .max_by(|a, b| a.altitude_from_km.total_cmp(&b.altitude_from_km))
            .map_or(90.0, |band| band.mask_deg)
    };
    of_shell.map_or_else(of_band, f64::from).max(ELEVATION_MASK_MIN_DEG)
}

/// Angle at the Earth's centre, radians, that no place can exceed and still see the satellite above its mask.
///
/// Spherical triangle with the polar radius and the mask lowered by the largest deflection of the vertical, so that
/// the ellipsoid's true angle is always smaller: psi = acos(R cos e / r) - e.
fn reach_rad(radius_km: f64, mask_deg: f64) -> f64 {
    let mask = (mask_deg - VERTICAL_DEFLECTION_MAX_DEG).to_radians();
    libm::acos(EARTH_POLAR_RADIUS_KM * libm::cos(mask) / radius_km) - mask
}
