//! The cells around the territories that are planned, as a small ground of their own.

use rayon::prelude::*;
use skyshed_control::policy::Policy;
use skyshed_control::{Activation, Decision, Scope, State, resolve};
use skyshed_ground::{Block, Cell, Ground, Territory, TerritoryIndex};
use skyshed_plan::fleet::Fleet;

use super::changed::{Resolved, what_if};
use super::{Area, PreviewError};

/// The cells that are planned, in cell order. Columns are parallel; "place" is an index into them.
pub(super) struct Region {
    /// The cells.
    pub cells: Vec<Cell>,
    /// Belongs to a changed territory.
    pub inside: Vec<bool>,
    /// Close enough to share a satellite with a changed territory.
    pub reported: Vec<bool>,
    /// The blocks they belong to: the block, and its cells' places.
    blocks: Vec<(Block, std::ops::Range<usize>)>,
    /// How far a satellite can be from a cell that it serves: angle at the Earth's centre.
    pub reach_rad: f64,
}

/// Reported are cells within this many reaches of a territory.
pub(super) const REPORTED_REACHES: f64 = 2.0;
/// Planned are cells within this many.
pub(super) const PLANNED_REACHES: f64 = 4.0;

impl Region {
    pub fn new(ground: &Ground, fleet: &Fleet, changes: &[Resolved], area: Area) -> Region {
        let reach_rad = fleet.cos_reach.iter().map(|&cos| f64::from(libm::acosf(cos))).fold(0.0, f64::max);
        let within = within(ground, changes);
        let nearest = nearest(ground, &within);
        let closer = |block: usize, reaches: f64| {
            // Blocks are held against blocks: their radii make sure that no cell is missed.
            let widest = 2.0 * f64::from(ground.blocks[block].radius_rad);
            area == Area::Planet || nearest[block] <= reaches * reach_rad + widest
        };
        let mut region = Region {
            cells: Vec::new(),
            inside: Vec::new(),
            reported: Vec::new(),
            blocks: Vec::new(),
            reach_rad,
        };
        for (index, block) in
            ground.blocks.iter().enumerate().filter(|(index, _)| closer(*index, PLANNED_REACHES))
        {
            let first = region.cells.len();
            let cells = (block.first_cell..block.first_cell + block.cell_count).map(Cell);
            let inside = cells.clone().map(|cell| within[usize::from(ground.territory[cell.0 as usize])]);
            region.inside.extend(inside);
            region.cells.extend(cells);
            region.reported.resize(region.cells.len(), closer(index, REPORTED_REACHES));
            region.blocks.push((*block, first..region.cells.len()));
        }
        region
    }

    /// The cells inside the changed territories.
    pub fn places_inside(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.cells.len()).filter(|&place| self.inside[place])
    }

    /// A ground of the cells that `keep` keeps, and an activation in which those are active that `activation` has active: what
    /// the planner needs, no more. The places of the kept cells come with it, in order.
    pub fn local(
        &self,
        ground: &Ground,
        activation: &Activation,
        keep: impl Fn(usize) -> bool,
    ) -> Result<Local, PreviewError> {
        let mut places = Vec::with_capacity(self.cells.len());
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for (block, span) in &self.blocks {
            let first_cell = places.len() as u32;
            places.extend(span.clone().filter(|&place| keep(place)));
            let cell_count = places.len() as u32 - first_cell;
            if cell_count > 0 {
                blocks.push(Block { first_cell, cell_count, ..*block });
            }
        }
        let cell = |&place: &usize| self.cells[place];
        let index = |place: &usize| cell(place).0 as usize;
        let mut closed = Closed::new(ground);
        let territory = places.iter().map(|place| {
            let leaf = ground.territory[index(place)];
            if activation.active(cell(place)) { Ok(leaf) } else { closed.twin(leaf) }
        });
        let territory = territory.collect::<Result<Vec<u16>, PreviewError>>()?;
        let local = Ground {
            normal_x: places.iter().map(|place| ground.normal_x[index(place)]).collect(),
            normal_y: places.iter().map(|place| ground.normal_y[index(place)]).collect(),
            normal_z: places.iter().map(|place| ground.normal_z[index(place)]).collect(),
            people: places.iter().map(|place| ground.people[index(place)]).collect(),
            colour: places.iter().map(|place| ground.colour[index(place)]).collect(),
            territory,
            blocks,
            territories: closed.territories,
            gateways: ground.gateways.clone(),
            pops: ground.pops.clone(),
            ..Ground::default()
        };
        let policy = Policy { name: String::new(), description: String::new(), decisions: closed.decisions };
        let activation = resolve(&policy, &local)?;
        Ok(Local { ground: local, activation, places })
    }
}

/// A part of the planet that is planned as if it were all of it.
pub(super) struct Local {
    pub ground: Ground,
    pub activation: Activation,
    /// The place in the region of each cell.
    pub places: Vec<usize>,
}

/// Territories, and below each that has cells without service a part of its own that is off: everything else is on. So any
/// activation becomes a few decisions about territories.
struct Closed {
    territories: Vec<Territory>,
    decisions: Vec<Decision>,
    twin: Vec<Option<u16>>,
}

impl Closed {
    fn new(ground: &Ground) -> Closed {
        let twin = vec![None; ground.territories.len()];
        Closed { territories: ground.territories.clone(), decisions: vec![what_if(State::On)], twin }
    }

    /// The part of a territory that is off.
    fn twin(&mut self, leaf: u16) -> Result<u16, PreviewError> {
        if let Some(twin) = self.twin[usize::from(leaf)] {
            return Ok(twin);
        }
        let count = self.territories.len();
        let twin =
            u16::try_from(count).map_err(|_| PreviewError::Territories { territories: self.twin.len() })?;
        let parent = &self.territories[usize::from(leaf)];
        let id = format!("{} off", parent.id);
        let decision = Decision { scope: Scope::Territory(id.clone()), ..what_if(State::Off) };
        self.territories.push(Territory { id, parent: Some(TerritoryIndex(leaf)), ..parent.clone() });
        self.decisions.push(decision);
        self.twin[usize::from(leaf)] = Some(twin);
        Ok(twin)
    }
}

/// Per territory: it is a changed one, or below one.
fn within(ground: &Ground, changes: &[Resolved]) -> Vec<bool> {
    let of = |leaf: TerritoryIndex| changes.iter().any(|change| ground.is_within(leaf, change.territory));
    (0..ground.territories.len() as u16).map(|leaf| of(TerritoryIndex(leaf))).collect()
}

/// Per block: the angle to the nearest block with a cell of a changed territory.
fn nearest(ground: &Ground, within: &[bool]) -> Vec<f64> {
    let holds = |block: &&Block| {
        let cells = block.first_cell as usize..(block.first_cell + block.cell_count) as usize;
        ground.territory[cells].iter().any(|&territory| within[usize::from(territory)])
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
