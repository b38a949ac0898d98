//! Reads a whole log and finds whatever does not fit: every entry, every tile, every checkpoint.
//!
//! Each file is held against the files below it: bundles against the leaf hashes, each tile against the roots of the
//! tiles below, the root of all leaves against the checkpoint, which holds by its signatures.

use crate::Hash;
use crate::checkpoint::{Checkpoint, Opened};
use crate::error::LogError;
use crate::files::ReadFiles;
use crate::merkle::{Tree, leaf_hash};
use crate::policy::{Policy, Witnessed};
use crate::read::{CHECKPOINT, PENDING, malformed, read_checkpoint, read_entries, read_hashes, read_tile};
use crate::tile::{self, Row, Tile, WIDTH};

/// What an audit found: a log that is whole.
#[derive(Clone, Debug)]
pub struct Report {
    /// The public checkpoint, and who signed it.
    pub witnessed: Witnessed,
    /// A signed checkpoint that is not public yet, where there is one.
    pub pending: Option<Opened>,
    /// Leaves read: those of the larger of the two.
    pub leaves: u64,
    /// Whether all files below `tile/` were seen; else only those that the checkpoints ask for.
    pub listed: bool,
}

/// Audits a log under a policy. Every entry goes to `visit`, in order, with its number; what `visit` makes of them counts
/// only once this returns `Ok`. Whether the witnesses make a quorum, and whether strangers signed, is in the report:
/// the caller judges it.
pub fn audit(
    files: &impl ReadFiles,
    policy: &Policy,
    visit: impl FnMut(u64, &[u8]),
) -> Result<Report, LogError> {
    let bytes = files.read(CHECKPOINT)?.ok_or(LogError::NoCheckpoint)?;
    let witnessed = policy.check(&bytes)?;
    let pending = read_checkpoint(files, PENDING, policy.log_keys())?;
    let mut checkpoints = vec![(CHECKPOINT, &witnessed.checkpoint)];
    checkpoints.extend(pending.as_ref().map(|opened| (PENDING, &opened.checkpoint)));
    let leaves = checkpoints.iter().map(|(_, checkpoint)| checkpoint.size).max().unwrap_or(0);
    let roots = check_leaves(files, leaves, &checkpoints, visit)?;
    check_rows(files, leaves, roots)?;
    let listed = check_listed(files, leaves)?;
    Ok(Report { witnessed, pending, leaves, listed })
}

/// Reads every leaf; returns the roots of the full tiles of leaf hashes.
fn check_leaves(
    files: &impl ReadFiles,
    size: u64,
    checkpoints: &[(&str, &Checkpoint)],
    mut visit: impl FnMut(u64, &[u8]),
) -> Result<Vec<Hash>, LogError> {
    let mut tree = Tree::new();
    let mut roots = Vec::new();
    check_roots(&tree, checkpoints)?;
    for tile in tile::tiles(Row::Entries, 0, size) {
        let (entries, hashes) = check_bundle(files, tile.index, size)?;
        for (entry, hash) in entries.iter().zip(&hashes) {
            visit(tree.size(), entry);
            tree.append(*hash);
            check_roots(&tree, checkpoints)?;
        }
        if tile.is_full() {
            roots.push(tile::subtree_root(&hashes));
        }
    }
    Ok(roots)
}

/// Holds the root against each checkpoint of this size.
fn check_roots(tree: &Tree, checkpoints: &[(&str, &Checkpoint)]) -> Result<(), LogError> {
    for (path, checkpoint) in checkpoints.iter().filter(|(_, checkpoint)| checkpoint.size == tree.size()) {
        if tree.root() != checkpoint.root {
            return Err(LogError::Root { path: (*path).to_owned(), size: tree.size() });
        }
    }
    Ok(())
}

/// Holds the rows above the leaf hashes against the roots of the tiles below them.
fn check_rows(files: &impl ReadFiles, size: u64, mut roots: Vec<Hash>) -> Result<(), LogError> {
    for level in 1..8 {
        let mut above = Vec::new();
        for (index, below) in roots.chunks(WIDTH as usize).enumerate() {
            check_tile(files, level, index as u64, size, below)?;
            if below.len() as u64 == WIDTH {
                above.push(tile::subtree_root(below));
            }
        }
        roots = above;
    }
    Ok(())
}

/// The entries and leaf hashes of a bundle in a tree of `size` leaves, held against each other.
#[allow(clippy::type_complexity, reason = "entries and their hashes, side by side")]
pub fn check_bundle(
    files: &impl ReadFiles,
    index: u64,
    size: u64,
) -> Result<(Vec<Vec<u8>>, Vec<Hash>), LogError> {
    let entries = read_entries(files, index, size)?;
    let hashes = read_hashes(files, 0, index, size)?;
    if entries.iter().map(|entry| leaf_hash(entry)).eq(hashes.iter().copied()) {
        return Ok((entries, hashes));
    }
    let tile = Tile::of_tree(Row::Entries, index, size);
    Err(LogError::Differs { path: tile.map_or_else(String::new, |tile| tile.path()) })
}

/// Holds a tile above the leaf hashes against the roots of the full tiles below it.
pub fn check_tile(
    files: &impl ReadFiles,
    level: u8,
    index: u64,
    size: u64,
    below: &[Hash],
) -> Result<(), LogError> {
    if read_hashes(files, level, index, size)? == below {
        return Ok(());
    }
    let tile = Tile::of_tree(Row::Hashes(level), index, size);
    Err(LogError::Differs { path: tile.map_or_else(String::new, |tile| tile.path()) })
}

/// Holds every file below `tile/` that the checkpoints do not ask for against the one that took its place. Returns
/// whether the files could be listed.
fn check_listed(files: &impl ReadFiles, size: u64) -> Result<bool, LogError> {
    let Some(listed) = files.list("tile")? else { return Ok(false) };
    for path in listed {
        let stray = || LogError::Stray { path: path.clone(), size };
        let tile = Tile::parse(&path).filter(|tile| tile.is_within(size)).ok_or_else(stray)?;
        check_earlier_form(files, tile, size)?;
    }
    Ok(true)
}

/// Checks a tile that is narrower than the tree makes it: a partial one of an earlier size.
pub fn check_earlier_form(files: &impl ReadFiles, tile: Tile, size: u64) -> Result<(), LogError> {
    let now = Tile::of_tree(tile.row, tile.index, size);
    if now == Some(tile) {
        return Ok(());
    }
    let bytes = files.read(&tile.path())?.ok_or_else(|| LogError::Missing { path: tile.path(), size })?;
    let (_, whole) = read_tile(files, tile.row, tile.index, size)?;
    let count = match tile.row {
        Row::Entries => tile::entries(&bytes).map(|entries| entries.len()),
        Row::Hashes(_) => tile::hashes(&bytes).map(|hashes| hashes.len()),
    };
    if count != Some(usize::from(tile.width)) {
        return Err(malformed(tile));
    }
    if whole.starts_with(&bytes) { Ok(()) } else { Err(LogError::Differs { path: tile.path() }) }
}
