//! The writer: what it appends by itself, what it refuses, what happens without witnesses.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::TempFolder;
use common::scene::{DAY, PEOPLE, Scene, WAIT_S, approval, signed, territory};
use common::sim::SimFiles;
use skyshed_log::side::{self, proof_path};
use skyshed_log::store::{Head, StoreError};
use skyshed_log::{AppendError, Disk, IfHeld, Means, Sequencer, Turns, prove};
use skyshed_records::ledger::Status;
use skyshed_records::record::{Body, State, Time};
use skyshed_tlog::audit::audit;
use skyshed_tlog::proof::Proof;
use skyshed_tlog::read::{CHECKPOINT, PENDING, prove_inclusion};
use skyshed_tlog::{FileError, ReadFiles, WriteFiles};

#[test]
fn approvals_become_a_decision_that_takes_effect_after_its_wait() {
    let scene = Scene::new();
    let (mut log, begun) = Sequencer::create(SimFiles::new(), scene.means(), &scene.genesis()).unwrap();
    assert!(begun.quorum && begun.witnesses == 3 && begun.absent.is_empty());
    let (request, hash) = scene.request("a", None, State::On);
    let asked = log.append(&[request]).unwrap();
    assert!(asked.decisions.is_empty());
    scene.clock.advance(60);
    let approved = log.append(&[approval(hash, PEOPLE[1]), approval(hash, PEOPLE[2])]).unwrap();
    let [number] = approved.decisions[..] else { panic!("{approved:?}") };
    let view = log.ledger().at(scene.clock.now());
    assert_eq!(view.request_of(&hash).unwrap().status, Status::Waiting);
    assert!(view.standing("T1", "consumer").decision.is_none());
    let later = log.ledger().at(Time(scene.clock.now().0 + WAIT_S + 600));
    assert_eq!(later.standing("T1", "consumer").decision.unwrap().number, number);
    assert!(later.flags().is_empty(), "{:?}", later.flags());

    // The proof of the decision stands by itself, under the policy alone.
    let policy = scene.tlog_policy();
    let proof = Proof::parse(&log.files().read(&proof_path(number)).unwrap().unwrap()).unwrap();
    let proven = prove(log.files(), &policy, None).unwrap();
    let (entry, _) = prove_inclusion(log.files(), &proven.public.checkpoint, number).unwrap();
    assert!(proof.verify(&entry, &policy).unwrap().quorum);
    assert_eq!(log.files().read(side::POLICY).unwrap().unwrap(), scene.policy.as_bytes());
    let signers = String::from_utf8(log.files().read(side::ALLOWED_SIGNERS).unwrap().unwrap()).unwrap();
    assert_eq!(signers.lines().count(), PEOPLE.len());
}

#[test]
fn what_the_ledger_does_not_admit_leaves_the_log_as_it_was() {
    let scene = Scene::new();
    let (mut log, _) = Sequencer::create(SimFiles::new(), scene.means(), &scene.genesis()).unwrap();
    let (request, hash) = scene.request("a", None, State::On);
    log.append(std::slice::from_ref(&request)).unwrap();
    let before = log.files().visible();
    let mut zone = scene.request_body("b", None, State::On);
    zone.zone.0[0] ^= 1;
    let stranger = signed(&territory("T2").into(), &["stranger@nowhere"]);
    let refused: [(&str, Vec<u8>); 7] = [
        ("malformed", b"not a record".to_vec()),
        ("malformed", vec![b'x'; 70_000]),
        ("duplicate", request),
        ("zone_differs", signed(&Body::Request(zone), &[PEOPLE[0]])),
        ("unknown_signer", stranger),
        ("missing_signature", signed(&scene.request_body("c", None, State::On).into(), &[PEOPLE[1]])),
        ("duplicate", scene.genesis().remove(0)),
    ];
    for (code, leaf) in refused {
        // A good record before it is not written either.
        let error = log.append(&[approval(hash, PEOPLE[1]), leaf]).unwrap_err();
        let AppendError::Refused { place: 2, refusal } = &error else { panic!("{code}: {error}") };
        assert_eq!(refusal.reason.code(), code, "{error}");
        assert_eq!(log.files().visible(), before, "{code}");
    }
    log.append(&[approval(hash, PEOPLE[1])]).unwrap();
}

#[test]
fn without_a_witness_quorum_records_stay_without_effect_until_it_is_back() {
    let scene = Scene::new();
    let (mut log, _) = Sequencer::create(SimFiles::new(), scene.means(), &scene.genesis()).unwrap();
    let public = log.files().read(CHECKPOINT).unwrap();
    scene.witnesses.iter().for_each(|witness| witness.set_dead(true));
    let (request, hash) = scene.request("a", None, State::On);
    let out = log.append(&[request, approval(hash, PEOPLE[1]), approval(hash, PEOPLE[2])]).unwrap();
    assert!(
        !out.quorum && out.witnesses == 0 && out.absent.len() == 3 && out.decisions.is_empty(),
        "{out:?}"
    );
    assert_eq!(log.files().read(CHECKPOINT).unwrap(), public, "what nobody saw is not public");
    assert!(log.files().read(PENDING).unwrap().is_some(), "but it is in the log");
    let far = Time(scene.clock.now().0 + 30 * DAY);
    assert!(log.ledger().at(far).request_of(&hash).is_none());

    // One is not enough: the checkpoint is public, and says how many saw it.
    scene.witnesses[0].set_dead(false);
    let out = log.publish().unwrap();
    assert!(!out.quorum && out.witnesses == 1 && out.decisions.is_empty(), "{out:?}");
    assert_eq!(log.publish().unwrap().size, out.size, "asking again adds nothing");
    assert_eq!(prove(log.files(), &scene.tlog_policy(), None).err().unwrap().code(), "quorum");

    // Also after the writer was started anew.
    let mut log = Sequencer::open(log.files().clone(), scene.means()).unwrap();
    scene.witnesses[1].set_dead(false);
    let out = log.publish().unwrap();
    assert!(out.quorum && out.decisions.len() == 1, "{out:?}");
    prove(log.files(), &scene.tlog_policy(), None).unwrap();
    assert!(log.ledger().at(far).standing("T1", "consumer").decision.is_some());
}

#[test]
fn asking_again_renews_the_cosignatures_and_adds_nothing() {
    let scene = Scene::new();
    let (mut log, begun) = Sequencer::create(SimFiles::new(), scene.means(), &scene.genesis()).unwrap();
    let before = prove(log.files(), &scene.tlog_policy(), None).unwrap().witnessed_at();
    scene.clock.advance(3_600);
    assert_eq!(log.publish().unwrap().size, begun.size);
    let after = prove(log.files(), &scene.tlog_policy(), None).unwrap().witnessed_at();
    assert_eq!(after.0 - before.0, 3_600);
    // Fewer witnesses of the same size are not put over more.
    let public = log.files().read(CHECKPOINT).unwrap();
    scene.witnesses[..2].iter().for_each(|witness| witness.set_dead(true));
    log.publish().unwrap();
    assert_eq!(log.files().read(CHECKPOINT).unwrap(), public);
}

#[test]
fn a_writer_with_other_keys_than_the_logs_is_refused() {
    let scene = Scene::new();
    let files = SimFiles::new();
    Sequencer::create(files.clone(), scene.means(), &scene.genesis()).unwrap();
    let other =
        skyshed_tlog::SigningKey::from_seed("other.example", skyshed_tlog::Algorithm::Ed25519, &[1; 32]);
    let mut means = scene.means();
    means.keys = vec![other.unwrap()];
    assert!(matches!(Sequencer::open(files.clone(), means), Err(AppendError::Keys { .. })));
    assert!(Sequencer::create(files, scene.means(), &scene.genesis()).is_err(), "a log is there already");
}

#[test]
fn one_writer_of_a_folder_and_what_a_crash_left_is_repaired() {
    let (scene, folder) = (Scene::new(), TempFolder::new("alone"));
    let (root, now) = (folder.join("log"), scene.clock.now());
    let (disk, turns) = Disk::create_alone(&root, now).unwrap();
    let means = Means { turns: Box::new(turns), ..scene.means() };
    let (log, _) = Sequencer::create(disk, means, &scene.genesis()).unwrap();
    let error = Disk::open_alone(&root, IfHeld::Refuse, now).err().unwrap();
    assert!(error.to_string().contains("since 2026-07-30T00:00:00Z"), "{error}");
    drop(log);

    // Staged files, and tiles that no checkpoint covers.
    std::fs::write(root.join("checkpoint.tmp"), "half").unwrap();
    std::fs::write(root.join("tile/entries/000.p/77"), "more").unwrap();
    let (disk, turns) = Disk::open_alone(&root, IfHeld::Wait, now).unwrap();
    let means = Means { turns: Box::new(turns), ..scene.means() };
    let mut log = Sequencer::open(disk, means).unwrap();
    assert!(!root.join("checkpoint.tmp").exists() && !root.join("tile/entries/000.p/77").exists());
    log.append(&[scene.request("a", None, State::On).0]).unwrap();
    let files = Disk::read_only(&root).unwrap();
    assert!(audit(&files, &scene.tlog_policy(), |_, _| {}).unwrap().listed);
    assert!(!root.join("keys").exists() && folder.join("log.lock").exists());
}

#[test]
fn nothing_is_written_out_of_turn() {
    let scene = Scene::new();
    let held = Arc::new(AtomicBool::new(false));
    let files = InTurn { files: SimFiles::new(), held: held.clone() };
    let means = || Means { turns: Box::new(Held(held.clone())), ..scene.means() };
    let (mut log, _) = Sequencer::create(files.clone(), means(), &scene.genesis()).unwrap();
    log.append(&[scene.request("a", None, State::On).0]).unwrap();
    assert!(log.append(&[b"nonsense".to_vec()]).is_err());
    // Another server opens the folder with tiles in it that the first is about to commit: it repairs in its own turn.
    files.files.edit("tile/entries/000.p/77", Some(vec![0]));
    let mut other = Sequencer::open(files.clone(), means()).unwrap();
    other.publish().unwrap();
    assert!(!held.load(Ordering::SeqCst));
}

/// Files that are written in turn only.
#[derive(Clone)]
struct InTurn {
    files: SimFiles,
    held: Arc<AtomicBool>,
}

impl InTurn {
    fn checked(&self) -> &SimFiles {
        assert!(self.held.load(Ordering::SeqCst), "written out of turn");
        &self.files
    }
}

impl ReadFiles for InTurn {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        self.files.read(path)
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        self.files.list(folder)
    }
}

impl WriteFiles for InTurn {
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.checked().stage(path, bytes)
    }

    fn publish(&self, path: &str) -> Result<(), FileError> {
        self.checked().publish(path)
    }

    fn sync(&self) -> Result<(), FileError> {
        self.checked().sync()
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        self.checked().remove(path)
    }
}

struct Held(Arc<AtomicBool>);

impl Turns for Held {
    fn take(&mut self) -> Result<Option<Head>, StoreError> {
        assert!(!self.0.swap(true, Ordering::SeqCst), "taken twice");
        Ok(None)
    }

    fn advance(&mut self, _: Head, _: Head) -> Result<(), StoreError> {
        Ok(())
    }

    fn end(&mut self) -> Result<(), StoreError> {
        self.0.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn abandon(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }

    fn name(&self) -> String {
        "test".into()
    }
}
