//! The tree of RFC 6962, section 2.1: hashes, the right edge that grows, roots and proofs.
//!
//! Roots and proofs of a stored tree are worked out from the hashes of its complete subtrees, which the caller looks up:
//! `subtree(level, index)` is MTH(D[index * 2^level : (index + 1) * 2^level]), so level 0 holds the leaves.

use sha2::{Digest, Sha256};

use crate::Hash;

/// Most leaves a tree may have: sizes fit a signed 64-bit number, as in Go's and others' implementations.
pub const SIZE_MAX: u64 = i64::MAX as u64;

/// What is wrong with a proof, or with the question it is to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf asked for is not in the tree.
    #[error("leaf {index} asked of a tree of {size} leaves: give an index below {size}")]
    NoSuchLeaf {
        /// The leaf's number.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a tree of {old} leaves is not the past of one of {new}: give the smaller size first")]
    Backwards {
        /// Leaves of the tree given as the older one.
        old: u64,
        /// Leaves of the tree given as the newer one.
        new: u64,
    },
    /// The number of hashes is not that of a proof for these sizes.
    #[error("{given} hashes do not make a proof here: hashes are missing or too many")]
    Length {
        /// Hashes given.
        given: usize,
    },
    /// The hashes do not lead to the root.
    #[error("the proof leads to another root: leaf, proof or root is not the log's")]
    Root,
}

/// MTH of one leaf: SHA-256(0x00 || entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// MTH of two subtrees: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// MTH of no leaf: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// A tree of which only the right edge is kept: enough to append and to state the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// Roots of the complete subtrees that the leaves fall into, largest (leftmost) first: one per 1 bit of the size.
    peaks: Vec<Hash>,
}

impl Tree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves whose complete subtrees are looked up.
    pub fn load<E>(size: u64, subtree: impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Self, E> {
        let mut subtree = subtree;
        let peaks = peaks(size).map(|(level, index)| subtree(level, index)).collect::<Result<_, E>>()?;
        Ok(Self { size, peaks })
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Hash) {
        let merged = self.size.trailing_ones() as usize;
        let left = self.peaks.split_off(self.peaks.len() - merged);
        self.peaks.push(left.iter().rev().fold(leaf, |right, left| node_hash(left, &right)));
        self.size += 1;
    }

    /// The root: `MTH(D[0:size])`.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The complete subtrees that `size` leaves fall into, as (level, index), largest first.
fn peaks(size: u64) -> impl Iterator<Item = (u32, u64)> {
    (0..64).rev().filter(move |level| size >> level & 1 == 1).map(move |level| (level, (size >> level) - 1))
}

/// The root of the first `size` leaves.
pub fn root<E>(size: u64, subtree: impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    Ok(Tree::load(size, subtree)?.root())
}

/// The proof that leaf `index` is in the tree of `size` leaves: `PATH(index, D[0:size])` of RFC 6962, 2.1.1.
pub fn prove_inclusion<E: From<ProofError>>(
    index: u64,
    size: u64,
    mut subtree: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size }.into());
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range(middle, end, &mut subtree)?);
            end = middle;
        } else {
            path.push(range(start, middle, &mut subtree)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `old` leaves is the past of the tree of `new`: `PROOF(old, D[0:new])` of RFC 6962, 2.1.2.
/// It is empty for `old` = 0 and for `old` = `new`.
pub fn prove_consistency<E: From<ProofError>>(
    old: u64,
    new: u64,
    mut subtree: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if old > new {
        return Err(ProofError::Backwards { old, new }.into());
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Ok(path);
    }
    let (mut start, mut end) = (0, new);
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range(middle, end, &mut subtree)?);
            end = middle;
        } else {
            path.push(range(start, middle, &mut subtree)?);
            start = middle;
        }
    }
    // Where the old tree is itself a subtree on the left edge, the verifier knows its root already.
    if start > 0 {
        path.push(range(start, end, &mut subtree)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that the leaf with this hash is number `index` of the `size` leaves under `root`.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let mut climb = Climb::new(index, size - 1);
    let mut found = *leaf;
    for hash in path {
        found = match climb.step().ok_or(ProofError::Length { given: path.len() })? {
            Side::Left => node_hash(hash, &found),
            Side::Right => node_hash(&found, hash),
        };
    }
    check(climb.done(), path, found == *root)
}

/// Checks that the `old_size` leaves under `old_root` are the first of the `new_size` leaves under `new_root`.
pub fn verify_consistency(
    (old_size, old_root): (u64, &Hash),
    (new_size, new_root): (u64, &Hash),
    path: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Backwards { old: old_size, new: new_size });
    }
    if old_size == 0 {
        return check(path.is_empty(), path, *old_root == empty_root());
    }
    if old_size == new_size {
        return check(path.is_empty(), path, old_root == new_root);
    }
    let mut climb = Climb::new(old_size - 1, new_size - 1);
    climb.skip_right_edges();
    // RFC 9162, 2.1.4.2: where the old tree is complete its root starts the climb, else the proof's first hash does.
    let (first, rest) = match (climb.at_left_edge(), path) {
        (true, rest) => (old_root, rest),
        (false, [first, rest @ ..]) => (first, rest),
        (false, []) => return Err(ProofError::Length { given: 0 }),
    };
    let (mut old, mut new) = (*first, *first);
    for hash in rest {
        match climb.step().ok_or(ProofError::Length { given: path.len() })? {
            Side::Left => (old, new) = (node_hash(hash, &old), node_hash(hash, &new)),
            Side::Right => new = node_hash(&new, hash),
        }
    }
    check(climb.done(), path, old == *old_root && new == *new_root)
}

fn check(complete: bool, path: &[Hash], same: bool) -> Result<(), ProofError> {
    match (complete, same) {
        (false, _) => Err(ProofError::Length { given: path.len() }),
        (true, false) => Err(ProofError::Root),
        (true, true) => Ok(()),
    }
}

/// The largest power of two below `size` (RFC 6962's k), for sizes above 1.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// MTH(D[start:end]) for a range that RFC 6962's splitting leads to.
fn range<E>(start: u64, end: u64, subtree: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    // The range starts at a multiple of its largest complete subtree, so each peak's index only moves along.
    let offset = |level: u32| start >> level;
    Ok(Tree::load(end - start, |level, index| subtree(level, offset(level) + index))?.root())
}

/// On which side of the hash at hand its neighbour stands.
enum Side {
    Left,
    Right,
}

/// A climb from a node towards the root along the bits of its index (RFC 9162, 2.1.3.2: `fn` and `sn`).
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    fn new(node: u64, last: u64) -> Self {
        Self { node, last }
    }

    /// One level up, and past the levels where the node has no neighbour; `None` at the root.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let left = self.node & 1 == 1 || self.node == self.last;
        if left {
            while self.node & 1 == 0 {
                self.up();
            }
        }
        self.up();
        Some(if left { Side::Left } else { Side::Right })
    }

    fn skip_right_edges(&mut self) {
        while self.node & 1 == 1 {
            self.up();
        }
    }

    fn at_left_edge(&self) -> bool {
        self.node == 0
    }

    fn done(&self) -> bool {
        self.last == 0
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}
