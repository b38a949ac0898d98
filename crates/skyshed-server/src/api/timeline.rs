//! A place or a territory over time.

use axum::extract::State;
use axum::http::header;
use serde::Serialize;
use skyshed::Epoch;
use skyshed::timeline::{InstantView, Subject};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, json};
use super::places::time;
use super::responses::{Ambiguous, NotFound, Refusals};
use super::{Answer, App};
use crate::body::Sendable;
use crate::problem::{Kind, Problem};
use crate::service::{Current, place_problem, territory_problem};
use crate::timelines::{INSTANTS_MAX, Key, Shown};

/// Between two instants where nothing else is asked for, s.
const STEP_DEFAULT_S: u32 = 60;
/// Longest time between two instants: a day, s.
const STEP_MAX_S: u32 = 86_400;

/// The paths of time lines.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(timeline))
}

/// A place or a territory over time. Every key is always present, null where it does not apply.
#[derive(Serialize, utoipa::ToSchema)]
struct TimelineAnswer {
    /// The place, or the territory's name.
    name: String,
    /// Its cell; null of a territory.
    cell: Option<String>,
    /// Id of the territory, or of the one that holds the place.
    territory: String,
    /// From one instant to the next.
    step_s: u32,
    /// Which cells are planned: `inhabited`, `land` or `all`.
    scope: &'static str,
    /// How many instants are asked for.
    instants: usize,
    /// All of them are here. While this is false, ask again: they are worked out one after the other.
    complete: bool,
    /// Why no more will come: the time is too far from the elements, or decisions of then do not fit the map; null where all is well.
    ended: Option<String>,
    /// The instants that are worked out so far, in order.
    items: Vec<InstantView>,
}

/// A place or a territory over time: service, round-trip time and rate, slot after slot, under the decisions that hold then.
///
/// At most 241 instants. They are planned one after the other, as `skyshed route --for` does, one time line at a time, and kept; while
/// they are, the answer has those that are there: ask again. Nobody asking for half a minute ends the work.
#[utoipa::path(
    get,
    path = "/api/v1/timeline",
    tag = "places",
    params(
        ("place" = Option<String>, Query, example = "Taipei", description = "A city, `latitude,longitude` or a cell id; or give `territory`."),
        ("territory" = Option<String>, Query, description = "A territory's id, ISO 3166-1 alpha-3 code or name."),
        ("from" = Option<String>, Query, description = "The first instant, RFC 3339 in UTC; the start of the slot of the moment without it."),
        ("until" = Option<String>, Query, description = "The last instant at most; an hour after the first without it."),
        ("step_s" = Option<u32>, Query, minimum = 1, maximum = 86400, description = "From one instant to the next: 1 to 86400, 60 without it."),
    ),
    responses(
        (status = 200, body = TimelineAnswer, description = "What is worked out so far."),
        NotFound, Ambiguous, Refusals
    )
)]
async fn timeline(State(app): State<App>, ask: Ask) -> Answer {
    let [place, territory, from, until, step] =
        ask.query(["place", "territory", "from", "until", "step_s"])?;
    let current = app.service.current();
    let lookup = current.clone();
    let subject = app.blocking(move |_| subject(&lookup, place, territory)).await?;
    let from = from.as_deref().map_or(Ok(current.slot.plan.time), time)?;
    let until = until.as_deref().map_or(Ok(from.plus_micros(3_600_000_000)), time)?;
    let step_s = step_s(step)?;
    let instants = instants(from, until, step_s)?;
    let shown = app.service.timelines.ask(
        &app.service,
        &current.world,
        Key { subject: subject.clone(), from, step_s, instants },
    );
    let shown = shown.await.ok_or_else(|| {
        Problem::new(Kind::Busy, "other time lines are being worked out; ask again in a second")
    })?;
    let answer = answer(&current, &subject, step_s, instants, shown);
    let keep = if answer.complete { "no-cache" } else { "no-store" };
    let sendable = Sendable::live("application/json", json(&answer)?);
    let mut response = app.send(sendable, &ask).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, keep.parse().expect("a word"));
    Ok(response)
}

fn answer(
    current: &Current,
    subject: &Subject,
    step_s: u32,
    instants: usize,
    shown: Shown,
) -> TimelineAnswer {
    let ground = &current.world.ground;
    let (name, cell, territory) = match subject {
        Subject::Place(place) => (place.label.clone(), Some(place.cell.to_string()), place.territory),
        Subject::Territory(index) => (ground.territory_at(*index).name.clone(), None, *index),
    };
    TimelineAnswer {
        name,
        cell,
        territory: ground.territory_at(territory).id.clone(),
        step_s,
        scope: shown.scope,
        instants,
        complete: shown.items.len() == instants || shown.ended.is_some(),
        ended: shown.ended,
        items: shown.items,
    }
}

fn subject(current: &Current, place: Option<String>, territory: Option<String>) -> Result<Subject, Problem> {
    let ground = &current.world.ground;
    match (place, territory) {
        (Some(place), None) => {
            let found = ground.find_place(&place);
            let found = found.map_err(|error| {
                let detail = error.to_string();
                place_problem(error, detail, "")
            })?;
            Ok(Subject::Place(found))
        }
        (None, Some(territory)) => {
            ground.find_territory(&territory).map(Subject::Territory).map_err(territory_problem)
        }
        _ => {
            let detail = "give either `place` or `territory`; ask such as /api/v1/timeline?place=Taipei";
            Err(Problem::new(Kind::BadQuery, detail))
        }
    }
}

fn step_s(given: Option<String>) -> Result<u32, Problem> {
    let Some(given) = given else { return Ok(STEP_DEFAULT_S) };
    given.parse().ok().filter(|step| (1..=STEP_MAX_S).contains(step)).ok_or_else(|| {
        let detail =
            format!("`step_s` is `{given}`; allowed: 1 to {STEP_MAX_S}; leave it out for {STEP_DEFAULT_S}");
        Problem::new(Kind::BadValue, detail)
    })
}

fn instants(from: Epoch, until: Epoch, step_s: u32) -> Result<usize, Problem> {
    let span = until.unix_micros() - from.unix_micros();
    if span < 0 {
        return Err(Problem::new(
            Kind::BadValue,
            format!("`until` is {until}, before {from}; give a later time"),
        ));
    }
    let instants = span / (i64::from(step_s) * 1_000_000) + 1;
    usize::try_from(instants).ok().filter(|&instants| instants <= INSTANTS_MAX).ok_or_else(|| {
        let detail = format!(
            "from {from} to {until} every {step_s} s are {instants} instants; allowed: 1 to {INSTANTS_MAX}; take a longer step \
             or a shorter time"
        );
        Problem::new(Kind::BadValue, detail)
    })
}
