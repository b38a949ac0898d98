//! One side of a comparison.

use skyshed_ground::Cell;
use skyshed_plan::variant::CellPlan;
use skyshed_plan::{Cause, SlotPlan};

use super::region::Region;

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

/// What a plan gives to the cells that are told, by place.
pub(super) struct Planned {
    pub cause: Vec<Cause>,
    pub elevation_cdeg: Vec<u16>,
    pub rtt_us: Vec<u32>,
    pub rate_kbps: Vec<u32>,
}

impl Planned {
    /// What a plan says, but of the cells in `differing`, sorted, of which they say it.
    pub fn new(plan: &SlotPlan, differing: &[CellPlan], region: &Region) -> Planned {
        let mut planned = Planned {
            cause: column(&plan.cause, &region.cells),
            elevation_cdeg: column(&plan.elevation_cdeg, &region.cells),
            rtt_us: column(&plan.rtt_us, &region.cells),
            rate_kbps: column(&plan.rate_kbps, &region.cells),
        };
        let mut place = 0;
        for cell in differing {
            while region.cells[place] < cell.cell {
                place += 1;
            }
            planned.cause[place] = cell.cause;
            planned.elevation_cdeg[place] = cell.elevation_cdeg;
            planned.rtt_us[place] = cell.rtt_us;
            planned.rate_kbps[place] = cell.rate_kbps;
        }
        planned
    }

    /// Whether a cell has a beam.
    pub fn served(&self, place: usize) -> bool {
        self.cause[place] == Cause::Served
    }
}

fn column<T: Copy>(of_planet: &[T], cells: &[Cell]) -> Vec<T> {
    cells.iter().map(|cell| of_planet[cell.0 as usize]).collect()
}
