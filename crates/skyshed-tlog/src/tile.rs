//! Tiles and entry bundles (C2SP tlog-tiles): which files hold a tree, what they are called, what is in them.

use crate::Hash;
use crate::merkle::node_hash;

/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u64 = 256;
/// log2 of [`WIDTH`]: tree levels that one tile spans.
pub const HEIGHT: u32 = 8;
/// Longest entry, bytes: its length is written as 16 bits.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// What a file below `tile/` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// Entries: `tile/entries/...`.
    Entries,
    /// Hashes of a tile level: `tile/<level>/...`. Level 0 holds leaf hashes, each further one the roots of full tiles
    /// of the level below.
    Hashes(u8),
}

impl Row {
    /// Tile level of the row: entries stand where the leaf hashes do.
    fn level(self) -> u8 {
        match self {
            Self::Entries => 0,
            Self::Hashes(level) => level,
        }
    }
}

/// One file below `tile/`: a tile of hashes or a bundle of entries, full or partial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What it holds.
    pub row: Row,
    /// Its number in its row.
    pub index: u64,
    /// Hashes or entries in it, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// The tile number `index` of a row in a tree of `size` leaves; `None` where the tree does not reach it.
    pub fn of_tree(row: Row, index: u64, size: u64) -> Option<Self> {
        let width = row_length(row, size).checked_sub(index.checked_mul(WIDTH)?)?.min(WIDTH);
        (width > 0).then_some(Self { row, index, width: width as u16 })
    }

    /// Whether it holds as many as it can.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// Whether a tree of `size` leaves reaches its end: it is one of that tree's tiles, or an earlier form of one.
    pub fn is_within(&self, size: u64) -> bool {
        let end = self.index.checked_mul(WIDTH).and_then(|start| start.checked_add(u64::from(self.width)));
        end.is_some_and(|end| end <= row_length(self.row, size))
    }

    /// The full tile that this one grows into.
    pub fn full(self) -> Self {
        Self { width: WIDTH as u16, ..self }
    }

    /// Its path, such as `tile/0/x001/067` or `tile/entries/000.p/5`.
    pub fn path(&self) -> String {
        let row = match self.row {
            Row::Entries => "entries".to_owned(),
            Row::Hashes(level) => level.to_string(),
        };
        let mut index = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            index = format!("x{:03}/{index}", rest % 1000);
            rest /= 1000;
        }
        let partial = if self.is_full() { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{row}/{index}{partial}")
    }

    /// Reads a path; `None` for a path that no tile has.
    pub fn parse(path: &str) -> Option<Self> {
        let (row, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let row = if row == "entries" { Row::Entries } else { Row::Hashes(row.parse().ok()?) };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().ok()?),
            None => (rest, WIDTH as u16),
        };
        let digits = index.replace(['x', '/'], "");
        let tile = Self { row, index: digits.parse().ok()?, width };
        let sound = row.level() < 64 && (1..=WIDTH as u16).contains(&width);
        // Only the path that would be written counts.
        (sound && tile.path() == path).then_some(tile)
    }
}

/// Entries or hashes in a row of a tree of `size` leaves: floor(size / 256^level).
pub fn row_length(row: Row, size: u64) -> u64 {
    size.checked_shr(HEIGHT * u32::from(row.level())).unwrap_or(0)
}

/// The rows of a tree of `size` leaves: the entries, then the hashes level by level.
pub fn rows(size: u64) -> impl Iterator<Item = Row> {
    let filled = move |row: &Row| row_length(*row, size) > 0;
    std::iter::once(Row::Entries).chain((0..8).map(Row::Hashes)).take_while(filled)
}

/// The tiles of a row of a tree of `size` leaves, from number `from` on.
pub fn tiles(row: Row, from: u64, size: u64) -> impl Iterator<Item = Tile> {
    (from..row_length(row, size).div_ceil(WIDTH)).filter_map(move |index| Tile::of_tree(row, index, size))
}

/// The hashes in a tile's bytes.
pub fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks();
    rest.is_empty().then(|| hashes.to_vec())
}

/// The root of a complete subtree over 1, 2, 4, ... hashes.
pub fn subtree_root(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two());
    match hashes {
        [hash] => *hash,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            node_hash(&subtree_root(left), &subtree_root(right))
        }
    }
}

/// An entry is longer than its length field can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "entry of {given} bytes: at most {ENTRY_BYTES_MAX} fit; keep large things outside and log their hash"
)]
pub struct EntryTooLong {
    /// Bytes given.
    pub given: usize,
}

/// Adds an entry to a bundle: its length in 16 bits, big-endian, then its bytes.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), EntryTooLong> {
    let length = u16::try_from(entry.len()).map_err(|_| EntryTooLong { given: entry.len() })?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry);
    Ok(())
}

/// The entries of a bundle; `None` for bytes that are not a sequence of 1 to 256 entries.
pub fn entries(bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = bundle;
    let mut entries = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = after;
    }
    let sound = rest.is_empty() && !entries.is_empty() && entries.len() as u64 <= WIDTH;
    sound.then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(row: Row, index: u64, width: u16, path: &str) {
        let tile = Tile { row, index, width };
        assert_eq!(tile.path(), path);
        assert_eq!(Tile::parse(path), Some(tile));
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        check(Row::Hashes(0), 1_234_067, 256, "tile/0/x001/x234/067");
        check(Row::Hashes(1), 0, 17, "tile/1/000.p/17");
        check(Row::Entries, 273, 112, "tile/entries/273.p/112");
        check(Row::Hashes(3), 1_000_000, 1, "tile/3/x001/x000/000.p/1");
        for path in ["tile/0/0", "tile/00/000", "tile/0/x000/001", "tile/0/000.p/256", "tile/0/000.p/0"] {
            assert_eq!(Tile::parse(path), None, "{path}");
        }
        for path in
            ["tile/64/000", "tile/0/001x", "tile/0/000.p/01", "tile/0/000.p/+1", "entries/000", "tile/0/"]
        {
            assert_eq!(Tile::parse(path), None, "{path}");
        }
    }

    /// The two examples of C2SP tlog-tiles, "Partial Tiles".
    #[test]
    fn rows_are_those_of_the_specification() {
        let count = |row, size| tiles(row, 0, size).count();
        let last = |row, size| tiles(row, 0, size).last().unwrap();
        let size = 70_000;
        assert_eq!(rows(size).count(), 4);
        assert_eq!((count(Row::Hashes(0), size), last(Row::Hashes(0), size).width), (274, 112));
        assert_eq!((count(Row::Hashes(1), size), last(Row::Hashes(1), size).width), (2, 17));
        assert_eq!((count(Row::Hashes(2), size), last(Row::Hashes(2), size).width), (1, 1));
        assert!(last(Row::Hashes(0), 256).is_full());
        assert_eq!(last(Row::Hashes(1), 256).width, 1);
        assert_eq!(rows(0).count(), 0);
    }
}
