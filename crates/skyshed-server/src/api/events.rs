//! What happens, as it happens: server-sent events.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, Uri, header};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::Refusals;
use super::{Answer, App};
use crate::events::{Full, Resumed};
use crate::limits::Limit;
use crate::problem::{Kind, Problem};
use crate::query;

/// The path of events.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Data of the first event, `hello`.
#[derive(Serialize, utoipa::ToSchema)]
struct Hello {
    /// Version of the program.
    version: &'static str,
    /// Start of the slot that is served, UTC.
    slot_time: String,
    /// Length of a slot.
    slot_length_s: u32,
    /// Records of the log that are obeyed; null in a what-if study.
    log_size: Option<u64>,
    /// Where the stream begins.
    #[serde(flatten)]
    resumed: Resumed,
}

/// Slots as they are planned, records as they get into the log.
///
/// Events: `hello` once, then `slot` (its numbers in small) and `log` (a new record in words). Each has an id; a client that comes
/// back with `Last-Event-ID` gets what it missed, as far as that is kept. A comment comes when nothing else does.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "events",
    params(
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event seen; browsers send it by themselves."),
        ("last_event_id" = Option<String>, Query, description = "The same, for a first connection, where a browser cannot set the header."),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "The events, until either side ends the connection."),
        Refusals
    )
)]
async fn events(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [in_query] = query::read(uri.query(), ["last_event_id"])?;
    let in_header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last_seen = in_header.map(str::to_owned).or(in_query);
    let current = app.service.current();
    let hello = |resumed: Resumed| {
        let hello = Hello {
            version: env!("CARGO_PKG_VERSION"),
            slot_time: current.slot.plan.time.to_string(),
            slot_length_s: current.slot.plan.length_s,
            log_size: current.world.log.as_ref().map(|log| log.status.size),
            resumed,
        };
        serde_json::to_string(&hello).expect("text and numbers become JSON")
    };
    let subscribed = app.service.events.subscribe(last_seen.as_deref(), hello);
    if let Err(Full::Subscribers { .. }) = subscribed {
        app.service.metrics.limits.count(Limit::Subscribers);
    }
    let body = subscribed.map_err(full)?;
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather answers before they pass them on would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn full(full: Full) -> Problem {
    let detail = match full {
        Full::Subscribers { allowed } => {
            format!(
                "{allowed} are listening already; allowed: {allowed}; come back later, or ask /api/v1/slot now and then"
            )
        }
        Full::Stopping => "the service stops; come back when it is up again".to_owned(),
    };
    Problem::new(Kind::Busy, detail)
}
