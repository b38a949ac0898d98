//! The satellites of a slot: where they stand, what they serve, where their traffic lands.

use serde::Serialize;
use skyshed_ground::Cell;
use skyshed_orbit::frames::itrf_to_geodetic;
use skyshed_plan::{NO_SATELLITE, SlotPlan};

use crate::rounded;
use crate::table::{Column, ColumnKind, column};
use crate::world::{Slot, World};

/// Which cells each satellite of a slot serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedCells {
    /// Where each satellite's cells begin; one more entry than satellites.
    heads: Vec<u32>,
    cells: Vec<Cell>,
}

impl ServedCells {
    /// Sorts the cells of a plan by satellite.
    pub fn new(plan: &SlotPlan) -> ServedCells {
        let mut heads = vec![0u32; plan.satellites.len() + 1];
        let served = || (0u32..).zip(&plan.satellite).filter(|(_, satellite)| **satellite != NO_SATELLITE);
        served().for_each(|(_, &satellite)| heads[satellite as usize + 1] += 1);
        (1..heads.len()).for_each(|at| heads[at] += heads[at - 1]);
        let mut next = heads.clone();
        let mut cells = vec![Cell(0); *heads.last().expect("one more than satellites") as usize];
        for (cell, &satellite) in served() {
            let place = &mut next[satellite as usize];
            cells[*place as usize] = Cell(cell);
            *place += 1;
        }
        ServedCells { heads, cells }
    }

    /// The cells of a satellite, an index into the plan's, in cell order.
    pub fn of(&self, satellite: u32) -> &[Cell] {
        let satellite = satellite as usize;
        &self.cells[self.heads[satellite] as usize..self.heads[satellite + 1] as usize]
    }
}

/// One satellite at the start of a slot. Every key is always present in JSON, null where it does not apply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SatelliteRow {
    /// Catalogue number.
    pub catalog_number: u64,
    /// Object name.
    pub name: String,
    /// Its shell, such as `53.0-550`: inclination and altitude; null for one that is being raised, drifts or comes down.
    pub shell: Option<String>,
    /// Number of its plane in the shell, from 0, by ascending node.
    pub plane: Option<u16>,
    /// Its place in the plane, from 0, in the order they fly.
    pub place: Option<u16>,
    /// Geodetic latitude of the point below it, WGS84; null where it could not be propagated.
    pub latitude_deg: Option<f64>,
    /// Longitude east of that point, WGS84.
    pub longitude_deg: Option<f64>,
    /// Height above that point.
    pub altitude_km: Option<f64>,
    /// Cells it serves.
    pub cells_served: u32,
    /// Beams it needs for them: a cell that has a tenth of a beam's time counts a tenth.
    pub beams_used: f64,
    /// What its beams carry.
    pub beams_carried_mbps: f64,
    /// What they could with the shares of time that its cells have.
    pub beams_capacity_mbps: f64,
    /// The gateway where its traffic lands, on the way to the nearest point of presence; null where it has none.
    pub gateway: Option<String>,
    /// That point of presence.
    pub pop: Option<String>,
    /// Laser links on that way; 0 where it lands itself.
    pub laser_hops: Option<u16>,
}

/// The columns of the table of satellites, in order: the fields of [`SatelliteRow`].
pub const SATELLITE_COLUMNS: [Column; 15] = [
    column("catalog_number", ColumnKind::U64, false, "catalogue number"),
    column("name", ColumnKind::Text, false, "object name"),
    column("shell", ColumnKind::Text, true, "its shell: inclination and altitude, such as 53.0-550"),
    column("plane", ColumnKind::U32, true, "number of its plane in the shell, from 0, by ascending node"),
    column("place", ColumnKind::U32, true, "its place in the plane, from 0, in the order they fly"),
    column("latitude_deg", ColumnKind::F64, true, "geodetic latitude of the point below it, WGS84"),
    column("longitude_deg", ColumnKind::F64, true, "longitude of that point, degrees east, WGS84"),
    column("altitude_km", ColumnKind::F64, true, "height above that point"),
    column("cells_served", ColumnKind::U32, false, "cells it serves"),
    column("beams_used", ColumnKind::F64, false, "beams it needs for them, shares of time added up"),
    column("beams_carried_mbps", ColumnKind::F64, false, "what its beams carry"),
    column(
        "beams_capacity_mbps",
        ColumnKind::F64,
        false,
        "what they could with the shares of time its cells have",
    ),
    column("gateway", ColumnKind::Text, true, "gateway where its traffic lands, nearest point of presence"),
    column("pop", ColumnKind::Text, true, "that point of presence"),
    column("laser_hops", ColumnKind::U32, true, "laser links on that way"),
];

/// The satellite with an index into the plan's, which are in the order of catalogue numbers.
///
/// # Panics
/// Where the plan has fewer satellites.
pub fn satellite_row(world: &World, slot: &Slot, served: &ServedCells, satellite: u32) -> SatelliteRow {
    let at = satellite as usize;
    let (sky, plan) = (&slot.sky, &slot.plan);
    let (latitude_deg, longitude_deg, height_m) =
        itrf_to_geodetic([sky.x_itrf_m[at], sky.y_itrf_m[at], sky.z_itrf_m[at]]);
    let told = |value: f64, decimals: i32| value.is_finite().then(|| rounded(value, decimals));
    let seat = world.planes.seats.get(at).copied().flatten();
    let parts: u64 = served.of(satellite).iter().map(|cell| u64::from(plan.share[cell.0 as usize])).sum();
    let [carried, capacity] = plan.loads.beams_kbps.get(at).copied().unwrap_or_default();
    let landing = plan.network.landings.get(at).copied().flatten();
    SatelliteRow {
        catalog_number: plan.satellites[at].catalog_number,
        name: plan.satellites[at].name.clone(),
        shell: seat.map(|seat| world.planes.shells[usize::from(seat.shell)].name.clone()),
        plane: seat.map(|seat| seat.plane),
        place: seat.map(|seat| seat.place),
        latitude_deg: told(latitude_deg, 4),
        longitude_deg: told(longitude_deg, 4),
        altitude_km: told(height_m / 1e3, 1),
        cells_served: plan.load[at],
        beams_used: rounded(parts as f64 / f64::from(plan.share_parts.max(1)), 2),
        beams_carried_mbps: rounded(carried / 1e3, 3),
        beams_capacity_mbps: rounded(capacity / 1e3, 3),
        gateway: landing.map(|landing| world.ground.gateways[usize::from(landing.gateway)].name.clone()),
        pop: landing.map(|landing| world.ground.pops[usize::from(landing.pop)].name.clone()),
        laser_hops: landing.map(|landing| landing.laser_hops),
    }
}
