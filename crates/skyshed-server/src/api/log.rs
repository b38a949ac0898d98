//! The log that is obeyed: how it stands, its records in words, and its own files.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde::Serialize;
use serde_json::Value;
use skyshed::LogStatus;
use skyshed_log::LogLedger;
use skyshed_records::leaf::{self, Leaf};
use skyshed_records::ledger::View;
use skyshed_records::record::{Body, Index, Time};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made, live_json};
use super::requests::{RequestRow, request_row};
use super::responses::{NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::paging::{Listed, Page, PageParams};
use crate::problem::{Kind, Problem};
use crate::reading::Known;
use crate::service::Service;
use crate::{log_files, words};

/// Where the log's own files are.
const FILES: &str = "/log/";

/// The paths of the log.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(log))
        .routes(routes!(entries))
        .routes(routes!(entry))
        .route("/log/{*path}", get(log_file))
}

/// Which log is obeyed, and how sure that is.
#[derive(Serialize, utoipa::ToSchema)]
struct LogAnswer {
    /// In a what-if study: by which policy is planned instead; null where the log is obeyed.
    what_if: Option<String>,
    /// The log; null in a what-if study.
    log: Option<LogStatus>,
    /// Records that readers see here, which may be more than are obeyed until the next slot; null in a what-if study.
    size_read: Option<u64>,
}

/// Which log is obeyed, and how sure that is. Its own files, for anybody to verify, are below `/log/`.
#[utoipa::path(
    get,
    path = "/api/v1/log",
    tag = "log",
    responses((status = 200, body = LogAnswer, description = "As of now."), Refusals)
)]
async fn log(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let health = app.service.health();
    let proven = app.service.proven();
    let size_read = proven.map(|proven| proven.ledger.size());
    live_json(StatusCode::OK, &LogAnswer { what_if: health.what_if, log: health.log, size_read })
}

/// A record in words. Every key is always present, null where it does not apply.
#[derive(Serialize, utoipa::ToSchema)]
struct EntryRow {
    /// Its number, from 0.
    number: u64,
    /// What kind of record, such as `request`; null where the bytes are no record.
    r#type: Option<&'static str>,
    /// SHA-256 of its body.
    body_sha256: Option<String>,
    /// What it says, in a line.
    summary: Option<String>,
    /// What became of it, line by line.
    status: Vec<String>,
    /// When a quorum of witnesses had seen it, UTC; null where none has.
    witnessed_at: Option<String>,
    /// Why it counts for nothing, a code each; empty where nothing is wrong.
    flags: Vec<&'static str>,
}

/// A record with all that is in it.
#[derive(Serialize, utoipa::ToSchema)]
struct EntryDetail {
    #[serde(flatten)]
    entry: EntryRow,
    /// Its length in the log.
    bytes: usize,
    /// What it says; null where the bytes are no record.
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
    /// Who signed.
    signatures: Vec<SignatureView>,
    /// The requests that it is, or is about.
    requests: Vec<RequestRow>,
}

/// A signature of a record.
#[derive(Serialize, utoipa::ToSchema)]
struct SignatureView {
    /// Who.
    by: String,
    /// With which key; null where that cannot be read.
    key: Option<String>,
}

/// The log's records in words, from number 0 on.
#[utoipa::path(
    get,
    path = "/api/v1/log/entries",
    tag = "log",
    params(
        ("from" = Option<u64>, Query, description = "The first record of the list: 0 without it."),
        PageParams
    ),
    responses((status = 200, body = Listed<EntryRow>, description = "By number; empty where no log is obeyed."), NotModified, Refusals)
)]
async fn entries(State(app): State<App>, ask: Ask) -> Answer {
    let [from, limit, cursor] = ask.query(["from", "limit", "cursor"])?;
    let page = Page::read("log entries", limit, cursor)?;
    let from: Option<u64> = from
        .map(|given| {
            given.parse().map_err(|_| {
                Problem::new(
                    Kind::BadValue,
                    format!("`from` is `{given}`; allowed: the number of a record, from 0"),
                )
            })
        })
        .transpose()?;
    // A cursor is further on than the beginning it was made from.
    let after = page.after_number()?.or(from.and_then(|from| from.checked_sub(1)));
    app.kept_of_log(&ask, None, move |service, current| {
        let Some((known, view)) = service.log_now(current) else {
            return Made::json(&Listed::<EntryRow>::empty());
        };
        let proven = known.proven.as_ref().expect("what has a view was proven");
        let all: Vec<u64> = (0..proven.ledger.size()).collect();
        let times = proven.ledger.times();
        Made::json(&page.of(&all, after.as_ref(), |&n| n, |&n| entry_row(&proven.ledger, &view, &times, n)))
    })
    .await
}

/// One record of the log: in words, and as it was signed.
#[utoipa::path(
    get,
    path = "/api/v1/log/entries/{number}",
    tag = "log",
    params(("number" = u64, Path, description = "Its number, from 0.")),
    responses((status = 200, body = EntryDetail, description = "As of now."), NotModified, NotFound, Refusals)
)]
async fn entry(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let given = ask.last()?;
    app.kept_of_log(&ask, None, move |service, current| {
        let unknown = || Problem::new(Kind::UnknownRecord, no_record(service, &given));
        let (known, view) = service.log_now(current).ok_or_else(unknown)?;
        let proven = known.proven.as_ref().expect("what has a view was proven");
        let number: u64 =
            given.parse().ok().filter(|&number| number < proven.ledger.size()).ok_or_else(unknown)?;
        let bytes = leaf_bytes(service, &known, number)?;
        let leaf = leaf::parse(&bytes).ok();
        Made::json(&EntryDetail {
            entry: entry_row(&proven.ledger, &view, &proven.ledger.times(), number),
            bytes: bytes.len(),
            body: leaf.as_ref().map(|leaf| leaf.body.to_json()),
            signatures: leaf.iter().flat_map(signatures).collect(),
            requests: words::requests_of(&view, &proven.ledger, number)
                .into_iter()
                .map(|one| request_row(&view, one))
                .collect(),
        })
    })
    .await
}

fn no_record(service: &Service, given: &str) -> String {
    match service.proven() {
        Some(proven) => {
            format!("there is no record `{given}`: the log has {} records, from 0 on", proven.ledger.size())
        }
        None => "no log is obeyed here, so there are no records; start the service with --log DIR".to_owned(),
    }
}

/// The bytes of a record, held against the hash of what was proven.
fn leaf_bytes(service: &Service, known: &Known, number: u64) -> Result<Vec<u8>, Problem> {
    let lost = |reason: String| {
        Problem::new(
            Kind::LogUnreadable,
            format!(
                "record {number} cannot be read from the log's folder: {reason}; ask again, or verify the log"
            ),
        )
    };
    let files = service.log_files().ok_or_else(|| lost("there is none".to_owned()))?;
    let proven = known.proven.as_ref().ok_or_else(|| lost("nothing was proven".to_owned()))?;
    let (bytes, _) = skyshed_tlog::read::prove_inclusion(files, &proven.public.checkpoint, number)
        .map_err(|error| lost(error.to_string()))?;
    Ok(bytes)
}

fn signatures(leaf: &Leaf) -> impl Iterator<Item = SignatureView> + '_ {
    leaf.sigs.iter().map(|sig| SignatureView {
        by: sig.by.clone(),
        key: skyshed_records::sshsig::claims(&sig.sig).ok().map(|(key, _)| key.to_string()),
    })
}

fn entry_row(ledger: &LogLedger, view: &View, times: &[(u64, Time)], number: Index) -> EntryRow {
    let body = ledger.body(number);
    EntryRow {
        number,
        r#type: body.map(Body::type_name),
        body_sha256: ledger.body_sha256(number).map(|hash| hash.to_string()),
        summary: body.map(words::summary),
        status: words::status(ledger, view, number),
        witnessed_at: times.iter().find(|(size, _)| *size > number).map(|(_, time)| time.to_string()),
        flags: words::flags(view, number).map(|flag| flag.reason.code()).collect(),
    }
}

/// One file of the log.
async fn log_file(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let missing = app.unknown_path(&ask.uri);
    let path = ask.uri.path().trim_start_matches(FILES).to_owned();
    let service = app.service.clone();
    let read = move || log_files::read(service.log_files()?, &path);
    let file = tokio::task::spawn_blocking(read).await.ok().flatten().ok_or(missing)?;
    app.send(file, &ask).await
}
