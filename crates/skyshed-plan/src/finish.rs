//! From choices to a plan: shares of beams, latency, rates.

use rayon::prelude::*;
use skyshed_ground::Cell;
use skyshed_orbit::Sky;

use crate::Inputs;
use crate::assign::Chosen;
use crate::config::Config;
use crate::fleet::Fleet;
use crate::geometry::{LIGHT_KM_S, elevation_and_range, surface_point_km};
use crate::landing::Landing;
use crate::link::Link;
use crate::prepare::{PlannedCell, Prepared};
use crate::slot::{Cause, NO_SATELLITE, SlotPlan};

/// Turns choices into a plan.
pub fn finish(
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    fleet: &Fleet,
    landings: &[Option<Landing>],
    chosen: Chosen,
) -> SlotPlan {
    let config = inputs.config;
    let shares = Shares::new(prepared, config, &chosen);
    let link = Link::new(&config.link);
    let cells = chosen.satellite.len();
    let mut plan = SlotPlan {
        time: sky.time,
        length_s: config.slot.length_s,
        satellites: sky.satellites.clone(),
        satellite: chosen.satellite,
        cause: chosen.cause,
        share: vec![0; cells],
        elevation_cdeg: vec![0; cells],
        rtt_us: vec![0; cells],
        rate_kbps: vec![0; cells],
        landings: vec![None; sky.satellites.len()],
        load: vec![0; sky.satellites.len()],
        hops: config.beams.hops,
    };
    for (index, &sky_index) in fleet.sky_index.iter().enumerate() {
        plan.landings[sky_index as usize] = landings[index];
        plan.load[sky_index as usize] = chosen.load[index];
    }
    let mut rows = Vec::with_capacity(CHUNK.min(prepared.cells.len()));
    for chunk in prepared.cells.chunks(CHUNK) {
        let row = |planned: &PlannedCell| {
            let satellite = plan.satellite[planned.cell as usize];
            (satellite != NO_SATELLITE)
                .then(|| row(planned, satellite as usize, fleet, landings, &shares, &link, config))
        };
        chunk.par_iter().with_min_len(1024).map(row).collect_into_vec(&mut rows);
        for (planned, row) in chunk.iter().zip(&rows) {
            let cell = planned.cell as usize;
            if let Some(row) = row {
                plan.satellite[cell] = fleet.sky_index[plan.satellite[cell] as usize];
                plan.share[cell] = row.share;
                plan.elevation_cdeg[cell] = row.elevation_cdeg;
                plan.rtt_us[cell] = row.rtt_us;
                plan.rate_kbps[cell] = row.rate_kbps;
            }
        }
    }
    plan
}

/// Cells worked out at a time: enough for every thread, little memory.
const CHUNK: usize = 65_536;

/// What is worked out of one served cell.
struct Row {
    share: u8,
    elevation_cdeg: u16,
    rtt_us: u32,
    rate_kbps: u32,
}

fn row(
    planned: &PlannedCell,
    satellite: usize,
    fleet: &Fleet,
    landings: &[Option<Landing>],
    shares: &Shares,
    link: &Link,
    config: &Config,
) -> Row {
    let landing = landings[satellite].as_ref().expect("a serving satellite lands");
    let site_km = surface_point_km(planned.normal);
    let (sin_elevation, range_km) =
        elevation_and_range(fleet.position_km(satellite), site_km, planned.normal);
    let share = shares.of(planned, satellite);
    let beam_mbps = link.beam_rate_mbps(f64::from(range_km), f64::from(sin_elevation));
    Row {
        share,
        elevation_cdeg: (libm::asinf(sin_elevation.min(1.0)).to_degrees() * 100.0) as u16,
        rtt_us: rtt_us(f64::from(range_km), landing, config),
        rate_kbps: terminal_rate_kbps(beam_mbps, share, planned.people, config),
    }
}

/// Round-trip time, µs: propagation both ways by radio and fibre, and the access time.
fn rtt_us(range_km: f64, landing: &Landing, config: &Config) -> u32 {
    let one_way_km = range_km + landing.light_mm as f64 / 1e6;
    (2.0 * one_way_km / LIGHT_KM_S * 1e6 + config.latency.access_ms * 1e3) as u32
}

/// Rate of one busy terminal, kb/s: the cell's share of a beam, split evenly among those busy, up to the largest rate
/// of a terminal.
fn terminal_rate_kbps(beam_mbps: f64, share: u8, people: u32, config: &Config) -> u32 {
    let cell_mbps = beam_mbps * f64::from(share) / f64::from(config.beams.hops);
    let terminals = f64::from(people) * config.demand.terminals_per_1000_people / 1e3;
    let busy = (terminals * config.demand.busy_share).max(1.0);
    ((cell_mbps / busy).min(config.demand.terminal_rate_max_mbps) * 1e3) as u32
}

/// How a satellite's beams hop: every cell gets `1/hops` of a beam, what is left goes by people.
struct Shares {
    hops: u32,
    /// Per satellite: hops left over, and the weight of all its cells.
    spare: Vec<(u32, u64)>,
    /// The same per colour.
    spare_of_colour: Vec<[(u32, u64); crate::assign::COLOURS]>,
}

impl Shares {
    fn new(prepared: &Prepared, config: &Config, chosen: &Chosen) -> Shares {
        let (cells_max, colour_max) = (config.beams.cells_per_satellite(), config.beams.cells_per_colour());
        let mut shares = Shares {
            hops: u32::from(config.beams.hops),
            spare: chosen.load.iter().map(|load| (cells_max - load, 0)).collect(),
            spare_of_colour: chosen
                .colour_load
                .iter()
                .map(|loads| loads.map(|load| (colour_max - load, 0)))
                .collect(),
        };
        for planned in &prepared.cells {
            let satellite = chosen.satellite[planned.cell as usize];
            if satellite != NO_SATELLITE {
                let weight = weight(planned.people);
                shares.spare[satellite as usize].1 += weight;
                shares.spare_of_colour[satellite as usize][usize::from(planned.colour)].1 += weight;
            }
        }
        shares
    }

    /// The share of one cell, in `1/hops` of a beam: rounded down, so that no beam is promised twice.
    fn of(&self, planned: &PlannedCell, satellite: usize) -> u8 {
        let weight = weight(planned.people);
        let part = |(spare, total): (u32, u64)| (u64::from(spare) * weight / total.max(1)) as u32;
        let of_colour = self.spare_of_colour[satellite][usize::from(planned.colour)];
        let extra = part(self.spare[satellite]).min(part(of_colour));
        (1 + extra).min(self.hops) as u8
    }
}

/// What a cell counts for when beams are shared: its people, and one for the cell itself.
fn weight(people: u32) -> u64 {
    u64::from(people) + 1
}

/// The serving path of one cell, with lengths. `None` if the cell is not served.
pub fn service_path(plan: &SlotPlan, sky: &Sky, inputs: Inputs<'_>, cell: Cell) -> Option<Path> {
    let Inputs { ground, config, .. } = inputs;
    let index = cell.0 as usize;
    if plan.cause[index] != Cause::Served {
        return None;
    }
    let satellite = plan.satellite[index];
    let landing = plan.landings[satellite as usize]?;
    let normal = [ground.normal_x[index], ground.normal_y[index], ground.normal_z[index]];
    let at = satellite as usize;
    let position_km = [sky.x_itrf_m[at], sky.y_itrf_m[at], sky.z_itrf_m[at]].map(|m| (m / 1e3) as f32);
    let (sin_elevation, slant_range_km) = elevation_and_range(position_km, surface_point_km(normal), normal);
    let link = Link::new(&config.link);
    let feeder_km = landing.slant_mm as f64 / 1e6;
    let fibre_km = landing.fibre_mm as f64 / 1e6;
    Some(Path {
        satellite,
        landing,
        elevation_deg: f64::from(libm::asinf(sin_elevation.min(1.0)).to_degrees()),
        colour: ground.colour[index],
        share: plan.share[index],
        hops: plan.hops,
        slant_range_km: f64::from(slant_range_km),
        feeder_range_km: feeder_km,
        fibre_km,
        user_link_ms: 2.0 * f64::from(slant_range_km) / LIGHT_KM_S * 1e3,
        feeder_link_ms: 2.0 * feeder_km / LIGHT_KM_S * 1e3,
        fibre_ms: 2.0 * fibre_km / (LIGHT_KM_S * config.gateway.fibre_velocity_factor) * 1e3,
        access_ms: config.latency.access_ms,
        rtt_ms: f64::from(plan.rtt_us[index]) / 1e3,
        rate_mbps: f64::from(plan.rate_kbps[index]) / 1e3,
        snr_db: 10.0 * libm::log10(link.snr(f64::from(slant_range_km), f64::from(sin_elevation))),
        beam_rate_mbps: link.beam_rate_mbps(f64::from(slant_range_km), f64::from(sin_elevation)),
    })
}

/// The way of a cell's packets, and its round-trip time's parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Index of the serving satellite in the plan.
    pub satellite: u32,
    /// Its gateway and point of presence.
    pub landing: Landing,
    /// Elevation of the satellite above the cell's horizon.
    pub elevation_deg: f64,
    /// Frequency-reuse colour of the beam.
    pub colour: u8,
    /// Share of a beam, in `1/hops`.
    pub share: u8,
    /// See `share`.
    pub hops: u8,
    /// From the cell to the satellite.
    pub slant_range_km: f64,
    /// From the satellite to the gateway.
    pub feeder_range_km: f64,
    /// Length of fibre from the gateway to the point of presence.
    pub fibre_km: f64,
    /// Round trip over the user link.
    pub user_link_ms: f64,
    /// Round trip over the feeder link.
    pub feeder_link_ms: f64,
    /// Round trip over the fibre.
    pub fibre_ms: f64,
    /// What is not propagation.
    pub access_ms: f64,
    /// The sum, as planned.
    pub rtt_ms: f64,
    /// Rate of one busy terminal, as planned.
    pub rate_mbps: f64,
    /// Signal-to-noise ratio of the user link, clear sky.
    pub snr_db: f64,
    /// Rate of the whole beam.
    pub beam_rate_mbps: f64,
}
