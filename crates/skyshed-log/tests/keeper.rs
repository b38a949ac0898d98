//! What is obeyed: only what can be proven; on any doubt the last proven state, and a sign.

mod common;

use common::TempFolder;
use common::scene::{DAY, PEOPLE, Scene, WAIT_S, approval, log_key};
use common::sim::SimFiles;
use common::web;
use skyshed_log::fork::EvidenceError;
use skyshed_log::{Disk, Doubt, Evidence, HttpFiles, Keeper, KeeperError, Sequencer, prove};
use skyshed_records::record::{State, Time};
use skyshed_tlog::ReadFiles;
use skyshed_tlog::read::CHECKPOINT;
use skyshed_tlog::tile::{Row, Tile};

const AGE_MAX_S: u64 = 86_400;

#[test]
fn while_the_log_is_away_decisions_begin_by_themselves_and_the_sign_says_why() {
    let scene = Scene::new();
    let log = decided(&scene);
    let mut keeper = Keeper::new(scene.tlog_policy(), AGE_MAX_S);
    assert!(keeper.view(scene.clock.now()).is_none(), "nothing is proven yet: nothing is served by");
    let now = scene.clock.now();
    keeper.update(log.files(), now).unwrap();
    assert_eq!(keeper.stale(), None);
    assert!(keeper.view(now).unwrap().standing("T1", "consumer").decision.is_none());

    let gone = SimFiles::new();
    let later = Time(now.0 + WAIT_S + 700);
    keeper.update(&gone, later).unwrap();
    let stale = keeper.stale().unwrap().clone();
    assert_eq!((stale.code.as_str(), stale.since), ("no_log", later));
    assert!(keeper.view(later).unwrap().standing("T1", "consumer").decision.is_some());
    keeper.update(&gone, Time(later.0 + 5)).unwrap();
    assert_eq!(keeper.stale().unwrap().since, later, "since the first doubt");

    // Reachable, but no witness has seen anything for longer than is allowed.
    keeper.update(log.files(), Time(now.0 + 2 * DAY)).unwrap();
    assert_eq!(keeper.stale().unwrap().code, "old");
    keeper.update(log.files(), later).unwrap();
    assert_eq!(keeper.stale(), None);
}

#[test]
fn every_doubt_keeps_the_last_proven_state() {
    let scene = Scene::new();
    let mut log = decided(&scene);
    let mut keeper = Keeper::new(scene.tlog_policy(), AGE_MAX_S);
    let now = scene.clock.now();
    keeper.update(log.files(), now).unwrap();
    let proven = keeper.proven().unwrap().public.checkpoint.clone();
    let earlier = log.files().copy();
    let (request, _) = scene.request("b", None, State::Off);
    log.append(&[request]).unwrap();
    let later = log.files().copy();
    let new = later.read(CHECKPOINT).unwrap().unwrap();
    let text = String::from_utf8(new.clone()).unwrap();
    let line = |start: &str| text.lines().position(|line| line.starts_with(start)).unwrap();
    let without = |names: &[&str]| {
        let kept =
            text.lines().filter(|line| !names.iter().any(|name| line.starts_with(&format!("— {name} "))));
        (kept.collect::<Vec<_>>().join("\n") + "\n").into_bytes()
    };
    assert!(line("— witness1.example") > line("— skyshed.example"));
    let with = |checkpoint: Vec<u8>| {
        let files = later.copy();
        files.edit(CHECKPOINT, Some(checkpoint));
        files
    };
    let mut cut = new.clone();
    cut.truncate(new.len() / 2);
    let mut size = text.replacen(&format!("\n{}\n", proven.size), "\n9\n", 1).into_bytes();
    size[0] ^= 1;
    let bundle = bundle(log.ledger().size());
    let damaged = later.copy();
    let mut bytes = damaged.read(&bundle).unwrap().unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    damaged.edit(&bundle, Some(bytes));
    let missing = later.copy();
    missing.edit(&bundle, None);
    let cases: [(&str, SimFiles); 8] = [
        ("no_log", SimFiles::new()),
        ("signature", with(b"nonsense".to_vec())),
        ("signature", with(cut)),
        ("signature", with(size)),
        ("signature", with(without(&["skyshed.example/service-control"]))),
        ("quorum", with(without(&["witness0.example", "witness1.example", "witness2.example"]))),
        ("damaged", damaged),
        ("damaged", missing),
    ];
    for (code, files) in cases {
        keeper.update(&files, now).unwrap();
        assert_eq!(keeper.stale().map(|stale| stale.code.as_str()), Some(code), "{:?}", keeper.stale());
        assert_eq!(keeper.proven().unwrap().public.checkpoint, proven, "{code}");
        assert_eq!(keeper.proven().unwrap().ledger.size(), proven.size, "{code}");
        assert_eq!(prove(&files, &scene.tlog_policy(), None).err().unwrap().code(), code);
    }
    keeper.update(&later, now).unwrap();
    assert_eq!(keeper.stale(), None);
    keeper.update(&earlier, now).unwrap();
    assert_eq!(keeper.stale().unwrap().code, "set_back");
    assert!(keeper.evidence().is_empty(), "an earlier checkpoint of the same history is no fork");

    // Seen by one of two witnesses: records are taken over, have no effect, and the sign is there.
    keeper.update(&with(without(&["witness0.example", "witness1.example"])), now).unwrap();
    assert_eq!(keeper.stale(), None, "the same checkpoint with fewer signatures takes nothing away");
    let mut fresh = Keeper::new(scene.tlog_policy(), AGE_MAX_S);
    fresh.update(&with(without(&["witness0.example", "witness1.example"])), now).unwrap();
    assert_eq!(fresh.stale().unwrap().code, "quorum");
}

#[test]
fn a_forked_log_leaves_evidence_that_stands_by_itself() {
    // Two histories after a common beginning: the second with witnesses who have forgotten the first.
    let scene = Scene::new();
    let folder = TempFolder::new("fork");
    let mut log = decided(&scene);
    let forked = log.files().copy();
    let (one, _) = scene.request("b", None, State::Off);
    let (two, _) = scene.request("c", None, State::Off);
    log.append(&[one]).unwrap();
    let forgetful = Scene::new();
    let mut other = Sequencer::open(forked, forgetful.means()).unwrap();
    other.append(&[two]).unwrap();
    let now = scene.clock.now();
    let keeper_of = |name: &str| Keeper::open(scene.tlog_policy(), AGE_MAX_S, &folder.join(name)).unwrap();

    for (name, first, second, more) in
        [("same size", &log, &other, 0), ("larger", &log, &other, 1), ("smaller", &other, &log, 0)]
    {
        let mut keeper = keeper_of(name);
        keeper.update(first.files(), now).unwrap();
        let proven = keeper.proven().unwrap().public.checkpoint.clone();
        let second = second.files().copy();
        if more > 0 {
            let mut longer = Sequencer::open(second.clone(), forgetful.means()).unwrap();
            longer.append(&[scene.request("d", None, State::Off).0]).unwrap();
        }
        if name == "smaller" {
            let mut longer = Sequencer::open(first.files().copy(), forgetful.means()).unwrap();
            longer.append(&[scene.request("d", None, State::Off).0]).unwrap();
            keeper.update(longer.files(), now).unwrap();
        }
        keeper.update(&second, now).unwrap();
        assert_eq!(keeper.stale().unwrap().code, "fork", "{name}: {:?}", keeper.stale());
        assert!(keeper.proven().unwrap().ledger.size() >= proven.size, "{name}");
        let file = std::fs::read_dir(folder.join(name)).unwrap().flatten().map(|entry| entry.path());
        let file = file
            .into_iter()
            .find(|path| path.file_name().unwrap().to_string_lossy().starts_with("fork-"))
            .unwrap();
        let evidence = Evidence::parse(&std::fs::read(file).unwrap()).unwrap();
        let fork = evidence.check(&[log_key().verifier().clone()]).unwrap();
        assert_eq!(fork.origin, log_key().verifier().name());
        assert_ne!(fork.roots[0], fork.roots[1]);
        check_changed_evidence(&evidence);
        // The fork shows again after a restart, and the state is still the proven one.
        let mut again = keeper_of(name);
        assert_eq!(again.stale().unwrap().code, "fork");
        again.update(&second, now).unwrap();
        assert_eq!(again.stale().unwrap().code, "fork");
    }

    // A witness that remembers refuses the second history.
    let mut second = Sequencer::open(other.files().copy(), scene.means()).unwrap();
    let out = second.publish().unwrap();
    assert!(out.witnesses == 0 && out.absent.len() == 3, "{out:?}");
}

/// Whoever serves another history may spoil what the witnesses said of it: the log's own signature on both is evidence still.
#[test]
fn a_fork_with_a_spoiled_cosignature_is_evidence_too() {
    let (scene, forgetful) = (Scene::new(), Scene::new());
    let mut log = decided(&scene);
    let mut other = Sequencer::open(log.files().copy(), forgetful.means()).unwrap();
    log.append(&[scene.request("b", None, State::Off).0]).unwrap();
    other.append(&[scene.request("c", None, State::Off).0]).unwrap();
    let mut longer = Sequencer::open(other.files().copy(), forgetful.means()).unwrap();
    longer.append(&[scene.request("d", None, State::Off).0]).unwrap();
    let mut newer = Sequencer::open(log.files().copy(), scene.means()).unwrap();
    newer.append(&[scene.request("e", None, State::Off).0]).unwrap();
    let now = scene.clock.now();
    // Of one size; the other history the longer one; the shorter one.
    for (first, second) in [(&log, &other), (&log, &longer), (&newer, &other)] {
        for (how, spoil) in SPOILED {
            let folder = TempFolder::new("spoiled");
            let mut keeper = Keeper::open(scene.tlog_policy(), AGE_MAX_S, folder.path()).unwrap();
            keeper.update(first.files(), now).unwrap();
            let proven = keeper.proven().unwrap().public.checkpoint.clone();
            let edited = |files: &SimFiles| {
                let files = files.copy();
                let note = String::from_utf8(files.read(CHECKPOINT).unwrap().unwrap()).unwrap();
                files.edit(CHECKPOINT, Some(spoil(&note).into_bytes()));
                files
            };
            // The same history, spoiled alike, is no fork and is not obeyed.
            keeper.update(&edited(first.files()), now).unwrap();
            assert_eq!(keeper.stale().unwrap().code, "signature", "{how}");
            assert!(keeper.evidence().is_empty(), "{how}");
            keeper.update(&edited(second.files()), now).unwrap();
            assert_eq!(keeper.stale().unwrap().code, "fork", "{how}: {:?}", keeper.stale());
            assert_eq!(keeper.proven().unwrap().public.checkpoint, proven, "{how}");
            // A second look finds the same fork, and no other evidence.
            keeper.update(&edited(second.files()), now).unwrap();
            assert_eq!(keeper.evidence().len(), 1, "{how}");
            let kept = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path());
            let kept: Vec<_> = kept.filter(|path| path.to_string_lossy().contains("fork-")).collect();
            assert_eq!(kept.len(), 1, "{how}: {kept:?}");
            let evidence = Evidence::parse(&std::fs::read(&kept[0]).unwrap()).unwrap();
            evidence.check(&[log_key().verifier().clone()]).unwrap();
            check_changed_evidence(&evidence);
        }
    }
}

/// What is done to the text of a checkpoint.
type Spoil = fn(&str) -> String;

/// Ways to spoil what witnesses said, and leave what the log signed.
const SPOILED: [(&str, Spoil); 5] = [
    ("a cosignature changed", |note| replace_line(note, "witness1", |line| line.replacen("AA", "AB", 1))),
    ("a cosignature cut", |note| replace_line(note, "witness1", |line| line[..line.len() / 2].to_owned())),
    ("a line that is none", |note| note.to_owned() + "and so on\n"),
    ("more lines than are read", |note| {
        note.to_owned() + &format!("{}\n", note.lines().last().unwrap()).repeat(70)
    }),
    ("no line break at the end", |note| note.trim_end().to_owned()),
];

/// No part of evidence can be exchanged.
fn check_changed_evidence(evidence: &Evidence) {
    let keys = [log_key().verifier().clone()];
    let same = Evidence { second: evidence.first.clone(), ..evidence.clone() };
    assert!(same.check(&keys).is_err());
    let unsigned = Evidence { first: evidence.first.replacen('\n', "\n1", 1), ..evidence.clone() };
    assert!(matches!(unsigned.check(&keys), Err(EvidenceError::Checkpoint { which: "first", .. })));
    let stranger =
        skyshed_tlog::SigningKey::from_seed("x.example", skyshed_tlog::Algorithm::Ed25519, &[3; 32]);
    assert!(evidence.check(&[stranger.unwrap().verifier().clone()]).is_err());
    if let Some(mut at_first) = evidence.second_at_first_size {
        at_first.0[0] ^= 1;
        let other = Evidence { second_at_first_size: Some(at_first), ..evidence.clone() };
        assert!(matches!(other.check(&keys), Err(EvidenceError::Proof(_))));
    }
    assert!(Evidence::parse(evidence.text().replace("fork@v1", "fork@v2").as_bytes()).is_err());
}

#[test]
fn one_history_is_never_evidence() {
    let scene = Scene::new();
    let mut log = decided(&scene);
    let policy = scene.tlog_policy();
    let first = prove(log.files(), &policy, None).unwrap().public;
    log.append(&[scene.request("b", None, State::Off).0]).unwrap();
    let second = prove(log.files(), &policy, None).unwrap().public;
    let evidence = Evidence {
        format: skyshed_log::fork::FORMAT.into(),
        first: first.note.to_string(),
        second: first.note.to_string(),
        second_at_first_size: None,
        consistency: Vec::new(),
    };
    let keys = policy.log_keys();
    assert!(matches!(evidence.check(keys), Err(EvidenceError::OneHistory { .. })));
    let bare = Evidence { second: second.note.to_string(), ..evidence.clone() };
    assert!(matches!(bare.check(keys), Err(EvidenceError::Format(_))), "sizes differ and nothing is proven");
}

#[test]
fn the_proven_state_survives_a_restart_without_the_log() {
    let (scene, folder) = (Scene::new(), TempFolder::new("restart"));
    let mut log = decided(&scene);
    let state = folder.join("state");
    let open = || Keeper::open(scene.tlog_policy(), AGE_MAX_S, &state);
    let now = scene.clock.now();
    open().unwrap().update(log.files(), now).unwrap();
    // Further records come in after a restart.
    let (request, _) = scene.request("b", None, State::Off);
    log.append(&[request]).unwrap();
    open().unwrap().update(log.files(), now).unwrap();
    // A write that broke off after the records.
    let leaves = state.join("proven.leaves");
    let mut bytes = std::fs::read(&leaves).unwrap();
    bytes.extend([0, 9, 1]);
    std::fs::write(&leaves, &bytes).unwrap();
    let keeper = open().unwrap();
    assert_eq!(keeper.proven().unwrap().ledger.size(), log.ledger().size());
    let later = Time(now.0 + WAIT_S + 700);
    assert!(keeper.view(later).unwrap().standing("T1", "consumer").decision.is_some());
    drop(keeper);
    // A log that was set back meanwhile is noticed.
    let mut keeper = open().unwrap();
    keeper.update(decided(&Scene::new()).files(), now).unwrap();
    assert_eq!(keeper.stale().unwrap().code, "set_back");

    bytes[40] ^= 1;
    std::fs::write(&leaves, &bytes).unwrap();
    assert!(matches!(open(), Err(KeeperError::Damaged(_))));
    std::fs::write(&leaves, "").unwrap();
    assert!(matches!(open(), Err(KeeperError::Damaged(_))));
}

#[test]
fn a_clock_that_is_behind_the_witnesses_is_said_and_not_used() {
    let scene = Scene::new();
    let log = decided(&scene);
    let mut keeper = Keeper::new(scene.tlog_policy(), AGE_MAX_S);
    let behind = Time(scene.clock.now().0 - 3_600);
    keeper.update(log.files(), behind).unwrap();
    assert_eq!(keeper.clock_behind_s(behind), Some(3_600));
    assert_eq!(keeper.time(behind), scene.clock.now());
    assert_eq!(keeper.clock_behind_s(Time(scene.clock.now().0 - 60)), None);
}

#[test]
fn a_log_on_disk_is_proven_over_http_and_another_origin_is_not() {
    let (scene, folder) = (Scene::new(), TempFolder::new("http"));
    let disk = Disk::create(&folder.join("log")).unwrap();
    Sequencer::create(disk, scene.means(), &scene.genesis()).unwrap();
    let files = HttpFiles::new(&web::serve(&folder.join("log")));
    let proven = prove(&files, &scene.tlog_policy(), None).unwrap();
    assert_eq!(proven.ledger.at(proven.ledger.time()).territories().count(), 1);
    let other = skyshed_tlog::SigningKey::from_seed("o.example", skyshed_tlog::Algorithm::Ed25519, &[5; 32]);
    let text =
        scene.policy.replacen(&log_key().verifier().to_string(), &other.unwrap().verifier().to_string(), 1);
    let policy = skyshed_tlog::policy::Policy::parse(text.as_bytes()).unwrap();
    assert!(matches!(prove(&files, &policy, None), Err(Doubt::Signature(_))));
    let dead = HttpFiles::new(&web::dead_address());
    assert!(matches!(prove(&dead, &policy, None), Err(Doubt::Unreachable(_))));
    // What was cut off on disk.
    let bundle = folder.join("log").join(bundle(proven.ledger.size()));
    std::fs::write(&bundle, &std::fs::read(&bundle).unwrap()[..100]).unwrap();
    assert!(matches!(prove(&files, &scene.tlog_policy(), None), Err(Doubt::Damaged(_))));
}

/// A note with one of its lines changed, that of a witness.
fn replace_line(note: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    let spoil = |line: &str| match line.starts_with(&format!("— {name}")) {
        true => change(line),
        false => line.to_owned(),
    };
    let spoiled = note.lines().map(spoil).collect::<Vec<_>>().join("\n") + "\n";
    assert_ne!(spoiled, note);
    spoiled
}

/// Path of the first bundle of a small log.
fn bundle(size: u64) -> String {
    Tile::of_tree(Row::Entries, 0, size).unwrap().path()
}

/// A log with a decision that waits for its effect.
fn decided(scene: &Scene) -> Sequencer<SimFiles> {
    let (mut log, _) = Sequencer::create(SimFiles::new(), scene.means(), &scene.genesis()).unwrap();
    let (request, hash) = scene.request("a", None, State::On);
    log.append(&[request, approval(hash, PEOPLE[1]), approval(hash, PEOPLE[2])]).unwrap();
    log
}
