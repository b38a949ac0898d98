//! Where a satellite lands its traffic: the gateway it sees and the point of presence behind it with the shortest
//! light-time.

use rayon::prelude::*;
use skyshed_ground::{Gateway, Ground};

use crate::config::Config;
use crate::fleet::Fleet;
use crate::geometry::{
    EARTH_POLAR_RADIUS_KM, VERTICAL_DEFLECTION_MAX_DEG, elevation_and_range, minus, normal,
    surface_distance_km, surface_point_km,
};
use crate::gso::{ArcSite, Separation};
use crate::kernel::{ReachColumns, within_reach};

/// The way from a satellite to the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landing {
    /// Index into the ground's gateways.
    pub gateway: u16,
    /// Index into the ground's points of presence.
    pub pop: u16,
    /// Slant range from satellite to gateway, mm.
    pub slant_mm: u64,
    /// Length of fibre from gateway to point of presence, mm, detour included.
    pub fibre_mm: u64,
    /// Length in vacuum that takes light as long as both, mm: what the choice minimises.
    pub light_mm: u64,
}

/// A gateway with what the search needs of it, worked out once.
pub struct GatewaySite {
    index: u16,
    pop: u16,
    fibre_mm: u64,
    fibre_light_mm: u64,
    normal: [f32; 3],
    point_km: [f32; 3],
    arc: ArcSite,
}

/// The gateways of `ground`, each with the point of presence nearest by fibre; none if there is no point of presence.
pub fn gateway_sites(ground: &Ground, config: &Config) -> Vec<GatewaySite> {
    ground
        .gateways
        .iter()
        .enumerate()
        .filter_map(|(index, gateway)| gateway_site(index, gateway, ground, config))
        .collect()
}

fn gateway_site(index: usize, gateway: &Gateway, ground: &Ground, config: &Config) -> Option<GatewaySite> {
    let here = normal(gateway.latitude_deg, gateway.longitude_deg);
    let (pop, fibre_mm) = ground
        .pops
        .iter()
        .enumerate()
        .map(|(pop, site)| {
            let km = surface_distance_km(here, normal(site.latitude_deg, site.longitude_deg));
            (pop, (km * config.gateway.fibre_detour * 1e6) as u64)
        })
        .min_by_key(|&(pop, mm)| (mm, pop))?;
    let point_km = surface_point_km(here);
    Some(GatewaySite {
        index: index as u16,
        pop: pop as u16,
        fibre_mm,
        fibre_light_mm: (fibre_mm as f64 / config.gateway.fibre_velocity_factor) as u64,
        normal: here,
        point_km,
        arc: ArcSite::new(point_km),
    })
}

/// The best landing of each satellite of the fleet, if it sees any gateway above the gateway's mask and outside the
/// protected zone of the geostationary arc. Ties go to the gateway with the smaller index.
pub fn landings(fleet: &Fleet, gateways: &[GatewaySite], config: &Config) -> Vec<Option<Landing>> {
    let mask = config.gateway.elevation_mask_deg.to_radians();
    let sin_mask = libm::sin(mask) as f32;
    let cos_protected = Separation::new(config.gso.gateway_separation_deg).cos;
    let (cos_reach, sin_reach) = gateway_reach(fleet, config.gateway.elevation_mask_deg);
    let columns = ReachColumns {
        x: &fleet.x_unit,
        y: &fleet.y_unit,
        z: &fleet.z_unit,
        cos: &cos_reach,
        sin: &sin_reach,
    };
    // Each thread takes some gateways; the best of the bests does not depend on how they were dealt.
    let per_thread = gateways.len().div_ceil(rayon::current_num_threads()).max(1);
    let best = gateways
        .par_chunks(per_thread)
        .map(|gateways| {
            let mut best = vec![NOWHERE; fleet.len()];
            let (mut hits, mut near) = (Vec::new(), Vec::new());
            for gateway in gateways {
                near.clear();
                within_reach(&columns, gateway.normal, (1.0, 0.0), &mut hits, &mut near);
                for &satellite in &near {
                    if let Some(slant_mm) =
                        slant_mm(gateway, fleet.position_km(satellite as usize), sin_mask, cos_protected)
                    {
                        let found = (slant_mm + gateway.fibre_light_mm, gateway.index);
                        best[satellite as usize] = best[satellite as usize].min(found);
                    }
                }
            }
            best
        })
        .reduce(
            || vec![NOWHERE; fleet.len()],
            |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a = (*a).min(b));
                a
            },
        );
    best.into_iter().map(|(light_mm, index)| landing(gateways, light_mm, index)).collect()
}

/// No landing: longer than any.
const NOWHERE: (u64, u16) = (u64::MAX, u16::MAX);

fn landing(gateways: &[GatewaySite], light_mm: u64, index: u16) -> Option<Landing> {
    let gateway = gateways.get(usize::from(index))?;
    Some(Landing {
        gateway: gateway.index,
        pop: gateway.pop,
        slant_mm: light_mm - gateway.fibre_light_mm,
        fibre_mm: gateway.fibre_mm,
        light_mm,
    })
}

/// Slant range, mm, if the satellite stands above the gateway's mask and clear of the geostationary arc.
fn slant_mm(gateway: &GatewaySite, position_km: [f32; 3], sin_mask: f32, cos_protected: f32) -> Option<u64> {
    let (sin_elevation, range_km) = elevation_and_range(position_km, gateway.point_km, gateway.normal);
    let line = minus(position_km, gateway.point_km);
    let may = sin_elevation >= sin_mask && gateway.arc.cos_separation(line) <= cos_protected;
    may.then_some((f64::from(range_km) * 1e6) as u64)
}

/// As the fleet's own reach, for the gateways' mask and with the geodetic normal in place of the geocentric vertical.
fn gateway_reach(fleet: &Fleet, mask_deg: f64) -> (Vec<f32>, Vec<f32>) {
    let mask = (mask_deg - VERTICAL_DEFLECTION_MAX_DEG).to_radians();
    let reach = |index: usize| {
        let [x, y, z] = fleet.position_km(index).map(f64::from);
        let radius = (x * x + y * y + z * z).sqrt();
        let angle = libm::acos(EARTH_POLAR_RADIUS_KM * libm::cos(mask) / radius) - mask;
        let (sin, cos) = libm::sincos(angle + VERTICAL_DEFLECTION_MAX_DEG.to_radians());
        (cos as f32, sin as f32)
    };
    (0..fleet.len()).map(reach).unzip()
}
