//! From choices to a plan: shares of beams, latency, rates.

use rayon::prelude::*;
use skyshed_ground::Cell;
use skyshed_orbit::Sky;

use crate::Inputs;
use crate::assign::{COLOURS, Choice, Chosen, WayLengths};
use crate::capacity::{Demand, Ways, share_links};
use crate::config::Config;
use crate::fleet::Fleet;
use crate::geometry::{LIGHT_KM_S, elevation_and_range, surface_point_km};
use crate::link::Link;
use crate::network::Landing;
use crate::prepare::{NO_POP, PlannedCell, Prepared};
use crate::slot::{Cause, NO_SATELLITE, SlotPlan};

/// Turns choices into a plan, in the memory of `spare`. Its network is left to the caller.
pub fn finish(
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    fleet: &Fleet,
    ways: Ways<'_>,
    chosen: Chosen,
    spare: SlotPlan,
) -> SlotPlan {
    let (mut plan, beams_kbps) = lay_out(sky, inputs, prepared, fleet, &chosen, spare, |_, _| {});
    (plan.loads, _) = share_links(&mut plan, ways, prepared, inputs.config, beams_kbps);
    plan
}

/// The plan before links are shared: rates are the most that beams allow. With it comes, per satellite, nothing yet and what
/// its beams could carry. `told` hears of every planned cell in its order, and of its row if it is served.
pub fn lay_out(
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    fleet: &Fleet,
    chosen: &Chosen,
    spare: SlotPlan,
    mut told: impl FnMut(&PlannedCell, Option<&Row>) + Send,
) -> (SlotPlan, Vec<[f64; 2]>) {
    let config = inputs.config;
    let shares = Shares::new(config, Held::of(config, prepared, chosen));
    let sums = Sums::new(config, &prepared.link, fleet, &chosen.lengths, &shares);
    let mut plan = laid_out(prepared, spare);
    plan.time = sky.time;
    plan.length_s = config.slot.length_s;
    plan.satellites = sky.satellites.clone();
    plan.load = filled(plan.load, sky.satellites.len(), 0);
    plan.share_parts = config.beams.share_parts;
    for (index, &sky_index) in fleet.sky_index.iter().enumerate() {
        plan.load[sky_index as usize] = chosen.load[index];
    }
    let mut beams_kbps = vec![[0.0; 2]; sky.satellites.len()];
    let row = |(planned, choice): (&PlannedCell, &Choice)| {
        choice.satellite().map(|satellite| sums.row(planned, satellite as usize))
    };
    let work_out = |(planned, choices): (&[PlannedCell], &[Choice]), rows: &mut Vec<_>| {
        planned.par_iter().zip(choices).with_min_len(512).map(row).collect_into_vec(rows);
    };
    let mut chunks = prepared.cells.chunks(CHUNK).zip(chosen.choices.chunks(CHUNK));
    let (mut chunk, mut rows, mut rows_next) = (chunks.next(), Vec::new(), Vec::new());
    chunk.into_iter().for_each(|chunk| work_out(chunk, &mut rows));
    while let Some((planned, _)) = chunk {
        let next = chunks.next();
        // One chunk is laid down while the next is worked out.
        rayon::join(
            || lay_down(&mut plan, &mut beams_kbps, planned, &rows, &mut told),
            || next.into_iter().for_each(|next| work_out(next, &mut rows_next)),
        );
        std::mem::swap(&mut rows, &mut rows_next);
        chunk = next;
    }
    (plan, beams_kbps)
}

/// Writes the rows of some cells.
fn lay_down(
    plan: &mut SlotPlan,
    beams_kbps: &mut [[f64; 2]],
    planned: &[PlannedCell],
    rows: &[Result<Row, Cause>],
    told: &mut impl FnMut(&PlannedCell, Option<&Row>),
) {
    for (planned, row) in planned.iter().zip(rows) {
        told(planned, row.as_ref().ok());
        let cell = planned.cell as usize;
        let (cause, row) = row.as_ref().map_or_else(|&cause| (cause, &UNSERVED), |row| (Cause::Served, row));
        plan.cause[cell] = cause;
        plan.satellite[cell] = row.sky_index;
        plan.share[cell] = row.share;
        plan.elevation_cdeg[cell] = row.elevation_cdeg;
        plan.rtt_us[cell] = row.rtt_us;
        plan.rate_kbps[cell] = row.rate_kbps;
        if let Some(beams_kbps) = beams_kbps.get_mut(row.sky_index as usize) {
            beams_kbps[1] += row.cell_kbps;
        }
    }
}

/// A plan whose cells are those that are not planned, in the memory of an old one. The planned ones are still to be
/// written, every one of them.
fn laid_out(prepared: &Prepared, spare: SlotPlan) -> SlotPlan {
    if spare.layout.is(&prepared.layout) {
        return spare;
    }
    let cells = prepared.cause.len();
    let mut cause = spare.cause;
    cause.clone_from(&prepared.cause);
    SlotPlan {
        satellite: filled(spare.satellite, cells, UNSERVED.sky_index),
        cause,
        share: filled(spare.share, cells, UNSERVED.share),
        elevation_cdeg: filled(spare.elevation_cdeg, cells, UNSERVED.elevation_cdeg),
        rtt_us: filled(spare.rtt_us, cells, UNSERVED.rtt_us),
        rate_kbps: filled(spare.rate_kbps, cells, UNSERVED.rate_kbps),
        layout: prepared.layout.clone(),
        ..spare
    }
}

/// A column of `len` values, in the memory of an old one.
fn filled<T: Clone>(mut column: Vec<T>, len: usize, value: T) -> Vec<T> {
    column.clear();
    column.resize(len, value);
    column
}

/// Cells worked out at a time: enough for every thread, little memory.
const CHUNK: usize = 8_192;

/// What is worked out of one served cell.
pub struct Row {
    /// The satellite that serves it, an index into the sky.
    pub sky_index: u32,
    /// As in [`SlotPlan::share`].
    pub share: u8,
    /// As in [`SlotPlan::elevation_cdeg`].
    pub elevation_cdeg: u16,
    /// As in [`SlotPlan::rtt_us`].
    pub rtt_us: u32,
    /// The most that the beam allows.
    pub rate_kbps: u32,
    /// What the whole beam carries there.
    pub beam_mbps: f64,
    /// What the cell's share of it carries.
    cell_kbps: f64,
}

/// The row of a cell that is not served.
const UNSERVED: Row = Row {
    sky_index: NO_SATELLITE,
    share: 0,
    elevation_cdeg: 0,
    rtt_us: 0,
    rate_kbps: 0,
    beam_mbps: 0.0,
    cell_kbps: 0.0,
};

/// What a row is worked out from.
pub struct Sums<'a> {
    fleet: &'a Fleet,
    lengths: &'a WayLengths,
    shares: &'a Shares,
    link: &'a Link,
    demand: Demand,
    /// Time for the round trip over one kilometre.
    rtt_us_per_km: f64,
    access_us: f64,
}

impl<'a> Sums<'a> {
    /// Of satellites that share their beams like this.
    pub fn new(
        config: &Config,
        link: &'a Link,
        fleet: &'a Fleet,
        lengths: &'a WayLengths,
        shares: &'a Shares,
    ) -> Sums<'a> {
        Sums {
            fleet,
            lengths,
            shares,
            link,
            demand: Demand::new(config),
            rtt_us_per_km: 2e6 / LIGHT_KM_S,
            access_us: config.latency.access_ms * 1e3,
        }
    }

    /// The row of a cell that a satellite of the fleet serves.
    pub fn row(&self, planned: &PlannedCell, satellite: usize) -> Row {
        let sky_index = self.fleet.sky_index[satellite];
        let site_km = surface_point_km(planned.normal);
        let position_km = self.fleet.position_km(satellite);
        let (sin_elevation, range_km) = elevation_and_range(position_km, site_km, planned.normal);
        let range_km = f64::from(range_km);
        let share = self.shares.of(planned.people, planned.colour, satellite);
        let beam_mbps = self.link.beam_rate_mbps(range_km, f64::from(sin_elevation));
        // Propagation both ways by radio and fibre, and the access time.
        let light_km = self.lengths.light_mm(satellite, planned.home_pop) as f64 / 1e6;
        let rtt_us = (range_km + light_km) * self.rtt_us_per_km + self.access_us;
        Row {
            sky_index,
            share,
            elevation_cdeg: (libm::asinf(sin_elevation.min(1.0)).to_degrees() * 100.0) as u16,
            rtt_us: rtt_us as u32,
            rate_kbps: self.demand.terminal_rate_kbps(beam_mbps, share, planned.people),
            beam_mbps,
            cell_kbps: self.demand.cell_mbps(beam_mbps, share) * 1e3,
        }
    }

    /// The share of a cell whose beam and people are known, and the most it allows one terminal: as in its row.
    pub fn share(&self, beam_mbps: f64, people: u32, colour: u8, satellite: usize) -> (u8, u32) {
        let share = self.shares.of(people, colour, satellite);
        (share, self.demand.terminal_rate_kbps(beam_mbps, share, people))
    }
}

/// Where the traffic of a cell lands. `None` if the cell is not served.
pub fn landing_of(plan: &SlotPlan, inputs: Inputs<'_>, prepared: &Prepared, cell: Cell) -> Option<Landing> {
    landing_from(plan, inputs, prepared, plan.satellite(cell)?, cell)
}

/// Where the traffic of a cell would land if this satellite served it. `None` if the satellite reaches no gateway.
pub fn landing_from(
    plan: &SlotPlan,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    satellite: u32,
    cell: Cell,
) -> Option<Landing> {
    let home_pop = prepared.home_pop[usize::from(inputs.ground.territory[cell.0 as usize])];
    let nearest = plan.network.landings[satellite as usize]?;
    if home_pop == NO_POP || home_pop == nearest.pop {
        return Some(nearest);
    }
    plan.network.landing(prepared, satellite, home_pop).or(Some(nearest))
}

/// How a satellite's beams hop: every cell with people gets `1/hops` of a beam, every other one part; what is left goes
/// by people.
pub struct Shares {
    parts: u64,
    least: [u64; 2],
    /// Per satellite and colour: parts left over per weight, in 2⁻³² and rounded down, so that no beam is promised twice.
    spare_per_weight: Vec<[u64; COLOURS]>,
}

/// What the cells of one satellite and colour have, and weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    parts: u64,
    weight: u64,
}

impl Held {
    /// Per satellite of the fleet and colour, in a plan.
    pub fn of(config: &Config, prepared: &Prepared, chosen: &Chosen) -> Vec<[Held; COLOURS]> {
        let least = least_parts(config);
        let mut held = vec![[Held::default(); COLOURS]; chosen.load.len()];
        for (planned, choice) in prepared.cells.iter().zip(&chosen.choices) {
            if let Ok(satellite) = choice.satellite() {
                held[satellite as usize][usize::from(planned.colour)].add(planned, least);
            }
        }
        held
    }

    /// Adds a cell.
    pub fn add(&mut self, planned: &PlannedCell, least: [u64; 2]) {
        self.parts += least[usize::from(planned.people > 0)];
        self.weight += weight(planned.people);
    }

    /// Takes one that was added away.
    pub fn take(&mut self, planned: &PlannedCell, least: [u64; 2]) {
        self.parts -= least[usize::from(planned.people > 0)];
        self.weight -= weight(planned.people);
    }
}

/// The parts of a beam that a cell has in any case: where nobody lives, and where people do.
pub fn least_parts(config: &Config) -> [u64; 2] {
    [1, u64::from(config.beams.share_parts) / u64::from(config.beams.hops)]
}

impl Shares {
    /// Of satellites whose cells have and weigh this.
    pub fn new(config: &Config, held: Vec<[Held; COLOURS]>) -> Shares {
        let beams = &config.beams;
        let parts = u64::from(beams.share_parts);
        let per_weight = |beams: u16, parts: u64, held: Held| {
            ((u64::from(beams) * parts - held.parts) << 32) / held.weight.max(1)
        };
        let spare = |held: [Held; COLOURS]| {
            let all = held.iter().fold(Held::default(), |all, held| Held {
                parts: all.parts + held.parts,
                weight: all.weight + held.weight,
            });
            let of_all = per_weight(beams.per_satellite, parts, all);
            held.map(|held| of_all.min(per_weight(beams.per_colour, parts, held)))
        };
        let spare_per_weight = held.into_iter().map(spare).collect();
        Shares { parts, least: least_parts(config), spare_per_weight }
    }

    /// Whether cells of a satellite and colour have the same shares here and there.
    pub fn alike(&self, other: &Shares, satellite: usize, colour: usize) -> bool {
        self.spare_per_weight[satellite][colour] == other.spare_per_weight[satellite][colour]
    }

    /// The parts a cell has in any case.
    fn least(&self, people: u32) -> u64 {
        self.least[usize::from(people > 0)]
    }

    /// The share of one cell.
    fn of(&self, people: u32, colour: u8, satellite: usize) -> u8 {
        let per_weight = self.spare_per_weight[satellite][usize::from(colour)];
        let extra = (per_weight * weight(people)) >> 32;
        (self.least(people) + extra).min(self.parts) as u8
    }
}

/// What a cell counts for when beams are shared: its people, and one for the cell itself.
fn weight(people: u32) -> u64 {
    u64::from(people) + 1
}

/// The serving path of one cell, with lengths. `None` if the cell is not served.
pub fn service_path(
    plan: &SlotPlan,
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    cell: Cell,
) -> Option<Path> {
    let Inputs { ground, config, .. } = inputs;
    let index = cell.0 as usize;
    let satellite = plan.satellite(cell)?;
    let landing = landing_of(plan, inputs, prepared, cell)?;
    let normal = [ground.normal_x[index], ground.normal_y[index], ground.normal_z[index]];
    let at = satellite as usize;
    let position_km = [sky.x_itrf_m[at], sky.y_itrf_m[at], sky.z_itrf_m[at]].map(|m| (m / 1e3) as f32);
    let (sin_elevation, slant_range_km) = elevation_and_range(position_km, surface_point_km(normal), normal);
    let link = &prepared.link;
    let (slant_range_km, sin_elevation) = (f64::from(slant_range_km), f64::from(sin_elevation));
    let feeder_range_km = landing.slant_mm as f64 / 1e6;
    let fibre_km = landing.fibre_mm as f64 / 1e6;
    let satellites = plan.network.satellites_to(satellite, landing.pop);
    let laser_km = |hop: &[u32]| {
        plan.network.laser(hop[0], hop[1]).map(|laser| plan.network.lasers.length_mm[laser] as f64 / 1e6)
    };
    let laser_hops_km: Vec<f64> = satellites.windows(2).filter_map(laser_km).collect();
    let radio_ms = |km: f64| 2.0 * km / LIGHT_KM_S * 1e3;
    Some(Path {
        satellite,
        satellites,
        landing,
        elevation_deg: libm::asin(sin_elevation.min(1.0)).to_degrees(),
        colour: ground.colour[index],
        share: plan.share[index],
        share_parts: plan.share_parts,
        slant_range_km,
        laser_hops_km,
        feeder_range_km,
        fibre_km,
        user_link_ms: radio_ms(slant_range_km),
        lasers_ms: radio_ms(landing.laser_mm as f64 / 1e6)
            + f64::from(landing.laser_hops) * config.latency.laser_hop_ms,
        feeder_link_ms: radio_ms(feeder_range_km),
        fibre_ms: radio_ms(fibre_km) / config.gateway.fibre_velocity_factor,
        access_ms: config.latency.access_ms,
        rtt_ms: f64::from(plan.rtt_us[index]) / 1e3,
        rate_mbps: f64::from(plan.rate_kbps[index]) / 1e3,
        snr_db: 10.0 * libm::log10(link.snr(slant_range_km, sin_elevation)),
        beam_rate_mbps: link.beam_rate_mbps(slant_range_km, sin_elevation),
    })
}

/// The way of a cell's packets, and its round-trip time's parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Index of the serving satellite in the plan.
    pub satellite: u32,
    /// The satellites on the way, by index: the serving one first, the one that lands last.
    pub satellites: Vec<u32>,
    /// Its gateway and point of presence.
    pub landing: Landing,
    /// Elevation of the satellite above the cell's horizon.
    pub elevation_deg: f64,
    /// Frequency-reuse colour of the beam.
    pub colour: u8,
    /// Share of a beam, in `1/share_parts`.
    pub share: u8,
    /// See `share`.
    pub share_parts: u8,
    /// From the cell to the satellite.
    pub slant_range_km: f64,
    /// Each laser link from the serving satellite to the one that lands; one fewer than `satellites`.
    pub laser_hops_km: Vec<f64>,
    /// From the satellite that lands to the gateway.
    pub feeder_range_km: f64,
    /// Length of fibre from the gateway to the point of presence.
    pub fibre_km: f64,
    /// Round trip over the user link.
    pub user_link_ms: f64,
    /// Round trip over the lasers, each hop's own time included.
    pub lasers_ms: f64,
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
