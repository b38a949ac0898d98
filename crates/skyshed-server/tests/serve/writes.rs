//! Signed records over HTTP: what gets in, what does not, what is answered again, and who has no say in it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use skyshed_log::means::{Found, SharedClock, beside};
use skyshed_log::{CosignError, Cosigner, Disk, Sequencer, Submission};
use skyshed_records::leaf;
use skyshed_records::record::*;
use skyshed_server::Server;
use skyshed_server::desk::kept::Kept;
use skyshed_server::desk::{Desk, WRITE_BYTES_MAX};
use skyshed_tlog::Signature;

use crate::callers::Provider;
use crate::client::{Response, get, post};
use crate::log::{NOON, PEOPLE, Scene, means, request, signed, start};
use crate::oracle::{SCRIPT, python};
use crate::turn;

const JSON: (&str, &str) = ("content-type", "application/json");

/// A service that writes, and its log.
pub struct Writing {
    pub server: Server,
    pub scene: Scene,
    witnesses_up: Arc<AtomicBool>,
}

/// A witness that can be out of reach.
struct Switched {
    inner: Box<dyn Cosigner>,
    up: Arc<AtomicBool>,
}

impl Cosigner for Switched {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn cosign(&mut self, submission: &Submission<'_>) -> Result<Vec<Signature>, CosignError> {
        match self.up.load(Ordering::SeqCst) {
            true => self.inner.cosign(submission),
            false => Err(CosignError::Unreachable { witness: self.name(), reason: "switched off".into() }),
        }
    }
}

impl Writing {
    pub fn new() -> Writing {
        let scene = Scene::new(&[("BE", State::On)]);
        scene.now.fetch_add(100, Ordering::SeqCst);
        Writing::over(scene)
    }

    fn over(scene: Scene) -> Writing {
        let server = start(&scene, NOON);
        let up = Arc::new(AtomicBool::new(true));
        let (policy, mut means) = means(&scene.now);
        means.cosigners = means
            .cosigners
            .into_iter()
            .map(|inner| Box::new(Switched { inner, up: up.clone() }) as Box<dyn Cosigner>)
            .collect();
        let policy = skyshed_tlog::policy::Policy::parse(policy.as_bytes()).unwrap();
        let now = scene.now.clone();
        let clock: SharedClock = Arc::new(move || Time(now.load(Ordering::SeqCst)));
        server.write_to(&scene.folder, Found { means, policy, simulated: true }, clock).unwrap();
        Writing { server, scene, witnesses_up: up }
    }

    /// Ends the service and begins it anew over the same folder.
    fn again(self) -> Writing {
        let Writing { server, scene, .. } = self;
        server.stop();
        Writing::over(scene)
    }

    pub fn post(&self, path: &str, key: &str, record: &[u8]) -> Response {
        post(self.server.address(), &format!("/api/v1{path}"), &[JSON, ("idempotency-key", key)], record)
    }

    fn size(&self) -> u64 {
        get(self.server.address(), "/log/checkpoint").text().lines().nth(1).unwrap().parse().unwrap()
    }

    #[track_caller]
    fn refused(
        &self,
        path: &str,
        key: &str,
        record: &[u8],
        status: u16,
        kind: &str,
        rule: Option<&str>,
    ) -> Value {
        let before = self.scene.files();
        let response = self.post(path, key, record);
        assert_eq!(response.status, status, "{}", response.text());
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        let problem = response.json();
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{problem}");
        assert_eq!(problem.get("rule").and_then(Value::as_str), rule, "{problem}");
        assert!(self.scene.files() == before, "a refused record changed the log");
        problem
    }

    /// A request for France by the desk, and its number.
    fn asked(&self) -> (u64, Digest) {
        let (record, hash) = self.asks();
        let response = self.post("/requests", "ask", &record);
        assert_eq!(response.status, 201, "{}", response.text());
        (response.json()["record"].as_u64().unwrap(), hash)
    }

    fn asks(&self) -> (Vec<u8>, Digest) {
        let at = Time(self.scene.now.load(Ordering::SeqCst));
        let body: Body = request("FR", State::On, None, at).into();
        let hash = leaf::body_sha256(&leaf::body_bytes(&body).unwrap());
        (signed(&body, &PEOPLE[..1]), hash)
    }
}

pub fn approval(hash: Digest, by: &str, signer: &str) -> Vec<u8> {
    let body = Approval {
        requests: vec![hash],
        verdict: Verdict::Approve,
        approver: by.to_owned(),
        statement: "seen".to_owned(),
    };
    let leaf = leaf::parse(&signed(&body.into(), &[signer])).unwrap();
    let sigs: Vec<_> = leaf.sigs.into_iter().map(|sig| leaf::Sig { by: by.to_owned(), ..sig }).collect();
    leaf::write(&leaf.body, &sigs).unwrap()
}

#[test]
fn a_request_is_asked_for_approved_and_decided_over_http() {
    let _turn = turn();
    let writing = Writing::new();
    let (number, hash) = writing.asked();
    let path = format!("/requests/{number}/approvals");
    let one = writing.post(&path, "one", &approval(hash, PEOPLE[1], PEOPLE[1]));
    assert_eq!((one.status, &one.json()["decisions"]), (201, &json!([])));
    // As people may have spaced it.
    let spaced: Value = serde_json::from_slice(&approval(hash, PEOPLE[2], PEOPLE[2])).unwrap();
    let two = writing.post(&path, "two", format!("{spaced:#}\n").as_bytes());
    assert_eq!(two.status, 201, "{}", two.text());
    let answer = two.json();
    let decision = answer["decisions"][0].as_u64().expect("a decision");
    assert_eq!(
        (&answer["quorum"], &answer["witnesses"], &answer["witnesses_known"]),
        (&true.into(), &2.into(), &2.into())
    );
    assert_eq!(two.header("location"), answer["location"].as_str());
    assert_eq!(answer["records"][1]["number"], decision);
    assert_eq!(answer["size"], writing.size());
    let proof = get(writing.server.address(), &format!("/log/proof/{decision}.tlog-proof"));
    assert_eq!(proof.status, 200);
    // During the wait anybody who may can stop it.
    let cancel = Cancel { target: hash, canceller: PEOPLE[1].into(), reason_text: "no".into() };
    let cancel = signed(&cancel.into(), &PEOPLE[1..2]);
    let refused = writing.refused(
        &format!("/requests/{number}/cancellations"),
        "stop",
        &cancel,
        422,
        "record-refused",
        Some("missing_role"),
    );
    assert!(refused["detail"].as_str().unwrap().contains("canceller"), "{refused}");
}

#[test]
fn what_the_door_refuses_names_its_rule_and_leaves_the_log_as_it_was() {
    let _turn = turn();
    let writing = Writing::new();
    let (number, hash) = writing.asked();
    let path = format!("/requests/{number}/approvals");
    let unsigned = {
        let leaf = leaf::parse(&approval(hash, PEOPLE[1], PEOPLE[1])).unwrap();
        leaf::write(&leaf.body, &[]).unwrap()
    };
    writing.refused(&path, "a", &unsigned, 422, "record-refused", Some("missing_signature"));
    writing.refused(
        &path,
        "b",
        &approval(hash, PEOPLE[1], PEOPLE[2]),
        422,
        "record-refused",
        Some("bad_signature"),
    );
    writing.refused(
        &path,
        "c",
        &approval(hash, "stranger@nowhere", PEOPLE[2]),
        422,
        "record-refused",
        Some("unknown_signer"),
    );
    writing.refused(
        &path,
        "d",
        &approval(hash, PEOPLE[0], PEOPLE[0]),
        422,
        "record-refused",
        Some("missing_role"),
    );
    writing.refused(
        &path,
        "e",
        b"{\"body\":{},\"sigs\":[],\"type\":\"approval\",\"v\":1}",
        422,
        "record-refused",
        Some("malformed"),
    );
    writing.refused(&path, "f", b"no json", 400, "bad-record", None);
    writing.refused(&path, "g", b"", 400, "bad-record", None);
    let (again, _) = writing.asks();
    writing.refused("/requests", "h", &again, 409, "record-conflict", Some("duplicate"));
    writing.refused(&path, "i", &again, 422, "record-refused", Some("type"));
    writing.refused("/records", "j", &again, 422, "record-refused", Some("type"));
    let elsewhere = approval(Digest([7; 32]), PEOPLE[1], PEOPLE[1]);
    writing.refused(&path, "k", &elsewhere, 422, "record-refused", Some("other_request"));
    writing.refused("/requests/0/approvals", "l", &elsewhere, 404, "unknown-request", None);
    writing.refused("/requests/99999/approvals", "m", &elsewhere, 404, "unknown-request", None);
    writing.refused("/requests/x/approvals", "n", &elsewhere, 400, "bad-value", None);
    let own = leaf::write(&Body::Witnessed(Witnessed { checkpoint: "x\n".into() }), &[]).unwrap();
    writing.refused("/records", "o", &own, 422, "record-refused", Some("type"));
    // One byte more than is taken: more would be left in the connection, which then breaks before the answer is read.
    let large = vec![b' '; WRITE_BYTES_MAX + 1];
    let response = writing.post(&path, "p", &large);
    assert_eq!((response.status, &response.json()["type"]), (413, &"/problems/too-large".into()));
}

#[test]
fn what_becomes_of_writes_is_counted_by_cause() {
    let _turn = turn();
    let writing = Writing::new();
    let metrics = || get(writing.server.address(), "/metrics").text().to_owned();
    let check = |line: &str| {
        let metrics = metrics();
        assert!(metrics.contains(&format!("\n{line}\n")), "{line} is not in\n{metrics}");
    };
    check("skyshed_writes_refused_total{cause=\"queue_full\"} 0");
    let (record, hash) = writing.asks();
    assert_eq!(writing.post("/requests", "ask", &record).status, 201);
    for _ in 0..2 {
        assert_eq!(writing.post("/requests", "ask", &record).header("idempotency-replayed"), Some("true"));
    }
    writing.refused("/requests", "ask", &[&record[..], b"\n"].concat(), 422, "key-reused", None);
    writing.refused("/requests", "a", b"no json", 400, "bad-record", None);
    writing.refused("/records", "b", &record, 422, "record-refused", Some("type"));
    writing.refused("/requests", &"k".repeat(256), &record, 400, "bad-key", None);
    for key in ["c", "d"] {
        writing.refused("/requests", key, &record, 409, "record-conflict", Some("duplicate"));
    }
    writing.refused(
        "/requests/0/approvals",
        "e",
        &approval(hash, PEOPLE[1], PEOPLE[1]),
        404,
        "unknown-request",
        None,
    );
    // A refusal that is kept is counted once by its rule, and then as an answer given again.
    let Body::Request(body) = leaf::parse(&record).unwrap().body else { panic!("a request") };
    let redrawn = signed(&Request { zone: Digest([7; 32]), ..body }.into(), &PEOPLE[..1]);
    for _ in 0..2 {
        assert_eq!(writing.post("/requests", "f", &redrawn).json()["rule"], "zone_differs");
    }
    check("# TYPE skyshed_writes_refused_total counter");
    check(
        "# HELP skyshed_writes_accepted_total Writes whose record got into the log, with or without a witness quorum.",
    );
    check("skyshed_writes_accepted_total 1");
    check("skyshed_writes_repeated_total 3");
    for (cause, count) in [
        ("key_reused", 1),
        ("not_json", 1),
        ("type", 1),
        ("bad_key", 1),
        ("duplicate", 2),
        ("unknown_request", 1),
        ("zone_differs", 1),
        ("queue_full", 0),
    ] {
        check(&format!("skyshed_writes_refused_total{{cause=\"{cause}\"}} {count}"));
    }
    if let Some(read) = python(SCRIPT, &[], &metrics()) {
        assert!(read.contains("\nskyshed_writes_refused_total{cause=duplicate} 2\n"), "{read}");
    }
    check("skyshed_writes_failed_total 0");
    check("skyshed_writes_waiting 0");
    check("skyshed_writes_waiting_max 64");
    writing.server.service().desk().unwrap().stop();
    assert_eq!(writing.post("/requests", "g", &record).status, 503);
    check("skyshed_writes_refused_total{cause=\"stopping\"} 1");
}

#[test]
fn a_write_needs_a_key_and_says_that_it_is_json() {
    let _turn = turn();
    let writing = Writing::new();
    let (record, _) = writing.asks();
    let address = writing.server.address();
    let (path, long) = ("/api/v1/requests", "k".repeat(256));
    let problem = |headers: &[(&str, &str)]| {
        let response = post(address, path, headers, &record);
        (response.status, response.json()["type"].as_str().unwrap().to_owned())
    };
    assert_eq!(problem(&[JSON]), (400, "/problems/bad-key".into()));
    assert_eq!(problem(&[JSON, ("idempotency-key", "")]), (400, "/problems/bad-key".into()));
    assert_eq!(problem(&[JSON, ("idempotency-key", long.as_str())]), (400, "/problems/bad-key".into()));
    assert_eq!(
        problem(&[JSON, ("idempotency-key", "a"), ("idempotency-key", "b")]),
        (400, "/problems/bad-key".into())
    );
    assert_eq!(problem(&[("idempotency-key", "a")]), (415, "/problems/unsupported-media-type".into()));
    let form = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(problem(&[form, ("idempotency-key", "a")]), (415, "/problems/unsupported-media-type".into()));
    assert_eq!(post(address, "/api/v1/requests?x=1", &[JSON, ("idempotency-key", "a")], &record).status, 400);
    // Nothing of that was the record's fault.
    assert_eq!(writing.post("/requests", "a", &record).status, 201);
}

#[test]
fn the_same_key_gives_the_same_answer_also_after_a_restart_and_no_other_write() {
    let _turn = turn();
    let writing = Writing::new();
    let (record, _) = writing.asks();
    let first = writing.post("/requests", "one", &record);
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None));
    let size = writing.size();
    let check = |writing: &Writing| {
        for key in ["one", "\"one\""] {
            let again = writing.post("/requests", key, &record);
            assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")));
            assert_eq!((again.text(), again.header("location")), (first.text(), first.header("location")));
        }
        assert_eq!(writing.size(), size);
    };
    check(&writing);
    writing.refused("/requests", "one", &[&record[..], &b"\n"[..]].concat(), 422, "key-reused", None);
    writing.refused("/records", "one", &record, 422, "record-refused", Some("type"));
    // A refusal of what is well signed is the same again too.
    let Body::Request(body) = leaf::parse(&record).unwrap().body else { panic!("a request") };
    let redrawn = signed(&Request { zone: Digest([7; 32]), ..body }.into(), &PEOPLE[..1]);
    let refused = writing.post("/requests", "two", &redrawn);
    assert_eq!((refused.status, &refused.json()["rule"]), (409, &"zone_differs".into()));
    let writing = writing.again();
    check(&writing);
    let again = writing.post("/requests", "two", &redrawn);
    assert_eq!(
        (again.status, again.text(), again.header("idempotency-replayed")),
        (409, refused.text(), Some("true"))
    );
    assert_eq!(again.header("content-type"), Some("application/problem+json"));
}

#[test]
fn a_service_that_ended_before_its_answer_gives_it_when_asked_again() {
    let _turn = turn();
    let writing = Writing::new();
    let (record, _) = writing.asks();
    let Writing { server, scene, .. } = writing;
    server.stop();
    // What a service has done when the power goes between the log and the answer: noted and appended.
    let hash = leaf::body_sha256(&[&b"/requests\n"[..], &record[..]].concat()).to_string();
    let (_, means) = means(&scene.now);
    let mut log = Sequencer::open(Disk::open(&scene.folder).unwrap(), means).unwrap();
    let now = scene.now.load(Ordering::SeqCst);
    let mut kept = Kept::open(&beside(&scene.folder, ".answers"), now).unwrap();
    kept.turn(now).unwrap().begin("one", &hash, now, log.ledger().size()).unwrap();
    let number = log.append(std::slice::from_ref(&record)).unwrap().indices[0];
    // And between the note and the log: only noted.
    let other = signed(&attest().into(), &PEOPLE[..1]);
    let other_hash = leaf::body_sha256(&[&b"/records\n"[..], &other[..]].concat()).to_string();
    kept.turn(now).unwrap().begin("two", &other_hash, now, log.ledger().size()).unwrap();
    drop((kept, log));

    let writing = Writing::over(scene);
    let size = writing.size();
    let answer = writing.post("/requests", "one", &record);
    assert_eq!((answer.status, &answer.json()["record"]), (201, &number.into()), "{}", answer.text());
    assert_eq!(writing.size(), size, "it was written once");
    let answer = writing.post("/records", "two", &other);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(writing.size() > size);
}

/// Everything that a token can say: an administrator, and one of the approvers.
fn perfect() -> Value {
    json!({
        "iss": "https://id.example", "aud": "skyshed", "sub": PEOPLE[1], "exp": 32_503_680_000u64,
        "scope": "admin approve write", "roles": ["administrator", "approver"], "email": PEOPLE[1],
    })
}

#[test]
fn a_perfect_token_approves_nothing() {
    let _turn = turn();
    let writing = Writing::new();
    let (number, hash) = writing.asked();
    let provider = Provider::new();
    let (issuer, token) = (provider.issuer(), provider.token(&perfect()));
    assert_eq!(issuer.identify(&token, 1_800_000_000).unwrap().subject, PEOPLE[1]);
    writing.server.service().set_issuer(issuer).unwrap();
    let bearer = format!("Bearer {token}");
    let send = |key: &str, record: &[u8]| {
        let headers = [JSON, ("idempotency-key", key), ("authorization", bearer.as_str())];
        post(writing.server.address(), &format!("/api/v1/requests/{number}/approvals"), &headers, record)
    };
    let before = writing.scene.files();
    let signed = approval(hash, PEOPLE[1], PEOPLE[1]);
    let leaf = leaf::parse(&signed).unwrap();
    let unsigned = leaf::write(&leaf.body, &[]).unwrap();
    let by_another = approval(hash, PEOPLE[1], PEOPLE[0]);
    for (key, record, rule) in [("a", &unsigned, "missing_signature"), ("b", &by_another, "bad_signature")] {
        let answer = send(key, record);
        assert_eq!((answer.status, &answer.json()["rule"]), (422, &rule.into()), "{}", answer.text());
    }
    assert!(writing.scene.files() == before, "a token changed the log");
    // Nor does it stand in the way of what is signed; nor is it needed.
    assert_eq!(send("c", &signed).status, 201);
    let other =
        writing.post(&format!("/requests/{number}/approvals"), "d", &approval(hash, PEOPLE[2], PEOPLE[2]));
    assert_eq!(other.status, 201, "{}", other.text());
    // A token that is not believed is said, so that nobody wonders why the rates of strangers hold.
    let headers = [JSON, ("idempotency-key", "e"), ("authorization", "Bearer x.y.z")];
    let answer = post(writing.server.address(), "/api/v1/records", &headers, &signed);
    assert_eq!((answer.status, &answer.json()["type"]), (401, &"/problems/bad-token".into()));
    assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "RFC 6750, 3");
}

fn attest() -> Attest {
    Attest {
        by: PEOPLE[0].into(),
        from: Time::parse("2026-07-01T00:00:00Z").unwrap(),
        until: Time::parse("2026-08-01T00:00:00Z").unwrap(),
        statement: "none".into(),
    }
}

#[test]
fn without_witnesses_a_record_is_kept_and_says_that_it_has_no_effect_yet() {
    let _turn = turn();
    let writing = Writing::new();
    writing.witnesses_up.store(false, Ordering::SeqCst);
    let (record, _) = writing.asks();
    let answer = writing.post("/requests", "one", &record);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let json = answer.json();
    assert_eq!(
        (&json["quorum"], json["witnesses_absent"].as_array().map(Vec::len)),
        (&false.into(), Some(2))
    );
    assert!(json["records"][0]["status"].to_string().contains("no effect yet"), "{json}");
    writing.witnesses_up.store(true, Ordering::SeqCst);
    let next = writing.post("/records", "two", &signed(&attest().into(), &PEOPLE[..1]));
    assert_eq!((next.status, &next.json()["quorum"]), (201, &true.into()), "{}", next.text());
    let again = writing.post("/requests", "one", &record);
    assert_eq!((again.status, again.text()), (202, answer.text()), "what was answered stays");
}

#[test]
fn a_service_that_only_reads_says_how_to_write() {
    let _turn = turn();
    let scene = Scene::new(&[("BE", State::On)]);
    let server = start(&scene, NOON);
    let before = scene.files();
    for path in ["requests", "records", "requests/1/approvals", "requests/1/cancellations"] {
        let headers = [JSON, ("idempotency-key", "a")];
        let response = post(server.address(), &format!("/api/v1/{path}"), &headers, b"{}");
        assert_eq!(
            (response.status, &response.json()["type"]),
            (403, &"/problems/read-only".into()),
            "{path}"
        );
        assert!(response.json()["detail"].as_str().unwrap().contains("--write"), "{}", response.text());
    }
    assert!(scene.files() == before);
    assert!(!answers(&scene).exists());
}

fn answers(scene: &Scene) -> PathBuf {
    beside(&scene.folder, ".answers")
}

#[test]
fn a_log_that_cannot_be_written_says_so_and_takes_the_write_later() {
    let _turn = turn();
    let writing = Writing::new();
    let (record, _) = writing.asks();
    // The folder of the tiles is gone while the record is appended.
    let (tile, aside) = (writing.scene.folder.join("tile"), writing.scene.folder.join("tile-aside"));
    fs::rename(&tile, &aside).unwrap();
    fs::write(&tile, b"in the way").unwrap();
    let answer = writing.post("/requests", "one", &record);
    assert_eq!(
        (answer.status, &answer.json()["type"]),
        (503, &"/problems/log-unwritable".into()),
        "{}",
        answer.text()
    );
    let metrics = get(writing.server.address(), "/metrics");
    assert!(metrics.text().contains("\nskyshed_writes_failed_total 1\n"), "{}", metrics.text());
    fs::remove_file(&tile).unwrap();
    fs::rename(&aside, &tile).unwrap();
    let again = writing.post("/requests", "one", &record);
    assert_eq!(again.status, 201, "{}", again.text());
}

#[test]
fn two_services_of_one_folder_cannot_both_write_without_a_store() {
    let _turn = turn();
    let writing = Writing::new();
    let wanted = skyshed_log::means::Wanted {
        log_key: None,
        witnesses: Vec::new(),
        store: None,
        if_held: skyshed_log::IfHeld::Refuse,
        clock: Arc::new(|| Time(0)),
        time_is_given: false,
    };
    let _lock =
        skyshed_log::WriterLock::take(&writing.scene.folder, skyshed_log::IfHeld::Refuse, Time(0)).unwrap();
    let (policy, means) = means(&writing.scene.now);
    fs::write(beside(&writing.scene.folder, ".key"), secrets(&means.keys)).unwrap();
    make_private(&beside(&writing.scene.folder, ".key"));
    let error =
        skyshed_log::means::find(&writing.scene.folder, policy, &wanted).err().expect("the lock is held");
    assert!(error.to_string().contains("another writer holds"), "{error}");
    let _ = fs::remove_file(beside(&writing.scene.folder, ".key"));
}

fn secrets(keys: &[skyshed_tlog::SigningKey]) -> String {
    keys.iter().map(|key| key.secret_text() + "\n").collect()
}

#[cfg(unix)]
fn make_private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn make_private(_: &std::path::Path) {}

#[test]
fn more_writes_than_may_wait_are_told_to_come_back_and_none_is_lost() {
    let _turn = turn();
    let writing = Writing::new();
    let address = writing.server.address();
    let at = writing.scene.now.load(Ordering::SeqCst);
    let records: Vec<Vec<u8>> = (0..90)
        .map(|n| {
            signed(
                &Attest { statement: format!("none, {n}"), until: Time(at - n), ..attest() }.into(),
                &PEOPLE[..1],
            )
        })
        .collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sent: Vec<_> = records
            .iter()
            .enumerate()
            .map(|(n, record)| {
                let key = format!("k{n}");
                scope.spawn(move || {
                    post(address, "/api/v1/records", &[JSON, ("idempotency-key", key.as_str())], record)
                        .status
                })
            })
            .collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| [201, 503].contains(status)), "{statuses:?}");
    for (n, record) in records.iter().enumerate() {
        let answer = writing.post("/records", &format!("k{n}"), record);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let repeated = answer.header("idempotency-replayed") == Some("true");
        assert_eq!(repeated, statuses[n] == 201, "each was written once, by whoever was told so");
    }
    assert!(writing.size() >= 90);
}

#[test]
fn a_desk_that_stops_finishes_what_waits() {
    let _turn = turn();
    let writing = Writing::new();
    let (record, _) = writing.asks();
    assert_eq!(writing.post("/requests", "one", &record).status, 201);
    let desk: Option<&Desk> = writing.server.service().desk();
    let desk = desk.expect("it writes");
    assert_eq!(desk.counts().accepted.load(Ordering::SeqCst), 1);
    desk.stop();
    let answer = writing.post("/requests", "two", &record);
    assert_eq!((answer.status, &answer.json()["type"]), (503, &"/problems/busy".into()));
}
