//! Outcomes as text for a person: aligned, without colour, and no wider than [`WIDTH_MAX`] columns as long as names are
//! not longer than names are.

mod coverage;
mod preview;
mod route;
mod summary;
mod why;

use skyshed_plan::Cause;

use crate::command::Outcome;
use crate::log::LogStatus;

/// Lines are kept within this many columns.
pub const WIDTH_MAX: usize = 100;

/// Width of the labels in front of a line.
const LABEL_WIDTH: usize = 13;

/// The text of an outcome, with a line break at its end.
pub fn render(outcome: &Outcome) -> String {
    let lines = match outcome {
        Outcome::Why(why) => why::lines(why),
        Outcome::Slot(summary) => summary::lines(summary),
        Outcome::Coverage(coverage) => coverage::lines(coverage),
        Outcome::CoverageByCountry(countries) => coverage::table(countries),
        Outcome::Route(route) => route::lines(route),
        Outcome::Preview(preview) => preview::lines(preview),
    };
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// A label and what it is about, wrapped below itself.
fn labelled(label: &str, text: &str) -> Vec<String> {
    let wrapped = wrapped(text, WIDTH_MAX - LABEL_WIDTH);
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    labels.zip(wrapped).map(|(label, line)| format!("{label:<LABEL_WIDTH$}{line}")).collect()
}

/// Which decisions an answer obeys: the log's, with what is to be known of it, or a policy's, which is a what-if study.
fn source(what_if: Option<&str>, log: Option<&LogStatus>) -> Vec<String> {
    let mut lines = what_if.map_or_else(Vec::new, |what_if| labelled("What-if", what_if));
    let Some(log) = log else { return lines };
    let witnessed = match &log.witnessed_at {
        Some(time) => format!("cosigned by {}, newest witnessed time {time}", witnesses(log.witnesses)),
        None => "not witnessed yet, so nothing in it holds".to_owned(),
    };
    lines.extend(labelled("Log", &format!("{}, {witnessed}", log.name())));
    if let Some(doubt) = log.doubt.as_ref().filter(|_| log.stale) {
        lines.extend(labelled("STALE", &format!("the last proven state is kept: {doubt}")));
    }
    lines.extend(log.warnings.iter().flat_map(|warning| labelled("Warning", warning)));
    lines
}

fn witnesses(count: usize) -> String {
    if count == 1 { "1 witness".to_owned() } else { format!("{count} witnesses") }
}

/// Breaks a text between words into lines of at most `width` characters; a longer word stays whole.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
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

/// A name cut to a width, with an ellipsis.
fn cut(name: &str, width: usize) -> String {
    if name.chars().count() <= width {
        return name.to_owned();
    }
    name.chars().take(width - 1).chain(['…']).collect()
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

    #[test]
    fn texts_wrap_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("", 7), [""]);
        assert_eq!(wrapped("unbreakable", 3), ["unbreakable"]);
        assert_eq!(cut("Zürich", 6), "Zürich");
        assert_eq!(cut("Zürich", 5), "Züri…");
    }
}
