//! A world that obeys a log: decisions at their times, and what is told of them.

use std::sync::{Arc, LazyLock};

use serde_json::Value;
use skyshed::control::{
    ClassSet, Digest, Entry, Limits, Logged, PlaceError, Policy, ReasonCode, State, Time, Timeline, Zones,
    resolve,
};
use skyshed::plan::Scope;
use skyshed::{
    Command, Config, Constellation, EngineError, Epoch, Ground, Log, LogStatus, Provenance, RouteMode,
    RouteRequest, Slot, Ut1Table, World, WorldParts, render, route, run,
};

/// A slot begins then; the second half of the minute is another.
const BEFORE: &str = "2026-08-22T21:00:12Z";
const CHANGE: &str = "2026-08-22T21:00:20Z";
const AFTER: &str = "2026-08-22T21:00:27Z";

/// Nobody has decided anything yet.
static BARE: LazyLock<World> = LazyLock::new(|| {
    let ground = Ground::embedded();
    let mut config = Config::default();
    config.slot.scope = Scope::Land;
    World::new(WorldParts {
        constellation: Constellation::preset("starlink-550").expect("shipped"),
        ut1: Ut1Table::builtin(),
        activation: resolve(
            &Policy { name: "none".into(), description: String::new(), decisions: vec![] },
            &ground,
        )
        .expect("nothing"),
        ground,
        config,
        scenario: Default::default(),
        provenance: Provenance::default(),
    })
    .expect("a world")
});

static ZONES: LazyLock<Arc<Zones>> = LazyLock::new(|| Arc::new(Zones::new(&BARE.ground)));

fn epoch(text: &str) -> Epoch {
    Epoch::parse(text).expect("a time")
}

fn entry(number: u64, territory: &str, state: State) -> Entry {
    let time = |text| Time::parse(text).expect("a time");
    let index = BARE.ground.find_territory(territory).expect("an id of the map");
    Entry {
        territory: territory.to_owned(),
        state,
        reason: format!("reason of {number}"),
        logged: Logged {
            number,
            request: number - 3,
            zone: ZONES.of_territory(index),
            custom_area: false,
            requester: "desk@operator".to_owned(),
            on_behalf_of: "the operator".to_owned(),
            approvers: vec!["a@regulator".to_owned(), "b@ngo".to_owned()],
            reason_code: ReasonCode::CourtOrder,
            legal_basis: Some("order 7".to_owned()),
            emergency: false,
            effective_from: time("2026-08-01T00:00:00Z"),
            effective_until: None,
            review_by: time("2026-08-20T00:00:00Z"),
        },
    }
}

fn log(held: &[(Entry, &str, Option<&str>)]) -> Log {
    let mut timeline = Timeline::new("example.org/log at size 42");
    let time = |text: &str| Time::parse(text).expect("a time");
    for (entry, from, until) in held {
        timeline.add(entry, ClassSet::ALL, time(from), until.map(time));
    }
    let status = LogStatus {
        origin: "example.org/log".to_owned(),
        size: 42,
        root: "cm9vdA==".to_owned(),
        witnesses: 3,
        witnessed_at: Some("2026-08-22T20:00:00Z".to_owned()),
        ..LogStatus::default()
    };
    Log { status, timeline: Arc::new(timeline), zones: ZONES.clone(), time: epoch(BEFORE) }
}

const LONG_AGO: &str = "2026-08-01T00:00:00Z";

fn planned(log: &Log, time: &str) -> (World, Slot) {
    let world = BARE.with_log(log.clone(), epoch(time)).expect("zones of the map");
    let slot = world.slot(epoch(time), None).expect("a slot");
    (world, slot)
}

fn why(world: &World, slot: &Slot, place: &str) -> (Value, String) {
    let outcome = run(world, slot, &Command::Why { place: place.to_owned() }).expect("an answer");
    (serde_json::to_value(&outcome).expect("JSON"), render(&outcome))
}

#[test]
fn an_answer_names_the_decision_its_number_who_signed_its_reason_and_dates() {
    let log = log(&[(entry(17, "BE", State::Off), LONG_AGO, None)]);
    let (world, slot) = planned(&log, BEFORE);
    let (json, text) = why(&world, &slot, "Brussels, BE");
    let activation = &json["activation"];
    assert_eq!((&activation["what_if"], &activation["log"]["size"]), (&Value::Null, &42.into()));
    let decision = &activation["decision"];
    assert_eq!((&decision["number"], &decision["state"]), (&17.into(), &"off".into()));
    let logged = &decision["logged"];
    assert_eq!(logged["approvers"], serde_json::json!(["a@regulator", "b@ngo"]));
    assert_eq!((&logged["request"], &logged["overdue"]), (&14.into(), &true.into()));
    assert_eq!(activation["denial"]["dish_code_name"], "BLOCKED_COUNTRY");
    for part in [
        "off by decision 17 on BE",
        "\"reason of 17\"",
        "court order, order 7; request 14 by desk@operator for the operator",
        "signed by a@regulator, b@ngo",
        "since 2026-08-01T00:00:00Z, to be reviewed 2026-08-20T00:00:00Z, OVERDUE",
        "dishes show BLOCKED_COUNTRY (6)",
        "example.org/log at size 42, cosigned by 3 witnesses",
    ] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    let (_, text) = why(&world, &slot, "Paris, FR");
    assert!(text.contains("off: nobody has decided anything here"), "{text}");
}

#[test]
fn what_is_asked_of_terminals_is_told() {
    let limits = Limits { speed_max_kmh: Some(100), rate_max_kbps: None };
    let log = log(&[
        (entry(17, "BE", State::Limited(limits)), LONG_AGO, None),
        (entry(18, "FR", State::Individual), LONG_AGO, None),
        (entry(19, "NL", State::EmergencyOnly), LONG_AGO, None),
    ]);
    let (world, slot) = planned(&log, BEFORE);
    let (json, text) = why(&world, &slot, "Brussels, BE");
    assert!(text.contains("within limits, at most 100"), "{text}");
    assert_eq!(json["activation"]["by_class"][0]["denial"]["dish_code"], 14);
    let (json, text) = why(&world, &slot, "Paris, FR");
    assert!(
        text.contains("on (individual) by decision 18") && text.contains("only terminals approved one"),
        "{text}"
    );
    assert_eq!(json["activation"]["by_class"][0]["denial"]["dish_code_name"], "ACCOUNT_DISABLED");
    assert_eq!(json["activation"]["denial"], Value::Null);
    let (json, _) = why(&world, &slot, "Amsterdam, NL");
    assert_eq!(json["activation"]["classes"], serde_json::json!(["emergency"]));
}

#[test]
fn a_stale_log_says_so_wherever_its_answers_are_told() {
    let mut log = log(&[(entry(17, "BE", State::On), LONG_AGO, None)]);
    log.status.stale = true;
    log.status.doubt = Some("the checkpoint is not signed".to_owned());
    log.status.warnings = vec!["the clock is 90 s behind".to_owned()];
    let (world, slot) = planned(&log, BEFORE);
    let (_, text) = why(&world, &slot, "Brussels, BE");
    assert!(
        text.contains("STALE        the last proven state is kept: the checkpoint is not signed"),
        "{text}"
    );
    assert!(text.contains("Warning      the clock is 90 s behind"), "{text}");
    let told = |command| render(&run(&world, &slot, &command).expect("an answer"));
    assert!(told(Command::Slot).contains("STALE"));
    assert!(told(Command::Coverage { territory: None, by: None }).contains("at size 42, STALE"));
}

#[test]
fn a_route_over_time_obeys_each_decision_from_its_slot_on() {
    let log = log(&[(entry(17, "BE", State::On), LONG_AGO, Some(CHANGE))]);
    let (world, _) = planned(&log, BEFORE);
    let request = RouteRequest {
        from: "Brussels, BE".to_owned(),
        to: "city:London, GB".to_owned(),
        mode: RouteMode::GroundSegment,
        time: epoch(BEFORE),
        steps: 30,
        step_micros: 1_000_000,
    };
    let route = route(&world, &request, &|_, _| {}).expect("a route");
    let cause = |step: &skyshed::route::StepView| step.cause;
    assert!(route.steps[..15].iter().all(|step| cause(step) != Some("no_decision")));
    assert!(route.steps[15..].iter().all(|step| cause(step) == Some("no_decision")));
    assert_eq!((route.what_if, route.log.map(|log| log.size)), (None, Some(42)));
}

#[test]
fn decisions_change_at_the_slot_after_their_time() {
    let log = log(&[(entry(17, "BE", State::On), LONG_AGO, Some(CHANGE))]);
    let (world, _) = planned(&log, BEFORE);
    let brussels = world.ground.find_place("Brussels, BE").expect("a place").cell;
    assert!(world.activation.active(brussels));
    assert!(world.changed_at(epoch("2026-08-22T21:00:19Z")).expect("zones of the map").is_none());
    let later = world.changed_at(epoch(AFTER)).expect("zones of the map").expect("a change");
    assert!(!later.activation.active(brussels));
    assert!(Arc::ptr_eq(&later.ground, &world.ground), "the map is shared");
}

#[test]
fn a_zone_of_another_map_makes_no_world() {
    let mut entry = entry(17, "BE", State::On);
    entry.logged.zone = Digest([3; 32]);
    let error = BARE.with_log(log(&[(entry, LONG_AGO, None)]), epoch(BEFORE)).err().expect("refused");
    assert!(matches!(error, EngineError::Place(PlaceError::Zone { number: 17, .. })), "{error}");
}
