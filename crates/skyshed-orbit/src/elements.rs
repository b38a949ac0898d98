//! Element sets from any of the forms they are published in. Opens no file and follows no orbit.
//!
//! OMM as JSON, CSV, KVN and XML (CCSDS 502.0-B-3) and TLE with or without names (2LE, 3LE, Alpha-5), plain or gzip,
//! are told apart by content, never by a file's name, and all become [`ElementSet`]. A bad record is reported in
//! [`ElementLoad::rejected`] with its line or number and the reason, and the rest is loaded; a file of which nothing
//! can be believed (truncated JSON, a web page, a picture) is one [`ElementError`].

mod omm_csv;
mod omm_json;
mod omm_kvn;
mod omm_xml;
mod problems;
mod record;
mod source;
mod tle;
mod write;

use std::cmp::Ordering;
use std::fmt;

pub use problems::{ElementError, LoadWarning, RejectReason, Rejected};
pub use tle::decode_alpha5;
pub use write::{omm_csv, omm_json};

use crate::epoch::Epoch;

/// The largest input, bytes, after decompression: 512 MiB. The whole catalogue as XML is about 60 MB.
pub const MAX_INPUT_BYTES: u64 = 512 << 20;

/// The most records in one input, good and bad together. The whole catalogue has about 70,000.
pub const MAX_RECORDS: usize = 1_000_000;

/// Longest object name kept, bytes.
pub const MAX_NAME_BYTES: usize = 256;

/// The largest catalogue number: nine digits (CCSDS 502.0-B-3 table 4-3). Designed satellites are numbered above it.
pub const MAX_CATALOG_NUMBER: u64 = 999_999_999;

/// A set is stale when its epoch is more than this many days before the newest of the same load. Healthy feeds renew
/// every set within two days; a set two weeks behind is a satellite lost, decayed or frozen in the feed.
pub const STALE_DAYS: f64 = 14.0;

/// One mean element set for SGP4 (theory SGP4, frame TEME, time UTC), whatever the form it came in.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementSet {
    /// NORAD catalogue number, up to nine digits (NORAD_CAT_ID).
    pub catalog_number: u64,
    /// Object name, empty where the form carries none (OBJECT_NAME).
    pub name: String,
    /// International designator such as `1998-067A`, empty for objects without one (OBJECT_ID).
    pub international_designator: String,
    /// Classification, normally `U` (CLASSIFICATION_TYPE).
    pub classification: Option<char>,
    /// Epoch, UTC (EPOCH).
    pub epoch: Epoch,
    /// Kozai mean motion, revolutions per day (MEAN_MOTION).
    pub mean_motion_rev_per_day: f64,
    /// Eccentricity, 0..1 (ECCENTRICITY).
    pub eccentricity: f64,
    /// Inclination, degrees, 0..=180 (INCLINATION).
    pub inclination_deg: f64,
    /// Right ascension of the ascending node, degrees, TEME (RA_OF_ASC_NODE).
    pub raan_deg: f64,
    /// Argument of pericentre, degrees (ARG_OF_PERICENTER).
    pub argument_of_pericenter_deg: f64,
    /// Mean anomaly, degrees (MEAN_ANOMALY).
    pub mean_anomaly_deg: f64,
    /// SGP4 drag term B*, 1/Earth radii (BSTAR).
    pub bstar: f64,
    /// As published: half the first derivative of the mean motion, rev/day² (MEAN_MOTION_DOT). SGP4 does not use it.
    pub mean_motion_dot: f64,
    /// As published: a sixth of the second derivative, rev/day³ (MEAN_MOTION_DDOT). SGP4 does not use it.
    pub mean_motion_ddot: f64,
    /// Element set number (ELEMENT_SET_NO).
    pub element_set_number: Option<u64>,
    /// Revolutions since launch (REV_AT_EPOCH).
    pub revolution_at_epoch: Option<u64>,
}

/// The form an input was recognised as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElementFormat {
    /// Two-line element sets, with or without name lines.
    Tle,
    /// OMM as a JSON array of objects, one object, or objects one after another.
    OmmJson,
    /// OMM as CSV with a header row.
    OmmCsv,
    /// OMM as keyword = value notation.
    OmmKvn,
    /// OMM as NDM/XML.
    OmmXml,
}

/// Where in the input a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Line where the record begins, counted from 1 (TLE, CSV, KVN, XML).
    Line(u64),
    /// Number of the record, counted from 1 (JSON).
    Record(u64),
}

/// A loaded set much older than the newest of its load; see [`STALE_DAYS`].
#[derive(Clone, Debug, PartialEq)]
pub struct StaleSet {
    /// Where it stood.
    pub place: Place,
    /// Its catalogue number.
    pub catalog_number: u64,
    /// Its name, possibly empty.
    pub name: String,
    /// Its epoch.
    pub epoch: Epoch,
    /// Days between its epoch and the newest of the load.
    pub behind_days: f64,
}

/// What came out of one input.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementLoad {
    /// The form recognised.
    pub format: ElementFormat,
    /// The sets, ascending catalogue number, one per number (the newest epoch); never empty.
    pub sets: Vec<ElementSet>,
    /// Records not loaded, in the order of the input, each with the reason; older duplicates are among them.
    pub rejected: Vec<Rejected>,
    /// Loaded sets that are much older than the newest, ascending catalogue number.
    pub stale: Vec<StaleSet>,
    /// What a user should know about the load as a whole.
    pub warnings: Vec<LoadWarning>,
}

/// Reads element sets in any of the forms of [`ElementFormat`], plain or gzip.
///
/// The order of the records in the input has no influence on [`ElementLoad::sets`]: of several sets of one object the
/// newest epoch is kept, and between equal epochs the greater set number, then the greater contents.
///
/// # Errors
/// [`ElementError`] when the input as a whole is unusable or not one record could be loaded; its message says what was
/// found, what is allowed and what to do.
pub fn read_elements(bytes: &[u8]) -> Result<ElementLoad, ElementError> {
    let plain = source::decompress(bytes, MAX_INPUT_BYTES)?;
    let (format, text) = source::recognise(&plain)?;
    let mut collector = Collector::default();
    match format {
        ElementFormat::Tle => tle::read(&text, &mut collector)?,
        ElementFormat::OmmJson => omm_json::read(&text, &mut collector)?,
        ElementFormat::OmmCsv => omm_csv::read(&text, &mut collector)?,
        ElementFormat::OmmKvn => omm_kvn::read(&text, &mut collector)?,
        ElementFormat::OmmXml => omm_xml::read(&text, &mut collector)?,
    }
    collector.finish(format)
}

/// `line 12` or `record 3`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Record(record) => write!(f, "record {record}"),
        }
    }
}

/// The form's name as a person would say it.
impl fmt::Display for ElementFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ElementFormat::Tle => "TLE",
            ElementFormat::OmmJson => "OMM JSON",
            ElementFormat::OmmCsv => "OMM CSV",
            ElementFormat::OmmKvn => "OMM KVN",
            ElementFormat::OmmXml => "OMM XML",
        })
    }
}

/// `60123 STARLINK-1 (line 4): epoch …, 31.2 days behind the newest of the load`.
impl fmt::Display for StaleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StaleSet { place, catalog_number, name, epoch, behind_days } = self;
        write!(
            f,
            "{catalog_number} {name} ({place}): epoch {epoch}, {behind_days:.1} days behind the newest of the load"
        )
    }
}

/// Gathers records from a reader, good and bad.
#[derive(Default)]
pub(crate) struct Collector {
    sets: Vec<(Place, ElementSet)>,
    rejected: Vec<Rejected>,
    without_drag: usize,
}

impl Collector {
    /// Takes one record; `object` is how to call it in a report.
    fn add(
        &mut self,
        place: Place,
        object: &str,
        outcome: Result<ElementSet, RejectReason>,
    ) -> Result<(), ElementError> {
        if self.sets.len() + self.rejected.len() >= MAX_RECORDS {
            return Err(ElementError::TooManyRecords { limit: MAX_RECORDS });
        }
        match outcome {
            Ok(set) => self.sets.push((place, set)),
            Err(reason) => self.rejected.push(Rejected { place, object: record::shortened(object), reason }),
        }
        Ok(())
    }

    /// Counts a set that came without BSTAR.
    fn note_without_drag(&mut self) {
        self.without_drag += 1;
    }

    /// Sorts, keeps the newest of each object, and looks at the load as a whole.
    fn finish(mut self, format: ElementFormat) -> Result<ElementLoad, ElementError> {
        self.sets.sort_by(|(place_a, a), (place_b, b)| precedence(a, b).then(place_a.cmp(place_b)));
        let mut kept: Vec<(Place, ElementSet)> = Vec::with_capacity(self.sets.len());
        for (place, set) in self.sets {
            match kept.last_mut().filter(|(_, last)| last.catalog_number == set.catalog_number) {
                Some(last) => {
                    let (place, older) = std::mem::replace(last, (place, set));
                    let reason = RejectReason::Duplicate { epoch: older.epoch, kept: last.1.epoch };
                    self.rejected.push(Rejected { place, object: object_label(&older), reason });
                }
                None => kept.push((place, set)),
            }
        }
        self.rejected.sort_by_key(|rejected| rejected.place);
        if kept.is_empty() {
            return Err(ElementError::NothingLoaded { format, rejected: self.rejected });
        }
        let stale = find_stale(&kept);
        let sets: Vec<ElementSet> = kept.into_iter().map(|(_, set)| set).collect();
        let warnings = find_warnings(format, &sets, &stale, self.without_drag);
        Ok(ElementLoad { format, sets, rejected: self.rejected, stale, warnings })
    }
}

/// Total order: catalogue number, then which of two sets of one object is to be preferred (the greater).
fn precedence(a: &ElementSet, b: &ElementSet) -> Ordering {
    let numbers = |set: &ElementSet| {
        [
            set.mean_motion_rev_per_day,
            set.eccentricity,
            set.inclination_deg,
            set.raan_deg,
            set.argument_of_pericenter_deg,
            set.mean_anomaly_deg,
            set.bstar,
            set.mean_motion_dot,
            set.mean_motion_ddot,
        ]
    };
    let by_numbers = || {
        let pairs = numbers(a).into_iter().zip(numbers(b));
        pairs.map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let words =
        |set: &ElementSet| (set.name.clone(), set.international_designator.clone(), set.classification);
    a.catalog_number
        .cmp(&b.catalog_number)
        .then(a.epoch.cmp(&b.epoch))
        .then(a.element_set_number.cmp(&b.element_set_number))
        .then(a.revolution_at_epoch.cmp(&b.revolution_at_epoch))
        .then_with(by_numbers)
        .then_with(|| words(a).cmp(&words(b)))
}

fn object_label(set: &ElementSet) -> String {
    format!("{} {}", set.catalog_number, set.name).trim_end().to_owned()
}

fn find_stale(sets: &[(Place, ElementSet)]) -> Vec<StaleSet> {
    let Some(newest) = sets.iter().map(|(_, set)| set.epoch).max() else { return Vec::new() };
    let behind_days = |set: &ElementSet| newest.days_since(set.epoch);
    let old = sets.iter().filter(|(_, set)| behind_days(set) > STALE_DAYS);
    old.map(|(place, set)| StaleSet {
        place: *place,
        catalog_number: set.catalog_number,
        name: set.name.clone(),
        epoch: set.epoch,
        behind_days: behind_days(set),
    })
    .collect()
}

fn find_warnings(
    format: ElementFormat,
    sets: &[ElementSet],
    stale: &[StaleSet],
    without_drag: usize,
) -> Vec<LoadWarning> {
    let mut warnings = Vec::new();
    let starlink = sets.iter().filter(|set| set.name.starts_with("STARLINK")).count();
    let nameless = sets.iter().all(|set| set.name.is_empty());
    let ends_early = sets.iter().all(|set| set.catalog_number < 100_000);
    if format == ElementFormat::Tle && ends_early && (starlink > 0 || nameless) {
        warnings.push(LoadWarning::TleEndsAt99999 { starlink });
    }
    if let Some(oldest) = stale.iter().min_by_key(|set| set.epoch) {
        warnings.push(LoadWarning::Stale { count: stale.len(), oldest: oldest.epoch });
    }
    if without_drag > 0 {
        warnings.push(LoadWarning::NoDragTerm { count: without_drag });
    }
    warnings
}
