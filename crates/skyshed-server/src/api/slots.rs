//! Slots in numbers, and who is served in the one of the moment.

use axum::extract::State;
use skyshed::{Command, Coverage, CoverageBy, SlotSummary};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::requests::Newest;
use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::paging::{Listed, Page, PageParams};
use crate::problem::{Kind, Problem};
use crate::service::{SlotDone, SlotRow, problem};

/// The paths of slots.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(slot)).routes(routes!(slots)).routes(routes!(coverage))
}

/// A slot in numbers, and how the service did with it.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct SlotAnswer {
    #[serde(flatten)]
    summary: SlotSummary,
    service: SlotDone,
}

/// The slot that is served, in numbers.
#[utoipa::path(
    get,
    path = "/api/v1/slot",
    tag = "slots",
    responses(
        (status = 200, body = SlotAnswer, description = "What `skyshed slot --json` prints, and how the service did with the slot."),
        NotModified, Refusals
    )
)]
async fn slot(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    app.kept(&ask, |_, current| {
        Made::json(&SlotAnswer { summary: current.summary.clone(), service: current.done })
    })
    .await
}

/// The slots planned since the service started, the newest first: those of about a day.
#[utoipa::path(
    get,
    path = "/api/v1/slots",
    tag = "slots",
    params(PageParams),
    responses((status = 200, body = Listed<SlotRow>, description = "A line each."), NotModified, Refusals)
)]
async fn slots(State(app): State<App>, ask: Ask) -> Answer {
    let [limit, cursor] = ask.query(["limit", "cursor"])?;
    let page = Page::read("slots", limit, cursor)?;
    let after = page.after_number()?.map(Newest);
    app.kept(&ask, move |service, _| {
        let mut rows = service.slots();
        rows.reverse();
        Made::json(&page.of(&rows, after.as_ref(), |row| Newest(row.serial), SlotRow::clone))
    })
    .await
}

/// One answer or one for each country.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used: the answer is an `Outcome`")]
enum CoverageAnswer {
    One(Box<Coverage>),
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
async fn coverage(State(app): State<App>, ask: Ask) -> Answer {
    let [territory, by] = ask.query(["territory", "by"])?;
    let by = match by.as_deref() {
        None => None,
        Some("country") => Some(CoverageBy::Country),
        Some(given) => {
            let detail =
                format!("`by` is `{given}`; allowed: country; leave it out for the planet as a whole");
            return Err(Problem::new(Kind::BadValue, detail));
        }
    };
    let command = Command::Coverage { territory, by };
    app.kept(&ask, move |_, current| {
        Made::json(&skyshed::run(&current.world, &current.slot, &command).map_err(problem)?)
    })
    .await
}
