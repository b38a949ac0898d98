//! Single cells of a slot: where they are, who may be served there, and who is.

use serde::Serialize;
use skyshed_ground::{Cell, cell_boundary, cell_center};
use skyshed_plan::{Cause, landing_of};

use crate::rounded;
use crate::why::{SatelliteId, cause_word, number_of, satellite_id};
use crate::world::{Slot, World};

/// One cell in one slot. Every key is always present in JSON, null where it does not apply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CellRow {
    /// H3 index at resolution 5, hexadecimal.
    pub cell: String,
    /// Geodetic latitude of its centre, WGS84.
    pub latitude_deg: f64,
    /// Longitude east of its centre, WGS84.
    pub longitude_deg: f64,
    /// Its corners in turn, each longitude and latitude in degrees, the first again at the end, as in GeoJSON (RFC 7946).
    pub boundary: Vec<[f64; 2]>,
    /// Id of the one territory that holds it.
    pub territory: String,
    /// People living in it.
    pub people: u32,
    /// The classes of service that may be served.
    pub classes: Vec<&'static str>,
    /// Number of the decision that explains its state; null where nobody decided.
    pub decision: Option<u64>,
    /// There is service.
    pub served: bool,
    /// Why not: a word of the closed list; null where there is service.
    pub cause: Option<&'static str>,
    /// The serving satellite.
    pub satellite: Option<SatelliteId>,
    /// Its elevation above the cell's horizon.
    pub elevation_deg: Option<f64>,
    /// Share of the beam's time that the cell gets, 0 to 1.
    pub beam_share: Option<f64>,
    /// Gateway where the satellite lands.
    pub gateway: Option<String>,
    /// Point of presence behind the gateway.
    pub pop: Option<String>,
    /// Round-trip time to the point of presence.
    pub rtt_ms: Option<f64>,
    /// Rate of one busy terminal.
    pub rate_mbps: Option<f64>,
}

/// What a slot says of a cell.
pub fn cell_row(world: &World, slot: &Slot, cell: Cell) -> CellRow {
    let (ground, plan, at) = (&world.ground, &slot.plan, cell.0 as usize);
    let (latitude_deg, longitude_deg) = cell_center(cell);
    let served = plan.cause(cell) == Cause::Served;
    let landing = landing_of(plan, world.inputs(), world.prepared(), cell).filter(|_| served);
    let thousandths = |value: u32| served.then(|| f64::from(value) / 1e3);
    CellRow {
        cell: cell.to_string(),
        latitude_deg: rounded(latitude_deg, 6),
        longitude_deg: rounded(longitude_deg, 6),
        boundary: ring(cell),
        territory: ground.territory_at(ground.territory_of(cell)).id.clone(),
        people: ground.people[at],
        classes: world.activation.classes(cell).iter().map(|class| class.name()).collect(),
        decision: world.activation.decision_number(cell).map(|index| number_of(world, index)),
        served,
        cause: cause_word(plan.cause(cell)),
        satellite: plan.satellite(cell).filter(|_| served).map(|satellite| satellite_id(slot, satellite)),
        elevation_deg: served.then(|| f64::from(plan.elevation_cdeg[at]) / 100.0),
        beam_share: served
            .then(|| rounded(f64::from(plan.share[at]) / f64::from(plan.share_parts.max(1)), 4)),
        gateway: landing.map(|landing| ground.gateways[usize::from(landing.gateway)].name.clone()),
        pop: landing.map(|landing| ground.pops[usize::from(landing.pop)].name.clone()),
        rtt_ms: thousandths(plan.rtt_us[at]),
        rate_mbps: thousandths(plan.rate_kbps[at]),
    }
}

/// The corners of a cell as a closed ring, longitude first. Where it crosses the antimeridian its longitudes go on beyond 180°.
pub fn ring(cell: Cell) -> Vec<[f64; 2]> {
    let (_, center_deg) = cell_center(cell);
    let near = |longitude_deg: f64| longitude_deg - 360.0 * ((longitude_deg - center_deg) / 360.0).round();
    let corners = cell_boundary(cell);
    let corner = |&(latitude_deg, longitude_deg): &(f64, f64)| {
        [rounded(near(longitude_deg), 5), rounded(latitude_deg, 5)]
    };
    corners.iter().chain(corners.first()).map(corner).collect()
}
