//! Radio that lands where nobody is served: the cells of changed territories that a beam's footprint reaches although they have
//! no service.

use skyshed_ground::Cell;
use skyshed_plan::border::CELL_CIRCUMRADIUS_KM;
use skyshed_plan::geometry::EARTH_MEAN_RADIUS_KM;

use super::answer::Lit;
use super::side::{Planned, Side};
use super::stage::{Sides, Stage};
use crate::world::World;

/// Cells inside the changed territories without service that a footprint reaches. A footprint is the circle that the border guard
/// takes it for: as wide as it is long. Beams stand near enough where the guard looks at all.
pub(super) fn lit(stage: &Stage<'_>, sides: &Sides, side: Side, planned: &Planned) -> Lit {
    let (world, region) = (stage.world, &sides.region);
    let activation = stage.activation(side);
    let mut dark = Dark::new(world, region.places_inside().map(|place| region.cells[place]), |cell| {
        !activation.active(cell)
    });
    for (&cell, _) in
        sides.near.iter().zip(&sides.sin_floors[side as usize][0]).filter(|(_, floor)| **floor > 0.0)
    {
        let Some(place) = region.place(cell).filter(|&place| planned.served(place)) else { continue };
        let elevation_rad = f64::from(planned.elevation_cdeg[place]).to_radians() / 100.0;
        let half_length_km = world.config.beams.footprint_radius_km / libm::sin(elevation_rad).max(1e-3);
        dark.light(normal(world, cell), half_length_km + CELL_CIRCUMRADIUS_KM);
    }
    let reached = dark.cells.iter().filter(|dark| dark.reached);
    Lit { cells: reached.clone().count() as u64, people: reached.map(|dark| u64::from(dark.people)).sum() }
}

/// Cells without service, by their normal's first component, so that those near a place are a run.
struct Dark {
    cells: Vec<DarkCell>,
}

struct DarkCell {
    normal: [f64; 3],
    people: u32,
    reached: bool,
}

impl Dark {
    fn new(world: &World, cells: impl Iterator<Item = Cell>, is_dark: impl Fn(Cell) -> bool) -> Dark {
        let dark = |cell: Cell| DarkCell {
            normal: normal(world, cell),
            people: world.ground.people[cell.0 as usize],
            reached: false,
        };
        let mut cells: Vec<DarkCell> = cells.filter(|&cell| is_dark(cell)).map(dark).collect();
        cells.sort_unstable_by(|a, b| a.normal[0].total_cmp(&b.normal[0]));
        Dark { cells }
    }

    /// Marks those closer than this to a place.
    fn light(&mut self, place: [f64; 3], reach_km: f64) {
        // No component differs by more than the chord.
        let most = reach_km / EARTH_MEAN_RADIUS_KM + 1e-9;
        let first = self.cells.partition_point(|dark| dark.normal[0] < place[0] - most);
        let near = self.cells[first..].iter_mut().take_while(|dark| dark.normal[0] <= place[0] + most);
        for dark in near.filter(|dark| !dark.reached && (dark.normal[1] - place[1]).abs() <= most) {
            dark.reached = distance_km(dark.normal, place) < reach_km;
        }
    }
}

fn normal(world: &World, cell: Cell) -> [f64; 3] {
    let index = cell.0 as usize;
    [world.ground.normal_x[index], world.ground.normal_y[index], world.ground.normal_z[index]].map(f64::from)
}

/// Along the surface, by the chord: the difference is millimetres at these distances.
fn distance_km(a: [f64; 3], b: [f64; 3]) -> f64 {
    let squared: f64 = (0..3).map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis])).sum();
    libm::sqrt(squared) * EARTH_MEAN_RADIUS_KM
}
