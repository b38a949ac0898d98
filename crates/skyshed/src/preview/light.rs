//! Radio that lands where nobody is served: the cells of changed territories that a beam's footprint reaches although they have
//! no service.

use skyshed_control::Activation;
use skyshed_ground::{Cell, within_rings};
use skyshed_plan::border::CELL_CIRCUMRADIUS_KM;
use skyshed_plan::geometry::EARTH_MEAN_RADIUS_KM;

use super::answer::Lit;
use super::region::Region;
use super::side::Planned;
use crate::world::World;

/// Least distance between the centres of neighbouring cells, km: the smallest cells are 0.6 times as wide as the mean one, whose
/// neighbours are 17 km away (H3 documentation, table of cell statistics).
const CELL_SPACING_MIN_KM: f64 = 10.0;

/// Cells inside the changed territories without service that a footprint reaches. A footprint is the circle that the border guard
/// takes it for: as wide as it is long. `guarded` says of each place whether any cell without service is near.
pub(super) fn lit(
    world: &World,
    region: &Region,
    activation: &Activation,
    planned: &Planned,
    guarded: &[f32],
) -> Lit {
    let mut reached = vec![false; region.cells.len()];
    for place in (0..region.cells.len()).filter(|&place| planned.served(place) && guarded[place] > 0.0) {
        let elevation_rad = f64::from(planned.elevation_cdeg[place]).to_radians() / 100.0;
        let half_length_km = world.config.beams.footprint_radius_km / libm::sin(elevation_rad).max(1e-3);
        let reach_km = half_length_km + CELL_CIRCUMRADIUS_KM;
        let cell = region.cells[place];
        for other in within_rings(cell, (reach_km / CELL_SPACING_MIN_KM) as u32 + 1) {
            let Ok(there) = region.cells.binary_search(&other) else { continue };
            let excluded = region.inside[there] && !activation.active(other);
            reached[there] |= excluded && distance_km(world, cell, other) < reach_km;
        }
    }
    let places = reached.iter().enumerate().filter(|(_, reached)| **reached).map(|(place, _)| place);
    let people = |place: usize| u64::from(world.ground.people[region.cells[place].0 as usize]);
    Lit { cells: places.clone().count() as u64, people: places.map(people).sum() }
}

/// Along the surface, by the chord: the difference is millimetres at these distances.
fn distance_km(world: &World, a: Cell, b: Cell) -> f64 {
    let normal = |cell: Cell| {
        let index = cell.0 as usize;
        [world.ground.normal_x[index], world.ground.normal_y[index], world.ground.normal_z[index]]
            .map(f64::from)
    };
    let (a, b) = (normal(a), normal(b));
    let squared: f64 = (0..3).map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis])).sum();
    libm::sqrt(squared) * EARTH_MEAN_RADIUS_KM
}
