//! Places: by the beginning of their name, and whether there is service, and if not, why.

use axum::extract::State;
use serde::Serialize;
use skyshed::ground::Place;
use skyshed::why::{why, why_by};
use skyshed::{Epoch, Why};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::problem::{Kind, Problem};
use crate::service::{Current, place_problem};

/// Most places of a search.
const PLACES_MAX: usize = 50;
const PLACES_DEFAULT: usize = 10;

/// The paths of places.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(places)).routes(routes!(why_place))
}

/// A city.
#[derive(Serialize, utoipa::ToSchema)]
struct PlaceRow {
    /// What to ask for: city and region.
    name: String,
    /// Id of the territory of its cell.
    territory: String,
    /// Geodetic latitude, WGS84.
    lat_deg: f64,
    /// Longitude east, WGS84.
    lon_deg: f64,
    /// Its cell: H3 index at resolution 5, hexadecimal.
    cell: String,
    /// People of the city.
    people: Option<u32>,
}

/// Places that were found.
#[derive(Serialize, utoipa::ToSchema)]
struct PlacesFound {
    /// Whole names first, then those with most people.
    items: Vec<PlaceRow>,
}

/// Cities whose names begin so, without accents and in any case: for a field that completes what is typed.
#[utoipa::path(
    get,
    path = "/api/v1/places",
    tag = "places",
    params(
        ("q" = String, Query, example = "taip", description = "How the name begins."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 50, description = "At most so many: 1 to 50, 10 without it."),
    ),
    responses((status = 200, body = PlacesFound, description = "Those found; none is no error."), NotModified, Refusals)
)]
async fn places(State(app): State<App>, ask: Ask) -> Answer {
    let [beginning, limit] = ask.query(["q", "limit"])?;
    let Some(beginning) = beginning.filter(|beginning| !beginning.trim().is_empty()) else {
        let detail = "`q` is not given; allowed: how a name begins; ask such as /api/v1/places?q=taip";
        return Err(Problem::new(Kind::BadQuery, detail));
    };
    let limit = match limit {
        None => PLACES_DEFAULT,
        Some(given) => {
            given.parse().ok().filter(|limit| (1..=PLACES_MAX).contains(limit)).ok_or_else(|| {
                let detail = format!(
                    "`limit` is `{given}`; allowed: 1 to {PLACES_MAX}; leave it out for {PLACES_DEFAULT}"
                );
                Problem::new(Kind::BadValue, detail)
            })?
        }
    };
    app.quick(&ask, |current| {
        let ground = &current.world.ground;
        let row = |place: Place| PlaceRow {
            territory: ground.territory_at(place.territory).id.clone(),
            lat_deg: place.latitude_deg,
            lon_deg: place.longitude_deg,
            cell: place.cell.to_string(),
            people: place.people,
            name: place.label,
        };
        let found = ground.places_beginning_with(&beginning, limit);
        Ok(PlacesFound { items: found.into_iter().map(row).collect() })
    })
}

/// Is there service at a place, by what path, and if not, why.
///
/// With `at` a slot is planned for it: of cells of its sort alone (with people, or of land), so that the rate, which depends on all
/// who share a beam, may differ from that of a plan of the planet.
#[utoipa::path(
    get,
    path = "/api/v1/why",
    tag = "places",
    params(
        ("place" = String, Query, example = "Taipei", description = "A city, `latitude,longitude` or a cell id."),
        ("at" = Option<String>, Query, description = "A time, RFC 3339 in UTC, near the elements' epochs; the slot of the moment without it."),
    ),
    responses(
        (status = 200, body = Why, description = "What `skyshed why --json` prints."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn why_place(State(app): State<App>, ask: Ask) -> Answer {
    let [place, at] = ask.query(["place", "at"])?;
    let Some(place) = place.filter(|place| !place.trim().is_empty()) else {
        let detail = "no place is given; allowed: a city, `latitude,longitude` or a cell id; \
                      ask such as /api/v1/why?place=Taipei";
        return Err(Problem::new(Kind::BadQuery, detail));
    };
    if let Some(at) = at.as_deref().map(time).transpose()? {
        return app.kept(&ask, move |_, current| Made::json(&why_at(current, &place, at)?)).await;
    }
    // What is known answers at once; a look for what is spelt alike takes milliseconds.
    if app.service.current().world.ground.knows_place(&place) {
        return app.quick(&ask, |current| why_now(current, &place));
    }
    app.kept(&ask, move |_, current| Made::json(&why_now(current, &place)?)).await
}

fn why_now(current: &Current, place: &str) -> Result<Why, Problem> {
    let place = found(current, place)?;
    Ok(why_by(&current.world, &current.slot, &current.explainer, &place))
}

fn found(current: &Current, place: &str) -> Result<Place, Problem> {
    current.world.ground.find_place(place).map_err(|error| {
        let detail = error.to_string();
        place_problem(error, detail, "")
    })
}

fn why_at(current: &Current, place: &str, at: Epoch) -> Result<Why, Problem> {
    let place = found(current, place)?;
    let narrow = current.world.narrowed_to(place.cell);
    let start = narrow.slot_start(at);
    let world = narrow.changed_at(start).map_err(no_slot)?.unwrap_or(narrow);
    let slot = world.slot(at, None).map_err(no_slot)?;
    Ok(why(&world, &slot, &place))
}

/// A time that is asked for.
///
/// # Errors
/// [`Problem`] for what is none.
pub fn time(given: &str) -> Result<Epoch, Problem> {
    Epoch::parse(given).map_err(|error| {
        let detail =
            format!("`{given}` is no time: {error}; give RFC 3339 in UTC, such as 2026-08-22T21:00:00Z");
        Problem::new(Kind::BadValue, detail)
    })
}

/// A slot that cannot be planned at the time that was asked for.
pub fn no_slot(error: skyshed::EngineError) -> Problem {
    let kind = match error {
        skyshed::EngineError::Stale(_) => Kind::BadValue,
        _ => Kind::NoPlan,
    };
    Problem::new(kind, error.to_string())
}
