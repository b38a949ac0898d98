//! What a change of service would do, before anybody asks for it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use skyshed::Preview;
use skyshed::control::ClassSet;
use skyshed::control::state::Limits;
use skyshed::preview::{CellList, Change, PreviewError, Study};
use skyshed_log::side;
use skyshed_records::jcs;
use skyshed_records::record::Request;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::changes;
use crate::drawing::{preview_map, svg_of};
use crate::problem::{Kind, Problem};
use crate::service::{Asked, Current, Service, territory_problem};

/// The paths of previews.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(preview)).routes(routes!(preview_svg)).routes(routes!(preview_raster))
}

/// What is to be previewed.
enum Wanted {
    Changes(Vec<Change>),
    /// What a request of the log asks for.
    Request(u64),
}

/// What changes of service would do, inside and outside: planned for the slot of the moment, without them and with them.
///
/// The body is the canonical form (RFC 8785): its SHA-256, in the header `skyshed-preview-sha256`, is what a request carries as
/// `preview_sha256`. Give `change` or `request`. At most two previews are worked out at once; others wait.
#[utoipa::path(
    get,
    path = "/api/v1/preview",
    tag = "preview",
    params(
        ("change" = Option<String>, Query, example = "TW=on", description = "`TERRITORY=STATE`, several with commas in between. States: on, off, limited, listed, individual, emergency_only, transit_only."),
        ("classes" = Option<String>, Query, description = "Of which classes, with commas in between; all without it. Not together with `request`."),
        ("max_kbps" = Option<u32>, Query, description = "Highest rate of a terminal where the state is `limited`."),
        ("request" = Option<u64>, Query, description = "Number of a request's record in the log, in place of `change`."),
    ),
    responses(
        (status = 200, body = Preview, description = "What `skyshed preview --json` prints.", headers(
            ("skyshed-preview-sha256" = String, description = "SHA-256 of the body before it is packed."),
        )),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn preview(State(app): State<App>, ask: Ask) -> Answer {
    let wanted = wanted(&ask)?;
    app.kept_of_log(&ask, Some(&app.service.previews), move |service, current| {
        let study = wanted.study(service, current)?;
        let value = serde_json::to_value(&study.preview).map_err(|error| error.to_string());
        let json = value.and_then(|value| jcs::canonical(&value).map_err(|error| error.to_string()));
        let json = json.map_err(|error| Problem::new(Kind::Internal, error))?;
        let sha256: String = Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect();
        let sha256 = HeaderValue::try_from(sha256).expect("hexadecimal digits");
        Ok(Made::new("application/json", json)
            .noted(HeaderName::from_static("skyshed-preview-sha256"), sha256))
    })
    .await
}

/// The same as a map of the surroundings: what is gained and lost, the guarded strip, the figures of the neighbours.
#[utoipa::path(
    get,
    path = "/api/v1/preview.svg",
    tag = "preview",
    params(
        ("change" = Option<String>, Query, example = "TW=on", description = "As for `/api/v1/preview`."),
        ("classes" = Option<String>, Query, description = "As there."),
        ("max_kbps" = Option<u32>, Query, description = "As there."),
        ("request" = Option<u64>, Query, description = "As there."),
    ),
    responses(
        (status = 200, body = String, content_type = "image/svg+xml", description = "What `skyshed preview --out map.svg` writes."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn preview_svg(State(app): State<App>, ask: Ask) -> Answer {
    let wanted = wanted(&ask)?;
    app.kept_of_log(&ask, Some(&app.service.previews), move |service, current| {
        let study = wanted.study(service, current)?;
        Ok(Made::new("image/svg+xml", svg_of(&preview_map(&current.world, &study))))
    })
    .await
}

/// The same as a picture: a byte for each pixel of `/api/v1/cells/raster`. 0 nothing changes, 1 gained and 2 lost inside the changed
/// territories, 3 gained and 4 lost outside, 5 nothing changes but the border guard asks for a higher satellite.
#[utoipa::path(
    get,
    path = "/api/v1/preview/raster",
    tag = "preview",
    params(
        ("change" = Option<String>, Query, example = "TW=on", description = "As for `/api/v1/preview`."),
        ("classes" = Option<String>, Query, description = "As there."),
        ("max_kbps" = Option<u32>, Query, description = "As there."),
        ("request" = Option<u64>, Query, description = "As there."),
    ),
    responses(
        (status = 200, body = [u8], content_type = "application/octet-stream", description = "2048 by 1024 pixels, from the north-west corner."),
        NotModified, NotFound, Ambiguous, Refusals
    )
)]
async fn preview_raster(State(app): State<App>, ask: Ask) -> Answer {
    let wanted = wanted(&ask)?;
    app.kept_of_log(&ask, Some(&app.service.previews), move |service, current| {
        let study = wanted.study(service, current)?;
        Ok(Made::new("application/octet-stream", service.change_raster(&study.picture)))
    })
    .await
}

fn wanted(ask: &Ask) -> Result<Wanted, Problem> {
    let [change, classes, max_kbps, request] = ask.query(["change", "classes", "max_kbps", "request"])?;
    match (change, request) {
        (None, Some(request)) if classes.is_none() && max_kbps.is_none() => {
            let number = request.parse();
            let number = number
                .map_err(|_| bad(format!("`request` is `{request}`; allowed: the number of a record")))?;
            Ok(Wanted::Request(number))
        }
        (Some(change), None) => {
            given_changes(&change, classes.as_deref(), max_kbps.as_deref()).map(Wanted::Changes)
        }
        _ => {
            let detail = "give either `change`, and perhaps `classes` and `max_kbps`, or `request`; ask such as \
                          /api/v1/preview?change=TW=on or /api/v1/preview?request=12";
            Err(Problem::new(Kind::BadQuery, detail))
        }
    }
}

fn given_changes(change: &str, of: Option<&str>, max_kbps: Option<&str>) -> Result<Vec<Change>, Problem> {
    let names: Option<Vec<String>> = of
        .map(|of| of.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect());
    let classes = names.map_or(Ok(ClassSet::ALL), |names| changes::classes(&names)).map_err(bad)?;
    let kbps = max_kbps.map(|given| {
        given.parse().map_err(|_| bad(format!("`max_kbps` is `{given}`; allowed: a number of kbit/s")))
    });
    let limits = Limits { speed_max_kmh: None, rate_max_kbps: kbps.transpose()? };
    let one = |given: &str| {
        let (territory, state) =
            changes::parse(given.trim()).map_err(|hint| bad(format!("`change` is `{change}`; {hint}")))?;
        if (state == "limited") != limits.rate_max_kbps.is_some() {
            return Err(bad(
                "the state `limited` and `max_kbps` belong together; give both or neither".to_owned()
            ));
        }
        Ok(Change { territory, classes, state: changes::state(state, limits) })
    };
    change.split(',').map(one).collect()
}

fn bad(detail: String) -> Problem {
    Problem::new(Kind::BadValue, detail)
}

impl Wanted {
    fn study(&self, service: &Service, current: &Arc<Current>) -> Result<Arc<Study>, Problem> {
        let asked = match self {
            Wanted::Changes(changes) => (changes.clone(), Vec::new()),
            &Wanted::Request(number) => asked(service, current, number)?,
        };
        current.study(asked).map_err(problem)
    }
}

/// What a request of the log asks for, with the cells of its zone where that is a list of its own.
fn asked(service: &Service, current: &Current, number: u64) -> Result<Asked, Problem> {
    let none = || {
        let detail = format!(
            "no record {number} of the log obeyed here is a request that counts; /api/v1/requests lists all"
        );
        Problem::new(Kind::UnknownRecord, detail)
    };
    let (_, view) = service.log_now(current).ok_or_else(none)?;
    let request = &view.request(number).ok_or_else(none)?.request;
    let lists = match changes::lists_of(&current.world, request) {
        Some(lists) => lists,
        None => attached(service, current, number, request)?,
    };
    Ok((vec![changes::of_request(request).map_err(bad)?], lists))
}

/// The cells of a request about a list that no decision in force is about: the list that is attached to the log.
fn attached(
    service: &Service,
    current: &Current,
    number: u64,
    request: &Request,
) -> Result<Vec<CellList>, Problem> {
    let attached = service.log_files().map(|files| changes::lists_attached(&current.world, files, request));
    let about = || {
        let (zone, territory, path) =
            (&request.zone, &request.territory, side::attachment_path(&request.zone));
        format!(
            "request {number} is about zone {zone} of {territory}, which this map does not have so; {path} of the log"
        )
    };
    match attached.unwrap_or(Ok(None)) {
        Ok(Some(lists)) => Ok(lists),
        Ok(None) => {
            let detail = format!(
                "{}, the list of its cells, is not there; put it there, preview the request where its map is loaded, or with \
                 `skyshed preview --request FILE --cells FILE`",
                about()
            );
            Err(Problem::new(Kind::ZoneDiffers, detail))
        }
        Err(error) => {
            let detail = format!("{} is not the list of its cells: {error}; put that list there", about());
            Err(Problem::new(Kind::LogUnreadable, detail))
        }
    }
}

fn problem(error: PreviewError) -> Problem {
    let detail = error.to_string();
    match error {
        PreviewError::Territory(error) => territory_problem(error),
        PreviewError::Engine(error) => super::places::no_slot(error),
        _ => Problem::new(Kind::BadValue, detail),
    }
}
