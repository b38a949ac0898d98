//! The log's root hash at every size it ever had (RFC 6962, 2.1).

use sha2::{Digest as _, Sha256};
use skyshed_tlog::Hash;

/// The hashes of all complete subtrees, by height: two hashes per leaf.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roots {
    by_height: Vec<Vec<Hash>>,
}

impl Roots {
    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.by_height.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Takes the next leaf.
    pub fn push(&mut self, leaf: &[u8]) {
        let mut hash: Hash = Sha256::new().chain_update([0]).chain_update(leaf).finalize().into();
        for height in 0.. {
            if self.by_height.len() == height {
                self.by_height.push(Vec::new());
            }
            self.by_height[height].push(hash);
            let complete = &self.by_height[height];
            let &[.., left, right] = complete.as_slice() else { return };
            if complete.len() % 2 == 1 {
                return;
            }
            hash = node(&left, &right);
        }
    }

    /// The root hash of the first `size` leaves, if there are as many.
    pub fn root(&self, size: u64) -> Option<Hash> {
        if size > self.size() {
            return None;
        }
        let peaks = (0..self.by_height.len()).filter(|height| size >> height & 1 == 1);
        let peak = |height: usize| self.by_height[height][(size >> height) as usize - 1];
        let root = peaks.map(peak).reduce(|right, left| node(&left, &right));
        Some(root.unwrap_or_else(|| Sha256::digest(b"").into()))
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}
