//! What events say.

use serde::Serialize;
use skyshed_log::LogLedger;
use skyshed_records::ledger::View;
use skyshed_records::record::{Body, Contact};

use crate::service::Current;
use crate::words;

/// Most records that are told one by one when the log has grown; the rest are counted.
pub const RECORDS_TOLD_MAX: u64 = 100;

/// Data of `slot`: a slot was planned.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SlotEvent {
    /// Its start, UTC.
    pub slot_time: String,
    /// How long the plan took.
    pub plan_s: f64,
    /// Cells with service.
    pub cells_served: u64,
    /// Cells that may be served.
    pub cells_active: u64,
    /// People on the planet.
    pub people: u64,
    /// Of these, in cells with service.
    pub people_served: u64,
    /// Records of the log that were obeyed; null in a what-if study.
    pub log_size: Option<u64>,
    /// Whether the log could not be proven, and its last proven state was kept.
    pub stale: bool,
}

/// Data of `log`: a record got into the log, or many did.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum LogEvent {
    /// One record.
    Record {
        /// Its number.
        number: u64,
        /// Its type; null where it is none.
        r#type: Option<&'static str>,
        /// Id of the territory it is about, where it is about one.
        territory: Option<String>,
        /// In words.
        summary: String,
        /// Where it can be read.
        location: String,
    },
    /// Records that are not told one by one.
    Omitted {
        /// Number of the first.
        first: u64,
        /// How many.
        omitted: u64,
    },
}

impl SlotEvent {
    /// What is told of a slot.
    pub fn of(current: &Current) -> SlotEvent {
        let (summary, log) = (&current.summary, current.world.log.as_ref());
        SlotEvent {
            slot_time: current.slot.plan.time.to_string(),
            plan_s: current.plan_seconds,
            cells_served: summary.cells.served,
            cells_active: summary.cells.active,
            people: summary.people.total,
            people_served: summary.people.served,
            log_size: log.map(|log| log.status.size),
            stale: log.is_some_and(|log| log.status.stale),
        }
    }
}

/// What is told of the records from `from` on.
pub fn records(ledger: &LogLedger, from: u64) -> Vec<LogEvent> {
    let view = ledger.at(ledger.time());
    let told = ledger.size().min(from.saturating_add(RECORDS_TOLD_MAX));
    let mut events: Vec<LogEvent> = (from..told).map(|number| record(ledger, &view, number)).collect();
    if told < ledger.size() {
        events.push(LogEvent::Omitted { first: told, omitted: ledger.size() - told });
    }
    events
}

fn record(ledger: &LogLedger, view: &View, number: u64) -> LogEvent {
    let body = ledger.body(number);
    LogEvent::Record {
        number,
        r#type: body.map(Body::type_name),
        territory: body.and_then(|body| territory(ledger, view, body, number)),
        summary: body.map_or_else(|| "no record".to_owned(), words::summary),
        location: format!("/api/v1/log/entries/{number}"),
    }
}

fn territory(ledger: &LogLedger, view: &View, body: &Body, number: u64) -> Option<String> {
    match body {
        Body::Territory(one) => Some(one.id.clone()),
        Body::Zone(one) => Some(one.territory.clone()),
        Body::Request(one) => Some(one.territory.clone()),
        Body::Observe(one) => Some(one.territory.clone()),
        Body::Contact(Contact::Open { contact } | Contact::Opened { contact, .. }) => {
            Some(contact.territory.clone())
        }
        // An approval may be of many requests; then it is about no one territory.
        _ => match words::requests_of(view, ledger, number).as_slice() {
            [one] => Some(one.request.territory.clone()),
            _ => None,
        },
    }
}
