//! What the audit of a whole log costs, in units of bare Ed25519 verifications of as many signatures:
//! `cargo run --release -p skyshed-records --example audit_cost -- [RECORDS]`, 100,000 by default, four signatures each.
//!
//! The bare verifications are done in two halves, before and after the audit, in the same run on one core.

#![allow(clippy::disallowed_methods, reason = "it measures")]

#[path = "../tests/ledger_common/real.rs"]
mod real;

use std::time::Duration;

use ed25519_dalek::{Signer as _, SigningKey};
use real::*;
use skyshed_records::audit::audit;
use skyshed_records::record::*;

/// Records between two checkpoints.
const BATCH: usize = 1_000;

fn main() {
    let records = std::env::args().nth(1).map_or(100_000, |text| text.parse().expect("a number of records"));
    let files = Memory::default();
    let mut log = RealLog::create(&files);
    log.witness();
    for record in 0..records {
        let at = Time(log.clock as i64);
        let statement = format!("Record {record}. {}", "No contact that is not in the log. ".repeat(8));
        log.add(Attest { by: PEOPLE[0].to_owned(), from: at, until: at, statement }, &PEOPLE);
        if record % BATCH == BATCH - 1 {
            log.clock += 60;
            log.witness();
        }
    }
    log.witness();
    let before = bare(2 * records);
    let start = on_processor();
    let found = audit(&files, &witness_policy()).expect("it was written here");
    let audited = on_processor() - start;
    let bare = before + bare(2 * records);
    assert!(found.is_clean() && found.counts.signatures >= 4 * records as u64, "{:?}", found.counts);
    println!("{:?}", found.counts);
    println!("bare Ed25519 verifications {:8.2} s", bare.as_secs_f64());
    println!("audit                      {:8.2} s", audited.as_secs_f64());
    println!("ratio                      {:8.3}", audited.as_secs_f64() / bare.as_secs_f64());
}

/// The time that so many strict verifications take, each of another message.
fn bare(count: usize) -> Duration {
    let key = SigningKey::from_bytes(&[7; 32]);
    let verifying = key.verifying_key();
    let signed: Vec<_> = (0..count.min(4_000))
        .map(|number| {
            let mut message = [0; 128];
            message[..8].copy_from_slice(&number.to_be_bytes());
            (message, key.sign(&message))
        })
        .collect();
    let start = on_processor();
    for number in 0..count {
        let (message, signature) = &signed[number % signed.len()];
        verifying.verify_strict(message, signature).expect("it was signed here");
    }
    on_processor() - start
}

/// Time that this thread has had on a processor, so that other work on the machine counts little (Linux: proc_pid_schedstat).
fn on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux with schedstat");
    Duration::from_nanos(text.split(' ').next().and_then(|ns| ns.parse().ok()).expect("nanoseconds"))
}
