//! The keywords of one OMM and what they make together: the one place where text becomes an [`ElementSet`].
//! Does not know which notation the text came in.

use super::problems::not_catalog_number;
use super::{Collector, ElementSet, MAX_CATALOG_NUMBER, MAX_NAME_BYTES, RejectReason};
use crate::epoch::Epoch;

/// Longest piece of input repeated in a message, characters.
const MAX_QUOTED: usize = 64;

/// The keywords of CCSDS 502.0-B-3 tables 4-2 and 4-3 that matter here; others are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keyword(usize);

/// Keyword and, where it has one, its unit (CCSDS 502.0-B-3 tables 4-2 and 4-3).
const KEYWORDS: [(&str, Option<&str>); 21] = [
    ("OBJECT_NAME", None),
    ("OBJECT_ID", None),
    ("NORAD_CAT_ID", None),
    ("EPOCH", None),
    ("MEAN_MOTION", Some("rev/day")),
    ("ECCENTRICITY", None),
    ("INCLINATION", Some("deg")),
    ("RA_OF_ASC_NODE", Some("deg")),
    ("ARG_OF_PERICENTER", Some("deg")),
    ("MEAN_ANOMALY", Some("deg")),
    ("BSTAR", Some("1/ER")),
    ("MEAN_MOTION_DOT", Some("rev/day**2")),
    ("MEAN_MOTION_DDOT", Some("rev/day**3")),
    ("EPHEMERIS_TYPE", None),
    ("CLASSIFICATION_TYPE", None),
    ("ELEMENT_SET_NO", None),
    ("REV_AT_EPOCH", None),
    ("CENTER_NAME", None),
    ("REF_FRAME", None),
    ("TIME_SYSTEM", None),
    ("MEAN_ELEMENT_THEORY", None),
];

/// The keywords without which there is no element set.
pub(super) const NEEDED: [&str; 8] = [
    "NORAD_CAT_ID",
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
];

/// The values of one OMM, as text.
#[derive(Default)]
pub(super) struct Record {
    values: [Option<String>; KEYWORDS.len()],
    /// The first thing found wrong while collecting, reported before anything else.
    problem: Option<RejectReason>,
}

impl Keyword {
    pub(super) fn parse(text: &str) -> Option<Keyword> {
        KEYWORDS.iter().position(|(name, _)| *name == text).map(Keyword)
    }

    fn name(self) -> &'static str {
        KEYWORDS[self.0].0
    }

    /// Whether its value is a quantity, which may carry a unit.
    pub(super) fn is_number(self) -> bool {
        KEYWORDS[self.0].1.is_some() || self.name() == "ECCENTRICITY"
    }
}

impl Record {
    /// Whether no keyword has been set and nothing went wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.problem.is_none() && self.values.iter().all(Option::is_none)
    }

    pub(super) fn has(&self, keyword: &str) -> bool {
        self.text(keyword).is_some()
    }

    /// Sets a value; blank means missing. A second, different value for a keyword is a contradiction.
    pub(super) fn set(&mut self, keyword: Keyword, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        match &self.values[keyword.0] {
            Some(first) if first != value => {
                let (first, second) = (shortened(first), shortened(value));
                self.complain(RejectReason::Contradiction { keyword: keyword.name(), first, second });
            }
            _ => self.values[keyword.0] = Some(value.to_owned()),
        }
    }

    /// Checks a unit given with a value (`[deg]` in KVN, `units="deg"` in XML).
    pub(super) fn check_unit(&mut self, keyword: Keyword, unit: &str) {
        let (name, allowed) = KEYWORDS[keyword.0];
        let unit = unit.trim();
        let Some(allowed) = allowed else { return };
        if !unit.eq_ignore_ascii_case(allowed) {
            self.complain(RejectReason::Unit { keyword: name, given: shortened(unit), allowed });
        }
    }

    /// Notes a problem; the first one counts.
    pub(super) fn complain(&mut self, reason: RejectReason) {
        self.problem.get_or_insert(reason);
    }

    /// How to call the record in a report.
    pub(super) fn label(&self) -> String {
        let number = self.text("NORAD_CAT_ID").unwrap_or("");
        let name = self.text("OBJECT_NAME").unwrap_or("");
        shortened(format!("{number} {name}").trim())
    }

    /// The element set, or the first reason why there is none.
    pub(super) fn element_set(&self, collector: &mut Collector) -> Result<ElementSet, RejectReason> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        self.check_metadata()?;
        self.check_ephemeris_type()?;
        if let Some(keyword) = NEEDED.iter().find(|keyword| !self.has(keyword)) {
            return Err(RejectReason::Missing { keyword });
        }
        let set = ElementSet {
            catalog_number: self.catalog_number()?,
            name: self.words("OBJECT_NAME")?,
            international_designator: self.words("OBJECT_ID")?,
            classification: self.text("CLASSIFICATION_TYPE").and_then(|text| text.chars().next()),
            epoch: Epoch::parse(self.text("EPOCH").unwrap_or(""))?,
            mean_motion_rev_per_day: self.number("MEAN_MOTION")?,
            eccentricity: self.number("ECCENTRICITY")?,
            inclination_deg: self.number("INCLINATION")?,
            raan_deg: self.number("RA_OF_ASC_NODE")?,
            argument_of_pericenter_deg: self.number("ARG_OF_PERICENTER")?,
            mean_anomaly_deg: self.number("MEAN_ANOMALY")?,
            bstar: self.number("BSTAR")?,
            mean_motion_dot: self.number("MEAN_MOTION_DOT")?,
            mean_motion_ddot: self.number("MEAN_MOTION_DDOT")?,
            element_set_number: self.count("ELEMENT_SET_NO")?,
            revolution_at_epoch: self.count("REV_AT_EPOCH")?,
        };
        check_ranges(&set)?;
        if !self.has("BSTAR") {
            collector.note_without_drag();
        }
        Ok(set)
    }

    fn text(&self, keyword: &str) -> Option<&str> {
        Keyword::parse(keyword).and_then(|keyword| self.values[keyword.0].as_deref())
    }

    fn words(&self, keyword: &'static str) -> Result<String, RejectReason> {
        let text = self.text(keyword).unwrap_or("");
        if text.len() > MAX_NAME_BYTES {
            return Err(RejectReason::TooLong { keyword, given: text.len(), most: MAX_NAME_BYTES });
        }
        Ok(text.to_owned())
    }

    /// A decimal number (CCSDS 502.0-B-3 clause 7.5.6); 0 when the keyword is missing.
    fn number(&self, keyword: &'static str) -> Result<f64, RejectReason> {
        let Some(text) = self.text(keyword) else { return Ok(0.0) };
        parse_number(text).ok_or_else(|| RejectReason::NotNumber { keyword, given: shortened(text) })
    }

    fn count(&self, keyword: &'static str) -> Result<Option<u64>, RejectReason> {
        const MOST: u64 = 999_999_999;
        let Some(text) = self.text(keyword) else { return Ok(None) };
        let reason = || RejectReason::NotInteger { keyword, given: shortened(text), most: MOST };
        parse_integer(text, MOST).ok_or_else(reason).map(Some)
    }

    fn catalog_number(&self) -> Result<u64, RejectReason> {
        let text = self.text("NORAD_CAT_ID").unwrap_or("");
        parse_integer(text, MAX_CATALOG_NUMBER).ok_or_else(|| not_catalog_number(text))
    }

    /// The numbers mean what SGP4 takes them to mean (CCSDS 502.0-B-3 table 4-2); a keyword left out is taken so.
    fn check_metadata(&self) -> Result<(), RejectReason> {
        const ALLOWED: [(&str, &[&str], &str); 4] = [
            ("CENTER_NAME", &["EARTH"], "EARTH"),
            ("REF_FRAME", &["TEME", "TEMEOFDATE"], "TEME"),
            ("TIME_SYSTEM", &["UTC"], "UTC"),
            ("MEAN_ELEMENT_THEORY", &["SGP4", "SGP/SGP4"], "SGP4 (or SGP/SGP4)"),
        ];
        for (keyword, values, allowed) in ALLOWED {
            let Some(given) = self.text(keyword) else { continue };
            if keyword == "MEAN_ELEMENT_THEORY" && given.eq_ignore_ascii_case("SGP4-XP") {
                return Err(RejectReason::Sgp4Xp);
            }
            if !values.iter().any(|value| given.eq_ignore_ascii_case(value)) {
                return Err(RejectReason::Metadata { keyword, given: shortened(given), allowed });
            }
        }
        Ok(())
    }

    fn check_ephemeris_type(&self) -> Result<(), RejectReason> {
        match self.text("EPHEMERIS_TYPE") {
            Some(text) => check_ephemeris_type(text),
            None => Ok(()),
        }
    }
}

/// Type 0 is what is distributed; 2 and 3 are its internal names (SGP4, SDP4). Type 4 is SGP4-XP.
pub(super) fn check_ephemeris_type(text: &str) -> Result<(), RejectReason> {
    match parse_integer(text, 9) {
        Some(0 | 2 | 3) => Ok(()),
        Some(4) => Err(RejectReason::Sgp4Xp),
        _ => Err(RejectReason::EphemerisType { given: shortened(text) }),
    }
}

/// Ranges outside which the numbers describe no orbit around the Earth.
pub(super) fn check_ranges(set: &ElementSet) -> Result<(), RejectReason> {
    let check = |keyword, given: f64, ok: bool, allowed| match ok {
        true => Ok(()),
        false => Err(RejectReason::OutOfRange { keyword, given, allowed }),
    };
    let angle = |keyword, given: f64| check(keyword, given, given.abs() <= 360.0, "-360 to 360 degrees");
    let motion = set.mean_motion_rev_per_day;
    let inclination = set.inclination_deg;
    let eccentricity = set.eccentricity;
    check("MEAN_MOTION", motion, motion > 0.0 && motion <= 18.0, "above 0, at most 18 rev/day")?;
    check("ECCENTRICITY", eccentricity, (0.0..1.0).contains(&eccentricity), "0 to below 1")?;
    check("INCLINATION", inclination, (0.0..=180.0).contains(&inclination), "0 to 180 degrees")?;
    angle("RA_OF_ASC_NODE", set.raan_deg)?;
    angle("ARG_OF_PERICENTER", set.argument_of_pericenter_deg)?;
    angle("MEAN_ANOMALY", set.mean_anomaly_deg)?;
    let (year, _, _) = set.epoch.calendar();
    if !(1957..=2100).contains(&year) {
        return Err(RejectReason::EpochYear { given: set.epoch });
    }
    Ok(())
}

/// A finite decimal number; `inf`, `nan` and the like are none.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let decimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if !decimal {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A whole number with optional plus sign and leading zeros (CCSDS 502.0-B-3 clause 7.5.4).
pub(super) fn parse_integer(text: &str, most: u64) -> Option<u64> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|number| *number <= most)
}

/// A piece of input cut to a length fit for a message, without control characters.
pub(super) fn shortened(text: &str) -> String {
    let visible = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut short: String = visible.take(MAX_QUOTED).collect();
    if text.chars().nth(MAX_QUOTED).is_some() {
        short.push('…');
    }
    short
}
