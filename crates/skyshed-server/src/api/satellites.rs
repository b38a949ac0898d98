//! Satellites: where they stand, what they serve, and the element sets they are known by.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use skyshed::cells::ring;
use skyshed::ground::{Cell, cell_center};
use skyshed::orbit::elements::{omm_csv, omm_json};
use skyshed::{SATELLITE_COLUMNS, SatelliteRow, satellite_row};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::responses::{NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::columns::{satellite_arrays, schema, slot_metadata};
use crate::paging::{Listed, Page, PageParams};
use crate::problem::{Kind, Problem};
use crate::satellites::Satellites;
use crate::service::Current;
use crate::streams::{self, ARROW_STREAM};

/// The paths of satellites.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(satellites))
        .routes(routes!(satellite))
        .routes(routes!(satellites_arrow))
        .routes(routes!(elements))
}

/// A page of all, or where those stand that are asked for.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum SatellitesAnswer {
    All(Listed<SatelliteRow>),
    Some(Satellites),
}

/// Every satellite, a page at a time; with `catalog_number` where these stand, and nothing else.
#[utoipa::path(
    get,
    path = "/api/v1/satellites",
    tag = "satellites",
    params(
        ("catalog_number" = Option<String>, Query, description = "Catalogue numbers, several with commas in between; not together with the others."),
        PageParams
    ),
    responses(
        (status = 200, body = SatellitesAnswer, description = "By catalogue number, or in the order they were asked for."),
        NotModified, NotFound, Refusals
    )
)]
async fn satellites(State(app): State<App>, ask: Ask) -> Answer {
    let [numbers, limit, cursor] = ask.query(["catalog_number", "limit", "cursor"])?;
    if let Some(numbers) = numbers {
        if limit.is_some() || cursor.is_some() {
            let detail = "`catalog_number` is given with `limit` or `cursor`; give either some satellites or a page of all";
            return Err(Problem::new(Kind::BadQuery, detail));
        }
        return app.quick(&ask, |current| crate::satellites::satellites(&current.slot, &numbers));
    }
    let page = Page::read("satellites", limit, cursor)?;
    let after = page.after_number()?;
    app.kept(&ask, move |_, current| {
        let plan = &current.slot.plan;
        let all: Vec<u32> = (0..plan.satellites.len() as u32).collect();
        let key = |&satellite: &u32| plan.satellites[satellite as usize].catalog_number;
        Made::json(&page.of(&all, after.as_ref(), key, |&satellite| row(current, satellite)))
    })
    .await
}

fn row(current: &Current, satellite: u32) -> SatelliteRow {
    satellite_row(&current.world, &current.slot, current.served_cells(), satellite)
}

/// A satellite and the cells it serves. Every key is always present.
#[derive(Serialize, utoipa::ToSchema)]
struct SatelliteDetail {
    /// Start of the slot, UTC.
    time: String,
    #[serde(flatten)]
    satellite: SatelliteRow,
    /// The cells it serves, where its beams fall.
    cells: Vec<BeamCell>,
}

/// A cell that a beam falls on.
#[derive(Serialize, utoipa::ToSchema)]
struct BeamCell {
    /// H3 index at resolution 5, hexadecimal.
    cell: String,
    /// Geodetic latitude of its centre, WGS84.
    latitude_deg: f64,
    /// Longitude east of its centre, WGS84.
    longitude_deg: f64,
    /// Its corners, longitude and latitude in degrees, the first again at the end.
    boundary: Vec<[f64; 2]>,
    /// Frequency-reuse colour of the beam.
    colour: u8,
    /// Share of the beam's time that the cell gets, 0 to 1.
    beam_share: f64,
    /// People.
    people: u32,
}

/// One satellite, and the cells it serves.
#[utoipa::path(
    get,
    path = "/api/v1/satellites/{catalog_number}",
    tag = "satellites",
    params(("catalog_number" = u64, Path, description = "Its catalogue number.")),
    responses((status = 200, body = SatelliteDetail, description = "In the slot of the moment."), NotModified, NotFound, Refusals)
)]
async fn satellite(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let given = ask.last()?;
    let unknown = || {
        let detail = format!(
            "no satellite of this constellation has catalogue number `{given}`; /api/v1/satellites lists all, \
             /api/v1/why names those over a place"
        );
        Problem::new(Kind::UnknownSatellite, detail)
    };
    let number: u64 = given.parse().map_err(|_| unknown())?;
    app.quick(&ask, |current| {
        let plan = &current.slot.plan;
        let found = plan.satellites.binary_search_by_key(&number, |satellite| satellite.catalog_number);
        let satellite = found.map_err(|_| unknown())? as u32;
        Ok(SatelliteDetail {
            time: plan.time.to_string(),
            satellite: row(current, satellite),
            cells: current
                .served_cells()
                .of(satellite)
                .iter()
                .map(|&cell| beam_cell(current, cell))
                .collect(),
        })
    })
}

fn beam_cell(current: &Arc<Current>, cell: Cell) -> BeamCell {
    let (ground, plan, at) = (&current.world.ground, &current.slot.plan, cell.0 as usize);
    let (latitude_deg, longitude_deg) = cell_center(cell);
    BeamCell {
        cell: cell.to_string(),
        latitude_deg: (latitude_deg * 1e6).round() / 1e6,
        longitude_deg: (longitude_deg * 1e6).round() / 1e6,
        boundary: ring(cell),
        colour: ground.colour[at],
        beam_share: (f64::from(plan.share[at]) / f64::from(plan.share_parts.max(1)) * 1e4).round() / 1e4,
        people: ground.people[at],
    }
}

/// The table of satellites as an Arrow IPC stream; each column says what it means.
#[utoipa::path(
    get,
    path = "/api/v1/satellites.arrow",
    tag = "satellites",
    responses(
        (status = 200, body = [u8], content_type = "application/vnd.apache.arrow.stream", description = "The stream."),
        NotModified, Refusals
    )
)]
async fn satellites_arrow(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    app.kept(&ask, |_, current| {
        let rows: Vec<SatelliteRow> =
            (0..current.slot.plan.satellites.len() as u32).map(|satellite| row(current, satellite)).collect();
        let schema = schema(&SATELLITE_COLUMNS, &slot_metadata(&current.world, &current.slot));
        let bytes = streams::whole(&schema, satellite_arrays(&rows));
        let bytes = bytes.map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
        Ok(Made::new(ARROW_STREAM, bytes))
    })
    .await
}

/// The element sets that the plan uses, for whoever propagates them: OMM (CCSDS 502.0-B-3) as CSV or JSON. Of a designed
/// constellation its TOML, which has no element sets; `format` is not for it.
#[utoipa::path(
    get,
    path = "/api/v1/elements",
    tag = "satellites",
    params(("format" = Option<String>, Query, example = "csv", description = "`csv` or `json`; without it `csv`, or the TOML of a designed constellation.")),
    responses(
        (status = 200, description = "The elements.", content(
            (String = "text/csv"), ([Object] = "application/json"), (String = "application/toml")
        )),
        NotModified, NotFound, Refusals
    )
)]
async fn elements(State(app): State<App>, ask: Ask) -> Answer {
    let [format] = ask.query(["format"])?;
    if let Some(given) = format.as_deref().filter(|given| !["csv", "json"].contains(given)) {
        let detail = format!("`format` is `{given}`; allowed: csv, json; leave it out for csv");
        return Err(Problem::new(Kind::BadValue, detail));
    }
    app.kept(&ask, move |_, current| {
        let constellation = &current.world.constellation;
        let made = match (constellation.design(), format.as_deref()) {
            (Some(design), None) => Made::new("application/toml", design.as_bytes().to_vec()),
            (Some(_), Some(_)) => {
                let detail = "this constellation is designed and has no element sets; leave `format` out for its design, \
                              a TOML file that the engine reads";
                return Err(Problem::new(Kind::NoElements, detail));
            }
            (None, Some("json")) => Made::new("application/json", omm_json(constellation.elements()).into_bytes()),
            (None, _) => Made::new("text/csv; charset=utf-8", omm_csv(constellation.elements()).into_bytes()),
        };
        Ok(made)
    })
    .await
}
