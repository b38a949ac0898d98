//! Logged decisions over time: what they cover, what wins, and the table against the same worked out cell by cell.

mod common;

use common::{any_timeline, at, entry, entry_on, ground, zones};
use proptest::prelude::*;
use skyshed_control::{
    Access, Activation, CellListError, Class, ClassSet, Digest, Limits, Permits, PlaceError, Standing, State,
    Time, Timeline, Zones,
};
use skyshed_ground::{CELL_COUNT, Cell, Ground, cell_id};

fn cell(place: &str) -> Cell {
    ground().find_place(place).expect("a place").cell
}

fn activation(timeline: &Timeline, time: Time) -> Activation {
    timeline.activation(time, zones(), ground()).expect("zones of the map")
}

/// A timeline in which these hold from midnight on, for every class.
fn standing(decisions: &[(&str, State)]) -> Timeline {
    let mut timeline = Timeline::new("test");
    for (number, (territory, state)) in decisions.iter().enumerate() {
        timeline.add(&entry(number as u64 + 1, territory, *state), ClassSet::ALL, at("00:00:00"), None);
    }
    timeline
}

/// The rule of the crate's first page, word by word: of all decisions that cover the cell, by walking up from its
/// territory, nothing that closes the class and at least one that does not.
fn permitted_slowly(timeline: &Timeline, cell: Cell, time: Time, class: Class) -> bool {
    let lineage: Vec<&str> = ground()
        .lineage(ground().territory_of(cell))
        .map(|territory| ground().territory_at(territory).id.as_str())
        .collect();
    let held = timeline.stretches().iter().filter(|stretch| {
        let decision = &timeline.decisions()[stretch.decision];
        let covers =
            lineage.iter().any(|id| decision.scope == skyshed_control::Scope::Territory((*id).into()));
        let now = stretch.from <= time && stretch.until.is_none_or(|until| time < until);
        covers && now && stretch.classes.contains(class)
    });
    let states: Vec<State> = held.map(|stretch| timeline.decisions()[stretch.decision].state).collect();
    let closes = |state: &State| match state {
        State::Off => true,
        State::EmergencyOnly => class != Class::Emergency,
        State::TransitOnly => class != Class::Maritime && class != Class::Aviation,
        State::On | State::Limited(_) | State::Listed { .. } | State::Individual => false,
    };
    !states.is_empty() && !states.iter().any(closes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_table_the_activation_and_the_rule_say_the_same(
        timeline in any_timeline(),
        probes in proptest::collection::vec((0..CELL_COUNT as u32, -10..130_000i64, 0..6usize), 400),
        seconds in 0..100_000i64,
    ) {
        let permits = Permits::new(&timeline, zones(), ground()).expect("zones of the map");
        let midnight = at("00:00:00").0;
        for (cell, seconds, class) in probes {
            let (cell, time, class) = (Cell(cell), Time(midnight + seconds), Class::ALL[class]);
            prop_assert_eq!(
                permits.permitted(cell, time, class),
                permitted_slowly(&timeline, cell, time, class),
                "{} {} {:?}", cell, time, class
            );
        }
        // The whole planet at one time, also where decisions meet.
        let time = Time(midnight + seconds);
        let activation = activation(&timeline, time);
        let bitmaps = Class::ALL.map(|class| permits.bitmap(time, class));
        for cell in (0..CELL_COUNT as u32).map(Cell) {
            prop_assert_eq!(activation.classes(cell), permits.classes(cell, time), "{} {}", cell, time);
            let bits: ClassSet = Class::ALL.into_iter().filter(|&class| bitmaps[class as usize].contains(cell)).collect();
            prop_assert_eq!(bits, activation.classes(cell));
        }
    }

    /// At the very second of a change the new answer holds, one second before it the old one.
    #[test]
    fn answers_change_at_the_second_they_are_to(timeline in any_timeline(), probe in 0..CELL_COUNT as u32) {
        let permits = Permits::new(&timeline, zones(), ground()).expect("zones of the map");
        let mut time = Time(at("00:00:00").0 - 1);
        prop_assert_eq!(permits.classes(Cell(probe), time), ClassSet::NONE);
        while let Some(change) = timeline.next_change(time) {
            for second in [change.0 - 1, change.0] {
                for class in Class::ALL {
                    let slow = permitted_slowly(&timeline, Cell(probe), Time(second), class);
                    prop_assert_eq!(permits.permitted(Cell(probe), Time(second), class), slow);
                }
            }
            prop_assert_eq!(timeline.changed(change), Some(change));
            time = change;
        }
    }
}

#[test]
fn a_decision_covers_its_territory_and_all_below_it() {
    let timeline = standing(&[("US", State::On)]);
    let activation = activation(&timeline, at("01:00:00"));
    assert!(activation.active(cell("Chicago")) && activation.active(cell("Honolulu")));
    assert!(!activation.active(cell("Toronto")));
    let Standing::On(decision) = activation.standing(cell("Chicago")) else { panic!("Chicago is on") };
    let logged = decision.logged.as_ref().expect("out of the log");
    assert_eq!((logged.number, logged.approvers.len(), logged.custom_area), (1, 2, false));
    assert!(logged.overdue(at("12:00:01")) && !logged.overdue(at("12:00:00")));
}

#[test]
fn the_most_restrictive_state_wins_class_by_class() {
    let limits = |speed, rate| State::Limited(Limits { speed_max_kmh: speed, rate_max_kbps: rate });
    let listed = State::Listed { merkle_root: [1; 32] };
    let check = |states: [State; 2], class: Class, access: Access, number: u64| {
        for states in [states, [states[1], states[0]]] {
            let timeline = standing(&[("US", states[0]), ("US-IL", states[1])]);
            let activation = activation(&timeline, at("01:00:00"));
            let ruling = activation.ruling(cell("Chicago"), class).expect("decided");
            assert_eq!(ruling.access, access, "{states:?} {class:?}");
            let named = activation.decisions[usize::from(ruling.decision)].state;
            let expected = states.iter().max().copied().filter(|_| number == 2);
            assert_eq!(named, expected.unwrap_or(named), "{states:?} {class:?}");
            assert_eq!(activation.permits(cell("Chicago"), class), access != Access::Closed);
        }
    };
    check([State::On, limits(Some(100), None)], Class::Consumer, Access::Limited, 2);
    check([limits(None, None), listed], Class::Consumer, Access::Listed, 2);
    check([listed, State::Individual], Class::Roam, Access::Individual, 2);
    check([State::Individual, State::EmergencyOnly], Class::Roam, Access::Closed, 2);
    check([State::Individual, State::TransitOnly], Class::Government, Access::Closed, 2);
    check([State::EmergencyOnly, State::Off], Class::Emergency, Access::Closed, 2);
    check([State::TransitOnly, State::Off], Class::Maritime, Access::Closed, 2);
    // Where each of two leaves open what the other closes, nothing stays open.
    check([State::EmergencyOnly, State::TransitOnly], Class::Emergency, Access::Closed, 2);
    check([State::EmergencyOnly, State::TransitOnly], Class::Maritime, Access::Closed, 0);
    // What one leaves open counts as on: the other's demand stays.
    check([State::Individual, State::EmergencyOnly], Class::Emergency, Access::Individual, 0);
    check([listed, State::TransitOnly], Class::Aviation, Access::Listed, 0);

    let timeline = standing(&[("US", limits(Some(100), Some(9))), ("US-IL", limits(Some(50), None))]);
    let ruling = activation(&timeline, at("01:00:00")).ruling(cell("Chicago"), Class::Roam).expect("decided");
    assert_eq!(ruling.limits, Limits { speed_max_kmh: Some(50), rate_max_kbps: Some(9) });
}

#[test]
fn transit_and_emergency_serve_only_their_classes() {
    let check = |state, expected: &[Class]| {
        let activation = activation(&standing(&[("XZ", state)]), at("01:00:00"));
        let classes: Vec<Class> = activation.classes(cell("-45,-120")).iter().collect();
        assert_eq!(classes, expected, "{state:?}");
    };
    check(State::TransitOnly, &[Class::Maritime, Class::Aviation]);
    check(State::EmergencyOnly, &[Class::Emergency]);
    check(State::Individual, &Class::ALL);
    check(State::Off, &[]);
}

#[test]
fn a_decision_that_is_followed_by_another_comes_back_when_that_one_ends() {
    let mut timeline = Timeline::new("test");
    let (on, off) = (entry(3, "TW", State::On), entry(7, "TW", State::Off));
    timeline.add(&on, ClassSet::ALL, at("01:00:00"), Some(at("02:00:00")));
    timeline.add(&off, ClassSet::ALL, at("02:00:00"), Some(at("03:00:00")));
    timeline.add(&on, ClassSet::ALL, at("03:00:00"), None);
    let number = |time: &str| {
        let activation = activation(&timeline, at(time));
        let number = activation.decision_number(cell("Taipei"))?;
        Some(activation.decisions[usize::from(number)].logged.as_ref()?.number)
    };
    assert_eq!(
        ["00:59:59", "01:00:00", "02:00:00", "02:59:59", "03:00:00"].map(number),
        [None, Some(3), Some(7), Some(7), Some(3)]
    );
    assert_eq!(timeline.decisions().len(), 2);
    assert_eq!(timeline.next_change(at("02:10:00")), Some(at("03:00:00")));
    assert_eq!(timeline.next_change(at("03:00:00")), None);
}

#[test]
fn a_zone_that_the_map_does_not_have_is_refused_with_both_hashes() {
    let of_map = zones().of_territory(ground().find_territory("TW").expect("an id"));
    let mut timeline = standing(&[("US", State::On)]);
    timeline.add(&entry_on(9, "TW", State::On, Digest([0xab; 32])), ClassSet::ALL, at("00:00:00"), None);
    let error = timeline.activation(at("01:00:00"), zones(), ground()).expect_err("another zone");
    assert_eq!(
        error,
        PlaceError::Zone {
            number: 9,
            territory: "TW".into(),
            approved: Digest([0xab; 32]),
            map: Some(of_map)
        }
    );
    let message = error.to_string();
    for part in ["decision 9 on TW", &"ab".repeat(32), &of_map.to_string(), "attach the list"] {
        assert!(message.contains(part), "{message:?} should contain {part:?}");
    }
    assert_eq!(Permits::new(&timeline, zones(), ground()), Err(error));
    // Before it holds it stands in nobody's way.
    let mut later = standing(&[("US", State::On)]);
    later.add(&entry_on(9, "QQ", State::On, Digest([1; 32])), ClassSet::ALL, at("05:00:00"), None);
    assert!(later.activation(at("04:59:59"), zones(), ground()).is_ok());
    let message =
        later.activation(at("05:00:00"), zones(), ground()).expect_err("no such territory").to_string();
    assert!(message.contains("this map has no territory QQ"), "{message}");
}

#[test]
fn an_attached_list_of_cells_places_what_the_map_does_not_have() {
    let mut cells = [cell("Chicago"), cell("Toronto"), cell("Paris")];
    cells.sort_unstable();
    let bytes: Vec<u8> = cells.iter().flat_map(|&cell| cell_id(cell).to_be_bytes()).collect();
    let mut zones = Zones::new(ground());
    let zone = zones.add_list(&bytes).expect("a list");
    let mut timeline = standing(&[("US", State::On), ("CA", State::On)]);
    timeline.add(&entry_on(9, "X-FAIR", State::Off, zone), ClassSet::ALL, at("00:00:00"), None);
    let activation = timeline.activation(at("01:00:00"), &zones, ground()).expect("attached");
    assert!(
        !activation.active(cells[0])
            && !activation.active(cell("Chicago"))
            && activation.active(cell("Denver"))
    );
    let Standing::Off(decision) = activation.standing(cell("Paris")) else { panic!("Paris is listed") };
    assert!(decision.logged.as_ref().expect("out of the log").custom_area);
    let permits = Permits::new(&timeline, &zones, ground()).expect("attached");
    for cell in (0..CELL_COUNT as u32).map(Cell) {
        assert_eq!(permits.classes(cell, at("01:00:00")), activation.classes(cell));
    }
}

#[test]
fn lists_of_cells_are_sorted_h3_indexes_and_nothing_else() {
    let mut zones = Zones::new(&Ground::default());
    let id = |cell: u32| cell_id(Cell(cell)).to_be_bytes();
    assert_eq!(zones.add_list(&[0; 9]), Err(CellListError::Length { bytes: 9 }));
    assert_eq!(zones.add_list(&[0; 8]), Err(CellListError::Cell { entry: 1, id: 0 }));
    assert_eq!(zones.add_list(&[id(4), id(4)].concat()), Err(CellListError::Order { entry: 2 }));
    assert_eq!(zones.add_list(&[id(4), id(3)].concat()), Err(CellListError::Order { entry: 2 }));
    assert!(zones.add_list(&[id(3), id(4)].concat()).is_ok());
}

/// What the shipped file says of its territories is what its cells say.
#[test]
fn the_shipped_map_has_the_hashes_it_claims() {
    for (index, territory) in ground().territories.iter().enumerate() {
        let worked_out = zones().of_territory(skyshed_ground::TerritoryIndex(index as u16));
        assert_eq!(worked_out, Digest(territory.cells_sha256), "{}", territory.id);
    }
}

#[test]
fn a_map_with_a_redrawn_border_is_noticed_whatever_its_file_says() {
    let mut redrawn = ground().clone();
    let taiwan = ground().find_territory("TW").expect("an id");
    redrawn.territory[cell("Taipei").0 as usize] = redrawn.territory[cell("Shanghai").0 as usize];
    assert_eq!(redrawn.territory_at(taiwan).cells_sha256, ground().territory_at(taiwan).cells_sha256);
    let timeline = standing(&[("TW", State::On)]);
    let error = timeline.activation(at("01:00:00"), &Zones::new(&redrawn), &redrawn);
    assert!(matches!(error, Err(PlaceError::Zone { number: 1, .. })), "{error:?}");
}
