//! Plans one slot of the planet: which satellite serves which cell, over which gateway and point of presence, at what
//! round-trip time and rate, and where nothing is served, why.
//! This crate reads no files and no clock, and knows of control only the [`skyshed_control::Activation`] value.
//!
//! A plan is a pure function of values, [`plan`]. Inside, data flows: sky → [`fleet`] (who may serve) →
//! [`network`] (lasers, [`feeders`], the way to every point of presence) → [`candidates`] (who may be seen from where) → `assign` (one satellite per
//! cell, the most constrained block first, over the [`kernel`]) → `finish` (shares of beams, latency, [`link`] rates) →
//! [`capacity`] (fair rates where links are shared)
//! → [`slot::SlotPlan`]. [`border`] and [`gso`] say what must not happen; [`explain`] answers for one cell; [`exact`]
//! is the oracle for how good the greedy choice is.

mod assign;
pub mod border;
pub mod candidates;
pub mod capacity;
pub mod config;
pub mod exact;
pub mod explain;
pub mod feeders;
mod finish;
pub mod fleet;
pub mod geometry;
pub mod gso;
pub mod kernel;
pub mod link;
pub mod network;
mod prepare;
pub mod scenario;
pub mod slot;
pub mod variant;

use assign::WayLengths;
use candidates::BlockCandidates;
use capacity::Ways;
use fleet::Fleet;
use skyshed_control::Activation;
use skyshed_ground::Ground;
use skyshed_orbit::Sky;

pub use capacity::LinkLoads;
pub use config::{Config, ConfigError, Scope};
pub use explain::{CellView, Explainer, SatelliteView, explain};
pub use finish::{Path, landing_from, landing_of, service_path};
pub use network::{Landing, Network};
pub use prepare::{Prepared, prepare, scope_of};
pub use scenario::{Faults, Outages, Scenario, ScenarioError};
pub use skyshed_network::Planes;
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
    /// The planes of the constellation whose sky is planned.
    pub planes: &'a Planes,
    /// What is out of order, and when.
    pub faults: &'a Faults,
}

/// Why a plan cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// `gso.waived_territories` names a territory the map does not have.
    #[error(
        "configuration key `gso.waived_territories` names {given:?}, which is no territory; give ids such as \"US\""
    )]
    WaivedTerritory {
        /// What was given.
        given: String,
    },
    /// A home is given for a territory that the map does not have.
    #[error(
        "{given:?} is given a home among the points of presence (`pops.by_territory`, or `home_of` in their list), but \
         is no territory; give ids such as \"UA\""
    )]
    PopTerritory {
        /// What was given.
        given: String,
    },
    /// `pops.by_territory` names a point of presence the ground does not have.
    #[error(
        "configuration key `pops.by_territory.{territory}` is {given:?}, which is no point of presence; there are {allowed}"
    )]
    Pop {
        /// The territory.
        territory: String,
        /// What was given.
        given: String,
        /// The names there are.
        allowed: String,
    },
}

/// Plans the slot that begins at the sky's time.
///
/// `previous` is the plan of the slot before, whose choices are kept where they are good enough. The result is the
/// same, bit by bit, for the same values, on any number of threads and any CPU.
pub fn plan(sky: &Sky, inputs: Inputs<'_>, previous: Option<&SlotPlan>) -> Result<SlotPlan, PlanError> {
    Ok(plan_prepared(sky, inputs, &prepare(inputs)?, previous))
}

/// [`plan`] with what [`prepare`] worked out for the same inputs.
pub fn plan_prepared(
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    previous: Option<&SlotPlan>,
) -> SlotPlan {
    plan_reusing(sky, inputs, prepared, previous, SlotPlan::empty(sky))
}

/// [`plan_prepared`] in the memory of a plan that is no longer needed, and that nobody has changed since it was made.
pub fn plan_reusing(
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    previous: Option<&SlotPlan>,
    spare: SlotPlan,
) -> SlotPlan {
    if previous.is_none() {
        // One slot alone: on the caller's thread, whose allocator has the memory that a pool's would have to ask for.
        return plan_here(sky, inputs, prepared, previous, spare);
    }
    // Slot after slot: into the pool once, since each parallel step from outside wakes it and waits anew.
    rayon::scope(|_| plan_here(sky, inputs, prepared, previous, spare))
}

fn plan_here(
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    previous: Option<&SlotPlan>,
    mut spare: SlotPlan,
) -> SlotPlan {
    let (fleet, network) =
        fleet_and_network(sky, inputs, prepared, previous, std::mem::take(&mut spare.network));
    let (lists, lengths, ways) = candidates_and_ways(inputs, prepared, &fleet, &network);
    let chosen = assign::assign(inputs.config, prepared, &fleet, &lists, sky, lengths, previous, &mut []);
    // What comes next takes as much memory as these.
    drop(lists);
    let mut plan = finish::finish(sky, inputs, prepared, &fleet, ways, chosen, spare);
    plan.network = network;
    plan
}

/// What flies and works, and what links it.
fn fleet_and_network(
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    previous: Option<&SlotPlan>,
    spare: Network,
) -> (Fleet, Network) {
    let outages = inputs.faults.at(sky.time);
    let fleet = Fleet::new(sky, inputs.config, &outages);
    let network = network::network(sky, inputs, prepared, &fleet, &outages, previous, spare);
    (fleet, network)
}

/// Who is seen from where, and the ways from satellites to the internet.
fn candidates_and_ways<'n>(
    inputs: Inputs<'_>,
    prepared: &Prepared,
    fleet: &Fleet,
    network: &'n Network,
) -> (BlockCandidates, WayLengths, Ways<'n>) {
    let config = inputs.config;
    let separation = gso::Separation::new(config.gso.user_separation_deg);
    let lands = network.lands(fleet);
    let (lists, (lengths, ways)) = rayon::join(
        || candidates::block_candidates(fleet, &lands, &prepared.blocks, &prepared.groups, &separation),
        || (WayLengths::new(prepared, network, fleet), Ways::new(network, config)),
    );
    (lists, lengths, ways)
}
