//! Which satellites may stand above the mask of any cell of each block: a generous list per block, from two levels.
//!
//! Groups of up to 49 neighbouring blocks are held against the whole fleet, then each block against its group's list.
//! Nothing is decided here: the exact test is made per cell.

use skyshed_ground::Block;

use crate::fleet::Fleet;
use crate::geometry::{VERTICAL_DEFLECTION_MAX_DEG, dot};
use crate::kernel::{CANDIDATES_MAX, ReachColumns, within_reach};

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
    /// Where each block's list begins in `fleet_index`; one more entry than blocks.
    pub heads: Vec<u32>,
    /// Indices into the fleet, ascending within a block.
    pub fleet_index: Vec<u32>,
}

impl BlockCandidates {
    /// The list of one planned block.
    pub fn of(&self, block: usize) -> &[u32] {
        &self.fleet_index[self.heads[block] as usize..self.heads[block + 1] as usize]
    }
}

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

/// The candidates of each of `blocks`.
pub fn block_candidates(fleet: &Fleet, blocks: &[Block], groups: &[Group]) -> BlockCandidates {
    let whole = ReachColumns {
        x: &fleet.x_unit,
        y: &fleet.y_unit,
        z: &fleet.z_unit,
        cos: &fleet.cos_reach,
        sin: &fleet.sin_reach,
    };
    let mut lists = BlockCandidates { heads: Vec::with_capacity(blocks.len() + 1), fleet_index: Vec::new() };
    lists.heads.push(0);
    let (mut hits, mut in_group, mut in_block) = (Vec::new(), Vec::new(), Vec::new());
    let mut columns: [Vec<f32>; 5] = Default::default();
    for group in groups {
        in_group.clear();
        within_reach(&whole, group.centre, cos_sin(group.radius_rad), &mut hits, &mut in_group);
        for (column, from) in columns.iter_mut().zip([whole.x, whole.y, whole.z, whole.cos, whole.sin]) {
            column.clear();
            column.extend(in_group.iter().map(|&i| from[i as usize]));
        }
        let [x, y, z, cos, sin] = &columns;
        let near = ReachColumns { x, y, z, cos, sin };
        for block in &blocks[group.first..group.end] {
            in_block.clear();
            within_reach(&near, block.normal, cos_sin(block.radius_rad), &mut hits, &mut in_block);
            in_block.truncate(CANDIDATES_MAX);
            lists.fleet_index.extend(in_block.iter().map(|&i| in_group[i as usize]));
            lists.heads.push(lists.fleet_index.len() as u32);
        }
    }
    lists
}

/// Cosine and sine of a cap's radius, widened because its centre is a geodetic normal and reaches are geocentric.
fn cos_sin(radius_rad: f32) -> (f32, f32) {
    let angle = f64::from(radius_rad) + VERTICAL_DEFLECTION_MAX_DEG.to_radians() + 1e-6;
    let (sin, cos) = libm::sincos(angle);
    (cos as f32, sin as f32)
}
