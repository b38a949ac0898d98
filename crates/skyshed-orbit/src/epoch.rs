//! Instants of the world in UTC, as two integers. Leap seconds are accepted on input and never kept: a UTC day has
//! 86,400 seconds here, as it does in TLE, OMM and SGP4.

use std::fmt;

use thiserror::Error;

/// Microseconds in one day.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Longest text [`Epoch::parse`] looks at, bytes.
pub const MAX_EPOCH_TEXT: usize = 64;

/// An instant of the world in UTC: whole days since 1970-01-01 and microseconds within the day.
///
/// Two integers, because one f64 Julian date quantises at about 40 µs (0.3 m of satellite motion).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch {
    /// Days since 1970-01-01 (may be negative).
    pub days: i32,
    /// Microseconds since midnight UTC, 0..86_400_000_000.
    pub micros: i64,
}

/// Why a text is not an instant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EpochError {
    /// Not of an accepted form.
    #[error(
        "`{given}` is not a time; write it as 2026-08-22T21:00:12Z (fraction and offset such as +02:00 allowed), \
         2026-08-22, or by day of year 2026-234T21:00:12"
    )]
    Form {
        /// The text, shortened to [`MAX_EPOCH_TEXT`] bytes.
        given: String,
    },
    /// Of an accepted form, but a field is out of its range.
    #[error("`{given}`: {field} is {value}, allowed {least} to {most}")]
    Range {
        /// The text.
        given: String,
        /// The field.
        field: &'static str,
        /// Its value.
        value: u32,
        /// The least value allowed.
        least: u32,
        /// The greatest value allowed.
        most: u32,
    },
    /// Second 60 anywhere but at the end of a UTC day.
    #[error("`{given}`: second 60 exists only at 23:59:60 UTC")]
    LeapSecond {
        /// The text.
        given: String,
    },
}

impl Epoch {
    /// Reads RFC 3339 / ISO 8601 and the CCSDS forms (502.0-B-3 clause 7.5.10): `2026-08-22T21:00:12Z`, with any
    /// number of fractional digits (rounded to the microsecond), with `Z`, a numeric offset or nothing (meaning UTC),
    /// without seconds, a date alone (midnight), or by day of year (`2026-234T21:00:12`). Years 0001 to 9999.
    ///
    /// A leap second, `23:59:60`, is read as the start of the next second.
    ///
    /// # Errors
    /// [`EpochError`] with the text and, where it applies, the field, its value and its range.
    pub fn parse(text: &str) -> Result<Epoch, EpochError> {
        let text = text.trim();
        let form = || EpochError::Form { given: shortened(text) };
        if text.len() > MAX_EPOCH_TEXT || !text.is_ascii() {
            return Err(form());
        }
        let (date, clock) = match text.split_once('T') {
            Some((date, clock)) => (date, Some(clock)),
            None => (text, None),
        };
        let days = parse_date(text, date)?;
        match clock {
            Some(clock) => parse_clock(text, days, clock),
            None => Ok(Epoch { days, micros: 0 }),
        }
    }

    /// The instant so many microseconds after 1970-01-01T00:00:00Z, leap seconds not counted (Unix time).
    pub fn from_unix_micros(micros: i64) -> Epoch {
        // The quotient is at most 106,751,991 days in size and fits.
        Epoch { days: micros.div_euclid(MICROS_PER_DAY) as i32, micros: micros.rem_euclid(MICROS_PER_DAY) }
    }

    /// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted; held at the ends of i64 beyond ±292,000 years.
    pub fn unix_micros(self) -> i64 {
        clamp_to_i64(i128::from(self.days) * i128::from(MICROS_PER_DAY) + i128::from(self.micros))
    }

    /// The day (1..=31), month and year of the proleptic Gregorian calendar, as (year, month, day).
    pub fn calendar(self) -> (i32, u32, u32) {
        calendar_from_days(self.days)
    }

    /// Minutes from `earlier` to here; the difference is taken in integers first, so nothing cancels.
    pub fn minutes_since(self, earlier: Epoch) -> f64 {
        self.micros_since(earlier) as f64 / 60e6
    }

    /// Days from `earlier` to here.
    pub fn days_since(self, earlier: Epoch) -> f64 {
        self.micros_since(earlier) as f64 / MICROS_PER_DAY as f64
    }

    /// The instant `micros` microseconds later (earlier when negative).
    pub fn plus_micros(self, micros: i64) -> Epoch {
        let total = i128::from(self.micros) + i128::from(micros);
        let day = i128::from(MICROS_PER_DAY);
        let days = i128::from(self.days) + total.div_euclid(day);
        Epoch {
            days: days.clamp(i128::from(i32::MIN), i128::from(i32::MAX)) as i32,
            micros: total.rem_euclid(day) as i64,
        }
    }

    /// Modified Julian date of the UTC day: 1970-01-01 is 40587.
    pub fn modified_julian_day(self) -> i64 {
        i64::from(self.days) + 40_587
    }

    fn micros_since(self, earlier: Epoch) -> i128 {
        (i128::from(self.days) - i128::from(earlier.days)) * i128::from(MICROS_PER_DAY)
            + i128::from(self.micros)
            - i128::from(earlier.micros)
    }
}

/// `2026-08-22T21:00:12Z`; a fraction only when it is not zero, without trailing zeros.
impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.calendar();
        let seconds = self.micros / 1_000_000;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let fraction = self.micros % 1_000_000;
        if fraction != 0 {
            write!(f, ".{}", format!("{fraction:06}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms", `days_from_civil`). The month is 1..=12; the day may run past the month's end.
pub(crate) fn days_from_calendar(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month as i32 + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_calendar`] (`civil_from_days` of the same source).
fn calendar_from_days(days: i32) -> (i32, u32, u32) {
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month, day)
}

pub(crate) fn days_in_year(year: i32) -> u32 {
    if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { 366 } else { 365 }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 => days_in_year(year) - 337,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `YYYY-MM-DD` or `YYYY-DDD`.
fn parse_date(text: &str, date: &str) -> Result<i32, EpochError> {
    let form = || EpochError::Form { given: shortened(text) };
    let parts: Vec<&str> = date.split('-').collect();
    let year = parts.first().and_then(|part| digits(part, 4)).ok_or_else(form)?;
    in_range(text, "year", year, 1, 9999)?;
    match parts[1..] {
        [month, day] => {
            let month = digits(month, 2).ok_or_else(form)?;
            let day = digits(day, 2).ok_or_else(form)?;
            in_range(text, "month", month, 1, 12)?;
            in_range(text, "day", day, 1, days_in_month(year as i32, month))?;
            Ok(days_from_calendar(year as i32, month, day))
        }
        [day_of_year] => {
            let day = digits(day_of_year, 3).ok_or_else(form)?;
            in_range(text, "day of year", day, 1, days_in_year(year as i32))?;
            Ok(days_from_calendar(year as i32, 1, 1) + day as i32 - 1)
        }
        _ => Err(form()),
    }
}

/// `hh:mm[:ss[.d…]][Z|±hh:mm]` on the day `days`.
fn parse_clock(text: &str, days: i32, clock: &str) -> Result<Epoch, EpochError> {
    let form = || EpochError::Form { given: shortened(text) };
    let (clock, offset_minutes) = split_offset(text, clock)?;
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, parse_fraction(fraction).ok_or_else(form)?),
        None => (clock, 0),
    };
    let parts: Vec<&str> = whole.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute] if !clock.contains('.') => (digits(hour, 2), digits(minute, 2), Some(0)),
        [hour, minute, second] => (digits(hour, 2), digits(minute, 2), digits(second, 2)),
        _ => (None, None, None),
    };
    let (Some(hour), Some(minute), Some(second)) = (hour, minute, second) else { return Err(form()) };
    in_range(text, "hour", hour, 0, 23)?;
    in_range(text, "minute", minute, 0, 59)?;
    in_range(text, "second", second, 0, 60)?;
    let to_minute = Epoch { days, micros: i64::from(hour * 60 + minute) * 60_000_000 }
        .plus_micros(-i64::from(offset_minutes) * 60_000_000);
    if second < 60 {
        return Ok(to_minute.plus_micros(i64::from(second) * 1_000_000 + fraction));
    }
    let next_minute = to_minute.plus_micros(60_000_000);
    if next_minute.micros != 0 {
        return Err(EpochError::LeapSecond { given: shortened(text) });
    }
    Ok(next_minute)
}

/// Splits `Z` or a numeric offset off the end; the offset is in minutes east of UTC.
fn split_offset<'a>(text: &str, clock: &'a str) -> Result<(&'a str, i32), EpochError> {
    let form = || EpochError::Form { given: shortened(text) };
    if let Some(clock) = clock.strip_suffix('Z') {
        return Ok((clock, 0));
    }
    let Some(at) = clock.rfind(['+', '-']) else { return Ok((clock, 0)) };
    let (clock, offset) = clock.split_at(at);
    let (hours, minutes) = offset[1..].split_once(':').ok_or_else(form)?;
    let hours = digits(hours, 2).ok_or_else(form)?;
    let minutes = digits(minutes, 2).ok_or_else(form)?;
    in_range(text, "offset hours", hours, 0, 23)?;
    in_range(text, "offset minutes", minutes, 0, 59)?;
    let size = (hours * 60 + minutes) as i32;
    Ok((clock, if offset.starts_with('-') { -size } else { size }))
}

/// Microseconds of a decimal fraction, rounded half up.
fn parse_fraction(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut micros = 0;
    for place in 0..6 {
        micros = micros * 10 + fraction.as_bytes().get(place).map_or(0, |digit| i64::from(digit - b'0'));
    }
    let rounds_up = fraction.as_bytes().get(6).is_some_and(|digit| *digit >= b'5');
    Some(micros + i64::from(rounds_up))
}

/// A number of exactly `count` ASCII digits.
fn digits(text: &str, count: usize) -> Option<u32> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn in_range(text: &str, field: &'static str, value: u32, least: u32, most: u32) -> Result<(), EpochError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(EpochError::Range { given: shortened(text), field, value, least, most })
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_EPOCH_TEXT).collect()
}

fn clamp_to_i64(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Epoch::parse(text).map(|epoch| epoch.to_string()), Ok(expected.to_owned()), "{text}");
    }

    fn check_refused(text: &str, expected: &str) {
        assert_eq!(Epoch::parse(text).map_err(|error| error.to_string()), Err(expected.to_owned()));
    }

    #[test]
    fn accepted_forms() {
        check("2026-08-22T21:00:12Z", "2026-08-22T21:00:12Z");
        check("2026-08-22T21:00:12", "2026-08-22T21:00:12Z");
        check("2026-08-22T21:00:12.500Z", "2026-08-22T21:00:12.5Z");
        check("2026-08-22T21:00:12.0000005", "2026-08-22T21:00:12.000001Z");
        check("2026-12-31T23:59:59.9999999", "2027-01-01T00:00:00Z");
        check("2026-08-22T23:30:00+02:00", "2026-08-22T21:30:00Z");
        check("2026-08-22T23:30:00-05:30", "2026-08-23T05:00:00Z");
        check("2026-08-22", "2026-08-22T00:00:00Z");
        check("2026-08-22T21:00Z", "2026-08-22T21:00:00Z");
        check("2026-234T21:00:12", "2026-08-22T21:00:12Z");
        check("2024-366", "2024-12-31T00:00:00Z");
        check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
        check("2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00Z");
        check("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z");
        check("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
        check("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z");
    }

    #[test]
    fn refused_with_the_range() {
        check_refused("2026-02-29", "`2026-02-29`: day is 29, allowed 1 to 28");
        check_refused("2026-366T00:00:00", "`2026-366T00:00:00`: day of year is 366, allowed 1 to 365");
        check_refused("2026-08-22T24:00:00Z", "`2026-08-22T24:00:00Z`: hour is 24, allowed 0 to 23");
        check_refused(
            "2026-08-22T12:00:60Z",
            "`2026-08-22T12:00:60Z`: second 60 exists only at 23:59:60 UTC",
        );
        for text in [
            "",
            "yesterday",
            "2026-9-20T12:42:37",
            "2026-09-20 12:42:37",
            "26263.52959654",
            "2026-08-22T",
            "2026-08-22T1:00:00Z",
            "２026-08-22",
            "2026-08-22T12:00.5Z",
        ] {
            assert!(matches!(Epoch::parse(text), Err(EpochError::Form { .. })), "{text}");
        }
    }

    #[test]
    fn differences_are_exact() {
        let early = Epoch::parse("1999-12-31T23:59:59.999999Z").unwrap();
        let late = Epoch::parse("2000-01-01T00:00:00Z").unwrap();
        assert_eq!(late.minutes_since(early), 1.0 / 60e6);
        assert_eq!(early.minutes_since(late), -1.0 / 60e6);
        assert_eq!(early.plus_micros(1), late);
        assert_eq!(Epoch::from_unix_micros(-1).to_string(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(late.unix_micros(), 946_684_800_000_000);
        assert_eq!(late.modified_julian_day(), 51_544);
    }
}
