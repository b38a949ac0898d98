//! Service lines and user terminals, and whether each may be served. Their ids and nouns are those of the vendor's public interface.

use axum::extract::State;
use skyshed::control::registry::Position;
use skyshed::orbit::Epoch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::responses::{NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::lines::{self, EligibilityView, LineView, Overrides, TerminalView};
use crate::paging::{Listed, Page, PageParams};
use crate::problem::{Kind, Problem};
use crate::query;

/// Fastest that can be asked about: no terminal is faster than a satellite.
const SPEED_MAX_KMH: f64 = 30_000.0;

/// The paths of service lines and user terminals.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(service_lines))
        .routes(routes!(service_line))
        .routes(routes!(service_line_eligibility))
        .routes(routes!(user_terminals))
        .routes(routes!(user_terminal))
        .routes(routes!(user_terminal_eligibility))
}

/// The service lines of the registry, by id.
#[utoipa::path(
    get,
    path = "/api/v1/service-lines",
    tag = "lines",
    params(PageParams),
    responses((status = 200, body = Listed<LineView>, description = "A page of them."), NotModified, Refusals)
)]
async fn service_lines(State(app): State<App>, ask: Ask) -> Answer {
    let page = page("service lines", &ask)?;
    app.quick(&ask, |_| {
        let registry = app.service.registry();
        let all: Vec<_> = registry.lines().values().collect();
        let after = page.after().map(str::to_owned);
        Ok(page.of(&all, after.as_ref(), |line| line.id.clone(), |line| lines::line_view(registry, line)))
    })
}

/// One service line.
#[utoipa::path(
    get,
    path = "/api/v1/service-lines/{id}",
    tag = "lines",
    params(("id" = String, Path, example = "SL-DEMO-BRUSSELS", description = "Its id.")),
    responses((status = 200, body = LineView, description = "The line."), NotModified, NotFound, Refusals)
)]
async fn service_line(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let id = ask.last()?;
    let registry = app.service.registry();
    app.quick(&ask, |_| Ok(lines::line_view(registry, lines::find_line(registry, &id)?)))
}

/// May this line be served at its service address, or elsewhere, and if not, why.
///
/// For lists and approvals it is asked about its first terminal, by id.
#[utoipa::path(
    get,
    path = "/api/v1/service-lines/{id}/eligibility",
    tag = "lines",
    params(
        ("id" = String, Path, example = "SL-DEMO-TAIPEI", description = "Its id."),
        ("at" = Option<String>, Query, description = "When, RFC 3339; the slot that is served without it."),
        ("lat" = Option<f64>, Query, description = "Elsewhere: geodetic latitude, WGS84; with `lon`."),
        ("lon" = Option<f64>, Query, description = "Elsewhere: longitude east, WGS84; with `lat`."),
        ("speed_kmh" = Option<f64>, Query, description = "How fast it moves; stands still without it."),
    ),
    responses((status = 200, body = EligibilityView, description = "The answer."), NotModified, NotFound, Refusals)
)]
async fn service_line_eligibility(State(app): State<App>, ask: Ask) -> Answer {
    let (id, overrides) = (asked_about(&ask)?, overrides(&ask)?);
    app.kept(&ask, move |service, current| {
        let registry = service.registry();
        let line = lines::find_line(registry, &id)?;
        Made::json(&lines::of_line(&current.world, current.slot.plan.time, registry, line, &overrides)?)
    })
    .await
}

/// The user terminals of the registry, by id.
#[utoipa::path(
    get,
    path = "/api/v1/user-terminals",
    tag = "lines",
    params(PageParams),
    responses((status = 200, body = Listed<TerminalView>, description = "A page of them."), NotModified, Refusals)
)]
async fn user_terminals(State(app): State<App>, ask: Ask) -> Answer {
    let page = page("user terminals", &ask)?;
    app.quick(&ask, |_| {
        let all: Vec<_> = app.service.registry().terminals().values().collect();
        let after = page.after().map(str::to_owned);
        Ok(page.of(&all, after.as_ref(), |one| one.id.clone(), |one| lines::terminal_view(one)))
    })
}

/// One user terminal.
#[utoipa::path(
    get,
    path = "/api/v1/user-terminals/{id}",
    tag = "lines",
    params(("id" = String, Path, example = "ut-demo-taipei", description = "Its id.")),
    responses((status = 200, body = TerminalView, description = "The terminal."), NotModified, NotFound, Refusals)
)]
async fn user_terminal(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let id = ask.last()?;
    app.quick(&ask, |_| Ok(lines::terminal_view(lines::find_terminal(app.service.registry(), &id)?)))
}

/// May this terminal be served where it was last, or elsewhere, and if not, why: what its dish shows, the cause, the decision, its
/// number and proof.
#[utoipa::path(
    get,
    path = "/api/v1/user-terminals/{id}/eligibility",
    tag = "lines",
    params(
        ("id" = String, Path, example = "ut-demo-taipei", description = "Its id."),
        ("at" = Option<String>, Query, description = "When, RFC 3339; the slot that is served without it."),
        ("lat" = Option<f64>, Query, description = "Elsewhere: geodetic latitude, WGS84; with `lon`."),
        ("lon" = Option<f64>, Query, description = "Elsewhere: longitude east, WGS84; with `lat`."),
        ("speed_kmh" = Option<f64>, Query, description = "How fast it moves; elsewhere it stands still without it."),
    ),
    responses((status = 200, body = EligibilityView, description = "The answer."), NotModified, NotFound, Refusals)
)]
async fn user_terminal_eligibility(State(app): State<App>, ask: Ask) -> Answer {
    let (id, overrides) = (asked_about(&ask)?, overrides(&ask)?);
    app.kept(&ask, move |service, current| {
        let registry = service.registry();
        let terminal = lines::find_terminal(registry, &id)?;
        Made::json(&lines::of_terminal(
            &current.world,
            current.slot.plan.time,
            registry,
            terminal,
            &overrides,
        )?)
    })
    .await
}

/// The id in the last part but one of the path.
fn asked_about(ask: &Ask) -> Result<String, Problem> {
    query::decoded_path(ask.uri.path().rsplit('/').nth(1).unwrap_or_default())
}

fn page(list: &'static str, ask: &Ask) -> Result<Page, Problem> {
    let [limit, cursor] = ask.query(["limit", "cursor"])?;
    Page::read(list, limit, cursor)
}

fn overrides(ask: &Ask) -> Result<Overrides, Problem> {
    let [at, lat, lon, speed_kmh] = ask.query(["at", "lat", "lon", "speed_kmh"])?;
    let at = at.map(|given| {
        Epoch::parse(&given)
            .map_err(|error| Problem::new(Kind::BadValue, format!("`at` is `{given}`: {error}")))
    });
    let position = match (lat, lon) {
        (None, None) => None,
        (Some(lat), Some(lon)) => {
            let found = number(&lat).zip(number(&lon)).and_then(|(lat, lon)| Position::new(lat, lon));
            Some(found.ok_or_else(|| {
                let detail = format!("`lat` is `{lat}` and `lon` is `{lon}`; allowed: -90 to 90 and -180 to 180, decimal degrees");
                Problem::new(Kind::BadValue, detail)
            })?)
        }
        _ => {
            let detail =
                "one of `lat` and `lon` is given alone; give both, or neither for where the registry has it";
            return Err(Problem::new(Kind::BadQuery, detail));
        }
    };
    let speed_kmh = speed_kmh.map(|given| {
        number(&given).filter(|kmh| (0.0..=SPEED_MAX_KMH).contains(kmh)).ok_or_else(|| {
            let detail = format!("`speed_kmh` is `{given}`; allowed: 0 to {SPEED_MAX_KMH}");
            Problem::new(Kind::BadValue, detail)
        })
    });
    Ok(Overrides { at: at.transpose()?, position, speed_kmh: speed_kmh.transpose()? })
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}
