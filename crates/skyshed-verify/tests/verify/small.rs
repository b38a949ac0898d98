//! A small log: every byte of it counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use skyshed_log::{Alone, Cosigner, Disk, LocalWitness, Means, Sequencer};
use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf::{self, Sig, SigKind};
use skyshed_records::record::{
    Approval, Body, CoverRule, Digest, Key, Policy, Principal, Quorum, ReasonCode, Request, Role, Rule,
    State, Territory, TerritoryKind, Time, Verdict, Zone,
};
use skyshed_records::sshsig;
use skyshed_tlog::{Algorithm, SigningKey};

use crate::{files, place, verify, word};

const START: i64 = 1_785_369_600; // 2026-07-30T00:00:00Z
const CELLS: Digest = Digest([7; 32]);

fn key(id: &str) -> PrivateKey {
    PrivateKey::from_seed(leaf::body_sha256(id.as_bytes()).0)
}

fn signed(body: impl Into<Body>, by: &str) -> Vec<u8> {
    let body = body.into();
    let (bytes, namespace) = (leaf::body_bytes(&body).unwrap(), leaf::namespace(body.type_name()));
    let sig = Sig { by: by.into(), kind: SigKind::Sshsig, sig: sshsig::sign(&key(by), &namespace, &bytes) };
    leaf::write(&body, &[sig]).unwrap()
}

fn policy() -> Policy {
    let principal = |id: &str, role| {
        let key = Key {
            public: key(id).public().to_string(),
            valid_after: None,
            valid_before: None,
            pin_required: false,
        };
        (id.to_owned(), Principal { organisation: id[2..].into(), roles: vec![role], keys: vec![key] })
    };
    let one = Quorum { persons: 1, organisations: 1 };
    Policy {
        version: 1,
        prev: None,
        principals: [principal("a@x", Role::Requester), principal("b@y", Role::Approver)].into(),
        rule: Rule {
            quorum: one,
            wait_s: 60,
            review_ttl_s: 600,
            expiry_max_s: 600,
            review_max_s: 86_400,
            emergency: None,
        },
        rules_by_territory: [].into(),
        rotation: one,
        recovery: None,
    }
}

fn request() -> Request {
    Request {
        territory: "T".into(),
        zone: CELLS,
        classes: vec!["consumer".into()],
        from: None,
        to: State::On,
        reason_code: ReasonCode::Licensed,
        reason_text: "a licence".into(),
        legal_basis: None,
        requester: "a@x".into(),
        on_behalf_of: "x".into(),
        contacts: vec![],
        preview_sha256: None,
        not_before: None,
        expires: None,
        review_by: Time(START + 80_000),
        emergency: false,
        nonce: "1".into(),
    }
}

fn log_key(seed: u8) -> SigningKey {
    SigningKey::from_seed("small.example/log", Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn witness_key(name: &str) -> SigningKey {
    SigningKey::from_seed(name, Algorithm::CosignatureEd25519, &[name.len() as u8; 32]).unwrap()
}

/// The witness policy: `quorum` is the last line's word.
fn policy_text(log: &SigningKey, quorum: &str) -> String {
    let witnesses =
        ["w.example", "ww.example"].map(|name| format!("witness {name} {}\n", witness_key(name).verifier()));
    format!(
        "log {}\n{}group both all w.example ww.example\nquorum {quorum}\n",
        log.verifier(),
        witnesses.concat()
    )
}

/// A log with a decision, in a folder; a second of the same key differs from its second record on.
fn written(name: &str, territory_name: &str, seed: u8) -> PathBuf {
    let folder = place(name);
    let files = Disk::create(&folder).unwrap().scratch();
    let clock = Arc::new(AtomicI64::new(START));
    let now = |clock: &Arc<AtomicI64>| {
        let clock = clock.clone();
        move || clock.load(Ordering::SeqCst)
    };
    let witness = |name: &str| -> Box<dyn Cosigner> {
        Box::new(LocalWitness::new(
            vec![witness_key(name)],
            log_key(seed).verifier().clone(),
            Box::new(now(&clock)),
        ))
    };
    let cosigners = ["w.example", "ww.example"].map(witness).into();
    let (keys, policy_text, seconds) =
        (vec![log_key(seed)], policy_text(&log_key(seed), "both"), now(&clock));
    let clock_of = Box::new(move || Time(seconds()));
    let means = Means { keys, policy: policy_text, cosigners, clock: clock_of, turns: Box::new(Alone(None)) };
    let territory = Territory {
        id: "T".into(),
        name: territory_name.into(),
        labels: [].into(),
        kind: TerritoryKind::Custom,
        claims: vec![],
        parent: None,
    };
    let zone = Zone {
        territory: "T".into(),
        cells_sha256: CELLS,
        cell_count: 1,
        resolution: 5,
        cover_rule: CoverRule::Centroid,
        guard_km: 0,
        source: "none".into(),
        source_sha256: CELLS,
        prev: None,
    };
    let body = Body::from(request());
    let hash = leaf::body_sha256(&leaf::body_bytes(&body).unwrap());
    let approval = Approval {
        requests: vec![hash],
        verdict: Verdict::Approve,
        approver: "b@y".into(),
        statement: "yes".into(),
    };
    let first = [signed(policy(), "b@y"), signed(territory, "a@x"), signed(zone, "a@x"), signed(body, "a@x")];
    let (mut log, _) = Sequencer::create(files, means, &first).unwrap();
    fs::copy(folder.join("checkpoint"), folder.with_extension("seen")).unwrap();
    clock.fetch_add(10, Ordering::SeqCst);
    log.append(&[signed(approval, "b@y")]).unwrap();
    folder
}

fn given_policy(name: &str, text: &str) -> PathBuf {
    let path = place(name);
    fs::write(&path, text).unwrap();
    path
}

fn check(folder: &Path, policy: &Path) -> skyshed_verify::Said {
    verify(&["log", word(folder), "--policy", word(policy)])
}

#[test]
fn every_changed_byte_of_the_tree_is_found() {
    let tried = change_every_byte("tree", |path| path.starts_with("tile/"));
    assert!(tried > 4_000, "{tried} bytes");
}

#[test]
fn every_changed_byte_beside_the_tree_is_found() {
    let tried = change_every_byte("beside", |path| !path.starts_with("tile/"));
    assert!(tried > 2_000, "{tried} bytes");
}

/// Flips a bit in every byte of some of a log's files, one after the other; says how many that were.
fn change_every_byte(name: &str, of: impl Fn(&str) -> bool) -> usize {
    let folder = written(&format!("every-byte-{name}"), "T", 1);
    let policy = given_policy(&format!("every-byte-{name}.policy"), &policy_text(&log_key(1), "both"));
    assert_eq!(check(&folder, &policy).code, 0, "{:?}", check(&folder, &policy));
    let mut tried = 0;
    for (path, bytes) in files(&folder).into_iter().filter(|(path, _)| of(path)) {
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(folder.join(&path), flipped).unwrap();
            let said = check(&folder, &policy);
            assert!(said.code == 4 || said.code == 5, "{path}, byte {at} of {}: {said:?}", bytes.len());
        }
        tried += bytes.len();
        fs::write(folder.join(&path), bytes).unwrap();
    }
    assert_eq!(check(&folder, &policy).code, 0);
    println!("{name}: {tried} bytes changed, every change found");
    tried
}

#[test]
fn logs_that_are_none_are_told_apart() {
    let folder = written("none", "T", 1);
    let policy = given_policy("none.policy", &policy_text(&log_key(1), "both"));
    let told = |folder: &Path, policy: &Path, code: u8, part: &str| {
        let said = check(folder, policy);
        assert!(
            said.code == code && said.remark.contains(part) && said.answer.is_empty(),
            "{part}: {said:?}"
        );
    };
    let empty = place("empty");
    told(&empty, &policy, 6, "does not exist");
    fs::create_dir_all(&empty).unwrap();
    told(&empty, &policy, 6, "is empty");
    fs::write(empty.join("note"), "").unwrap();
    told(&empty, &policy, 6, "holds no log");
    told(&policy, &policy, 6, "is a file");
    told(&folder, &folder.join("nothing"), 6, "nothing");
    told(&folder, &given_policy("bad.policy", "log x\n"), 4, "bad.policy");
    // Another log's key, another name, a witness that is not there.
    told(
        &folder,
        &given_policy("other-key.policy", &policy_text(&log_key(2), "both")),
        4,
        "not signed with the key",
    );
    let other = SigningKey::from_seed("other.example/log", Algorithm::Ed25519, &[1; 32]).unwrap();
    told(&folder, &given_policy("other-origin.policy", &policy_text(&other, "both")), 4, "other.example/log");
    let third = witness_key("www.example");
    let text = policy_text(&log_key(1), "third");
    let text = text.replace("quorum", &format!("witness third {}\nquorum", third.verifier()));
    fs::remove_file(folder.join("policy.txt")).unwrap();
    told(&folder, &given_policy("third.policy", &text), 5, "too few witnesses");
    // Known by nobody: a signature under the checkpoint that no key of the policy made.
    let fewer = given_policy("fewer.policy", &format!("log {}\nquorum none\n", log_key(1).verifier()));
    told(&folder, &fewer, 4, "whom the policy does not name");
    // Cut off, or without its checkpoint.
    let checkpoint = fs::read(folder.join("checkpoint")).unwrap();
    fs::write(folder.join("checkpoint"), &checkpoint[..checkpoint.len() / 2]).unwrap();
    told(&folder, &policy, 4, "checkpoint");
    fs::remove_file(folder.join("checkpoint")).unwrap();
    told(&folder, &policy, 4, "lost its `checkpoint`");
    fs::create_dir(folder.join("checkpoint")).unwrap();
    told(&folder, &policy, 5, "checkpoint");
    assert_eq!(verify(&["log"]).code, 2);
    assert_eq!(verify(&["decision", "4", "--proof", "x"]).code, 2, "a proof without a policy proves nothing");
}

#[test]
fn a_kept_checkpoint_shows_another_history() {
    let (one, other) = (written("history", "T", 1), written("history-2", "U", 1));
    let policy = given_policy("history.policy", &policy_text(&log_key(1), "both"));
    let seen = |folder: &Path, kept: &Path| {
        verify(&["log", word(folder), "--policy", word(&policy), "--seen", word(kept)])
    };
    let early = one.with_extension("seen");
    assert_eq!(seen(&one, &early).code, 0);
    assert_eq!(seen(&one, &one.join("checkpoint")).code, 0);
    let said = seen(&other, &early);
    assert!(said.code == 4 && said.remark.contains("another history"), "{said:?}");
    fs::copy(&early, place("set-back")).unwrap();

    let pair = |a: &Path, b: &Path, log: Option<&Path>| {
        let mut words = vec!["equivocation", word(a), word(b), "--policy", word(&policy)];
        words.extend(log.iter().flat_map(|log| ["--log", word(log)]));
        verify(&words)
    };
    let (now, forked) = (one.join("checkpoint"), other.join("checkpoint"));
    let said = pair(&now, &forked, None);
    assert!(said.code == 4 && said.remark.contains("TWO HISTORIES"), "{said:?}");
    assert_eq!(pair(&now, &now, None).code, 0);
    assert_eq!(pair(&early, &forked, None).code, 2, "sizes differ");
    assert_eq!(pair(&early, &forked, Some(&other)).code, 4);
    assert_eq!(pair(&early, &now, Some(&one)).code, 0);
    assert_eq!(pair(&early, &now, Some(&other)).code, 1, "not the tree of the larger one");
}

#[test]
fn a_log_that_was_set_back_is_found() {
    let whole = written("set-back-log", "T", 1);
    let policy = given_policy("set-back.policy", &policy_text(&log_key(1), "both"));
    let kept = place("set-back.kept");
    fs::copy(whole.join("checkpoint"), &kept).unwrap();
    fs::copy(whole.with_extension("seen"), whole.join("checkpoint")).unwrap();
    let said = verify(&["log", word(&whole), "--policy", word(&policy), "--seen", word(&kept)]);
    assert_eq!(said.code, 4, "{said:?}");
}
