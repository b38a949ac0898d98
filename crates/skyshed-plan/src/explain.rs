//! One cell's sky: every satellite in view, and how far each comes towards serving it.

use skyshed_ground::Cell;
use skyshed_orbit::Sky;

use crate::Inputs;
use crate::assign::{COLOURS, clear_of_arc};
use crate::config::Config;
use crate::fleet::Fleet;
use crate::geometry::{dot, elevation_and_range, minus, sin2_elevation, surface_point_km};
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

/// What the explanations of one plan share, worked out once: a pass over every cell, where one explanation looks at one.
#[derive(Clone, Debug)]
pub struct Explainer {
    fleet: Fleet,
    /// Beams in use up to each round.
    busy: [Busy; TIER_SEA as usize + 1],
}

/// Beams in use up to a round, per satellite.
#[derive(Clone, Debug)]
struct Busy {
    cells: Vec<u32>,
    cells_of_colour: Vec<[u32; COLOURS]>,
}

/// Satellites this far below a cell's horizon are passed over without a closer look, km: rounding is some metres.
const BELOW_HORIZON_KM: f32 = 1.0;

impl Explainer {
    /// Of a plan.
    pub fn new(plan: &SlotPlan, sky: &Sky, inputs: Inputs<'_>, prepared: &Prepared) -> Explainer {
        let satellites = plan.load.len();
        let none = Busy { cells: vec![0; satellites], cells_of_colour: vec![[0; COLOURS]; satellites] };
        let mut busy = [none.clone(), none.clone(), none];
        for round in &prepared.rounds {
            let Busy { cells, cells_of_colour } = &mut busy[usize::from(round.tier)];
            for planned in prepared.cells_of(round) {
                if let Some(satellite) = plan.satellite(Cell(planned.cell)) {
                    cells[satellite as usize] += 1;
                    cells_of_colour[satellite as usize][usize::from(planned.colour)] += 1;
                }
            }
        }
        for tier in 1..busy.len() {
            let (before, this) = busy.split_at_mut(tier);
            this[0].add(&before[tier - 1]);
        }
        Explainer { fleet: Fleet::new(sky, inputs.config, &inputs.faults.at(sky.time)), busy }
    }

    /// The sky of one cell. The rest must be what this was made from.
    pub fn explain(&self, plan: &SlotPlan, inputs: Inputs<'_>, prepared: &Prepared, cell: Cell) -> CellView {
        let Inputs { ground, activation, config, .. } = inputs;
        let fleet = &self.fleet;
        let index = cell.0 as usize;
        let normal = [ground.normal_x[index], ground.normal_y[index], ground.normal_z[index]];
        let site_km = surface_point_km(normal);
        let (gso_waived, floor) = rules_of(prepared, inputs, cell);
        let arc = (!gso_waived).then(|| ArcSite::new(site_km));
        let protected = Separation::new(config.gso.user_separation_deg).cos;
        // A cell that is not active would take its turn in its own round: beams given later would yield to it.
        let round = if activation.active(cell) { TIER_SEA } else { tier_of(ground, cell) };
        let (busy, colour) = (&self.busy[usize::from(round)], usize::from(ground.colour[index]));
        let horizon_km = dot(site_km, normal) - BELOW_HORIZON_KM;
        let mut satellites = Vec::new();
        for at in 0..fleet.len() {
            if dot(fleet.position_km(at), normal) < horizon_km {
                continue;
            }
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
                clear_of_gso_arc: clear_of_arc(fleet, at, site_km, arc, protected),
                reaches_gateway: plan.network.landings[satellite as usize].is_some(),
                passes_border_guard: sin2 >= floor,
                has_beam: plan.satellite(cell) == Some(satellite) || busy.has_room(satellite, colour, config),
            });
        }
        satellites
            .sort_by(|a, b| b.elevation_deg.total_cmp(&a.elevation_deg).then(a.satellite.cmp(&b.satellite)));
        let (if_active, satellite_if_active) =
            if activation.active(cell) && plan.cause(cell) != Cause::OutOfScope {
                (plan.cause(cell), plan.satellite(cell))
            } else {
                match satellites.iter().find(|view| view.verdict() == Cause::Served) {
                    Some(view) => (Cause::Served, Some(view.satellite)),
                    None => (
                        satellites
                            .iter()
                            .map(SatelliteView::verdict)
                            .max()
                            .unwrap_or(Cause::NoSatelliteAboveMask),
                        None,
                    ),
                }
            };
        CellView { satellites, if_active, satellite_if_active }
    }
}

impl Busy {
    fn add(&mut self, other: &Busy) {
        self.cells.iter_mut().zip(&other.cells).for_each(|(sum, more)| *sum += more);
        for (sums, more) in self.cells_of_colour.iter_mut().zip(&other.cells_of_colour) {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }

    fn has_room(&self, satellite: u32, colour: usize, config: &Config) -> bool {
        self.cells[satellite as usize] < config.beams.cells_per_satellite()
            && self.cells_of_colour[satellite as usize][colour] < config.beams.cells_per_colour()
    }
}

/// The sky of one cell under a plan, for one cell alone; for several make an [`Explainer`].
pub fn explain(plan: &SlotPlan, sky: &Sky, inputs: Inputs<'_>, prepared: &Prepared, cell: Cell) -> CellView {
    Explainer::new(plan, sky, inputs, prepared).explain(plan, inputs, prepared, cell)
}

/// Azimuth of a line of sight, degrees clockwise from north, in the horizon of a geodetic normal.
fn azimuth_deg(line: [f32; 3], normal: [f32; 3]) -> f64 {
    let level = (normal[0] * normal[0] + normal[1] * normal[1]).sqrt();
    let (cos_lon, sin_lon) = if level > 1e-6 { (normal[0] / level, normal[1] / level) } else { (1.0, 0.0) };
    let east = line[1] * cos_lon - line[0] * sin_lon;
    let north = line[2] * level - normal[2] * (line[0] * cos_lon + line[1] * sin_lon);
    f64::from(libm::atan2f(east, north).to_degrees()).rem_euclid(360.0)
}
