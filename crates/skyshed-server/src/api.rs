//! Paths, and what they answer: one file for each resource, each with its handlers and a function that gives its routes.
//! What stands over a handler (`#[utoipa::path]`) is both its route and its part of `/openapi.json`, so that the two cannot
//! differ; `/docs` is the same document for a person.
//!
//! | file | paths below `/api/v1/` |
//! |---|---|
//! | [`places`] | `why?place=` |
//! | [`routes`] | `route?from=&to=` |
//! | [`slots`] | `slot`, `coverage` |
//! | [`satellites`] | `satellites?catalog_number=` |
//! | [`cells`] | `cells/raster`, `cells/raster/territories` |
//! | [`log`] | `log`; beside them the log's own files under `/log/`, for anybody to verify: see [`crate::log_files`] |
//! | [`service`] | no path of these: `/healthz`, `/metrics`, `/problems/{kind}` |
//! | [`document`] | nor of these: `/openapi.json`, `/docs` |
//!
//! Requests only translate to commands; commands run on the blocking pool. Every answer that can be kept carries an `ETag`;
//! JSON is that of the same command on the command line, without its spaces.

pub mod cells;
pub mod document;
pub mod log;
pub mod places;
pub mod responses;
pub mod routes;
pub mod satellites;
pub mod service;
pub mod slots;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use skyshed::Command;
use utoipa_axum::router::OpenApiRouter;

use crate::body::Sendable;
use crate::page;
use crate::problem::{Kind, Problem};
use crate::service::{REQUESTS_MAX, Service};

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

/// Paths that are answered however busy the service is.
const ALWAYS: [&str; 2] = [service::HEALTH, service::METRICS];

/// Every resource's routes. A new resource is a module with a function like these, and a line here.
fn resources() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(document::base())
        .merge(places::routes())
        .merge(routes::routes())
        .merge(slots::routes())
        .merge(satellites::routes())
        .merge(cells::routes())
        .merge(log::routes())
        .merge(service::routes())
        .merge(document::routes())
}

/// The OpenAPI document of every path.
pub fn openapi() -> serde_json::Value {
    document::finished(resources().into_openapi())
}

/// The router over a service.
pub fn router(service: Arc<Service>) -> Router {
    let (mut router, _) = resources().split_for_parts();
    let app = App { service, paths: Arc::new(document::methods(&openapi())) };
    for file in page::FILES {
        let sendable = file.sendable();
        router = router.route(
            file.path,
            get(move |headers: HeaderMap| async move { page_response(&sendable, &headers) }),
        );
    }
    router
        .fallback(|State(app): State<App>, uri: Uri| async move { app.unknown_path(&uri).response() })
        .method_not_allowed_fallback(refused_method)
        .layer(from_fn_with_state(app.clone(), watch))
        .with_state(app)
}

/// Keeps the number of requests within [`REQUESTS_MAX`], health and metrics aside, and counts them.
async fn watch(
    State(app): State<App>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response<Body> {
    // The path as it is routed: closed, so that strangers cannot make the metrics grow.
    let label = path.as_ref().map_or("other", MatchedPath::as_str);
    let response = match (ALWAYS.contains(&label), app.service.room.try_acquire()) {
        (false, Err(_)) => Problem::new(
            Kind::Busy,
            format!(
                "more than {REQUESTS_MAX} requests at once; allowed: {REQUESTS_MAX}; ask again in a second"
            ),
        )
        .response(),
        (_, _room) => next.run(request).await,
    };
    app.service.metrics.count_request(label, response.status().as_u16());
    response
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
    /// Answers a command from the slot of the moment.
    pub async fn run(&self, command: Command, request: &HeaderMap) -> Answer {
        let sendable = self.blocking(move |service| service.answer(&command)).await?;
        Ok(sendable.response(request))
    }

    /// Runs what takes milliseconds where it holds no connection up.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Service) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let service = self.service.clone();
        tokio::task::spawn_blocking(move || work(&service)).await.unwrap_or_else(|_| {
            Err(Problem::new(
                Kind::Internal,
                "the answer could not be made; this is a defect, please report it",
            ))
        })
    }

    /// Nothing is there.
    pub fn unknown_path(&self, uri: &Uri) -> Problem {
        let known: Vec<&str> = self.paths.keys().map(String::as_str).collect();
        let detail = format!("nothing is at `{}`; allowed: {}; / is the page", uri.path(), known.join(", "));
        Problem::new(Kind::UnknownPath, detail)
    }
}

/// A body that is true only now.
pub fn live(content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The same as JSON.
pub fn live_json(status: StatusCode, value: &impl serde::Serialize) -> Answer {
    let json = serde_json::to_string(value);
    let json = json.map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
    let mut response = live("application/json", json + "\n");
    *response.status_mut() = status;
    Ok(response)
}

/// A file of a page: it may load from here alone.
pub fn page_response(sendable: &Sendable, request: &HeaderMap) -> Response<Body> {
    let mut response = sendable.response(request);
    let policy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
