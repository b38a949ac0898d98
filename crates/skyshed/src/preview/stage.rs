//! Everything that the sides of a comparison have in common.

use rayon::prelude::*;
use skyshed_control::Activation;
use skyshed_orbit::{Epoch, Sky};
use skyshed_plan::SlotPlan;
use skyshed_plan::fleet::Fleet;

use super::changed::{Resolved, activation_with, resolved};
use super::region::Region;
use super::side::{Exclusion, Planned, Side, plan_local};
use super::{PreviewError, PreviewRequest, Study, answer};
use crate::world::{ELEMENTS_AGE_MAX_DAYS, EngineError, World};

/// A change, the cells it can matter to, and the slot before: ready to plan any side of the comparison.
pub struct Stage<'a> {
    pub(super) world: &'a World,
    pub(super) request: PreviewRequest,
    pub(super) changes: Vec<Resolved>,
    pub(super) after: Activation,
    pub(super) region: Region,
    pub(super) sky: Sky,
    pub(super) sky_before: Sky,
    /// Sine of the lowest elevation at which any satellite serves.
    pub(super) sin_mask_min: f32,
    previous: SlotPlan,
}

/// All sides of a comparison.
pub(super) struct Sides {
    /// With beam-level exclusion: without the changes, and with them.
    pub beam: [Planned; 2],
    /// With terminal-level exclusion; none where no changed territory has a cell without service, for then it is the same.
    pub terminal: [Option<Planned>; 2],
}

impl<'a> Stage<'a> {
    /// Looks up the territories, chooses the cells and plans the slot before, as things are.
    ///
    /// # Errors
    /// As [`super::preview`].
    pub fn new(world: &'a World, request: &PreviewRequest) -> Result<Stage<'a>, PreviewError> {
        let changes = resolved(&world.ground, &request.changes)?;
        let start = world.slot_start(request.time);
        let before = start.plus_micros(-i64::from(world.config.slot.length_s) * 1_000_000);
        let (sky, sky_before) = (sky(world, start)?, sky(world, before)?);
        let after = activation_with(&world.activation, &world.ground, &changes)?;
        let fleet = Fleet::new(&sky, &world.config, &world.faults.at(start));
        let sin_mask_min = fleet.sin2_mask.iter().fold(1.0f32, |least, &sin2| least.min(sin2)).sqrt();
        let region = Region::new(&world.ground, &fleet, &changes, request.area);
        let local = region.local(&world.ground, &world.activation, |_| true)?;
        let previous = plan_local(world, &local, &sky_before, None)?;
        let request = request.clone();
        Ok(Stage { world, request, changes, after, region, sky, sky_before, sin_mask_min, previous })
    }

    /// Plans one side, and says how many cells of the region it serves.
    ///
    /// # Errors
    /// [`PreviewError`] where the map has too many territories.
    pub fn side(&self, side: Side, exclusion: Exclusion) -> Result<usize, PreviewError> {
        let planned = self.planned(side, exclusion)?;
        Ok((0..self.region.cells.len()).filter(|&place| planned.served(place)).count())
    }

    /// How many cells are planned.
    pub fn cells(&self) -> usize {
        self.region.cells.len()
    }

    /// Plans all sides and compares them.
    ///
    /// # Errors
    /// [`PreviewError`] where the map has too many territories.
    pub fn study(&self) -> Result<Study, PreviewError> {
        let sides = self.sides()?;
        Ok(answer::study(self, &sides))
    }

    pub(super) fn activation(&self, side: Side) -> &Activation {
        match side {
            Side::Without => &self.world.activation,
            Side::With => &self.after,
        }
    }

    fn planned(&self, side: Side, exclusion: Exclusion) -> Result<Planned, PreviewError> {
        let activation = self.activation(side);
        let keep = |place: usize| {
            exclusion == Exclusion::BeamLevel
                || !self.region.inside[place]
                || activation.active(self.region.cells[place])
        };
        Planned::new(self.world, &self.region, activation, &self.sky, &self.previous, keep)
    }

    /// True where a changed territory has a cell without service.
    fn excludes(&self, side: Side) -> bool {
        let activation = self.activation(side);
        self.region.places_inside().any(|place| !activation.active(self.region.cells[place]))
    }

    fn sides(&self) -> Result<Sides, PreviewError> {
        let all = [
            (Side::Without, Exclusion::BeamLevel),
            (Side::With, Exclusion::BeamLevel),
            (Side::Without, Exclusion::TerminalLevel),
            (Side::With, Exclusion::TerminalLevel),
        ];
        let plan = |(side, exclusion): (Side, Exclusion)| {
            let differs = exclusion == Exclusion::BeamLevel || self.excludes(side);
            differs.then(|| self.planned(side, exclusion)).transpose()
        };
        let mut planned = all.into_par_iter().map(plan).collect::<Result<Vec<_>, _>>()?.into_iter();
        let mut next = || planned.next().flatten();
        let beam = [next(), next()].map(|planned| planned.expect("the beam-level sides are always planned"));
        Ok(Sides { beam, terminal: [next(), next()] })
    }
}

fn sky(world: &World, time: Epoch) -> Result<Sky, PreviewError> {
    world.constellation.check_time(time, ELEMENTS_AGE_MAX_DAYS).map_err(EngineError::Stale)?;
    Ok(world.constellation.sky(time, &world.ut1))
}
