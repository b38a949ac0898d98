//! Every time without full service, in the forms of those who keep count of such times: rows with the columns of Access Now's
//! Shutdown Tracker Optimization Project (STOP), and annotations as Cloudflare Radar publishes them. The same forms are read back,
//! so that what others measured can be put into the log as observations.
//!
//! A period is a stretch of time in which one decision other than "on" is in force for a territory and the same classes. Times
//! before the log's first decision are not periods: the log says nothing about them. Nor is a decision that has not begun.

use serde::{Deserialize, Serialize};
use skyshed_ground::{Ground, Territory, TerritoryKind};
use skyshed_records::record::{Observe, ReasonCode, Time};

use crate::class::ClassSet;
use crate::decision::{Decision, Logged, Scope, reason_word};
use crate::state::State;
use crate::timeline::Timeline;

/// Largest file read, bytes.
pub const FILE_BYTES_MAX: usize = 64 << 20;
/// Most rows or annotations read.
pub const ROWS_MAX: usize = 100_000;

/// The columns of a row: those of STOP that a log can fill, then our own.
pub const COLUMNS: [&str; 26] = [
    "start_date_type",
    "start_date",
    "country",
    "geo_scope",
    "area_name",
    "shutdown_type",
    "affected_network",
    "shutdown_extent",
    "ordered_by",
    "decision_maker",
    "actual_cause",
    "actual_cause_details",
    "gov_justification",
    "info_source",
    "info_source_link",
    "shutdown_status",
    "end_date",
    "duration",
    "skyshed_territory",
    "skyshed_state",
    "skyshed_classes",
    "skyshed_decision",
    "skyshed_start_time",
    "skyshed_end_time",
    "skyshed_expires",
    "skyshed_review_by",
];

/// A tracker's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Rows with the columns of STOP.
    Shutdowns,
    /// Annotations in Radar's shape.
    Radar,
}

impl Form {
    /// All periods that have begun at `now`. `proofs` is what stands before the path of a decision's proof, such as an address.
    pub fn write(self, timeline: &Timeline, ground: &Ground, now: Time, proofs: &str) -> String {
        match self {
            Form::Shutdowns => csv(timeline, ground, now, proofs),
            Form::Radar => {
                let annotations = radar(timeline, ground, now, proofs);
                serde_json::to_string_pretty(&annotations).expect("text and numbers become JSON") + "\n"
            }
        }
    }

    /// A file as observations of `by`, not signed yet.
    ///
    /// # Errors
    /// [`TrackerError`] where nothing of it can be read.
    pub fn read(self, bytes: &[u8], ground: &Ground, by: &str) -> Result<Read, TrackerError> {
        match self {
            Form::Shutdowns => read_csv(bytes, ground, by),
            Form::Radar => read_radar(bytes, ground, by),
        }
    }
}

/// A time without full service.
#[derive(Clone, Debug)]
pub struct Period<'a> {
    /// The decision.
    pub decision: &'a Decision,
    /// What the log says of it.
    pub logged: &'a Logged,
    /// Id of the territory.
    pub territory: &'a str,
    /// The classes without full service.
    pub classes: ClassSet,
    /// From when.
    pub from: Time,
    /// Until when it was, or will be if nothing is added to the log; none where no end is known.
    pub until: Option<Time>,
}

/// All periods that have begun at `now`, by beginning, territory and number of the decision.
pub fn periods(timeline: &Timeline, now: Time) -> Vec<Period<'_>> {
    let begun = timeline.stretches().iter().filter(|stretch| stretch.from <= now);
    let mut periods: Vec<Period> = begun
        .filter_map(|stretch| {
            let decision = &timeline.decisions()[stretch.decision];
            let (Some(logged), Scope::Territory(territory)) = (decision.logged.as_deref(), &decision.scope)
            else {
                return None;
            };
            let period = Period {
                decision,
                logged,
                territory,
                classes: stretch.classes,
                from: stretch.from,
                until: stretch.until,
            };
            (decision.state != State::On).then_some(period)
        })
        .collect();
    periods.sort_by_key(|period| (period.from, period.territory, period.logged.number));
    periods
}

impl Period<'_> {
    /// When it was over; none while it lasts.
    pub fn ended(&self, now: Time) -> Option<Time> {
        self.until.filter(|&until| until <= now)
    }

    /// Days begun, up to its end or to now.
    pub fn days(&self, now: Time) -> i64 {
        (self.ended(now).unwrap_or(now).0 - self.from.0).max(0) / 86_400 + 1
    }
}

/// The periods as CSV (RFC 4180) with a header. `proofs` is what stands before the path of a decision's proof, such as an address.
///
/// Texts that a spreadsheet would take for a formula have an apostrophe before them, which [`read_csv`] takes away.
pub fn csv(timeline: &Timeline, ground: &Ground, now: Time, proofs: &str) -> String {
    let mut text = line(COLUMNS.iter().map(|column| (*column).to_owned()));
    for period in periods(timeline, now) {
        text += &line(row(&period, timeline, ground, now, proofs).into_iter().map(harmless));
    }
    text
}

fn row(
    period: &Period,
    timeline: &Timeline,
    ground: &Ground,
    now: Time,
    proofs: &str,
) -> [String; COLUMNS.len()] {
    let place = Place::of(ground, period.territory);
    let logged = period.logged;
    let ended = period.ended(now);
    let date = |time: Time| time.to_string()[..10].to_owned();
    let time = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
    let extent = if period.decision.state == State::Off && period.classes == ClassSet::ALL {
        "Full network"
    } else {
        "Partial"
    };
    [
        "exact".to_owned(),
        date(period.from),
        place.country.clone(),
        place.scope.to_owned(),
        place.area.clone(),
        shutdown_type(period.decision.state).to_owned(),
        "Satellite".to_owned(),
        extent.to_owned(),
        logged.on_behalf_of.clone(),
        logged.approvers.join("; "),
        reason_word(logged.reason_code).to_owned(),
        period.decision.reason.clone(),
        logged.legal_basis.clone().unwrap_or_default(),
        timeline.log.clone(),
        format!("{proofs}proof/{}.tlog-proof", logged.number),
        if ended.is_some() { "Ended" } else { "Ongoing" }.to_owned(),
        ended.map(date).unwrap_or_default(),
        period.days(now).to_string(),
        period.territory.to_owned(),
        period.decision.state.name().to_owned(),
        class_names(period.classes).join(" "),
        logged.number.to_string(),
        period.from.to_string(),
        time(ended),
        time(logged.effective_until),
        logged.review_by.to_string(),
    ]
}

/// A limit on the rate is a throttle; whatever else is not "on" keeps somebody without service.
fn shutdown_type(state: State) -> &'static str {
    match state {
        State::Limited(limits) if limits.rate_max_kbps.is_some() => "Throttle",
        _ => "Shutdown",
    }
}

fn class_names(classes: ClassSet) -> Vec<&'static str> {
    classes.iter().map(|class| class.name()).collect()
}

/// Where a period is, in the words of the trackers.
struct Place {
    country: String,
    code: String,
    area: String,
    scope: &'static str,
    nationwide: bool,
}

impl Place {
    fn of(ground: &Ground, id: &str) -> Place {
        let Some(at) = ground.territories.iter().position(|known| known.id == id) else {
            return Place {
                country: id.to_owned(),
                code: id.to_owned(),
                area: id.to_owned(),
                scope: "custom area",
                nationwide: false,
            };
        };
        let own = &ground.territories[at];
        let index = skyshed_ground::TerritoryIndex(at as u16);
        let top: &Territory = ground.lineage(index).last().map_or(own, |top| ground.territory_at(top));
        let scope = match own.kind {
            TerritoryKind::Country => "national",
            TerritoryKind::Region => "regional",
            TerritoryKind::Disputed => "disputed area",
            TerritoryKind::Coastal => "coastal waters",
            TerritoryKind::HighSeas => "high seas",
        };
        let nationwide = own.kind == TerritoryKind::Country;
        let area = if nationwide { String::new() } else { own.name.clone() };
        Place { country: top.name.clone(), code: top.id.clone(), area, scope, nationwide }
    }
}

/// An answer of the shape that Cloudflare Radar gives for annotations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Annotations {
    /// Always true in ours.
    pub success: bool,
    /// Always empty in ours.
    #[serde(default)]
    pub errors: Vec<String>,
    /// Always empty in ours.
    #[serde(default)]
    pub messages: Vec<String>,
    /// The annotations.
    pub result: AnnotationList,
}

/// The annotations of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnotationList {
    /// By beginning.
    pub annotations: Vec<Annotation>,
}

/// One annotation. Its keys are Radar's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are Radar's, and say it")]
pub struct Annotation {
    pub id: String,
    #[serde(default)]
    pub asns: Vec<u32>,
    #[serde(default)]
    pub asns_details: Vec<LocationDetail>,
    #[serde(default)]
    pub locations: Vec<String>,
    #[serde(default)]
    pub locations_details: Vec<LocationDetail>,
    #[serde(default)]
    pub origins: Vec<String>,
    pub data_source: String,
    pub event_type: String,
    pub start_date: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked_url: Option<String>,
    pub outage: Outage,
}

/// Code and name of a place or network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are Radar's, and say it")]
pub struct LocationDetail {
    #[serde(alias = "asn")]
    pub code: String,
    pub name: String,
}

/// Why and how far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are Radar's, and say it")]
pub struct Outage {
    pub outage_cause: String,
    pub outage_type: String,
}

/// The periods as annotations. `proofs` is what stands before the path of a decision's proof.
pub fn radar(timeline: &Timeline, ground: &Ground, now: Time, proofs: &str) -> Annotations {
    let annotations =
        periods(timeline, now).iter().map(|period| annotation(period, ground, now, proofs)).collect();
    Annotations {
        success: true,
        errors: Vec::new(),
        messages: Vec::new(),
        result: AnnotationList { annotations },
    }
}

fn annotation(period: &Period, ground: &Ground, now: Time, proofs: &str) -> Annotation {
    let place = Place::of(ground, period.territory);
    let logged = period.logged;
    let state = period.decision.state.name().replace('_', " ");
    let classes = class_names(period.classes).join(", ");
    let reason = reason_word(logged.reason_code).replace('_', " ");
    Annotation {
        // The same decision can be in force again, after one that replaced it for a time.
        id: format!("skyshed-{}-{}", logged.number, period.from.0),
        asns: Vec::new(),
        asns_details: Vec::new(),
        locations: vec![place.code.clone()],
        locations_details: vec![LocationDetail { code: place.code, name: place.country }],
        origins: Vec::new(),
        data_source: DATA_SOURCE.to_owned(),
        event_type: "OUTAGE".to_owned(),
        start_date: period.from.to_string(),
        end_date: period.ended(now).map(|time| time.to_string()),
        scope: (!place.nationwide).then(|| format!("{} ({})", place.area, period.territory)),
        description: Some(format!(
            "Satellite service {state} for {classes}: {reason}. {}",
            period.decision.reason
        )),
        linked_url: Some(format!("{proofs}proof/{}.tlog-proof", logged.number)),
        outage: Outage {
            outage_cause: cause(logged.reason_code).to_owned(),
            outage_type: if place.nationwide { "NATIONWIDE" } else { "REGIONAL" }.to_owned(),
        },
    }
}

/// Radar's word for a reason.
fn cause(code: ReasonCode) -> &'static str {
    match code {
        ReasonCode::NotLicensed
        | ReasonCode::LicenceRevoked
        | ReasonCode::Sanctions
        | ReasonCode::CourtOrder
        | ReasonCode::GovernmentRequest => "GOVERNMENT_DIRECTED",
        ReasonCode::Hostilities => "MILITARY_ACTION",
        ReasonCode::HarmfulInterference | ReasonCode::Technical => "TECHNICAL_PROBLEM",
        ReasonCode::Licensed
        | ReasonCode::SafetyOfLife
        | ReasonCode::DisasterRelief
        | ReasonCode::OperatorPolicy
        | ReasonCode::Other => "UNKNOWN",
    }
}

/// What was read of a tracker's file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// Bodies of observation records, not signed yet.
    pub observations: Vec<Observe>,
    /// What could not be read, with its row or id. The rest is not lost for it.
    pub problems: Vec<String>,
}

/// A file of which nothing can be read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum TrackerError {
    #[error("file of {bytes} bytes; at most {FILE_BYTES_MAX} are read; split it")]
    TooLarge { bytes: usize },
    #[error("more than {ROWS_MAX} entries; split the file")]
    TooMany,
    #[error("not CSV with a header: {0}")]
    Csv(#[from] csv::Error),
    #[error(
        "the header has no column {column}; needed: country, start_date; used: area_name, end_date, shutdown_type, info_source_link"
    )]
    Column { column: &'static str },
    #[error("not JSON in the shape of Radar's annotations: {0}")]
    Json(#[from] serde_json::Error),
}

/// Reads rows with STOP's columns as observations of `by`. Rows of ours keep their exact times and territory; others have days.
pub fn read_csv(bytes: &[u8], ground: &Ground, by: &str) -> Result<Read, TrackerError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(TrackerError::TooLarge { bytes: bytes.len() });
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.headers()?.clone();
    let column = |name: &str| header.iter().position(|known| known.trim() == name);
    let needed = |name: &'static str| column(name).ok_or(TrackerError::Column { column: name });
    let (country, start) = (needed("country")?, needed("start_date")?);
    let mut read = Read::default();
    for (at, row) in reader.records().enumerate() {
        if at == ROWS_MAX {
            return Err(TrackerError::TooMany);
        }
        let number = at + 2;
        let Ok(row) = row else {
            read.problems.push(format!("row {number}: not CSV"));
            continue;
        };
        let cell = |at: usize| plain(row.get(at).unwrap_or_default());
        let named = |name| column(name).map(cell).filter(|text| !text.is_empty());
        let territory = named("skyshed_territory").unwrap_or_else(|| cell(country));
        let from = named("skyshed_start_time").unwrap_or_else(|| cell(start));
        let until = named("skyshed_end_time").or_else(|| named("end_date"));
        let kind = named("shutdown_type").unwrap_or_else(|| "Shutdown".to_owned());
        let area = named("area_name").map(|area| format!(" in {area}")).unwrap_or_default();
        let link = named("info_source_link").map(|link| format!(", see {link}")).unwrap_or_default();
        let description = format!("{kind}{area}{link}");
        let found =
            Seen { territory: &territory, from: &from, until: until.as_deref(), source: "stop", description };
        read.take(found, ground, by, format!("row {number}"));
    }
    Ok(read)
}

/// Reads annotations in Radar's shape as observations of `by`. Those that are no outages are passed over.
pub fn read_radar(bytes: &[u8], ground: &Ground, by: &str) -> Result<Read, TrackerError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(TrackerError::TooLarge { bytes: bytes.len() });
    }
    let annotations: Annotations = serde_json::from_slice(bytes)?;
    let annotations = annotations.result.annotations;
    if annotations.len() > ROWS_MAX {
        return Err(TrackerError::TooMany);
    }
    let mut read = Read::default();
    for one in annotations.iter().filter(|one| one.event_type == "OUTAGE") {
        if one.locations.is_empty() {
            read.problems.push(format!("annotation {}: no location", one.id));
        }
        // Of ours, the scope ends with the id of the territory.
        let scoped = one.scope.as_deref().filter(|_| one.data_source == DATA_SOURCE);
        let own = scoped.and_then(|scope| scope.strip_suffix(')')?.rsplit_once('(')).map(|(_, id)| id);
        for location in &one.locations {
            let words = one.description.as_deref().unwrap_or("outage");
            let found = Seen {
                territory: own.unwrap_or(location),
                from: &one.start_date,
                until: one.end_date.as_deref(),
                source: "radar",
                description: format!("{}: {words}", one.outage.outage_cause),
            };
            read.take(found, ground, by, format!("annotation {}", one.id));
        }
    }
    Ok(read)
}

/// What somebody saw, in text.
struct Seen<'a> {
    territory: &'a str,
    from: &'a str,
    until: Option<&'a str>,
    source: &'a str,
    description: String,
}

impl Read {
    fn take(&mut self, seen: Seen, ground: &Ground, by: &str, place: String) {
        match observation(seen, ground, by) {
            Ok(observation) => self.observations.push(observation),
            Err(reason) => self.problems.push(format!("{place}: {reason}")),
        }
    }
}

fn observation(seen: Seen, ground: &Ground, by: &str) -> Result<Observe, String> {
    let territory = ground.find_territory(seen.territory).map_err(|error| error.to_string())?;
    let when = |text: &str| {
        time(text).ok_or_else(|| format!("{text:?} is no time; allowed: YYYY-MM-DD, MM/DD/YYYY, RFC 3339"))
    };
    let from = when(seen.from)?;
    let until = seen.until.map(when).transpose()?;
    if let Some(until) = until.filter(|&until| until < from) {
        return Err(format!("it ends at {until}, before it begins at {from}"));
    }
    Ok(Observe {
        by: by.to_owned(),
        territory: ground.territory_at(territory).id.clone(),
        from,
        until,
        source: seen.source.to_owned(),
        served: false,
        description: seen.description.chars().map(printable).take(DESCRIPTION_CHARS_MAX).collect(),
    })
}

/// Records hold no control characters but line feeds: what others wrote is kept as far as it goes.
fn printable(char: char) -> char {
    match char {
        '\n' => char,
        '\t' | '\r' => ' ',
        char if char.is_control() => char::REPLACEMENT_CHARACTER,
        char => char,
    }
}

/// A time as these trackers write it; fractions of a second are dropped, and a day is its first second.
fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    let whole = text.split_once('.').map_or(text.to_owned(), |(seconds, _)| format!("{seconds}Z"));
    let day = |text: &str| Time::parse(&format!("{text}T00:00:00Z"));
    let american = || {
        let mut parts = text.split('/');
        let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("{year}-{month:0>2}-{day:0>2}"))
    };
    Time::parse(&whole).or_else(|| day(text)).or_else(|| day(&american()?))
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let quoted = |cell: String| match cell.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    };
    cells.map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

fn harmless(cell: String) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

fn plain(cell: &str) -> String {
    let cell = cell.trim();
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell).to_owned()
}

/// What spreadsheets take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// What ours say in `dataSource`.
const DATA_SOURCE: &str = "SKYSHED";
/// Longest description of an observation; records allow some more.
const DESCRIPTION_CHARS_MAX: usize = 500;
