//! The cells that are told: those around the territories, and those further away of which anything differs.

use rayon::prelude::*;
use skyshed_ground::{Block, Cell, Ground};
use skyshed_plan::variant::CellPlan;

use super::Area;

/// The cells that are told, in cell order. Columns are parallel; "place" is an index into them.
pub(super) struct Region {
    /// The cells.
    pub cells: Vec<Cell>,
    /// Is one of those whose service changes.
    pub inside: Vec<bool>,
    /// Close enough to share a satellite with one of those; the others are further away, and differ.
    pub reported: Vec<bool>,
}

/// Reported are cells within this many reaches of a territory. A reach is how far a satellite can be from a cell that it
/// serves, an angle at the Earth's centre.
pub(super) const REPORTED_REACHES: f64 = 2.0;

impl Region {
    /// The cells around a zone, and `differing` ones wherever they are.
    pub fn new<'p>(
        ground: &Ground,
        reach_rad: f64,
        zone: &Zone,
        area: Area,
        differing: impl Iterator<Item = &'p CellPlan>,
    ) -> Region {
        let nearest = nearest(ground, zone);
        let is_near = |block: usize| {
            // Blocks are held against blocks: their radii make sure that no cell is missed.
            let widest = 2.0 * f64::from(ground.blocks[block].radius_rad);
            area == Area::Planet || nearest[block] <= REPORTED_REACHES * reach_rad + widest
        };
        let near: Vec<bool> = (0..ground.blocks.len()).map(is_near).collect();
        let block_of = |cell: Cell| ground.blocks.partition_point(|block| block.first_cell <= cell.0) - 1;
        let mut further: Vec<Cell> =
            differing.map(|plan| plan.cell).filter(|&cell| !near[block_of(cell)]).collect();
        further.sort_unstable();
        further.dedup();
        let mut further = further.into_iter().peekable();
        let mut region = Region { cells: Vec::new(), inside: Vec::new(), reported: Vec::new() };
        for (block, near) in ground.blocks.iter().zip(near) {
            if near {
                region.cells.extend((block.first_cell..block.first_cell + block.cell_count).map(Cell));
                region.reported.resize(region.cells.len(), true);
            }
            while let Some(cell) = further.next_if(|cell| cell.0 < block.first_cell + block.cell_count) {
                region.cells.push(cell);
                region.reported.push(false);
            }
        }
        region.inside = region.cells.iter().map(|&cell| zone.holds(cell)).collect();
        region
    }

    /// The places of the cells whose service changes.
    pub fn places_inside(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.cells.len()).filter(|&place| self.inside[place])
    }

    /// The place of a cell.
    pub fn place(&self, cell: Cell) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }
}

/// The cells whose service changes.
pub(super) struct Zone {
    /// Sorted, each once.
    pub cells: Vec<Cell>,
    holds: Vec<bool>,
}

impl Zone {
    pub fn new<'c>(ground: &Ground, zones: impl Iterator<Item = &'c [Cell]>) -> Zone {
        let mut cells: Vec<Cell> = zones.flatten().copied().collect();
        cells.sort_unstable();
        cells.dedup();
        let mut holds = vec![false; ground.territory.len()];
        cells.iter().for_each(|cell| holds[cell.0 as usize] = true);
        Zone { cells, holds }
    }

    pub fn holds(&self, cell: Cell) -> bool {
        self.holds[cell.0 as usize]
    }
}

/// Per block: the angle to the nearest block with a cell of the zone.
fn nearest(ground: &Ground, zone: &Zone) -> Vec<f64> {
    let holds = |block: &&Block| {
        let cells = block.first_cell as usize..(block.first_cell + block.cell_count) as usize;
        zone.holds[cells].contains(&true)
    };
    let normals: Vec<[f32; 3]> = ground.blocks.iter().filter(holds).map(|block| block.normal).collect();
    let [x, y, z] = [0, 1, 2].map(|axis| normals.iter().map(|normal| normal[axis]).collect::<Vec<f32>>());
    let angle = |block: &Block| {
        let [a, b, c] = block.normal;
        let mut most = -1.0f32;
        for at in 0..x.len() {
            most = most.max(a * x[at] + b * y[at] + c * z[at]);
        }
        f64::from(libm::acosf(most.min(1.0)))
    };
    ground.blocks.par_iter().with_min_len(512).map(angle).collect()
}
