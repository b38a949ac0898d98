//! Feeder links: which gateway's antennas follow which satellites.

use rayon::prelude::*;
use skyshed_ground::{Gateway, Ground};
use skyshed_orbit::Sky;

use crate::config::Config;
use crate::fleet::Fleet;
use crate::geometry::{
    EARTH_POLAR_RADIUS_KM, VERTICAL_DEFLECTION_MAX_DEG, elevation_and_range, minus, normal,
    surface_distance_km, surface_point_km,
};
use crate::gso::{ArcSite, Separation};
use crate::kernel::{ReachColumns, within_reach};
use crate::scenario::Outages;

/// A radio link between a satellite and a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feeder {
    /// Index into the sky.
    pub satellite: u32,
    /// Index into the ground's gateways.
    pub gateway: u16,
    /// Slant range, mm.
    pub slant_mm: u64,
}

/// The feeder links of one slot, ascending by satellite and gateway.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feeders {
    /// The links.
    pub links: Vec<Feeder>,
    /// Where each satellite's links begin; one more entry than satellites.
    pub heads: Vec<u32>,
}

impl Feeders {
    fn new(satellites: usize, mut links: Vec<Feeder>) -> Feeders {
        links.sort_unstable();
        let mut heads = vec![0u32; satellites + 1];
        links.iter().for_each(|link| heads[link.satellite as usize + 1] += 1);
        (0..satellites).for_each(|satellite| heads[satellite + 1] += heads[satellite]);
        Feeders { links, heads }
    }

    /// Whether a satellite and a gateway are linked.
    pub fn has(&self, satellite: u32, gateway: u16) -> bool {
        self.links[self.span(satellite)].iter().any(|link| link.gateway == gateway)
    }

    /// Where a satellite's links are in `links`.
    pub fn span(&self, satellite: u32) -> core::ops::Range<usize> {
        self.heads[satellite as usize] as usize..self.heads[satellite as usize + 1] as usize
    }
}

/// A gateway with what the search needs of it, worked out once.
pub struct GatewaySite {
    normal: [f32; 3],
    point_km: [f32; 3],
    arc: ArcSite,
}

/// The ground's gateways, in their order.
pub fn gateway_sites(ground: &Ground) -> Vec<GatewaySite> {
    let site = |gateway: &Gateway| {
        let normal = normal(gateway.latitude_deg, gateway.longitude_deg);
        let point_km = surface_point_km(normal);
        GatewaySite { normal, point_km, arc: ArcSite::new(point_km) }
    };
    ground.gateways.iter().map(site).collect()
}

/// Fibre between every gateway and every point of presence.
pub struct Fibre {
    pops: usize,
    length_mm: Vec<u64>,
    light_mm: Vec<u64>,
}

impl Fibre {
    /// Great circles times the detour factor.
    pub fn new(ground: &Ground, config: &Config) -> Fibre {
        let pops: Vec<[f32; 3]> =
            ground.pops.iter().map(|pop| normal(pop.latitude_deg, pop.longitude_deg)).collect();
        let length_mm: Vec<u64> = ground
            .gateways
            .iter()
            .flat_map(|gateway| {
                let here = normal(gateway.latitude_deg, gateway.longitude_deg);
                pops.iter().map(move |&pop| {
                    (surface_distance_km(here, pop) * config.gateway.fibre_detour * 1e6) as u64
                })
            })
            .collect();
        let light = |&mm: &u64| (mm as f64 / config.gateway.fibre_velocity_factor) as u64;
        Fibre { pops: pops.len(), light_mm: length_mm.iter().map(light).collect(), length_mm }
    }

    /// Number of points of presence.
    pub fn pops(&self) -> usize {
        self.pops
    }

    /// Length, mm.
    pub fn length_mm(&self, gateway: u16, pop: u16) -> u64 {
        self.length_mm[usize::from(gateway) * self.pops + usize::from(pop)]
    }

    /// Lengths in vacuum that take light as long, mm, from a gateway to every point of presence.
    pub fn light_mm(&self, gateway: u16) -> &[u64] {
        &self.light_mm[usize::from(gateway) * self.pops..][..self.pops]
    }
}

/// A link of the slot before counts as this much shorter, in eighths, so that antennas keep their satellites for a
/// while.
const KEPT_EIGHTHS: u64 = 6;

/// Bits for a link's place in the list of those that are possible.
const PLACE_BITS: u32 = 31;

/// Points the gateways' antennas: the shortest possible link first, while both ends have an antenna to spare; ties go to
/// the smaller gateway, then the smaller satellite. No satellite has a second link before every other that could has
/// had the chance of a first. `previous` are the links of the slot before over the same
/// satellites.
///
/// A link is possible where the satellite stands above the gateway's mask and outside the protected zone of the
/// geostationary arc.
pub fn feeders(
    sky: &Sky,
    fleet: &Fleet,
    gateways: &[GatewaySite],
    config: &Config,
    outages: &Outages,
    previous: Option<&Feeders>,
) -> Feeders {
    let satellites = sky.satellites.len();
    let rank_mm = |link: &Feeder| {
        let is_kept = previous.is_some_and(|previous| previous.has(link.satellite, link.gateway));
        if is_kept { link.slant_mm * KEPT_EIGHTHS / 8 } else { link.slant_mm }
    };
    let possible = possible(fleet, gateways, config, outages);
    // Rank and place in one number: a length takes 33 bits, and there are far fewer links than 2³¹.
    let ranked = possible.iter().zip(0u64..).map(|(link, place)| rank_mm(link) << PLACE_BITS | place);
    let mut ranked: Vec<u64> = ranked.collect();
    ranked.par_sort_unstable();
    let mut spare = vec![config.gateway.antennas; gateways.len()];
    let mut used = vec![0; satellites];
    let mut links =
        Vec::with_capacity(possible.len().min(gateways.len() * usize::from(config.gateway.antennas)));
    for round in 0..config.gateway.antennas_per_satellite {
        ranked.retain(|rank| {
            let link = possible[(rank & ((1 << PLACE_BITS) - 1)) as usize];
            let (spare, used) = (&mut spare[usize::from(link.gateway)], &mut used[link.satellite as usize]);
            let may = *spare > 0 && *used == round;
            if may {
                *spare -= 1;
                *used += 1;
                links.push(link);
            }
            !may
        });
    }
    Feeders::new(satellites, links)
}

/// Every pair of gateway and satellite that could be linked, by gateway, then satellite.
fn possible(fleet: &Fleet, gateways: &[GatewaySite], config: &Config, outages: &Outages) -> Vec<Feeder> {
    let mask_deg = config.gateway.elevation_mask_deg;
    let sin_mask = libm::sin(mask_deg.to_radians()) as f32;
    let cos_protected = Separation::new(config.gso.gateway_separation_deg).cos;
    let (cos_reach, sin_reach) = gateway_reach(fleet, mask_deg);
    let columns = ReachColumns {
        x: &fleet.x_unit,
        y: &fleet.y_unit,
        z: &fleet.z_unit,
        cos: &cos_reach,
        sin: &sin_reach,
    };
    let of_gateway = |(hits, near): &mut (Vec<u8>, Vec<u32>), (index, gateway): (usize, &GatewaySite)| {
        let mut links = Vec::new();
        if outages.gateway_is_out(index as u16) {
            return links;
        }
        near.clear();
        within_reach(&columns, gateway.normal, (1.0, 0.0), hits, near);
        links.extend(near.iter().filter_map(|&at| {
            let slant_mm = slant_mm(gateway, fleet.position_km(at as usize), sin_mask, cos_protected)?;
            Some(Feeder { satellite: fleet.sky_index[at as usize], gateway: index as u16, slant_mm })
        }));
        links
    };
    // Each gateway's links end up in its own place, however they were dealt to threads.
    let each: Vec<Vec<Feeder>> =
        gateways.par_iter().enumerate().map_init(Default::default, of_gateway).collect();
    each.concat()
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
    (0..fleet.len()).into_par_iter().with_min_len(1024).map(reach).unzip()
}
