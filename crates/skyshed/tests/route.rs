//! Routes as an embedder asks for them, held against the speed of light, Hypatia's own figures, and the plan.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use skyshed::control::{ILLUSTRATIVE_POLICY, Policy, resolve};
use skyshed::plan::{Scenario, service_path};
use skyshed::{
    Command, Config, Constellation, Epoch, Ground, Outcome, Provenance, Route, RouteError, RouteMode,
    RouteRequest, Ut1Table, World, WorldParts, render, route, run,
};

const TIME: &str = "2026-08-22T21:00:12Z";

static WORLD: LazyLock<World> = LazyLock::new(|| world("starlink-550", ""));

fn world(preset: &str, scenario: &str) -> World {
    let ground = Ground::embedded();
    let policy = Policy::parse(ILLUSTRATIVE_POLICY).expect("shipped");
    World::new(WorldParts {
        constellation: Constellation::preset(preset).expect("shipped"),
        ut1: Ut1Table::builtin(),
        activation: resolve(&policy, &ground).expect("the policy fits the map"),
        ground,
        config: Config::default(),
        scenario: Scenario::parse(scenario).expect("a scenario"),
        provenance: Provenance { elements: format!("preset:{preset}"), ..Provenance::default() },
    })
    .expect("a world")
}

fn request(from: &str, to: &str, mode: RouteMode, steps: u64, step_s: u64) -> RouteRequest {
    let (from, to) = (from.to_owned(), to.to_owned());
    let time = Epoch::parse(TIME).expect("a time");
    RouteRequest { from, to, mode, time, steps, step_micros: step_s * 1_000_000 }
}

fn over(world: &World, request: &RouteRequest) -> Route {
    route(world, request, &|_, _| {}).expect("an answer")
}

fn refused(request: &RouteRequest) -> String {
    route(&WORLD, request, &|_, _| {}).expect_err("no answer").to_string()
}

/// Deterministic places all over the Earth: the low-discrepancy sequence of the plastic number (Roberts, 2018), from which
/// latitudes are spread evenly over the sphere.
fn places(count: u32) -> impl Iterator<Item = String> {
    (1..=count).map(|number| {
        let (u, v) = (
            f64::from(number) * 0.754_877_666_246_693 % 1.0,
            f64::from(number) * 0.569_840_290_998_053 % 1.0,
        );
        format!("{:.4},{:.4}", (2.0 * u - 1.0).asin().to_degrees() * 0.62, v * 360.0 - 180.0)
    })
}

fn check_light(route: &Route) {
    let bound_ms = route.summary.straight_line_ms;
    for rtt_ms in route.steps.iter().filter_map(|step| step.rtt_ms) {
        assert!(
            rtt_ms >= bound_ms - 1e-6,
            "{} to {}: {rtt_ms} under {bound_ms}",
            route.from.name,
            route.to.name
        );
    }
    for path in &route.paths {
        let first = route.steps.iter().find(|step| step.path_id == Some(path.id)).expect("a path is used");
        let hops_ms: f64 = path.hops.iter().map(|hop| 2.0 * hop.one_way_ms).sum();
        let rtt_ms = first.rtt_ms.expect("it has a time");
        assert!((hops_ms + route.summary.access_ms - rtt_ms).abs() < 1e-4, "{hops_ms} {rtt_ms}");
        let km: f64 = path.hops.iter().map(|hop| hop.length_km).sum();
        assert!((km - first.one_way_km.expect("it has a length")).abs() < 1e-3);
        assert!(path.hops.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!(path.hops.len() as u32, first.hops.expect("it has hops"));
    }
}

/// The speed of light: no round trip is shorter than the straight line, and each is the sum of its hops.
#[test]
fn nothing_is_faster_than_light() {
    let mut reached = 0;
    let places: Vec<String> = places(161).collect();
    for pair in places.windows(2) {
        for mode in [RouteMode::LasersOnly, RouteMode::LasersOnlyHypatia] {
            let mut request = request(&pair[0], &pair[1], mode, 2, 7);
            request.time = skyshed::route::HYPATIA_EPOCH;
            let route = over(&WORLD, &request);
            check_light(&route);
            reached += route.summary.steps_with_route;
        }
    }
    assert!(reached > 500, "{reached} of 640 have a route");
    let ends = [
        "Brussels, BE",
        "city:Tokyo",
        "gateway:Chalfont Grove",
        "pop:Lagos",
        "Auckland",
        "Perth, AU",
        "pop:London",
    ];
    for from in ends {
        for to in ends {
            let route = over(&WORLD, &request(from, to, RouteMode::GroundSegment, 1, 0));
            check_light(&route);
            assert!(route.reachable, "{from} to {to}: {:?}", route.gaps);
        }
    }
}

/// Gid, latitude and longitude of Hypatia's list of cities, where it is at hand.
fn cities() -> Option<BTreeMap<u32, String>> {
    let data = std::env::var_os("SKYSHED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = data.join("hypatia/ground_stations_cities_sorted_by_estimated_2025_pop_top_100.basic.txt");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(
            std::env::var_os("SKYSHED_REQUIRE_DATA").is_none(),
            "SKYSHED_REQUIRE_DATA is set, but {path:?} is missing"
        );
        eprintln!("skipped: Hypatia's list of cities; set SKYSHED_DATA to a folder with hypatia/");
        return None;
    };
    let city = |line: &str| {
        let columns: Vec<&str> = line.split(',').collect();
        Some((columns[0].parse().ok()?, format!("{},{}", columns[2], columns[3])))
    };
    Some(text.lines().filter_map(city).collect())
}

/// What Hypatia prints for three pairs of its hundred cities, and the satellites on the way at time 0: its own program,
/// run twice with the same figures; the third column of times is exact SGP4 with GMST-82 and WGS72 at time 0.
#[test]
fn hypatias_round_trips_come_out_within_2_microseconds() {
    let Some(cities) = cities() else { return };
    let cases = [
        (
            18,
            73,
            [Some(127.325_726), Some(127.301_997), Some(127.278_871)],
            127.325_195,
            "306 307 286 287 288 289 290 291 269 247 225",
        ),
        (17, 85, [Some(38.895_528), Some(38.892_311), None], 38.895_219, "903 904 882 860"),
        (
            14,
            96,
            [Some(76.504_597), Some(76.519_868), None],
            76.504_103,
            "1504 1482 1460 1438 1416 1417 1418 1419",
        ),
    ];
    for (from, to, hypatia_ms, exact_ms, satellites) in cases {
        let mut request = request(&cities[&from], &cities[&to], RouteMode::LasersOnlyHypatia, 3, 1);
        request.time = skyshed::route::HYPATIA_EPOCH;
        let route = over(&WORLD, &request);
        let rtt_ms: Vec<f64> = route.steps.iter().map(|step| step.rtt_ms.expect("a route")).collect();
        for (ours, theirs) in rtt_ms.iter().zip(hypatia_ms) {
            assert!(
                theirs.is_none_or(|theirs| (ours - theirs).abs() < 0.002),
                "{from} to {to}: {ours} {theirs:?}"
            );
        }
        assert!((rtt_ms[0] - exact_ms).abs() < 2e-6, "{from} to {to}: {} {exact_ms}", rtt_ms[0]);
        let path = &route.paths[0];
        let names: Vec<&str> = path.nodes[1..path.nodes.len() - 1]
            .iter()
            .map(|node| node.name.strip_prefix("Starlink-550 ").expect("Hypatia's name"))
            .collect();
        assert_eq!(names.join(" "), satellites);
        assert_eq!((route.mode, route.convention), ("lasers_only", "hypatia"));
    }
}

/// With the ground segment the path is the plan's: it changes at slot edges and nowhere else, and round-trip time jumps there.
#[test]
fn jumps_come_at_slot_edges() {
    let route = over(&WORLD, &request("Montevideo", "Perth, AU", RouteMode::GroundSegment, 90, 1));
    assert_eq!(route.summary.steps_with_route, 90, "{:?}", route.gaps);
    assert!(!route.changes.is_empty());
    for change in &route.changes {
        assert!(["12Z", "27Z", "42Z", "57Z"].iter().any(|edge| change.time.ends_with(edge)), "{change:?}");
    }
    let rtt_ms: Vec<f64> = route.steps.iter().map(|step| step.rtt_ms.expect("a route")).collect();
    for (at, pair) in rtt_ms.windows(2).enumerate().filter(|(at, _)| (at + 1) % 15 != 0) {
        // A satellite comes or goes by at most 8 km a second; three legs of radio and lasers that do, both ways.
        assert!((pair[1] - pair[0]).abs() < 0.5 && pair[0] != pair[1], "{at}: {pair:?}");
    }
    let largest = route.changes.iter().map(|change| change.jump_ms.abs()).fold(0.0, f64::max);
    assert!(largest > 0.5, "the largest jump is {largest} ms");
    let text = render(&Outcome::Route(Box::new(route)));
    assert!(
        text.contains("90 of 90 instants") && text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
}

/// The way of every slot is that of the slot as it is planned after the one before it.
#[test]
fn a_route_follows_the_plans() {
    let start = Epoch::parse(TIME).expect("a time");
    let mut previous = None;
    let followed = over(&WORLD, &request("Quito", "Perth, AU", RouteMode::GroundSegment, 3, 15));
    for (at, step) in followed.steps.iter().enumerate() {
        let slot = WORLD.slot(start.plus_micros(at as i64 * 15_000_000), previous.as_ref()).expect("a slot");
        let half = |query: &str| {
            let cell = WORLD.ground.find_place(query).expect("a place").cell;
            let path = service_path(&slot.plan, &slot.sky, WORLD.inputs(), WORLD.prepared(), cell);
            let path = path.expect("service");
            let satellites = path.satellites.iter();
            let satellites = satellites.map(|&index| slot.plan.satellites[index as usize].name.clone());
            let gateway = WORLD.ground.gateways[usize::from(path.landing.gateway)].name.clone();
            let pop = WORLD.ground.pops[usize::from(path.landing.pop)].name.clone();
            satellites.chain([gateway, pop]).collect::<Vec<_>>()
        };
        let (up, down) = (half("Quito"), half("Perth, AU"));
        let mut expected: Vec<String> = up.into_iter().chain(down.into_iter().rev()).collect();
        expected.dedup();
        let path = &followed.paths[step.path_id.expect("a route") as usize];
        let between = &path.nodes[1..path.nodes.len() - 1];
        assert_eq!(between.iter().map(|node| node.name.clone()).collect::<Vec<_>>(), expected);
        previous = Some(slot);
    }
}

/// A route from the centre of a cell to its point of presence is what `why` says of the cell.
#[test]
fn a_route_agrees_with_why() {
    let slot = WORLD.slot(Epoch::parse(TIME).expect("a time"), None).expect("a slot");
    for place in ["Brussels, BE", "Nairobi", "Honolulu"] {
        let ask =
            |command| serde_json::to_value(run(&WORLD, &slot, &command).expect("an answer")).expect("JSON");
        let place = WORLD.ground.find_place(place).expect("a place").cell.to_string();
        let why = ask(Command::Why { place: place.clone() });
        let pop = format!("pop:{}", why["path"]["pop"]["name"].as_str().expect("it is served"));
        let route = ask(Command::Route { from: place, to: pop, mode: RouteMode::GroundSegment });
        let (why_ms, route_ms) =
            (why["rtt_ms"].as_f64().expect("ms"), route["steps"][0]["rtt_ms"].as_f64().expect("ms"));
        // The plan counts in single precision (half a metre) and whole microseconds.
        assert!((why_ms - route_ms).abs() < 0.002, "{why_ms} {route_ms}");
    }
}

#[test]
fn an_end_that_may_not_be_served_names_the_decision() {
    let route = over(&WORLD, &request("44.95,34.1", "Brussels, BE", RouteMode::GroundSegment, 60, 60));
    assert!(!route.reachable);
    assert_eq!(route.gaps.len(), 1);
    assert_eq!(
        (route.gaps[0].cause, route.gaps[0].end, route.gaps[0].steps),
        ("territory_off", Some("from"), 60)
    );
    assert_eq!(route.from.state, Some("off"));
    let decision = route.from.decision.clone().expect("a decision says so");
    let text = render(&Outcome::Route(Box::new(route))).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "no: 44.95,34.1: a decision says",
        &format!("off by decision {} on {}", decision.number, decision.territory),
        &decision.reason,
        &decision.review,
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    // Over lasers there are no decisions.
    assert!(over(&WORLD, &request("44.95,34.1", "Brussels, BE", RouteMode::LasersOnly, 1, 0)).reachable);
}

#[test]
fn a_fault_that_splits_the_graph_is_an_answer() {
    let from = "2026-08-22T21:00:27Z";
    let broken = world("starlink-550", &format!("[[fault]]\nlasers = [\"all\"]\nfrom = \"{from}\"\n"));
    let route = over(&broken, &request("London, GB", "Sydney", RouteMode::LasersOnly, 30, 1));
    assert_eq!(route.summary.steps_with_route, 15);
    let gap = &route.gaps[0];
    assert_eq!((gap.from.as_str(), gap.steps, gap.cause, gap.end), (from, 15, "no_way", None));
    // One satellite is seen from both.
    assert_eq!(over(&broken, &request("London, GB", "Paris, FR", RouteMode::LasersOnly, 30, 1)).gaps, []);
    let whole = over(&WORLD, &request("London, GB", "Sydney", RouteMode::LasersOnly, 30, 1));
    assert_eq!(whole.gaps, []);
    assert_eq!(whole.steps[..15], route.steps[..15]);
}

#[test]
fn an_end_that_is_out_of_order_lets_nothing_through() {
    let broken = world(
        "starlink-550",
        "[[fault]]\npops = [\"London\"]\ngateways = [\"Puerto Montt, Chile\"]\nuntil = \"2026-08-22T21:00:27Z\"\n",
    );
    for (end, cause) in [("pop:London", "pop_out"), ("gateway:Puerto Montt", "gateway_out")] {
        let route = over(&broken, &request(end, "city:Paris, FR", RouteMode::GroundSegment, 2, 15));
        let causes: Vec<_> = route.steps.iter().map(|step| (step.cause, step.end)).collect();
        assert_eq!(causes, [(Some(cause), Some("from")), (None, None)]);
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_what_would() {
    let ground = RouteMode::GroundSegment;
    for (from, to, parts) in [
        ("nan,4.3", "Tokyo", ["cannot begin at `nan,4.3`", "allowed: -90 to 90"]),
        ("91,0", "Tokyo", ["latitude 91", "allowed: -90 to 90"]),
        ("Tokyo", "0,361", ["cannot lead to `0,361`", "allowed: -180 to 360"]),
        ("Tokyo", "1e400,0", ["cannot lead to", "allowed"]),
        ("pop:Atlantis", "Tokyo", ["no point of presence `Atlantis`", "Frankfurt"]),
        ("gateway:", "Tokyo", ["no gateway ``", "there are"]),
        ("", "Tokyo", ["a place of 0 bytes", "latitude,longitude"]),
    ] {
        let message = refused(&request(from, to, ground, 1, 0));
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
    assert!(refused(&request("Oslo", "Tokyo", ground, 0, 1)).contains("allowed: 1 to 1000000"));
    assert!(refused(&request("Oslo", "Tokyo", ground, 1_000_001, 1)).contains("take a longer step"));
    let mut early = request("Oslo", "Tokyo", RouteMode::LasersOnlyHypatia, 1, 0);
    early.time = Epoch::parse("1999-12-31T23:59:59Z").expect("a time");
    assert!(refused(&early).contains("before 2000-01-01T00:00:00Z"));
    early.time = Epoch::parse("2026-08-22T21:00:12Z").expect("a time");
    assert!(refused(&early).contains("elements are of 2000-01-01T00:00:00Z, have no answer for that time"));
    let oneweb = world("oneweb-1200", "");
    let error = route(&oneweb, &request("Oslo", "Tokyo", RouteMode::LasersOnlyHypatia, 1, 0), &|_, _| {});
    assert!(matches!(error, Err(RouteError::NoShell { .. })), "{error:?}");
}

#[test]
fn a_place_without_a_satellite_says_so() {
    let route = over(&WORLD, &request("89.9,0", "Oslo", RouteMode::LasersOnly, 1, 0));
    assert_eq!((route.gaps[0].cause, route.gaps[0].end), ("no_satellite_above_mask", Some("from")));
    let text = render(&Outcome::Route(Box::new(route)));
    assert!(text.contains("no: 89.9,0: no satellite stands above"), "{text}");
}

#[test]
fn threads_change_nothing() {
    let over_lasers = request("Lima", "Cape Town", RouteMode::LasersOnly, 40, 1);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| over(&WORLD, &over_lasers))
    };
    assert_eq!(on(1), on(5));
}
