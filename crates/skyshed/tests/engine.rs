//! The engine as an embedder uses it: one world, one slot, every command.

use std::sync::LazyLock;

use serde_json::Value;
use skyshed::control::{Policy, State, resolve};
use skyshed::ground::{CELL_COUNT, TerritoryKind};
use skyshed::page::{Layout, Text};
use skyshed::{
    CELL_COLUMNS, Cause, CellColumns, Command, CommandError, Config, Constellation, CoverageBy, EngineError,
    Epoch, Ground, Outcome, Provenance, Slot, Ut1Table, World, WorldParts, render, run,
};

const TIME: &str = "2026-08-22T21:00:20Z";

static PLANNED: LazyLock<(World, Slot)> = LazyLock::new(|| {
    let world = world(Policy::parse(skyshed::control::ILLUSTRATIVE_POLICY).expect("shipped"));
    let slot = world.slot(Epoch::parse(TIME).expect("a time"), None).expect("a slot");
    (world, slot)
});

fn world(policy: Policy) -> World {
    let ground = Ground::embedded();
    World::new(WorldParts {
        constellation: Constellation::preset("starlink-550").expect("shipped"),
        ut1: Ut1Table::builtin(),
        activation: resolve(&policy, &ground).expect("the policy fits the map"),
        ground,
        config: Config::default(),
        scenario: Default::default(),
        provenance: Provenance {
            elements: "preset:starlink-550".into(),
            ground: "embedded".into(),
            policy: policy.name,
            scenario: String::new(),
        },
    })
    .expect("a world")
}

fn ask(command: Command) -> Result<Outcome, CommandError> {
    let (world, slot) = &*PLANNED;
    run(world, slot, &command)
}

fn json(command: Command) -> Value {
    serde_json::to_value(ask(command).expect("an answer")).expect("JSON")
}

fn why(place: &str) -> Value {
    json(Command::Why { place: place.to_owned() })
}

fn coverage(territory: Option<&str>, by: Option<CoverageBy>) -> Command {
    Command::Coverage { territory: territory.map(str::to_owned), by }
}

#[track_caller]
fn check_keys(value: &Value, expected: &str) {
    let keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut expected: Vec<&str> = expected.split_whitespace().collect();
    expected.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
}

#[test]
fn a_slot_begins_on_the_grid() {
    assert_eq!(PLANNED.1.plan.time.to_string(), "2026-08-22T21:00:12Z");
    let next = PLANNED.0.next_slot_start(PLANNED.1.plan.time);
    assert_eq!(next.to_string(), "2026-08-22T21:00:27Z");
}

#[test]
fn keys_are_stable_served_or_not() {
    for place in ["Brussels, BE", "Taipei", "89.9,0", "0,-140"] {
        let why = why(place);
        check_keys(&why, "place cell territory time served cause activation sky path rtt_ms rate_mbps");
        check_keys(&why["place"], "name country latitude_deg longitude_deg");
        check_keys(&why["territory"], "id name kind parent iso_a3 claims");
        check_keys(&why["activation"], "state classes decision by_class denial policy what_if log if_active");
        assert_eq!(why["activation"]["what_if"], "policy illustrative, not the log");
        assert_eq!(why["activation"]["by_class"].as_array().expect("classes").len(), 6);
        check_keys(
            &why["activation"]["by_class"][0],
            "class access decision speed_max_kmh rate_max_kbps denial",
        );
        check_keys(&why["activation"]["if_active"], "served cause satellite rtt_ms");
        check_keys(
            &why["sky"],
            "in_view above_mask clear_of_gso_arc with_gateway clear_of_border with_beam satellites",
        );
        assert_eq!(why["served"], why["cause"].is_null());
        assert_eq!(why["served"], !why["path"].is_null());
        assert_eq!(why["served"], !why["rtt_ms"].is_null());
    }
    check_keys(
        &why("Brussels, BE")["path"],
        "satellite elevation_deg colour beam_share satellites gateway pop hops one_way_km user_link_ms lasers_ms \
         feeder_link_ms fibre_ms access_ms",
    );
    check_keys(
        &json(Command::Slot),
        "time length_s elements ground policy what_if log satellites cells people causes beams lasers links faults rtt_ms rate_mbps \
         rate_mbps_cells method exact problems",
    );
    let keys = "territory name kind iso_a3 time what_if log cells cells_active cells_served people people_active people_served \
                rtt_ms_p5 rtt_ms_p50 rtt_ms_p95 rate_mbps_p5 rate_mbps_p50 rate_mbps_p95 causes";
    check_keys(&json(coverage(None, None)), keys);
    check_keys(&json(coverage(Some("UA"), None)), keys);
    check_keys(&json(coverage(None, Some(CoverageBy::Country)))[0], keys);
    let causes = "territory_off no_decision out_of_scope no_satellite_above_mask gso_arc no_gateway border_guard beams_exhausted";
    check_keys(&json(coverage(None, None))["causes"], causes);
}

#[test]
fn a_path_adds_up() {
    let why = why("Brussels, BE");
    assert_eq!(why["served"], true, "{why}");
    let path = &why["path"];
    let number = |value: &Value| value.as_f64().expect("a number");
    let parts = ["user_link_ms", "lasers_ms", "feeder_link_ms", "fibre_ms", "access_ms"]
        .map(|part| number(&path[part]));
    assert!((parts.iter().sum::<f64>() - number(&why["rtt_ms"])).abs() < 0.01, "{why}");
    let hops = path["hops"].as_array().expect("hops");
    let length_km: f64 = hops.iter().map(|hop| number(&hop["length_km"])).sum();
    assert!((length_km - number(&path["one_way_km"])).abs() < 0.01);
    let light_ms: f64 = hops.iter().map(|hop| number(&hop["one_way_ms"])).sum();
    assert!((2.0 * light_ms + number(&path["access_ms"]) - number(&why["rtt_ms"])).abs() < 0.01);
    assert_eq!(path["satellite"], why["activation"]["if_active"]["satellite"]);
    assert!(hops.windows(2).all(|pair| pair[0]["to"] == pair[1]["from"]));
    let listed = why["sky"]["satellites"].as_array().expect("satellites");
    assert_eq!(listed.iter().filter(|satellite| satellite["verdict"] == "serving").count(), 1);
}

#[test]
fn a_denial_names_its_decision_and_what_would_be() {
    let why = why("Taipei");
    assert_eq!((&why["served"], &why["cause"]), (&false.into(), &"territory_off".into()));
    assert_eq!(why["activation"]["state"], "off");
    assert_eq!(why["activation"]["decision"]["territory"], "TW");
    assert!(why["activation"]["decision"]["reason"].as_str().expect("a reason").len() > 10);
    let if_active = &why["activation"]["if_active"];
    assert_eq!(if_active["served"], if_active["cause"].is_null());
    let denial = &why["activation"]["denial"];
    assert_eq!((&denial["dish_code"], &denial["dish_code_name"]), (&6.into(), &"BLOCKED_COUNTRY".into()));
    assert_eq!(why["activation"]["by_class"][0]["denial"], *denial);
}

#[test]
fn the_sky_is_a_funnel() {
    for place in ["Brussels, BE", "Taipei", "Quito", "Oslo"] {
        let sky = &why(place)["sky"];
        let steps =
            ["in_view", "above_mask", "clear_of_gso_arc", "with_gateway", "clear_of_border", "with_beam"];
        let counts = steps.map(|step| sky[step].as_u64().expect("a count"));
        assert!(counts.is_sorted_by(|a, b| a >= b), "{place}: {counts:?}");
    }
}

#[test]
fn countries_add_up_to_the_planet() {
    let planet = json(coverage(None, None));
    let countries = json(coverage(None, Some(CoverageBy::Country)));
    let countries = countries.as_array().expect("an array");
    for key in ["cells", "cells_active", "cells_served", "people", "people_active", "people_served"] {
        let sum: u64 = countries.iter().map(|country| country[key].as_u64().expect("a count")).sum();
        assert_eq!(sum, planet[key], "{key}");
    }
    assert_eq!(planet["cells"], CELL_COUNT);
    let ids: Vec<&str> =
        countries.iter().map(|country| country["territory"].as_str().expect("an id")).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    for id in ["UA", "FR", "NO", "XK", "TW", "XZ"] {
        assert!(ids.contains(&id), "{id} is missing from {ids:?}");
    }
    let (world, _) = &*PLANNED;
    let disputed =
        world.ground.territories.iter().filter(|territory| territory.kind == TerritoryKind::Disputed);
    for territory in disputed.filter(|territory| territory.parent.is_none()) {
        assert!(ids.contains(&territory.id.as_str()), "{} is missing", territory.id);
    }
}

#[test]
fn what_is_not_served_has_causes_that_add_up() {
    let countries = json(coverage(None, Some(CoverageBy::Country)));
    for country in countries.as_array().expect("an array") {
        for (all, served, key) in [("cells", "cells_served", "cells"), ("people", "people_served", "people")]
        {
            let causes = country["causes"].as_object().expect("causes");
            let unserved: u64 = causes.values().map(|count| count[key].as_u64().expect("a count")).sum();
            let expected = country[all].as_u64().expect("all") - country[served].as_u64().expect("served");
            assert_eq!(unserved, expected, "{country}");
        }
    }
}

#[test]
fn nothing_off_is_served_and_the_table_agrees_with_the_plan() {
    let (world, slot) = &*PLANNED;
    let columns = CellColumns::read(world, slot, 0..CELL_COUNT as u32, |_| true);
    assert_eq!(columns.len(), CELL_COUNT);
    let mut served = 0;
    for row in 0..columns.len() {
        let cell = columns.cell[row];
        served += u64::from(columns.served[row]);
        assert_eq!(columns.served[row], columns.cause[row] == "served");
        assert!(!columns.served[row] || world.activation.active(cell), "{cell} is off and served");
        let all =
            [columns.satellite[row].is_some(), columns.gateway[row].is_some(), columns.rtt_ms[row].is_some()];
        assert_eq!(all, [columns.served[row]; 3], "{cell}");
    }
    assert_eq!(served, json(Command::Slot)["cells"]["served"].as_u64().expect("a count"));
    assert_eq!(CELL_COLUMNS.map(|column| column.name)[0], "cell");
}

#[test]
fn all_off_serves_nobody_and_still_says_why() {
    let world = world(Policy::everywhere(State::Off));
    let slot = world.slot(Epoch::parse(TIME).expect("a time"), None).expect("a slot");
    assert_eq!(slot.plan.count_by_cause()[Cause::TerritoryOff as usize] as usize, CELL_COUNT);
    let outcome = run(&world, &slot, &Command::Slot).expect("an answer");
    assert!(render(&outcome).contains("Round trip   -\n"));
}

#[test]
fn the_slot_before_is_taken_into_account_and_the_result_repeats() {
    let (world, slot) = &*PLANNED;
    let next = || world.slot(world.next_slot_start(slot.plan.time), Some(slot)).expect("a slot");
    let (one, two) = (next(), next());
    assert_eq!(one.plan, two.plan);
    assert_ne!(one.plan.satellite, slot.plan.satellite);
}

#[track_caller]
fn refused(command: Command, part: &str) {
    let message = ask(command).expect_err("no answer").to_string();
    assert!(message.contains(part), "{message:?} should contain {part:?}");
}

#[test]
fn what_does_not_exist_is_refused_with_a_way_out() {
    refused(Command::Why { place: "Nowhereville-upon-Nil".into() }, "no city");
    refused(Command::Why { place: "91,0".into() }, "allowed: -90 to 90");
    refused(Command::Why { place: "Springfield".into() }, "type one of: ");
    refused(coverage(Some("Atlantis"), None), "no territory `Atlantis`");
    refused(coverage(Some("UA"), Some(CoverageBy::Country)), "not both");
}

#[test]
fn elements_too_old_plan_nothing() {
    let tle = "STARLINK-1008\n\
               1 44714U 19074B   26234.54166667  .00001234  00000-0  10270-3 0  9994\n\
               2 44714  53.0540 120.0000 0001400  90.0000 270.0000 15.06400000370003\n";
    let fixed: String = tle.lines().map(with_checksum).collect::<Vec<_>>().join("\n");
    let load = skyshed::orbit::read_elements(fixed.as_bytes()).expect("a set");
    let (planned, _) = &*PLANNED;
    let parts = WorldParts {
        constellation: Constellation::from_elements("one", &load),
        ut1: Ut1Table::builtin(),
        ground: Ground::clone(&planned.ground),
        activation: planned.activation.clone(),
        config: Config::default(),
        scenario: Default::default(),
        provenance: Provenance::default(),
    };
    let world = World::new(parts).expect("a world");
    assert!(world.slot(Epoch::parse("2026-08-25T00:00:00Z").expect("a time"), None).is_ok());
    let error = world.slot(Epoch::parse("2027-08-25T00:00:00Z").expect("a time"), None).expect_err("too old");
    assert!(matches!(error, EngineError::Stale(_)), "{error}");
}

/// A TLE line with its last digit put right: digits count themselves, a minus counts one, modulo 10.
fn with_checksum(line: &str) -> String {
    let line = line.trim();
    if !line.starts_with(['1', '2']) {
        return line.to_owned();
    }
    let sum: u32 = line[..68].chars().map(|c| c.to_digit(10).unwrap_or(u32::from(c == '-'))).sum();
    format!("{}{}", &line[..68], sum % 10)
}

#[test]
fn texts_fit_the_page() {
    for command in [
        Command::Why { place: "Brussels, BE".into() },
        Command::Why { place: "Taipei".into() },
        Command::Slot,
        coverage(Some("UA"), None),
        coverage(None, Some(CoverageBy::Country)),
    ] {
        let outcome = ask(command).expect("an answer");
        fits(render(&outcome).lines(), 100);
        let page = skyshed::page_of(&outcome);
        for columns in [60, 80, 100, 120] {
            fits(page.plain(Layout::terminal(columns)).lines(), columns);
        }
        assert_eq!(page.plain(Layout::PLAIN), render(&outcome));
    }
}

#[track_caller]
fn fits<'a>(lines: impl Iterator<Item = &'a str>, columns: usize) {
    for line in lines {
        let width = Text::from(line).width();
        assert!(width <= columns, "{width} columns of {columns}: {line}");
        assert_eq!(line, line.trim_end(), "blanks at the end");
    }
}
