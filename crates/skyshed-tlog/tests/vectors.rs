//! Published vectors: the texts in the specifications, the roots of RFC 6962's reference implementation, Go's note.

mod common;

use base64ct::{Base64, Encoding};
use skyshed_tlog::merkle::{
    Tree, empty_root, leaf_hash, prove_consistency, prove_inclusion, root, verify_consistency,
};
use skyshed_tlog::proof::Proof;
use skyshed_tlog::witness::Request;
use skyshed_tlog::{Algorithm, Checkpoint, Hash, Note, Policy, Signature, SigningKey, VerifierKey};

/// The eight leaves and the roots of 0 to 8 of them in the reference implementation's tests (certificate-transparency,
/// `merkletree`), as they are repeated in other implementations.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_of_the_reference_implementation() {
    let mut tree = Tree::new();
    assert_eq!(hex(&empty_root()), ROOTS[0]);
    for (leaf, root) in LEAVES.iter().zip(&ROOTS[1..]) {
        tree.append(leaf_hash(&unhex(leaf)));
        assert_eq!(hex(&tree.root()), *root);
    }
}

/// RFC 6962, 2.1.3: the proofs drawn there for a tree of seven leaves.
#[test]
fn proofs_of_rfc_6962() {
    let subtree = |level: u32, index: u64| -> Result<Hash, skyshed_tlog::merkle::ProofError> {
        let leaves = LEAVES[(index as usize) << level..(index as usize + 1) << level].iter();
        let mut tree = Tree::new();
        leaves.for_each(|leaf| tree.append(leaf_hash(&unhex(leaf))));
        Ok(tree.root())
    };
    let at = |level, index| subtree(level, index).unwrap();
    let (a, b, d, e, f, g) = (at(0, 0), at(0, 1), at(0, 3), at(0, 4), at(0, 5), at(0, 6));
    let (c, h, i, j, k) = (at(0, 2), at(1, 0), at(1, 1), at(1, 2), at(2, 0));
    let l = skyshed_tlog::merkle::node_hash(&j, &g);
    assert_eq!(prove_inclusion(0, 7, subtree).unwrap(), [b, i, l]);
    assert_eq!(prove_inclusion(3, 7, subtree).unwrap(), [c, h, l]);
    assert_eq!(prove_inclusion(4, 7, subtree).unwrap(), [f, g, k]);
    assert_eq!(prove_inclusion(6, 7, subtree).unwrap(), [j, k]);
    assert_eq!(prove_consistency(3, 7, subtree).unwrap(), [c, d, h, l]);
    assert_eq!(prove_consistency(4, 7, subtree).unwrap(), [l]);
    assert_eq!(prove_consistency(6, 7, subtree).unwrap(), [j, g, k]);
    assert!(a != e);
    let (old, new) = (root(6, subtree).unwrap(), root(7, subtree).unwrap());
    verify_consistency((6, &old), (7, &new), &[j, g, k]).unwrap();
}

/// The key and note of the tests of Go's `sumdb/note`; signing again gives the same bytes.
#[test]
fn the_note_of_go() {
    let secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let line = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    let key = SigningKey::parse(secret).unwrap();
    assert_eq!((key.verifier().to_string(), key.secret_text()), (public.to_owned(), secret.to_owned()));
    let signature = key.sign(text, 0).unwrap();
    assert_eq!(signature.to_string(), line);
    let note = Note::parse(format!("{text}\n{line}\n").as_bytes()).unwrap();
    assert_eq!(note.verify(&[VerifierKey::parse(public).unwrap()]).unwrap().known, [(0, None)]);
    for at in 0..public.len() {
        let mut changed = public.as_bytes().to_vec();
        changed[at] += 1;
        assert!(VerifierKey::parse(&String::from_utf8(changed).unwrap()).is_err(), "byte {at}");
    }
}

/// C2SP signed-note's example; its key is not published, so only its form is read.
const QUASIMODO: &str = "Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
";

/// C2SP tlog-cosignature's example.
const SOFA: &str = "example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
";

#[test]
fn notes_of_the_specifications() {
    for text in [QUASIMODO, SOFA] {
        assert_eq!(Note::parse(text.as_bytes()).unwrap().to_string(), text);
    }
    let note = Note::parse(SOFA.as_bytes()).unwrap();
    let checkpoint = Checkpoint::parse(&note.text).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.text(), note.text);
    // The signed message printed there says: time 1679315147.
    assert_eq!(note.signatures[1].bytes[..8], 1_679_315_147u64.to_be_bytes());
    assert_eq!(note.signatures[1].bytes.len(), 8 + 64);
}

/// The messages printed in C2SP tlog-cosignature, signed with the bare primitives: what this crate signs is the same.
#[test]
fn cosigned_messages_are_those_of_the_specification() {
    let text = SOFA.split_inclusive('\n').take(3).collect::<String>();
    let time = 1_679_315_147;
    let key = common::key("witness.example.com/w1", Algorithm::CosignatureEd25519, 7);
    let message = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n\
                   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let bare =
        ed25519_dalek::Signer::sign(&ed25519_dalek::SigningKey::from_bytes(&[7; 32]), message.as_bytes());
    assert_eq!(key.sign(&text, time).unwrap().bytes, [&time.to_be_bytes()[..], &bare.to_bytes()].concat());

    let mut message = b"subtree/v1\n\0".to_vec();
    message.extend([22]);
    message.extend(b"witness.example.com/w1");
    message.extend(time.to_be_bytes());
    message.extend([27]);
    message.extend(b"example.com/behind-the-sofa");
    message.extend([0; 8]);
    message.extend(20_852_163u64.to_be_bytes());
    message.extend(Base64::decode_vec("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=").unwrap());
    let key = common::key("witness.example.com/w1", Algorithm::CosignatureMlDsa44, 7);
    let signature = key.sign(&text, time).unwrap();
    assert_eq!(signature.bytes.len(), 8 + 2420);
    use fips204::traits::{KeyGen, SerDes, Verifier};
    let (public, _) = fips204::ml_dsa_44::KG::keygen_from_seed(&[7; 32]);
    assert_eq!(key.verifier().public_key(), public.clone().into_bytes());
    let bare: [u8; 2420] = signature.bytes[8..].try_into().unwrap();
    assert!(public.verify(&message, &bare, &[]));
    // Key ids: SHA-256(name || "\n" || type || key), first four bytes.
    for (key, byte) in [(&key, 6u8), (&common::key("w", Algorithm::CosignatureEd25519, 1), 4)] {
        let key = key.verifier();
        let id = [key.name().as_bytes(), b"\n", &[byte], key.public_key()].concat();
        assert_eq!(key.id(), sha256(&id)[..4]);
    }
}

/// C2SP tlog-witness's examples.
#[test]
fn witness_bodies_of_the_specification() {
    let body = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";
    let request = Request::parse(body.as_bytes()).unwrap();
    assert_eq!((request.old_size, request.path.len()), (20_852_014, 4));
    assert_eq!(request.body(), body);
    let answer = "— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==
— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==
— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==
";
    assert_eq!(Signature::parse_lines(answer).unwrap().len(), 3);
}

/// C2SP tlog-proof's example, with the checkpoint of tlog-cosignature in the place of its abridged one.
#[test]
fn the_proof_of_the_specification() {
    let text = format!(
        "c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

{SOFA}"
    );
    let proof = Proof::parse(text.as_bytes()).unwrap();
    assert_eq!((proof.index, proof.path.len()), (73_894, 5));
    assert_eq!(proof.extra.as_deref(), Some(&b"age-v1.2.1-darwin-arm64.tar.gz"[..]));
    assert_eq!(proof.text(), text);
}

/// C2SP tlog-policy's example, with keys.
#[test]
fn the_policy_of_the_specification() {
    let vkey = |seed| common::key("w", Algorithm::CosignatureEd25519, seed).verifier().to_string();
    let witnesses = |letter: &str, first: u8| {
        (0..3).map(|n| format!("witness {letter}{} {}\n", n + 1, vkey(first + n))).collect::<String>()
    };
    let text = format!(
        "log {}\n\n{}group X-witnesses 2 X1 X2 X3\n\n{}group Y-witnesses any Y1 Y2 Y3\n\n\
         group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
        common::log_key().verifier(),
        witnesses("X", 10),
        witnesses("Y", 20)
    );
    let policy = Policy::parse(text.as_bytes()).unwrap();
    assert_eq!((policy.logs.len(), policy.witnesses.len()), (1, 6));
    for (seen, quorum) in [
        (&[0, 1, 3][..], true),
        (&[0, 2, 5], true),
        (&[0, 1, 2], false),
        (&[0, 3, 4, 5], false),
        (&[], false),
    ] {
        assert_eq!(policy.is_quorum(seen), quorum, "{seen:?}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn sha256(bytes: &[u8]) -> Hash {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}
