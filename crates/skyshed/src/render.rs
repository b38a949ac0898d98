//! Outcomes as text for a person: aligned, no wider than [`WIDTH_MAX`] columns where names allow, without colour.

use crate::command::Outcome;

/// Lines are kept within this many columns.
pub const WIDTH_MAX: usize = 100;

/// The text of an outcome, with a line break at its end.
pub fn render(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Why(why) => format!("{why:?}\n"),
        Outcome::Slot(summary) => format!("{summary:?}\n"),
        Outcome::Coverage(coverage) => format!("{coverage:?}\n"),
        Outcome::CoverageByCountry(countries) => format!("{countries:?}\n"),
    }
}
