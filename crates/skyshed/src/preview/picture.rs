//! What a map is drawn from: the cells that are reported, and what becomes of each, at beam level.

use skyshed_ground::{Cell, TerritoryIndex};

/// The cells of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The cells, in cell order.
    pub cells: Vec<PictureCell>,
}

/// One cell of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureCell {
    /// The cell.
    pub cell: Cell,
    /// Its country, disputed area or the high seas.
    pub territory: TerritoryIndex,
    /// People.
    pub people: u32,
    /// Sea, coastal or high.
    pub sea: bool,
    /// Belongs to a changed territory.
    pub inside: bool,
    /// The border guard for a changed territory asks for a higher satellite, on either side.
    pub guarded: bool,
    /// Served without the changes.
    pub without: bool,
    /// Served with them.
    pub with: bool,
}
