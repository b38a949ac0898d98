//! Several servers, one folder, PostgreSQL in between: one history, nothing lost.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::TempFolder;
use common::postgres::Server;
use common::scene::{ORIGIN, PEOPLE, START, Scene, log_key, signed};
use common::witness::HttpServer;
use skyshed_log::store::postgres::Postgres;
use skyshed_log::store::{Head, Projection, Query, StoreError, follow, verify};
use skyshed_log::{AppendError, Cosigner, Disk, HttpWitness, Means, Sequencer, prove};
use skyshed_records::record::{Attest, Time};
use skyshed_tlog::audit::audit;
use skyshed_tlog::policy::Policy;
use skyshed_tlog::{Algorithm, SigningKey};

/// Records that each server appends, one by one.
const EACH: usize = 12;

#[test]
fn two_servers_append_at_once_and_there_is_one_history() {
    if let Ok(role) = std::env::var("SKYSHED_LOG_TEST_SERVER") {
        return serve(&role);
    }
    let Some(server) = Server::start() else { return };
    let folder = TempFolder::new("servers");
    let (witness, policy) = witness();
    let log = folder.join("log");
    let disk = Disk::create(&log).unwrap();
    let turns = Postgres::connect(&server.url(), ORIGIN).unwrap();
    let (_, begun) = Sequencer::create(disk, means(&policy, turns), &Scene::new().genesis()).unwrap();
    assert!(begun.quorum);

    let servers: Vec<_> = ["a", "b"].map(|name| start(name, &log, &server.url(), &policy)).into();
    let mut acknowledged = Vec::new();
    for server in servers {
        let out = server.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "{said}\n{}", String::from_utf8_lossy(&out.stderr));
        acknowledged.extend(said.lines().filter_map(acknowledgement));
    }
    assert_eq!(acknowledged.len(), 2 * EACH);

    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let disk = Disk::read_only(&log).unwrap();
    let mut entries = Vec::new();
    let report =
        audit(&disk, &policy, |_, entry| entries.push(String::from_utf8_lossy(entry).into_owned())).unwrap();
    assert!(report.witnessed.quorum && report.listed && report.pending.is_none());
    for (index, statement) in &acknowledged {
        assert!(entries[*index].contains(statement.as_str()), "{index}: {statement}");
        let times = entries.iter().filter(|entry| entry.contains(&format!("{statement:?}"))).count();
        assert_eq!(times, 1, "{statement}");
    }
    let proven = prove(&disk, &policy, None).unwrap();
    let view = proven.ledger.at(proven.ledger.time());
    assert_eq!(view.attests().len(), 2 * EACH);
    assert!(view.flags().is_empty(), "{:?}", view.flags());
    assert_eq!(witness.forks(), 0);
    assert!(witness.conflicts() > 0, "each server was told at least once that the other was there");

    // The projection of both, from nothing.
    let mut projection = Postgres::connect(&server.url(), ORIGIN).unwrap();
    follow(&mut projection, &disk, &proven.public.checkpoint).unwrap();
    verify(&mut projection, &disk, &proven.public.checkpoint).unwrap();
    assert_eq!(projection.find(&Query::Kind("attest".into())).unwrap().len(), 2 * EACH);
}

#[test]
fn a_folder_that_is_behind_the_store_or_another_one_is_not_written() {
    let Some(server) = Server::start() else { return };
    let folder = TempFolder::new("behind");
    let (_, policy) = witness();
    let connect = || Postgres::connect(&server.url(), ORIGIN).unwrap();
    let disk = Disk::create(&folder.join("log")).unwrap();
    let (mut log, _) = Sequencer::create(disk, means(&policy, connect()), &Scene::new().genesis()).unwrap();
    copy_folder(&folder.join("log"), &folder.join("old"));
    log.append(&[attest("now")]).unwrap();

    let old = Disk::open(&folder.join("old")).unwrap();
    let mut behind = Sequencer::open(old, means(&policy, connect())).unwrap();
    let error = behind.append(&[attest("then")]).unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::FolderBehind { .. })), "{error}");

    // A server whose turn was taken from it does not publish.
    let (mut one, mut other) = (connect(), connect());
    let known = one.take_turn().unwrap();
    one.abandon();
    assert_eq!(other.take_turn().unwrap(), known);
    let next = Head { size: known.size + 1, root: [1; 32] };
    let stale = Head { size: known.size - 1, root: known.root };
    assert!(matches!(other.advance(stale, next), Err(StoreError::TurnLost { .. })));
    other.abandon();
    log.append(&[attest("later")]).unwrap();
}

/// What a server's process does.
fn serve(name: &str) {
    let of = |key: &str| std::env::var(key).unwrap();
    let turns = Postgres::connect(&of("STORE"), ORIGIN).unwrap();
    let disk = Disk::open(Path::new(&of("LOG"))).unwrap();
    let mut log = Sequencer::open(disk, means(&of("POLICY"), turns)).unwrap();
    for count in 0..EACH {
        let statement = format!("{name} {count}");
        let out = log.append(&[attest(&statement)]).unwrap();
        println!("\nappended {} {statement}", out.indices[0]);
    }
}

fn acknowledgement(line: &str) -> Option<(usize, String)> {
    let (index, statement) = line.strip_prefix("appended ")?.split_once(' ')?;
    Some((index.parse().ok()?, statement.to_owned()))
}

fn start(name: &str, log: &Path, store: &str, policy: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "two_servers_append_at_once_and_there_is_one_history", "--nocapture"])
        .env("SKYSHED_LOG_TEST_SERVER", name)
        .env("LOG", log)
        .env("STORE", store)
        .env("POLICY", policy)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A witness over HTTP with a key of each sort, and the policy that names it.
fn witness() -> (HttpServer, String) {
    let key = |name: &str, algorithm| SigningKey::from_seed(name, algorithm, &[7; 32]).unwrap();
    let keys = vec![
        key("w.example", Algorithm::CosignatureEd25519),
        key("w.example/2", Algorithm::CosignatureMlDsa44),
    ];
    let verifiers: Vec<_> = keys.iter().map(|key| key.verifier().clone()).collect();
    let server = HttpServer::start(keys, log_key().verifier().clone(), START);
    let policy = format!(
        "log {}\nwitness one {} {url}\nwitness two {} {url}\ngroup both all one two\nquorum both\n",
        log_key().verifier(),
        verifiers[0],
        verifiers[1],
        url = server.url,
    );
    (server, policy)
}

fn means(policy: &str, turns: Postgres) -> Means {
    let witnesses = HttpWitness::of_policy(&Policy::parse(policy.as_bytes()).unwrap());
    Means {
        keys: vec![log_key()],
        policy: policy.into(),
        cosigners: witnesses.into_iter().map(|one| Box::new(one) as Box<dyn Cosigner>).collect(),
        clock: Box::new(|| Time(START)),
        turns: Box::new(turns),
    }
}

fn attest(statement: &str) -> Vec<u8> {
    let by = PEOPLE[1];
    let body =
        Attest { by: by.into(), from: Time(START - 10), until: Time(START), statement: statement.into() };
    signed(&body.into(), &[by])
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}
