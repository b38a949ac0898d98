//! What went wrong, as RFC 9457 `application/problem+json`: a closed list of kinds, each message saying what was given,
//! what is allowed and what to do.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

/// What can go wrong. The last part of a problem's `type` is the kind's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No such path.
    UnknownPath,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// A query that cannot be read.
    BadQuery,
    /// A value that cannot be one.
    BadValue,
    /// No place by that name.
    UnknownPlace,
    /// No territory by that name.
    UnknownTerritory,
    /// No gateway or point of presence by that name.
    UnknownSite,
    /// No satellite with that catalogue number.
    UnknownSatellite,
    /// No cell with that id.
    UnknownCell,
    /// No record of the log, or none of that kind.
    UnknownRecord,
    /// A designed constellation has no element sets.
    NoElements,
    /// A request is about other cells than the map has.
    ZoneDiffers,
    /// The log's folder does not give what was proven.
    LogUnreadable,
    /// A name that several places, sites or territories share.
    AmbiguousName,
    /// No service line or user terminal with that id.
    UnknownLine,
    /// No request with that number.
    UnknownRequest,
    /// No log is obeyed.
    NoLog,
    /// The service takes no records.
    ReadOnly,
    /// A bearer token that is not believed.
    BadToken,
    /// No idempotency key, or none that can be one.
    BadKey,
    /// An idempotency key that was given with another write.
    KeyReused,
    /// A body that is no record.
    BadRecord,
    /// A record that the log's rules refuse.
    RecordRefused,
    /// A record that does not fit what the log holds by now.
    RecordConflict,
    /// A body of another type.
    UnsupportedMediaType,
    /// A body that is larger than it may be.
    TooLarge,
    /// The log cannot be written.
    LogUnwritable,
    /// No plan can be served.
    NoPlan,
    /// Too many requests at once.
    Busy,
    /// Too many requests of one client.
    TooMany,
    /// A path and query that are longer than is read.
    TooLong,
    /// A body that did not come in time.
    TooSlow,
    /// A bug.
    Internal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 33] = [
        Kind::UnknownPath,
        Kind::MethodNotAllowed,
        Kind::BadQuery,
        Kind::BadValue,
        Kind::UnknownPlace,
        Kind::UnknownTerritory,
        Kind::UnknownSite,
        Kind::UnknownSatellite,
        Kind::UnknownCell,
        Kind::UnknownRecord,
        Kind::NoElements,
        Kind::ZoneDiffers,
        Kind::LogUnreadable,
        Kind::AmbiguousName,
        Kind::UnknownLine,
        Kind::UnknownRequest,
        Kind::NoLog,
        Kind::ReadOnly,
        Kind::BadToken,
        Kind::BadKey,
        Kind::KeyReused,
        Kind::BadRecord,
        Kind::RecordRefused,
        Kind::RecordConflict,
        Kind::UnsupportedMediaType,
        Kind::TooLarge,
        Kind::LogUnwritable,
        Kind::NoPlan,
        Kind::Busy,
        Kind::TooMany,
        Kind::TooLong,
        Kind::TooSlow,
        Kind::Internal,
    ];

    fn about(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Kind::UnknownPath => (StatusCode::NOT_FOUND, "unknown-path", "Nothing is at this path"),
            Kind::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "The path does not take this method")
            }
            Kind::BadQuery => (StatusCode::BAD_REQUEST, "bad-query", "The query cannot be read"),
            Kind::BadValue => (StatusCode::BAD_REQUEST, "bad-value", "A value is out of its range or form"),
            Kind::UnknownPlace => (StatusCode::NOT_FOUND, "unknown-place", "No place by that name"),
            Kind::UnknownTerritory => {
                (StatusCode::NOT_FOUND, "unknown-territory", "No territory by that name")
            }
            Kind::UnknownSite => {
                (StatusCode::NOT_FOUND, "unknown-site", "No gateway or point of presence by that name")
            }
            Kind::UnknownSatellite => {
                (StatusCode::NOT_FOUND, "unknown-satellite", "No satellite with that catalogue number")
            }
            Kind::UnknownCell => (StatusCode::NOT_FOUND, "unknown-cell", "No cell with that id"),
            Kind::UnknownRecord => (StatusCode::NOT_FOUND, "unknown-record", "No such record of the log"),
            Kind::NoElements => (StatusCode::NOT_FOUND, "no-elements", "There are no element sets"),
            Kind::ZoneDiffers => (StatusCode::CONFLICT, "zone-differs", "The map has other cells"),
            Kind::LogUnreadable => {
                (StatusCode::SERVICE_UNAVAILABLE, "log-unreadable", "The log's folder cannot be read")
            }
            Kind::AmbiguousName => (StatusCode::CONFLICT, "ambiguous-name", "Several go by that name"),
            Kind::UnknownLine => {
                (StatusCode::NOT_FOUND, "unknown-line", "No service line or user terminal with that id")
            }
            Kind::UnknownRequest => (StatusCode::NOT_FOUND, "unknown-request", "No request with that number"),
            Kind::NoLog => (StatusCode::NOT_FOUND, "no-log", "No log is obeyed here"),
            Kind::ReadOnly => (StatusCode::FORBIDDEN, "read-only", "This service takes no records"),
            Kind::BadToken => (StatusCode::UNAUTHORIZED, "bad-token", "The bearer token is not believed"),
            Kind::BadKey => (StatusCode::BAD_REQUEST, "bad-key", "A write needs an Idempotency-Key"),
            Kind::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-reused",
                "This Idempotency-Key was given with another write",
            ),
            Kind::BadRecord => (StatusCode::BAD_REQUEST, "bad-record", "The body is no record"),
            Kind::RecordRefused => {
                (StatusCode::UNPROCESSABLE_ENTITY, "record-refused", "The log's rules refuse the record")
            }
            Kind::RecordConflict => {
                (StatusCode::CONFLICT, "record-conflict", "The record does not fit what the log holds by now")
            }
            Kind::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The body is of a type that is not taken",
            ),
            Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Kind::LogUnwritable => {
                (StatusCode::SERVICE_UNAVAILABLE, "log-unwritable", "The log cannot be written at the moment")
            }
            Kind::NoPlan => (StatusCode::SERVICE_UNAVAILABLE, "no-plan", "There is no plan to answer from"),
            Kind::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many requests at once"),
            Kind::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests of one client"),
            Kind::TooLong => (StatusCode::URI_TOO_LONG, "too-long", "Path and query are too long"),
            Kind::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too-slow", "The request did not come in time"),
            Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "A defect in the server"),
        }
    }

    /// The HTTP status it is sent with.
    pub fn status(self) -> StatusCode {
        self.about().0
    }

    /// The last part of its `type`.
    pub fn name(self) -> &'static str {
        self.about().1
    }

    /// One line for a person; the same for every problem of this kind (RFC 9457 section 3.1.3).
    pub fn title(self) -> &'static str {
        self.about().2
    }
}

/// A problem as it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// What kind of thing went wrong: a path here that says what it means.
    pub r#type: String,
    /// One line for a person, the same for every problem of this kind.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What was given, what is allowed, what to do.
    pub detail: &'a str,
    /// What to ask for instead, where there is a list.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    #[schema(required = false)]
    pub candidates: &'a [String],
    /// Of a record that was refused: the rule that it breaks, by its short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub rule: Option<&'static str>,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What kind of thing.
    pub kind: Kind,
    /// What was given, what is allowed, what to do.
    pub detail: String,
    /// What to ask for instead, where there is a list.
    pub candidates: Vec<String>,
    /// Of a record that was refused: the rule that it breaks, by its short name.
    pub rule: Option<&'static str>,
}

impl Problem {
    /// A problem without candidates.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Problem {
        Problem { kind, detail: detail.into(), candidates: Vec::new(), rule: None }
    }

    /// The same with a list of what to ask for instead.
    pub fn with_candidates(self, candidates: Vec<String>) -> Problem {
        Problem { candidates, ..self }
    }

    /// The body of the response.
    pub fn text(&self) -> String {
        let body = ProblemBody {
            r#type: format!("/problems/{}", self.kind.name()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            candidates: &self.candidates,
            rule: self.rule,
        };
        serde_json::to_string(&body).expect("text and numbers become JSON") + "\n"
    }

    /// The response of RFC 9457 section 3.
    pub fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.text()));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self.kind, Kind::Busy | Kind::LogUnwritable) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.kind == Kind::BadToken {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_statuses_are_errors() {
        for (index, kind) in Kind::ALL.iter().enumerate() {
            assert!(Kind::ALL[..index].iter().all(|other| other.name() != kind.name()));
            assert!(kind.status().is_client_error() || kind.status().is_server_error());
        }
    }
}
