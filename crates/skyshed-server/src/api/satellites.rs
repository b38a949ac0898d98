//! Satellites: where they stand.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::problem::{Kind, Problem};
use crate::query;
use crate::satellites::Satellites;

/// The paths of satellites.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(satellites))
}

/// Where satellites stand at the slot's start.
#[utoipa::path(
    get,
    path = "/api/v1/satellites",
    tag = "satellites",
    params(("catalog_number" = String, Query, example = "44714,44716", description = "Catalogue numbers, several with commas in between.")),
    responses(
        (status = 200, body = Satellites, description = "In the order they were asked for."),
        NotModified, NotFound, Refusals
    )
)]
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
