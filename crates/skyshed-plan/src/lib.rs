//! Plans one slot of the planet: which satellite serves which cell, over which gateway and point of presence, at what
//! round-trip time and rate, and where nothing is served, why.
//! This crate reads no files and no clock, and knows of control only the [`skyshed_control::Activation`] value.
//!
//! A plan is a pure function of values, [`plan`]. Inside, data flows: sky → [`fleet`] (who may serve) →
//! [`candidates`] (who may be seen from where) and [`landing`] (who sees a gateway) → `assign` (one satellite per
//! cell, the most constrained block first, over the [`kernel`]) → `finish` (shares of beams, latency, [`link`] rates)
//! → [`slot::SlotPlan`]. [`border`] and [`gso`] say what must not happen; [`explain`] answers for one cell; [`exact`]
//! is the oracle for how good the greedy choice is.

mod assign;
pub mod border;
pub mod candidates;
pub mod config;
pub mod exact;
pub mod explain;
mod finish;
pub mod fleet;
pub mod geometry;
pub mod gso;
pub mod kernel;
pub mod landing;
pub mod link;
pub mod slot;

use skyshed_control::{Activation, Standing};
use skyshed_ground::{Block, Cell, Ground, TerritoryKind};
use skyshed_orbit::Sky;

pub use config::{Config, ConfigError, Scope};
pub use explain::{CellView, SatelliteView, explain};
pub use finish::{Path, service_path};
pub use landing::Landing;
pub use slot::{Cause, NO_SATELLITE, SlotPlan, slot_start};

/// What a plan is made of, besides the sky.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The Earth.
    pub ground: &'a Ground,
    /// What may be served.
    pub activation: &'a Activation,
    /// Every parameter.
    pub config: &'a Config,
}

/// Why a plan cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// `gso.waived_territories` names a territory the map does not have.
    #[error("configuration key `gso.waived_territories` names {given:?}, which is no territory; give ids such as \"US\"")]
    WaivedTerritory {
        /// What was given.
        given: String,
    },
}

/// What follows from the inputs alone and stays the same from slot to slot.
pub struct Prepared {
    /// Per cell: in which round it is planned, or [`NOT_PLANNED`].
    tier: Vec<u8>,
    /// Per cell: why it is not served if it is not planned.
    cause: Vec<Cause>,
    /// Per cell: sine of the smallest elevation the border guard allows.
    sin_floor: Vec<f32>,
    /// The blocks with a planned cell, in cell order.
    blocks: Vec<Block>,
    groups: Vec<candidates::Group>,
    gateways: Vec<landing::GatewaySite>,
    /// Per territory: its cells need not keep away from the geostationary arc.
    gso_waived: Vec<bool>,
    any_gso_waived: bool,
}

/// Rounds of the plan: people first, then empty land, then sea.
const TIER_INHABITED: u8 = 0;
const TIER_LAND: u8 = 1;
const TIER_SEA: u8 = 2;
const NOT_PLANNED: u8 = u8::MAX;

/// Plans the slot that begins at the sky's time.
///
/// `previous` is the plan of the slot before, whose choices are kept where they are good enough. The result is the
/// same, bit by bit, for the same values, on any number of threads and any CPU.
pub fn plan(sky: &Sky, inputs: Inputs<'_>, previous: Option<&SlotPlan>) -> Result<SlotPlan, PlanError> {
    Ok(plan_prepared(sky, inputs, &prepare(inputs)?, previous))
}

/// Works out what stays the same from slot to slot.
pub fn prepare(inputs: Inputs<'_>) -> Result<Prepared, PlanError> {
    let Inputs { ground, activation, config } = inputs;
    let tier = tiers(inputs);
    let planned = |block: &&Block| {
        let first = block.first_cell as usize;
        tier[first..first + block.cell_count as usize].iter().any(|&tier| tier != NOT_PLANNED)
    };
    let blocks: Vec<Block> = ground.blocks.iter().filter(planned).copied().collect();
    let groups = candidates::groups(&blocks);
    let gso_waived = gso_waived(inputs)?;
    Ok(Prepared {
        sin_floor: border::sin_floors(ground, activation, config),
        cause: causes_unplanned(activation, &tier),
        groups,
        blocks,
        tier,
        gateways: landing::gateway_sites(ground, config),
        any_gso_waived: gso_waived.contains(&true),
        gso_waived,
    })
}

/// [`plan`] with what [`prepare`] worked out for the same inputs.
pub fn plan_prepared(sky: &Sky, inputs: Inputs<'_>, prepared: &Prepared, previous: Option<&SlotPlan>) -> SlotPlan {
    let fleet = fleet::Fleet::new(sky, inputs.config);
    let landings = landing::landings(&fleet, &prepared.gateways, inputs.config);
    let lists = candidates::block_candidates(&fleet, &prepared.blocks, &prepared.groups);
    let chosen = assign::assign(inputs, prepared, &fleet, &landings, &lists, sky, previous);
    finish::finish(sky, inputs, &fleet, &landings, chosen)
}

fn tiers(inputs: Inputs<'_>) -> Vec<u8> {
    let Inputs { ground, activation, config } = inputs;
    let is_land: Vec<bool> = ground
        .territories
        .iter()
        .map(|territory| !matches!(territory.kind, TerritoryKind::Coastal | TerritoryKind::HighSeas))
        .collect();
    let tier = |cell: usize| {
        if !activation.active(Cell(cell as u32)) {
            return NOT_PLANNED;
        }
        let tier = match (ground.people[cell] > 0, is_land[usize::from(ground.territory[cell])]) {
            (true, _) => TIER_INHABITED,
            (false, true) => TIER_LAND,
            (false, false) => TIER_SEA,
        };
        let last = match config.slot.scope {
            Scope::Inhabited => TIER_INHABITED,
            Scope::Land => TIER_LAND,
            Scope::All => TIER_SEA,
        };
        if tier <= last { tier } else { NOT_PLANNED }
    };
    (0..ground.territory.len()).map(tier).collect()
}

fn gso_waived(inputs: Inputs<'_>) -> Result<Vec<bool>, PlanError> {
    let territories = &inputs.ground.territories;
    let mut waived = vec![false; territories.len()];
    for given in &inputs.config.gso.waived_territories {
        let index = territories.iter().position(|territory| territory.id == *given);
        waived[index.ok_or_else(|| PlanError::WaivedTerritory { given: given.clone() })?] = true;
    }
    // Parents come before their children.
    for index in 0..territories.len() {
        if let Some(parent) = territories[index].parent {
            waived[index] |= waived[usize::from(parent.0)];
        }
    }
    Ok(waived)
}

/// Why each cell that is not planned is not served. The others get theirs from the plan.
fn causes_unplanned(activation: &Activation, tier: &[u8]) -> Vec<Cause> {
    let cause = |cell: usize| match activation.standing(Cell(cell as u32)) {
        _ if tier[cell] != NOT_PLANNED => Cause::NoSatelliteAboveMask,
        Standing::On(_) => Cause::OutOfScope,
        Standing::Off(_) => Cause::TerritoryOff,
        Standing::NoDecision => Cause::NoDecision,
    };
    (0..tier.len()).map(cause).collect()
}
