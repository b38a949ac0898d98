//! The 2,016,842 H3 resolution-5 cells: position in the sorted list, H3 index, centre, boundary, neighbours, block.
//!
//! A [`Cell`] is a position in the list of all resolution-5 cells sorted by H3 index. Position and index are one arithmetic
//! step apart (Uber H3, "Index representation": mode 4 bits, resolution 4, base cell 7, then 3 bits per digit), so no table is
//! kept. H3 latitudes are taken as geodetic WGS84 latitudes, as every published H3 data set does.

use std::fmt;
use std::str::FromStr;

use h3o::{CellIndex, LatLng, Resolution};
use thiserror::Error;

/// H3 resolution of a cell of service.
pub const CELL_RESOLUTION: u8 = 5;
/// Number of H3 resolution-5 cells.
pub const CELL_COUNT: usize = 2_016_842;
/// H3 resolution of a block (a run of cells planned together).
pub const BLOCK_RESOLUTION: u8 = 3;
/// Number of blocks.
pub const BLOCK_COUNT: usize = 41_162;
/// Number of H3 base cells.
pub const BASE_CELL_COUNT: u8 = 122;
/// The twelve base cells that are pentagons (Uber H3 `baseCells.c`).
pub const PENTAGON_BASE_CELLS: [u8; 12] = [4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117];

/// Position of a cell in the list of all resolution-5 cells sorted by H3 index, `0..CELL_COUNT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(pub u32);

/// Why something is not a cell.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum CellError {
    /// Latitude outside the Earth.
    #[error(
        "latitude {latitude_deg} degrees is not on the Earth; allowed: -90 to 90; give latitude first, then longitude"
    )]
    Latitude {
        /// As given.
        latitude_deg: f64,
    },
    /// Longitude outside the accepted turns.
    #[error("longitude {longitude_deg} degrees is not accepted; allowed: -180 to 360, degrees east")]
    Longitude {
        /// As given.
        longitude_deg: f64,
    },
    /// Not an H3 cell index at all.
    #[error(
        "{index:#x} is not an H3 cell index; allowed: a valid resolution-5 cell such as 85283473fffffff; copy it from `skyshed why`"
    )]
    NotACell {
        /// As given.
        index: u64,
    },
    /// An H3 cell of another size.
    #[error(
        "{index:x} is an H3 cell of resolution {resolution}; allowed: resolution 5; use its parent or one of its children at resolution 5"
    )]
    Resolution {
        /// As given.
        index: u64,
        /// Its resolution.
        resolution: u8,
    },
    /// Not hexadecimal digits.
    #[error("`{text}` is not a cell id; allowed: 15 hexadecimal digits such as 85283473fffffff")]
    Text {
        /// As given.
        text: String,
    },
}

/// The H3 index of a cell. Panics where `cell` is not one of the `CELL_COUNT` cells, which is a bug in the caller.
pub fn cell_id(cell: Cell) -> u64 {
    assert!((cell.0 as usize) < CELL_COUNT, "cell {} of {CELL_COUNT}", cell.0);
    let (base, position) = base_of(cell.0, &CELL_LAYOUT);
    // Unused digits 6 to 15 are all ones; digits 1 to 5 sit above them, three bits each.
    let mut index =
        (1u64 << 59) | (u64::from(CELL_RESOLUTION) << 52) | (u64::from(base) << 45) | ((1u64 << 30) - 1);
    for (level, digit) in digits_of(position, CELL_RESOLUTION, is_pentagon(base)).into_iter().enumerate() {
        index |= u64::from(digit) << (42 - 3 * level);
    }
    index
}

/// The cell with an H3 index.
pub fn cell_from_id(index: u64) -> Result<Cell, CellError> {
    // Reserved bit and reserved mode bits are zero, mode is 1 (cell).
    if index >> 56 != 0x08 {
        return Err(CellError::NotACell { index });
    }
    let resolution = ((index >> 52) & 0xf) as u8;
    if resolution != CELL_RESOLUTION {
        return Err(match CellIndex::try_from(index) {
            Ok(_) => CellError::Resolution { index, resolution },
            Err(_) => CellError::NotACell { index },
        });
    }
    let base = ((index >> 45) & 0x7f) as u8;
    if base >= BASE_CELL_COUNT || index & ((1 << 30) - 1) != (1 << 30) - 1 {
        return Err(CellError::NotACell { index });
    }
    let digits: [u8; CELL_RESOLUTION as usize] =
        std::array::from_fn(|level| ((index >> (42 - 3 * level)) & 7) as u8);
    position_of(&digits, is_pentagon(base))
        .map(|position| Cell(CELL_LAYOUT.first[base as usize] + position))
        .ok_or(CellError::NotACell { index })
}

/// The cell that holds a point. Latitude is geodetic (WGS84); longitude is in degrees east, -180 to 360.
pub fn cell_at(latitude_deg: f64, longitude_deg: f64) -> Result<Cell, CellError> {
    if !(-90.0..=90.0).contains(&latitude_deg) {
        return Err(CellError::Latitude { latitude_deg });
    }
    if !(-180.0..=360.0).contains(&longitude_deg) {
        return Err(CellError::Longitude { longitude_deg });
    }
    let point = LatLng::new(latitude_deg, longitude_deg).expect("finite and in range");
    Ok(from_h3(point.to_cell(Resolution::Five)))
}

/// The centre of a cell: geodetic latitude and longitude, degrees, WGS84.
pub fn cell_center(cell: Cell) -> (f64, f64) {
    let centre = LatLng::from(to_h3(cell));
    (centre.lat(), centre.lng())
}

/// The corners of a cell in order (5 to 10 of them: edges that cross an icosahedron edge have one more), as latitude and
/// longitude in degrees. Longitudes are -180 to 180: a cell on the antimeridian has corners on both sides.
pub fn cell_boundary(cell: Cell) -> Vec<(f64, f64)> {
    to_h3(cell).boundary().iter().map(|corner| (corner.lat(), corner.lng())).collect()
}

/// The six cells that share an edge with a cell (five around a pentagon), in H3 order.
pub fn neighbours(cell: Cell) -> Vec<Cell> {
    let mut around: Vec<Cell> = within_rings(cell, 1).into_iter().filter(|&other| other != cell).collect();
    around.sort_unstable();
    around
}

/// Every cell at most `rings` steps from a cell, itself included; unsorted.
pub fn within_rings(cell: Cell, rings: u32) -> Vec<Cell> {
    to_h3(cell).grid_disk::<Vec<_>>(rings).into_iter().map(from_h3).collect()
}

/// The block a cell belongs to: its resolution-3 parent's position among all resolution-3 cells.
pub fn block_of(cell: Cell) -> u32 {
    let (base, position) = base_of(cell.0, &CELL_LAYOUT);
    let digits = digits_of(position, CELL_RESOLUTION, is_pentagon(base));
    let block = position_of(&digits[..BLOCK_RESOLUTION as usize], is_pentagon(base))
        .expect("a prefix of valid digits is valid");
    BLOCK_LAYOUT.first[base as usize] + block
}

/// The last H3 digit of every cell, 0 to 6, in cell order. Adjacent cells differ in it, save 0.2 % at icosahedron edges.
pub fn last_digits() -> Vec<u8> {
    let mut digits = Vec::with_capacity(CELL_COUNT);
    for base in 0..BASE_CELL_COUNT {
        let end = CELL_LAYOUT.first[base as usize + 1] as usize;
        if is_pentagon(base) {
            digits.extend([0, 2, 3, 4, 5, 6]);
        }
        while digits.len() < end {
            digits.extend([0, 1, 2, 3, 4, 5, 6]);
        }
    }
    digits
}

impl fmt::Display for Cell {
    /// The H3 index in hexadecimal, 15 digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:015x}", cell_id(*self))
    }
}

impl FromStr for Cell {
    type Err = CellError;

    /// Reads 15 or 16 hexadecimal digits, with or without `0x`.
    fn from_str(text: &str) -> Result<Self, CellError> {
        let digits = text.trim().trim_start_matches("0x");
        let valid = (15..=16).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u64::from_str_radix(digits, 16) {
            Ok(index) if valid => cell_from_id(index),
            _ => Err(CellError::Text { text: text.chars().take(64).collect() }),
        }
    }
}

pub(crate) fn to_h3(cell: Cell) -> CellIndex {
    CellIndex::try_from(cell_id(cell)).expect("cell_id makes valid indexes")
}

fn from_h3(index: CellIndex) -> Cell {
    cell_from_id(index.into()).expect("a valid resolution-5 index")
}

/// Where each base cell's descendants start.
struct Layout {
    first: [u32; BASE_CELL_COUNT as usize + 1],
}

const CELL_LAYOUT: Layout = layout(CELL_RESOLUTION);
const BLOCK_LAYOUT: Layout = layout(BLOCK_RESOLUTION);

const fn layout(resolution: u8) -> Layout {
    let mut first = [0; BASE_CELL_COUNT as usize + 1];
    let mut base = 0;
    while base < BASE_CELL_COUNT {
        let size = if is_pentagon(base) { pentagon_size(resolution) } else { hexagon_size(resolution) };
        first[base as usize + 1] = first[base as usize] + size;
        base += 1;
    }
    Layout { first }
}

const fn is_pentagon(base: u8) -> bool {
    let mut i = 0;
    while i < PENTAGON_BASE_CELLS.len() {
        if PENTAGON_BASE_CELLS[i] == base {
            return true;
        }
        i += 1;
    }
    false
}

/// Descendants of a hexagon `levels` finer: 7 to that power.
const fn hexagon_size(levels: u8) -> u32 {
    7u32.pow(levels as u32)
}

/// Descendants of a pentagon `levels` finer: one pentagon and five sixths of the hexagons around it, at each level.
const fn pentagon_size(levels: u8) -> u32 {
    1 + 5 * (hexagon_size(levels) - 1) / 6
}

fn base_of(position: u32, layout: &Layout) -> (u8, u32) {
    let base = layout.first.partition_point(|&first| first <= position) - 1;
    (base as u8, position - layout.first[base])
}

/// The H3 digits of the `position`-th descendant of a base cell.
fn digits_of(mut position: u32, levels: u8, mut pentagon: bool) -> [u8; CELL_RESOLUTION as usize] {
    let mut digits = [0; CELL_RESOLUTION as usize];
    for (level, digit) in digits.iter_mut().enumerate().take(levels as usize) {
        let below = levels - 1 - level as u8;
        // The centre child of a pentagon is a pentagon; its digit-1 child does not exist.
        let centre = if pentagon { pentagon_size(below) } else { hexagon_size(below) };
        if position < centre {
            continue;
        }
        let ring = (position - centre) / hexagon_size(below);
        *digit = ring as u8 + if pentagon { 2 } else { 1 };
        position = (position - centre) % hexagon_size(below);
        pentagon = false;
    }
    digits
}

/// The inverse of [`digits_of`]; none where a digit is 7 or the branch was cut out of a pentagon.
fn position_of(digits: &[u8], mut pentagon: bool) -> Option<u32> {
    let mut position = 0;
    for (level, &digit) in digits.iter().enumerate() {
        let below = (digits.len() - 1 - level) as u8;
        let centre = if pentagon { pentagon_size(below) } else { hexagon_size(below) };
        match (digit, pentagon) {
            (7.., _) | (1, true) => return None,
            (0, _) => continue,
            (_, true) => position += centre + u32::from(digit - 2) * hexagon_size(below),
            (_, false) => position += centre + u32::from(digit - 1) * hexagon_size(below),
        }
        pentagon = false;
    }
    Some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_counts_hold() {
        assert_eq!(CELL_LAYOUT.first[BASE_CELL_COUNT as usize] as usize, CELL_COUNT);
        assert_eq!(BLOCK_LAYOUT.first[BASE_CELL_COUNT as usize] as usize, BLOCK_COUNT);
        assert_eq!(pentagon_size(5), 14_006);
    }

    #[test]
    fn every_cell_has_the_index_h3_gives_it() {
        let mut position = 0;
        let last = last_digits();
        for base in CellIndex::base_cells() {
            for child in base.children(Resolution::Five) {
                let index = u64::from(child);
                assert_eq!(cell_id(Cell(position)), index);
                assert_eq!(cell_from_id(index), Ok(Cell(position)));
                assert_eq!(u64::from(last[position as usize]), (index >> 30) & 7);
                position += 1;
            }
        }
        assert_eq!(position as usize, CELL_COUNT);
    }

    #[test]
    fn blocks_are_the_resolution_3_parents_in_order() {
        let mut parents: Vec<u64> = CellIndex::base_cells()
            .flat_map(|base| base.children(Resolution::Three))
            .map(u64::from)
            .collect();
        parents.sort_unstable();
        for position in (0..CELL_COUNT as u32).step_by(13) {
            let parent = to_h3(Cell(position)).parent(Resolution::Three).expect("coarser");
            assert_eq!(parents[block_of(Cell(position)) as usize], u64::from(parent));
        }
    }

    #[test]
    fn what_is_not_a_cell_is_refused_with_a_way_out() {
        assert!(cell_at(91.0, 0.0).unwrap_err().to_string().contains("allowed: -90 to 90"));
        assert!(cell_at(f64::NAN, 0.0).is_err());
        assert!(cell_at(0.0, 361.0).is_err());
        assert!(matches!(cell_from_id(0x8428347ffffffff), Err(CellError::Resolution { resolution: 4, .. })));
        assert!(matches!(cell_from_id(0), Err(CellError::NotACell { .. })));
        assert!(matches!(cell_from_id(u64::MAX), Err(CellError::NotACell { .. })));
        assert!(matches!("85283473ffffffg".parse::<Cell>(), Err(CellError::Text { .. })));
        assert!("+85283473ffffff".parse::<Cell>().is_err());
        assert_eq!(
            "85283473fffffff".parse::<Cell>().expect("published example").to_string(),
            "85283473fffffff"
        );
    }

    #[test]
    fn poles_and_the_antimeridian_have_cells() {
        for (latitude, longitude) in
            [(90.0, 0.0), (-90.0, 17.0), (0.0, 180.0), (-17.0, -180.0), (66.0, 190.0)]
        {
            let cell = cell_at(latitude, longitude).expect("on the Earth");
            assert_eq!(cell_from_id(cell_id(cell)), Ok(cell));
        }
        assert_eq!(cell_at(-17.0, 180.0), cell_at(-17.0, -180.0));
        assert_eq!(cell_at(66.0, 190.0), cell_at(66.0, -170.0));
    }

    #[test]
    fn pentagons_have_five_neighbours_and_every_edge_is_shared() {
        let mut pentagons = 0;
        for position in (0..CELL_COUNT as u32).step_by(7) {
            let cell = Cell(position);
            let around = neighbours(cell);
            pentagons += usize::from(around.len() == 5);
            assert!(around.len() == 5 || around.len() == 6);
            assert!(around.iter().all(|&other| neighbours(other).contains(&cell)));
        }
        assert!(pentagons <= 12);
        for &base in &PENTAGON_BASE_CELLS {
            assert_eq!(neighbours(Cell(CELL_LAYOUT.first[base as usize])).len(), 5);
        }
    }
}
