//! The border guard: how high a satellite must stand over a cell so that its beam's footprint does not reach too far
//! over cells that may not be served.
//!
//! A footprint of radius `r` overhead is an ellipse at elevation `e`, longer by `1/sin e`. Taking it as a circle of
//! that half-length (so that its direction does not matter), it reaches `r / sin e - d` beyond the nearest inactive
//! cell's edge at distance `d`. That is at most the limit `l` where `sin e >= r / (d + l)`.

use skyshed_control::Activation;
use skyshed_ground::{Block, Cell, Ground};

use crate::config::Config;
use crate::fleet::ELEVATION_MASK_MIN_DEG;
use crate::geometry::{EARTH_MEAN_RADIUS_KM, dot};

/// Circumradius of a cell, km: the mean edge length of an H3 cell of resolution 5 (H3 documentation, table of cell
/// statistics: 9.854 km).
pub const CELL_CIRCUMRADIUS_KM: f64 = 9.854_090_990;

/// For each cell, the sine of the smallest elevation at which it may be served: 0 away from inactive cells, above 1
/// where no elevation suffices. Cells that are inactive themselves have 0: nothing serves them anyway.
pub fn sin_floors(ground: &Ground, activation: &Activation, config: &Config) -> Vec<f32> {
    let mut floors = vec![0.0; ground.territory.len()];
    let Some(reach) = reach_rad(config) else { return floors };
    let states: Vec<BlockState> = ground.blocks.iter().map(|block| block_state(block, activation)).collect();
    let grid = BlockGrid::new(ground, reach, |block| states[block].inactive);
    let mut near = Inactive::default();
    let (active, inactive) = (|cell| activation.active(cell), |cell| !activation.active(cell));
    for (index, block) in ground.blocks.iter().enumerate().filter(|(index, _)| states[*index].active) {
        near.gather(ground, inactive, &grid, index, reach);
        let cells = block.first_cell as usize..(block.first_cell + block.cell_count) as usize;
        near.floors(ground, active, config, block.first_cell, &mut floors[cells]);
    }
    floors
}

/// How far from a cell inactive ones can matter, an angle at the Earth's centre; none where they never do.
fn reach_rad(config: &Config) -> Option<f32> {
    let reach_km = config.beams.footprint_radius_km / libm::sin(ELEVATION_MASK_MIN_DEG.to_radians())
        - config.beams.spill_limit_km
        + CELL_CIRCUMRADIUS_KM;
    (reach_km > 0.0).then_some((reach_km / EARTH_MEAN_RADIUS_KM) as f32)
}

/// The guard of single blocks, for plans that differ in a part of the planet only.
pub struct Guard {
    /// None where nothing is ever guarded.
    reach: Option<f32>,
    grid: BlockGrid,
}

impl Guard {
    /// Of a ground.
    pub fn new(ground: &Ground, config: &Config) -> Guard {
        let reach = reach_rad(config);
        Guard { reach, grid: BlockGrid::new(ground, reach.unwrap_or(0.0), |_| true) }
    }

    /// The blocks, by number and ascending, whose floors can depend on a cell in one of these; the blocks themselves are
    /// among them.
    pub fn blocks_near(&self, ground: &Ground, blocks: &[u32]) -> Vec<u32> {
        let mut near = blocks.to_vec();
        for &block in blocks {
            let here = &ground.blocks[block as usize];
            self.grid.for_each_near(here.normal, |other| {
                if self.reach.is_some_and(|reach| within(here, &ground.blocks[other as usize], reach)) {
                    near.push(other);
                }
            });
        }
        near.sort_unstable();
        near.dedup();
        near
    }

    /// [`sin_floors`] of the cells of one block, in order, where `active` says what is served and `guarded` what no beam may
    /// reach.
    pub fn sin_floors(
        &self,
        ground: &Ground,
        config: &Config,
        block: u32,
        active: impl Fn(Cell) -> bool,
        guarded: impl Fn(Cell) -> bool,
    ) -> Vec<f32> {
        let Block { first_cell, cell_count, .. } = ground.blocks[block as usize];
        let mut floors = vec![0.0; cell_count as usize];
        if let Some(reach) = self.reach
            && (first_cell..first_cell + cell_count).any(|cell| active(Cell(cell)))
        {
            let mut near = Inactive::default();
            near.gather(ground, guarded, &self.grid, block as usize, reach);
            near.floors(ground, active, config, first_cell, &mut floors);
        }
        floors
    }
}

/// Whether a cell of one block can lie within reach of a cell of the other. The chord for the angle: never longer, so nothing
/// within reach is missed.
fn within(here: &Block, there: &Block, reach: f32) -> bool {
    let offset = [0, 1, 2].map(|i| there.normal[i] - here.normal[i]);
    let within = here.radius_rad + there.radius_rad + reach;
    dot(offset, offset) <= within * within
}

/// Sine of the smallest elevation for a cell whose nearest inactive cell's edge is at `distance_km`.
fn sin_floor(distance_km: f64, config: &Config) -> f32 {
    let room_km = distance_km.max(0.0) + config.beams.spill_limit_km;
    if room_km <= 0.0 { 2.0 } else { ((config.beams.footprint_radius_km / room_km) as f32).min(2.0) }
}

#[derive(Clone, Copy)]
struct BlockState {
    active: bool,
    inactive: bool,
}

fn block_state(block: &Block, activation: &Activation) -> BlockState {
    let first = block.first_cell as usize;
    let classes = &activation.classes_by_cell()[first..first + block.cell_count as usize];
    let active = classes.iter().filter(|classes| !classes.is_empty()).count();
    BlockState { active: active > 0, inactive: active < classes.len() }
}

/// Normals of inactive cells that may lie within reach of one block.
#[derive(Default)]
struct Inactive {
    x: Vec<f32>,
    y: Vec<f32>,
    z: Vec<f32>,
}

impl Inactive {
    fn gather(
        &mut self,
        ground: &Ground,
        inactive: impl Fn(Cell) -> bool,
        grid: &BlockGrid,
        block: usize,
        reach: f32,
    ) {
        self.x.clear();
        self.y.clear();
        self.z.clear();
        let here = &ground.blocks[block];
        grid.for_each_near(here.normal, |other| {
            let there = &ground.blocks[other as usize];
            if !within(here, there, reach) {
                return;
            }
            for cell in there.first_cell..there.first_cell + there.cell_count {
                if inactive(Cell(cell)) {
                    self.x.push(ground.normal_x[cell as usize]);
                    self.y.push(ground.normal_y[cell as usize]);
                    self.z.push(ground.normal_z[cell as usize]);
                }
            }
        });
    }

    /// The floors of the active cells from `first` on; those of the others stay.
    fn floors(
        &self,
        ground: &Ground,
        active: impl Fn(Cell) -> bool,
        config: &Config,
        first: u32,
        floors: &mut [f32],
    ) {
        if self.x.is_empty() {
            return;
        }
        for (cell, floor) in (first..).zip(floors).filter(|(cell, _)| active(Cell(*cell))) {
            let distance = self.distance_km(ground, cell as usize) - CELL_CIRCUMRADIUS_KM;
            *floor = sin_floor(distance, config);
        }
    }

    /// Distance along the surface to the nearest, km; infinite if there is none.
    fn distance_km(&self, ground: &Ground, cell: usize) -> f64 {
        let (x, y, z) = (ground.normal_x[cell], ground.normal_y[cell], ground.normal_z[cell]);
        let mut least = f32::INFINITY;
        for i in 0..self.x.len() {
            let (dx, dy, dz) = (self.x[i] - x, self.y[i] - y, self.z[i] - z);
            least = least.min(dx * dx + dy * dy + dz * dz);
        }
        f64::from(least.sqrt()) * EARTH_MEAN_RADIUS_KM
    }
}

/// Blocks by the box of space their centre lies in.
struct BlockGrid {
    /// Boxes along each axis.
    boxes: usize,
    heads: Vec<u32>,
    items: Vec<u32>,
}

impl BlockGrid {
    /// A grid in which every block with a cell within `reach` of one of a block lies in its box or one beside it.
    fn new(ground: &Ground, reach: f32, keep: impl Fn(usize) -> bool) -> BlockGrid {
        let widest = ground.blocks.iter().fold(0.0f32, |widest, block| widest.max(block.radius_rad));
        let span = 2.0 * widest + reach;
        let boxes = ((2.0 / span) as usize).clamp(1, 64);
        let mut grid = BlockGrid { boxes, heads: vec![0; boxes * boxes * boxes + 1], items: Vec::new() };
        let mut keyed: Vec<(usize, u32)> = (0..ground.blocks.len())
            .filter(|&block| keep(block))
            .map(|block| (grid.number(grid.box_of(ground.blocks[block].normal)), block as u32))
            .collect();
        keyed.sort_unstable();
        for &(key, _) in &keyed {
            grid.heads[key + 1] += 1;
        }
        for i in 1..grid.heads.len() {
            grid.heads[i] += grid.heads[i - 1];
        }
        grid.items = keyed.into_iter().map(|(_, block)| block).collect();
        grid
    }

    fn for_each_near(&self, normal: [f32; 3], mut visit: impl FnMut(u32)) {
        let at = self.box_of(normal);
        let span = |i: usize| at[i].saturating_sub(1)..=(at[i] + 1).min(self.boxes - 1);
        for i in span(0) {
            for j in span(1) {
                for k in span(2) {
                    let key = self.number([i, j, k]);
                    let (from, to) = (self.heads[key] as usize, self.heads[key + 1] as usize);
                    self.items[from..to].iter().for_each(|&block| visit(block));
                }
            }
        }
    }

    fn box_of(&self, normal: [f32; 3]) -> [usize; 3] {
        normal.map(|c| (((c + 1.0) * (self.boxes as f32 / 2.0)) as usize).min(self.boxes - 1))
    }

    fn number(&self, at: [usize; 3]) -> usize {
        (at[0] * self.boxes + at[1]) * self.boxes + at[2]
    }
}
