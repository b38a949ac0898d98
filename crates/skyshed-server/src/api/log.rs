//! The log that is obeyed: how it stands, and its own files.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::get;
use serde::Serialize;
use skyshed::LogStatus;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::Refusals;
use super::{Answer, App, live_json};
use crate::{log_files, query};

/// Where the log's own files are.
const FILES: &str = "/log/";

/// The paths of the log.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(log)).route("/log/{*path}", get(log_file))
}

/// Which log is obeyed, and how sure that is.
#[derive(Serialize, utoipa::ToSchema)]
struct LogAnswer {
    /// In a what-if study: by which policy is planned instead; null where the log is obeyed.
    what_if: Option<String>,
    /// The log; null in a what-if study.
    log: Option<LogStatus>,
}

/// Which log is obeyed, and how sure that is.
#[utoipa::path(
    get,
    path = "/api/v1/log",
    tag = "log",
    responses((status = 200, body = LogAnswer, description = "As of now."), Refusals)
)]
async fn log(State(app): State<App>, uri: Uri) -> Answer {
    query::read(uri.query(), [])?;
    let health = app.service.health();
    live_json(StatusCode::OK, &LogAnswer { what_if: health.what_if, log: health.log })
}

/// One file of the log.
async fn log_file(State(app): State<App>, uri: Uri) -> Answer {
    query::read(uri.query(), [])?;
    let missing = app.unknown_path(&uri);
    let path = uri.path().trim_start_matches(FILES).to_owned();
    let service = app.service.clone();
    let read = move || log_files::read(service.log_files()?, &path);
    tokio::task::spawn_blocking(read).await.ok().flatten().ok_or(missing)
}
