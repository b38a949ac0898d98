//! One satellite for each cell: greedy, the most constrained block first.

use skyshed_ground::{Block, Cell};
use skyshed_orbit::Sky;

use crate::candidates::BlockCandidates;
use crate::fleet::Fleet;
use crate::geometry::{EARTH_EQUATORIAL_RADIUS_KM, minus, sin2_elevation, surface_point_km};
use crate::gso::{ArcSite, Separation, Standing};
use crate::kernel::{Candidates, PLACE_BITS, REFUSED, SCORE_ONE, best, mark_arc, place, score};
use crate::landing::Landing;
use crate::slot::{Cause, NO_SATELLITE, SlotPlan};
use crate::{Inputs, NOT_PLANNED, Prepared};

/// Number of frequency-reuse colours.
pub const COLOURS: usize = 8;

/// The squared sine of no elevation: nothing passes it.
const CLOSED: f32 = 2.0;

/// Who serves whom, and why not.
pub struct Chosen {
    /// Per cell: index into the fleet, or [`NO_SATELLITE`].
    pub satellite: Vec<u32>,
    /// Per cell: served, or why not.
    pub cause: Vec<Cause>,
    /// Per satellite of the fleet: cells served.
    pub load: Vec<u32>,
    /// Per satellite of the fleet: cells served, by colour.
    pub colour_load: Vec<[u32; COLOURS]>,
}

/// One block in one round.
struct Unit {
    tier: u8,
    /// Usable candidates per cell, in 1/4096: the smaller, the sooner.
    room: u32,
    block: u32,
}

/// Chooses a satellite for every planned cell.
pub fn assign(
    inputs: Inputs<'_>,
    prepared: &Prepared,
    fleet: &Fleet,
    landings: &[Option<Landing>],
    lists: &BlockCandidates,
    sky: &Sky,
    previous: Option<&SlotPlan>,
) -> Chosen {
    let mut work = Work::new(inputs, prepared, fleet, landings);
    let kept = previous.map(|previous| Kept::new(previous, sky, fleet));
    for unit in units(prepared, landings, lists) {
        let block = prepared.blocks[unit.block as usize];
        work.open_block(&block, lists.of(unit.block as usize));
        for cell in block.first_cell..block.first_cell + block.cell_count {
            if prepared.tier[cell as usize] == unit.tier {
                work.serve(Cell(cell), kept.as_ref());
            }
        }
    }
    work.chosen
}

/// The order of work: by round, then the least room first, then in cell order.
fn units(prepared: &Prepared, landings: &[Option<Landing>], lists: &BlockCandidates) -> Vec<Unit> {
    let mut units = Vec::with_capacity(prepared.blocks.len());
    for (index, block) in prepared.blocks.iter().enumerate() {
        let usable = lists.of(index).iter().filter(|&&satellite| landings[satellite as usize].is_some()).count();
        for (tier, count) in count_by_tier(block, &prepared.tier).into_iter().enumerate().filter(|(_, count)| *count > 0) {
            units.push(Unit { tier: tier as u8, room: (usable as u32 * 4096) / count, block: index as u32 });
        }
    }
    units.sort_unstable_by_key(|unit| (unit.tier, unit.room, unit.block));
    units
}

fn count_by_tier(block: &Block, tier: &[u8]) -> [u32; 3] {
    let first = block.first_cell as usize;
    let mut counts = [0; 3];
    for &tier in &tier[first..first + block.cell_count as usize] {
        if tier != NOT_PLANNED {
            counts[usize::from(tier)] += 1;
        }
    }
    counts
}

/// The choices of the previous slot, in this slot's terms.
struct Kept<'a> {
    previous: &'a SlotPlan,
    /// For each satellite of the previous plan, its index in this fleet, or [`NO_SATELLITE`].
    fleet_index: Vec<u32>,
}

impl<'a> Kept<'a> {
    /// Satellites are the same if their catalogue numbers are; both lists ascend.
    fn new(previous: &'a SlotPlan, sky: &Sky, fleet: &Fleet) -> Kept<'a> {
        let mut now = fleet.sky_index.iter().enumerate().peekable();
        let fleet_index = previous.satellites.iter().map(|satellite| {
            let number = |sky_index: u32| sky.satellites[sky_index as usize].catalog_number;
            while now.next_if(|&(_, &sky_index)| number(sky_index) < satellite.catalog_number).is_some() {}
            match now.peek() {
                Some(&(index, &sky_index)) if number(sky_index) == satellite.catalog_number => index as u32,
                _ => NO_SATELLITE,
            }
        });
        Kept { previous, fleet_index: fleet_index.collect() }
    }

    fn of(&self, cell: Cell) -> Option<u32> {
        let satellite = self.previous.satellite(cell)?;
        Some(self.fleet_index[satellite as usize]).filter(|&index| index != NO_SATELLITE)
    }
}

struct Work<'a> {
    inputs: Inputs<'a>,
    prepared: &'a Prepared,
    fleet: &'a Fleet,
    landings: &'a [Option<Landing>],
    chosen: Chosen,
    /// Per satellite: squared sine of the smallest elevation at which it may serve; [`CLOSED`] without a gateway or beam.
    floor: Vec<f32>,
    /// Per satellite: what its load costs it, negative.
    bias: Vec<i32>,
    /// What a load costs, by load.
    bias_of_load: Vec<i32>,
    keep_bonus: i32,
    cells_per_colour_max: u32,
    separation: Separation,
    /// The block at hand: every candidate, those that may not serve closed.
    open: Candidates,
    /// The block at hand: every candidate's own elevation mask, to find causes; filled when first needed.
    masks: Vec<f32>,
    packed: Vec<i32>,
}

impl<'a> Work<'a> {
    fn new(inputs: Inputs<'a>, prepared: &'a Prepared, fleet: &'a Fleet, landings: &'a [Option<Landing>]) -> Work<'a> {
        let config = inputs.config;
        let quantised = |weight: f64| (weight * f64::from(SCORE_ONE)) as i32;
        let cells_max = i64::from(config.beams.cells_per_satellite());
        let load_cost = i64::from(quantised(config.choice.load_weight));
        let floor = |(landing, mask): (&Option<Landing>, &f32)| if landing.is_some() { *mask } else { CLOSED };
        Work {
            inputs,
            prepared,
            fleet,
            landings,
            chosen: Chosen {
                satellite: vec![NO_SATELLITE; prepared.tier.len()],
                cause: prepared.cause.clone(),
                load: vec![0; fleet.len()],
                colour_load: vec![[0; COLOURS]; fleet.len()],
            },
            floor: landings.iter().zip(&fleet.sin2_mask).map(floor).collect(),
            bias: vec![0; fleet.len()],
            bias_of_load: (0..=cells_max).map(|load| -(load_cost * load / cells_max) as i32).collect(),
            keep_bonus: quantised(config.choice.keep_bonus) << PLACE_BITS,
            cells_per_colour_max: config.beams.cells_per_colour(),
            separation: Separation::new(config.gso.user_separation_deg),
            open: Candidates::default(),
            masks: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// Lays the candidates of a block out in columns.
    fn open_block(&mut self, block: &Block, list: &[u32]) {
        let fleet = self.fleet;
        let open = &mut self.open;
        open.fleet_index.clear();
        open.fleet_index.extend_from_slice(list);
        for (column, from) in [
            (&mut open.x_km, &fleet.x_km),
            (&mut open.y_km, &fleet.y_km),
            (&mut open.z_km, &fleet.z_km),
            (&mut open.floor, &self.floor),
        ] {
            column.clear();
            column.extend(list.iter().map(|&satellite| from[satellite as usize]));
        }
        open.bias.clear();
        open.bias.extend(list.iter().map(|&satellite| self.bias[satellite as usize]));
        // A cap's radius along the ellipsoid, never shorter than the straight line.
        let radius_km = block.radius_rad * EARTH_EQUATORIAL_RADIUS_KM as f32 + 1.0;
        mark_arc(open, &self.separation, surface_point_km(block.normal), radius_km);
        self.masks.clear();
        if !self.waived_in(block) {
            let open = &mut self.open;
            for (floor, _) in open.floor.iter_mut().zip(&open.arc).filter(|(_, arc)| **arc == Standing::Close as u8) {
                *floor = CLOSED;
            }
        }
    }

    /// True if any cell of the block need not keep away from the geostationary arc.
    fn waived_in(&self, block: &Block) -> bool {
        let first = block.first_cell as usize;
        let territories = &self.inputs.ground.territory[first..first + block.cell_count as usize];
        self.prepared.any_gso_waived && territories.iter().any(|&t| self.prepared.gso_waived[usize::from(t)])
    }

    /// True if the candidate at `place` keeps its distance to the geostationary arc, or need not.
    fn clear_of_arc(&self, place: usize, site_km: [f32; 3], arc: &mut Option<ArcSite>, waived: bool) -> bool {
        if waived || self.open.arc[place] == Standing::Clear as u8 {
            return true;
        }
        if self.open.arc[place] == Standing::Close as u8 {
            return false;
        }
        let arc = arc.get_or_insert_with(|| ArcSite::new(site_km));
        let satellite = [self.open.x_km[place], self.open.y_km[place], self.open.z_km[place]];
        arc.cos_separation(minus(satellite, site_km)) <= self.separation.cos
    }

    /// Gives a cell to the candidate at `place`.
    fn take(&mut self, place: usize, cell: usize, colour: usize) {
        let satellite = self.open.fleet_index[place] as usize;
        let chosen = &mut self.chosen;
        chosen.satellite[cell] = satellite as u32;
        chosen.cause[cell] = Cause::Served;
        chosen.load[satellite] += 1;
        chosen.colour_load[satellite][colour] += 1;
        let load = chosen.load[satellite] as usize;
        self.bias[satellite] = self.bias_of_load[load];
        if load + 1 == self.bias_of_load.len() {
            self.floor[satellite] = CLOSED;
        }
        self.open.bias[place] = self.bias[satellite];
        self.open.floor[place] = self.floor[satellite];
    }

    fn serve(&mut self, cell: Cell, kept: Option<&Kept<'_>>) {
        let index = cell.0 as usize;
        let ground = self.inputs.ground;
        let normal = [ground.normal_x[index], ground.normal_y[index], ground.normal_z[index]];
        let site_km = surface_point_km(normal);
        let floor = self.prepared.sin_floor[index];
        score(&self.open, site_km, normal, floor * floor, &mut self.packed);
        if let Some(place) = kept.and_then(|kept| self.open.fleet_index.binary_search(&kept.of(cell)?).ok())
            && self.packed[place] != REFUSED
        {
            self.packed[place] += self.keep_bonus;
        }
        let waived = self.prepared.gso_waived[usize::from(ground.territory[index])];
        let mut arc = None;
        let colour = usize::from(ground.colour[index]);
        loop {
            let top = best(&self.packed);
            if top == REFUSED {
                self.chosen.cause[index] = self.cause(index, site_km, normal, waived);
                return;
            }
            let place = place(top);
            let satellite = self.open.fleet_index[place] as usize;
            if self.chosen.colour_load[satellite][colour] < self.cells_per_colour_max
                && self.clear_of_arc(place, site_km, &mut arc, waived)
            {
                self.take(place, index, colour);
                return;
            }
            self.packed[place] = REFUSED;
        }
    }

    /// Why nothing could be found: the furthest that any candidate came.
    fn cause(&mut self, index: usize, site_km: [f32; 3], normal: [f32; 3], waived: bool) -> Cause {
        let open = &mut self.open;
        if self.masks.is_empty() {
            self.masks.extend(open.fleet_index.iter().map(|&satellite| self.fleet.sin2_mask[satellite as usize]));
        }
        // The same scores with every candidate open down to its own mask: which may serve, not how well.
        std::mem::swap(&mut open.floor, &mut self.masks);
        score(open, site_km, normal, 0.0, &mut self.packed);
        std::mem::swap(&mut open.floor, &mut self.masks);
        let floor = self.prepared.sin_floor[index] * self.prepared.sin_floor[index];
        let mut arc = None;
        let mut furthest = Cause::NoSatelliteAboveMask;
        for (place, _) in self.packed.iter().enumerate().filter(|(_, packed)| **packed != REFUSED) {
            let satellite = self.open.fleet_index[place] as usize;
            let lands = self.landings[satellite].is_some();
            if furthest >= Cause::NoGateway && !lands {
                continue;
            }
            let stage = if !self.clear_of_arc(place, site_km, &mut arc, waived) {
                Cause::GsoArc
            } else if !lands {
                Cause::NoGateway
            } else if sin2_elevation(self.fleet.position_km(satellite), site_km, normal) < floor {
                Cause::BorderGuard
            } else {
                return Cause::BeamsExhausted;
            };
            furthest = furthest.max(stage);
        }
        furthest
    }
}

/// True if the satellite keeps its distance to the geostationary arc, or need not.
pub fn clear_of_arc(fleet: &Fleet, satellite: usize, site_km: [f32; 3], arc: Option<ArcSite>, cos_protected: f32) -> bool {
    arc.is_none_or(|arc| arc.cos_separation(minus(fleet.position_km(satellite), site_km)) <= cos_protected)
}
