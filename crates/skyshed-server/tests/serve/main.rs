//! The server in one process, over real HTTP, on a clock that the tests move.

mod callers;
mod client;
mod events;
mod killed;
mod limits;
mod lines;
mod lists;
mod log;
mod network;
mod operation;
mod oracle;
mod reading;
mod writes;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use client::{Response, get, raw, request};
use flate2::read::GzDecoder;
use serde_json::Value;
use skyshed::control::{ILLUSTRATIVE_POLICY, Policy, resolve};
use skyshed::ground::{Ground, cell_at};
use skyshed::orbit::{Constellation, Epoch, Ut1Table, read_elements};
use skyshed::plan::{Cause, Config, Scenario};
use skyshed::{Command, Provenance, World, WorldParts};
use skyshed_server::clock::Clock;
use skyshed_server::{ServeOptions, Server};

const START: &str = "2026-08-22T21:00:20Z";

/// Building a world takes a second, so the tests share one.
static WORLD: LazyLock<Arc<World>> =
    LazyLock::new(|| world(Constellation::preset("starlink-550").unwrap(), "preset:starlink-550"));

fn world(constellation: Constellation, elements: &str) -> Arc<World> {
    world_with_scenario(constellation, elements, Scenario::default())
}

fn world_with_scenario(constellation: Constellation, elements: &str, scenario: Scenario) -> Arc<World> {
    let ground = Ground::embedded();
    let policy = Policy::parse(ILLUSTRATIVE_POLICY).unwrap();
    let parts = WorldParts {
        constellation,
        ut1: Ut1Table::builtin(),
        activation: resolve(&policy, &ground).unwrap(),
        ground,
        config: Config::default(),
        scenario,
        provenance: Provenance {
            elements: elements.into(),
            ground: "embedded".into(),
            policy: "illustrative".into(),
            scenario: String::new(),
        },
    };
    Arc::new(World::new(parts).unwrap())
}

/// One server for the tests that only read.
static SHARED: LazyLock<Server> = LazyLock::new(|| start(START));

/// Tests that move clocks take turns: each holds a planet or two in memory.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn epoch(text: &str) -> Epoch {
    Epoch::parse(text).unwrap()
}

fn anywhere() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn start(at: &str) -> Server {
    let mut options = ServeOptions { listen: anywhere(), ..ServeOptions::default() };
    // Every client of a test is at the same address.
    options.limits.connections_per_client = options.limits.connections;
    Server::start_with(WORLD.clone(), None, Clock::by_hand(epoch(at)), options, None).unwrap()
}

fn shared(path: &str) -> Response {
    get(SHARED.address(), path)
}

fn check_problem(path: &str, status: u16, kind: &str, parts: &[&str]) -> Value {
    let response = shared(path);
    assert_eq!(response.status, status, "{path}: {}", response.text());
    assert_eq!(response.header("content-type"), Some("application/problem+json"), "{path}");
    let problem = response.json();
    assert_eq!(problem["type"], format!("/problems/{kind}"), "{path}");
    assert_eq!(problem["status"], status, "{path}");
    assert!(!problem["title"].as_str().unwrap().is_empty());
    let detail = problem["detail"].as_str().unwrap();
    for part in parts {
        assert!(detail.contains(part), "{path}: {detail:?} does not say {part:?}");
    }
    problem
}

#[test]
fn answers_are_the_outcomes_of_commands() {
    let current = SHARED.service().current();
    let check = |path: &str, command: Command| {
        let expected = serde_json::to_value(skyshed::run(&WORLD, &current.slot, &command).unwrap()).unwrap();
        let response = shared(path);
        assert_eq!(
            (response.status, response.header("content-type")),
            (200, Some("application/json")),
            "{path}"
        );
        assert_eq!(response.json(), expected, "{path}");
    };
    check("/api/v1/coverage", Command::Coverage { territory: None, by: None });
    check("/api/v1/coverage?territory=UA", Command::Coverage { territory: Some("UA".into()), by: None });
    let by = Some(skyshed::CoverageBy::Country);
    check("/api/v1/coverage?by=country", Command::Coverage { territory: None, by });
    check("/api/v1/why?place=Taipei", Command::Why { place: "Taipei".into() });
    check("/api/v1/why?place=50.67,4.61", Command::Why { place: "50.67,4.61".into() });
    check("/api/v1/why?place=S%C3%A3o+Paulo", Command::Why { place: "São Paulo".into() });
    check("/api/v1/why?place=85283473fffffff", Command::Why { place: "85283473fffffff".into() });
    // Twice: the second answer is the kept one.
    check("/api/v1/coverage", Command::Coverage { territory: None, by: None });
    // Of a slot it says too how the service did with it.
    let mut slot = shared("/api/v1/slot").json();
    let service = slot.as_object_mut().unwrap().remove("service").unwrap();
    assert_eq!((&service["slots_planned"], &service["late"]), (&1.into(), &false.into()));
    let outcome = skyshed::run(&WORLD, &current.slot, &Command::Slot).unwrap();
    assert_eq!(slot, serde_json::to_value(outcome).unwrap());
}

#[test]
fn what_does_not_exist_is_a_problem_that_says_what_to_do() {
    check_problem("/api/v1/why?place=91,0", 400, "bad-value", &["91", "-90 to 90"]);
    check_problem("/api/v1/why?place=0,361", 400, "bad-value", &["361"]);
    check_problem("/api/v1/why?place=ffffffffffffffff", 404, "unknown-place", &["ffffffffffffffff"]);
    check_problem("/api/v1/why", 400, "bad-query", &["no place", "?place="]);
    check_problem("/api/v1/why?place=", 400, "bad-query", &["no place"]);
    check_problem("/api/v1/why?place=Taipei&when=now", 400, "bad-query", &["`when`", "allowed: place, at"]);
    check_problem("/api/v1/why?place=a&place=b", 400, "bad-query", &["twice"]);
    check_problem("/api/v1/why?place=%FF", 400, "bad-query", &["UTF-8"]);
    check_problem(
        &format!("/api/v1/why?place={}", "x".repeat(1100)),
        400,
        "bad-query",
        &["1106 bytes", "1024"],
    );
    check_problem(&format!("/api/v1/why?place={}", "x".repeat(900)), 400, "bad-value", &["900 bytes"]);
    check_problem("/api/v1/slot?time=now", 400, "bad-query", &["takes none"]);
    check_problem("/api/v1/coverage?by=region", 400, "bad-value", &["`region`", "allowed: country"]);
    check_problem("/api/v1/coverage?territory=UA&by=country", 400, "bad-value", &["UA", "not both"]);
    check_problem("/api/v1/cells/raster?layer=people", 400, "bad-value", &["cause, territory"]);
    check_problem("/api/v2/slot", 404, "unknown-path", &["/api/v2/slot", "/api/v1/slot"]);
    check_problem("/problems/none", 404, "unknown-path", &["/problems/none"]);
    let unknown = check_problem("/api/v1/why?place=Taipej", 404, "unknown-place", &["Taipej"]);
    assert!(unknown["candidates"].to_string().contains("Taipei"), "{unknown}");
    let ambiguous = check_problem("/api/v1/why?place=Springfield", 409, "ambiguous-name", &["could be"]);
    let candidates = ambiguous["candidates"].as_array().unwrap();
    assert!(candidates.len() > 1);
    for candidate in candidates {
        let place: String = candidate.as_str().unwrap().bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(shared(&format!("/api/v1/why?place={place}")).status, 200, "{candidate} can be asked for");
    }
    check_problem("/api/v1/coverage?territory=Nowhere", 404, "unknown-territory", &["Nowhere"]);
}

#[test]
fn every_problem_type_can_be_looked_up() {
    for kind in skyshed_server::problem::Kind::ALL {
        let response = shared(&format!("/problems/{}", kind.name()));
        assert_eq!(response.status, 200);
        assert!(response.text().contains(kind.title()));
    }
}

#[test]
fn methods_other_than_get_and_head_are_refused() {
    let head = request(SHARED.address(), "HEAD", "/api/v1/slot", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(&*shared("/api/v1/slot").body.len().to_string()));
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let refused = request(SHARED.address(), method, "/api/v1/slot", &[]);
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{method}");
        assert_eq!(refused.json()["type"], "/problems/method-not-allowed");
    }
}

#[test]
fn what_is_no_http_harms_nobody() {
    for bytes in [&b"\x00\xff\x16\x03\x01\r\n\r\n"[..], b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"] {
        assert!(raw(SHARED.address(), bytes).is_none_or(|response| response.status >= 400));
    }
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    assert!(raw(SHARED.address(), long.as_bytes()).is_none_or(|response| response.status == 431));
    assert_eq!(shared("/healthz").status, 200);
}

#[test]
fn bodies_are_compressed_for_those_who_ask_and_not_sent_twice() {
    let path = "/api/v1/coverage?by=country";
    let plain = shared(path);
    assert_eq!(plain.header("content-encoding"), None);
    let small = request(SHARED.address(), "GET", path, &[("accept-encoding", "gzip")]);
    assert_eq!(
        (small.header("content-encoding"), small.header("vary")),
        (Some("gzip"), Some("accept-encoding"))
    );
    let mut unpacked = Vec::new();
    GzDecoder::new(&small.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    assert!(small.body.len() * 4 < plain.body.len());
    let tag = plain.header("etag").unwrap();
    let held = request(SHARED.address(), "GET", path, &[("if-none-match", tag)]);
    assert_eq!((held.status, held.body.len()), (304, 0));
}

#[test]
fn the_rasters_say_what_the_plan_says() {
    let (causes, territories) =
        (shared("/api/v1/cells/raster"), shared("/api/v1/cells/raster?layer=territory"));
    assert_eq!(causes.header("skyshed-raster-size"), Some("2048x1024"));
    let names: Vec<&str> = causes.header("skyshed-raster-causes").unwrap().split(',').collect();
    assert_eq!(names, Cause::ALL.map(Cause::name));
    assert_eq!((causes.body.len(), territories.body.len()), (2048 * 1024, 2 * 2048 * 1024));
    let list = shared("/api/v1/cells/raster/territories").json();
    let current = SHARED.service().current();
    for at in (0..causes.body.len()).step_by(9973) {
        let (row, column) = (at / 2048, at % 2048);
        let pixel_deg = 360.0 / 2048.0;
        let latitude_deg = 90.0 - (row as f64 + 0.5) * pixel_deg;
        let cell = cell_at(latitude_deg, (column as f64 + 0.5) * pixel_deg - 180.0).unwrap();
        assert_eq!(names[usize::from(causes.body[at])], current.slot.plan.cause(cell).name());
        let number = u16::from_le_bytes([territories.body[2 * at], territories.body[2 * at + 1]]);
        let territory = WORLD.ground.territory_at(WORLD.ground.territory_of(cell));
        assert_eq!(list[usize::from(number)]["id"], territory.id);
        assert_eq!(list[usize::from(number)]["name"], territory.name);
    }
}

#[test]
fn the_page_asks_for_nothing_from_elsewhere() {
    let page = shared("/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
    for file in skyshed_server::page::FILES {
        let response = shared(file.path);
        assert_eq!((response.status, response.header("x-content-type-options")), (200, Some("nosniff")));
        if response.header("content-type").unwrap().starts_with("application/wasm") {
            continue;
        }
        let text = response.text();
        // Names of XML namespaces, which nobody fetches.
        let text = text.replace("http://www.w3.org/", "");
        assert!(!text.contains("http://") && !text.contains("https://"), "{} names another host", file.path);
    }
    let own = page.text();
    let own = own.split('"').filter(|part| part.starts_with('/')).map(str::to_owned).collect::<Vec<_>>();
    assert!(own.len() >= 3, "scripts and styles are the page's own: {own:?}");
    for path in own {
        assert_eq!(shared(&path).status, 200, "the page asks for {path}");
    }
}

#[test]
fn each_slot_is_planned_as_it_begins_and_none_is_skipped_in_silence() {
    let _turn = turn();
    let server = start("2026-08-22T21:00:20Z");
    let health = || get(server.address(), "/healthz");
    let move_to = |now: &str, slot: &str| {
        server.service().clock.set(epoch(now));
        server.service().wait_for_slot(epoch(slot));
        let health = health();
        assert_eq!((health.status, &health.json()["slot_time"]), (200, &slot.into()), "at {now}");
        assert_eq!(get(server.address(), "/api/v1/slot").json()["time"], slot);
        health.json()
    };
    let first = health().json();
    assert_eq!(
        (&first["slot_time"], &first["next_slot_time"]),
        (&"2026-08-22T21:00:12Z".into(), &"2026-08-22T21:00:27Z".into())
    );
    assert_eq!((&first["slots_planned"], &first["elements_age_s"]), (&1.into(), &Value::Null));
    let tag = get(server.address(), "/api/v1/slot").header("etag").map(str::to_owned);

    let next = move_to("2026-08-22T21:00:27Z", "2026-08-22T21:00:27Z");
    assert_eq!(
        (&next["slots_planned"], &next["slots_late"], &next["slots_missed"]),
        (&2.into(), &0.into(), &0.into())
    );
    assert_ne!(get(server.address(), "/api/v1/slot").header("etag").map(str::to_owned), tag);

    // The same choices as planning by hand with the slot before: hysteresis is passed on.
    let before = WORLD.slot(epoch("2026-08-22T21:00:12Z"), None).unwrap();
    let after = WORLD.slot(epoch("2026-08-22T21:00:27Z"), Some(&before)).unwrap();
    assert!(server.service().current().slot.plan == after.plan);

    // 21:00:42 and 21:00:57 go by while the machine sleeps; the plan of 21:01:12 is ready 9 s late.
    let late = move_to("2026-08-22T21:01:21Z", "2026-08-22T21:01:12Z");
    assert_eq!(
        (&late["slots_planned"], &late["slots_late"], &late["slots_missed"]),
        (&3.into(), &1.into(), &2.into())
    );

    // The machine's clock is set back by a minute: planned anew, nothing is missed.
    server.service().clock.set(epoch("2026-08-22T21:00:13Z"));
    server.service().wait_for_slot(epoch("2026-08-22T21:00:12Z"));
    let back = health().json();
    assert_eq!((&back["slot_time"], &back["slots_missed"]), (&"2026-08-22T21:00:12Z".into(), &2.into()));
    let metrics = get(server.address(), "/metrics");
    assert!(metrics.text().contains("\nskyshed_slots_planned_total 4\n"), "{}", metrics.text());
    assert!(metrics.text().contains("\nskyshed_slots_missed_total 2\n"));
}

#[test]
fn where_a_plan_fails_the_last_one_stays_and_says_how_old_it_is() {
    // Vanguard 1, the first case of the SGP4 verification set (AIAA 2006-6753).
    let elements = "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n\
                    2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667\n";
    let load = read_elements(elements.as_bytes()).unwrap();
    let world = world(Constellation::from_elements("vanguard", &load), "vanguard.tle");
    let _turn = turn();
    let clock = Clock::by_hand(epoch("2000-06-28T00:00:00Z"));
    let server = Server::start(world, anywhere(), clock).unwrap();
    let first = get(server.address(), "/healthz");
    assert_eq!((first.status, &first.json()["elements_age_s"]), (200, &18580.0.into()));
    assert!(get(server.address(), "/metrics").text().contains("\nskyshed_elements_age_seconds 18580\n"));

    server.service().clock.set(epoch("2000-08-20T00:00:00Z"));
    server.service().wait_for_slot(epoch("2000-08-19T23:59:57Z"));
    let health = get(server.address(), "/healthz");
    let read = health.json();
    assert_eq!((health.status, &read["status"], &read["slots_failed"]), (200, &"behind".into(), &1.into()));
    // It lives, and a new start would not help; but nobody should be sent here.
    let ready = get(server.address(), "/readyz");
    assert_eq!((ready.status, &ready.json()["reasons"][0]["code"]), (503, &"elements_age".into()));
    assert_eq!(ready.json()["reasons"][1]["code"], "slots_behind");
    assert_eq!(read["slot_time"], "2000-06-27T23:59:57Z");
    for path in [
        "/api/v1/slot",
        "/api/v1/route?from=Nairobi&to=city:London",
        "/api/v1/route?from=Nairobi&to=city:London&lasers_only=true",
    ] {
        assert_eq!(get(server.address(), path).json()["time"], "2000-06-27T23:59:57Z", "{path}");
    }
}

#[test]
fn requests_beyond_the_limit_are_told_to_come_back() {
    let _turn = turn();
    let server = start(START);
    let room = server.service().room.try_acquire_many(server.service().limits.requests).unwrap();
    let refused = get(server.address(), "/api/v1/slot");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(refused.json()["type"], "/problems/busy");
    assert_eq!(get(server.address(), "/healthz").status, 200);
    drop(room);
    assert_eq!(get(server.address(), "/api/v1/slot").status, 200);
}

#[test]
fn a_stopping_server_waits_for_no_idle_connection_and_frees_its_address() {
    let _turn = turn();
    let server = start(START);
    let address = server.address();
    let mut idle = TcpStream::connect(address).unwrap();
    idle.write_all(format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = [0; 15];
    idle.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    let began = Instant::now();
    server.stop();
    assert!(began.elapsed() < Duration::from_secs(4), "stopping took {:?}", began.elapsed());
    drop(TcpListener::bind(address).expect("the address is free again"));
}

#[test]
fn an_address_in_use_is_told_with_what_to_do() {
    let taken = TcpListener::bind(anywhere()).unwrap();
    let address = taken.local_addr().unwrap();
    let Err(error) = Server::start(WORLD.clone(), address, Clock::by_hand(epoch(START))) else {
        panic!("two listen on {address}");
    };
    let message = format!("{error:#}");
    assert!(message.contains(&address.to_string()) && message.contains("--listen"), "{message}");
}
