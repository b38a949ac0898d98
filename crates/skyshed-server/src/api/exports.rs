//! Every time without full service, in the forms of shutdown trackers.

use axum::extract::State;
use serde_json::Value;
use skyshed::control::tracker::Form;
use skyshed::log::seconds;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::responses::{NoLog, NotModified, Refusals};
use super::{Answer, App};
use crate::problem::{Kind, Problem};

/// The paths of exports.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(shutdowns)).routes(routes!(radar))
}

/// An answer in the shape of Cloudflare Radar's annotations.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct RadarAnnotations {
    success: bool,
    errors: Vec<String>,
    messages: Vec<String>,
    /// `annotations`: an array, each with `id, asns, locations, origins, dataSource, eventType, startDate, endDate, scope,
    /// description, linkedUrl, outage`.
    #[schema(value_type = Object)]
    result: Value,
}

/// Every time without full service, from the log's first decision on, a row each: columns of Access Now's STOP, then ours.
#[utoipa::path(
    get,
    path = "/api/v1/export/shutdowns.csv",
    tag = "exports",
    responses(
        (status = 200, body = String, content_type = "text/csv", description = "RFC 4180 with a header, as of the slot served."),
        NotModified, NoLog, Refusals
    )
)]
async fn shutdowns(State(app): State<App>, ask: Ask) -> Answer {
    export(&app, &ask, Form::Shutdowns).await
}

/// The same as annotations in Cloudflare Radar's shape.
#[utoipa::path(
    get,
    path = "/api/v1/export/radar.json",
    tag = "exports",
    responses(
        (status = 200, body = RadarAnnotations, description = "As of the slot served."),
        NotModified, NoLog, Refusals
    )
)]
async fn radar(State(app): State<App>, ask: Ask) -> Answer {
    export(&app, &ask, Form::Radar).await
}

async fn export(app: &App, ask: &Ask, form: Form) -> Answer {
    ask.query([])?;
    app.kept(ask, move |_, current| {
        let Some(log) = &current.world.log else {
            let detail = "this service plans a what-if study and obeys no log, so there is no history; start it without --policy";
            return Err(Problem::new(Kind::NoLog, detail));
        };
        let text = form.write(&log.timeline, &current.world.ground, seconds(current.slot.plan.time), PROOFS);
        Ok(Made::new(media_type(form), text.into_bytes()))
    })
    .await
}

fn media_type(form: Form) -> &'static str {
    match form {
        Form::Shutdowns => "text/csv; charset=utf-8; header=present",
        Form::Radar => "application/json",
    }
}

/// Where proofs are on this service, for links.
const PROOFS: &str = "/log/";
