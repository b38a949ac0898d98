//! Two-line element sets: 2LE, 3LE, names with or without the leading `0 `, Alpha-5 numbers. Strict: a line that does
//! not keep the columns is rejected with the column, never read at shifted positions.
//!
//! Columns: CelesTrak, "NORAD Two-Line Element Set Format"; Alpha-5: Space-Track documentation, "What is Alpha-5?".

use super::record::{check_ephemeris_type, check_ranges, shortened};
use super::{Collector, ElementError, ElementSet, Place, RejectReason};
use crate::epoch::{Epoch, days_from_calendar, days_in_year};

/// Characters in a TLE line.
const LINE_LENGTH: usize = 69;

/// Reads all sets of a text. Blank lines and lines beginning with `#` are passed over.
pub(super) fn read(text: &str, collector: &mut Collector) -> Result<(), ElementError> {
    let lines = text.lines().zip(1u64..).map(|(line, number)| (number, line.trim_end()));
    let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).peekable();
    let mut name: Option<(u64, &str)> = None;
    while let Some((number, line)) = lines.next() {
        if looks_like_line_1(line) {
            let label = name.take().map_or("", |(_, name)| clean_name(name));
            let Some((_, second)) = lines.next_if(|(_, next)| looks_like_line_2(next)) else {
                collector.add(Place::Line(number), object(label, line), Err(RejectReason::NoLine2))?;
                continue;
            };
            collector.add(Place::Line(number), object(label, line), read_set(label, line, second))?;
            continue;
        }
        report_stray(name.take(), collector)?;
        if looks_like_line_2(line) {
            collector.add(Place::Line(number), object("", line), Err(RejectReason::NoLine1))?;
        } else {
            name = Some((number, line));
        }
    }
    report_stray(name, collector)
}

/// Whether a line is meant as line 1: `1 ` and either long enough or a catalogue number at its columns.
pub(super) fn looks_like_line_1(line: &str) -> bool {
    looks_like_line(line, "1 ")
}

/// Decodes a five-character catalogue number, plain or Alpha-5: a letter (I and O left out) stands for 10 to 33, so
/// `A0000` is 100,000 and `Z9999` is 339,999. Leading blanks count as zeros.
pub fn decode_alpha5(field: &str) -> Option<u64> {
    const LETTERS: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    if field.len() != 5 || !field.is_ascii() {
        return None;
    }
    let plain = field.trim_start();
    if let Some(index) = field.chars().next().and_then(|letter| LETTERS.find(letter)) {
        return all_digits(&field[1..]).map(|rest| (index as u64 + 10) * 10_000 + rest);
    }
    all_digits(plain)
}

fn looks_like_line_2(line: &str) -> bool {
    looks_like_line(line, "2 ")
}

fn looks_like_line(line: &str, start: &str) -> bool {
    let long = line.len() > 26; // longer than a name line `0 ` + 24 characters
    line.starts_with(start) && (long || line.get(2..7).is_some_and(|field| decode_alpha5(field).is_some()))
}

/// A name line without the `0 ` of the 3LE form.
fn clean_name(line: &str) -> &str {
    line.strip_prefix("0 ").unwrap_or(line).trim()
}

/// What to call the set in a report: its name, else the number field of its line.
fn object<'a>(name: &'a str, line: &'a str) -> &'a str {
    if name.is_empty() { line.get(2..7).unwrap_or("").trim() } else { name }
}

fn report_stray(name: Option<(u64, &str)>, collector: &mut Collector) -> Result<(), ElementError> {
    match name {
        Some((number, text)) => collector.add(Place::Line(number), text, Err(RejectReason::StrayText)),
        None => Ok(()),
    }
}

fn read_set(name: &str, first: &str, second: &str) -> Result<ElementSet, RejectReason> {
    let first = Line::check(1, first, &[1, 8, 17, 32, 43, 52, 61, 63])?;
    let second = Line::check(2, second, &[1, 7, 16, 25, 33, 42, 51])?;
    let catalog_number = first.catalog_number()?;
    let repeated = second.catalog_number()?;
    if catalog_number != repeated {
        return Err(RejectReason::LineMismatch { first: catalog_number, second: repeated });
    }
    match first.text(62, 63).trim() {
        "" => {}
        given => check_ephemeris_type(given)?,
    }
    if name.len() > super::MAX_NAME_BYTES {
        let (given, most) = (name.len(), super::MAX_NAME_BYTES);
        return Err(RejectReason::TooLong { keyword: "OBJECT_NAME", given, most });
    }
    let set = ElementSet {
        catalog_number,
        name: name.to_owned(),
        international_designator: designator(first.text(9, 17)),
        classification: first.text(7, 8).chars().next().filter(|letter| *letter != ' '),
        epoch: first.epoch()?,
        mean_motion_rev_per_day: second.decimal(52, 63, "mean motion")?,
        eccentricity: second.fraction(26, 33, "eccentricity")?,
        inclination_deg: second.decimal(8, 16, "inclination")?,
        raan_deg: second.decimal(17, 25, "right ascension of the node")?,
        argument_of_pericenter_deg: second.decimal(34, 42, "argument of pericentre")?,
        mean_anomaly_deg: second.decimal(43, 51, "mean anomaly")?,
        bstar: first.assumed_point(53, 61, "BSTAR")?,
        mean_motion_dot: first.decimal(33, 43, "first derivative of mean motion")?,
        mean_motion_ddot: first.assumed_point(44, 52, "second derivative of mean motion")?,
        element_set_number: first.count(64, 68, "element set number")?,
        revolution_at_epoch: second.count(63, 68, "revolution number")?,
    };
    check_ranges(&set)?;
    Ok(set)
}

/// One line of 69 ASCII characters whose checksum and blank columns are right.
struct Line<'a> {
    number: u8,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// `blanks` are columns counted from 0.
    fn check(number: u8, text: &'a str, blanks: &[usize]) -> Result<Line<'a>, RejectReason> {
        if let Some((index, given)) = text.chars().enumerate().find(|(_, letter)| !letter.is_ascii()) {
            let (column, allowed) = (index + 1, "ASCII only");
            return Err(RejectReason::Column { tle_line: number, column, given, allowed });
        }
        if text.len() != LINE_LENGTH {
            return Err(RejectReason::LineLength { tle_line: number, given: text.len() });
        }
        let computed = checksum(text);
        let given = char::from(text.as_bytes()[LINE_LENGTH - 1]);
        if given != char::from(b'0' + computed) {
            return Err(RejectReason::Checksum { tle_line: number, given, computed });
        }
        if let Some(column) = blanks.iter().find(|column| text.as_bytes()[**column] != b' ') {
            let given = char::from(text.as_bytes()[*column]);
            return Err(RejectReason::Column {
                tle_line: number,
                column: column + 1,
                given,
                allowed: "a blank",
            });
        }
        Ok(Line { number, text })
    }

    fn text(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    fn bad(&self, from: usize, to: usize, field: &'static str, allowed: &'static str) -> RejectReason {
        let given = shortened(self.text(from, to));
        RejectReason::TleField { tle_line: self.number, from: from + 1, to, field, given, allowed }
    }

    fn catalog_number(&self) -> Result<u64, RejectReason> {
        let allowed = "five digits, or a capital letter other than I and O and four digits";
        decode_alpha5(self.text(2, 7)).ok_or_else(|| self.bad(2, 7, "catalogue number", allowed))
    }

    /// `YYDDD.DDDDDDDD`: years 57 to 99 are of the 1900s (T. S. Kelso, Satellite Times, January 1998). One unit of the
    /// eighth decimal of a day is 864 µs, so the epoch is exact in microseconds.
    fn epoch(&self) -> Result<Epoch, RejectReason> {
        let bad = |allowed| self.bad(18, 32, "epoch", allowed);
        let text = self.text(18, 32);
        let year =
            all_digits(&text[..2]).ok_or_else(|| bad("a two-digit year, then the day of the year"))? as i32;
        let year = if year < 57 { 2000 + year } else { 1900 + year };
        let form = "YYDDD.DDDDDDDD";
        let day = all_digits(text[2..5].trim_start()).ok_or_else(|| bad(form))? as u32;
        let fraction =
            all_digits(text[6..].trim_end()).filter(|_| &text[5..6] == ".").ok_or_else(|| bad(form))?;
        if day < 1 || day > days_in_year(year) {
            return Err(bad("a day of the year, 1 to 365 (366 in leap years)"));
        }
        let places = text[6..].trim_end().len() as u32;
        let micros = fraction as i64 * 864 * 10i64.pow(8 - places);
        Ok(Epoch { days: days_from_calendar(year, 1, 1) + day as i32 - 1, micros })
    }

    /// Digits with a decimal point and an optional sign.
    fn decimal(&self, from: usize, to: usize, field: &'static str) -> Result<f64, RejectReason> {
        let text = self.text(from, to).trim();
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'));
        let number = text.parse().ok().filter(|number: &f64| plain && number.is_finite());
        number.ok_or_else(|| self.bad(from, to, field, "a decimal number"))
    }

    /// Seven digits after an assumed decimal point.
    fn fraction(&self, from: usize, to: usize, field: &'static str) -> Result<f64, RejectReason> {
        let bad = || self.bad(from, to, field, "seven digits, the decimal point assumed before them");
        let digits = self.text(from, to).replace(' ', "0");
        all_digits(&digits).ok_or_else(bad)?;
        format!("0.{digits}").parse().map_err(|_| bad())
    }

    /// Sign, five digits after an assumed decimal point, and a signed power of ten: ` 12345-4` is 0.12345e-4.
    fn assumed_point(&self, from: usize, to: usize, field: &'static str) -> Result<f64, RejectReason> {
        let bad = || self.bad(from, to, field, "such as ` 12345-4`, meaning 0.12345e-4");
        let text = self.text(from, to);
        let sign = match text.as_bytes()[0] {
            b' ' | b'+' => "",
            b'-' => "-",
            _ => return Err(bad()),
        };
        let digits = &text[1..6].replace(' ', "0");
        let (exponent_sign, exponent) = text[6..].split_at(1);
        let is_exponent = matches!(exponent_sign, "+" | "-" | " " | "0") && all_digits(exponent).is_some();
        if all_digits(digits).is_none() || !is_exponent {
            return Err(bad());
        }
        let exponent_sign = exponent_sign.trim();
        format!("{sign}0.{digits}e{exponent_sign}{exponent}").parse().map_err(|_| bad())
    }

    fn count(&self, from: usize, to: usize, field: &'static str) -> Result<Option<u64>, RejectReason> {
        match self.text(from, to).trim() {
            "" => Ok(None),
            digits => all_digits(digits).ok_or_else(|| self.bad(from, to, field, "digits")).map(Some),
        }
    }
}

/// Sum of the digits of the first 68 characters, a minus counting 1, modulo 10.
fn checksum(line: &str) -> u8 {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'-' => 1,
        _ => 0,
    };
    (line.bytes().take(LINE_LENGTH - 1).map(value).sum::<u32>() % 10) as u8
}

/// `98067A` as `1998-067A`; anything else as it stands.
fn designator(field: &str) -> String {
    let field = field.trim();
    match (field.get(..2).and_then(all_digits), field.get(2..5).and_then(all_digits), field.get(5..)) {
        (Some(year), Some(_), Some(piece)) if !piece.is_empty() => {
            let century = if year < 57 { 20 } else { 19 };
            format!("{century}{year:02}-{}{piece}", &field[2..5])
        }
        _ => field.to_owned(),
    }
}

fn all_digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}
