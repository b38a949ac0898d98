//! Outcomes as pages for a person. As text for files and pipes they are aligned, without colour, and no wider than 100 columns
//! as long as names are not longer than names are; a terminal lays the same pages out for its own width.

mod coverage;
mod preview;
mod route;
mod summary;
mod why;

use skyshed_plan::Cause;

use crate::command::Outcome;
use crate::log::LogStatus;
use crate::page::{Layout, Page, Text, caution};

/// The page of an outcome.
pub fn page(outcome: &Outcome) -> Page {
    match outcome {
        Outcome::Why(why) => why::page(why),
        Outcome::Slot(summary) => summary::page(summary),
        Outcome::Coverage(coverage) => coverage::page(coverage),
        Outcome::CoverageByCountry(countries) => coverage::countries(countries),
        Outcome::Route(route) => route::page(route),
        Outcome::Preview(preview) => preview::page(preview),
    }
}

/// The text of an outcome for files and pipes, with a line break at its end.
pub fn render(outcome: &Outcome) -> String {
    page(outcome).plain(Layout::PLAIN)
}

/// Which decisions an answer obeys: the log's, with what is to be known of it, or a policy's, which is a what-if study.
fn source(page: &mut Page, what_if: Option<&str>, log: Option<&LogStatus>) {
    if let Some(what_if) = what_if {
        page.labelled("What-if", caution(what_if));
    }
    let Some(log) = log else { return };
    let witnessed = match &log.witnessed_at {
        Some(time) => {
            format!("cosigned by {}, newest witnessed time {time}", witnesses(log.witnesses)).into()
        }
        None => caution("not witnessed yet, so nothing in it holds"),
    };
    page.labelled("Log", Text::from(log.name()) + ", " + witnessed);
    if let Some(doubt) = log.doubt.as_ref().filter(|_| log.stale) {
        page.labelled("STALE", caution(format!("the last proven state is kept: {doubt}")));
    }
    log.warnings.iter().for_each(|warning| page.labelled("Warning", caution(warning)));
}

fn witnesses(count: usize) -> String {
    if count == 1 { "1 witness".to_owned() } else { format!("{count} witnesses") }
}

/// `1234567` as `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A share in percent; never 100.0 % for less than all, nor 0.0 % for more than nothing.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = (1000.0 * part as f64 / whole as f64).round();
    let least = if part > 0 { 1.0 } else { 0.0 };
    let most = if part < whole { 999.0 } else { 1000.0 };
    format!("{:.1} %", tenths.clamp(least, most) / 10.0)
}

/// A number with one decimal, or a dash.
fn one_decimal(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

/// The sentence of a cause's word.
fn sentence(word: &str) -> &'static str {
    Cause::ALL.into_iter().find(|cause| cause.name() == word).map_or("", Cause::sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(7_613_081_733), "7,613,081,733");
        assert_eq!(percent(1, 0), "-");
        assert_eq!(percent(0, 7), "0.0 %");
        assert_eq!(percent(1, 1_000_000), "0.1 %");
        assert_eq!(percent(999_999, 1_000_000), "99.9 %");
        assert_eq!(percent(7, 7), "100.0 %");
    }
}
