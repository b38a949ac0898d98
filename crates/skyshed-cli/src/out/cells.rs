//! The table of a slot's cells, some rows at a time.

use skyshed::ground::CELL_COUNT;
use skyshed::{CellColumns, Slot, World};
use skyshed_server::columns;
pub use skyshed_server::columns::{cell_arrays as arrays, slot_metadata as metadata};

use super::ROWS_PER_CHUNK;
use crate::args::Cells;

/// The table, some rows at a time. Chunks without rows are left out.
pub struct Chunks<'a> {
    world: &'a World,
    slot: &'a Slot,
    cells: columns::Cells,
    next: u32,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = CellColumns<'a>;

    fn next(&mut self) -> Option<CellColumns<'a>> {
        let all = CELL_COUNT as u32;
        while self.next < all {
            let range = self.next..all.min(self.next + ROWS_PER_CHUNK);
            self.next = range.end;
            let columns = CellColumns::read(self.world, self.slot, range, |cell| {
                self.cells.keeps(&self.world.ground, self.slot, cell)
            });
            if !columns.is_empty() {
                return Some(columns);
            }
        }
        None
    }
}

impl<'a> Chunks<'a> {
    /// Of the cells asked for.
    pub fn new(world: &'a World, slot: &'a Slot, cells: Cells) -> Chunks<'a> {
        let cells = match cells {
            Cells::All => columns::Cells::All,
            Cells::Land => columns::Cells::Land,
            Cells::Inhabited => columns::Cells::Inhabited,
            Cells::Served => columns::Cells::Served,
        };
        Chunks { world, slot, cells, next: 0 }
    }
}
