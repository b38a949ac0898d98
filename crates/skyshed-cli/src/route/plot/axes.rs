//! Round numbers for axes.

use skyshed::Epoch;

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Where, in the axis's own unit.
    pub at: f64,
    /// What is written there.
    pub label: String,
}

/// Steps of time that people count in, seconds.
const TIME_STEPS_S: [f64; 30] = [
    1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0,
    600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0, 172_800.0, 432_000.0,
    864_000.0,
];

/// At most `most` marks at multiples of 1, 2 or 5 times a power of ten between `low` and `high`.
pub fn marks(low: f64, high: f64, most: usize) -> Vec<Mark> {
    let rough = (high - low) / most.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let decimals = (-(step * 1.000_001).log10().floor()).max(0.0) as usize;
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last)
        .map(|number| number as f64 * step)
        .map(|at| Mark { at, label: format!("{at:.decimals$}") })
        .collect()
}

/// At most `most` marks at round times of day, in seconds after `start`, up to `length_s`.
pub fn time_marks(start: Epoch, length_s: f64, most: usize) -> Vec<Mark> {
    let fits = |step: &&f64| length_s / **step <= most as f64;
    let step_s = *TIME_STEPS_S.iter().find(fits).unwrap_or(&TIME_STEPS_S[TIME_STEPS_S.len() - 1]);
    let step_micros = (step_s * 1e6) as i64;
    let from = start.unix_micros();
    let first = from.div_euclid(step_micros) + i64::from(from.rem_euclid(step_micros) != 0);
    (first..)
        .map(|number| number * step_micros)
        .map(|micros| ((micros - from) as f64 / 1e6, Epoch::from_unix_micros(micros)))
        .take_while(|(at, _)| *at <= length_s)
        .map(|(at, time)| Mark { at, label: time_label(time, step_s) })
        .collect()
}

/// `22 Aug`, `21:00`, `21:00:12` or `21:00:12.250`, whatever the step can tell apart.
fn time_label(time: Epoch, step_s: f64) -> String {
    let text = time.to_string();
    match step_s {
        step if step >= 86_400.0 => text[5..10].to_owned(),
        step if step >= 60.0 => text[11..16].to_owned(),
        step if step >= 1.0 => text[11..19].to_owned(),
        _ => text[11..].trim_end_matches('Z').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(marks: Vec<Mark>) -> String {
        marks.into_iter().map(|mark| mark.label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn marks_are_round_numbers() {
        assert_eq!(labels(marks(37.2, 61.9, 6)), "40 45 50 55 60");
        assert_eq!(labels(marks(0.0, 0.31, 4)), "0.0 0.1 0.2 0.3");
        assert_eq!(labels(marks(9.0, 11.0, 5)), "9.0 9.5 10.0 10.5 11.0");
    }

    #[test]
    fn times_are_round_times_of_day() {
        let start = Epoch::parse("2026-08-22T21:00:12Z").expect("a time");
        assert_eq!(labels(time_marks(start, 7_200.0, 8)), "21:15 21:30 21:45 22:00 22:15 22:30 22:45 23:00");
        assert_eq!(
            labels(time_marks(start, 60.0, 6)),
            "21:00:20 21:00:30 21:00:40 21:00:50 21:01:00 21:01:10"
        );
        assert_eq!(labels(time_marks(start, 400_000.0, 6)), "08-23 08-24 08-25 08-26 08-27");
        assert_eq!(labels(time_marks(start, 1.0, 2)), "21:00:12 21:00:12.5 21:00:13");
    }
}
