//! Which satellites may stand above the mask of any cell of each block: a generous list per block, from two levels.
//!
//! Groups of up to 49 neighbouring blocks are held against the whole fleet, then each block against its group's list.
//! Nothing is decided here that differs from cell to cell: the exact test is made per cell.

use rayon::prelude::*;
use skyshed_ground::Block;

use crate::fleet::Fleet;
use crate::geometry::{EARTH_EQUATORIAL_RADIUS_KM, VERTICAL_DEFLECTION_MAX_DEG, dot, surface_point_km};
use crate::gso::{Separation, Standing};
use crate::kernel::prefetch;
use crate::kernel::{CANDIDATES_MAX, Positions, ReachColumns, mark_arc, within_reach};

/// Blocks of one group.
const GROUP_BLOCKS: usize = 49;
/// A group ends where the next block is further from its first than this (cosine of 15 degrees): the list of blocks
/// follows the H3 hierarchy and jumps at the end of a face.
const GROUP_COS: f32 = 0.965_925_8;

/// A run of neighbouring blocks with a cap around it.
pub struct Group {
    /// First block, a place in the list of planned blocks.
    pub first: usize,
    /// One past the last.
    pub end: usize,
    centre: [f32; 3],
    radius_rad: f32,
}

/// The candidates of every planned block, one after the other.
pub struct BlockCandidates {
    /// Where each block's list begins; one more entry than blocks.
    heads: Vec<u32>,
    /// Indices into the fleet: within a block those that may serve some of its cells first, then the others, each
    /// ascending.
    fleet_index: Vec<u32>,
    /// What holds for all cells of the block.
    traits: Vec<Traits>,
    /// Per block: usable candidates, and the sectors of those that land, a bit each.
    tallies: Vec<(u32, u8)>,
}

/// What holds of a satellite for every cell of a block.
#[derive(Clone, Copy)]
pub struct Traits {
    /// How it stands to the geostationary arc, a [`Standing`] as a number.
    pub arc: u8,
    /// It reaches a gateway.
    pub lands: bool,
}

impl Traits {
    /// True if it may serve any cell of the block that must keep away from the arc.
    pub fn usable(self) -> bool {
        self.lands && self.arc != Standing::Close as u8
    }
}

impl BlockCandidates {
    /// How many candidates may serve some of a block's cells.
    pub fn usable(&self, block: usize) -> u32 {
        self.tallies[block].0
    }

    /// The candidates that may serve some of a block's cells.
    pub fn usable_of(&self, block: usize) -> &[u32] {
        let first = self.heads[block] as usize;
        &self.fleet_index[first..first + self.usable(block) as usize]
    }

    /// The sectors of the satellites that can matter to a block, a bit each.
    pub fn sectors(&self, block: usize) -> u8 {
        self.tallies[block].1
    }

    /// The list of one planned block.
    pub fn of(&self, block: usize) -> (&[u32], &[Traits]) {
        let span = self.heads[block] as usize..self.heads[block + 1] as usize;
        (&self.fleet_index[span.clone()], &self.traits[span])
    }

    /// Asks for the memory of a list early.
    pub fn fetch_ahead(&self, block: usize) {
        let span = self.heads[block] as usize..self.heads[block + 1] as usize;
        self.fleet_index[span].iter().step_by(INDICES_PER_LINE).for_each(prefetch);
    }
}

/// Indices in one line of cache, 64 bytes.
const INDICES_PER_LINE: usize = 16;

/// Groups the planned blocks (in cell order).
pub fn groups(blocks: &[Block]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut first = 0;
    while first < blocks.len() {
        let near = |block: &&Block| dot(block.normal, blocks[first].normal) >= GROUP_COS;
        let end = first + blocks[first..].iter().take(GROUP_BLOCKS).take_while(near).count().max(1);
        groups.push(group(blocks, first, end));
        first = end;
    }
    groups
}

fn group(blocks: &[Block], first: usize, end: usize) -> Group {
    let members = &blocks[first..end];
    let sum = members.iter().fold([0.0f32; 3], |sum, block| [0, 1, 2].map(|i| sum[i] + block.normal[i]));
    let length = dot(sum, sum).sqrt();
    let centre = sum.map(|c| c / length);
    let angle = |block: &Block| {
        let offset = [0, 1, 2].map(|i| block.normal[i] - centre[i]);
        2.0 * libm::asinf((dot(offset, offset).sqrt() / 2.0).min(1.0)) + block.radius_rad
    };
    let radius_rad = members.iter().map(angle).fold(0.0, f32::max);
    Group { first, end, centre, radius_rad }
}

/// The candidates of each of `blocks`, worked out group by group on all threads and laid down in order. `lands` says of each
/// satellite of the fleet whether it reaches a gateway.
pub fn block_candidates(
    fleet: &Fleet,
    lands: &[bool],
    blocks: &[Block],
    groups: &[Group],
    separation: &Separation,
) -> BlockCandidates {
    let parts: Vec<Part> = groups
        .par_iter()
        .map_init(Scratch::default, |scratch, group| part(fleet, lands, blocks, group, separation, scratch))
        .collect();
    let count = parts.iter().map(|part| part.fleet_index.len()).sum();
    let mut lists = BlockCandidates {
        heads: Vec::with_capacity(blocks.len() + 1),
        fleet_index: Vec::with_capacity(count),
        traits: Vec::with_capacity(count),
        tallies: Vec::with_capacity(blocks.len()),
    };
    lists.heads.push(0);
    for part in parts {
        let before = lists.fleet_index.len() as u32;
        lists.heads.extend(part.ends.iter().map(|end| before + end));
        lists.fleet_index.extend_from_slice(&part.fleet_index);
        lists.traits.extend_from_slice(&part.traits);
        lists.tallies.extend_from_slice(&part.tallies);
    }
    lists
}

/// The lists of one group.
#[derive(Default)]
struct Part {
    ends: Vec<u32>,
    fleet_index: Vec<u32>,
    traits: Vec<Traits>,
    tallies: Vec<(u32, u8)>,
}

/// Columns that are used again from group to group.
#[derive(Default)]
struct Scratch {
    hits: Vec<u8>,
    in_group: Vec<u32>,
    in_block: Vec<u32>,
    columns: [Vec<f32>; 5],
    positions: Positions,
    arc: Vec<u8>,
    /// Candidates of a block that may serve none of its cells.
    others: Vec<(u32, Traits)>,
}

fn part(
    fleet: &Fleet,
    lands: &[bool],
    blocks: &[Block],
    group: &Group,
    separation: &Separation,
    scratch: &mut Scratch,
) -> Part {
    let Scratch { hits, in_group, in_block, columns, positions, arc, others } = scratch;
    let whole = ReachColumns {
        x: &fleet.x_unit,
        y: &fleet.y_unit,
        z: &fleet.z_unit,
        cos: &fleet.cos_reach,
        sin: &fleet.sin_reach,
    };
    in_group.clear();
    within_reach(&whole, group.centre, cos_sin(group.radius_rad), hits, in_group);
    for (column, from) in columns.iter_mut().zip([whole.x, whole.y, whole.z, whole.cos, whole.sin]) {
        column.clear();
        column.extend(in_group.iter().map(|&i| from[i as usize]));
    }
    let [x, y, z, cos, sin] = &*columns;
    let near = ReachColumns { x, y, z, cos, sin };
    let mut part = Part::default();
    for block in &blocks[group.first..group.end] {
        in_block.clear();
        within_reach(&near, block.normal, cos_sin(block.radius_rad), hits, in_block);
        in_block.truncate(CANDIDATES_MAX);
        positions.clear();
        for at in in_block.iter_mut() {
            *at = in_group[*at as usize];
            positions.push_if(fleet.position_km(*at as usize), true);
        }
        // A cap's radius along the ellipsoid, never shorter than the straight line.
        let radius_km = block.radius_rad * EARTH_EQUATORIAL_RADIUS_KM as f32 + 1.0;
        mark_arc(positions, separation, surface_point_km(block.normal), radius_km, arc);
        let seen = in_block
            .iter()
            .zip(&*arc)
            .map(|(&satellite, &arc)| (satellite, Traits { arc, lands: lands[satellite as usize] }));
        let mut sectors = 0;
        others.clear();
        let first = part.fleet_index.len();
        for (satellite, traits) in seen {
            sectors |= u8::from(traits.lands) << fleet.sector(satellite as usize);
            if traits.usable() {
                part.fleet_index.push(satellite);
                part.traits.push(traits);
            } else {
                others.push((satellite, traits));
            }
        }
        part.tallies.push(((part.fleet_index.len() - first) as u32, sectors));
        part.fleet_index.extend(others.iter().map(|(satellite, _)| satellite));
        part.traits.extend(others.iter().map(|(_, traits)| traits));
        part.ends.push(part.fleet_index.len() as u32);
    }
    part
}

/// Cosine and sine of a cap's radius, widened because its centre is a geodetic normal and reaches are geocentric.
fn cos_sin(radius_rad: f32) -> (f32, f32) {
    let angle = f64::from(radius_rad) + VERTICAL_DEFLECTION_MAX_DEG.to_radians() + 1e-6;
    let (sin, cos) = libm::sincos(angle);
    (cos as f32, sin as f32)
}
