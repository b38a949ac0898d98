//! Routes: the way of packets from one end to another.

use axum::extract::State;
use skyshed::orbit::Epoch;
use skyshed::route::RouteRequest;
use skyshed::{Command, Route, RouteMode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::places::time;
use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::problem::{Kind, Problem};
use crate::service::{Current, problem};

/// The paths of routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(route))
}

/// The way from one end to another at an instant.
#[utoipa::path(
    get,
    path = "/api/v1/route",
    tag = "routes",
    params(
        ("from" = String, Query, example = "Nairobi", description = "A place, `city:PLACE`, `gateway:NAME` or `pop:NAME`."),
        ("to" = String, Query, example = "city:London", description = "The same."),
        ("lasers_only" = Option<bool>, Query, description = "Without the ground segment, from satellite to satellite."),
        ("at" = Option<String>, Query, description = "A time, RFC 3339 in UTC, near the elements' epochs; the start of the slot of the moment without it."),
    ),
    responses(
        (status = 200, body = Route, description = "What `skyshed route --json` prints for one instant."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn route(State(app): State<App>, ask: Ask) -> Answer {
    let [from, to, lasers_only, at] = ask.query(["from", "to", "lasers_only", "at"])?;
    let mode = match lasers_only.as_deref() {
        None | Some("false") => RouteMode::GroundSegment,
        Some("true") => RouteMode::LasersOnly,
        Some(given) => {
            let detail = format!("`lasers_only` is `{given}`; allowed: true, false; leave it out for false");
            return Err(Problem::new(Kind::BadValue, detail));
        }
    };
    let (from, to) = (end("from", from)?, end("to", to)?);
    let at = at.as_deref().map(time).transpose()?;
    app.kept(&ask, move |_, current| Made::json(&routed(current, from, to, mode, at)?)).await
}

fn routed(
    current: &Current,
    from: String,
    to: String,
    mode: RouteMode,
    at: Option<Epoch>,
) -> Result<skyshed::Outcome, Problem> {
    let Some(time) = at else {
        let command = Command::Route { from, to, mode };
        return skyshed::run(&current.world, &current.slot, &command).map_err(problem);
    };
    let request = RouteRequest { from, to, mode, time, steps: 1, step_micros: 0 };
    let route = skyshed::route(&current.world, &request, &|_, _| {});
    route.map(|route| skyshed::Outcome::Route(Box::new(route))).map_err(|error| match error {
        skyshed::RouteError::Engine(error) => super::places::no_slot(error),
        other => problem(other.into()),
    })
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
