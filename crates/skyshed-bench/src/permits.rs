//! `permitted(cell, time, class)` by the compiled table: random questions one by one on one thread, and the whole planet at
//! one time. The timeline is that of a busy log: every territory without a parent is decided anew twelve times a year.

use skyshed_control::{
    Class, ClassSet, Digest, Entry, Logged, Permits, ReasonCode, State, Time, Timeline, Zones,
};
use skyshed_ground::{CELL_COUNT, Cell, Ground};

use crate::measure::{Row, Unit, median, row};

/// Questions per turn.
const QUESTIONS: usize = 2_000_000;
/// Decisions per territory.
const INTERVALS: usize = 12;
const MONTH_S: i64 = 30 * 86_400;

/// The rows, where `permits` contains `only`.
pub fn rows(ground: &Ground, unit: &Unit, rounds: usize, only: &str) -> Vec<Row> {
    if !"permits".contains(only) {
        return Vec::new();
    }
    let permits = Permits::new(&timeline(ground), &Zones::new(ground), ground).expect("zones of the map");
    let questions = questions();
    let (table_rows, entries) = permits.size();
    let name = format!("permits: 2,000,000 answers, {table_rows} rows, {entries} entries");
    let answers = row(&name, 0, rounds, unit, |_| {
        let yes =
            questions.iter().filter(|(cell, time, class)| permits.permitted(*cell, *time, *class)).count();
        std::hint::black_box(yes);
    });
    let bitmap = row("permits: the planet at one time, as bits", 0, rounds, unit, |round| {
        let time = Time(round as i64 * MONTH_S / 3);
        std::hint::black_box(permits.bitmap(time, Class::Consumer));
    });
    vec![answers, bitmap]
}

/// Answers a second, of the row of answers.
pub fn line(rows: &[Row]) -> Option<String> {
    let answers = rows.iter().find(|row| row.name.starts_with("permits: 2"))?;
    let per_second = QUESTIONS as f64 / (median(&answers.millis) / 1e3);
    Some(format!(
        "permitted(cell, time, class): {:.1} million answers a second on one thread",
        per_second / 1e6
    ))
}

fn timeline(ground: &Ground) -> Timeline {
    let mut timeline = Timeline::new("bench");
    let tops = ground.territories.iter().filter(|territory| territory.parent.is_none());
    for (place, territory) in tops.enumerate() {
        for interval in 0..INTERVALS {
            let state = if (place + interval) % 3 == 0 { State::Off } else { State::On };
            let number = (place * INTERVALS + interval) as u64;
            let from = Time(interval as i64 * MONTH_S + place as i64 * 977);
            let until = Some(Time(from.0 + MONTH_S)).filter(|_| interval + 1 < INTERVALS);
            let entry = entry(number, &territory.id, state, territory.cells_sha256);
            timeline.add(&entry, ClassSet::ALL, from, until);
        }
    }
    timeline
}

fn entry(number: u64, territory: &str, state: State, zone: [u8; 32]) -> Entry {
    Entry {
        territory: territory.to_owned(),
        state,
        reason: String::new(),
        logged: Logged {
            number,
            request: number,
            zone: Digest(zone),
            custom_area: false,
            requester: String::new(),
            on_behalf_of: String::new(),
            approvers: Vec::new(),
            reason_code: ReasonCode::Other,
            legal_basis: None,
            emergency: false,
            effective_from: Time(0),
            effective_until: None,
            review_by: Time(0),
        },
    }
}

/// Random cells, times and classes, the same every time. Source of the generator: G. Marsaglia, "Xorshift RNGs", 2003.
fn questions() -> Vec<(Cell, Time, Class)> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    let one = |_| {
        let cell = Cell(next(CELL_COUNT as u64) as u32);
        let time = Time(next(400 * 86_400) as i64);
        (cell, time, Class::ALL[next(Class::ALL.len() as u64) as usize])
    };
    (0..QUESTIONS).map(one).collect()
}
