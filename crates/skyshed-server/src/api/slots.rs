//! The slot of the moment in numbers, and who is served in it.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use skyshed::{Command, Coverage, CoverageBy, SlotSummary};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::problem::{Kind, Problem};
use crate::query;

/// The paths of slots.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(slot)).routes(routes!(coverage))
}

/// The slot that is served, in numbers.
#[utoipa::path(
    get,
    path = "/api/v1/slot",
    tag = "slots",
    responses(
        (status = 200, body = SlotSummary, description = "What `skyshed slot --json` prints."),
        NotModified, Refusals
    )
)]
async fn slot(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    query::read(uri.query(), [])?;
    app.run(Command::Slot, &headers).await
}

/// One answer or one for each country.
#[derive(utoipa::ToSchema)]
#[schema(as = CoverageAnswer)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used: the answer is an `Outcome`")]
enum CoverageAnswer {
    One(Coverage),
    ByCountry(Vec<Coverage>),
}

/// Who is served and who is not, why, at what latency and rate: the planet, a territory, or every country.
#[utoipa::path(
    get,
    path = "/api/v1/coverage",
    tag = "slots",
    params(
        ("territory" = Option<String>, Query, example = "UA", description = "A territory's id, ISO 3166-1 alpha-3 code or name; the planet without it."),
        ("by" = Option<String>, Query, description = "`country`: an array with one answer for each; not together with `territory`."),
    ),
    responses(
        (status = 200, body = CoverageAnswer, description = "What `skyshed coverage --json` prints."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn coverage(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [territory, by] = query::read(uri.query(), ["territory", "by"])?;
    let by = match by.as_deref() {
        None => None,
        Some("country") => Some(CoverageBy::Country),
        Some(given) => {
            let detail =
                format!("`by` is `{given}`; allowed: country; leave it out for the planet as a whole");
            return Err(Problem::new(Kind::BadValue, detail));
        }
    };
    app.run(Command::Coverage { territory, by }, &headers).await
}
