//! Names to indices.

use skyshed_ground::Ground;
use skyshed_network::planes::Planes;
use skyshed_orbit::Satellite;

use super::{Faults, Scenario, ScenarioError};

pub(super) fn resolve(
    scenario: &Scenario,
    satellites: &[Satellite],
    planes: &Planes,
    ground: &Ground,
) -> Result<Faults, ScenarioError> {
    let _ = (scenario, satellites, planes, ground);
    Ok(Faults::none())
}
