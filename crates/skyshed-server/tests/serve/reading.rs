//! The resources that are read: each against the engine it is read off.

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::Value;
use skyshed::ground::{CELL_COUNT, Cell};
use skyshed::orbit::Constellation;
use skyshed::plan::Cause;
use skyshed::preview::{Area, Change, PreviewRequest};
use skyshed::timeline::{Follower, Subject};
use skyshed::{Command, RouteMode, RouteRequest};
use skyshed_server::Server;
use skyshed_server::clock::Clock;

use crate::client::{Response, get, request};
use crate::{SHARED, WORLD, anywhere, check_problem, epoch, shared, start, turn, world};

fn ok(path: &str) -> Value {
    let response = shared(path);
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.json()
}

/// Every item of a list, page by page.
fn all(path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let and = if path.contains('?') { '&' } else { '?' };
        let page = ok(&format!("{path}{and}limit={limit}{cursor}"));
        let sent = page["items"].as_array().unwrap();
        assert!(sent.len() <= limit && !sent.is_empty(), "{path}");
        items.extend(sent.iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => {
                assert_eq!(page["total"], items.len(), "{path}");
                return items;
            }
        }
    }
}

#[test]
fn every_path_of_the_document_answers_and_says_its_tag() {
    let document = ok("/openapi.json");
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get") else { continue };
        // Events have no end to wait for: `events` reads them.
        if !operation["responses"]["200"]["content"]["text/event-stream"].is_null() {
            continue;
        }
        let mut path = path.clone();
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, example) = (parameter["name"].as_str().unwrap(), &parameter["example"]);
            let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
            match parameter["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{name}}}"), &example),
                _ if parameter["required"] == true => query.push(format!("{name}={example}")),
                _ => {}
            }
        }
        let path = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
        let response = shared(&path);
        let documented = operation["responses"].as_object().unwrap();
        assert!(documented.contains_key(&response.status.to_string()), "{path}: {}", response.status);
        asked += 1;
        let Some(tag) = response.header("etag").filter(|_| response.status == 200) else { continue };
        assert!(documented.contains_key("304"), "{path}");
        let again = request(SHARED.address(), "GET", &path, &[("if-none-match", tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let head = request(SHARED.address(), "HEAD", &path, &[]);
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(tag)), "{path}");
    }
    assert!(asked > 25, "{asked}");
}

#[test]
fn places_are_found_by_how_their_names_begin() {
    let found = ok("/api/v1/places?q=sao%20pau&limit=3");
    let first = &found["items"][0];
    assert_eq!(first["name"], "São Paulo, BR-SP", "{found}");
    let why = ok(&format!("/api/v1/why?place={}", first["cell"].as_str().unwrap()));
    assert_eq!((&why["cell"], &why["territory"]["id"]), (&first["cell"], &first["territory"]));
    // Whole names first, then by people; each once.
    let found = ok("/api/v1/places?q=york&limit=50");
    let people = |item: &Value| item["people"].as_u64().unwrap();
    let items = found["items"].as_array().unwrap();
    let rises = items.windows(2).filter(|pair| people(&pair[0]) < people(&pair[1])).count();
    assert!(items.len() > 5 && rises == 1 && items[0]["name"] == "York, GB-YOR", "{found}");
    let names: BTreeSet<&str> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), items.len(), "{found}");
    assert_eq!(ok("/api/v1/places?q=qqqqqq")["items"], Value::Array(Vec::new()));
    check_problem("/api/v1/places?q=", 400, "bad-query", &["`q`"]);
    check_problem("/api/v1/places?q=a&limit=51", 400, "bad-value", &["51", "1 to 50"]);
}

#[test]
fn a_time_that_is_given_is_planned_as_the_command_plans_it() {
    let at = "2026-08-22T22:10:00Z";
    let slot = WORLD.slot(epoch(at), None).unwrap();
    let command = Command::Why { place: "Nairobi".into() };
    let expected = serde_json::to_value(skyshed::run(&WORLD, &slot, &command).unwrap()).unwrap();
    let why = ok(&format!("/api/v1/why?place=Nairobi&at={at}"));
    for key in ["time", "cell", "served", "cause", "rtt_ms", "activation"] {
        assert_eq!(why[key], expected[key], "{key}");
    }
    let request = RouteRequest {
        from: "Nairobi".into(),
        to: "city:London".into(),
        mode: RouteMode::GroundSegment,
        time: epoch(at),
        steps: 1,
        step_micros: 0,
    };
    let expected = serde_json::to_value(skyshed::route(&WORLD, &request, &|_, _| {}).unwrap()).unwrap();
    assert_eq!(ok(&format!("/api/v1/route?from=Nairobi&to=city:London&at={at}")), expected);
    check_problem("/api/v1/why?place=Nairobi&at=noon", 400, "bad-value", &["noon", "2026-08-22T21:00:00Z"]);
}

#[test]
fn cells_say_what_the_plan_says() {
    let current = SHARED.service().current();
    let plan = &current.slot.plan;
    let cells = all("/api/v1/cells?territory=BE", 60);
    let territory = WORLD.ground.find_territory("BE").unwrap();
    let expected: Vec<String> = WORLD.ground.cells_of(territory).iter().map(Cell::to_string).collect();
    assert_eq!(
        cells.iter().map(|row| row["cell"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
        expected
    );
    for row in &cells {
        let cell: Cell = row["cell"].as_str().unwrap().parse().unwrap();
        let at = cell.0 as usize;
        assert_eq!(row["served"], plan.cause(cell) == Cause::Served);
        assert_eq!(row["people"], WORLD.ground.people[at]);
        let satellite =
            plan.satellite(cell).map(|satellite| plan.satellites[satellite as usize].catalog_number);
        assert_eq!(row["satellite"]["catalog_number"].as_u64(), satellite);
        assert_eq!(row["cause"].is_null(), satellite.is_some());
        let ring = row["boundary"].as_array().unwrap();
        assert!(ring.len() >= 6 && ring.first() == ring.last());
        assert_eq!(ok(&format!("/api/v1/cells/{}", row["cell"].as_str().unwrap())), *row);
    }
    let near = all("/api/v1/cells?near=50.85,4.35&radius_km=40", 1000);
    let brussels = ok("/api/v1/why?place=Brussels")["cell"].clone();
    assert!(near.iter().any(|row| row["cell"] == brussels));
    let steps = |row: &Value| {
        let (north, east) =
            (row["latitude_deg"].as_f64().unwrap() - 50.85, row["longitude_deg"].as_f64().unwrap() - 4.35);
        (north * 111.2).hypot(east * 111.2 * 50.85f64.to_radians().cos())
    };
    assert!(near.iter().all(|row| steps(row) < 40.5));
    // As many as the area holds, one in 253 km², give or take the rim.
    assert!((14..27).contains(&near.len()), "{}", near.len());
    check_problem("/api/v1/cells", 400, "bad-query", &["territory", "near"]);
    check_problem("/api/v1/cells?near=91,0", 400, "bad-value", &["91"]);
    check_problem("/api/v1/cells?near=0,0&radius_km=501", 400, "bad-value", &["501", "0 to 500"]);
    check_problem("/api/v1/cells/85283473ffffff0", 404, "unknown-cell", &["85283473ffffff0"]);
    check_problem("/api/v1/cells?territory=BE&cursor=x", 400, "bad-value", &["`cursor`"]);
}

#[test]
fn territories_add_up() {
    let rows = all("/api/v1/territories", 300);
    assert_eq!(rows.len(), WORLD.ground.territories.len());
    let of = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    let belgium = ok("/api/v1/coverage?territory=BE");
    for (key, of_coverage) in [
        ("cells", "cells"),
        ("cells_served", "cells_served"),
        ("people_active", "people_active"),
        ("people_served", "people_served"),
    ] {
        assert_eq!(of("BE")[key], belgium[of_coverage], "{key}");
    }
    let tops: u64 =
        rows.iter().filter(|row| row["parent"].is_null()).map(|row| row["cells"].as_u64().unwrap()).sum();
    assert_eq!(tops, CELL_COUNT as u64);
    let detail = ok("/api/v1/territories/BEL");
    for (key, value) in of("BE").as_object().unwrap() {
        assert_eq!(detail[key], *value, "{key}");
    }
    // A what-if study obeys no log, and says so.
    for key in ["decided", "observed", "history", "pending"] {
        assert!(detail[key].is_null(), "{key}");
    }
    assert_eq!(detail["explained_by"]["number"], detail["decision"]);
    assert_eq!(detail["enforced"]["policy"], WORLD.activation.policy);
    check_problem("/api/v1/territories/Nowhere", 404, "unknown-territory", &["Nowhere"]);
}

#[test]
fn satellites_and_their_cells_are_the_plans() {
    let current = SHARED.service().current();
    let plan = &current.slot.plan;
    let rows = all("/api/v1/satellites", 1000);
    assert_eq!(rows.len(), plan.satellites.len());
    let mut seen = BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row["catalog_number"], plan.satellites[at].catalog_number);
        assert_eq!(row["cells_served"], plan.load[at]);
        assert!(seen.insert(row["catalog_number"].as_u64()));
    }
    let busiest = rows.iter().max_by_key(|row| row["cells_served"].as_u64()).unwrap();
    let number = busiest["catalog_number"].as_u64().unwrap();
    let detail = ok(&format!("/api/v1/satellites/{number}"));
    let cells = detail["cells"].as_array().unwrap();
    assert_eq!(cells.len() as u64, busiest["cells_served"].as_u64().unwrap());
    let share: f64 = cells.iter().map(|cell| cell["beam_share"].as_f64().unwrap()).sum();
    assert!((share - busiest["beams_used"].as_f64().unwrap()).abs() < 0.02, "{share} {busiest}");
    for cell in cells {
        let cell: Cell = cell["cell"].as_str().unwrap().parse().unwrap();
        assert_eq!(plan.satellites[plan.satellite(cell).unwrap() as usize].catalog_number, number);
    }
    check_problem("/api/v1/satellites/7", 404, "unknown-satellite", &["7"]);
    check_problem("/api/v1/satellites/x", 404, "unknown-satellite", &["x"]);
    check_problem("/api/v1/satellites?catalog_number=1&limit=2", 400, "bad-query", &["either"]);
}

#[test]
fn gateways_and_points_of_presence_carry_what_the_plan_carries() {
    let current = SHARED.service().current();
    let gateways = all("/api/v1/gateways", 100);
    assert_eq!(gateways.len(), WORLD.ground.gateways.len());
    let carried: f64 = gateways.iter().map(|row| row["carried_gbps"].as_f64().unwrap()).sum();
    let summary = current.summary.links.iter().find(|class| class.class == "gateways").unwrap();
    assert!((carried - summary.carried_gbps).abs() < 0.5, "{carried} {}", summary.carried_gbps);
    let full = gateways.iter().filter(|row| row["full"] == true).count();
    assert_eq!(full, summary.full);
    let pops = all("/api/v1/pops", 7);
    assert_eq!(pops.len(), WORLD.ground.pops.len());
    let cells: u64 = pops.iter().map(|row| row["cells_served"].as_u64().unwrap()).sum();
    assert_eq!(cells, current.summary.cells.served);
}

#[test]
fn a_designed_constellation_gives_its_design_and_real_elements_are_read_back() {
    let design = shared("/api/v1/elements");
    assert_eq!(design.header("content-type"), Some("application/toml"));
    let again = Constellation::from_preset_toml(design.text()).unwrap();
    assert_eq!(again.satellites(), WORLD.constellation.satellites());
    check_problem("/api/v1/elements?format=csv", 404, "no-elements", &["designed"]);
    check_problem("/api/v1/elements?format=tle", 400, "bad-value", &["tle", "csv, json"]);

    // Vanguard 1, the first case of the SGP4 verification set (AIAA 2006-6753).
    let elements = "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n\
                    2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667\n";
    let load = skyshed::orbit::read_elements(elements.as_bytes()).unwrap();
    let _turn = turn();
    let world = world(Constellation::from_elements("vanguard", &load), "vanguard.tle");
    let server = Server::start(world, anywhere(), Clock::by_hand(epoch("2000-06-28T00:00:00Z"))).unwrap();
    for (path, kind) in [
        ("/api/v1/elements", "text/csv; charset=utf-8"),
        ("/api/v1/elements?format=json", "application/json"),
    ] {
        let response = get(server.address(), path);
        assert_eq!((response.status, response.header("content-type")), (200, Some(kind)), "{path}");
        assert_eq!(skyshed::orbit::read_elements(&response.body).unwrap().sets, load.sets, "{path}");
    }
}

#[test]
fn slots_are_listed_as_they_are_planned() {
    let _turn = turn();
    let server = start("2026-08-22T21:00:20Z");
    server.service().clock.set(epoch("2026-08-22T21:00:27Z"));
    server.service().wait_for_slot(epoch("2026-08-22T21:00:27Z"));
    let list = get(server.address(), "/api/v1/slots").json();
    let times: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|row| row["time"].as_str().unwrap()).collect();
    assert_eq!(times, ["2026-08-22T21:00:27Z", "2026-08-22T21:00:12Z"]);
    let slot = get(server.address(), "/api/v1/slot").json();
    assert_eq!(list["items"][0]["cells_served"], slot["cells"]["served"]);
    let page = get(server.address(), "/api/v1/slots?limit=1").json();
    let next = format!("/api/v1/slots?cursor={}", page["next"].as_str().unwrap());
    assert_eq!(get(server.address(), &next).json()["items"], serde_json::json!([list["items"][1]]));
}

/// Asks until all of a time line is there.
fn complete(path: &str) -> Value {
    loop {
        let line = ok(path);
        if line["complete"] == true {
            return line;
        }
    }
}

#[test]
fn a_time_line_is_what_a_follower_finds_slot_after_slot() {
    let line = complete(
        "/api/v1/timeline?place=Nairobi&from=2026-08-22T21:00:12Z&until=2026-08-22T21:01:12Z&step_s=20",
    );
    let place = WORLD.ground.find_place("Nairobi").unwrap();
    let mut follower = Follower::new(&WORLD, Subject::Place(place));
    let expected: Vec<Value> = (0..4)
        .map(|step| {
            let time = epoch("2026-08-22T21:00:12Z").plus_micros(step * 20_000_000);
            serde_json::to_value(follower.instant(time).unwrap()).unwrap()
        })
        .collect();
    assert_eq!(line["items"], Value::Array(expected));
    assert_eq!(
        (&line["instants"], &line["scope"], &line["ended"]),
        (&4.into(), &"inhabited".into(), &Value::Null)
    );
    assert_eq!(line["items"][0]["rtt_ms"], ok("/api/v1/why?place=Nairobi")["rtt_ms"]);

    let line = complete("/api/v1/timeline?territory=KE&until=2026-08-22T21:00:12Z");
    let coverage = ok("/api/v1/coverage?territory=KE");
    let share = coverage["people_served"].as_f64().unwrap() / coverage["people"].as_f64().unwrap();
    let told = line["items"][0]["people_served_share"].as_f64().unwrap();
    assert!((told - share).abs() < 1e-6, "{told} {share}");
    for (query, part) in [
        ("place=Nairobi&territory=KE", "either"),
        ("place=Nairobi&step_s=0", "1 to 86400"),
        ("place=Nairobi&step_s=1", "1 to 241"),
        ("place=Nairobi&until=2026-08-22T20:00:00Z", "later"),
    ] {
        let response = shared(&format!("/api/v1/timeline?{query}"));
        assert!(response.status == 400 && response.text().contains(part), "{query}: {}", response.text());
    }
}

#[test]
fn a_preview_is_the_commands_byte_for_byte_and_its_raster_shows_it() {
    let current = SHARED.service().current();
    let changes = vec![Change {
        territory: "BE".into(),
        classes: skyshed::control::ClassSet::ALL,
        state: skyshed::control::State::Off,
    }];
    let request = PreviewRequest { changes, time: current.slot.plan.time, area: Area::Surroundings };
    let study = skyshed::preview(&WORLD, &request).unwrap();
    let value = serde_json::to_value(&study.preview).unwrap();
    let response = shared("/api/v1/preview?change=BE=off");
    assert_eq!(response.body, skyshed_records::jcs::canonical(&value).unwrap());
    let hash = skyshed_records::leaf::body_sha256(&response.body).to_string();
    assert_eq!(response.header("skyshed-preview-sha256"), Some(&*hash));
    let svg = shared("/api/v1/preview.svg?change=BE=off");
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    let map = skyshed_server::drawing::preview_map(&WORLD, &study);
    assert_eq!(svg.body, skyshed_server::drawing::svg_of(&map));
    let raster = shared("/api/v1/preview/raster?change=BE=off");
    assert_eq!(raster.body.len(), 2048 * 1024);
    let lost = study.picture.cells.iter().filter(|cell| cell.inside && cell.without && !cell.with).count();
    assert!(lost > 0 && raster.body.contains(&2), "{lost}");
    for (query, status, part) in [
        ("change=BE", 400, "TW=on"),
        ("change=BE=maybe", 400, "allowed states"),
        ("change=Nowhere=off", 404, "Nowhere"),
        ("change=BE=limited", 400, "max_kbps"),
        ("change=BE=off&classes=first", 400, "consumer"),
        ("change=BE=off&request=1", 400, "either"),
        ("request=1", 404, "request"),
    ] {
        let response = shared(&format!("/api/v1/preview?{query}"));
        assert!(response.status == status && response.text().contains(part), "{query}: {}", response.text());
    }
}

fn accepting(path: &str, coding: &str) -> Response {
    request(SHARED.address(), "GET", path, &[("accept-encoding", coding)])
}

#[test]
fn every_coding_is_spoken_and_none_is_forced() {
    let path = "/api/v1/coverage?by=country";
    let plain = shared(path).body;
    for coding in ["br", "gzip", "zstd"] {
        let packed = accepting(path, coding);
        assert_eq!(packed.header("content-encoding"), Some(coding));
        let mut unpacked = Vec::new();
        let read = match coding {
            "br" => brotli::BrotliDecompress(&mut &packed.body[..], &mut unpacked).map(|()| 0),
            "gzip" => flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked),
            _ => {
                ruzstd::decoding::StreamingDecoder::new(&packed.body[..]).unwrap().read_to_end(&mut unpacked)
            }
        };
        read.unwrap();
        assert!(unpacked == plain && packed.body.len() * 4 < plain.len(), "{coding}");
    }
    assert_eq!(accepting("/healthz", "br").header("content-encoding"), None);
}

#[test]
fn pages_of_other_origins_are_told_nothing() {
    for (method, status) in [("GET", 200), ("OPTIONS", 405)] {
        let headers = [("origin", "https://example.org"), ("access-control-request-method", "GET")];
        let response = request(SHARED.address(), method, "/api/v1/slot", &headers);
        assert_eq!(response.status, status, "{method}");
        assert!(response.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{method}");
    }
}
