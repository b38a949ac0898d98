//! Reads a log's files and proves from them. Files are not trusted: what is returned was checked against a checkpoint.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::Hash;
use crate::checkpoint::{Checkpoint, CheckpointError, Opened, open};
use crate::error::LogError;
use crate::files::ReadFiles;
use crate::key::VerifierKey;
use crate::merkle::{self, leaf_hash, verify_consistency, verify_inclusion};
use crate::tile::{self, HEIGHT, Row, Tile, WIDTH};

/// Path of the checkpoint that the public sees.
pub const CHECKPOINT: &str = "checkpoint";
/// Path of a checkpoint that the log signed and that is not public yet: leaves up to it are not taken back.
pub const PENDING: &str = "pending";

/// Reads a checkpoint file and checks the log's signature; `None` where there is no such file.
pub fn read_checkpoint(
    files: &impl ReadFiles,
    path: &str,
    logs: &[VerifierKey],
) -> Result<Option<Opened>, LogError> {
    let at_path = |error: CheckpointError| LogError::Checkpoint { path: path.to_owned(), error };
    files.read(path)?.map(|bytes| open(&bytes, logs, &[]).map_err(at_path)).transpose()
}

/// The entry at `index` and the proof that it is in the checkpoint's tree.
pub fn prove_inclusion(
    files: &impl ReadFiles,
    checkpoint: &Checkpoint,
    index: u64,
) -> Result<(Vec<u8>, Vec<Hash>), LogError> {
    let size = checkpoint.size;
    let hashes = Hashes::new(files, size);
    let path = merkle::prove_inclusion(index, size, |level, index| hashes.subtree(level, index))?;
    let entry = read_entries(files, index / WIDTH, size)?.swap_remove((index % WIDTH) as usize);
    verify_inclusion(&leaf_hash(&entry), index, size, &path, &checkpoint.root)?;
    Ok((entry, path))
}

/// The root of the log's first `old` leaves, and the proof that the checkpoint's tree continues it.
pub fn prove_consistency(
    files: &impl ReadFiles,
    old: u64,
    checkpoint: &Checkpoint,
) -> Result<(Hash, Vec<Hash>), LogError> {
    let hashes = Hashes::new(files, checkpoint.size);
    let subtree = |level, index| hashes.subtree(level, index);
    let path = merkle::prove_consistency(old, checkpoint.size, subtree)?;
    let root = merkle::root(old, subtree)?;
    verify_consistency((old, &root), (checkpoint.size, &checkpoint.root), &path)?;
    Ok((root, path))
}

/// The hashes of a stored tree, each tile read once. Not checked: proofs made of them are.
pub struct Hashes<'a, F> {
    files: &'a F,
    size: u64,
    tiles: RefCell<BTreeMap<(u8, u64), Vec<Hash>>>,
}

impl<'a, F: ReadFiles> Hashes<'a, F> {
    /// The hashes of a tree of `size` leaves.
    pub fn new(files: &'a F, size: u64) -> Self {
        Self { files, size, tiles: RefCell::default() }
    }

    /// The root of a complete subtree of 2^`level` leaves.
    pub fn subtree(&self, level: u32, index: u64) -> Result<Hash, LogError> {
        let row = (level / HEIGHT) as u8;
        let count = 1 << (level % HEIGHT);
        let first = index * count;
        let mut tiles = self.tiles.borrow_mut();
        let hashes = match tiles.entry((row, first / WIDTH)) {
            std::collections::btree_map::Entry::Occupied(tile) => tile.into_mut(),
            std::collections::btree_map::Entry::Vacant(tile) => {
                tile.insert(read_hashes(self.files, row, first / WIDTH, self.size)?)
            }
        };
        let start = (first % WIDTH) as usize;
        let beyond = || merkle::ProofError::NoSuchLeaf { index: index << level, size: self.size };
        Ok(tile::subtree_root(hashes.get(start..start + count as usize).ok_or_else(beyond)?))
    }
}

/// The hashes of a tile in a tree of `size` leaves.
pub fn read_hashes(files: &impl ReadFiles, level: u8, index: u64, size: u64) -> Result<Vec<Hash>, LogError> {
    let (tile, bytes) = read_tile(files, Row::Hashes(level), index, size)?;
    tile::hashes(&bytes).ok_or_else(|| malformed(tile))
}

/// The entries of a bundle in a tree of `size` leaves.
pub fn read_entries(files: &impl ReadFiles, index: u64, size: u64) -> Result<Vec<Vec<u8>>, LogError> {
    let (tile, bytes) = read_tile(files, Row::Entries, index, size)?;
    let entries = tile::entries(&bytes).ok_or_else(|| malformed(tile))?;
    Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
}

/// The bytes of a tile in a tree of `size` leaves: as wide as the tree makes it.
pub(crate) fn read_tile(
    files: &impl ReadFiles,
    row: Row,
    index: u64,
    size: u64,
) -> Result<(Tile, Vec<u8>), LogError> {
    let tile = Tile::of_tree(row, index, size);
    let tile = tile.ok_or(merkle::ProofError::NoSuchLeaf { index: index.saturating_mul(WIDTH), size })?;
    if let Some(bytes) = files.read(&tile.path())? {
        return if prefix_length(tile, &bytes) == Some(bytes.len()) {
            Ok((tile, bytes))
        } else {
            Err(malformed(tile))
        };
    }
    // C2SP tlog-tiles, "Partial Tiles": a log may drop a partial tile once the full one is there.
    let full = tile.full();
    let missing = || LogError::Missing { path: tile.path(), size };
    let mut bytes = files.read(&full.path())?.ok_or_else(missing)?;
    bytes.truncate(prefix_length(tile, &bytes).ok_or_else(|| malformed(full))?);
    Ok((tile, bytes))
}

/// How many of the bytes make as many hashes or entries as the tile holds.
fn prefix_length(tile: Tile, bytes: &[u8]) -> Option<usize> {
    let width = usize::from(tile.width);
    let length = match tile.row {
        Row::Hashes(_) => width * size_of::<Hash>(),
        Row::Entries => {
            let entries = tile::entries(bytes).filter(|entries| entries.len() >= width)?;
            entries[..width].iter().map(|entry| 2 + entry.len()).sum()
        }
    };
    (length <= bytes.len()).then_some(length)
}

pub(crate) fn malformed(tile: Tile) -> LogError {
    LogError::Form { path: tile.path(), width: tile.width }
}
