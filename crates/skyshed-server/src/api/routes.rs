//! Routes: the way of packets from one end to another.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use skyshed::{Command, Route, RouteMode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::problem::{Kind, Problem};
use crate::query;

/// The paths of routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(route))
}

/// The way from one end to another at the slot's start.
#[utoipa::path(
    get,
    path = "/api/v1/route",
    tag = "routes",
    params(
        ("from" = String, Query, example = "Nairobi", description = "A place, `city:PLACE`, `gateway:NAME` or `pop:NAME`."),
        ("to" = String, Query, example = "city:London", description = "The same."),
        ("lasers_only" = Option<bool>, Query, description = "Without the ground segment, from satellite to satellite."),
    ),
    responses(
        (status = 200, body = Route, description = "What `skyshed route --json` prints for one instant."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
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
    app.run(Command::Route { from, to, mode }, &headers).await
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
