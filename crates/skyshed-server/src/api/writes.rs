//! Writes: signed records into the log, through the [`desk`](crate::desk). They get in for their own signatures; no token, session
//! or administrator stands in for one.

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header};
use serde::Serialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::live;
use super::responses::{Refusals, WriteRefusals};
use super::{Answer, App};
use crate::desk::{self, DeskError, Place, WRITE_BYTES_MAX, Write};
use crate::problem::{Kind, Problem};
use crate::query;

/// Names the write, so that it is made once however often it is sent (draft-ietf-httpapi-idempotency-key-header-07).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer was given before.
const REPEATED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The paths that write.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(post_request))
        .routes(routes!(post_approval))
        .routes(routes!(post_cancellation))
        .routes(routes!(post_record))
}

/// A signed record, as `skyshed request sign` and `--out FILE` write it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Record)]
#[allow(dead_code, reason = "only its schema is used: records are read strictly elsewhere")]
struct RecordBody {
    /// What it says; its canonical form (RFC 8785) is what is signed. Keys by type: see `skyshed-records`.
    #[schema(value_type = Object)]
    body: Value,
    /// Signatures over it.
    sigs: Vec<SignatureBody>,
    /// Its type, such as `request` or `approval`.
    r#type: String,
    /// Version of the format.
    #[schema(minimum = 1, maximum = 1)]
    v: u8,
}

/// A signature.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordSignature)]
#[allow(dead_code, reason = "only its schema is used")]
struct SignatureBody {
    /// Id of the principal in the log's policy, `name@organisation`.
    by: String,
    /// `sshsig`.
    kind: String,
    /// The signature as `ssh-keygen -Y sign -n skyshed.<type>@v1` makes it, without its armour, base64.
    sig: String,
}

/// What became of a record that got in.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Written)]
#[allow(dead_code, reason = "only its schema is used: answers are kept as text")]
struct WrittenBody {
    /// Its number in the log.
    record: u64,
    /// Where it can be read.
    location: String,
    /// Numbers of the decision records that followed from it.
    decisions: Vec<u64>,
    /// Records in the log now.
    size: u64,
    /// Newest time that a quorum of witnesses vouches for, UTC.
    witnessed_at: String,
    /// Whether a quorum of witnesses has seen the record. Until then it has no effect.
    quorum: bool,
    /// How many witnesses cosigned the newest checkpoint.
    witnesses: usize,
    /// How many there are.
    witnesses_known: usize,
    /// Why others did not.
    witnesses_absent: Vec<String>,
    /// The record and the decisions in words: number, type, hash, summary, status, and the requests they are about.
    #[schema(value_type = Vec<Object>)]
    records: Vec<Value>,
}

/// Asks for a change of service.
#[utoipa::path(
    post,
    path = "/api/v1/requests",
    tag = "writes",
    params(("Idempotency-Key" = String, Header, description = "A new one for each write, such as a UUID; the same one to ask again.")),
    request_body(content = RecordBody, description = "A record of type `request`."),
    responses(
        (status = 201, body = WrittenBody, description = "It is in the log, for good, and witnessed.", headers(("Location" = String, description = "Where it can be read."))),
        (status = 202, body = WrittenBody, description = "It is in the log, for good; it has no effect until enough witnesses have seen it.", headers(("Location" = String, description = "Where it can be read."))),
        WriteRefusals, Refusals
    )
)]
async fn post_request(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Answer {
    write(&app, &uri, &headers, Place::Requests, body).await
}

/// Approves, rejects or recuses from a request.
#[utoipa::path(
    post,
    path = "/api/v1/requests/{number}/approvals",
    tag = "writes",
    params(
        ("number" = u64, Path, description = "Number of the request's record, which the approval must name by its hash."),
        ("Idempotency-Key" = String, Header, description = "A new one for each write, such as a UUID; the same one to ask again."),
    ),
    request_body(content = RecordBody, description = "A record of type `approval`."),
    responses(
        (status = 201, body = WrittenBody, description = "It is in the log, for good, and witnessed.", headers(("Location" = String, description = "Where it can be read."))),
        (status = 202, body = WrittenBody, description = "It is in the log, for good; it has no effect until enough witnesses have seen it.", headers(("Location" = String, description = "Where it can be read."))),
        WriteRefusals, Refusals
    )
)]
async fn post_approval(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Answer {
    write(&app, &uri, &headers, Place::Approvals(request_number(&uri)?), body).await
}

/// Stops a request that is in review or waits.
#[utoipa::path(
    post,
    path = "/api/v1/requests/{number}/cancellations",
    tag = "writes",
    params(
        ("number" = u64, Path, description = "Number of the request's record, which the cancellation must name by its hash."),
        ("Idempotency-Key" = String, Header, description = "A new one for each write, such as a UUID; the same one to ask again."),
    ),
    request_body(content = RecordBody, description = "A record of type `cancel`."),
    responses(
        (status = 201, body = WrittenBody, description = "It is in the log, for good, and witnessed.", headers(("Location" = String, description = "Where it can be read."))),
        (status = 202, body = WrittenBody, description = "It is in the log, for good; it has no effect until enough witnesses have seen it.", headers(("Location" = String, description = "Where it can be read."))),
        WriteRefusals, Refusals
    )
)]
async fn post_cancellation(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Answer {
    write(&app, &uri, &headers, Place::Cancellations(request_number(&uri)?), body).await
}

/// Puts any other signed record into the log: contact, attest, observe, enforce, keyevent, preview, territory, zone, policy.
#[utoipa::path(
    post,
    path = "/api/v1/records",
    tag = "writes",
    params(("Idempotency-Key" = String, Header, description = "A new one for each write, such as a UUID; the same one to ask again.")),
    request_body(content = RecordBody, description = "A record that people or machines sign, and that is no request, approval or cancel."),
    responses(
        (status = 201, body = WrittenBody, description = "It is in the log, for good, and witnessed.", headers(("Location" = String, description = "Where it can be read."))),
        (status = 202, body = WrittenBody, description = "It is in the log, for good; it has no effect until enough witnesses have seen it.", headers(("Location" = String, description = "Where it can be read."))),
        WriteRefusals, Refusals
    )
)]
async fn post_record(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Answer {
    write(&app, &uri, &headers, Place::Records, body).await
}

async fn write(app: &App, uri: &Uri, headers: &HeaderMap, place: Place, body: Body) -> Answer {
    query::read(uri.query(), [])?;
    let Some(desk) = app.service.desk() else { return Err(read_only(app)) };
    let key = idempotency_key(headers)?;
    check_media_type(headers)?;
    let Ok(bytes) = to_bytes(body, WRITE_BYTES_MAX).await else {
        let detail = format!(
            "the record is more than {WRITE_BYTES_MAX} bytes long, or did not arrive whole; allowed: {WRITE_BYTES_MAX}; put what is \
             large into an attachment, by hash"
        );
        return Err(Problem::new(Kind::TooLarge, detail));
    };
    let written = desk.write(Write { place, bytes, key }).await?;
    let is_problem = written.answer.status >= 400;
    let media_type = if is_problem { "application/problem+json" } else { "application/json" };
    let mut response: Response<_> = live(media_type, written.answer.body);
    *response.status_mut() = StatusCode::from_u16(written.answer.status).unwrap_or(StatusCode::CREATED);
    let location = written.answer.location.and_then(|location| HeaderValue::try_from(location).ok());
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if written.repeated {
        response.headers_mut().insert(REPEATED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn read_only(app: &App) -> Problem {
    let how = match app.service.log_files() {
        None => {
            "it plans a what-if study and obeys no log: start it without --policy, with --log DIR --write"
        }
        Some(_) => {
            "start it with --write where the log's keys are, or send the record to whoever runs the log; \
             `skyshed request submit` and its like write to a log's folder directly"
        }
    };
    Problem::new(Kind::ReadOnly, format!("this service takes no records; {how}"))
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (given.next().map(HeaderValue::to_str), given.next()) {
        (Some(Ok(key)), None) => Ok(key.to_owned()),
        (None, _) => {
            let detail = "no Idempotency-Key is given; give a new one for each write, such as a UUID, and the same one to ask again: \
                          then the record is written once, however often it is sent";
            Err(Problem::new(Kind::BadKey, detail))
        }
        _ => {
            let detail = "Idempotency-Key is given twice, or is not ASCII; give one, such as a UUID";
            Err(Problem::new(Kind::BadKey, detail))
        }
    }
}

/// Anything else might be a form of another site, sent by somebody's browser.
fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
    let essence = given.split(';').next().unwrap_or_default().trim();
    match essence.eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => {
            let detail = format!(
                "Content-Type is `{given}`; allowed: application/json; with curl: -H 'Content-Type: application/json'"
            );
            Err(Problem::new(Kind::UnsupportedMediaType, detail))
        }
    }
}

/// The number in the last part but one of the path.
fn request_number(uri: &Uri) -> Result<u64, Problem> {
    let given = query::decoded_path(uri.path().rsplit('/').nth(1).unwrap_or_default())?;
    given.parse().map_err(|_| {
        let given: String = given.chars().take(40).collect();
        let detail =
            format!("`{given}` is no number of a request; allowed: digits; /api/v1/requests lists requests");
        Problem::new(Kind::BadValue, detail)
    })
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Problem {
        let detail = error.to_string();
        let (kind, rule) = match &error {
            DeskError::Full | DeskError::Stopping | DeskError::NoRoom => (Kind::Busy, None),
            DeskError::Key { .. } => (Kind::BadKey, None),
            DeskError::KeyReused { .. } => (Kind::KeyReused, None),
            DeskError::NotJson(_) => (Kind::BadRecord, None),
            DeskError::Malformed(_) => (Kind::RecordRefused, Some("malformed")),
            DeskError::Type { .. } => (Kind::RecordRefused, Some("type")),
            DeskError::NoRequest { .. } => (Kind::UnknownRequest, None),
            DeskError::OtherRequest { .. } => (Kind::RecordRefused, Some("other_request")),
            DeskError::Refused(refusal) if desk::is_conflict(&refusal.reason) => {
                (Kind::RecordConflict, Some(refusal.reason.code()))
            }
            DeskError::Refused(refusal) => (Kind::RecordRefused, Some(refusal.reason.code())),
            DeskError::Failed { .. } => (Kind::LogUnwritable, None),
        };
        Problem { rule, ..Problem::new(kind, detail) }
    }
}
