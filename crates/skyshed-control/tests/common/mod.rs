//! The map and logged decisions that the tests share.

use std::sync::OnceLock;

use proptest::prelude::*;
use skyshed_control::{
    Class, ClassSet, Digest, Entry, Limits, Logged, ReasonCode, State, Time, Timeline, Zones,
};
use skyshed_ground::{Ground, TerritoryIndex};

/// The shipped ground.
pub fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(Ground::embedded)
}

/// Its zones.
#[allow(dead_code)] // not every test binary lays decisions over the map
pub fn zones() -> &'static Zones {
    static ZONES: OnceLock<Zones> = OnceLock::new();
    ZONES.get_or_init(|| Zones::new(ground()))
}

/// A time of 2026-08-01.
pub fn at(text: &str) -> Time {
    Time::parse(&format!("2026-08-01T{text}Z")).expect("a time")
}

/// A logged decision on a territory of the map.
pub fn entry(number: u64, territory: &str, state: State) -> Entry {
    let index =
        ground().territories.iter().position(|known| known.id == territory).expect("an id of the map");
    entry_on(number, territory, state, Digest(ground().territories[index].cells_sha256))
}

/// The same for some cells.
pub fn entry_on(number: u64, territory: &str, state: State, zone: Digest) -> Entry {
    Entry {
        territory: territory.to_owned(),
        state,
        reason: format!("reason of {number}"),
        logged: Logged {
            number,
            request: number - 1,
            zone,
            custom_area: false,
            requester: "requester@operator".to_owned(),
            on_behalf_of: "operator".to_owned(),
            approvers: vec!["a@regulator".to_owned(), "b@ngo".to_owned()],
            reason_code: ReasonCode::OperatorPolicy,
            legal_basis: None,
            emergency: false,
            effective_from: at("00:00:00"),
            effective_until: None,
            review_by: at("12:00:00"),
        },
    }
}

/// Every state.
#[allow(dead_code)] // not every test binary draws them
pub fn any_state() -> impl Strategy<Value = State> {
    let limits = |speed_max_kmh, rate_max_kbps| Limits { speed_max_kmh, rate_max_kbps };
    prop_oneof![
        Just(State::On),
        Just(State::Off),
        Just(State::Individual),
        Just(State::EmergencyOnly),
        Just(State::TransitOnly),
        Just(State::Listed { merkle_root: [7; 32] }),
        (any::<Option<u32>>(), any::<Option<u32>>()).prop_map(move |(a, b)| State::Limited(limits(a, b))),
    ]
}

/// Decisions on territories of every kind that come and go over a day.
#[allow(dead_code)] // not every test binary draws them
pub fn any_timeline() -> impl Strategy<Value = Timeline> {
    let count = ground().territories.len();
    let classes = prop_oneof![
        Just(ClassSet::ALL),
        (0..6usize, 0..6usize).prop_map(|(a, b)| [Class::ALL[a], Class::ALL[b]].into_iter().collect())
    ];
    // Few territories, so that decisions meet.
    let territory =
        prop_oneof![0..count, Just(index_of("US")), Just(index_of("US-CA")), Just(index_of("XZ"))];
    let stretch = (territory, any_state(), classes, 0..86_400i64, proptest::option::of(1..40_000i64));
    proptest::collection::vec(stretch, 1..60).prop_map(|stretches| {
        let mut timeline = Timeline::new("test");
        for (number, (territory, state, classes, from_s, length_s)) in stretches.into_iter().enumerate() {
            let id = &ground().territory_at(TerritoryIndex(territory as u16)).id;
            let from = Time(at("00:00:00").0 + from_s);
            let until = length_s.map(|length_s| Time(from.0 + length_s));
            timeline.add(&entry(number as u64 + 1, id, state), classes, from, until);
        }
        timeline
    })
}

fn index_of(id: &str) -> usize {
    ground().territories.iter().position(|territory| territory.id == id).expect("an id of the map")
}
