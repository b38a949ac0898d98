//! The ledger against a second one, written in Python from the text of the rules, over random logs.
//!
//! `SKYSHED_LEDGER_LOGS` says over how many, `SKYSHED_LEDGER_SEED` from which seed on.
//!
//! What is tested: logs of 12 to about 100 records, 39 in the mean, made by `ledger_common/random.rs`. Of its steps 17 % ask, 25 % approve, reject
//! or recuse, 7 % cancel, 8 % replace the policy, 6 % report keys, 4 % write wrong decisions, 6 % tell of contacts, measurements and
//! heartbeats, 5 % replay, 3 % chain emergencies, 2 % write no record, 2 % territories and zones, the rest lets witnesses look; a good
//! part of all of them is wrong or at the edge of what is allowed. Each log is asked about at five to seven times, before, in and
//! after it. That all statuses and flags came up is a part of the test.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it runs the second implementation"
)]

#[path = "ledger_common/fakes.rs"]
mod fakes;
#[path = "ledger_common/random.rs"]
mod random;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use random::{Random, make, times, words};
use skyshed_records::record::Time;

/// Logs where outside programs are required, as in every full run of the tests; about a minute and a half on two cores.
const LOGS: u64 = 100_000;
/// Logs otherwise.
const FEW_LOGS: u64 = 3_000;
/// Logs that are on their way to the twin at once: it works while the next ones are made.
const BATCH: usize = 64;

#[test]
fn the_ledger_and_its_twin_agree() {
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a whole number"))
    };
    let full = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
    let logs = number("SKYSHED_LEDGER_LOGS", if full { LOGS } else { FEW_LOGS });
    let first = number("SKYSHED_LEDGER_SEED", 1);
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let parts: Vec<BTreeMap<&str, u64>> = std::thread::scope(|scope| {
        let one =
            |worker| scope.spawn(move || compare((first + worker..first + logs).step_by(workers as usize)));
        let threads: Vec<_> = (0..workers).map(one).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut counts = BTreeMap::new();
    parts.into_iter().flatten().for_each(|(word, count)| *counts.entry(word).or_insert(0) += count);
    println!("{logs} logs, 0 differences: {counts:?}");
    // The logs are worth something only if they get everywhere.
    let missed: Vec<&str> = EVERYWHERE.split_whitespace().filter(|word| !counts.contains_key(word)).collect();
    assert!(logs < FEW_LOGS || missed.is_empty(), "no log came to {missed:?}");
}

/// What must have happened somewhere: every status, every flag that logs of this kind can raise.
const EVERYWHERE: &str = "
    in_review waiting effective lapsed rejected cancelled superseded expired renewal overdue due
    malformed no_policy signature_not_allowed unknown_signer bad_signature key_not_valid missing_signature missing_role duplicate
    unknown_territory territory_exists zone_order policy_order key_shared quorum_missing policy_void policy_compromised
    unknown_key key_dead since_out_of_range zone_differs unknown_from review_by_out_of_range expires_out_of_range
    not_before_out_of_range unknown_contact no_emergency_path emergency_reason second_renewal unknown_request mixed_approval
    self_approval too_late unknown_target decision_not_due decision_differs decision_void compromised_approval decision_withheld
    expired_before_effect unknown_sealed opening_differs enforcer_differs
    witness_signature witness_size witness_root witness_none";

/// Makes logs and compares; counts what happened in them. One thread makes and asks, another reads what the twin says.
fn compare(seeds: impl Iterator<Item = u64> + Send) -> BTreeMap<&'static str, u64> {
    let (twin, mut to, mut from) = start();
    let mut counts: HashMap<&str, u64> = EVERYWHERE.split_whitespace().map(|word| (word, 0)).collect();
    std::thread::scope(|scope| {
        let mut twin = Twin(twin);
        let (send, asked) = std::sync::mpsc::sync_channel(BATCH);
        scope.spawn(move || {
            for seed in seeds {
                let states = ask(seed, &mut to);
                // Nobody listens any more: a difference was found.
                if send.send((seed, states)).is_err() || to.flush().is_err() {
                    return;
                }
            }
        });
        asked.into_iter().for_each(|(seed, states)| check(seed, &states, &mut from, &mut counts));
        assert!(twin.0.wait().unwrap().success());
    });
    counts.into_iter().filter(|&(_, count)| count > 0).collect()
}

/// The twin's process. It ends when a difference was found, so that whoever writes to it does not wait for ever.
struct Twin(Child);

impl Drop for Twin {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start() -> (Child, BufWriter<ChildStdin>, BufReader<ChildStdout>) {
    // The twin needs nothing but Python itself.
    let python = std::env::var("SKYSHED_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/ledger_twin.py");
    let mut command = Command::new(&python);
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut twin = command.spawn().unwrap_or_else(|error| panic!("{python}: {error}; set SKYSHED_PYTHON"));
    let (to, from) = (twin.stdin.take().unwrap(), twin.stdout.take().unwrap());
    (twin, BufWriter::with_capacity(1 << 20, to), BufReader::new(from))
}

/// Sends a log to the twin, and says what the ledger makes of it at each time.
fn ask(seed: u64, to: &mut impl Write) -> Vec<(i64, Vec<String>)> {
    let log = make(seed);
    let times = times(&log, &mut Random(seed));
    let bytes: usize = log.leaves.iter().map(|leaf| leaf.len() + 1).sum();
    let mut text = Vec::with_capacity(bytes + 100);
    text.extend(bytes.to_string().into_bytes());
    times.iter().for_each(|time| text.extend(format!(" {time}").into_bytes()));
    text.push(b'\n');
    for leaf in &log.leaves {
        text.extend(leaf);
        text.push(b'\n');
    }
    // Where the twin broke down, whoever reads its answers says so.
    let _ = to.write_all(&text);
    // From the last witnessed time on the ledger answers by what it has kept up to date, before it by a pass over all records.
    let (past, later): (Vec<i64>, Vec<i64>) =
        times.into_iter().partition(|&time| Time(time) < log.ledger.time());
    let asked: Vec<Time> = past.iter().map(|&time| Time(time)).collect();
    let mut states = Vec::new();
    log.ledger.at_each(log.ledger.size(), &asked, |place, view| states.push((past[place], words(&view))));
    states.extend(later.into_iter().map(|time| (time, words(&log.ledger.at(Time(time))))));
    states
}

fn check(seed: u64, states: &[(i64, Vec<String>)], from: &mut impl BufRead, counts: &mut HashMap<&str, u64>) {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    let size = line.trim_end().parse().unwrap_or_else(|_| panic!("seed {seed}: the twin broke down"));
    let mut answer = vec![0; size];
    from.read_exact(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let answers: Vec<&str> = answer.split("\n\n").collect();
    assert_eq!(answers.len(), states.len());
    for ((time, ours), theirs) in states.iter().zip(answers) {
        if !ours.iter().map(String::as_str).eq(theirs.split('\n')) {
            let theirs: Vec<String> = theirs.split('\n').map(str::to_owned).collect();
            let theirs = &theirs;
            let only = |a: &[String], b: &[String]| -> Vec<String> {
                a.iter().filter(|word| !b.contains(word)).cloned().collect()
            };
            panic!(
                "seed {seed} at {time}: the ledger says {:#?}, the twin {:#?}; ledger in full {ours:#?}",
                only(ours, theirs),
                only(theirs, ours)
            );
        }
    }
    let words = states.iter().flat_map(|(_, words)| words).flat_map(|line| line.split([' ', ':', '@']));
    for word in words {
        if let Some(count) = counts.get_mut(word) {
            *count += 1;
        }
    }
}
