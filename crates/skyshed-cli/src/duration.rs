//! Lengths of time as people write them: `3s`, `500ms`, `2h`, `1h30m`.

/// Most that can be given: a hundred years.
const LONGEST_MICROS: u64 = 36_525 * 86_400 * 1_000_000;

/// The units, longest first, in microseconds.
const UNITS: [(&str, u64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// A length of time, in whole microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    micros: u64,
}

impl Duration {
    /// Whole microseconds; at most a hundred years.
    pub fn micros(self) -> u64 {
        self.micros
    }

    /// How many steps of length `step` begin within this length, the one at its very beginning among them.
    ///
    /// # Errors
    /// Where the step is zero, is longer than this length, or does not divide it.
    pub fn steps_of(self, step: Duration) -> Result<u64, String> {
        if step.micros == 0 {
            return Err("--step 0 never ends; give a step such as 1s".to_owned());
        }
        if self.micros < step.micros {
            return Err(format!("--for {self} is shorter than --step {step}; give at least one step"));
        }
        if !self.micros.is_multiple_of(step.micros) {
            let (less, more) = (self.micros / step.micros * step.micros, step.micros);
            let (less, more) = (Duration { micros: less }, Duration { micros: less + more });
            return Err(format!(
                "--for {self} is no whole number of steps of --step {step}; give --for {less} or {more}"
            ));
        }
        Ok(self.micros / step.micros)
    }
}

impl std::fmt::Display for Duration {
    /// As [`parse`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.micros == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.micros;
        for (unit, micros) in UNITS {
            if rest >= micros {
                write!(f, "{}{unit}", rest / micros)?;
                rest %= micros;
            }
        }
        Ok(())
    }
}

/// Reads a length of time: whole numbers or decimals, each with its unit (d, h, m, s, ms, us), longest unit first.
///
/// # Errors
/// A message that says what was given and what is allowed.
pub fn parse(text: &str) -> Result<Duration, String> {
    let refuse = |why: &str| {
        let shown: String = text.chars().take(40).collect();
        format!(
            "`{shown}` is no length of time ({why}); give numbers with units d, h, m, s, ms or us, such as 3s, 500ms, 2h or 1h30m"
        )
    };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(refuse("nothing is given"));
    }
    let (mut micros, mut units) = (0u64, UNITS.as_slice());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        if number.is_empty() {
            return Err(refuse("a number is missing, or a character does not belong there"));
        }
        let Some(at) = units.iter().position(|(name, _)| *name == unit) else {
            let known = UNITS.iter().any(|(name, _)| *name == unit);
            return Err(refuse(match (unit, known) {
                ("", _) => "the unit is missing",
                (_, true) => "the longest unit comes first, each once",
                (_, false) => "there is no such unit",
            }));
        };
        let part = scaled(number, units[at].1)
            .ok_or_else(|| refuse("a number is too large, no number, or finer than a microsecond"))?;
        micros = micros
            .checked_add(part)
            .filter(|sum| *sum <= LONGEST_MICROS)
            .ok_or_else(|| refuse("at most a hundred years"))?;
        units = &units[at + 1..];
        rest = tail;
    }
    Ok(Duration { micros })
}

/// A decimal number of units, as whole microseconds; `None` where it is none.
fn scaled(number: &str, unit_micros: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || (fraction.is_empty() && number.contains('.')) || fraction.len() > 12 {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit_micros)?;
    let parts = 10u128.pow(fraction.len() as u32);
    let fraction = if fraction.is_empty() { 0 } else { fraction.parse::<u64>().ok()? };
    let scaled = u128::from(fraction) * u128::from(unit_micros);
    if !scaled.is_multiple_of(parts) {
        return None;
    }
    whole.checked_add(u64::try_from(scaled / parts).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> u64 {
        parse(text).unwrap().micros()
    }

    #[test]
    fn lengths_are_read() {
        let cases = [
            ("3s", 3_000_000),
            ("500ms", 500_000),
            ("100us", 100),
            ("2h", 7_200_000_000),
            ("1h30m", 5_400_000_000),
            ("1d12h", 129_600_000_000),
            ("1.5s", 1_500_000),
            ("0.000001s", 1),
            ("0s", 0),
            (" 2m ", 120_000_000),
        ];
        for (text, expected) in cases {
            assert_eq!(micros(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_length_is_refused_with_what_is_allowed() {
        for text in [
            "", "3", "s", "3 s", "-3s", "3sec", "3s2h", "3s3s", "1e3s", ".5s", "5.s", "1.2.3s", "0.1us",
            "nan", "∞s",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("such as 3s, 500ms, 2h or 1h30m"), "{text}: {error}");
        }
        for text in ["36526d", "99999999999999999999s", "18446744073709551615d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for text in ["0s", "3s", "500ms", "1h30m", "1d1h1m1s1ms1us", "36525d"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn steps_divide_their_length() {
        let steps = |length: &str, step: &str| parse(length).unwrap().steps_of(parse(step).unwrap());
        assert_eq!(steps("3s", "1s"), Ok(3));
        assert_eq!(steps("2h", "100ms"), Ok(72_000));
        assert!(steps("3s", "0s").unwrap_err().contains("never ends"));
        assert!(steps("3s", "4s").unwrap_err().contains("shorter"));
        assert!(steps("3s", "2s").unwrap_err().contains("give --for 2s or 4s"));
    }
}
