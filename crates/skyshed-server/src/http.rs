//! Paths, and what they answer. Requests only translate to commands; commands run on the blocking pool.
//!
//! | path | answer |
//! |---|---|
//! | `/api/v1/why?place=` | [`skyshed::Why`] for a city, `latitude,longitude` or a cell id |
//! | `/api/v1/slot` | [`skyshed::SlotSummary`] |
//! | `/api/v1/route?from=&to=` | [`skyshed::Route`] at the slot's start; `&lasers_only=true` without the ground segment |
//! | `/api/v1/coverage` | [`skyshed::Coverage`] of the planet; `?territory=` of a territory; `?by=country` an array |
//! | `/api/v1/satellites?catalog_number=` | [`crate::satellites::Satellites`]: where these stand; several with commas in between |
//! | `/api/v1/cells/raster` | the [`raster`] of causes; `?layer=territory` of leaf territories |
//! | `/api/v1/territories` | the territories that raster counts: `id, name, kind, parent` (a position in the list) |
//! | `/api/v1/log` | [`skyshed::LogStatus`] of the log that is obeyed, as `log`; `what_if` in a what-if study |
//! | `/log/...` | the log's own files, for anybody to verify: see [`crate::log_files`] |
//! | `/healthz` | [`crate::service::Health`]; status 503 when the plan is too far behind |
//! | `/metrics` | Prometheus text |
//! | `/problems/{kind}` | what a problem's `type` means |
//! | `/` | the page |
//!
//! All but `/healthz` and `/metrics` carry an `ETag`; JSON is that of the same command on the command line.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::get;
use skyshed::{Command, CoverageBy, RouteMode};

use crate::body::Sendable;
use crate::problem::{Kind, Problem};
use crate::raster::cause_names;
use crate::service::{REQUESTS_MAX, Service};
use crate::{log_files, page};
use crate::{query, raster};

/// The service behind HTTP.
#[derive(Clone)]
struct App {
    service: Arc<Service>,
}

type Answer = Result<Response<Body>, Problem>;

/// Every path, for the router and as the label of a request in the metrics.
mod path {
    pub const WHY: &str = "/api/v1/why";
    pub const SLOT: &str = "/api/v1/slot";
    pub const ROUTE: &str = "/api/v1/route";
    pub const COVERAGE: &str = "/api/v1/coverage";
    pub const SATELLITES: &str = "/api/v1/satellites";
    pub const RASTER: &str = "/api/v1/cells/raster";
    pub const TERRITORIES: &str = "/api/v1/territories";
    pub const LOG: &str = "/api/v1/log";
    pub const LOG_FILES: &str = "/log/";
    pub const HEALTH: &str = "/healthz";
    pub const METRICS: &str = "/metrics";
    pub const PROBLEMS: &str = "/problems/";
    pub const ALL: [&str; 10] =
        [WHY, SLOT, ROUTE, COVERAGE, SATELLITES, RASTER, TERRITORIES, LOG, HEALTH, METRICS];
}

/// The router over a service.
pub fn router(service: Arc<Service>) -> Router {
    let app = App { service };
    let mut router = Router::new()
        .route(path::WHY, get(|app, uri, headers| answered(why(app, uri, headers))))
        .route(path::SLOT, get(|app, uri, headers| answered(slot(app, uri, headers))))
        .route(path::ROUTE, get(|app, uri, headers| answered(route(app, uri, headers))))
        .route(path::COVERAGE, get(|app, uri, headers| answered(coverage(app, uri, headers))))
        .route(path::SATELLITES, get(|app, uri, headers| answered(satellites(app, uri, headers))))
        .route(path::RASTER, get(|app, uri, headers| answered(cells_raster(app, uri, headers))))
        .route(path::TERRITORIES, get(|app, uri, headers| answered(territories(app, uri, headers))))
        .route(path::LOG, get(|app, uri| answered(log(app, uri))))
        .route("/log/{*path}", get(|app, uri| answered(log_file(app, uri))))
        .route(path::HEALTH, get(|app, uri| answered(health(app, uri))))
        .route(path::METRICS, get(|app, uri| answered(metrics(app, uri))))
        .route("/problems/{kind}", get(|uri| answered(problem_kind(uri))));
    for file in page::FILES {
        let sendable = file.sendable();
        router = router.route(
            file.path,
            get(move |headers: HeaderMap| async move { page_response(&sendable, &headers) }),
        );
    }
    router
        .fallback(|uri: Uri| async move { unknown_path(&uri).response() })
        .method_not_allowed_fallback(|method: Method, uri: Uri| async move {
            refused_method(&method, &uri).response()
        })
        .layer(from_fn_with_state(app.clone(), watch))
        .with_state(app)
}

/// Keeps the number of requests within [`REQUESTS_MAX`], health and metrics aside, and counts them.
async fn watch(State(app): State<App>, request: Request, next: Next) -> Response<Body> {
    let label = label(request.uri().path());
    let always = [path::HEALTH, path::METRICS].contains(&label);
    let response = match (always, app.service.room.try_acquire()) {
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

/// The label of a path: closed, so that strangers cannot make the metrics grow.
fn label(path: &str) -> &'static str {
    if path.starts_with(path::LOG_FILES) {
        return path::LOG_FILES;
    }
    let page = page::FILES.iter().map(|file| file.path);
    path::ALL.into_iter().chain(page).find(|known| *known == path).unwrap_or("other")
}

async fn answered(answer: impl Future<Output = Answer>) -> Response<Body> {
    answer.await.unwrap_or_else(|problem| problem.response())
}

async fn why(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [place] = query::read(uri.query(), ["place"])?;
    let Some(place) = place.filter(|place| !place.trim().is_empty()) else {
        let detail = "no place is given; allowed: a city, `latitude,longitude` or a cell id; \
                      ask such as /api/v1/why?place=Taipei";
        return Err(Problem::new(Kind::BadQuery, detail));
    };
    app.run(Command::Why { place }, headers).await
}

async fn slot(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    query::read(uri.query(), [])?;
    app.run(Command::Slot, headers).await
}

async fn route(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [from, to, lasers_only] = query::read(uri.query(), ["from", "to", "lasers_only"])?;
    let mode = match lasers_only.as_deref() {
        None | Some("false") => RouteMode::GroundSegment,
        Some("true") => RouteMode::LasersOnly,
        Some(given) => {
            let detail = format!("`lasers_only` is `{given}`; allowed: true, false; leave it out for false");
            return Err(Problem::new(Kind::BadValue, detail));
        }
    };
    let (from, to) = (end("from", from)?, end("to", to)?);
    app.run(Command::Route { from, to, mode }, headers).await
}

fn end(name: &str, given: Option<String>) -> Result<String, Problem> {
    given.filter(|end| !end.trim().is_empty()).ok_or_else(|| {
        let detail = format!(
            "`{name}` is not given; allowed: a place, city:PLACE, gateway:NAME or pop:NAME; \
             ask such as /api/v1/route?from=Nairobi&to=city:London"
        );
        Problem::new(Kind::BadQuery, detail)
    })
}

async fn coverage(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [territory, by] = query::read(uri.query(), ["territory", "by"])?;
    let by = match by.as_deref() {
        None => None,
        Some("country") => Some(CoverageBy::Country),
        Some(given) => {
            let detail =
                format!("`by` is `{given}`; allowed: country; leave it out for the planet as a whole");
            return Err(Problem::new(Kind::BadValue, detail));
        }
    };
    app.run(Command::Coverage { territory, by }, headers).await
}

async fn satellites(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [numbers] = query::read(uri.query(), ["catalog_number"])?;
    let Some(numbers) = numbers.filter(|numbers| !numbers.trim().is_empty()) else {
        let detail = "no satellite is given; allowed: catalogue numbers with commas in between; \
                      ask such as /api/v1/satellites?catalog_number=44714,44716";
        return Err(Problem::new(Kind::BadQuery, detail));
    };
    let sendable = app.blocking(move |service| service.satellites(&numbers)).await?;
    Ok(sendable.response(&headers))
}

async fn cells_raster(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [layer] = query::read(uri.query(), ["layer"])?;
    let sendable = match layer.as_deref() {
        None | Some("cause") => app.blocking(|service| Ok(service.cause_raster())).await?,
        Some("territory") => app.service.territory_raster.clone(),
        Some(given) => {
            let detail = format!("`layer` is `{given}`; allowed: cause, territory; leave it out for cause");
            return Err(Problem::new(Kind::BadValue, detail));
        }
    };
    let mut response = sendable.response(&headers);
    let size = format!("{}x{}", raster::WIDTH, raster::HEIGHT);
    for (name, value) in [("skyshed-raster-size", size), ("skyshed-raster-causes", cause_names())] {
        let value = HeaderValue::try_from(value).expect("words and digits");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}

async fn territories(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    query::read(uri.query(), [])?;
    Ok(app.service.territories.response(&headers))
}

/// Which log is obeyed, and how sure that is.
async fn log(State(app): State<App>, uri: Uri) -> Answer {
    query::read(uri.query(), [])?;
    let health = app.service.health();
    let body = serde_json::json!({ "what_if": health.what_if, "log": health.log });
    Ok(live("application/json", format!("{body:#}\n")))
}

/// One file of the log.
async fn log_file(State(app): State<App>, uri: Uri) -> Answer {
    query::read(uri.query(), [])?;
    let missing = unknown_path(&uri);
    let path = uri.path().trim_start_matches(path::LOG_FILES).to_owned();
    let service = app.service.clone();
    let read = move || log_files::read(service.log_files()?, &path);
    tokio::task::spawn_blocking(read).await.ok().flatten().ok_or(missing)
}

async fn health(State(app): State<App>, uri: Uri) -> Answer {
    query::read(uri.query(), [])?;
    let health = app.service.health();
    let json = serde_json::to_string_pretty(&health).expect("text and numbers become JSON");
    let mut response = live("application/json", json + "\n");
    if health.status == "behind" {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}

async fn metrics(State(app): State<App>, uri: Uri) -> Answer {
    query::read(uri.query(), [])?;
    Ok(live("text/plain; version=0.0.4; charset=utf-8", app.service.metrics_text()))
}

/// What a problem's `type` points to.
async fn problem_kind(uri: Uri) -> Answer {
    let name = uri.path().trim_start_matches(path::PROBLEMS);
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| unknown_path(&uri))?;
    let text = format!("{}: {} (HTTP status {})\n", kind.name(), kind.title(), kind.status());
    Ok(live("text/plain; charset=utf-8", text))
}

fn unknown_path(uri: &Uri) -> Problem {
    let detail = format!("nothing is at `{}`; allowed: {}; / is the page", uri.path(), path::ALL.join(", "));
    Problem::new(Kind::UnknownPath, detail)
}

fn refused_method(method: &Method, uri: &Uri) -> Problem {
    let detail =
        format!("{method} of `{}`; allowed: GET, HEAD; nothing here can be changed over HTTP", uri.path());
    Problem::new(Kind::MethodNotAllowed, detail)
}

/// A body that is true only now.
fn live(content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn page_response(sendable: &Sendable, request: &HeaderMap) -> Response<Body> {
    let mut response = sendable.response(request);
    let policy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

impl App {
    async fn run(&self, command: Command, request: HeaderMap) -> Answer {
        let sendable = self.blocking(move |service| service.answer(&command)).await?;
        Ok(sendable.response(&request))
    }

    /// Runs what takes milliseconds where it holds no connection up.
    async fn blocking(
        &self,
        work: impl FnOnce(&Service) -> Result<Sendable, Problem> + Send + 'static,
    ) -> Result<Sendable, Problem> {
        let service = self.service.clone();
        tokio::task::spawn_blocking(move || work(&service)).await.unwrap_or_else(|_| {
            Err(Problem::new(
                Kind::Internal,
                "the answer could not be made; this is a defect, please report it",
            ))
        })
    }
}
