//! The demonstration log: the same bytes everywhere, whole, and the same service as the illustrative policy.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use skyshed::Ground;
use skyshed::control::{Class, ILLUSTRATIVE_POLICY, Policy, Time, Zones, ledger, resolve};
use skyshed_log::{Disk, Proven, prove};
use skyshed_records::ledger::{Overdue, Status};
use skyshed_records::record::Body;
use skyshed_records::{leaf, verify};
use skyshed_tlog::read::read_entries;

use crate::skyshed_cli::demo::{demonstration_log, make_demo};
use crate::{files, place, verify as run, word};

/// The log, made once.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<std::path::PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = place("demonstration");
        make_demo(&folder, &Ground::embedded()).unwrap();
        folder
    })
}

pub fn proven() -> Proven {
    let text = fs::read(folder().join("policy.txt")).unwrap();
    let policy = skyshed_tlog::Policy::parse(&text).unwrap();
    prove(&Disk::read_only(folder()).unwrap(), &policy, None).unwrap()
}

fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

#[test]
fn it_is_the_same_bytes_twice_and_leaves_nothing_beside() {
    let home = place("twice");
    let ground = Ground::embedded();
    make_demo(&home.join("log"), &ground).unwrap();
    assert!(files(&home.join("log")) == files(folder()));
    let beside: Vec<_> = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["log"]);
    let error = make_demo(&home.join("log"), &ground).unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    assert!(files(&home.join("log")) == files(folder()), "a refusal changes nothing");
}

#[cfg(unix)]
#[test]
fn its_secret_keys_are_for_their_owner_and_stay_out_of_what_a_log_shows() {
    use std::os::unix::fs::PermissionsExt;
    for (path, _) in
        files(folder()).iter().filter(|(path, _)| path.starts_with("keys/") && !path.ends_with(".pub"))
    {
        let mode = fs::metadata(folder().join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
    let secret = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("PRIVATE");
    let outside =
        files(folder()).into_iter().filter(|(path, bytes)| !path.starts_with("keys/") && secret(bytes));
    assert_eq!(outside.count(), 0);
}

#[test]
fn of_many_who_want_it_at_once_one_makes_it() {
    let home = place("at-once");
    // What a crash left behind is in nobody's way.
    fs::create_dir_all(home.join("log/.demonstration.new/tile")).unwrap();
    fs::write(home.join("log/.demonstration.new/checkpoint"), "half").unwrap();
    let made: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..3).map(|_| scope.spawn(|| demonstration_log(&home).unwrap())).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(made.iter().all(|one| *one == home.join("log/demonstration")), "{made:?}");
    assert!(files(&made[0]) == files(folder()));

    // A log of another recipe, with what was appended to it, stays as it is.
    fs::write(made[0].join("README.txt"), "recipe of before\n").unwrap();
    let before = files(&made[0]);
    let second = demonstration_log(&home).unwrap();
    assert_ne!(second, made[0]);
    assert_eq!(demonstration_log(&home).unwrap(), second);
    assert!(files(&second) == files(folder()) && files(&made[0]) == before);
}

#[test]
fn it_serves_as_the_illustrative_policy_but_for_the_worked_request() {
    let (ground, proven) = (Ground::embedded(), proven());
    let zones = Zones::new(&ground);
    let timeline = ledger::timeline("demonstration", &proven.ledger).unwrap();
    let policy = resolve(&Policy::parse(ILLUSTRATIVE_POLICY).unwrap(), &ground).unwrap();
    let islands = ground.find_territory("HM").unwrap();
    for (at, islands_are_on) in [
        ("2026-08-22T21:00:12Z", false),
        ("2026-09-09T23:59:59Z", false),
        ("2026-09-10T00:00:00Z", true),
        ("2026-11-23T00:00:00Z", true),
        ("2027-04-01T00:00:00Z", false),
    ] {
        let activation = timeline.activation(time(at), &zones, &ground).unwrap();
        let cells = activation.classes_by_cell().iter().zip(policy.classes_by_cell()).zip(&ground.territory);
        let differ = cells.filter(|((log, policy), _)| log != policy).map(|(_, &territory)| territory);
        let differ: Vec<u16> = differ.collect();
        let count = ground.territory_at(islands).cell_count as usize;
        assert_eq!(differ.len(), if islands_are_on { count } else { 0 }, "{at}");
        let within = |territory: &u16| {
            ground.lineage(skyshed::ground::TerritoryIndex(*territory)).any(|one| one == islands)
        };
        assert!(differ.iter().all(within), "{at}");
    }
}

#[test]
fn every_territory_has_a_state_a_reason_and_a_review_date_for_every_class() {
    let (ground, proven) = (Ground::embedded(), proven());
    let view = proven.ledger.at(time("2026-11-23T00:00:00Z"));
    let tops: Vec<_> = ground.territories.iter().filter(|territory| territory.parent.is_none()).collect();
    assert_eq!(view.territories().count(), tops.len());
    for territory in tops {
        for class in Class::ALL {
            let standing = view.standing(&territory.id, class.name());
            let decision = standing.decision.unwrap_or_else(|| panic!("{} {class:?}", territory.id));
            assert!(!decision.request.reason_text.is_empty() && decision.review_by > decision.effective_at);
            let persons: std::collections::BTreeSet<_> =
                decision.approvals.iter().map(|one| &one.organisation).collect();
            assert_eq!(persons.len(), 3);
        }
    }
}

#[test]
fn it_tells_its_story() {
    let proven = proven();
    let view = proven.ledger.at(time("2026-11-23T00:00:00Z"));
    assert!(view.flags().is_empty(), "{:?}", view.flags());
    let states: Vec<_> = view.requests().filter(|one| one.at >= time("2026-08-01T00:00:00Z")).collect();
    let states: Vec<_> =
        states.iter().map(|one| (one.request.territory.as_str(), one.status, one.verdicts.len())).collect();
    assert_eq!(
        states,
        [("XZ", Status::Lapsed, 1), ("HM", Status::Effective, 3), ("TF", Status::Cancelled, 3)]
    );
    let islands = view.standing("HM", "consumer").decision.unwrap();
    assert_eq!(islands.effective_at, time("2026-09-10T00:00:00Z"));
    assert!(islands.effective_from.0 - islands.quorum_at.0 >= 86_400, "it waited");
    assert!(
        matches!(&view.overdue()[..], [Overdue::Review { territory, .. }] if territory == "AQ"),
        "{:?}",
        view.overdue()
    );
    let sealed: Vec<bool> = view.sealed().map(|one| one.opened.is_some()).collect();
    assert_eq!(sealed, [false, true]);
    assert_eq!((view.attests().len(), view.observes().len(), view.enforcers().len()), (4, 1, 1));
    let Some(Body::Observe(observe)) = proven.ledger.body(view.observes()[0]) else { panic!() };
    let decided = view.standing(&observe.territory, "consumer").decision.unwrap();
    assert_ne!(observe.served, decided.request.to == skyshed_records::record::State::On, "it differs");
}

#[test]
fn ssh_keygen_accepts_every_approval() {
    let proven = proven();
    let disk = Disk::read_only(folder()).unwrap();
    let size = proven.ledger.size();
    let leaves = (0..size.div_ceil(256)).flat_map(|bundle| read_entries(&disk, bundle, size).unwrap());
    let policy = proven.ledger.at(proven.ledger.time()).policy().unwrap().policy.clone();
    let home = place("ssh-keygen");
    fs::create_dir_all(&home).unwrap();
    let allowed = fs::read(folder().join("allowed_signers")).unwrap();
    let mut approvals = 0;
    for leaf in
        leaves.map(|bytes| leaf::parse(&bytes).unwrap()).filter(|leaf| matches!(leaf.body, Body::Approval(_)))
    {
        let extract = verify::extract(&leaf, &policy, None);
        assert_eq!(extract.allowed_signers.as_bytes(), allowed);
        for one in &extract.sigs {
            fs::write(home.join("sig"), &one.armored).unwrap();
            fs::write(home.join("body"), &extract.body).unwrap();
            let mut command = Command::new("ssh-keygen");
            command.args([
                "-Y",
                "verify",
                "-I",
                &one.by,
                "-n",
                &extract.namespace,
                "-s",
                word(&home.join("sig")),
            ]);
            command.args(["-f", word(&folder().join("allowed_signers"))]);
            let body = fs::File::open(home.join("body")).unwrap();
            let status = command.stdin(body).stdout(Stdio::null()).status().expect("ssh-keygen is installed");
            assert!(status.success(), "{}", one.command);
        }
        approvals += extract.sigs.len();
    }
    assert_eq!(approvals, 10);
}

#[test]
fn the_verifier_accepts_it_and_finds_every_change() {
    let home = place("changed");
    copy(folder(), &home);
    let policy = folder().join("policy.txt");
    let check = || run(&["log", word(&home), "--policy", word(&policy)]);
    let said = check();
    assert_eq!(said.code, 0, "{}", said.remark);
    for part in
        ["records, root", "decisions, all as they follow", "0 records without effect", "review of decision"]
    {
        assert!(said.answer.contains(part), "{part}: {}", said.answer);
    }
    let json = run(&["log", word(&home), "--policy", word(&policy), "--json"]);
    assert!(
        serde_json::from_str::<serde_json::Value>(&json.answer).unwrap()["decisions"].as_u64() > Some(264)
    );

    let published: Vec<_> = files(&home)
        .into_iter()
        .filter(|(path, _)| !path.starts_with("keys/") && path != "README.txt")
        .collect();
    // Of the many proofs, two.
    let (proofs, others): (Vec<_>, Vec<_>) =
        published.into_iter().partition(|(path, _)| path.starts_with("proof/"));
    let sampled = others.into_iter().chain(proofs.into_iter().step_by(135));
    for (at, (path, bytes)) in sampled.enumerate().filter(|(_, (path, _))| path != "policy.txt") {
        let mut flipped = bytes.clone();
        let place = (at * 7_919 + 131) % bytes.len();
        flipped[place] ^= 1 << (at % 8);
        fs::write(home.join(&path), flipped).unwrap();
        let said = check();
        assert!(said.code == 4 || said.code == 5, "{path}, byte {place}: {said:?}");
        if path.starts_with("tile/") && is_current(&path) {
            fs::remove_file(home.join(&path)).unwrap();
            let said = check();
            assert!(said.code == 4 && said.remark.contains("missing"), "{path}: {said:?}");
        }
        fs::write(home.join(&path), bytes).unwrap();
    }
    assert_eq!(check().code, 0);
}

#[test]
fn one_decision_is_verified_from_one_file_and_the_state_from_the_log() {
    let proven = proven();
    let number = proven.ledger.at(proven.ledger.time()).standing("HM", "consumer").decision.unwrap().number;
    let policy = folder().join("policy.txt");
    let said = run(&[
        "state",
        word(folder()),
        "--policy",
        word(&policy),
        "--at",
        "2026-09-10T00:00:00Z",
        "--territory",
        "HM",
    ]);
    assert!(
        said.code == 0 && said.answer.contains(&format!("decision {number} since 2026-09-10")),
        "{said:?}"
    );
    let said = run(&[
        "state",
        word(folder()),
        "--policy",
        word(&policy),
        "--at",
        "2026-09-09T00:00:00Z",
        "--territory",
        "HM",
        "--json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&said.answer).unwrap();
    assert_eq!(json["territories"][0]["state"]["state"], "off");
    assert_eq!(run(&["state", word(folder()), "--at", "2026-09-09T00:00:00Z", "--territory", "QQ"]).code, 6);

    let proof = folder().join(format!("proof/{number}.tlog-proof"));
    let decision = |number: &str, proof: &Path, policy: &Path| {
        run(&["decision", number, "--proof", word(proof), "--policy", word(policy)])
    };
    let said = decision(&number.to_string(), &proof, &policy);
    assert!(
        said.code == 0 && said.answer.contains("in force from 2026-09-10T00:00:00Z until 2027-04-01"),
        "{said:?}"
    );
    assert!(fs::metadata(&proof).unwrap().len() <= 8 << 10, "one file of at most 8 KiB");
    assert_eq!(decision(&(number + 1).to_string(), &proof, &policy).code, 4);
    assert_eq!(decision("7", &folder().join("proof/7.tlog-proof"), &policy).code, 6);
}

/// Whether a tile is one of the last tree: full, or the widest of its partial forms.
fn is_current(path: &str) -> bool {
    let Some((tile, width)) = path.split_once(".p/") else { return true };
    let widths = fs::read_dir(folder().join(format!("{tile}.p"))).unwrap();
    let widths = widths.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse::<u32>().unwrap());
    widths.max() == width.parse().ok() && !folder().join(tile).exists()
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        let place = to.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, bytes).unwrap();
    }
}
