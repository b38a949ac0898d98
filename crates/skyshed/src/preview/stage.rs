//! Everything that the sides of a comparison have in common, and the sides.

use rayon::prelude::*;
use skyshed_control::Activation;
use skyshed_ground::Cell;
use skyshed_plan::variant::{Around, CellPlan, Difference, Variant};

use super::basis::Basis;
use super::changed::{Resolved, activation_with, resolved};
use super::region::{Region, Zone};
use super::side::{Exclusion, Planned, Side};
use super::{CellList, PreviewError, PreviewRequest, Study, answer};
use crate::world::World;

/// A change, laid over the decisions, and the blocks around it: ready to plan any side of the comparison.
pub struct Stage<'a> {
    pub(super) world: &'a World,
    pub(super) basis: &'a Basis,
    pub(super) request: PreviewRequest,
    pub(super) changes: Vec<Resolved>,
    pub(super) after: Activation,
    zone: Zone,
    around: Around,
}

/// All sides of a comparison.
pub(super) struct Sides {
    /// The cells that are told.
    pub region: Region,
    /// With beam-level exclusion: without the changes, and with them.
    pub beam: [Planned; 2],
    /// With terminal-level exclusion; none where no changed territory has a cell without service, for then it is the same.
    pub terminal: [Option<Planned>; 2],
    /// The cells in whose blocks guards can differ.
    pub near: Vec<Cell>,
    /// By near cell, side and exclusion: sine of the smallest elevation that the border guard allows.
    pub sin_floors: [[Vec<f32>; 2]; 2],
}

impl<'a> Stage<'a> {
    /// Looks up the cells that change and lays the change over the decisions.
    ///
    /// # Errors
    /// As [`Basis::preview`].
    pub fn new(
        basis: &'a Basis,
        world: &'a World,
        request: &PreviewRequest,
        lists: &[CellList],
    ) -> Result<Stage<'a>, PreviewError> {
        let asked = world.slot_start(request.time);
        if asked != basis.time() || !basis.base.is_of(world.prepared()) {
            return Err(PreviewError::Basis { asked, basis: basis.time() });
        }
        let changes = resolved(world, &request.changes, lists)?;
        let after = activation_with(world, &changes)?;
        let zone = Zone::new(&world.ground, changes.iter().map(|change| &*change.cells));
        let around = basis.base.around(world.inputs(), world.prepared(), &zone.cells);
        let request = request.clone();
        Ok(Stage { world, basis, request, changes, after, zone, around })
    }

    /// Plans one side, and says what of the basis differs there: nothing where it is the basis itself.
    pub fn side(&self, side: Side, exclusion: Exclusion) -> Variant {
        let (base, inputs) = (&self.basis.base, self.world.inputs());
        let guarded = exclusion == Exclusion::BeamLevel;
        let difference = Difference { activation: self.activation(side), guarded };
        match (side, exclusion) {
            (Side::Without, Exclusion::BeamLevel) => {
                let sin_floors = base.sin_floors(inputs, &self.around, difference);
                Variant { sin_floors, ..Variant::default() }
            }
            _ => base.variant(inputs, self.world.prepared(), &self.around, difference),
        }
    }

    /// Plans all sides and compares them.
    pub fn study(&self) -> Study {
        answer::study(self, &self.sides())
    }

    pub(super) fn activation(&self, side: Side) -> &Activation {
        match side {
            Side::Without => &self.world.activation,
            Side::With => &self.after,
        }
    }

    /// Whether beam-level and terminal-level exclusion can differ: a changed territory has a cell without service.
    pub fn excludes(&self, side: Side) -> bool {
        let activation = self.activation(side);
        self.zone.cells.iter().any(|&cell| !activation.active(cell))
    }

    fn sides(&self) -> Sides {
        let all = [
            (Side::Without, Exclusion::BeamLevel),
            (Side::With, Exclusion::BeamLevel),
            (Side::Without, Exclusion::TerminalLevel),
            (Side::With, Exclusion::TerminalLevel),
        ];
        let plan = |(side, exclusion): (Side, Exclusion)| {
            let differs = exclusion == Exclusion::BeamLevel || self.excludes(side);
            differs.then(|| self.side(side, exclusion))
        };
        let planned: Vec<Option<Variant>> = all.into_par_iter().map(plan).collect();
        let differing = planned.iter().flatten().flat_map(|variant| &variant.cells);
        let (basis, ground) = (self.basis, &self.world.ground);
        let region = Region::new(ground, basis.reach_rad, &self.zone, self.request.area, differing);
        let side = |number: usize| {
            let cells: Option<&[CellPlan]> = planned[number].as_ref().map(|variant| &*variant.cells);
            cells.map(|cells| Planned::new(basis.base.plan(), cells, &region))
        };
        let beam = [0, 1].map(|number| side(number).expect("the beam-level sides are always planned"));
        let terminal = [side(2), side(3)];
        let mut floors =
            planned.into_iter().map(|variant| variant.map_or_else(Vec::new, |variant| variant.sin_floors));
        let mut next = || floors.next().unwrap_or_default();
        let [without, with, without_terminal, with_terminal] = [next(), next(), next(), next()];
        let sin_floors = [[without, without_terminal], [with, with_terminal]];
        let near = basis.base.near_cells(self.world.inputs(), &self.around).collect();
        Sides { region, beam, terminal, near, sin_floors }
    }
}
