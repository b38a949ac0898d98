//! One side of a comparison, planned.

use skyshed_control::{Activation, Standing};
use skyshed_orbit::Sky;
use skyshed_plan::border::sin_floors;
use skyshed_plan::{Cause, Inputs, SlotPlan, plan_prepared, prepare};

use super::PreviewError;
use super::region::{Local, Region};
use crate::world::{EngineError, World};

/// Which of the two compared states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As it is.
    Without,
    /// With the changes.
    With,
}

/// How territories without service are kept without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// No beam is put on their cells, and the border guard keeps those beside them from reaching in: cells of others along the
    /// border need a satellite that stands higher.
    BeamLevel,
    /// No beam is put on the cells of the changed territories, but beams beside them may reach in: terminals there refuse. Other
    /// territories without service stay guarded.
    TerminalLevel,
}

/// What a plan gives to the cells of a region, by place.
pub(super) struct Planned {
    pub cause: Vec<Cause>,
    pub elevation_cdeg: Vec<u16>,
    pub rtt_us: Vec<u32>,
    pub rate_kbps: Vec<u32>,
    local: Local,
}

impl Planned {
    /// Plans the region after `previous`, a plan of all of its cells. Cells that `keep` leaves out are neither served nor
    /// guarded.
    pub fn new(
        world: &World,
        region: &Region,
        activation: &Activation,
        sky: &Sky,
        previous: &SlotPlan,
        keep: impl Fn(usize) -> bool,
    ) -> Result<Planned, PreviewError> {
        let local = region.local(&world.ground, activation, keep)?;
        let plan = if local.places.len() == region.cells.len() {
            plan_local(world, &local, sky, Some(previous))?
        } else {
            plan_local(world, &local, sky, Some(&of_places(previous, &local.places)))?
        };
        Ok(Planned::laid_out(plan, local, region, activation))
    }

    /// Brings the columns of a plan into the order of the region.
    fn laid_out(plan: SlotPlan, local: Local, region: &Region, activation: &Activation) -> Planned {
        let all = region.cells.len();
        let mut planned = Planned {
            cause: spread(plan.cause, &local.places, all, Cause::TerritoryOff),
            elevation_cdeg: spread(plan.elevation_cdeg, &local.places, all, 0),
            rtt_us: spread(plan.rtt_us, &local.places, all, 0),
            rate_kbps: spread(plan.rate_kbps, &local.places, all, 0),
            local,
        };
        // The plan was told which cells are off, not by whose decision.
        for (cause, &cell) in
            planned.cause.iter_mut().zip(&region.cells).filter(|(c, _)| **c == Cause::TerritoryOff)
        {
            if activation.standing(cell) == Standing::NoDecision {
                *cause = Cause::NoDecision;
            }
        }
        planned
    }

    /// Whether a cell has a beam.
    pub fn served(&self, place: usize) -> bool {
        self.cause[place] == Cause::Served
    }

    /// Sine of the smallest elevation that the border guard allows, by place; 0 where nothing is guarded.
    pub fn sin_floors(&self, world: &World) -> Vec<f32> {
        let floors = sin_floors(&self.local.ground, &self.local.activation, &world.config);
        spread(floors, &self.local.places, self.cause.len(), 0.0)
    }
}

/// Plans a part of the planet.
pub(super) fn plan_local(
    world: &World,
    local: &Local,
    sky: &Sky,
    previous: Option<&SlotPlan>,
) -> Result<SlotPlan, PreviewError> {
    let inputs = Inputs { ground: &local.ground, activation: &local.activation, ..world.inputs() };
    let prepared = prepare(inputs).map_err(EngineError::Plan)?;
    Ok(plan_prepared(sky, inputs, &prepared, previous))
}

/// A plan of the cells at these places alone, as far as the next slot asks for it.
fn of_places(plan: &SlotPlan, places: &[usize]) -> SlotPlan {
    let mut kept = plan.clone();
    kept.satellite = places.iter().map(|&place| plan.satellite[place]).collect();
    kept
}

/// A column by place; `missing` where there is no cell for a place.
fn spread<T: Copy>(column: Vec<T>, places: &[usize], all: usize, missing: T) -> Vec<T> {
    if column.len() == all {
        return column;
    }
    let mut spread = vec![missing; all];
    places.iter().zip(column).for_each(|(&place, value)| spread[place] = value);
    spread
}
