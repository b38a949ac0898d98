//! The service itself: how it is, what it counts, what its problems mean.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, live, live_json};
use super::responses::{NotFound, Refusals};
use super::{Answer, App};
use crate::health::Readiness;
use crate::problem::Kind;
use crate::service::Health;

const PROBLEMS: &str = "/problems/";

/// The paths of the service itself.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(metrics))
        .routes(routes!(problem_kind))
}

/// How the service is.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "service",
    responses(
        (status = 200, body = Health, description = "The process lives: it tries every slot."),
        Refusals,
        (status = 503, body = Health, description = "Only a new start helps."),
    )
)]
async fn health(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let status = if app.service.is_live() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    live_json(status, &app.service.health())
}

/// Whether the service is ready: its answers are of now, from elements that are young enough, under a log that is proven. What speaks
/// against that, with what was found and what is allowed.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "service",
    responses(
        (status = 200, body = Readiness, description = "Ready; there may be doubts."),
        Refusals,
        (status = 503, body = Readiness, description = "Not ready, for the reasons given; it still answers, from what held last."),
    )
)]
async fn ready(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let readiness = app.service.readiness();
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    live_json(status, &readiness)
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
