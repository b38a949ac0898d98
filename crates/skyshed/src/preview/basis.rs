//! What every preview of one slot begins from: the slot as it is.

use skyshed_orbit::{Epoch, Sky};
use skyshed_plan::fleet::Fleet;
use skyshed_plan::variant::Base;

use super::stage::Stage;
use super::{CellList, PreviewError, PreviewRequest, Study};
use crate::world::{ELEMENTS_AGE_MAX_DAYS, EngineError, World};

/// The slot as it is, planned after the slot before, itself planned as if it were the first: so that everybody who has the same
/// inputs comes to the same.
///
/// It takes two slots of planning, whatever is previewed from it then, and holds the memory of two. A service that answers
/// several previews of a slot makes it once. It is a value: it knows no clock, is never written to again, and may be used from
/// several threads at once and beside the planner. Work is spread over the threads of the caller's rayon pool; to leave the
/// planner its own, call within another ([`rayon::ThreadPool::install`]).
pub struct Basis {
    pub(super) base: Base,
    pub(super) sky_before: Sky,
    /// Sine of the lowest elevation at which any satellite serves.
    pub(super) sin_mask_min: f32,
    /// How far a satellite can be from a cell that it serves: angle at the Earth's centre.
    pub(super) reach_rad: f64,
}

impl Basis {
    /// Plans the slot that contains `time`, and the one before.
    ///
    /// # Errors
    /// [`PreviewError::Engine`] where the time is too far from the elements' epochs.
    pub fn new(world: &World, time: Epoch) -> Result<Basis, PreviewError> {
        let start = world.slot_start(time);
        let before = start.plus_micros(-i64::from(world.config.slot.length_s) * 1_000_000);
        world.constellation.check_time(start, ELEMENTS_AGE_MAX_DAYS).map_err(EngineError::Stale)?;
        let sky = world.constellation.sky(start, &world.ut1);
        let before = world.slot(before, None)?;
        let fleet = Fleet::new(&sky, &world.config, &world.faults.at(start));
        let sin_mask_min = fleet.sin2_mask.iter().fold(1.0f32, |least, &sin2| least.min(sin2)).sqrt();
        let reach_rad = fleet.cos_reach.iter().map(|&cos| f64::from(libm::acosf(cos))).fold(0.0, f64::max);
        let base =
            Base::new(sky, world.inputs(), world.prepared(), before.plan).map_err(EngineError::Plan)?;
        Ok(Basis { base, sky_before: before.sky, sin_mask_min, reach_rad })
    }

    /// Start of the slot.
    pub fn time(&self) -> Epoch {
        self.base.sky().time
    }

    /// Works out what changes would do in this slot. `lists` are the cells of changes that are not about the cells that their
    /// territory has on the map.
    ///
    /// # Errors
    /// As [`super::preview`]; and [`PreviewError::Basis`] where this was made from another world, or for another slot.
    pub fn preview(
        &self,
        world: &World,
        request: &PreviewRequest,
        lists: &[CellList],
    ) -> Result<Study, PreviewError> {
        Ok(Stage::new(self, world, request, lists)?.study())
    }
}
