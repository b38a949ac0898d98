//! What follows from the inputs alone and stays the same from slot to slot.

use std::sync::Arc;

use skyshed_control::{Activation, Standing};
use skyshed_ground::{Block, Cell, Ground, TerritoryKind};
use skyshed_network::trees::Sweep;

use crate::candidates::{Group, groups};
use crate::config::{Config, Scope};
use crate::feeders::{Fibre, GatewaySite, gateway_sites};
use crate::link::Link;
use crate::slot::Cause;
use crate::{Inputs, PlanError, border};

/// What follows from the inputs alone.
pub struct Prepared {
    /// Tells plans of one preparation from those of others.
    pub(crate) layout: Layout,
    /// The cells to plan, round by round, in the order of `rounds`.
    pub(crate) cells: Vec<PlannedCell>,
    /// Runs of `cells` of one block in one round, in cell order of their blocks.
    pub(crate) rounds: Vec<Round>,
    /// The blocks with a planned cell, in cell order.
    pub(crate) blocks: Vec<Block>,
    pub(crate) groups: Vec<Group>,
    /// Per cell of the planet: why it is not served if it is not planned.
    pub(crate) cause: Vec<Cause>,
    pub(crate) gateways: Vec<GatewaySite>,
    pub(crate) fibre: Fibre,
    /// Per territory: the point of presence that the configuration names, or [`NO_POP`].
    pub(crate) home_pop: Vec<u16>,
    /// The order in which distances settle soonest: along the planes.
    pub(crate) sweep: Sweep,
    /// Of the user beams: tables that take longer to fill than a cell to plan.
    pub(crate) link: Link,
}

/// Which cells of a plan are planned: two that come from one another are alike. It says where a plan's memory comes from,
/// not what is in it, so all are equal.
#[derive(Clone, Debug, Default)]
pub struct Layout(Arc<()>);

impl PartialEq for Layout {
    fn eq(&self, _: &Layout) -> bool {
        true
    }
}

impl Layout {
    /// True if both come from one preparation.
    pub(crate) fn is(&self, other: &Layout) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A cell as the planner reads it: everything in one place, because cells are visited block by block, not in order.
#[derive(Clone, Copy)]
pub struct PlannedCell {
    /// Number of the cell.
    pub cell: u32,
    /// Geodetic normal.
    pub normal: [f32; 3],
    /// Squared sine of the smallest elevation that the border guard allows.
    pub floor: f32,
    /// People.
    pub people: u32,
    /// Frequency-reuse colour.
    pub colour: u8,
    /// It need not keep away from the geostationary arc.
    pub gso_waived: bool,
    /// The point of presence that its territory names, or [`NO_POP`].
    pub home_pop: u16,
}

/// The cells of one block in one round.
#[derive(Clone, Copy)]
pub struct Round {
    /// People first, then empty land, then sea.
    pub tier: u8,
    /// Index into the planned blocks.
    pub block: u32,
    /// First cell, an index into the planned cells.
    pub first: u32,
    /// One past the last.
    pub end: u32,
}

/// No point of presence is named: the one with the lowest round-trip time is taken.
pub(crate) const NO_POP: u16 = u16::MAX;

pub(crate) const TIER_INHABITED: u8 = 0;
const TIER_LAND: u8 = 1;
pub(crate) const TIER_SEA: u8 = 2;
const NOT_PLANNED: u8 = u8::MAX;

impl Prepared {
    /// Whether any territory is at home in a point of presence.
    pub(crate) fn is_home(&self, pop: u16) -> bool {
        self.home_pop.contains(&pop)
    }

    /// The cells of one round of one block.
    pub(crate) fn cells_of(&self, round: &Round) -> &[PlannedCell] {
        &self.cells[round.first as usize..round.end as usize]
    }

    /// A cell, if it is planned.
    pub(crate) fn planned(&self, cell: Cell) -> Option<&PlannedCell> {
        let block = self.blocks.partition_point(|block| block.first_cell <= cell.0).checked_sub(1)? as u32;
        let first = self.rounds.partition_point(|round| round.block < block);
        let rounds = self.rounds[first..].iter().take_while(|round| round.block == block);
        rounds.map(|round| self.cells_of(round)).find_map(|cells| {
            cells.binary_search_by_key(&cell.0, |planned| planned.cell).ok().map(|at| &cells[at])
        })
    }
}

/// Works out what stays the same from slot to slot.
pub fn prepare(inputs: Inputs<'_>) -> Result<Prepared, PlanError> {
    let Inputs { ground, activation, config, .. } = inputs;
    let tier = tiers(inputs);
    let sin_floor = border::sin_floors(ground, activation, config);
    let gso_waived = gso_waived(inputs)?;
    let home_pop = home_pops(inputs)?;
    let cell = |index: usize| {
        let waived = gso_waived[usize::from(ground.territory[index])];
        planned_cell(ground, index, sin_floor[index], waived, &home_pop)
    };
    let planned = tier.iter().filter(|&&tier| tier != NOT_PLANNED).count();
    let mut cells = Vec::with_capacity(planned);
    let (mut rounds, mut blocks) = (Vec::new(), Vec::new());
    for block in &ground.blocks {
        let before = cells.len();
        let span = block.first_cell as usize..(block.first_cell + block.cell_count) as usize;
        for round in [TIER_INHABITED, TIER_LAND, TIER_SEA] {
            let first = cells.len();
            cells.extend(span.clone().filter(|&index| tier[index] == round).map(cell));
            if cells.len() > first {
                let (first, end) = (first as u32, cells.len() as u32);
                rounds.push(Round { tier: round, block: blocks.len() as u32, first, end });
            }
        }
        if cells.len() > before {
            blocks.push(*block);
        }
    }
    Ok(Prepared {
        link: Link::new(&config.link),
        layout: Layout::default(),
        groups: groups(&blocks),
        cause: causes_unplanned(activation, &tier),
        gateways: gateway_sites(ground),
        fibre: Fibre::new(ground, config),
        home_pop,
        sweep: Sweep::along(
            inputs.planes.seats.len(),
            inputs.planes.shells.iter().flat_map(|shell| &shell.planes).map(|plane| &*plane.satellites),
        ),
        cells,
        rounds,
        blocks,
    })
}

/// A cell as the planner reads it. `home_pop` is by territory.
pub(crate) fn planned_cell(
    ground: &Ground,
    index: usize,
    sin_floor: f32,
    gso_waived: bool,
    home_pop: &[u16],
) -> PlannedCell {
    PlannedCell {
        cell: index as u32,
        normal: [ground.normal_x[index], ground.normal_y[index], ground.normal_z[index]],
        floor: sin_floor * sin_floor,
        people: ground.people[index],
        colour: ground.colour[index],
        gso_waived,
        home_pop: home_pop[usize::from(ground.territory[index])],
    }
}

fn tiers(inputs: Inputs<'_>) -> Vec<u8> {
    let Inputs { ground, activation, config, .. } = inputs;
    let last = last_tier(config);
    let tier = |cell: u32| {
        let tier = tier_of(ground, Cell(cell));
        if activation.active(Cell(cell)) && tier <= last { tier } else { NOT_PLANNED }
    };
    (0..ground.territory.len() as u32).map(tier).collect()
}

/// The last tier that is planned.
pub(crate) fn last_tier(config: &Config) -> u8 {
    match config.slot.scope {
        Scope::Inhabited => TIER_INHABITED,
        Scope::Land => TIER_LAND,
        Scope::All => TIER_SEA,
    }
}

/// The smallest scope that holds a cell. What a plan gives to cells of one scope does not depend on those outside it, but
/// for rates.
pub fn scope_of(ground: &Ground, cell: Cell) -> Scope {
    match tier_of(ground, cell) {
        TIER_INHABITED => Scope::Inhabited,
        TIER_LAND => Scope::Land,
        _ => Scope::All,
    }
}

/// In which round a cell is planned, if it is: people first, then empty land, then sea.
pub(crate) fn tier_of(ground: &Ground, cell: Cell) -> u8 {
    let kind = ground.territory_at(ground.territory_of(cell)).kind;
    match (ground.people[cell.0 as usize], kind) {
        (1.., _) => TIER_INHABITED,
        (0, TerritoryKind::Coastal | TerritoryKind::HighSeas) => TIER_SEA,
        (0, _) => TIER_LAND,
    }
}

/// Per territory: its cells need not keep away from the geostationary arc.
pub(crate) fn gso_waived(inputs: Inputs<'_>) -> Result<Vec<bool>, PlanError> {
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

/// Per territory: its home, or that of its nearest ancestor that has one, or [`NO_POP`]: the configuration's word over the
/// ground's.
fn home_pops(inputs: Inputs<'_>) -> Result<Vec<u16>, PlanError> {
    let Inputs { ground, config, .. } = inputs;
    let mut home = vec![NO_POP; ground.territories.len()];
    let territory = |given: &str| {
        let index = ground.territories.iter().position(|territory| territory.id == *given);
        index.ok_or_else(|| PlanError::PopTerritory { given: given.to_owned() })
    };
    for (pop, site) in ground.pops.iter().enumerate().filter(|_| config.pops.homes) {
        for given in &site.home_of {
            home[territory(given)?] = pop as u16;
        }
    }
    for (given, name) in &config.pops.by_territory {
        let pop = ground.pops.iter().position(|pop| pop.name.eq_ignore_ascii_case(name));
        let unknown = || PlanError::Pop {
            territory: given.clone(),
            given: name.clone(),
            allowed: ground.pops.iter().map(|pop| pop.name.as_str()).collect::<Vec<_>>().join(", "),
        };
        home[territory(given)?] = pop.ok_or_else(unknown)? as u16;
    }
    // Parents come before their children.
    for index in 0..home.len() {
        if let (NO_POP, Some(parent)) = (home[index], ground.territories[index].parent) {
            home[index] = home[usize::from(parent.0)];
        }
    }
    Ok(home)
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

/// Whether a territory's cells need not keep away from the geostationary arc, and the squared sine of the border
/// guard's floor, for one cell that may not be planned.
pub(crate) fn rules_of(prepared: &Prepared, inputs: Inputs<'_>, cell: Cell) -> (bool, f32) {
    match prepared.planned(cell) {
        Some(planned) => (planned.gso_waived, planned.floor),
        // Without a decision there is no border to guard: what would then be inactive is not known.
        None => {
            let waived = gso_waived(inputs).unwrap_or_default();
            (waived.get(usize::from(inputs.ground.territory[cell.0 as usize])).copied().unwrap_or(false), 0.0)
        }
    }
}
