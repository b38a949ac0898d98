//! The service itself: how it is, what it counts, what its problems mean.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, live, live_json};
use super::responses::{NotFound, Refusals};
use super::{Answer, App};
use crate::problem::Kind;
use crate::service::Health;

/// Where its health is.
pub const HEALTH: &str = "/healthz";
/// Where its metrics are.
pub const METRICS: &str = "/metrics";
const PROBLEMS: &str = "/problems/";

/// The paths of the service itself.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(metrics)).routes(routes!(problem_kind))
}

/// How the service is.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "service",
    responses(
        (status = 200, body = Health, description = "The plan keeps up."),
        Refusals,
        (status = 503, body = Health, description = "The plan is too far behind."),
    )
)]
async fn health(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let health = app.service.health();
    let behind = health.status == "behind";
    live_json(if behind { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }, &health)
}

/// Everything that is measured, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "Exposition format 0.0.4."),
        Refusals
    )
)]
async fn metrics(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    Ok(live("text/plain; version=0.0.4; charset=utf-8", app.service.metrics_text()))
}

/// What a problem's `type` points to.
#[utoipa::path(
    get,
    path = "/problems/{kind}",
    tag = "service",
    params(("kind" = String, Path, example = "unknown-place", description = "The last part of a problem's `type`.")),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "One line about it."),
        NotFound, Refusals
    )
)]
async fn problem_kind(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let name = ask.uri.path().trim_start_matches(PROBLEMS);
    let kind =
        Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| app.unknown_path(&ask.uri))?;
    let text = format!("{}: {} (HTTP status {})\n", kind.name(), kind.title(), kind.status());
    Ok(live("text/plain; charset=utf-8", text))
}
