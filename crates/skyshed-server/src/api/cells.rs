//! Cells: single ones, those of a territory or around a point, all of them as a table or a picture.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use skyshed::ground::{CELL_COUNT, Cell, cell_at, cell_center, within_rings};
use skyshed::{CELL_COLUMNS, CellColumns, CellRow, cell_row};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::body::{Coding, Keep, names, not_modified};
use crate::columns::{Cells, cell_arrays, schema, slot_metadata};
use crate::limits::Limit;
use crate::paging::{Listed, Page, PageParams};
use crate::problem::{Kind, Problem};
use crate::raster::{self, cause_names};
use crate::service::{Current, territory_problem};
use crate::streams::{self, ARROW_STREAM};
use crate::{query, service};

/// Largest radius around a point, km.
const RADIUS_MAX_KM: f64 = 500.0;
/// Mean radius of the Earth, km (IUGG R1), for distances between centres of cells.
const EARTH_RADIUS_KM: f64 = 6371.009;
/// Centres of adjacent cells are at least so far apart, km (H3 resolution 5; the mean is 17 km).
const CELL_STEP_MIN_KM: f64 = 11.0;
/// Cells that are read at once for a table.
const CELLS_PER_BATCH: u32 = 1 << 16;

/// The paths of cells.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(cells))
        .routes(routes!(cell))
        .routes(routes!(cells_arrow))
        .routes(routes!(cells_raster))
        .routes(routes!(raster_territories))
}

/// The cells of a territory, those below it included, or those around a point; give one of the two.
#[utoipa::path(
    get,
    path = "/api/v1/cells",
    tag = "cells",
    params(
        ("territory" = Option<String>, Query, example = "LI", description = "A territory's id, ISO 3166-1 alpha-3 code or name."),
        ("near" = Option<String>, Query, example = "47.1,9.5", description = "`latitude,longitude`."),
        ("radius_km" = Option<f64>, Query, minimum = 0, maximum = 500, description = "Around that point, to the centres of cells: up to 500, 50 without it."),
        PageParams
    ),
    responses(
        (status = 200, body = Listed<CellRow>, description = "In the order of their ids."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn cells(State(app): State<App>, ask: Ask) -> Answer {
    let [territory, near, radius, limit, cursor] =
        ask.query(["territory", "near", "radius_km", "limit", "cursor"])?;
    let page = Page::read("cells", limit, cursor)?;
    let after = page
        .after()
        .map(|after| after.parse::<Cell>().map_err(|error| bad(error.to_string())))
        .transpose()?;
    let wanted = match (territory, near) {
        (Some(territory), None) if radius.is_none() => Wanted::Territory(territory),
        (None, Some(near)) => Wanted::Near(point(&near)?, radius_km(radius)?),
        _ => {
            let detail = "give either `territory`, or `near` and perhaps `radius_km`, such as /api/v1/cells?territory=LI or \
                          /api/v1/cells?near=47.1,9.5&radius_km=30; all cells are at /api/v1/cells.arrow";
            return Err(Problem::new(Kind::BadQuery, detail));
        }
    };
    app.kept(&ask, move |_, current| {
        let cells = wanted.cells(current)?;
        let row = |&cell: &Cell| cell_row(&current.world, &current.slot, cell);
        Made::json(&page.of(&cells, after.as_ref(), |&cell| cell, row))
    })
    .await
}

enum Wanted {
    Territory(String),
    Near((f64, f64), f64),
}

impl Wanted {
    /// In cell order, which is that of their ids.
    fn cells(&self, current: &Current) -> Result<Vec<Cell>, Problem> {
        let ground = &current.world.ground;
        match self {
            Wanted::Territory(territory) => {
                let found = ground.find_territory(territory).map_err(territory_problem)?;
                Ok(ground.cells_of(found))
            }
            &Wanted::Near((latitude_deg, longitude_deg), radius_km) => {
                let middle = cell_at(latitude_deg, longitude_deg).map_err(|error| bad(error.to_string()))?;
                let rings = (radius_km / CELL_STEP_MIN_KM) as u32 + 1;
                let near =
                    |cell: &Cell| distance_km((latitude_deg, longitude_deg), cell_center(*cell)) <= radius_km;
                let mut cells: Vec<Cell> = within_rings(middle, rings).into_iter().filter(near).collect();
                cells.sort_unstable();
                Ok(cells)
            }
        }
    }
}

fn point(given: &str) -> Result<(f64, f64), Problem> {
    let numbers = given.split_once(',').and_then(|(latitude, longitude)| {
        Some((latitude.trim().parse().ok()?, longitude.trim().parse().ok()?))
    });
    let numbers = numbers.ok_or_else(|| {
        bad(format!("`near` is `{given}`; allowed: `latitude,longitude`, such as 47.1,9.5"))
    })?;
    cell_at(numbers.0, numbers.1).map(|_| numbers).map_err(|error| bad(error.to_string()))
}

fn radius_km(given: Option<String>) -> Result<f64, Problem> {
    let Some(given) = given else { return Ok(50.0) };
    given.parse().ok().filter(|radius| (0.0..=RADIUS_MAX_KM).contains(radius)).ok_or_else(|| {
        bad(format!("`radius_km` is `{given}`; allowed: 0 to {RADIUS_MAX_KM}; leave it out for 50"))
    })
}

fn bad(detail: String) -> Problem {
    Problem::new(Kind::BadValue, detail)
}

/// Along a great circle of a sphere.
fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (latitude_a, latitude_b) = (a.0.to_radians(), b.0.to_radians());
    let (north, east) = ((latitude_b - latitude_a) / 2.0, (b.1 - a.1).to_radians() / 2.0);
    let half = north.sin().powi(2) + latitude_a.cos() * latitude_b.cos() * east.sin().powi(2);
    2.0 * EARTH_RADIUS_KM * half.sqrt().min(1.0).asin()
}

/// One cell: where it is, who may be served there, and who is.
#[utoipa::path(
    get,
    path = "/api/v1/cells/{cell}",
    tag = "cells",
    params(("cell" = String, Path, example = "851f1d4bfffffff", description = "H3 index at resolution 5, hexadecimal.")),
    responses((status = 200, body = CellRow, description = "The cell in the slot of the moment."), NotModified, NotFound, Refusals)
)]
async fn cell(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let given = ask.last()?;
    let cell: Cell = given
        .parse()
        .map_err(|error: skyshed::ground::CellError| Problem::new(Kind::UnknownCell, error.to_string()))?;
    app.quick(&ask, |current| Ok(cell_row(&current.world, &current.slot, cell)))
}

/// The table of cells as an Arrow IPC stream, made while it is read; packed as gzip where that is accepted.
///
/// Its columns are those of `skyshed slot --out cells.arrow`; each says what it means. At most four such streams run at once.
#[utoipa::path(
    get,
    path = "/api/v1/cells.arrow",
    tag = "cells",
    params(
        ("cells" = Option<String>, Query, example = "served", description = "`all`, `land`, `inhabited` or `served`; `inhabited` without it."),
        ("territory" = Option<String>, Query, example = "LI", description = "Those of a territory alone."),
    ),
    responses(
        (status = 200, body = [u8], content_type = "application/vnd.apache.arrow.stream", description = "The stream."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn cells_arrow(State(app): State<App>, ask: Ask) -> Answer {
    let [cells, territory] = ask.query(["cells", "territory"])?;
    let cells = match cells.as_deref() {
        None => Cells::Inhabited,
        Some(given) => Cells::ALL
            .into_iter()
            .find(|(word, _)| *word == given)
            .map(|(_, cells)| cells)
            .ok_or_else(|| {
                bad(format!(
                    "`cells` is `{given}`; allowed: all, land, inhabited, served; leave it out for inhabited"
                ))
            })?,
    };
    let current = app.service.current();
    let ground = &current.world.ground;
    let territory =
        territory.map(|given| ground.find_territory(&given).map_err(territory_problem)).transpose()?;
    let tag = app.tag(&ask, [current.serial, 0]);
    if names(&ask.headers, &tag) {
        return Ok(not_modified(tag, Keep::AskAgain));
    }
    let place = app.service.streams.clone().try_acquire_owned().map_err(|_| {
        app.service.metrics.limits.count(Limit::Streams);
        let allowed = app.service.limits.streams;
        let detail = format!(
            "{allowed} tables are being read already, the most allowed at once; ask again in a second"
        );
        Problem::new(Kind::Busy, detail)
    })?;
    let schema = schema(&CELL_COLUMNS, &slot_metadata(&current.world, &current.slot));
    let mut from = 0;
    let next = move || {
        while from < CELL_COUNT as u32 {
            let range = from..(from + CELLS_PER_BATCH).min(CELL_COUNT as u32);
            from = range.end;
            let (world, slot) = (&current.world, &current.slot);
            let ground = &world.ground;
            let columns = CellColumns::read(world, slot, range, |cell| {
                territory.is_none_or(|outer| ground.is_within(ground.territory_of(cell), outer))
                    && cells.keeps(ground, slot, cell)
            });
            if !columns.is_empty() {
                return Some(cell_arrays(columns));
            }
        }
        None
    };
    let gzip = Coding::Gzip.is_accepted(&ask.headers);
    let body = streams::body(schema, gzip, place, Box::new(next));
    let body = body.map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
    let mut response = axum::http::Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(ARROW_STREAM));
    headers.insert(header::ETAG, tag);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(Keep::AskAgain.header()));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Every pixel's cause or territory: equirectangular, 2048 by 1024 pixels, row by row from the north-west corner.
///
/// `cause`: one byte a pixel, counted as in the header `skyshed-raster-causes`. `territory`: two bytes, little-endian, counted as
/// in `/api/v1/cells/raster/territories`.
#[utoipa::path(
    get,
    path = "/api/v1/cells/raster",
    tag = "cells",
    params(("layer" = Option<String>, Query, example = "cause", description = "`cause` or `territory`; `cause` without it.")),
    responses(
        (status = 200, body = [u8], content_type = "application/octet-stream", description = "The pixels.", headers(
            ("skyshed-raster-size" = String, description = "Pixels, such as `2048x1024`."),
            ("skyshed-raster-causes" = String, description = "The causes in the order of their numbers."),
        )),
        NotModified, Refusals
    )
)]
async fn cells_raster(State(app): State<App>, ask: Ask) -> Answer {
    let [layer] = ask.query(["layer"])?;
    let sendable = match layer.as_deref() {
        None | Some("cause") => app.blocking(|service| Ok(service.cause_raster())).await?,
        Some("territory") => app.service.territory_raster.clone(),
        Some(given) => {
            let detail = format!("`layer` is `{given}`; allowed: cause, territory; leave it out for cause");
            return Err(Problem::new(Kind::BadValue, detail));
        }
    };
    let mut response = app.send(sendable, &ask).await?;
    let size = format!("{}x{}", raster::WIDTH, raster::HEIGHT);
    for (name, value) in [("skyshed-raster-size", size), ("skyshed-raster-causes", cause_names())] {
        let value = HeaderValue::try_from(value).expect("words and digits");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}

/// The territories that the raster counts, in its order.
#[utoipa::path(
    get,
    path = "/api/v1/cells/raster/territories",
    tag = "cells",
    responses((status = 200, body = [service::RasterTerritory], description = "The territories."), NotModified, Refusals)
)]
async fn raster_territories(State(app): State<App>, ask: Ask) -> Answer {
    query::read(ask.uri.query(), [])?;
    app.send(app.service.territories.clone(), &ask).await
}
