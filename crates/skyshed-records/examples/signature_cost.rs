//! What a signed record costs to read and to check, in units of bare Ed25519 verifications of the same number of signatures:
//! `cargo run --release -p skyshed-records --example signature_cost`.
//!
//! Both are measured in turn, many times over and in pieces of a few milliseconds, and the smallest of each is kept, since other work
//! on a machine only ever adds.

#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::time::{Duration, Instant};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf::{self, Sig, SigKind};
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_records::verify::{Signatures as _, SshSignatures};

const RECORDS: usize = 20;
const SIGNATURES: u8 = 4;
const ROUNDS: usize = 400;

fn main() {
    let leaves: Vec<Vec<u8>> = (0..RECORDS).map(signed_leaf).collect();
    let keys: Vec<Key> = (0..SIGNATURES).map(key).collect();
    let bare: Vec<(VerifyingKey, [u8; 128], Signature)> =
        (0..RECORDS).flat_map(|record| (0..SIGNATURES).map(move |signer| bare(record, signer))).collect();
    let signatures = SshSignatures::new();
    let (mut least_read, mut least_checked, mut least_bare) = (Duration::MAX, Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        least_bare = least_bare.min(time(|| {
            bare.iter().for_each(|(key, message, signature)| {
                key.verify_strict(message, signature).expect("it is one")
            })
        }));
        least_checked =
            least_checked.min(time(|| leaves.iter().for_each(|bytes| check(bytes, &keys, &signatures))));
        least_read = least_read.min(time(|| leaves.iter().for_each(|bytes| drop(leaf::parse(bytes)))));
    }
    let microseconds = |time: Duration| time.as_secs_f64() * 1e6 / RECORDS as f64;
    println!("{RECORDS} records with {SIGNATURES} signatures each, {} bytes, µs per record", leaves[0].len());
    println!("bare Ed25519 verifications   {:8.1}", microseconds(least_bare));
    println!("read                         {:8.1}", microseconds(least_read));
    println!("read and checked             {:8.1}", microseconds(least_checked));
    println!("ratio                        {:8.3}", least_checked.as_secs_f64() / least_bare.as_secs_f64());
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn check(bytes: &[u8], keys: &[Key], signatures: &SshSignatures) {
    let leaf = leaf::parse(bytes).expect("it was written here");
    let namespace = leaf.namespace();
    for (sig, key) in leaf.sigs.iter().zip(keys) {
        signatures.check(&namespace, &leaf.body_bytes, sig, key).expect("it was signed here");
    }
}

fn signed_leaf(record: usize) -> Vec<u8> {
    let body = Body::from(Approval {
        requests: vec![Digest([record as u8; 32])],
        verdict: Verdict::Approve,
        approver: "person-0@regulator".into(),
        statement: format!("Record {record}. {}", "Seen the preview; the licence is in force. ".repeat(8)),
    });
    let bytes = leaf::body_bytes(&body).expect("within limits");
    let sigs: Vec<Sig> = (0..SIGNATURES)
        .map(|signer| Sig {
            by: format!("person-{signer}@regulator"),
            kind: SigKind::Sshsig,
            sig: sshsig::sign(&private(signer), "skyshed.approval@v1", &bytes),
        })
        .collect();
    leaf::write(&body, &sigs).expect("within limits")
}

fn bare(record: usize, signer: u8) -> (VerifyingKey, [u8; 128], Signature) {
    let key = SigningKey::from_bytes(&[signer + 1; 32]);
    let message = [record as u8; 128];
    (key.verifying_key(), message, key.sign(&message))
}

fn private(signer: u8) -> PrivateKey {
    PrivateKey::from_seed([signer + 1; 32])
}

fn key(signer: u8) -> Key {
    Key {
        public: private(signer).public().to_string(),
        valid_after: None,
        valid_before: None,
        pin_required: false,
    }
}
