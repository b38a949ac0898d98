//! Held against other implementations in Rust: ct-merkle (trees, proofs), tlog_tiles (proofs, tiles, checkpoints),
//! signed_note (notes) and fips204 (ML-DSA-44).

mod common;

use common::{ORIGIN, entry, log, log_key};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use fips204::traits::{KeyGen, SerDes, Signer, Verifier};
use proptest::prelude::*;
use sha2_for_ct_merkle::Sha256;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use skyshed_tlog::merkle::{ProofError, Tree, leaf_hash, verify_consistency, verify_inclusion};
use skyshed_tlog::{Algorithm, Checkpoint, Hash, Note, ReadFiles, SigningKey, VerifierKey, merkle, read};
use tlog_tiles::{TileHashReader, TileReader};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(256))]

    /// Roots and proofs, of every shape of tree; and proofs that were tampered with are refused by both.
    #[test]
    fn trees_like_ct_merkle(size in 1u64..600, at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>()) {
        let theirs = (0..size).fold(MemoryBackedTree::<Sha256, Vec<u8>>::new(), |mut tree, number| { tree.push(entry(number)); tree });
        let (index, old) = (at.index(size as usize) as u64, 1 + old.index(size as usize) as u64);
        let ours = (0..size).fold(Tree::new(), |mut tree, number| { tree.append(leaf_hash(&entry(number))); tree });
        let root: Hash = (*theirs.root().as_bytes()).into();
        prop_assert_eq!(ours.root(), root);

        let path = merkle::prove_inclusion(index, size, subtree).unwrap();
        let theirs_path = theirs.prove_inclusion(index as usize);
        prop_assert_eq!(path.concat(), theirs_path.as_bytes());
        verify_inclusion(&leaf_hash(&entry(index)), index, size, &path, &root).unwrap();

        let consistency = merkle::prove_consistency(old, size, subtree).unwrap();
        let theirs_consistency = theirs.prove_consistency((size - old) as usize);
        prop_assert_eq!(consistency.concat(), theirs_consistency.as_bytes());
        let old_root = merkle::root(old, subtree).unwrap();
        verify_consistency((old, &old_root), (size, &root), &consistency).unwrap();

        // A proof with one bit flipped, a hash too many or too few proves nothing.
        let leaf = leaf_hash(&entry(index));
        for bad in spoilt(&path, flip) {
            prop_assert!(verify_inclusion(&leaf, index, size, &bad, &root).is_err());
        }
        for bad in spoilt(&consistency, flip) {
            prop_assert!(verify_consistency((old, &old_root), (size, &root), &bad).is_err());
        }
        prop_assert!(verify_inclusion(&leaf, (index + 1) % size, size, &path, &root).is_err() || size == 1);
    }

    /// Proofs and roots read from our tiles by tlog_tiles, which verifies each tile, and our checkpoint's text.
    #[test]
    fn tiles_like_tlog_tiles(size in 1u64..1500, at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>()) {
        let files = log(&[size / 3, size - size / 3]);
        let bytes = files.read("checkpoint").unwrap().unwrap();
        let ours = skyshed_tlog::checkpoint::open(&bytes, &[log_key().verifier().clone()], &[]).unwrap();
        let theirs = tlog_tiles::Checkpoint::from_bytes(ours.note.text.as_bytes()).unwrap();
        prop_assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (ORIGIN, size, ours.checkpoint.root));

        let tiles = Tiles(&files);
        let reader = TileHashReader::new(size, *theirs.hash(), &tiles);
        prop_assert_eq!(tlog_tiles::tree_hash(size, &reader).unwrap(), *theirs.hash());
        let index = at.index(size as usize) as u64;
        let (_, path) = read::prove_inclusion(&files, &ours.checkpoint, index).unwrap();
        let theirs_path = tlog_tiles::prove_record(size, index, &reader).unwrap();
        prop_assert_eq!(&path, &theirs_path.iter().map(|hash| hash.0).collect::<Vec<_>>());

        let old = 1 + old.index(size as usize) as u64;
        let (old_root, consistency) = read::prove_consistency(&files, old, &ours.checkpoint).unwrap();
        let theirs_consistency = tlog_tiles::prove_tree(size, old, &reader).unwrap();
        prop_assert_eq!(&consistency, &theirs_consistency.iter().map(|hash| hash.0).collect::<Vec<_>>());
        prop_assert_eq!(tlog_tiles::tree_hash(old, &reader).unwrap().0, old_root);
    }

    /// Notes signed here are verified there, and the other way round; what one refuses to read the other does too.
    #[test]
    fn notes_like_signed_note(seed in any::<[u8; 32]>(), text in "[ -~\u{a0}-\u{2ff}\n]{0,200}\n", change in any::<(prop::sample::Index, u8)>()) {
        let ours = SigningKey::from_seed("example.com/a", Algorithm::Ed25519, &seed).unwrap();
        let theirs = StandardSigner::new(&ours.secret_text()).unwrap();
        let vkey = ours.verifier().to_string();
        let mut note = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        note.add_sigs(&[&theirs]).unwrap();
        let mine = Note { text: text.clone(), signatures: vec![ours.sign(&text, 0).unwrap()] }.to_string();
        prop_assert_eq!(mine.as_bytes(), note.to_bytes());

        let mut changed = mine.into_bytes();
        let at = change.0.index(changed.len());
        changed[at] = changed[at].wrapping_add(change.1);
        let list = || VerifierList::new(vec![Box::new(StandardVerifier::new(&vkey).unwrap())]);
        let there = signed_note::Note::from_bytes(&changed).is_ok_and(|note| note.verify(&list()).is_ok());
        let keys = [VerifierKey::parse(&vkey).unwrap()];
        let here = Note::parse(&changed).is_ok_and(|note| note.verify(&keys).is_ok());
        prop_assert_eq!(here, there);
    }
}

proptest! {
    #![proptest_config(config(24))]

    /// ML-DSA-44 keys and cosignatures, over the message as the specification writes it.
    #[test]
    fn ml_dsa_like_fips204(seed in any::<[u8; 32]>(), time in 0..i64::MAX as u64, size in 0..i64::MAX as u64, root in any::<Hash>()) {
        let ours = SigningKey::from_seed("w.example/1", Algorithm::CosignatureMlDsa44, &seed).unwrap();
        let (public, secret) = fips204::ml_dsa_44::KG::keygen_from_seed(&seed);
        prop_assert_eq!(ours.verifier().public_key(), public.clone().into_bytes());
        let text = Checkpoint::new(ORIGIN, size, root).text();
        let message = [
            &b"subtree/v1\n\0\x0bw.example/1"[..], &time.to_be_bytes(), &[ORIGIN.len() as u8], ORIGIN.as_bytes(),
            &[0; 8], &size.to_be_bytes(), &root,
        ].concat();
        let mut signature = ours.sign(&text, time).unwrap();
        prop_assert!(public.verify(&message, signature.bytes[8..].try_into().unwrap(), &[]));
        signature.bytes.splice(8.., secret.try_sign_with_seed(&[0; 32], &message, &[]).unwrap());
        let note = Note { text, signatures: vec![signature] };
        prop_assert_eq!(note.verify([ours.verifier()]).unwrap().known, [(0, Some(time))]);
    }
}

/// The root of a complete subtree of the entries, worked out anew.
fn subtree(level: u32, index: u64) -> Result<Hash, ProofError> {
    let leaves = (index << level..(index + 1) << level).map(|number| leaf_hash(&entry(number)));
    Ok(leaves
        .fold(Tree::new(), |mut tree, leaf| {
            tree.append(leaf);
            tree
        })
        .root())
}

/// A proof with one bit flipped, without its last hash, with one more.
fn spoilt(path: &[Hash], flip: prop::sample::Index) -> Vec<Vec<Hash>> {
    let longer = [path, &[[0; 32]]].concat();
    let Some((_, shorter)) = path.split_last() else { return vec![longer] };
    let mut flipped = path.to_vec();
    let bit = flip.index(path.len() * 256);
    flipped[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
    vec![longer, shorter.to_vec(), flipped]
}

/// Our files, as tlog_tiles reads them.
struct Tiles<'a>(&'a common::Memory);

impl TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        // Its paths are Go's, with the height in them: tile/8/<level>/...
        let path = |tile: &tlog_tiles::Tile| tile.path().replacen("tile/8/", "tile/", 1);
        let read = |tile| self.0.read(&path(tile)).unwrap().ok_or(tlog_tiles::Error::InvalidTile);
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}
