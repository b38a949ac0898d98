//! Appends to a log's files so that a loss of power at any moment loses nothing that was promised.
//!
//! The order is: entry bundles and tiles are durable, then the signed checkpoint over them is durable (`pending`: from
//! here on the leaves stay, and the log's signature may leave the house, to witnesses first), then the checkpoint is
//! public. A file that a checkpoint needs is never written over: a grown partial tile has another name.

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, Opened, open};
use crate::error::LogError;
use crate::files::WriteFiles;
use crate::key::VerifierKey;
use crate::merkle::{Tree, leaf_hash};
use crate::read::{CHECKPOINT, Hashes, PENDING, read_checkpoint, read_hashes, read_tile};
use crate::tile::{self, Row, Tile, WIDTH};

/// The writer of a log. There must be one at a time: holding others off is the caller's.
pub struct Appender<F> {
    files: F,
    logs: Vec<VerifierKey>,
    origin: String,
    edge: Edge,
    /// The checkpoint that the public sees, where there is one.
    published: Option<Opened>,
    /// A signed checkpoint over all leaves that is not public yet.
    pending: Option<Opened>,
    staged: Option<Edge>,
    /// Tiles that were written for leaves no checkpoint covers yet.
    uncovered: Vec<Tile>,
    /// A commit ended in an error: whether its checkpoint is durable is not known.
    in_doubt: bool,
}

/// The right edge of the tree, from which it grows.
#[derive(Clone, Default)]
struct Edge {
    tree: Tree,
    /// The bytes of each row's partial tile; none where the row ends in a full one.
    rows: BTreeMap<Row, Vec<u8>>,
}

impl<F: WriteFiles> Appender<F> {
    /// Begins a log where there is none. `logs` are the log's keys, the origin is their name. Publish a signed
    /// checkpoint of no leaves first: without a checkpoint [`Appender::open`] finds no log.
    pub fn create(files: F, origin: &str, logs: &[VerifierKey]) -> Result<Self, LogError> {
        let tiles = files.list("tile")?.unwrap_or_default();
        if files.read(CHECKPOINT)?.is_some() || files.read(PENDING)?.is_some() || !tiles.is_empty() {
            return Err(LogError::Exists);
        }
        Ok(Self::at(files, logs, origin, Edge::default(), (None, None)))
    }

    /// Opens a log for writing at its last checkpoint, public or not. The tree's edge must fit it; tiles of leaves that
    /// it does not cover, left by an append that was cut short, are removed.
    pub fn open(files: F, logs: &[VerifierKey]) -> Result<Self, LogError> {
        let published = read_checkpoint(&files, CHECKPOINT, logs)?;
        let pending = read_checkpoint(&files, PENDING, logs)?;
        let size = |opened: &Option<Opened>| opened.as_ref().map(|opened| opened.checkpoint.size);
        let pending = pending.filter(|pending| Some(pending.checkpoint.size) > size(&published));
        let last = pending.as_ref().or(published.as_ref()).ok_or(LogError::NoCheckpoint)?;
        let edge = Edge::load(&files, &last.checkpoint)?;
        let origin = last.checkpoint.origin.clone();
        let opened = Self::at(files, logs, &origin, edge, (published, pending));
        opened.repair()?;
        Ok(opened)
    }

    fn at(
        files: F,
        logs: &[VerifierKey],
        origin: &str,
        edge: Edge,
        (published, pending): (Option<Opened>, Option<Opened>),
    ) -> Self {
        let (logs, origin) = (logs.to_vec(), origin.to_owned());
        Self {
            files,
            logs,
            origin,
            edge,
            published,
            pending,
            staged: None,
            uncovered: Vec::new(),
            in_doubt: false,
        }
    }

    /// What the log stands at: all leaves that are not taken back.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(&self.origin, self.edge.tree.size(), self.edge.tree.root())
    }

    /// The checkpoint that the public sees.
    pub fn published(&self) -> Option<&Opened> {
        self.published.as_ref()
    }

    /// A signed checkpoint over leaves that the public does not see yet: after a power cut, witnesses are to be asked
    /// for it and it is to be published before anything else.
    pub fn pending(&self) -> Option<&Opened> {
        self.pending.as_ref()
    }

    /// The files.
    pub fn files(&self) -> &F {
        &self.files
    }

    /// Writes the tiles and bundles of further leaves, durably, and returns the checkpoint to be signed. Until it is
    /// committed the leaves are not in the log: staging again, or opening the log again, takes them back.
    pub fn stage<E: AsRef<[u8]>>(&mut self, entries: &[E]) -> Result<Checkpoint, LogError> {
        if self.in_doubt {
            return Err(LogError::InDoubt);
        }
        self.take_back()?;
        let mut edge = self.edge.clone();
        let mut written = Vec::new();
        for entry in entries {
            edge.append(entry.as_ref(), &mut written)?;
        }
        edge.partials(&self.edge, &mut written);
        self.write(&written)?;
        let checkpoint = Checkpoint::new(&self.origin, edge.tree.size(), edge.tree.root());
        self.staged = Some(edge);
        Ok(checkpoint)
    }

    /// Makes the signed checkpoint of the staged leaves durable: from now on they are in the log. Only then may the
    /// signature be shown to anybody.
    pub fn commit(&mut self, signed: &str) -> Result<(), LogError> {
        let edge = self.staged.as_ref().unwrap_or(&self.edge);
        let opened = self.open_as(signed, PENDING, edge)?;
        self.in_doubt = true;
        self.put(PENDING, signed)?;
        self.in_doubt = false;
        if let Some(staged) = self.staged.take() {
            self.edge = staged;
        }
        self.uncovered.clear();
        self.pending = Some(opened);
        Ok(())
    }

    /// Makes a signed and cosigned checkpoint of all leaves public; commits it first where that was not done.
    pub fn publish(&mut self, signed: &str) -> Result<(), LogError> {
        if self.staged.is_some() {
            self.commit(signed)?;
        }
        let opened = self.open_as(signed, CHECKPOINT, &self.edge)?;
        self.put(CHECKPOINT, signed)?;
        let before = self.published.replace(opened).map_or(0, |opened| opened.checkpoint.size);
        self.pending = None;
        // What cannot be removed harms nobody: the checkpoint is public already.
        let _ = self.clean_up(before);
        Ok(())
    }

    /// Reads a signed checkpoint that must state this edge.
    fn open_as(&self, signed: &str, path: &str, edge: &Edge) -> Result<Opened, LogError> {
        let opened = open(signed.as_bytes(), &self.logs, &[])
            .map_err(|error| LogError::Checkpoint { path: path.to_owned(), error })?;
        let wanted = Checkpoint::new(&self.origin, edge.tree.size(), edge.tree.root());
        let Checkpoint { origin, size, root, .. } = &opened.checkpoint;
        if (origin, *size, *root) == (&wanted.origin, wanted.size, wanted.root) {
            return Ok(opened);
        }
        Err(LogError::NotStaged { given: Box::new(opened.checkpoint), wanted: Box::new(wanted) })
    }

    fn put(&self, path: &str, text: &str) -> Result<(), LogError> {
        self.files.stage(path, text.as_bytes())?;
        self.files.publish(path)?;
        Ok(self.files.sync()?)
    }

    fn write(&mut self, written: &[(Tile, Vec<u8>)]) -> Result<(), LogError> {
        for (tile, bytes) in written {
            self.files.stage(&tile.path(), bytes)?;
        }
        for (tile, _) in written {
            self.uncovered.push(*tile);
            self.files.publish(&tile.path())?;
        }
        Ok(self.files.sync()?)
    }

    /// Removes the tiles of leaves that were staged and not committed.
    fn take_back(&mut self) -> Result<(), LogError> {
        self.staged = None;
        for tile in &self.uncovered {
            self.files.remove(&tile.path())?;
        }
        self.uncovered.clear();
        Ok(())
    }

    /// Removes what nobody needs after a checkpoint is public: the pending one, and the partial forms of tiles that
    /// became full since `before`.
    fn clean_up(&self, before: u64) -> Result<(), LogError> {
        self.files.remove(PENDING)?;
        let size = self.edge.tree.size();
        for row in tile::rows(size) {
            let first = tile::row_length(row, before) / WIDTH;
            for full in tile::tiles(row, first, size).filter(Tile::is_full) {
                self.remove_partials(full)?;
            }
        }
        Ok(())
    }

    /// Removes the partial forms of a full tile: those that are listed, or any there may be.
    fn remove_partials(&self, full: Tile) -> Result<(), LogError> {
        let any = || (1..WIDTH as u16).map(|width| Tile { width, ..full }.path()).collect();
        for path in self.files.list(&format!("{}.p", full.path()))?.unwrap_or_else(any) {
            self.files.remove(&path)?;
        }
        Ok(())
    }

    /// Removes the tiles that this tree does not have, which only a holder that lists its files can be asked for.
    fn repair(&self) -> Result<(), LogError> {
        let size = self.edge.tree.size();
        let listed = self.files.list("tile")?.unwrap_or_default();
        let beyond = listed.iter().filter_map(|path| Tile::parse(path)).filter(|tile| !tile.is_within(size));
        for tile in beyond {
            self.files.remove(&tile.path())?;
        }
        // Also makes durable what was read: a checkpoint that was in place, and not yet safe there.
        Ok(self.files.sync()?)
    }
}

impl Edge {
    /// The edge of a stored tree, checked against its checkpoint.
    fn load(files: &impl WriteFiles, checkpoint: &Checkpoint) -> Result<Self, LogError> {
        let size = checkpoint.size;
        let hashes = Hashes::new(files, size);
        let tree = Tree::load(size, |level, index| hashes.subtree(level, index))?;
        if tree.root() != checkpoint.root {
            return Err(LogError::Root { path: CHECKPOINT.to_owned(), size });
        }
        let mut rows = BTreeMap::new();
        for row in tile::rows(size) {
            let (full, width) = (tile::row_length(row, size) / WIDTH, tile::row_length(row, size) % WIDTH);
            if width > 0 {
                rows.insert(row, read_tile(files, row, full, size)?.1);
            }
        }
        if let Some(bundle) = rows.get(&Row::Entries) {
            let leaves = read_hashes(files, 0, size / WIDTH, size)?;
            let entries = tile::entries(bundle).unwrap_or_default();
            if !entries.iter().map(|entry| leaf_hash(entry)).eq(leaves) {
                return Err(LogError::Differs {
                    path: Tile::of_tree(Row::Entries, size / WIDTH, size)
                        .map_or_else(String::new, |tile| tile.path()),
                });
            }
        }
        Ok(Self { tree, rows })
    }

    /// Appends an entry; tiles that it fills go to `written`.
    fn append(&mut self, entry: &[u8], written: &mut Vec<(Tile, Vec<u8>)>) -> Result<(), LogError> {
        let index = self.tree.size() / WIDTH;
        let bundle = self.rows.entry(Row::Entries).or_default();
        tile::push_entry(bundle, entry)?;
        let mut hash = leaf_hash(entry);
        self.tree.append(hash);
        let size = self.tree.size();
        if size.is_multiple_of(WIDTH) {
            let tile = Tile { row: Row::Entries, index, width: WIDTH as u16 };
            written.extend(self.rows.remove(&Row::Entries).map(|bytes| (tile, bytes)));
        }
        for row in (0..8).map(Row::Hashes) {
            let hashes = self.rows.entry(row).or_default();
            hashes.extend(hash);
            let length = tile::row_length(row, size);
            if !length.is_multiple_of(WIDTH) {
                break;
            }
            let full = self.rows.remove(&row).unwrap_or_default();
            hash = tile::subtree_root(&tile::hashes(&full).unwrap_or_default());
            written.push((Tile { row, index: length / WIDTH - 1, width: WIDTH as u16 }, full));
        }
        Ok(())
    }

    /// The partial tiles that this edge has and `before` has not.
    fn partials(&self, before: &Edge, written: &mut Vec<(Tile, Vec<u8>)>) {
        let (size, old) = (self.tree.size(), before.tree.size());
        for (&row, bytes) in &self.rows {
            let length = tile::row_length(row, size);
            if length != tile::row_length(row, old) {
                let tile = Tile { row, index: length / WIDTH, width: (length % WIDTH) as u16 };
                written.push((tile, bytes.clone()));
            }
        }
    }
}
