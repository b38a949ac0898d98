//! What the dish of a refused terminal shows.

mod common;

use common::{at, entry, entry_on, ground, zones};
use skyshed_control::{
    Class, ClassSet, Denial, DisablementCode, Limits, ReasonCode, State, Timeline, Zones, denial,
};
use skyshed_ground::cell_id;

/// Numbers and names as in the vendor's `device.proto` (see the module's first lines).
#[test]
fn codes_are_those_of_the_vendors_interface() {
    let expected = [
        (Denial::TerritoryOff, 6, "BLOCKED_COUNTRY"),
        (Denial::AreaOff, 16, "BLOCKED_AREA"),
        (Denial::CellOff, 8, "CELL_IS_DISABLED"),
        (Denial::ClassNotHere, 10, "ROAM_RESTRICTED"),
        (Denial::NotListed, 12, "ACCOUNT_DISABLED"),
        (Denial::NotApproved, 12, "ACCOUNT_DISABLED"),
        (Denial::NoDecision, 6, "BLOCKED_COUNTRY"),
        (Denial::NoDecisionAtSea, 4, "IN_OCEAN"),
        (Denial::TooFast, 14, "MOVING_TOO_FAST_FOR_POLICY"),
        (Denial::PositionUnknown, 11, "UNKNOWN_LOCATION"),
    ];
    assert_eq!(expected.map(|(denial, ..)| denial), Denial::ALL);
    for (denial, number, name) in expected {
        assert_eq!((denial.code().number(), denial.code().name()), (number, name), "{denial:?}");
        assert!(denial.code().denials().any(|other| other == denial));
        assert_eq!(DisablementCode::parse(&number.to_string()), Some(denial.code()));
        assert_eq!(DisablementCode::parse(&name.to_lowercase()), Some(denial.code()));
    }
    assert_eq!(DisablementCode::parse("5"), None);
    assert_eq!(DisablementCode::parse("1").map(DisablementCode::denials).map(Iterator::count), Some(0));
}

#[test]
fn each_state_and_reason_shows_its_own_code() {
    let check = |state: State, reason_code: ReasonCode, class: Class, expected: Option<Denial>| {
        let mut entry = entry(1, "TW", state);
        entry.logged.reason_code = reason_code;
        let mut timeline = Timeline::new("test");
        timeline.add(&entry, ClassSet::ALL, at("00:00:00"), None);
        let activation = timeline.activation(at("01:00:00"), zones(), ground()).expect("zones of the map");
        let taipei = ground().find_place("Taipei").expect("a place").cell;
        assert_eq!(
            denial(&activation, ground(), taipei, class),
            expected,
            "{state:?} {reason_code:?} {class:?}"
        );
    };
    let limited = |speed| State::Limited(Limits { speed_max_kmh: speed, rate_max_kbps: Some(1) });
    use {Class::*, ReasonCode::*};
    check(State::On, Licensed, Consumer, None);
    check(State::Off, NotLicensed, Consumer, Some(Denial::TerritoryOff));
    check(State::Off, Sanctions, Maritime, Some(Denial::TerritoryOff));
    check(State::Off, Technical, Consumer, Some(Denial::CellOff));
    check(State::Off, HarmfulInterference, Consumer, Some(Denial::CellOff));
    check(State::Individual, GovernmentRequest, Consumer, Some(Denial::NotApproved));
    check(State::Listed { merkle_root: [0; 32] }, OperatorPolicy, Consumer, Some(Denial::NotListed));
    check(limited(Some(120)), OperatorPolicy, Aviation, Some(Denial::TooFast));
    check(limited(None), OperatorPolicy, Aviation, None);
    check(State::TransitOnly, OperatorPolicy, Roam, Some(Denial::ClassNotHere));
    check(State::TransitOnly, OperatorPolicy, Aviation, None);
    check(State::EmergencyOnly, DisasterRelief, Consumer, Some(Denial::ClassNotHere));
}

#[test]
fn where_nobody_decided_the_sea_shows_another_code_than_the_land() {
    let mut timeline = Timeline::new("test");
    let roam: ClassSet = [Class::Roam].into_iter().collect();
    timeline.add(&entry(1, "TW", State::On), roam, at("00:00:00"), None);
    let activation = timeline.activation(at("01:00:00"), zones(), ground()).expect("zones of the map");
    let check = |place: &str, class, expected| {
        let cell = ground().find_place(place).expect("a place").cell;
        assert_eq!(denial(&activation, ground(), cell, class), expected, "{place} {class:?}");
    };
    check("Lisbon", Class::Consumer, Some(Denial::NoDecision));
    check("-45,-120", Class::Maritime, Some(Denial::NoDecisionAtSea));
    check("Taipei", Class::Roam, None);
    check("Taipei", Class::Consumer, Some(Denial::ClassNotHere));
}

#[test]
fn an_area_of_its_own_shows_that_it_is_one() {
    let taipei = ground().find_place("Taipei").expect("a place").cell;
    let mut zones = Zones::new(ground());
    let zone = zones.add_list(&cell_id(taipei).to_be_bytes()).expect("a list");
    let mut timeline = Timeline::new("test");
    timeline.add(&entry_on(1, "X-PORT", State::Off, zone), ClassSet::ALL, at("00:00:00"), None);
    let activation = timeline.activation(at("01:00:00"), &zones, ground()).expect("attached");
    assert_eq!(denial(&activation, ground(), taipei, Class::Consumer), Some(Denial::AreaOff));
}
