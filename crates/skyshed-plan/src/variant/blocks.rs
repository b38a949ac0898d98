//! What is planned in the blocks around a change.

use rayon::prelude::*;
use skyshed_ground::{Block, Cell};

use super::{Around, Base, Difference, List, same};
use crate::Inputs;
use crate::candidates::BlockCandidates;
use crate::prepare::{PlannedCell, Prepared, last_tier, planned_cell, tier_of};

/// The blocks whose planned cells, or floors of them, are others than the base's.
pub struct Altered<'a> {
    /// The blocks, in cell order.
    pub blocks: Vec<AlteredBlock>,
    /// Their planned cells: of each block by tier, as a plan has them.
    pub cells: Vec<PlannedCell>,
    /// Their rounds with a planned cell, block by block.
    pub rounds: Vec<AlteredRound>,
    /// Candidates of blocks that the base does not plan.
    pub beside: &'a BlockCandidates,
}

/// A block whose planned cells are others.
pub struct AlteredBlock {
    /// The block.
    pub block: Block,
    /// Where its candidates are listed.
    pub list: List,
    /// Its cells, among the altered ones.
    pub cells: core::ops::Range<usize>,
    /// Its rounds, among the altered ones.
    pub rounds: core::ops::Range<usize>,
}

/// Cells of one tier of an altered block.
pub struct AlteredRound {
    pub tier: u8,
    /// Its block, among the altered ones.
    pub block: u32,
    /// Its cells, among the altered ones.
    pub cells: core::ops::Range<usize>,
}

/// By cell of the blocks around a change.
pub fn sin_floors(base: &Base, inputs: Inputs<'_>, around: &Around, difference: Difference<'_>) -> Vec<f32> {
    let Inputs { ground, config, .. } = inputs;
    let active = |cell: Cell| difference.activation.active(cell);
    let guarded = |cell: Cell| !active(cell) && (difference.guarded || !around.in_zone[cell.0 as usize]);
    let floors = around.blocks.par_iter().with_min_len(64);
    let floors = floors.map(|near| base.guard.sin_floors(ground, config, near.block, active, guarded));
    floors.collect::<Vec<_>>().concat()
}

/// Lays down what is planned around a change, and keeps what is not as in the base.
pub fn altered<'a>(
    base: &Base,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    around: &'a Around,
    difference: Difference<'_>,
    sin_floors: &[f32],
) -> Altered<'a> {
    let Inputs { ground, config, .. } = inputs;
    let mut altered =
        Altered { blocks: Vec::new(), cells: Vec::new(), rounds: Vec::new(), beside: &around.lists };
    let mut floors = sin_floors;
    for near in &around.blocks {
        let block = ground.blocks[near.block as usize];
        let (here, rest) = floors.split_at(block.cell_count as usize);
        floors = rest;
        let Some(list) = near.list else { continue };
        let (first, first_round) = (altered.cells.len(), altered.rounds.len());
        for tier in 0..=last_tier(config) {
            let from = altered.cells.len();
            for (cell, &floor) in (block.first_cell..).map(Cell).zip(here) {
                if difference.activation.active(cell) && tier_of(ground, cell) == tier {
                    let index = cell.0 as usize;
                    let waived = base.gso_waived[usize::from(ground.territory[index])];
                    altered.cells.push(planned_cell(ground, index, floor, waived, &prepared.home_pop));
                }
            }
            if altered.cells.len() > from {
                let block = altered.blocks.len() as u32;
                altered.rounds.push(AlteredRound { tier, block, cells: from..altered.cells.len() });
            }
        }
        let before = match list {
            List::Base(number) => &prepared.cells[base.cells_of(prepared, number)],
            List::Beside(_) => &[],
        };
        let now = &altered.cells[first..];
        if before.len() == now.len() && before.iter().zip(now).all(|(a, b)| same(a, b)) {
            altered.cells.truncate(first);
            altered.rounds.truncate(first_round);
        } else {
            let (cells, rounds) = (first..altered.cells.len(), first_round..altered.rounds.len());
            altered.blocks.push(AlteredBlock { block, list, cells, rounds });
        }
    }
    altered
}
