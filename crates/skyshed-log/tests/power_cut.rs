//! The power is cut at every write step of a history of appends: nothing acknowledged is lost, nothing that cannot be verified remains,
//! and witnesses that remember everything go on cosigning.

mod common;

use common::scene::{PEOPLE, Scene, WAIT_S, approval};
use common::sim::SimFiles;
use skyshed_log::{AppendError, Doubt, Sequencer, prove};
use skyshed_records::record::{State, Time};
use skyshed_tlog::audit::audit;
use skyshed_tlog::error::LogError;
use skyshed_tlog::read::read_entries;

/// How what was not synchronised fares: all gone, all there, every other, the first half.
const SURVIVALS: [fn(usize) -> bool; 4] = [|_| false, |_| true, |at| at % 2 == 1, |at| at < 2];

#[test]
fn nothing_acknowledged_is_lost_and_nothing_unverifiable_remains() {
    let steps = {
        let (scene, files) = (Scene::new(), SimFiles::new());
        files.cut_at(u64::MAX);
        let acknowledged = history(&scene, &files);
        assert_eq!(acknowledged.len(), BATCHES + 1);
        files.steps()
    };
    assert!(steps > 100, "{steps} steps");
    let mut reopened = 0;
    for step in 1..=steps {
        reopened += u32::from(check_cut(step, SURVIVALS[0]));
        reopened += u32::from(check_cut(step, SURVIVALS[step as usize % SURVIVALS.len()]));
    }
    println!("{steps} write steps, {reopened} logs reopened");
    assert!(reopened > steps as u32, "{reopened} of {steps} steps");
}

/// Whether there was a log to open again.
fn check_cut(step: u64, survives: fn(usize) -> bool) -> bool {
    let (scene, files) = (Scene::new(), SimFiles::new());
    files.cut_at(step);
    let acknowledged = history(&scene, &files);
    let left = files.after_power_cut(survives);
    let policy = scene.tlog_policy();

    // What a reader finds before anybody repairs anything is a proven log, or none yet.
    match prove(&left, &policy, None) {
        Ok(_) | Err(Doubt::NoLog) => {}
        Err(doubt) => panic!("step {step}: {doubt}"),
    }
    let mut log = match Sequencer::open(left.clone(), scene.means()) {
        Ok(log) => log,
        Err(AppendError::Log(LogError::NoCheckpoint)) if acknowledged.is_empty() => return false,
        Err(error) => panic!("step {step}: {error}"),
    };
    let held = log.ledger().size();
    for (first, leaf) in acknowledged.iter().flatten() {
        assert!(*first < held, "step {step}: record {first} of {held}");
        assert_eq!(entry(&left, *first, held), *leaf, "step {step}");
    }
    let out = log.publish().unwrap();
    assert!(out.quorum && out.absent.is_empty(), "step {step}: {out:?}");
    let report = audit(&left, &policy, |_, _| {}).unwrap_or_else(|error| panic!("step {step}: {error}"));
    assert!(
        report.witnessed.quorum && report.listed && report.leaves == out.size && report.pending.is_none()
    );

    // The rest of the history goes on from there.
    go_on(&scene, &mut log, 0).unwrap();
    let proven = prove(&left, &policy, None).unwrap();
    let view = proven.ledger.at(Time(scene.clock.now().0 + WAIT_S + 600));
    assert!(view.standing("T1", "consumer").decision.is_some(), "step {step}: {:?}", view.flags());
    assert!(view.flags().is_empty(), "step {step}: {:?}", view.flags());
    true
}

#[test]
fn a_writer_goes_on_after_a_disk_was_full() {
    let scene = Scene::new();
    let begun = SimFiles::new();
    Sequencer::create(begun.clone(), scene.means(), &scene.genesis()).unwrap();
    let mut tries = 0;
    for step in 1.. {
        // Witnesses of its own for each try, since each try is another history.
        let scene = Scene::new();
        let files = begun.copy();
        let mut log = Sequencer::open(files.clone(), scene.means()).unwrap();
        files.cut_at(step);
        if go_on(&scene, &mut log, 0).is_ok() {
            break;
        }
        tries += 1;
        prove(&files, &scene.tlog_policy(), None).unwrap_or_else(|doubt| panic!("step {step}: {doubt}"));
        files.mend();
        go_on(&scene, &mut log, 0).unwrap_or_else(|error| panic!("step {step}: {error}"));
        let out = log.publish().unwrap();
        assert!(out.quorum && out.absent.is_empty(), "step {step}: {out:?}");
        let report =
            audit(&files, &scene.tlog_policy(), |_, _| {}).unwrap_or_else(|error| panic!("{step}: {error}"));
        assert!(report.listed && report.leaves == log.ledger().size());
        let view = log.ledger().at(Time(scene.clock.now().0 + WAIT_S + 600));
        assert!(view.standing("T1", "consumer").decision.is_some() && view.flags().is_empty(), "step {step}");
    }
    assert!(tries > 60, "{tries} steps");
}

/// A log from its beginning until it ends or the power is out; what was acknowledged, by number, batch by batch.
fn history(scene: &Scene, files: &SimFiles) -> Vec<Vec<(u64, Vec<u8>)>> {
    let genesis = scene.genesis();
    let Ok((mut log, out)) = Sequencer::create(files.clone(), scene.means(), &genesis) else {
        return Vec::new();
    };
    let mut acknowledged = vec![out.indices.into_iter().zip(genesis).collect()];
    for batch in batches(scene) {
        match log.append(&batch) {
            Ok(out) => acknowledged.push(out.indices.into_iter().zip(batch).collect()),
            Err(_) => break,
        }
    }
    acknowledged
}

/// Appends what is not there yet.
fn go_on(scene: &Scene, log: &mut Sequencer<SimFiles>, from: usize) -> Result<(), AppendError> {
    for batch in &batches(scene)[from..] {
        match log.append(batch) {
            Err(AppendError::Refused { refusal, .. })
                if ["duplicate", "too_late"].contains(&refusal.reason.code()) => {}
            appended => drop(appended?),
        }
    }
    Ok(())
}

const BATCHES: usize = 3;

fn batches(scene: &Scene) -> [Vec<Vec<u8>>; BATCHES] {
    let (request, hash) = scene.request("a", None, State::On);
    [vec![request], vec![approval(hash, PEOPLE[1])], vec![approval(hash, PEOPLE[2])]]
}

fn entry(files: &SimFiles, index: u64, size: u64) -> Vec<u8> {
    read_entries(files, index / 256, size).unwrap().swap_remove((index % 256) as usize)
}
