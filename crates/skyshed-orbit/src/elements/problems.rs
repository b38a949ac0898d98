//! What can be wrong with an input, a record or a load. Words only; decides nothing.

use std::fmt;

use thiserror::Error;

use super::{ElementFormat, MAX_CATALOG_NUMBER, Place, STALE_DAYS};
use crate::epoch::{Epoch, EpochError};

/// Why an input as a whole could not be read.
#[derive(Debug, Error)]
pub enum ElementError {
    /// Nothing in it.
    #[error("the input is empty; give OMM (JSON, CSV, KVN, XML) or TLE, plain or gzip")]
    Empty,
    /// Larger than [`super::MAX_INPUT_BYTES`], before or after decompression.
    #[error("the input is larger than {limit} bytes once decompressed, the most allowed; split it")]
    TooLarge {
        /// The limit, bytes.
        limit: u64,
    },
    /// More records than [`super::MAX_RECORDS`].
    #[error("more than {limit} records, the most allowed; split the input")]
    TooManyRecords {
        /// The limit.
        limit: usize,
    },
    /// Gzip that does not decompress: truncated or damaged.
    #[error("the gzip stream is damaged or truncated ({0}); fetch the file again")]
    Gzip(#[source] std::io::Error),
    /// Compressed or packed in a way this reader does not unpack.
    #[error("this is {kind} data; allowed are plain text and gzip, so unpack it first")]
    Packed {
        /// What the first bytes say it is.
        kind: &'static str,
    },
    /// Bytes that are no text.
    #[error(
        "not text: byte 0x{byte:02x} at offset {offset}; give OMM (JSON, CSV, KVN, XML) or TLE, plain or gzip"
    )]
    NotText {
        /// The first byte that text does not contain.
        byte: u8,
        /// Where it is.
        offset: usize,
    },
    /// Text, but not UTF-8.
    #[error("not UTF-8 at offset {offset}; save the file as UTF-8")]
    NotUtf8 {
        /// Offset of the first bad byte.
        offset: usize,
    },
    /// A web page instead of data.
    #[error("this is a web page, not element data; check the address it was fetched from")]
    WebPage,
    /// Text of no known form.
    #[error(
        "not recognised: it begins `{beginning}`; allowed are OMM (a JSON array, CSV with a header, KVN, XML) and TLE \
         with complete lines"
    )]
    NotRecognised {
        /// How the text begins.
        beginning: String,
    },
    /// JSON that does not parse.
    #[error(
        "the JSON breaks off or is malformed at line {line}, column {column} ({source}); fetch the file again"
    )]
    Json {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// The parser's words.
        source: serde_json::Error,
    },
    /// A CSV header without a column every set needs.
    #[error(
        "the CSV header has no column {missing}; an OMM CSV needs NORAD_CAT_ID, EPOCH and the mean elements"
    )]
    CsvHeader {
        /// The first missing keyword.
        missing: &'static str,
    },
    /// CSV that does not parse.
    #[error("the CSV is malformed: {0}")]
    Csv(#[source] csv::Error),
    /// XML that does not parse.
    #[error("the XML is malformed at line {line}: {source}")]
    Xml {
        /// Line, counted from 1.
        line: u64,
        /// The parser's words.
        source: quick_xml::Error,
    },
    /// XML that ends inside an element.
    #[error("the XML breaks off inside <{element}>; fetch the file again")]
    XmlTruncated {
        /// The innermost open element.
        element: String,
    },
    /// XML nested deeper than any NDM.
    #[error("the XML is nested deeper than {limit} at line {line}; an NDM with OMMs needs 8")]
    XmlDepth {
        /// Line, counted from 1.
        line: u64,
        /// The limit.
        limit: usize,
    },
    /// XML that is not an NDM with OMMs.
    #[error("the XML root is <{root}>; allowed are <omm> and <ndm> (CCSDS 505.0)")]
    XmlRoot {
        /// The root element.
        root: String,
    },
    /// Recognised, but not one record could be loaded.
    #[error("recognised as {format}, but no element set in it could be loaded: {}", summary(rejected))]
    NothingLoaded {
        /// The form recognised.
        format: ElementFormat,
        /// Every record with its reason.
        rejected: Vec<Rejected>,
    },
}

/// One record that was not loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// Where it stands.
    pub place: Place,
    /// Its catalogue number and name as far as they could be read, possibly empty.
    pub object: String,
    /// Why.
    pub reason: RejectReason,
}

/// Why a record was not loaded.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RejectReason {
    /// An older set of an object the load has a newer one of.
    #[error("epoch {epoch} superseded by the set of {kept} in the same input")]
    Duplicate {
        /// Epoch of this set.
        epoch: Epoch,
        /// Epoch of the set kept.
        kept: Epoch,
    },
    /// A keyword every set needs is missing or empty.
    #[error("{keyword} is missing")]
    Missing {
        /// The keyword.
        keyword: &'static str,
    },
    /// A value that is not a number.
    #[error("{keyword} is `{given}`, allowed is a decimal number")]
    NotNumber {
        /// The keyword.
        keyword: &'static str,
        /// The text.
        given: String,
    },
    /// A value that is not a whole number in range.
    #[error("{keyword} is `{given}`, allowed is a whole number from 0 to {most}")]
    NotInteger {
        /// The keyword.
        keyword: &'static str,
        /// The text.
        given: String,
        /// The greatest value allowed.
        most: u64,
    },
    /// A number no orbit has.
    #[error("{keyword} is {given}, allowed {allowed}")]
    OutOfRange {
        /// The keyword.
        keyword: &'static str,
        /// The number.
        given: f64,
        /// The range in words.
        allowed: &'static str,
    },
    /// An epoch that does not parse.
    #[error("EPOCH: {0}")]
    Epoch(#[from] EpochError),
    /// An epoch before the first satellite or far in the future.
    #[error("EPOCH is {given}, allowed 1957 to 2100")]
    EpochYear {
        /// The epoch.
        given: Epoch,
    },
    /// SGP4-XP elements, which SGP4 must not propagate.
    #[error(
        "SGP4-XP elements (ephemeris type 4): SGP4 would be wrong by kilometres; use the object's SGP4 set (type 0)"
    )]
    Sgp4Xp,
    /// An ephemeris type of another theory.
    #[error("ephemeris type `{given}`, allowed 0 (also 2 and 3): elements of another theory")]
    EphemerisType {
        /// The type given.
        given: String,
    },
    /// Metadata that says the numbers mean something else.
    #[error("{keyword} is `{given}`, allowed {allowed}")]
    Metadata {
        /// The keyword.
        keyword: &'static str,
        /// The value given.
        given: String,
        /// The values allowed.
        allowed: &'static str,
    },
    /// A unit other than the standard's.
    #[error("{keyword} is given in `{given}`, allowed {allowed}")]
    Unit {
        /// The keyword.
        keyword: &'static str,
        /// The unit given.
        given: String,
        /// The standard's unit.
        allowed: &'static str,
    },
    /// The same keyword twice with different values.
    #[error("{keyword} is given twice, as `{first}` and as `{second}`")]
    Contradiction {
        /// The keyword.
        keyword: &'static str,
        /// The first value.
        first: String,
        /// The other value.
        second: String,
    },
    /// A name or designator longer than [`super::MAX_NAME_BYTES`].
    #[error("{keyword} has {given} bytes, allowed {most}")]
    TooLong {
        /// The keyword.
        keyword: &'static str,
        /// Its length.
        given: usize,
        /// The limit.
        most: usize,
    },
    /// A JSON array element that is not an object, or a value that is neither text nor number.
    #[error("not a JSON object of keywords with text or number values: {0}")]
    JsonShape(String),
    /// A CSV row whose number of fields differs from the header's.
    #[error("{given} fields, allowed {expected} as in the header")]
    FieldCount {
        /// Fields in the row.
        given: usize,
        /// Fields in the header.
        expected: usize,
    },
    /// A KVN line without `=`.
    #[error("line {line} is `{given}`, allowed is KEYWORD = value")]
    NotKeyValue {
        /// The line, counted from 1.
        line: u64,
        /// Its text.
        given: String,
    },
    /// A TLE line of the wrong length.
    #[error(
        "TLE line {tle_line} has {given} characters, allowed 69; the file is truncated or was reformatted"
    )]
    LineLength {
        /// 1 or 2.
        tle_line: u8,
        /// Its length.
        given: usize,
    },
    /// A TLE line whose last digit does not match.
    #[error(
        "TLE line {tle_line} has checksum `{given}`, its characters add up to {computed}; the line is damaged"
    )]
    Checksum {
        /// 1 or 2.
        tle_line: u8,
        /// The character in column 69.
        given: char,
        /// The sum modulo 10.
        computed: u8,
    },
    /// A TLE column between fields that is not blank, or a character no TLE has.
    #[error("TLE line {tle_line}, column {column}: `{given}`, allowed {allowed}")]
    Column {
        /// 1 or 2.
        tle_line: u8,
        /// Column, counted from 1.
        column: usize,
        /// The character there.
        given: char,
        /// What is allowed there.
        allowed: &'static str,
    },
    /// A TLE field that does not parse.
    #[error("TLE line {tle_line}, columns {from} to {to}: {field} is `{given}`, allowed {allowed}")]
    TleField {
        /// 1 or 2.
        tle_line: u8,
        /// First column, counted from 1.
        from: usize,
        /// Last column.
        to: usize,
        /// The field.
        field: &'static str,
        /// The text found.
        given: String,
        /// What is allowed there.
        allowed: &'static str,
    },
    /// The two lines name different objects.
    #[error("line 1 is of object {first}, line 2 of object {second}; lines were lost or mixed")]
    LineMismatch {
        /// Catalogue number of line 1.
        first: u64,
        /// Catalogue number of line 2.
        second: u64,
    },
    /// A line 1 that no line 2 follows.
    #[error("TLE line 1 is not followed by a line 2")]
    NoLine2,
    /// A line 2 that no line 1 precedes.
    #[error("TLE line 2 without a line 1 before it")]
    NoLine1,
    /// Text that no element set follows.
    #[error("text that no element set follows")]
    StrayText,
}

/// Something about a load as a whole that a user should know.
#[derive(Clone, Debug, PartialEq)]
pub enum LoadWarning {
    /// A TLE load that objects numbered 100,000 and up cannot be in.
    TleEndsAt99999 {
        /// How many sets are named STARLINK (0 when the load has no names).
        starlink: usize,
    },
    /// Sets much older than the newest; they are listed in [`super::ElementLoad::stale`].
    Stale {
        /// How many.
        count: usize,
        /// The oldest epoch.
        oldest: Epoch,
    },
    /// Sets without BSTAR, loaded with no drag.
    NoDragTerm {
        /// How many.
        count: usize,
    },
}

/// `line 12 (44714 STARLINK-1008): reason`.
impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object.as_str() {
            "" => write!(f, "{}: {}", self.place, self.reason),
            object => write!(f, "{} ({object}): {}", self.place, self.reason),
        }
    }
}

impl fmt::Display for LoadWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadWarning::TleEndsAt99999 { starlink: 0 } => f.write_str(
                "objects numbered 100000 and up, catalogued since 2026-07-11, cannot be in this TLE file; \
                 for a complete set use OMM (JSON, CSV, KVN or XML)",
            ),
            LoadWarning::TleEndsAt99999 { starlink } => write!(
                f,
                "{starlink} Starlink satellites from TLE: those numbered 100000 and up, catalogued since 2026-07-11, \
                 cannot be among them; for the complete constellation use OMM (JSON, CSV, KVN or XML)"
            ),
            LoadWarning::Stale { count, oldest } => write!(
                f,
                "{count} sets are more than {STALE_DAYS} days older than the newest (oldest epoch {oldest}); \
                 their positions may be hundreds of kilometres off"
            ),
            LoadWarning::NoDragTerm { count } => {
                write!(f, "{count} sets carry no BSTAR; they were loaded without drag")
            }
        }
    }
}

/// The first reason and how many more.
fn summary(rejected: &[Rejected]) -> String {
    match rejected {
        [] => "it holds no records".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first}; and {} more", rest.len()),
    }
}

/// The reason for a catalogue number that is not one.
pub(super) fn not_catalog_number(given: &str) -> RejectReason {
    let given = super::record::shortened(given);
    RejectReason::NotInteger { keyword: "NORAD_CAT_ID", given, most: MAX_CATALOG_NUMBER }
}
