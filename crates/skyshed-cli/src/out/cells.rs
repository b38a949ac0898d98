//! The table of a slot's cells, some rows at a time.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, StringArray, UInt8Array, UInt32Array, UInt64Array,
};
use skyshed::ground::{CELL_COUNT, Cell, TerritoryKind};
use skyshed::{Cause, CellColumns, Slot, World};

use super::ROWS_PER_CHUNK;
use crate::args::Cells;

/// The table, some rows at a time. Chunks without rows are left out.
pub struct Chunks<'a> {
    world: &'a World,
    slot: &'a Slot,
    cells: Cells,
    next: u32,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = CellColumns<'a>;

    fn next(&mut self) -> Option<CellColumns<'a>> {
        let all = CELL_COUNT as u32;
        while self.next < all {
            let range = self.next..all.min(self.next + ROWS_PER_CHUNK);
            self.next = range.end;
            let columns = CellColumns::read(self.world, self.slot, range, |cell| self.keeps(cell));
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
        Chunks { world, slot, cells, next: 0 }
    }

    fn keeps(&self, cell: Cell) -> bool {
        let ground = &self.world.ground;
        match self.cells {
            Cells::All => true,
            Cells::Inhabited => ground.people[cell.0 as usize] > 0,
            Cells::Served => self.slot.plan.cause(cell) == Cause::Served,
            Cells::Land => {
                let kind = ground.territory_at(ground.territory_of(cell)).kind;
                !matches!(kind, TerritoryKind::Coastal | TerritoryKind::HighSeas)
            }
        }
    }
}

/// Rows as arrays, in the order of [`skyshed::CELL_COLUMNS`].
pub fn arrays(columns: CellColumns<'_>) -> Vec<ArrayRef> {
    let cells = columns.cell.iter().map(|cell| Some(cell.to_string()));
    vec![
        Arc::new(cells.collect::<StringArray>()),
        Arc::new(Float64Array::from(columns.latitude_deg)),
        Arc::new(Float64Array::from(columns.longitude_deg)),
        Arc::new(StringArray::from(columns.territory)),
        Arc::new(UInt32Array::from(columns.people)),
        Arc::new(BooleanArray::from(columns.served)),
        Arc::new(StringArray::from(columns.cause)),
        Arc::new(UInt64Array::from(columns.satellite)),
        Arc::new(StringArray::from(columns.satellite_name)),
        Arc::new(Float32Array::from(columns.elevation_deg)),
        Arc::new(UInt8Array::from(columns.colour)),
        Arc::new(Float32Array::from(columns.beam_share)),
        Arc::new(StringArray::from(columns.gateway)),
        Arc::new(StringArray::from(columns.pop)),
        Arc::new(Float32Array::from(columns.rtt_ms)),
        Arc::new(Float32Array::from(columns.rate_mbps)),
    ]
}

/// What a file says about itself: keys and values.
pub fn metadata(world: &World, slot: &Slot) -> Vec<(String, String)> {
    let hash: String = world.ground.dataset.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    [
        ("time", slot.plan.time.to_string()),
        ("length_s", slot.plan.length_s.to_string()),
        ("elements", world.provenance.elements.clone()),
        ("ground", world.provenance.ground.clone()),
        ("ground_sha256", hash),
        ("policy", world.activation.policy.clone()),
        ("attribution", "GeoNames, CC BY 4.0; Natural Earth".to_owned()),
    ]
    .map(|(key, value)| (format!("skyshed.{key}"), value))
    .into()
}
