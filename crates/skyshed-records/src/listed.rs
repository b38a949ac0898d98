//! Lists of terminals that a `listed` state names by one hash: who is on a list can be proved without showing the list.
//!
//! A leaf is the salted hash of a terminal's id, SHA-256(salt ‖ id), with a salt of 32 random bytes for each terminal. The leaves,
//! sorted and each once, are the entries of an RFC 6962 tree; its root is what a state carries. Whoever runs the list gives each
//! terminal its salt and path; nobody can find the ids out from the root.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use skyshed_tlog::Hash;
use skyshed_tlog::merkle::{ProofError, Tree, leaf_hash, prove_inclusion, verify_inclusion};

use crate::record::Digest;

/// Longest path of a membership: a list of 2³² terminals.
pub const PATH_MAX: usize = 32;

/// That a terminal is on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The terminal's salt.
    pub salt: Digest,
    /// Position of its leaf among the sorted ones, from 0.
    pub index: u64,
    /// Number of leaves.
    pub size: u64,
    /// Hashes from the leaf to the root (RFC 6962, 2.1.1).
    pub path: Vec<Digest>,
}

/// SHA-256(salt ‖ id): the leaf of a terminal.
pub fn salted(salt: &Digest, id: &str) -> Digest {
    Digest(Sha256::new().chain_update(salt.0).chain_update(id).finalize().into())
}

/// The root over leaves in any order.
pub fn root(leaves: &[Digest]) -> Digest {
    let mut tree = Tree::new();
    sorted(leaves).iter().for_each(|leaf| tree.append(leaf_hash(&leaf.0)));
    Digest(tree.root())
}

/// That the terminal with this salt and id is on the list with these leaves; `None` where it is not.
pub fn prove(leaves: &[Digest], salt: &Digest, id: &str) -> Option<Membership> {
    let leaves = sorted(leaves);
    let own = salted(salt, id);
    let index = leaves.binary_search_by_key(&own.0, |leaf| leaf.0).ok()? as u64;
    let size = leaves.len() as u64;
    let subtree = |level: u32, index: u64| {
        let (first, count) = ((index << level) as usize, 1usize << level);
        let mut tree = Tree::new();
        leaves[first..first + count].iter().for_each(|leaf| tree.append(leaf_hash(&leaf.0)));
        Ok::<Hash, ProofError>(tree.root())
    };
    let path = prove_inclusion(index, size, subtree).ok()?;
    Some(Membership { salt: *salt, index, size, path: path.into_iter().map(Digest).collect() })
}

impl Membership {
    /// Whether it proves that the terminal is on the list with this root.
    pub fn holds(&self, id: &str, root: &Digest) -> bool {
        if self.path.len() > PATH_MAX {
            return false;
        }
        let path: Vec<Hash> = self.path.iter().map(|hash| hash.0).collect();
        let leaf = leaf_hash(&salted(&self.salt, id).0);
        verify_inclusion(&leaf, self.index, self.size, &path, &root.0).is_ok()
    }
}

fn sorted(leaves: &[Digest]) -> Vec<Digest> {
    let mut leaves = leaves.to_vec();
    leaves.sort_unstable_by_key(|leaf| leaf.0);
    leaves.dedup();
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salt(n: u8) -> Digest {
        Digest(Sha256::digest([n]).into())
    }

    #[test]
    fn whoever_is_on_the_list_can_prove_it_and_nobody_else() {
        for count in 1..=9u8 {
            let id = |n: u8| format!("ut-{n}");
            let leaves: Vec<Digest> = (0..count).map(|n| salted(&salt(n), &id(n))).collect();
            let root = root(&leaves);
            for n in 0..count {
                let proof = prove(&leaves, &salt(n), &id(n)).unwrap();
                assert!(proof.holds(&id(n), &root), "{n} of {count}");
                assert!(!proof.holds(&id(n + 1), &root));
                assert!(!Membership { salt: salt(n + 1), ..proof.clone() }.holds(&id(n), &root));
                assert!(!Membership { size: proof.size + 8, ..proof.clone() }.holds(&id(n), &root));
                let mut longer = proof.clone();
                longer.path.push(root);
                assert!(!longer.holds(&id(n), &root));
                assert!(!proof.holds(&id(n), &salt(0)));
            }
            assert_eq!(prove(&leaves, &salt(count), &id(count)), None);
        }
    }

    #[test]
    fn the_order_of_the_leaves_and_doubles_change_nothing() {
        let leaves: Vec<Digest> = (0..5).map(|n| salted(&salt(n), "ut-1")).collect();
        let mut other = leaves.clone();
        other.reverse();
        other.push(leaves[2]);
        assert_eq!(root(&leaves), root(&other));
    }
}
