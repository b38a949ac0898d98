//! Services that write, as operators run them: stopped by a signal, two at once on one PostgreSQL, one of them killed.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread;

use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf::{self, Sig, SigKind, namespace};
use skyshed_records::record::{Body, Observe, Time};
use skyshed_records::sshsig;

use crate::service::{Service, UnderWay, write};
use crate::support::{Scene, text};

#[path = "../../../skyshed-log/tests/common/postgres.rs"]
mod postgres;

const PROBE: &str = "probe@university";
/// Records that each of two services is given.
const EACH: usize = 10;
/// After so many answers one of them is killed.
const KILL_AFTER: usize = 4;

/// A folder of PostgreSQL's, removed when dropped; outside of the tests' own, which its user may not enter.
pub struct TempFolder(PathBuf);

impl TempFolder {
    fn new(name: &str) -> TempFolder {
        let path = std::env::temp_dir().join(format!("skyshed-cli-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        TempFolder(path.canonicalize().expect("it is there"))
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Says that an outside program is missing, or fails if it must not be.
fn missing(what: &str, how: &str) {
    let required = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
    assert!(!required, "{what} is required and missing: {how}");
    eprintln!("skipped: {what} is missing: {how}");
}

/// A service that writes the scene's log and plans little, at a time of the demonstration.
fn serve(scene: &Scene, flags: &[&str]) -> Service {
    fs::write(scene.folder.join("small.toml"), "[slot]\nscope = \"inhabited\"\n").expect("a configuration");
    let mut command = scene.command(&["serve", "--log", "my-log", "--write", "--config", "small.toml"]);
    command.args(["--elements", "preset:starlink-550", "--at", "2026-10-10T12:00:00Z"]).args(flags);
    Service::start(command)
}

fn scene(test: &str) -> Scene {
    let scene = Scene::demo(test);
    fs::rename(scene.log(), scene.folder.join("my-log")).expect("the log");
    scene
}

/// What a probe saw, signed; its description tells it from others.
fn observation(scene: &Scene, description: &str) -> Vec<u8> {
    let key = fs::read_to_string(scene.folder.join("my-log/keys").join(PROBE)).expect("a key");
    let key = PrivateKey::from_openssh(&key).expect("a key");
    let body: Body = Observe {
        by: PROBE.to_owned(),
        territory: "TW".to_owned(),
        from: Time::parse("2026-10-01T00:00:00Z").expect("a time"),
        until: None,
        source: "probe".to_owned(),
        served: false,
        description: description.to_owned(),
    }
    .into();
    let bytes = leaf::body_bytes(&body).expect("a body");
    let sig = sshsig::sign(&key, &namespace(body.type_name()), &bytes);
    leaf::write(&body, &[Sig { by: PROBE.to_owned(), kind: SigKind::Sshsig, sig }]).expect("a record")
}

/// Descriptions of the probe's records from a number on, by number.
fn observed(service: &Service, from: u64) -> BTreeMap<u64, String> {
    let list = service.get(&format!("/api/v1/log/entries?from={from}&limit=1000")).json();
    let items = list["items"].as_array().expect("a page").iter();
    let numbers = items.filter(|item| item["type"] == "observe").map(|item| item["number"].as_u64());
    let described = |number: u64| {
        let entry = service.get(&format!("/api/v1/log/entries/{number}")).json();
        (number, entry["body"]["description"].as_str().expect("text").to_owned())
    };
    numbers.map(|number| described(number.expect("a number"))).collect()
}

fn size(service: &Service) -> u64 {
    service.get("/api/v1/log").json()["size_read"].as_u64().expect("a size")
}

#[track_caller]
fn verify(scene: &Scene) {
    let verified = scene.command(&["log", "verify", "my-log"]).output().expect("the binary runs");
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

#[test]
#[cfg(unix)]
fn sigterm_answers_what_is_under_way_ends_streams_and_exits_with_0() {
    let scene = scene("sigterm");
    let service = serve(&scene, &["--limits-stop-timeout-s", "300", "--limits-body-timeout-s", "300"]);
    let listener = service.listen();
    let record = observation(&scene, "seen while the service stopped");
    let under_way = UnderWay::begin(&service.address, "/records", "k", &record);
    service.signal("TERM");
    service.told("stopping");
    let answer = under_way.finish();
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert!(listener.ended_whole(), "the stream of events ended, and did not break off");
    let address = service.address.clone();
    assert_eq!(service.ended().code(), Some(0));
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    verify(&scene);
    // What was answered is there; so is the answer.
    let service = serve(&scene, &[]);
    let again = write(&service.address, "/records", "k", &record).expect("an answer");
    assert_eq!((again.status, again.json()), (201, answer.json()));
    assert!(again.head.contains("idempotency-replayed: true"), "{}", again.head);
    service.signal("INT");
    assert_eq!(service.ended().code(), Some(0));
}

#[test]
fn two_services_on_one_postgresql_write_one_history_and_kill_9_of_one_loses_nothing() {
    let Some(postgresql) = postgres::Server::start() else { return };
    let scene = scene("postgresql");
    let store = ["--store", &postgresql.url()];
    let (one, other) = (serve(&scene, &store), serve(&scene, &store));
    let before = size(&other);
    let records = |name: &str| -> Vec<(String, Vec<u8>)> {
        let descriptions = (0..EACH).map(|count| format!("{name} {count}"));
        descriptions.map(|description| (description.clone(), observation(&scene, &description))).collect()
    };
    let (of_one, of_other) = (records("one"), records("other"));
    let key = |description: &str| description.replace(' ', "-");
    // Writes one after the other until an answer is missing; which got which number.
    let write_all = |address: &str, records: &[(String, Vec<u8>)], told: &dyn Fn()| {
        let mut acknowledged = BTreeMap::new();
        for (description, record) in records {
            let Ok(answer) = write(address, "/records", &key(description), record) else { break };
            assert_eq!(answer.status, 201, "{description}: {}", answer.body);
            let number = answer.json()["record"].as_u64().expect("a number");
            acknowledged.insert(number, description.clone());
            told();
        }
        acknowledged
    };
    let (mut acknowledged, more) = thread::scope(|scope| {
        let (tell, told) = channel();
        let (address, records) = (one.address.clone(), &of_one);
        let writing = scope.spawn(move || {
            // Who counts has gone when the service is killed.
            write_all(&address, records, &|| tell.send(()).unwrap_or_default())
        });
        let beside = scope.spawn(|| write_all(&other.address, &of_other, &|| ()));
        (0..KILL_AFTER).for_each(|_| told.recv().expect("an answer"));
        one.kill();
        (writing.join().expect("it ends"), beside.join().expect("it ends"))
    });
    assert!(acknowledged.len() >= KILL_AFTER, "{acknowledged:?}");
    assert_eq!(more.len(), EACH, "{more:?}");
    acknowledged.extend(more);

    // Whoever had no answer asks the other one; whoever had one gets it again there.
    for (description, record) in of_one.iter().chain(&of_other) {
        let answer = write(&other.address, "/records", &key(description), record).expect("an answer");
        assert_eq!(answer.status, 201, "{description}: {}", answer.body);
        let number = answer.json()["record"].as_u64().expect("a number");
        match acknowledged.get(&number) {
            Some(known) => assert_eq!(known, description),
            None => assert!(acknowledged.insert(number, description.clone()).is_none()),
        }
    }
    assert_eq!(acknowledged.len(), 2 * EACH, "each is in the log once: {acknowledged:?}");
    assert_eq!(observed(&other, before), acknowledged, "one history, and nothing else in it");

    // One that was killed keeps nobody waiting: started again it takes its turn.
    let one = serve(&scene, &store);
    let last = observation(&scene, "last");
    assert_eq!(write(&one.address, "/records", "last", &last).expect("an answer").status, 201);
    let answer = write(&other.address, "/records", "last", &last).expect("an answer");
    assert!(answer.head.contains("idempotency-replayed: true"), "{}", answer.head);
    drop((one, other));
    verify(&scene);
}
