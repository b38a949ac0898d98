//! The network between: routes, where satellites stand, what links carry, and faults, over HTTP.

use serde_json::{Value, json};
use skyshed::Command;
use skyshed::RouteMode;
use skyshed::orbit::Constellation;
use skyshed::orbit::frames::geodetic_to_itrf_m;
use skyshed::plan::Scenario;
use skyshed_server::Server;
use skyshed_server::clock::Clock;

use crate::client::get;
use crate::{SHARED, START, WORLD, anywhere, check_problem, epoch, shared, start, turn, world_with_scenario};

/// An island far from every gateway.
const REMOTE: &str = "Majuro";

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn distance_km(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt() / 1e3
}

fn itrf_m(point: &Value) -> [f64; 3] {
    let degrees = |key: &str| point[key].as_f64().unwrap();
    let altitude_km = point["altitude_km"].as_f64().unwrap_or(0.0);
    geodetic_to_itrf_m(degrees("latitude_deg"), degrees("longitude_deg"), altitude_km * 1e3)
}

#[test]
fn a_route_is_the_outcome_of_the_command_at_the_start_of_the_slot_served() {
    let current = SHARED.service().current();
    for (from, to, lasers_only) in [
        ("Nairobi", "city:London", ""),
        ("pop:Frankfurt", "Taipei", "&lasers_only=false"),
        ("Nairobi", "city:London", "&lasers_only=true"),
        ("50.67,4.61", "Taipei", "&lasers_only=true"),
    ] {
        let mode =
            if lasers_only.ends_with("true") { RouteMode::LasersOnly } else { RouteMode::GroundSegment };
        let command = Command::Route { from: from.into(), to: to.into(), mode };
        let expected = serde_json::to_value(skyshed::run(&WORLD, &current.slot, &command).unwrap()).unwrap();
        let path = format!("/api/v1/route?from={}&to={}{lasers_only}", encoded(from), encoded(to));
        let response = shared(&path);
        assert_eq!(
            (response.status, response.header("content-type")),
            (200, Some("application/json")),
            "{path}"
        );
        let route = response.json();
        assert_eq!(route, expected, "{path}");
        assert_eq!(
            (&route["time"], &route["mode"]),
            (&shared("/api/v1/slot").json()["time"], &json!(mode.name()))
        );
        assert_eq!(route["steps"].as_array().unwrap().len(), 1, "one instant");
    }
}

#[test]
fn a_route_to_the_point_of_presence_is_the_way_that_why_tells() {
    let why = shared(&format!("/api/v1/why?place={REMOTE}")).json();
    // A plan counts from the middle of a cell, a route from the place itself: from the middle, both are one.
    let cell = why["cell"].as_str().unwrap();
    let why = shared(&format!("/api/v1/why?place={cell}")).json();
    let way = &why["path"];
    assert!(way["satellites"].as_array().unwrap().len() > 1, "{REMOTE} is served over lasers: {why:#}");
    let pop = encoded(&format!("pop:{}", way["pop"]["name"].as_str().unwrap()));
    let route = shared(&format!("/api/v1/route?from={cell}&to={pop}")).json();
    let names = |hops: &Value| -> Vec<Value> {
        hops.as_array().unwrap().iter().map(|hop| json!([hop["from"], hop["to"], hop["kind"]])).collect()
    };
    assert_eq!(names(&route["paths"][0]["hops"]), names(&way["hops"]));
    let (told_ms, routed_ms) =
        (why["rtt_ms"].as_f64().unwrap(), route["steps"][0]["rtt_ms"].as_f64().unwrap());
    assert!((told_ms - routed_ms).abs() < 0.005, "{told_ms} {routed_ms}");
}

#[test]
fn ends_that_do_not_exist_are_problems_that_say_which_and_what_to_ask_for() {
    check_problem("/api/v1/route", 400, "bad-query", &["`from` is not given", "gateway:NAME"]);
    check_problem("/api/v1/route?from=Nairobi", 400, "bad-query", &["`to` is not given"]);
    check_problem("/api/v1/route?from=+&to=Nairobi", 400, "bad-query", &["`from` is not given"]);
    check_problem(
        "/api/v1/route?from=Nairobi&to=Taipei&for=2h",
        400,
        "bad-query",
        &["`for`", "allowed: from, to, lasers_only"],
    );
    check_problem(
        "/api/v1/route?from=Nairobi&to=Taipei&lasers_only=yes",
        400,
        "bad-value",
        &["`yes`", "true, false"],
    );
    check_problem("/api/v1/route?from=91,0&to=Taipei", 400, "bad-value", &["cannot begin at", "-90 to 90"]);
    check_problem("/api/v1/route?from=Taipei&to=NaN,0", 400, "bad-value", &["cannot lead to", "NaN,0"]);
    check_problem(
        "/api/v1/route?from=Taipei&to=gateway:Atlantis",
        404,
        "unknown-site",
        &["cannot lead to", "no gateway `Atlantis`"],
    );
    check_problem("/api/v1/route?from=pop:Atlantis&to=Taipei", 404, "unknown-site", &["cannot begin at"]);
    check_problem("/api/v1/route?from=moon:Taipei&to=Taipei", 404, "unknown-place", &["moon:Taipei"]);
}

#[test]
fn what_is_offered_instead_of_an_end_can_be_asked_for() {
    for (given, status, kind) in [
        ("Springfield", 409, "ambiguous-name"),
        ("city:Springfield", 409, "ambiguous-name"),
        ("city:Taipej", 404, "unknown-place"),
    ] {
        let problem = check_problem(
            &format!("/api/v1/route?from=Taipei&to={given}"),
            status,
            kind,
            &["cannot lead to"],
        );
        let candidates = problem["candidates"].as_array().unwrap();
        assert!(!candidates.is_empty(), "{problem}");
        for candidate in candidates.iter().map(|candidate| candidate.as_str().unwrap()) {
            let route = shared(&format!("/api/v1/route?from=Taipei&to={}", encoded(candidate)));
            assert_eq!(route.status, 200, "{candidate}");
            let wanted = if given.starts_with("city:") { "city" } else { "terminal" };
            assert_eq!(route.json()["to"]["kind"], wanted, "{candidate}");
        }
    }
}

#[test]
fn satellites_stand_where_the_hops_of_a_path_are_as_long_as_told() {
    let why = shared(&format!("/api/v1/why?place={REMOTE}")).json();
    let way = &why["path"];
    let numbers: Vec<String> =
        way["satellites"].as_array().unwrap().iter().map(|one| one["catalog_number"].to_string()).collect();
    let answer = shared(&format!("/api/v1/satellites?catalog_number={}", numbers.join(","))).json();
    assert_eq!(answer["time"], why["time"]);
    let satellites = answer["satellites"].as_array().unwrap();
    let mut points = vec![itrf_m(&why["place"])];
    points.extend(satellites.iter().map(itrf_m));
    points.push(itrf_m(&way["gateway"]));
    assert_eq!(points.len(), way["hops"].as_array().unwrap().len(), "all hops but the fibre");
    for (hop, ends) in points.windows(2).enumerate() {
        let told_km = way["hops"][hop]["length_km"].as_f64().unwrap();
        // A cell is served at its centre: up to 10 km from the place in it.
        let within_km = if hop == 0 { 15.0 } else { 0.2 };
        let stands_km = distance_km(ends[0], ends[1]);
        assert!((stands_km - told_km).abs() < within_km, "hop {hop}: {stands_km} km, told {told_km} km");
    }
    for (satellite, told) in satellites.iter().zip(way["satellites"].as_array().unwrap()) {
        assert_eq!(
            (&satellite["name"], &satellite["catalog_number"]),
            (&told["name"], &told["catalog_number"])
        );
    }
}

#[test]
fn satellites_that_there_are_none_of_are_problems() {
    let path = "/api/v1/satellites";
    check_problem(&format!("{path}?catalog_number="), 400, "bad-value", &["digits"]);
    check_problem(&format!("{path}?catalog_number=x"), 400, "bad-value", &["`x`", "digits"]);
    check_problem(&format!("{path}?catalog_number=-1"), 400, "bad-value", &["`-1`"]);
    check_problem(&format!("{path}?catalog_number=4,"), 404, "unknown-satellite", &["number 4"]);
    check_problem(&format!("{path}?number=4"), 400, "bad-query", &["`number`", "catalog_number"]);
}

/// The value of a sample, such as of `skyshed_links{class="lasers"}`.
fn sample(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is not in\n{metrics}")).parse().unwrap()
}

#[test]
fn the_metrics_of_links_are_the_numbers_of_the_slot() {
    let (slot, metrics) = (shared("/api/v1/slot").json(), shared("/metrics"));
    let metric = |name: &str| sample(metrics.text(), name);
    let classes = slot["links"].as_array().unwrap();
    assert!(classes.iter().all(|class| class["carried_gbps"].as_f64().unwrap() > 0.0), "{classes:#?}");
    for class in classes {
        let of_class = |name: &str| metric(&format!("{name}{{class={}}}", class["class"]));
        assert_eq!(json!(of_class("skyshed_links") as u64), class["links"]);
        assert_eq!(json!(of_class("skyshed_links_used") as u64), class["used"]);
        for (name, key) in [
            ("skyshed_link_carried_bits_per_second", "carried_gbps"),
            ("skyshed_link_capacity_bits_per_second", "capacity_gbps"),
        ] {
            let (bits_per_second, gbps) = (of_class(name), class[key].as_f64().unwrap());
            assert!((bits_per_second - gbps * 1e9).abs() < 1.0, "{name}: {bits_per_second} {gbps}");
        }
    }
    assert_eq!(json!(metric("skyshed_laser_links") as u64), slot["lasers"]["links"]);
    assert_eq!(json!(metric("skyshed_laser_components") as u64), slot["lasers"]["components"]);
    assert_eq!(json!(metric("skyshed_satellites_landing") as u64), slot["satellites"]["landing"]);
    assert_eq!(json!(metric("skyshed_people_served") as u64), slot["people"]["served"]);
    assert_eq!(metric("skyshed_faults"), 0.0);
}

#[test]
fn faults_come_and_go_with_the_slots_that_they_hold_for() {
    let scenario = "[[fault]]\nlasers = [\"all\"]\nreason = \"sunstorm\"\n\
                    from = \"2026-08-22T21:00:27Z\"\nuntil = \"2026-08-22T21:00:42Z\"\n";
    let scenario = Scenario::parse(scenario).unwrap();
    let constellation = Constellation::preset("starlink-550").unwrap();
    let world = world_with_scenario(constellation, "preset:starlink-550", scenario);
    let _turn = turn();
    let server = Server::start(world, anywhere(), Clock::by_hand(epoch(START))).unwrap();
    let seen = || {
        let (slot, metrics) =
            (get(server.address(), "/api/v1/slot").json(), get(server.address(), "/metrics"));
        let faults = slot["faults"].as_array().unwrap().len();
        assert_eq!(sample(metrics.text(), "skyshed_faults"), faults as f64);
        assert_eq!(json!(sample(metrics.text(), "skyshed_laser_links") as u64), slot["lasers"]["links"]);
        (slot, faults)
    };
    let remote = || get(server.address(), &format!("/api/v1/why?place={REMOTE}")).json();
    let move_to = |slot: &str| {
        server.service().clock.set(epoch(slot));
        server.service().wait_for_slot(epoch(slot));
    };
    let (before, faults) = seen();
    assert_eq!((faults, &remote()["served"]), (0, &json!(true)));
    assert!(before["lasers"]["links"].as_u64().unwrap() > 1000);

    move_to("2026-08-22T21:00:27Z");
    let (during, faults) = seen();
    assert_eq!((faults, &during["lasers"]["links"]), (1, &json!(0)));
    assert!(during["faults"][0].as_str().unwrap().contains("sunstorm"), "{}", during["faults"]);
    assert_eq!(remote()["cause"], "no_gateway");
    let route = get(server.address(), &format!("/api/v1/route?from={REMOTE}&to=city:London")).json();
    assert_eq!((&route["reachable"], &route["steps"][0]["cause"]), (&json!(false), &json!("no_gateway")));

    move_to("2026-08-22T21:00:42Z");
    let (after, faults) = seen();
    assert_eq!((faults, &remote()["served"]), (0, &json!(true)));
    assert_eq!(after["lasers"]["links"], before["lasers"]["links"]);
}

#[test]
fn routes_are_answered_from_the_slot_served_and_plan_none() {
    let _turn = turn();
    let server = start(START);
    let check = |slot: &str| {
        for mode in ["", "&lasers_only=true"] {
            let path = format!("/api/v1/route?from=Nairobi&to=city:London{mode}");
            assert_eq!(get(server.address(), &path).json()["time"], slot, "{path}");
        }
    };
    check("2026-08-22T21:00:12Z");
    server.service().clock.set(epoch("2026-08-22T21:00:27Z"));
    server.service().wait_for_slot(epoch("2026-08-22T21:00:27Z"));
    check("2026-08-22T21:00:27Z");
    assert_eq!(get(server.address(), "/healthz").json()["slots_planned"], 2);
}

#[test]
fn the_page_has_words_for_all_that_the_network_can_say() {
    let (slot, why) = (shared("/api/v1/slot").json(), shared(&format!("/api/v1/why?place={REMOTE}")).json());
    let script = |file: &&skyshed_server::page::File| file.path.ends_with(".js");
    let page: String = skyshed_server::page::FILES
        .iter()
        .filter(script)
        .map(|file| shared(file.path).text().to_owned())
        .collect();
    for class in slot["links"].as_array().unwrap() {
        let name = class["class"].as_str().unwrap();
        assert!(page.contains(&format!("{name}:[")), "{name} has no words");
    }
    let parts_ms: Vec<&String> =
        why["path"].as_object().unwrap().keys().filter(|key| key.ends_with("_ms")).collect();
    assert!(parts_ms.len() >= 5);
    for part in parts_ms {
        assert!(page.contains(&format!("{part}:")), "{part} has no words");
    }
}
