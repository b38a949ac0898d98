//! Paths, and what they answer: one file for each resource, each with its handlers and a function that gives its routes.
//! What stands over a handler (`#[utoipa::path]`) is both its route and its part of `/openapi.json`, so that the two cannot
//! differ; `/docs` is the same document for a person.
//!
//! | file | paths below `/api/v1/` |
//! |---|---|
//! | [`places`] | `places`, `why` |
//! | [`routes`] | `route` |
//! | [`timeline`] | `timeline` |
//! | [`slots`] | `slot`, `slots`, `coverage` |
//! | [`cells`] | `cells`, `cells.arrow`, `cells/raster` |
//! | [`territories`] | `territories` |
//! | [`satellites`] | `satellites`, `satellites.arrow`, `elements` |
//! | [`sites`] | `gateways`, `pops` |
//! | [`preview`] | `preview` |
//! | [`requests`] | `requests` |
//! | [`log`] | `log`, `log/entries`; beside them the log's own files under `/log/`, for anybody to verify: see [`crate::log_files`] |
//! | [`writes`] | `POST requests`, `requests/{number}/approvals`, `requests/{number}/cancellations`, `records` |
//! | [`lines`] | `service-lines`, `user-terminals` and their `/eligibility` |
//! | [`events`] | `events` |
//! | [`exports`] | `export/shutdowns.csv`, `export/radar.json` |
//! | [`service`] | none of these: `/healthz`, `/metrics`, `/problems/{kind}` |
//! | [`document`] | nor of these: `/openapi.json`, `/docs` |
//!
//! Requests only translate to questions; what takes long is worked out on the blocking pool, once for all who ask ([`ask`]). Every
//! answer that can be kept carries an `ETag`, which is known before the answer is worked out; JSON is that of the same command on the
//! command line, without its spaces.

pub mod ask;
pub mod cells;
pub mod document;
pub mod events;
pub mod exports;
pub mod lines;
pub mod log;
pub mod places;
pub mod preview;
pub mod requests;
pub mod responses;
pub mod routes;
pub mod satellites;
pub mod service;
pub mod sites;
pub mod slots;
pub mod territories;
pub mod timeline;
pub mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

use crate::cors::{self, Cors};
use crate::gate::gate;
use crate::page;
use crate::problem::{Kind, Problem};
use crate::service::Service;

/// The service behind HTTP; what every handler is given.
#[derive(Clone)]
pub struct App {
    /// What requests are answered from.
    pub service: Arc<Service>,
    paths: Arc<Paths>,
}

/// What a handler gives.
pub type Answer = Result<Response<Body>, Problem>;

/// Every documented path with its methods, such as `GET, HEAD`.
type Paths = BTreeMap<String, String>;

/// Every resource's routes. A new resource is a module with a function like these, and a line here.
const RESOURCES: &[fn() -> OpenApiRouter<App>] = &[
    places::routes,
    routes::routes,
    timeline::routes,
    slots::routes,
    cells::routes,
    territories::routes,
    satellites::routes,
    sites::routes,
    preview::routes,
    requests::routes,
    log::routes,
    writes::routes,
    lines::routes,
    events::routes,
    exports::routes,
    service::routes,
    document::routes,
];

fn resources() -> OpenApiRouter<App> {
    let begin = OpenApiRouter::with_openapi(document::base());
    RESOURCES.iter().fold(begin, |router, routes| router.merge(routes()))
}

/// The OpenAPI document of every path.
pub fn openapi() -> serde_json::Value {
    document::finished(resources().into_openapi())
}

/// The router over a service, whose answers pages of some other origins may read.
pub fn router(service: Arc<Service>, cors: Cors) -> Router {
    let (mut router, _) = resources().split_for_parts();
    let app = App { service, paths: Arc::new(document::methods(&openapi())) };
    for file in page::FILES {
        let ready = file.ready();
        router =
            router.route(file.path, get(move |headers: HeaderMap| async move { ready.response(&headers) }));
    }
    let router = router
        .fallback(|State(app): State<App>, uri: Uri| async move { app.unknown_path(&uri).response() })
        .method_not_allowed_fallback(refused_method)
        .layer(from_fn_with_state(app.service.clone(), gate))
        .with_state(app);
    if cors.is_empty() {
        return router;
    }
    router.layer(from_fn(move |request: Request, next: Next| cors::apply(cors.clone(), request, next)))
}

async fn refused_method(
    State(app): State<App>,
    path: Option<MatchedPath>,
    method: Method,
    uri: Uri,
) -> Response<Body> {
    let allowed = path.and_then(|path| app.paths.get(path.as_str()).cloned());
    let allowed = allowed.unwrap_or_else(|| "GET, HEAD".to_owned());
    let detail = format!("{method} of `{}`; allowed: {allowed}; /docs says what each does", uri.path());
    let mut response = Problem::new(Kind::MethodNotAllowed, detail).response();
    // RFC 9110 section 15.5.6 asks for the list.
    response.headers_mut().insert(header::ALLOW, HeaderValue::try_from(allowed).expect("names of methods"));
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        self.response()
    }
}

impl App {
    /// Runs what takes milliseconds where it holds no connection up.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Service) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.service.work(work).await
    }

    /// Nothing is there.
    pub fn unknown_path(&self, uri: &Uri) -> Problem {
        let known: Vec<&str> = self.paths.keys().map(String::as_str).collect();
        let detail = format!("nothing is at `{}`; allowed: {}; / is the page", uri.path(), known.join(", "));
        Problem::new(Kind::UnknownPath, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where two types shared a name, the document would have one of them, and be wrong about the other.
    #[test]
    fn a_name_of_a_schema_means_one_thing() {
        let mut known: BTreeMap<String, serde_json::Value> = BTreeMap::new();
        for routes in RESOURCES {
            let document = serde_json::to_value(routes().into_openapi()).unwrap();
            for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
                let first = known.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(first, schema, "{name} is two types; give one of them another name");
            }
        }
        assert!(known.len() > 40, "{}", known.len());
    }
}
