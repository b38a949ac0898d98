//! The projections: same answers from both, rebuilt from nothing, and what edits do.

mod common;

use common::TempFolder;
use common::postgres::Server;
use common::scene::{PEOPLE, Scene, approval};
use common::sim::SimFiles;
use skyshed_log::store::postgres::Postgres;
use skyshed_log::store::redb::RedbProjection;
use skyshed_log::store::{Head, Projection, Query, Row, StoreError, check, follow, verify};
use skyshed_log::{Sequencer, prove};
use skyshed_records::record::State;
use skyshed_tlog::merkle::{Tree, leaf_hash};

#[test]
fn redb_is_a_projection() {
    let folder = TempFolder::new("redb");
    check_projection(&mut RedbProjection::open(&folder.join("rows.redb")).unwrap());
    let mut again = RedbProjection::open(&folder.join("rows.redb")).unwrap();
    assert_eq!(again.find(&Query::All).unwrap().len(), 5, "kept across openings");
}

#[test]
fn postgres_is_a_projection() {
    let Some(server) = Server::start() else { return };
    check_projection(&mut Postgres::connect(&server.url(), "example.org/log").unwrap());
    let mut again = Postgres::connect(&server.url(), "example.org/log").unwrap();
    assert_eq!(again.find(&Query::All).unwrap().len(), 5, "kept across connections");
    let mut other = Postgres::connect(&server.url(), "example.org/other").unwrap();
    assert_eq!(other.find(&Query::All).unwrap(), [], "one log's rows are not another's");
}

#[test]
fn a_file_that_is_no_projection_is_refused() {
    let folder = TempFolder::new("redb-bad");
    std::fs::write(folder.join("rows.redb"), "not a database, but long enough to be read as one").unwrap();
    assert!(matches!(RedbProjection::open(&folder.join("rows.redb")), Err(StoreError::Failed { .. })));
    let unreachable = Postgres::connect("postgres://skyshed@%2Fnonexistent/postgres", "x").err().unwrap();
    assert!(unreachable.to_string().contains("PostgreSQL"), "{unreachable}");
}

#[test]
fn a_projection_follows_the_log_and_loses_nothing_when_it_is_deleted() {
    let (scene, folder) = (Scene::new(), TempFolder::new("follow"));
    let (mut log, _) = Sequencer::create(SimFiles::new(), scene.means(), &scene.genesis()).unwrap();
    let policy = scene.tlog_policy();
    let (request, hash) = scene.request("a", None, State::On);
    log.append(&[request, approval(hash, PEOPLE[1])]).unwrap();
    let checkpoint = prove(log.files(), &policy, None).unwrap().public.checkpoint;
    let mut projection = RedbProjection::open(&folder.join("rows.redb")).unwrap();
    follow(&mut projection, log.files(), &checkpoint).unwrap();
    verify(&mut projection, log.files(), &checkpoint).unwrap();

    let [number] = log.append(&[approval(hash, PEOPLE[2])]).unwrap().decisions[..] else {
        panic!("no decision")
    };
    let checkpoint = prove(log.files(), &policy, None).unwrap().public.checkpoint;
    assert!(verify(&mut projection, log.files(), &checkpoint).is_err(), "behind");
    follow(&mut projection, log.files(), &checkpoint).unwrap();
    verify(&mut projection, log.files(), &checkpoint).unwrap();
    let found = projection.find(&Query::Territory("T1".into())).unwrap();
    let kinds: Vec<_> = found.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["territory", "zone", "request", "decision"]);
    assert_eq!(found[3].index, number);
    let all = projection.find(&Query::All).unwrap();

    drop(projection);
    std::fs::remove_file(folder.join("rows.redb")).unwrap();
    let mut again = RedbProjection::open(&folder.join("rows.redb")).unwrap();
    follow(&mut again, log.files(), &checkpoint).unwrap();
    assert_eq!(again.find(&Query::All).unwrap(), all);
    // One of another history is made again.
    again.extend(&[], Head { size: 3, root: [7; 32] }).unwrap();
    follow(&mut again, log.files(), &checkpoint).unwrap();
    verify(&mut again, log.files(), &checkpoint).unwrap();
}

/// The same questions to every store.
fn check_projection(projection: &mut dyn Projection) {
    assert_eq!(projection.head().unwrap(), None);
    fill(projection, 3);
    fill(projection, 5);
    check(projection, head(5), &rows(5)).unwrap();
    let numbers = |rows: Vec<Row>| rows.iter().map(|row| row.index).collect::<Vec<_>>();
    assert_eq!(numbers(projection.find(&Query::Territory("T1".into())).unwrap()), [1, 4]);
    assert_eq!(numbers(projection.find(&Query::Kind("zone".into())).unwrap()), [0, 2, 4]);
    assert_eq!(numbers(projection.find(&Query::Territory("nowhere".into())).unwrap()), [0; 0]);

    // An edited row is found; the projection is made again from the log.
    let mut edited = rows(5);
    edited[2].territory = Some("T1".into());
    projection.extend(&edited[2..3], head(5)).unwrap();
    assert!(matches!(check(projection, head(5), &rows(5)), Err(StoreError::Edited { index: 2 })));
    projection.clear().unwrap();
    fill(projection, 5);
    check(projection, head(5), &rows(5)).unwrap();

    // A row too many.
    projection.extend(&[Row { index: 9, ..rows(1)[0].clone() }], head(5)).unwrap();
    assert!(matches!(check(projection, head(5), &rows(5)), Err(StoreError::Edited { index: 5 })));
    projection.clear().unwrap();
    fill(projection, 5);
}

fn fill(projection: &mut dyn Projection, size: u64) {
    let known = projection.head().unwrap().map_or(0, |known| known.size);
    projection.extend(&rows(size)[known as usize..], head(size)).unwrap();
}

fn rows(size: u64) -> Vec<Row> {
    let row = |index: u64| Row {
        index,
        leaf_hash: leaf_hash(&index.to_be_bytes()),
        kind: if index.is_multiple_of(2) { "zone" } else { "request" }.into(),
        territory: (index % 3 != 2).then(|| format!("T{}", index % 3)),
        signers: vec!["a@one".into(), "b@two".into()],
    };
    (0..size).map(row).collect()
}

fn head(size: u64) -> Head {
    let mut tree = Tree::new();
    rows(size).iter().for_each(|row| tree.append(row.leaf_hash));
    Head { size, root: tree.root() }
}
