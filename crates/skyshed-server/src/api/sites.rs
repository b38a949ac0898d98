//! Gateways and points of presence: where they stand, and what goes over them.

use axum::extract::State;
use serde::Serialize;
use skyshed::ground::{Cell, cell_at};
use skyshed::plan::{Cause, landing_of};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::responses::{NotModified, Refusals};
use super::{Answer, App};
use crate::paging::{Listed, Page, PageParams};
use crate::problem::Problem;
use crate::service::Current;

/// A gateway that carries so much of what it could is full: to one part in a thousand, as in the links of a slot.
const FULL_FROM_SHARE: f64 = 0.999;

/// The paths of sites.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(gateways)).routes(routes!(pops))
}

/// A gateway in one slot.
#[derive(Serialize, utoipa::ToSchema)]
struct GatewayRow {
    /// Locality.
    name: String,
    /// ISO 3166-1 alpha-2; empty where the list does not say.
    country: String,
    /// Id of the territory of its cell.
    territory: String,
    /// Geodetic latitude, WGS84.
    lat_deg: f64,
    /// Longitude east, WGS84.
    lon_deg: f64,
    /// The position is only known to the locality.
    approximate: bool,
    /// It is out of order in this slot.
    out_of_order: bool,
    /// Satellites that it follows.
    feeder_links: usize,
    /// Satellites that it can follow at once.
    antennas: u16,
    /// What it carries towards the terminals.
    carried_gbps: f64,
    /// What its fibre could.
    capacity_gbps: f64,
    /// Its fibre carries as much as it can; whether an antenna is free is another matter.
    full: bool,
}

/// A point of presence in one slot.
#[derive(Serialize, utoipa::ToSchema)]
struct PopRow {
    /// Locality.
    name: String,
    /// ISO 3166-1 alpha-2; empty where the list does not say.
    country: String,
    /// Id of the territory of its cell.
    territory: String,
    /// Geodetic latitude, WGS84.
    lat_deg: f64,
    /// Longitude east, WGS84.
    lon_deg: f64,
    /// The position is only known to the locality.
    approximate: bool,
    /// It is out of order in this slot.
    out_of_order: bool,
    /// Ids of the territories whose traffic comes here wherever it can.
    home_of: Vec<String>,
    /// Cells whose traffic meets the internet here.
    cells_served: u64,
    /// People in them.
    people_served: u64,
}

/// Every gateway, by the order of the list they come from.
#[utoipa::path(
    get,
    path = "/api/v1/gateways",
    tag = "sites",
    params(PageParams),
    responses((status = 200, body = Listed<GatewayRow>, description = "In the slot of the moment."), NotModified, Refusals)
)]
async fn gateways(State(app): State<App>, ask: Ask) -> Answer {
    let page = page("gateways", &ask)?;
    let after = page.after_number()?;
    app.kept(&ask, move |_, current| {
        let all: Vec<u64> = (0..current.world.ground.gateways.len() as u64).collect();
        Made::json(&page.of(&all, after.as_ref(), |&at| at, |&at| gateway(current, at as usize)))
    })
    .await
}

/// Every point of presence, by the order of the list they come from. How much one could carry is not modelled.
#[utoipa::path(
    get,
    path = "/api/v1/pops",
    tag = "sites",
    params(PageParams),
    responses((status = 200, body = Listed<PopRow>, description = "In the slot of the moment."), NotModified, Refusals)
)]
async fn pops(State(app): State<App>, ask: Ask) -> Answer {
    let page = page("pops", &ask)?;
    let after = page.after_number()?;
    app.kept(&ask, move |_, current| {
        let served = served_by_pop(current);
        let all: Vec<u64> = (0..served.len() as u64).collect();
        Made::json(&page.of(&all, after.as_ref(), |&at| at, |&at| pop(current, &served, at as usize)))
    })
    .await
}

fn page(list: &'static str, ask: &Ask) -> Result<Page, Problem> {
    let [limit, cursor] = ask.query(["limit", "cursor"])?;
    Page::read(list, limit, cursor)
}

fn gateway(current: &Current, at: usize) -> GatewayRow {
    let (world, plan) = (&current.world, &current.slot.plan);
    let gateway = &world.ground.gateways[at];
    let capacity_gbps = world.config.gateway.fibre_gbps;
    let carried_kbps = plan.loads.gateway_kbps.get(at).copied().unwrap_or_default();
    GatewayRow {
        name: gateway.name.clone(),
        country: gateway.country.clone(),
        territory: territory_at(current, gateway.latitude_deg, gateway.longitude_deg),
        lat_deg: gateway.latitude_deg,
        lon_deg: gateway.longitude_deg,
        approximate: gateway.approximate,
        out_of_order: world.faults.at(plan.time).gateway_is_out(at as u16),
        feeder_links: plan
            .network
            .feeders
            .links
            .iter()
            .filter(|link| usize::from(link.gateway) == at)
            .count(),
        antennas: world.config.gateway.antennas,
        carried_gbps: (carried_kbps / 1e3).round() / 1e3,
        capacity_gbps,
        full: carried_kbps > FULL_FROM_SHARE * capacity_gbps * 1e6,
    }
}

fn pop(current: &Current, served: &[(u64, u64)], at: usize) -> PopRow {
    let (world, plan) = (&current.world, &current.slot.plan);
    let pop = &world.ground.pops[at];
    let (cells_served, people_served) = served[at];
    PopRow {
        name: pop.name.clone(),
        country: pop.country.clone(),
        territory: territory_at(current, pop.latitude_deg, pop.longitude_deg),
        lat_deg: pop.latitude_deg,
        lon_deg: pop.longitude_deg,
        approximate: pop.approximate,
        out_of_order: world.faults.at(plan.time).pop_is_out(at as u16),
        home_of: pop.home_of.clone(),
        cells_served,
        people_served,
    }
}

fn territory_at(current: &Current, latitude_deg: f64, longitude_deg: f64) -> String {
    let ground = &current.world.ground;
    let cell = cell_at(latitude_deg, longitude_deg).expect("sites were checked when they were read");
    ground.territory_at(ground.territory_of(cell)).id.clone()
}

/// Cells and people by point of presence.
fn served_by_pop(current: &Current) -> Vec<(u64, u64)> {
    let (world, plan) = (&current.world, &current.slot.plan);
    let mut served = vec![(0, 0); world.ground.pops.len()];
    for (at, _) in plan.cause.iter().enumerate().filter(|(_, cause)| **cause == Cause::Served) {
        if let Some(landing) = landing_of(plan, world.inputs(), world.prepared(), Cell(at as u32)) {
            let (cells, people) = &mut served[usize::from(landing.pop)];
            (*cells, *people) = (*cells + 1, *people + u64::from(world.ground.people[at]));
        }
    }
    served
}
