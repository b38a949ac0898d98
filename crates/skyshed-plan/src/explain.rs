//! One cell's sky: every satellite in view, and how far each comes towards serving it.

use skyshed_ground::Cell;
use skyshed_orbit::Sky;

use crate::Inputs;
use crate::assign::clear_of_arc;
use crate::config::Config;
use crate::fleet::Fleet;
use crate::geometry::{elevation_and_range, minus, sin2_elevation, surface_point_km};
use crate::gso::{ArcSite, Separation};
use crate::prepare::{Prepared, TIER_SEA, rules_of, tier_of};
use crate::slot::{Cause, SlotPlan};

/// What a cell sees.
#[derive(Clone, Debug, PartialEq)]
pub struct CellView {
    /// Satellites above the horizon (at any altitude at which they serve), highest first.
    pub satellites: Vec<SatelliteView>,
    /// What would hold if the cell could be served by a decision: [`Cause::Served`], or the reason why physics would
    /// still say no. For a cell that is active this is its cause.
    pub if_active: Cause,
    /// The satellite that would serve then, an index into the plan's satellites.
    pub satellite_if_active: Option<u32>,
}

/// One satellite as seen from a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct SatelliteView {
    /// Index into the plan's satellites.
    pub satellite: u32,
    /// Azimuth, clockwise from north.
    pub azimuth_deg: f64,
    /// Elevation above the horizon.
    pub elevation_deg: f64,
    /// Distance.
    pub slant_range_km: f64,
    /// Stands above its elevation mask.
    pub above_mask: bool,
    /// Keeps its distance to the geostationary arc.
    pub clear_of_gso_arc: bool,
    /// Reaches a gateway, over lasers or by itself.
    pub reaches_gateway: bool,
    /// Stands high enough for the border guard.
    pub passes_border_guard: bool,
    /// Has a beam to spare, or serves this cell.
    pub has_beam: bool,
}

impl SatelliteView {
    /// How far this satellite comes: [`Cause::Served`] if it could serve.
    pub fn verdict(&self) -> Cause {
        if !self.above_mask {
            Cause::NoSatelliteAboveMask
        } else if !self.clear_of_gso_arc {
            Cause::GsoArc
        } else if !self.reaches_gateway {
            Cause::NoGateway
        } else if !self.passes_border_guard {
            Cause::BorderGuard
        } else if !self.has_beam {
            Cause::BeamsExhausted
        } else {
            Cause::Served
        }
    }
}

/// The sky of one cell under a plan.
pub fn explain(plan: &SlotPlan, sky: &Sky, inputs: Inputs<'_>, prepared: &Prepared, cell: Cell) -> CellView {
    let Inputs { ground, activation, config, .. } = inputs;
    let index = cell.0 as usize;
    let normal = [ground.normal_x[index], ground.normal_y[index], ground.normal_z[index]];
    let site_km = surface_point_km(normal);
    let (gso_waived, floor) = rules_of(prepared, inputs, cell);
    let arc = (!gso_waived).then(|| ArcSite::new(site_km));
    let protected = Separation::new(config.gso.user_separation_deg).cos;
    let fleet = Fleet::new(sky, config, &inputs.faults.at(sky.time));
    // A cell that is not active would take its turn in its own round: beams given later would yield to it.
    let round = if activation.active(cell) { TIER_SEA } else { tier_of(ground, cell) };
    let busy = Busy::new(plan, prepared, round, ground.colour[index]);
    let mut satellites = Vec::new();
    for at in 0..fleet.len() {
        let (sin_elevation, range_km) = elevation_and_range(fleet.position_km(at), site_km, normal);
        if sin_elevation < 0.0 {
            continue;
        }
        let satellite = fleet.sky_index[at];
        let sin2 = sin2_elevation(fleet.position_km(at), site_km, normal);
        satellites.push(SatelliteView {
            satellite,
            azimuth_deg: azimuth_deg(minus(fleet.position_km(at), site_km), normal),
            elevation_deg: f64::from(libm::asinf(sin_elevation.min(1.0)).to_degrees()),
            slant_range_km: f64::from(range_km),
            above_mask: sin2 >= fleet.sin2_mask[at],
            clear_of_gso_arc: clear_of_arc(&fleet, at, site_km, arc, protected),
            reaches_gateway: plan.network.landings[satellite as usize].is_some(),
            passes_border_guard: sin2 >= floor,
            has_beam: plan.satellite(cell) == Some(satellite) || busy.has_room(satellite, config),
        });
    }
    satellites
        .sort_by(|a, b| b.elevation_deg.total_cmp(&a.elevation_deg).then(a.satellite.cmp(&b.satellite)));
    let (if_active, satellite_if_active) = if activation.active(cell) && plan.cause(cell) != Cause::OutOfScope
    {
        (plan.cause(cell), plan.satellite(cell))
    } else {
        match satellites.iter().find(|view| view.verdict() == Cause::Served) {
            Some(view) => (Cause::Served, Some(view.satellite)),
            None => (
                satellites.iter().map(SatelliteView::verdict).max().unwrap_or(Cause::NoSatelliteAboveMask),
                None,
            ),
        }
    };
    CellView { satellites, if_active, satellite_if_active }
}

/// Beams in use up to a round, per satellite.
struct Busy {
    cells: Vec<u32>,
    cells_of_colour: Vec<u32>,
}

impl Busy {
    fn new(plan: &SlotPlan, prepared: &Prepared, round: u8, colour: u8) -> Busy {
        let mut busy = Busy { cells: vec![0; plan.load.len()], cells_of_colour: vec![0; plan.load.len()] };
        for given in prepared.rounds.iter().filter(|given| given.tier <= round) {
            for planned in prepared.cells_of(given) {
                if let Some(satellite) = plan.satellite(Cell(planned.cell)) {
                    busy.cells[satellite as usize] += 1;
                    busy.cells_of_colour[satellite as usize] += u32::from(planned.colour == colour);
                }
            }
        }
        busy
    }

    fn has_room(&self, satellite: u32, config: &Config) -> bool {
        self.cells[satellite as usize] < config.beams.cells_per_satellite()
            && self.cells_of_colour[satellite as usize] < config.beams.cells_per_colour()
    }
}

/// Azimuth of a line of sight, degrees clockwise from north, in the horizon of a geodetic normal.
fn azimuth_deg(line: [f32; 3], normal: [f32; 3]) -> f64 {
    let level = (normal[0] * normal[0] + normal[1] * normal[1]).sqrt();
    let (cos_lon, sin_lon) = if level > 1e-6 { (normal[0] / level, normal[1] / level) } else { (1.0, 0.0) };
    let east = line[1] * cos_lon - line[0] * sin_lon;
    let north = line[2] * level - normal[2] * (line[0] * cos_lon + line[1] * sin_lon);
    f64::from(libm::atan2f(east, north).to_degrees()).rem_euclid(360.0)
}
