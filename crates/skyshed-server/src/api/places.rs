//! Places: is there service, and if not, why.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use skyshed::{Command, Why};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::problem::{Kind, Problem};
use crate::query;

/// The paths of places.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(why))
}

/// Is there service at a place, by what path, and if not, why.
#[utoipa::path(
    get,
    path = "/api/v1/why",
    tag = "places",
    params(("place" = String, Query, example = "Taipei", description = "A city, `latitude,longitude` or a cell id.")),
    responses(
        (status = 200, body = Why, description = "What `skyshed why --json` prints."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn why(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [place] = query::read(uri.query(), ["place"])?;
    let Some(place) = place.filter(|place| !place.trim().is_empty()) else {
        let detail = "no place is given; allowed: a city, `latitude,longitude` or a cell id; \
                      ask such as /api/v1/why?place=Taipei";
        return Err(Problem::new(Kind::BadQuery, detail));
    };
    app.run(Command::Why { place }, &headers).await
}
