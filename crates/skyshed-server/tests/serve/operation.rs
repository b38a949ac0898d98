//! What an operator sees: readiness with its reasons, slots counted in the answers, ids of requests, newer elements, the end.

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::channel;

use serde_json::Value;
use skyshed::orbit::{Constellation, Ut1Table};
use skyshed::plan::Scenario;
use skyshed_server::clock::Clock;
use skyshed_server::health::Thresholds;
use skyshed_server::{Occasion, Renew, ServeOptions, Server};

use super::client::{get, request};
use super::{SHARED, START, WORLD, anywhere, epoch, start, turn};

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|doubt| doubt["code"].as_str().unwrap()).collect()
}

#[test]
fn readiness_is_lost_with_slots_and_found_again() {
    let _turn = turn();
    let options = ServeOptions {
        listen: anywhere(),
        thresholds: Thresholds { slots_lost_max: 4, ..Thresholds::default() },
        ..ServeOptions::default()
    };
    let server =
        Server::start_with(WORLD.clone(), None, Clock::by_hand(epoch(START)), options, None).unwrap();
    let ready = || get(server.address(), "/readyz");
    let first = ready();
    assert_eq!((first.status, &first.json()["status"]), (200, &"ready".into()));
    assert_eq!((codes(&first.json()["reasons"]), codes(&first.json()["doubts"])), (vec![], vec![]));
    // Five slots go by.
    server.service().clock.set(epoch("2026-08-22T21:01:42Z"));
    server.service().wait_for_slot(epoch("2026-08-22T21:01:42Z"));
    let lost = ready();
    assert_eq!((lost.status, &lost.json()["status"]), (503, &"not_ready".into()));
    assert_eq!(codes(&lost.json()["reasons"]), ["slots_lost"]);
    assert_eq!(
        (&lost.json()["reasons"][0]["found"], &lost.json()["reasons"][0]["allowed"]),
        (&5.0.into(), &4.0.into())
    );
    // The process lives, and answers.
    assert_eq!(get(server.address(), "/healthz").status, 200);
    let slot = get(server.address(), "/api/v1/slot").json();
    assert_eq!((&slot["service"]["slots_missed"], &slot["service"]["slots_planned"]), (&5.into(), &2.into()));
    assert_eq!((&slot["service"]["late"], &slot["time"]), (&false.into(), &"2026-08-22T21:01:42Z".into()));
    let metrics = get(server.address(), "/metrics");
    assert!(metrics.text().contains("\nskyshed_ready 0\n"), "{}", metrics.text());
}

#[test]
fn requests_have_ids_and_are_timed() {
    let shared = |path: &str| get(SHARED.address(), path);
    let ids = ["/api/v1/slot", "/nowhere", "/healthz"]
        .map(|path| shared(path).header("x-request-id").unwrap().to_owned());
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids.iter().all(|id| id.len() >= 10), "{ids:?}");
    // A stranger's id is not taken over.
    let named = request(SHARED.address(), "GET", "/healthz", &[("x-request-id", "mine")]);
    assert_ne!(named.header("x-request-id"), Some("mine"));
    let metrics = shared("/metrics");
    let counted = "skyshed_http_request_duration_seconds_count{path=\"/api/v1/slot\"}";
    assert!(metrics.text().contains(counted), "{}", metrics.text());
    assert!(metrics.text().contains("skyshed_http_requests_total{path=\"other\",status=\"404\"}"));
}

#[test]
fn newer_elements_are_taken_at_the_edge_of_a_slot_and_bad_ones_never() {
    let _turn = turn();
    let (tell, told) = channel();
    // First it finds newer ones, then it fails, then it finds some that no slot can be planned from.
    let mut times = 0;
    let renew: Renew = Box::new(move |world, occasion| {
        times += 1;
        tell.send(occasion).unwrap();
        let other = match times {
            1 => Constellation::preset("kuiper-630").unwrap(),
            2 => anyhow::bail!("the publisher is away"),
            _ => {
                // Vanguard 1 in 2000: far too old for the clock of this test.
                let elements = "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n\
                                2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667\n";
                let load = skyshed::orbit::read_elements(elements.as_bytes()).unwrap();
                Constellation::from_elements("vanguard", &load)
            }
        };
        let renewed =
            world.with_elements(other, Ut1Table::builtin(), &Scenario::default(), format!("renewal {times}"));
        Ok(Some(renewed?))
    });
    let options = ServeOptions { listen: anywhere(), ..ServeOptions::default() };
    let clock = Clock::by_hand(epoch(START));
    let server = Server::start_with(WORLD.clone(), None, clock, options, Some(renew)).unwrap();
    let source =
        || get(server.address(), "/api/v1/slot").json()["elements"]["source"].as_str().unwrap().to_owned();
    let ask = |now: &str, done: &dyn Fn() -> bool| {
        server.renew();
        assert_eq!(told.recv().unwrap(), Occasion::Asked);
        // What was found is handed over just after.
        while !done() {
            std::thread::yield_now();
        }
        let before = source();
        server.service().clock.set(epoch(now));
        server.service().wait_for_slot(epoch(now));
        (before, source())
    };
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
    let metrics = &server.service().metrics;
    let found = ask("2026-08-22T21:00:27Z", &|| count(&metrics.refreshes) == 1);
    assert_eq!(found, ("preset:starlink-550".into(), "renewal 1".into()));
    assert_eq!(server.service().world().constellation.name(), "kuiper-630");
    let failed = ask("2026-08-22T21:00:42Z", &|| count(&metrics.refreshes_failed) == 1);
    assert_eq!(failed, ("renewal 1".into(), "renewal 1".into()));
    let doubts = get(server.address(), "/readyz").json();
    assert_eq!((codes(&doubts["doubts"]), codes(&doubts["reasons"])), (vec!["refresh_failed"], vec![]));
    let useless = ask("2026-08-22T21:00:57Z", &|| count(&metrics.refreshes) == 2);
    assert_eq!(useless, ("renewal 1".into(), "renewal 1".into()));
    let done = server.service().current().done;
    assert_eq!((done.slots_planned, done.slots_failed, done.slots_missed), (4, 0, 0));
}

#[test]
fn a_stopping_service_is_not_ready_and_finishes_what_it_began() {
    let _turn = turn();
    let server = start(START);
    let signal = server.service().stop_signal();
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.write_all(b"GET /api/v1/slot HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    // Once the server has the request, it answers it, whatever comes between.
    let mut first = [0; 1];
    std::io::Read::read_exact(&mut slow, &mut first).unwrap();
    assert!(!*signal.borrow());
    server.service().stop();
    assert!(*signal.borrow() && !server.service().readiness().is_ready());
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut slow, &mut rest).unwrap();
    assert!(rest.starts_with(b"TTP/1.1 200 OK"));
    server.stop();
}
