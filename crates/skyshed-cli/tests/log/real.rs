//! A log that is no demonstration: its own key, its first policy, a witness over HTTP.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use skyshed_records::keys::PrivateKey;
use skyshed_tlog::witness::Request;
use skyshed_tlog::{Algorithm, Note, SigningKey};

use crate::support::*;

const ASKS: &str = "both@operator";
const OTHER: &str = "other@regulator";

/// A witness that cosigns whatever it is shown, with the time of its own clock.
struct Witness {
    address: String,
    key: String,
    dead: Arc<AtomicBool>,
    time: Arc<AtomicU64>,
}

impl Witness {
    fn start() -> Witness {
        let key = SigningKey::from_seed("witness.example", Algorithm::CosignatureEd25519, &[5; 32]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let witness = Witness {
            address: format!("http://{}", listener.local_addr().unwrap()),
            key: key.verifier().to_string(),
            dead: Arc::default(),
            time: Arc::new(AtomicU64::new(now)),
        };
        let (dead, time) = (witness.dead.clone(), witness.time.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let time = time.load(Ordering::SeqCst);
                serve(stream, &key, (!dead.load(Ordering::SeqCst)).then_some(time));
            }
        });
        witness
    }
}

/// One call of add-checkpoint.
fn serve(mut stream: TcpStream, key: &SigningKey, time: Option<u64>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request = Request::parse(std::str::from_utf8(&body).unwrap().as_bytes()).unwrap();
    let note = Note::parse(request.checkpoint.as_bytes()).unwrap();
    let (status, answer) = match time {
        Some(time) => ("200 OK", format!("{}\n", key.sign(&note.text, time).unwrap())),
        None => ("503 Service Unavailable", String::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
    stream.write_all((head + &answer).as_bytes()).unwrap();
}

/// A log with a policy by which one person may ask and approve, but not both for one request.
fn made(test: &str) -> (Scene, Witness) {
    let (scene, witness) = (Scene::empty(test), Witness::start());
    for (id, seed) in [(ASKS, 1), (OTHER, 2)] {
        let path = scene.folder.join(id);
        fs::write(&path, PrivateKey::from_seed([seed; 32]).to_openssh(id)).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let principal = |seed: u8, organisation: &str, roles: &str| {
        let public = PrivateKey::from_seed([seed; 32]).public().to_string();
        format!(
            "{{\"organisation\":\"{organisation}\",\"roles\":[{roles}],\"keys\":[{{\"public\":\"{public}\"}}]}}"
        )
    };
    let policy = format!(
        "{{\"version\":1,\"principals\":{{\"{ASKS}\":{},\"{OTHER}\":{}}},\
         \"rule\":{{\"quorum\":{{\"persons\":1,\"organisations\":1}},\"wait_s\":36000,\"review_ttl_s\":86400,\"expiry_max_s\":864000,\
         \"review_max_s\":8640000}},\"rules_by_territory\":{{}},\"rotation\":{{\"persons\":2,\"organisations\":2}}}}",
        principal(1, "operator", "\"requester\",\"approver\""),
        principal(2, "regulator", "\"approver\",\"canceller\""),
    );
    fs::write(scene.folder.join("policy.json"), policy).unwrap();
    let lines = format!("witness w {} {}\nquorum w\n", witness.key, witness.address);
    fs::write(scene.folder.join("witnesses.txt"), lines).unwrap();
    (scene, witness)
}

const INIT: [&str; 9] = [
    "log",
    "init",
    "log",
    "--origin",
    "skyshed.example/service-control",
    "--policy",
    "policy.json",
    "--witnesses",
    "witnesses.txt",
];

fn init(scene: &Scene, more: &[&str]) -> std::process::Output {
    let (one, other) = (format!("{ASKS}={ASKS}"), format!("{OTHER}={OTHER}"));
    let signed = ["--sign", &one, "--sign", &other];
    scene.command(&[&INIT[..], &signed, more].concat()).output().unwrap()
}

#[test]
fn a_real_log_begins_with_its_policy_and_goes_by_its_witness() {
    let (scene, witness) = made("real");
    let made = init(&scene, &[]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(scene.folder.join("log.key").exists(), "the key is beside the folder, which is public");
    assert!(!files(&scene.log()).keys().any(|path| path.to_string_lossy().contains("key")));
    assert!(scene.answer(&["log", "state"]).contains("version 1"));
    scene.refused(&["log", "append", "--clock", "2026-10-10"], 1, &["--clock is for demonstration logs"]);

    let territory = "{\"id\":\"X-1\",\"name\":\"One\",\"labels\":{},\"kind\":\"custom\",\"claims\":[]}";
    let zone = format!(
        "{{\"territory\":\"X-1\",\"cells_sha256\":\"{0}\",\"cell_count\":1,\"resolution\":5,\"cover_rule\":\"centroid\",\"guard_km\":0,\
         \"source\":\"a list\",\"source_sha256\":\"{0}\"}}",
        "11".repeat(32)
    );
    for (name, body) in [("territory", territory), ("zone", &zone)] {
        let file = format!("{name}.json");
        fs::write(scene.folder.join(&file), body).unwrap();
        scene.answer(&["log", "sign", &file, "--type", name, "--key", ASKS]);
    }
    scene.answer(&["log", "append", "territory.record.json", "zone.record.json"]);

    let review = day(witness.time.load(Ordering::SeqCst) + 30 * 86_400);
    scene.answer(&[
        "request",
        "new",
        "X-1",
        "--to",
        "on",
        "--reason-code",
        "licensed",
        "--reason",
        "a licence",
        "--review-by",
        &review,
    ]);
    scene.answer(&["request", "sign", "--key", ASKS]);
    let submitted = scene.json(&["request", "submit"]);
    let number = submitted["records"][0]["number"].to_string();
    scene.refused(&["approve", &number, "--key", ASKS], 3, &["asked for request", "cannot approve it"]);

    // Without its witness the log takes the approval, says that it has no effect, and can be asked again.
    witness.dead.store(true, Ordering::SeqCst);
    let approve = scene.run(&["approve", &number, "--key", OTHER]);
    assert_eq!(approve.status.code(), Some(5), "{}", text(&approve.stderr));
    assert!(text(&approve.stderr).contains("the witness quorum is missing"), "{}", text(&approve.stderr));
    assert_eq!(scene.json(&["log", "state"])["requests_open"][0]["status"], "in_review");
    witness.dead.store(false, Ordering::SeqCst);
    scene.answer(&["log", "append"]);
    assert_eq!(scene.json(&["log", "state"])["requests_open"][0]["status"], "waiting");
    assert_eq!(scene.json(&["log", "verify"])["verified"], true);
    two_histories_are_evidence(&scene);
}

/// The same key signs another history: a copy from before, to which something else is appended.
fn two_histories_are_evidence(scene: &Scene) {
    let output = std::process::Command::new("cp")
        .args(["-r", "log", "other"])
        .current_dir(&scene.folder)
        .output()
        .unwrap();
    assert!(output.status.success());
    let attest = |log: &str, statement: &str| {
        let arguments = [
            "attest",
            "--from",
            "2026-01-01",
            "--until",
            "2026-02-01",
            "--statement",
            statement,
            "--key",
            OTHER,
            "--log",
            log,
            "--log-key",
            "log.key",
        ];
        let output = scene.command(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    attest("log", "none");
    let same = scene.answer(&["log", "equivocation", "log", "other"]);
    assert!(same.contains("one history"), "{same}");
    attest("other", "none at all");
    let found = scene.run(&["log", "equivocation", "log", "other", "-o", "fork.json"]);
    assert_eq!(found.status.code(), Some(4), "{}", text(&found.stderr));
    assert!(text(&found.stdout).contains("has two histories"));
    let told = scene.json(&["log", "evidence", "fork.json"]);
    assert_eq!(told["fork"], true);
    let evidence = fs::read_to_string(scene.folder.join("fork.json")).unwrap();
    fs::write(scene.folder.join("fork.json"), evidence.replacen("service-control", "service-contro1", 1))
        .unwrap();
    scene.refused(&["log", "evidence", "fork.json"], 4, &["first checkpoint"]);
}

fn day(unix_s: u64) -> String {
    skyshed_records::record::Time(unix_s as i64).to_string()[..10].to_owned()
}

#[test]
fn a_log_that_cannot_begin_leaves_nothing_behind() {
    let (scene, _witness) = made("begin");
    let unsigned = scene.command(&INIT).output().unwrap();
    let message = text(&unsigned.stderr);
    assert_eq!(unsigned.status.code(), Some(3), "{message}");
    assert!(
        message.contains("signed by too few: needs 2 persons")
            || message.contains("needs 2 distinct persons"),
        "{message}"
    );
    assert!(!scene.log().exists(), "nothing is left");

    fs::create_dir(scene.log()).unwrap();
    fs::write(scene.log().join("file"), "mine").unwrap();
    let full = init(&scene, &[]);
    assert_eq!(full.status.code(), Some(1));
    assert!(text(&full.stderr).contains("is not empty"), "{}", text(&full.stderr));
    assert_eq!(fs::read(scene.log().join("file")).unwrap(), b"mine");
    fs::remove_dir_all(scene.log()).unwrap();

    fs::write(scene.folder.join("witnesses.txt"), "quorum nobody\n").unwrap();
    let nobody = init(&scene, &[]);
    assert_eq!(nobody.status.code(), Some(4), "{}", text(&nobody.stderr));
    assert!(text(&nobody.stderr).contains("--witnesses witnesses.txt"), "{}", text(&nobody.stderr));
    assert!(!scene.log().exists(), "nothing is left");
}
