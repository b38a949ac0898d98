//! From the hash that was approved to the cells it names: a territory of the map, or a list of cells handed in beside it.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};
use skyshed_ground::{Cell, Ground, TerritoryIndex, cell_from_id, cell_id};
use skyshed_records::record::Digest;

/// The zones that can be placed: those of a map, worked out again from its cells, and lists of cells.
#[derive(Clone, Debug)]
pub struct Zones {
    of_territory: Vec<Digest>,
    lists: HashMap<Digest, Vec<Cell>>,
}

/// Where a zone lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Placed<'a> {
    /// It is a territory of the map, those below it included.
    Territory(TerritoryIndex),
    /// It is a list of cells, sorted.
    Cells(&'a [Cell]),
}

/// Why a list of cells is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CellListError {
    /// Not whole numbers of 8 bytes.
    #[error("cell list of {bytes} bytes; a list is H3 indexes of 8 bytes each, big-endian")]
    Length {
        /// Its size.
        bytes: usize,
    },
    /// A number that is no cell of the grid.
    #[error("cell list, entry {entry}: {id:016x} is no H3 cell of resolution 5")]
    Cell {
        /// Its place in the list, from 1.
        entry: usize,
        /// The number.
        id: u64,
    },
    /// Not in rising order, or one twice.
    #[error("cell list, entry {entry} is not above the one before it; lists are sorted, each cell once")]
    Order {
        /// Its place in the list, from 1.
        entry: usize,
    },
}

impl Zones {
    /// The zones of a map. Their hashes are worked out from its cells: what a map's file says of itself is not believed.
    pub fn new(ground: &Ground) -> Zones {
        Zones { of_territory: territory_hashes(ground), lists: HashMap::new() }
    }

    /// Adds a list of cells, the bytes that its hash is of: sorted H3 indexes, 8 bytes each, big-endian. Its hash is the
    /// answer.
    pub fn add_list(&mut self, bytes: &[u8]) -> Result<Digest, CellListError> {
        let cells = read_list(bytes)?;
        let hash = Digest(Sha256::digest(bytes).into());
        self.lists.insert(hash, cells);
        Ok(hash)
    }

    /// The hash of a territory's cells, those below it included.
    pub fn of_territory(&self, territory: TerritoryIndex) -> Digest {
        self.of_territory[usize::from(territory.0)]
    }

    /// Where a zone lies, looked for under its territory's id first.
    pub fn place(&self, ground: &Ground, territory: &str, zone: Digest) -> Option<Placed<'_>> {
        let of_map = index_of(ground, territory).filter(|&index| self.of_territory(index) == zone);
        let of_list = || self.lists.get(&zone).map(|cells| Placed::Cells(cells));
        of_map.map(Placed::Territory).or_else(of_list)
    }
}

/// The territory with exactly this id.
pub fn index_of(ground: &Ground, id: &str) -> Option<TerritoryIndex> {
    let position = ground.territories.iter().position(|territory| territory.id == id)?;
    Some(TerritoryIndex(position as u16))
}

/// One pass over the cells in order; each adds to the hash of its territory and of all above it.
fn territory_hashes(ground: &Ground) -> Vec<Digest> {
    let mut hashes = vec![Sha256::new(); ground.territories.len()];
    let mut bytes = Vec::new();
    let mut first = 0u32;
    for run in ground.territory.chunk_by(|a, b| a == b) {
        let last = first + run.len() as u32;
        bytes.clear();
        (first..last).for_each(|cell| bytes.extend_from_slice(&cell_id(Cell(cell)).to_be_bytes()));
        for territory in ground.lineage(TerritoryIndex(run[0])) {
            hashes[usize::from(territory.0)].update(&bytes);
        }
        first = last;
    }
    hashes.into_iter().map(|hash| Digest(hash.finalize().into())).collect()
}

fn read_list(bytes: &[u8]) -> Result<Vec<Cell>, CellListError> {
    if !bytes.len().is_multiple_of(8) {
        return Err(CellListError::Length { bytes: bytes.len() });
    }
    let mut cells: Vec<Cell> = Vec::with_capacity(bytes.len() / 8);
    for (at, id) in bytes.chunks_exact(8).enumerate() {
        let id = u64::from_be_bytes(id.try_into().expect("eight bytes"));
        let cell = cell_from_id(id).map_err(|_| CellListError::Cell { entry: at + 1, id })?;
        if cells.last().is_some_and(|&before| before >= cell) {
            return Err(CellListError::Order { entry: at + 1 });
        }
        cells.push(cell);
    }
    Ok(cells)
}
