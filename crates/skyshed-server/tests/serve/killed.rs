//! Kill -9 during writes: nothing that was acknowledged is lost, and nothing is written twice.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use skyshed_log::means::{Found, SharedClock};
use skyshed_log::{Disk, Sequencer};
use skyshed_records::record::*;
use skyshed_server::desk::{Desk, Place, Write};

use crate::log::{PEOPLE, Scene, means, signed};

/// Where the child finds its log; also says that it is the child.
const FOLDER: &str = "SKYSHED_TEST_DESK_FOLDER";
/// The first record it writes.
const FROM: &str = "SKYSHED_TEST_DESK_FROM";
/// The time there.
const NOW: &str = "SKYSHED_TEST_DESK_NOW";
const ROUNDS: u64 = 25;
const NAME: &str = "killed::what_was_acknowledged_survives_kill_9_and_nothing_is_written_twice";

#[test]
fn what_was_acknowledged_survives_kill_9_and_nothing_is_written_twice() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return write_until_killed(Path::new(&folder));
    }
    let scene = Scene::new(&[]);
    let now = scene.now.fetch_add(100, Ordering::SeqCst) + 100;
    let mut acknowledged: BTreeMap<u64, u64> = BTreeMap::new();
    for round in 0..ROUNDS {
        let from = acknowledged.keys().next_back().map_or(0, |last| last + 1);
        let mut child = begin(&scene.folder, from, now);
        let mut lines = BufReader::new(child.0.stdout.take().unwrap());
        // The moment of the end differs from round to round: after one to five answers, and a little later each time.
        for _ in 0..=round % 5 {
            let (record, number) = next(&mut lines).expect("it writes");
            acknowledged.insert(record, number);
        }
        let moment = Duration::from_micros(400 * round);
        let began = std::time::Instant::now();
        while began.elapsed() < moment {
            std::hint::spin_loop();
        }
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        while let Some((record, number)) = next(&mut lines) {
            acknowledged.insert(record, number);
        }
        check(&scene, now, &acknowledged);
    }
    assert!(acknowledged.len() as u64 >= ROUNDS, "{}", acknowledged.len());
}

/// Ends the child with the test, however it goes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn begin(folder: &Path, from: u64, now: i64) -> Running {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", NAME, "--nocapture", "--test-threads=1"]);
    command.env(FOLDER, folder).env(FROM, from.to_string()).env(NOW, now.to_string());
    Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}

/// The next acknowledgement: which record, and its number in the log. A line that was cut off is none.
fn next(lines: &mut BufReader<ChildStdout>) -> Option<(u64, u64)> {
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let whole = line.strip_suffix('\n').and_then(|line| line.split_once("ack ")).map(|(_, rest)| rest);
        if let Some((record, number)) = whole.and_then(|rest| rest.split_once(' ')) {
            return Some((record.parse().ok()?, number.parse().ok()?));
        }
    }
}

/// Opens the log as the next service would, and looks for every record.
fn check(scene: &Scene, now: i64, acknowledged: &BTreeMap<u64, u64>) {
    let clock = Arc::new(AtomicI64::new(now));
    let log =
        Sequencer::open(Disk::open(&scene.folder).unwrap(), means(&clock).1).expect("the log can be opened");
    let ledger = log.ledger();
    let mut found: BTreeMap<u64, u64> = BTreeMap::new();
    for number in 0..ledger.size() {
        if let Some(Body::Attest(attest)) = ledger.body(number) {
            let record = attest.statement.strip_prefix("none, ").unwrap().parse().unwrap();
            assert_eq!(found.insert(record, number), None, "record {record} is in the log twice");
        }
    }
    for (record, number) in acknowledged {
        assert_eq!(found.get(record), Some(number), "record {record} was acknowledged");
    }
}

/// The child: writes one record after the other and says so once it is acknowledged.
fn write_until_killed(folder: &Path) {
    let number = |name: &str| std::env::var(name).unwrap().parse::<i64>().unwrap();
    let now = Arc::new(AtomicI64::new(number(NOW)));
    let (policy, means) = means(&now);
    let policy = skyshed_tlog::policy::Policy::parse(policy.as_bytes()).unwrap();
    let clock: SharedClock = Arc::new(move || Time(now.load(Ordering::SeqCst)));
    let desk = Desk::open(folder, Found { means, policy, simulated: true }, clock, || {}).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let from = number(FROM) as u64;
    // As many as no parent waits for: the end comes from outside, or an orphan ends here.
    for record in from..from + 500 {
        let attest = Attest {
            by: PEOPLE[0].into(),
            from: Time(0),
            until: Time(1),
            statement: format!("none, {record}"),
        };
        let bytes = Bytes::from(signed(&attest.into(), &PEOPLE[..1]));
        let write = Write { place: Place::Records, bytes, key: format!("k{record}") };
        let written = runtime.block_on(desk.write(write)).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&written.answer.body).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {record} {}", answer["record"]).unwrap();
        out.flush().unwrap();
    }
}
