//! A service that obeys a log: a real one, in a folder, with signatures and witnesses.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use skyshed::control::{Class, Policy as WhatIf, resolve};
use skyshed::ground::{CELL_COUNT, Cell, Ground};
use skyshed::log::seconds;
use skyshed::orbit::{Constellation, Ut1Table};
use skyshed::plan::{Config, Scenario, Scope};
use skyshed::{Provenance, World, WorldParts};
use skyshed_log::{Alone, Cosigner, Disk, Keeper, LocalWitness, Means, Sequencer};
use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf::{self, Sig, SigKind, namespace};
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_server::clock::Clock;
use skyshed_server::enforcer::{EnforceError, Enforcer};
use skyshed_server::{ServeOptions, Server};
use skyshed_tlog::{Algorithm, SigningKey};

use crate::client::get;
use crate::{anywhere, epoch, turn};

const ORIGIN: &str = "example.org/service-control";
pub const PEOPLE: [&str; 3] = ["desk@operator", "one@regulator", "two@university"];
/// The log begins a day before the slots that are planned.
const DAY_BEFORE: &str = "2026-08-21T21:00:00Z";
pub const NOON: &str = "2026-08-22T21:00:12Z";
const WAIT_S: i64 = 30;

/// A log in a folder of its own, and everybody who writes to it.
pub struct Scene {
    pub folder: PathBuf,
    policy: String,
    pub now: Arc<AtomicI64>,
    log: Sequencer<Disk>,
}

impl Scene {
    /// With a decision on each of these territories, in force for a day.
    pub fn new(decided: &[(&str, State)]) -> Scene {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("skyshed-enforce-{}-{count}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let now = Arc::new(AtomicI64::new(seconds(epoch(DAY_BEFORE)).0));
        let (policy, means) = means(&now);
        let mut leaves = vec![signed(&people().into(), &PEOPLE[1..])];
        for id in ["BE", "FR", "XZ"] {
            leaves.push(signed(&territory(id).into(), &PEOPLE[..1]));
            leaves.push(signed(&zone(id).into(), &PEOPLE[..1]));
        }
        let disk = Disk::create(&folder).unwrap().scratch();
        let (log, _) = Sequencer::create(disk, means, &leaves).unwrap();
        let mut scene = Scene { folder, policy, now, log };
        for (id, state) in decided {
            scene.decide(id, state.clone());
        }
        scene
    }

    /// Asks and approves; the decision's number. It takes effect [`WAIT_S`] later.
    pub fn decide(&mut self, id: &str, to: State) -> u64 {
        let hash = self.ask(id, to);
        let approvals = [approval(PEOPLE[1], hash), approval(PEOPLE[2], hash)];
        self.log.append(&approvals).unwrap().decisions[0]
    }

    /// Asks; the hash that approvals name.
    fn ask(&mut self, id: &str, to: State) -> Digest {
        let at = Time(self.now.fetch_add(1, Ordering::SeqCst));
        let from = self.log.ledger().at(at).standing(id, "consumer").decision.map(|known| known.number);
        let request: Body = request(id, to, from, at).into();
        self.log.append(&[signed(&request, &PEOPLE[..1])]).unwrap();
        leaf::body_sha256(&leaf::body_bytes(&request).unwrap())
    }

    /// Records in the log.
    pub fn size(&self) -> u64 {
        self.log.ledger().size()
    }

    fn enforcer(&self, ground: &Ground) -> Enforcer {
        let policy = skyshed_tlog::policy::Policy::parse(self.policy.as_bytes()).unwrap();
        let files = Disk::read_only(&self.folder).unwrap();
        Enforcer::new(files, Keeper::new(policy, u64::MAX), ground)
    }

    /// Every file of the log, with its bytes.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path)
                } else {
                    found.push((path.clone(), fs::read(&path).unwrap()))
                }
            }
        }
        found.sort();
        found
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        for ending in [".answers", ".answers.lock", ".lock"] {
            let _ = fs::remove_file(skyshed_log::means::beside(&self.folder, ending));
        }
    }
}

/// One log key, two witnesses that both must sign.
pub fn means(now: &Arc<AtomicI64>) -> (String, Means) {
    let key = SigningKey::from_seed(ORIGIN, Algorithm::Ed25519, &[9; 32]).unwrap();
    let mut policy = format!("log {}\n", key.verifier());
    let mut cosigners: Vec<Box<dyn Cosigner>> = Vec::new();
    for seed in [1u8, 2] {
        let name = format!("witness{seed}.example.org");
        let own = SigningKey::from_seed(&name, Algorithm::CosignatureEd25519, &[seed; 32]).unwrap();
        policy += &format!("witness w{seed} {}\n", own.verifier());
        let clock = now.clone();
        let time = Box::new(move || clock.load(Ordering::SeqCst));
        cosigners.push(Box::new(LocalWitness::new(vec![own], key.verifier().clone(), time)));
    }
    policy += "group both 2 w1 w2\nquorum both\n";
    let clock = now.clone();
    let means = Means {
        keys: vec![key],
        policy: policy.clone(),
        cosigners,
        clock: Box::new(move || Time(clock.load(Ordering::SeqCst))),
        turns: Box::new(Alone(None)),
    };
    (policy, means)
}

fn key_of(id: &str) -> PrivateKey {
    let place = PEOPLE.iter().position(|known| *known == id).unwrap();
    PrivateKey::from_seed([place as u8 + 1; 32])
}

pub fn signed(body: &Body, by: &[&str]) -> Vec<u8> {
    let bytes = leaf::body_bytes(body).unwrap();
    let sign = |id: &&str| Sig {
        by: (*id).to_owned(),
        kind: SigKind::Sshsig,
        sig: sshsig::sign(&key_of(id), &namespace(body.type_name()), &bytes),
    };
    leaf::write(body, &by.iter().map(sign).collect::<Vec<_>>()).unwrap()
}

fn approval(by: &str, request: Digest) -> Vec<u8> {
    let body = Approval {
        requests: vec![request],
        verdict: Verdict::Approve,
        approver: by.to_owned(),
        statement: "seen".to_owned(),
    };
    signed(&body.into(), &[by])
}

fn people() -> Policy {
    let principal = |id: &&str| {
        let roles =
            if *id == PEOPLE[0] { vec![Role::Requester, Role::Observer] } else { vec![Role::Approver] };
        let public = key_of(id).public().to_string();
        let key = Key { public, valid_after: None, valid_before: None, pin_required: false };
        let organisation = id.split_once('@').unwrap().1.to_owned();
        ((*id).to_owned(), Principal { organisation, roles, keys: vec![key] })
    };
    let quorum = Quorum { persons: 2, organisations: 2 };
    let year_s = 366 * 24 * 3_600;
    Policy {
        version: 1,
        prev: None,
        principals: PEOPLE.iter().map(principal).collect(),
        rule: Rule {
            quorum,
            wait_s: WAIT_S as u64,
            review_ttl_s: year_s,
            expiry_max_s: year_s,
            review_max_s: year_s,
            emergency: None,
        },
        rules_by_territory: BTreeMap::new(),
        rotation: quorum,
        recovery: None,
    }
}

fn territory(id: &str) -> Territory {
    Territory {
        id: id.to_owned(),
        name: id.to_owned(),
        labels: BTreeMap::new(),
        kind: TerritoryKind::Country,
        claims: Vec::new(),
        parent: None,
    }
}

fn zone(id: &str) -> Zone {
    let ground = &crate::WORLD.ground;
    let of_map = ground.territory_at(ground.find_territory(id).unwrap());
    Zone {
        territory: id.to_owned(),
        cells_sha256: Digest(of_map.cells_sha256),
        cell_count: u64::from(of_map.cell_count),
        resolution: 5,
        cover_rule: CoverRule::Centroid,
        guard_km: 0,
        source: "the shipped map".to_owned(),
        source_sha256: Digest(ground.dataset.sha256),
        prev: None,
    }
}

pub fn request(id: &str, to: State, from: Option<u64>, at: Time) -> Request {
    let mut classes = Class::ALL.map(|class| class.name().to_owned());
    classes.sort();
    Request {
        territory: id.to_owned(),
        zone: zone(id).cells_sha256,
        classes: classes.into(),
        from,
        to,
        reason_code: ReasonCode::CourtOrder,
        reason_text: "a court said so".to_owned(),
        legal_basis: None,
        requester: PEOPLE[0].to_owned(),
        on_behalf_of: "operator".to_owned(),
        contacts: Vec::new(),
        preview_sha256: None,
        not_before: None,
        expires: None,
        review_by: Time(at.0 + 30 * 86_400),
        emergency: false,
        nonce: at.to_string(),
    }
}

/// A world of land in which nobody has decided anything.
fn bare() -> World {
    let ground = Ground::clone(&crate::WORLD.ground);
    let nothing = WhatIf { name: "nothing".into(), description: String::new(), decisions: vec![] };
    let mut config = Config::default();
    config.slot.scope = Scope::Land;
    let parts = WorldParts {
        constellation: Constellation::preset("starlink-550").unwrap(),
        ut1: Ut1Table::builtin(),
        activation: resolve(&nothing, &ground).unwrap(),
        ground,
        config,
        scenario: Scenario::default(),
        provenance: Provenance::default(),
    };
    World::new(parts).unwrap()
}

fn enforced(enforcer: &mut Enforcer, world: World, at: &str) -> World {
    let changed = enforcer.enforce(&world, epoch(at), epoch(at)).unwrap();
    changed.unwrap_or(world)
}

fn cell(world: &World, place: &str) -> Cell {
    world.ground.find_place(place).unwrap().cell
}

/// A service under the log, on a clock that stands.
pub fn start(scene: &Scene, at: &str) -> Server {
    let bare = bare();
    let mut enforcer = scene.enforcer(&bare.ground);
    let world = enforced(&mut enforcer, bare, at);
    let mut options = ServeOptions { listen: anywhere(), ..ServeOptions::default() };
    // Every writer of a test is at the same address.
    options.limits.writes_per_s = 0;
    // A busy machine is no reason to give up a write that is made nevertheless.
    options.limits.request_timeout = Duration::from_secs(600);
    let clock = Clock::by_hand(epoch(at));
    Server::start_with(Arc::new(world), Some(enforcer), clock, options, None).unwrap()
}

fn advance(server: &Server, slot: &str) {
    server.service().clock.set(epoch(slot));
    server.service().wait_for_slot(epoch(slot));
}

fn brussels(server: &Server) -> Value {
    get(server.address(), "/api/v1/why?place=Brussels,+BE").json()["activation"].clone()
}

#[test]
fn decisions_take_effect_at_their_slot_without_a_restart() {
    let _turn = turn();
    let mut scene = Scene::new(&[("BE", State::On)]);
    let server = start(&scene, NOON);
    let before = brussels(&server);
    assert_eq!((&before["state"], &before["what_if"]), (&"on".into(), &Value::Null));

    // Decided in this slot, in force after half a minute: at the next slot but one.
    scene.now.store(seconds(epoch(NOON)).0, Ordering::SeqCst);
    let number = scene.decide("BE", State::Off);
    advance(&server, "2026-08-22T21:00:27Z");
    assert_eq!(brussels(&server)["state"], "on");
    advance(&server, "2026-08-22T21:00:57Z");
    let after = brussels(&server);
    assert_eq!((&after["state"], &after["decision"]["number"]), (&"off".into(), &number.into()));
    let logged = &after["decision"]["logged"];
    assert_eq!(logged["approvers"], serde_json::json!(PEOPLE[1..]));
    assert_eq!((&logged["requester"], &logged["reason_code"]), (&PEOPLE[0].into(), &"court_order".into()));
    assert_eq!(after["denial"]["dish_code"], 6);

    let log = get(server.address(), "/api/v1/log").json();
    assert_eq!((&log["what_if"], &log["log"]["origin"]), (&Value::Null, &ORIGIN.into()));
    assert_eq!((&log["log"]["witnesses"], &log["log"]["stale"]), (&2.into(), &false.into()));
    assert_eq!(log["log"]["size"], scene.log.ledger().size());
}

#[test]
fn a_doubt_keeps_the_last_proven_state_and_says_stale_everywhere() {
    let _turn = turn();
    let mut scene = Scene::new(&[("BE", State::On)]);
    let server = start(&scene, NOON);
    let checkpoint = scene.folder.join("checkpoint");
    scene.now.store(seconds(epoch(NOON)).0, Ordering::SeqCst);
    scene.decide("BE", State::Off);
    let good = fs::read(&checkpoint).unwrap();
    fs::write(&checkpoint, String::from_utf8(good.clone()).unwrap().replace(ORIGIN, "example.org/other"))
        .unwrap();
    advance(&server, "2026-08-22T21:00:57Z");
    let stale = brussels(&server);
    assert_eq!((&stale["state"], &stale["log"]["stale"]), (&"on".into(), &true.into()));
    assert!(stale["log"]["doubt"].as_str().unwrap().contains("checkpoint is not the log's"), "{stale}");
    let health = get(server.address(), "/healthz");
    assert_eq!((health.status, &health.json()["status"]), (200, &"stale".into()));
    assert!(get(server.address(), "/metrics").text().contains("\nskyshed_log_stale 1\n"));

    fs::write(&checkpoint, good).unwrap();
    advance(&server, "2026-08-22T21:01:12Z");
    assert_eq!(brussels(&server)["state"], "off");
    assert_eq!(get(server.address(), "/healthz").json()["status"], "ok");
    assert!(get(server.address(), "/metrics").text().contains("\nskyshed_log_stale 0\n"));
}

/// Attacker: whoever can write to the log's folder. Stopped: by proof.
#[test]
fn whatever_is_changed_in_the_folder_nothing_unproven_is_obeyed() {
    let _turn = turn();
    let mut scene = Scene::new(&[("BE", State::On)]);
    let bare = bare();
    let mut first = scene.enforcer(&bare.ground);
    let world = enforced(&mut first, bare, NOON);
    let (open, closed) = (cell(&world, "Brussels, BE"), cell(&world, "Paris, FR"));
    let before = scene.files();
    scene.now.fetch_add(2 * WAIT_S, Ordering::SeqCst);
    scene.decide("BE", State::Off);
    let after = scene.files();

    let mut refused = 0;
    for (path, bytes) in &after {
        let name = path.strip_prefix(&scene.folder).unwrap();
        // These say nothing that counts: proofs and names for others, and the policy, which is given from outside.
        if ["proof", "allowed_signers", "policy.txt"].iter().any(|aside| name.starts_with(aside)) {
            continue;
        }
        let read = read(name, scene.log.ledger().size());
        let records = name.starts_with("tile/entries") && read.is_none();
        let flips = if records || read == Some(true) { 9 } else { 1 };
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(flips)) {
            // From an earlier state, in which BE was on, to one that is damaged.
            restore(&before, &after);
            let mut enforcer = scene.enforcer(&world.ground);
            let kept = enforcer.enforce(&world, epoch(NOON), epoch(NOON)).unwrap();
            let kept = kept.as_ref().unwrap_or(&world);
            restore(&after, &before);
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(path, damaged).unwrap();
            let later = epoch("2026-08-22T21:00:27Z");
            let now = enforcer.enforce(kept, later, later).unwrap().expect("its status at least changes");
            let log = now.log.as_ref().unwrap();
            // Every change of what is read is noticed. One in a cosignature takes a witness away and no more: the records
            // still lead to the root that the log and the other witness signed, and carry both witnesses' words about
            // themselves. So they hold, and the missing quorum is said. After any other change the old state stays.
            let noticed = read.is_none_or(|all| all == log.status.stale);
            assert!(noticed, "{name:?}, byte {at}: {:?}", log.status);
            let records_hold = log.status.doubt.iter().all(|doubt| doubt.contains("quorum is missing"));
            assert_eq!(now.activation.active(open), !records_hold, "{name:?}, byte {at}: {:?}", log.status);
            assert!(!now.activation.active(closed));
            // Who has proven nothing yet reads every record.
            let fresh = scene.enforcer(&world.ground).enforce(&world, later, later);
            assert!(!records || fresh.is_err(), "{name:?}, byte {at}");
            refused += usize::from(!records_hold);
        }
    }
    assert!(refused > 7, "{refused} refused");
}

#[test]
fn nothing_is_obeyed_that_was_never_proven() {
    let _turn = turn();
    let scene = Scene::new(&[("BE", State::On)]);
    let bare = bare();
    let strangers = scene.policy.replace("witness1", "witness7");
    let policy = skyshed_tlog::policy::Policy::parse(strangers.as_bytes());
    // A witness key under another name has another key id, so its policy cannot even be read.
    assert!(policy.is_err());
    fs::write(scene.folder.join("checkpoint"), "no checkpoint").unwrap();
    let error = scene.enforcer(&bare.ground).enforce(&bare, epoch(NOON), epoch(NOON)).err().unwrap();
    assert!(matches!(&error, EnforceError::NothingProven(_)), "{error}");
}

#[test]
fn no_beam_serves_what_the_ledger_does_not_permit() {
    let _turn = turn();
    let scene = Scene::new(&[("BE", State::EmergencyOnly), ("FR", State::Individual), ("XZ", State::Off)]);
    let mut enforcer = scene.enforcer(&crate::WORLD.ground);
    let world = enforced(&mut enforcer, bare(), NOON);
    let slot = world.slot(epoch(NOON), None).unwrap();
    let view = scene.log.ledger().at(seconds(epoch(NOON)));
    let ground = &world.ground;
    let mut served = 0;
    for cell in (0..CELL_COUNT as u32).map(Cell) {
        let ids =
            ground.lineage(ground.territory_of(cell)).map(|index| ground.territory_at(index).id.as_str());
        let decided: Vec<State> = ids
            .filter_map(|id| view.standing(id, "emergency").decision)
            .map(|decision| decision.request.to.clone())
            .collect();
        let may = !decided.is_empty() && !decided.contains(&State::Off);
        assert_eq!(world.activation.permits(cell, Class::Emergency), may, "{cell}");
        if slot.plan.satellite(cell).is_some() {
            assert!(may, "{cell} is served");
            served += 1;
        }
    }
    assert!(served > 300, "{served} served");
}

#[test]
fn a_clock_that_is_wrong_is_said_and_the_witnesses_time_counts() {
    let _turn = turn();
    let scene = Scene::new(&[("BE", State::On)]);
    let early = "2026-08-21T20:00:12Z";
    let mut enforcer = scene.enforcer(&crate::WORLD.ground);
    let world = enforced(&mut enforcer, bare(), early);
    let warnings = &world.log.as_ref().unwrap().status.warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("behind the newest witnessed time"), "{warnings:?}");
    // A time that is asked for is no clock: then nothing had been decided yet.
    let mut enforcer = scene.enforcer(&crate::WORLD.ground).at_a_given_time();
    let world = enforced(&mut enforcer, bare(), early);
    assert_eq!(world.log.as_ref().unwrap().status.warnings, Vec::<String>::new());
    assert!(!world.activation.active(cell(&world, "Brussels, BE")));
}

#[test]
fn the_logs_files_are_served_and_nothing_else() {
    let _turn = turn();
    let scene = Scene::new(&[("BE", State::On)]);
    fs::create_dir_all(scene.folder.join("keys")).unwrap();
    fs::write(scene.folder.join("keys/log"), "secret").unwrap();
    fs::write(scene.folder.join("tile/secret.tmp"), "secret").unwrap();
    let server = start(&scene, NOON);
    let file = |name: &str| get(server.address(), &format!("/log/{name}"));
    for name in ["checkpoint", "policy.txt", "allowed_signers"] {
        let bytes = fs::read_to_string(scene.folder.join(name)).unwrap();
        assert_eq!((file(name).status, file(name).text()), (200, bytes.as_str()), "{name}");
    }
    for name in [
        "keys/log",
        "../checkpoint",
        "tile/../keys/log",
        "tile/%2e%2e/keys/log",
        "tile//../keys/log",
        "%2fetc%2fpasswd",
        "",
        "tile",
        "tile/9/999",
    ] {
        assert_eq!(file(name).status, 404, "{name}");
    }
    let health = get(server.address(), "/healthz").json();
    assert_eq!(health["what_if"], Value::Null);
}

/// Puts files as they were, and removes those that were not there.
fn restore(to: &[(PathBuf, Vec<u8>)], from: &[(PathBuf, Vec<u8>)]) {
    for (path, _) in from.iter().filter(|(path, _)| !to.iter().any(|(known, _)| known == path)) {
        let _ = fs::remove_file(path);
    }
    to.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
}

/// Whether an enforcer that has proven an earlier state reads all of a file: the checkpoint; none of the tiles of smaller
/// sizes. Of the records and hashes of this size it reads what is new to it, and what a proof needs: `None`.
fn read(name: &Path, size: u64) -> Option<bool> {
    match name.starts_with("tile") {
        false => Some(true),
        true if name.ends_with(size.to_string()) => None,
        true => Some(false),
    }
}

#[test]
fn requests_territories_and_records_are_the_logs() {
    let _turn = turn();
    let mut scene = Scene::new(&[("BE", State::On)]);
    let server = start(&scene, NOON);
    let read = |path: &str| {
        let response = get(server.address(), path);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response
    };
    let json = |path: &str| read(path).json();
    let on = json("/api/v1/territories/BE")["decided"][0].clone();
    let first = json("/api/v1/requests");
    assert_eq!((&first["total"], &first["items"][0]["status"]), (&1.into(), &"effective".into()));
    let tag = read("/api/v1/requests").header("etag").map(str::to_owned);

    // Asked, seen by an observer, and approved by one of the two that it takes: readers see it without waiting for a slot.
    scene.now.store(seconds(epoch(NOON)).0, Ordering::SeqCst);
    let hash = scene.ask("BE", State::Off);
    let seen: Body = Observe {
        by: PEOPLE[0].to_owned(),
        territory: "BE".to_owned(),
        from: seconds(epoch(DAY_BEFORE)),
        until: None,
        source: "probe".to_owned(),
        served: true,
        description: "pages load".to_owned(),
    }
    .into();
    scene.log.append(&[signed(&seen, &PEOPLE[..1]), approval(PEOPLE[1], hash)]).unwrap();
    server.service().log_changed();
    let pending = json("/api/v1/requests?state=in_review");
    let asked = &pending["items"][0];
    assert_eq!((&pending["total"], &asked["request_sha256"]), (&1.into(), &hash.to_string().into()));
    assert_ne!(read("/api/v1/requests").header("etag").map(str::to_owned), tag);
    let number = asked["request"].as_u64().unwrap();
    let detail = json(&format!("/api/v1/requests/{number}"));
    for (key, value) in asked.as_object().unwrap() {
        assert_eq!(detail[key], *value, "{key}");
    }
    let needed = &detail["needed"];
    assert_eq!((&needed["persons"], &needed["persons_missing"]), (&2.into(), &1.into()));
    assert_eq!(
        (&needed["organisations_missing"], &needed["may_approve"]),
        (&1.into(), &serde_json::json!([PEOPLE[2]]))
    );
    assert_eq!(detail["approvals"][0]["approver"], PEOPLE[1]);
    assert_eq!(detail["body"]["requester"], PEOPLE[0]);

    let belgium = json("/api/v1/territories/BE");
    assert_eq!((&belgium["decided"][0], &belgium["pending"][0]["request"]), (&on, &number.into()));
    let signed_by = on["signed_by"].as_array().unwrap().iter().map(|one| one["approver"].as_str().unwrap());
    assert_eq!(signed_by.collect::<Vec<_>>(), PEOPLE[1..]);
    assert_eq!(on["zone_sha256"], belgium["zone"]["cells_sha256"]);
    assert_eq!(belgium["zone"]["log_cells_sha256"], belgium["zone"]["cells_sha256"]);
    assert!(read(on["proof"].as_str().unwrap()).text().starts_with("c2sp.org/tlog-proof"));
    assert_eq!(
        (&belgium["observed"][0]["served"], &belgium["observed"][0]["source"]),
        (&true.into(), &"probe".into())
    );
    assert_eq!(belgium["history"].as_array().unwrap().len(), Class::ALL.len());
    assert_eq!((&belgium["enforced"]["state"], &belgium["state"]), (&"on".into(), &"on".into()));

    scene.log.append(&[approval(PEOPLE[2], hash)]).unwrap();
    server.service().log_changed();
    let waits = json(&format!("/api/v1/requests/{number}"));
    assert_eq!((&waits["status"], &waits["needed"]), (&"waiting".into(), &Value::Null));
    assert!(waits["in_words"].as_str().unwrap().contains("waiting until"), "{waits}");

    let size = scene.log.ledger().size();
    assert_eq!(json("/api/v1/log")["size_read"], size);
    let all = json("/api/v1/log/entries?limit=1000");
    assert_eq!((&all["total"], all["items"].as_array().unwrap().len() as u64), (&size.into(), size));
    let some = json(&format!("/api/v1/log/entries?from={number}&limit=1"));
    assert_eq!(some["items"][0], all["items"][number as usize]);
    let more = json(&format!("/api/v1/log/entries?cursor={}&limit=1", some["next"].as_str().unwrap()));
    assert_eq!(more["items"][0]["number"], number + 1);
    let entry = json(&format!("/api/v1/log/entries/{number}"));
    assert_eq!((&entry["type"], &entry["body_sha256"]), (&"request".into(), &hash.to_string().into()));
    assert_eq!((&entry["signatures"][0]["by"], &entry["flags"]), (&PEOPLE[0].into(), &serde_json::json!([])));
    assert_eq!(entry["body"], detail["body"]);
    for path in ["/api/v1/requests/0", "/api/v1/requests/x", "/api/v1/log/entries/9999"] {
        assert_eq!(get(server.address(), path).json()["type"], "/problems/unknown-record", "{path}");
    }

    // What is asked for can be previewed by its number.
    let by_number = json(&format!("/api/v1/preview?request={number}"));
    assert_eq!(by_number["changes"], json("/api/v1/preview?change=BE=off")["changes"]);
}
