//! Cells: the planet as a picture.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{NotModified, Refusals};
use super::{Answer, App};
use crate::problem::{Kind, Problem};
use crate::raster::{self, cause_names};
use crate::{query, service};

/// The paths of cells.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(cells_raster)).routes(routes!(raster_territories))
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
async fn cells_raster(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let [layer] = query::read(uri.query(), ["layer"])?;
    let sendable = match layer.as_deref() {
        None | Some("cause") => app.blocking(|service| Ok(service.cause_raster())).await?,
        Some("territory") => app.service.territory_raster.clone(),
        Some(given) => {
            let detail = format!("`layer` is `{given}`; allowed: cause, territory; leave it out for cause");
            return Err(Problem::new(Kind::BadValue, detail));
        }
    };
    let mut response = sendable.response(&headers);
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
    responses((status = 200, body = [service::TerritoryRow], description = "The territories."), NotModified, Refusals)
)]
async fn raster_territories(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    query::read(uri.query(), [])?;
    Ok(app.service.territories.response(&headers))
}
