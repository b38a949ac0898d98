//! H3 cells, territories, people, places, gateways and points of presence: the Earth below the sky.
//! This crate knows no satellites, reads no file and no clock.

/// H3 resolution of a cell of service.
pub const CELL_RESOLUTION: u8 = 5;
/// Number of H3 resolution-5 cells.
pub const CELL_COUNT: usize = 2_016_842;
/// H3 resolution of a block (a run of cells planned together).
pub const BLOCK_RESOLUTION: u8 = 3;
/// Number of blocks.
pub const BLOCK_COUNT: usize = 41_162;

/// Position of a cell in the list of all resolution-5 cells sorted by H3 index, `0..CELL_COUNT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(pub u32);

/// Position of a territory in [`Ground::territories`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerritoryIndex(pub u16);

/// What a territory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerritoryKind {
    /// A country: the parent of its regions and its coastal waters.
    Country,
    /// A first-level region of a country.
    Region,
    /// A disputed area: its own territory, with claims, never merged into a claimant.
    Disputed,
    /// Sea within 12 nautical miles of a country's or disputed area's land.
    Coastal,
    /// Every cell that is none of the others.
    HighSeas,
}

/// A named set of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Territory {
    /// Stable id: ISO 3166-1 alpha-2 (`UA`), ISO 3166-2 (`UA-32`), `UA.sea` (coastal), `X-…` (disputed), `XZ` (high seas).
    pub id: String,
    /// English name.
    pub name: String,
    /// What it is.
    pub kind: TerritoryKind,
    /// The territory it is part of: a decision about the parent covers it too.
    pub parent: Option<TerritoryIndex>,
    /// ISO 3166-1 alpha-3 of the country (Natural Earth `ISO_A3_EH`), where there is one.
    pub iso_a3: Option<String>,
    /// Ids of the territories that claim a disputed area.
    pub claims: Vec<String>,
    /// Cells, including those of territories whose parent this is.
    pub cell_count: u32,
    /// SHA-256 of the sorted cell list: each H3 index as 8 bytes big-endian; including children.
    pub cells_sha256: [u8; 32],
    /// People, including those of territories whose parent this is.
    pub people: u64,
}

/// A run of consecutive cells with one resolution-3 parent, planned together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// First cell.
    pub first_cell: u32,
    /// Number of cells (49, or 41 where the parent is a pentagon).
    pub cell_count: u32,
    /// Unit vector to the block's centre (geodetic normal).
    pub normal: [f32; 3],
    /// Largest angle at the Earth's centre between the block's centre and one of its cell centres, radians.
    pub radius_rad: f32,
}

/// A ground station that lands traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Gateway {
    /// Locality, such as `Villenave-d'Ornon, France`.
    pub name: String,
    /// ISO 3166-1 alpha-2 of the country it stands in.
    pub country: String,
    /// Geodetic latitude, degrees, WGS84.
    pub latitude_deg: f64,
    /// Longitude, degrees east, WGS84.
    pub longitude_deg: f64,
    /// True where the position is only known to the locality.
    pub approximate: bool,
}

/// A point of presence: where the service meets the internet. Fields as in [`Gateway`].
#[derive(Clone, Debug, PartialEq)]
pub struct Pop {
    /// City, such as `Frankfurt`.
    pub name: String,
    /// ISO 3166-1 alpha-2 of the country it stands in.
    pub country: String,
    /// Geodetic latitude, degrees, WGS84.
    pub latitude_deg: f64,
    /// Longitude, degrees east, WGS84.
    pub longitude_deg: f64,
    /// True where the position is only known to the locality.
    pub approximate: bool,
}

/// Everything fixed about the Earth: cells in columns, territories, gateways, points of presence.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Geodetic normal of each cell's centre, ITRF, unit vector.
    pub normal_x: Vec<f32>,
    /// See `normal_x`.
    pub normal_y: Vec<f32>,
    /// See `normal_x`.
    pub normal_z: Vec<f32>,
    /// The one (leaf) territory of each cell, an index into `territories`.
    pub territory: Vec<u16>,
    /// People living in each cell.
    pub people: Vec<u32>,
    /// Frequency-reuse colour of each cell, 0..8: the last H3 digit, patched so that no two adjacent cells share one.
    pub colour: Vec<u8>,
    /// Runs of cells that are planned together, in cell order, covering every cell once.
    pub blocks: Vec<Block>,
    /// Territories, parents before children.
    pub territories: Vec<Territory>,
    /// Ground stations.
    pub gateways: Vec<Gateway>,
    /// Points of presence.
    pub pops: Vec<Pop>,
}
