//! What may go wrong at a path, for the OpenAPI document: groups of responses to name beside an operation's own.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// What every operation may answer: a query that cannot be read, a wrong method, too much or too slow, a defect, no plan.
pub struct Refusals;

/// 304: the client has what its `If-None-Match` names. Of every operation whose answer has an `ETag`.
pub struct NotModified;

/// 404: what the path or the query names does not exist.
pub struct NotFound;

/// 409: several go by the name that was given; `candidates` has them.
pub struct Ambiguous;

/// 404: this service plans a what-if study and obeys no log.
pub struct NoLog;

/// What a write may be refused for.
pub struct WriteRefusals;

impl IntoResponses for NoLog {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([problem("404", "This service plans a what-if study and obeys no log.")])
    }
}

impl IntoResponses for WriteRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([
            problem("403", "This service only reads; the detail says how one writes."),
            problem("404", "There is no such request."),
            problem(
                "409",
                "The record does not fit what the log holds by now: a replay, another zone in force, too late; `rule` names the reason.",
            ),
            problem("413", "The record is larger than 128 KiB."),
            problem("415", "The body is not `application/json`."),
            problem(
                "422",
                "The record is refused, and `rule` names the reason; or the key was given with another write.",
            ),
        ])
    }
}

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([
            problem("400", "The query cannot be read, or a value is out of its range."),
            problem("401", "A bearer token is given and not believed. None is needed."),
            problem("405", "The path does not take this method."),
            problem("408", "The request took too long to arrive."),
            problem("413", "The request has a body that is too large."),
            problem("414", "The path and query are too long."),
            problem("429", "Too many requests of one client; `Retry-After` says when to ask again."),
            problem("500", "A defect in the server."),
            problem(
                "503",
                "Too many requests at once, or no plan to answer from; `Retry-After` says when to ask again.",
            ),
        ])
    }
}

impl IntoResponses for NotModified {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response =
            ResponseBuilder::new().description("What `If-None-Match` names is still true.").build();
        BTreeMap::from([("304".to_owned(), response.into())])
    }
}

impl IntoResponses for NotFound {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([problem("404", "What is asked for does not exist; `candidates` may name what does.")])
    }
}

impl IntoResponses for Ambiguous {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([problem("409", "Several go by this name; `candidates` names them.")])
    }
}

/// A status with a problem as its body (RFC 9457).
pub fn problem(status: &str, description: &str) -> (String, RefOr<Response>) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(description);
    (status.to_owned(), response.content("application/problem+json", content).build().into())
}
