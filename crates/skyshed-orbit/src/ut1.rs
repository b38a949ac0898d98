//! UT1−UTC: how far the Earth's rotation is from the clock. Does not fetch anything: new tables are handed in as text.

mod table;

use thiserror::Error;

use crate::epoch::{Epoch, MICROS_PER_DAY};

/// The most lines [`Ut1Table::parse_finals2000a`] reads (the full file since 1973 has about 20,000).
pub const MAX_UT1_LINES: usize = 200_000;

/// The least number of daily values a table must hold to be believed.
pub const MIN_UT1_VALUES: usize = 2;

/// UT1−UTC over time: (modified Julian day, seconds), ascending, interpolated linearly, the ends held.
///
/// Ignoring UT1 altogether moves every satellite by 465 m per second of UT1−UTC at the equator; the value has stayed
/// within ±0.25 s since 2020. Beyond the table the last value is held: the error then grows by some tens of metres per
/// year, until [`Ut1Table::parse_finals2000a`] reads a newer file.
///
/// A leap second makes UT1−UTC jump by a whole second. Between two values that differ by more than half a second the
/// jump is taken to be at the second one, as in the IERS's daily files. There has been no leap second since 2017-01-01,
/// so the built-in table has no jump; a refreshed one may.
#[derive(Clone, Debug, PartialEq)]
pub struct Ut1Table {
    values: Vec<(i64, f64)>,
}

/// Why a text is not a UT1 table.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Ut1Error {
    /// Too few values.
    #[error(
        "{found} UT1-UTC values found, at least {least} needed; give the IERS file finals2000A.all, .data or .daily \
         (fixed columns)"
    )]
    TooFew {
        /// Values found.
        found: usize,
        /// The least number allowed.
        least: usize,
    },
    /// A field that is not a number.
    #[error(
        "line {line}, columns {from} to {to}: `{given}` is not a number; finals2000A has {meaning} there"
    )]
    Field {
        /// Line, counted from 1.
        line: usize,
        /// First column, counted from 1.
        from: usize,
        /// Last column.
        to: usize,
        /// The text found.
        given: String,
        /// What should be there.
        meaning: &'static str,
    },
    /// A value no real table holds.
    #[error("line {line}: UT1-UTC is {given} s, allowed -1 to 1 (leap seconds keep it within 0.9)")]
    Value {
        /// Line, counted from 1.
        line: usize,
        /// The value, seconds.
        given: f64,
    },
    /// A day outside the years the format can date.
    #[error("line {line}: modified Julian date {given}, allowed 37665 (1962) to 88069 (2099)")]
    Day {
        /// Line, counted from 1.
        line: usize,
        /// The date.
        given: f64,
    },
    /// Days that do not ascend.
    #[error("line {line}: day {given} after day {previous}; the days must ascend")]
    Order {
        /// Line, counted from 1.
        line: usize,
        /// The day found.
        given: i64,
        /// The day before it.
        previous: i64,
    },
    /// More lines than any real file.
    #[error("{given} lines, allowed {limit}")]
    TooLong {
        /// Lines in the text.
        given: usize,
        /// The limit, [`MAX_UT1_LINES`].
        limit: usize,
    },
}

impl Ut1Table {
    /// The built-in table: 2020-01-01 to 2027-10-23, every ten days, IERS Bulletin A (see the source for its edition).
    pub fn builtin() -> Ut1Table {
        let day = |index: usize| table::FIRST_MODIFIED_JULIAN_DAY + index as i64 * table::STEP_DAYS;
        let values = table::UT1_MINUS_UTC_0_1_MS.iter().enumerate();
        Ut1Table { values: values.map(|(index, value)| (day(index), f64::from(*value) * 1e-4)).collect() }
    }

    /// Reads the IERS's fixed-column files `finals2000A.all`, `.data` and `.daily` (ReadMe.finals2000A, byte-by-byte
    /// description): modified Julian date in columns 8 to 15, UT1−UTC of Bulletin A in columns 59 to 68, seconds.
    /// Lines whose UT1 column is blank (beyond the predictions) are passed over.
    ///
    /// # Errors
    /// [`Ut1Error`] with the line and what was expected there.
    pub fn parse_finals2000a(text: &str) -> Result<Ut1Table, Ut1Error> {
        let lines = text.lines().count();
        if lines > MAX_UT1_LINES {
            return Err(Ut1Error::TooLong { given: lines, limit: MAX_UT1_LINES });
        }
        let mut values: Vec<(i64, f64)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let Some(value) = read_line(number, line)? else { continue };
            if let Some((previous, _)) = values.last().filter(|last| last.0 >= value.0) {
                return Err(Ut1Error::Order { line: number, given: value.0, previous: *previous });
            }
            values.push(value);
        }
        if values.len() < MIN_UT1_VALUES {
            return Err(Ut1Error::TooFew { found: values.len(), least: MIN_UT1_VALUES });
        }
        Ok(Ut1Table { values })
    }

    /// UT1−UTC at an instant, seconds.
    pub fn ut1_minus_utc_s(&self, time: Epoch) -> f64 {
        let day = time.modified_julian_day() as f64 + time.micros as f64 / MICROS_PER_DAY as f64;
        let after = self.values.partition_point(|(known, _)| *known as f64 <= day);
        if after == 0 {
            return self.values[0].1;
        }
        let (from, before_s) = self.values[after - 1];
        let Some((to, after_s)) = self.values.get(after) else { return before_s };
        // Across a leap second the value rises slowly and jumps at the end; undo the jump.
        let difference_s = after_s - before_s;
        let drift_s = difference_s - libm::round(difference_s);
        before_s + drift_s * (day - from as f64) / (to - from) as f64
    }

    /// The first and last day with a value; outside it the nearest value is held.
    pub fn range(&self) -> (Epoch, Epoch) {
        let day = |(day, _): &(i64, f64)| Epoch { days: (day - 40_587) as i32, micros: 0 };
        // Both constructors make at least MIN_UT1_VALUES values.
        (day(&self.values[0]), day(&self.values[self.values.len() - 1]))
    }
}

impl Default for Ut1Table {
    fn default() -> Ut1Table {
        Ut1Table::builtin()
    }
}

/// One line as (modified Julian day, UT1−UTC in seconds); `None` for a blank line or one without a value.
fn read_line(number: usize, line: &str) -> Result<Option<(i64, f64)>, Ut1Error> {
    if line.trim().is_empty() {
        return Ok(None);
    }
    let day = field(number, line, 8, 15, "the modified Julian date")?;
    if columns(line, 59, 68).trim().is_empty() {
        return Ok(None);
    }
    let value_s = field(number, line, 59, 68, "UT1-UTC in seconds")?;
    if !(37_665.0..=88_069.0).contains(&day) {
        return Err(Ut1Error::Day { line: number, given: day });
    }
    if !(-1.0..=1.0).contains(&value_s) {
        return Err(Ut1Error::Value { line: number, given: value_s });
    }
    Ok(Some((day as i64, value_s)))
}

fn field(line: usize, text: &str, from: usize, to: usize, meaning: &'static str) -> Result<f64, Ut1Error> {
    let given = columns(text, from, to).trim();
    let number = given.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| Ut1Error::Field { line, from, to, given: given.to_owned(), meaning })
}

/// Columns `from..=to` counted from 1; empty where the line is shorter or not ASCII there.
fn columns(line: &str, from: usize, to: usize) -> &str {
    line.get(from - 1..to.min(line.len())).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(day: f64, value: &str) -> String {
        format!("{:7}{day:8.2} I {:38} I{value:>10}", "", "")
    }

    #[test]
    fn builtin_covers_today_and_holds_its_ends() {
        let table = Ut1Table::builtin();
        let (first, last) = table.range();
        assert_eq!(first.to_string(), "2020-01-01T00:00:00Z");
        assert!(last > Epoch::parse("2027-10-01").unwrap());
        let at = |text| table.ut1_minus_utc_s(Epoch::parse(text).unwrap());
        assert_eq!(at("1990-01-01"), at("2020-01-01"));
        assert_eq!(at("2090-01-01"), table.ut1_minus_utc_s(last));
        assert!((at("2020-01-01") + 0.177_155_4).abs() < 1e-4);
    }

    #[test]
    fn a_leap_second_jumps_at_its_end() {
        let text = [line(57_753.0, "-0.4070000"), line(57_754.0, " 0.5920000")].join("\n");
        let table = Ut1Table::parse_finals2000a(&text).unwrap();
        let at = |text| table.ut1_minus_utc_s(Epoch::parse(text).unwrap());
        assert!((at("2016-12-31T12:00:00Z") + 0.4075).abs() < 1e-12);
        assert!((at("2017-01-01T00:00:00Z") - 0.592).abs() < 1e-12);
    }

    #[test]
    fn errors_name_the_line_and_the_cause() {
        let check = |text: &str, expected: &str| {
            let message = Ut1Table::parse_finals2000a(text).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        };
        check("", "0 UT1-UTC values found, at least 2 needed");
        check("<html>not found</html>", "line 1, columns 8 to 15: `ot found` is not a number");
        check(&line(57_753.0, "-0.40x"), "line 1, columns 59 to 68: `-0.40x` is not a number");
        check(&line(57_753.0, "7.0"), "line 1: UT1-UTC is 7 s, allowed -1 to 1");
        check(
            &[line(57_754.0, "0.1"), line(57_753.0, "0.1")].join("\n"),
            "line 2: day 57753 after day 57754",
        );
        check(&line(3.0, "0.1"), "line 1: modified Julian date 3, allowed");
    }
}
