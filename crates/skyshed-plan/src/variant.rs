//! Plans that differ from another one in what a part of the planet may be served. Only what the difference touches is
//! planned again, and the result is, bit by bit, what a plan of the whole planet from scratch would be.
//!
//! A [`Base`] is a plan that remembers how it came about: who could be seen from where, in which order blocks had their turn,
//! what was chosen, what each satellite had given away by then. [`Base::around`] finds the blocks that a change of some cells
//! can touch at once. [`Base::variant`] goes through the turns again: `blocks` lays down what is planned in the touched blocks
//! now, `replay` chooses anew where a candidate stands otherwise than it did for the base and takes over what was chosen
//! everywhere else, `rates` works out what of shares, latency and rates follows from that.
//!
//! What does not depend on what may be served (satellites, lasers, feeder links, ways to points of presence, candidates of
//! blocks) is the base's, and so is the slot before.

mod blocks;
mod rates;
mod replay;

use skyshed_control::Activation;
use skyshed_ground::{Block, Cell};
use skyshed_orbit::Sky;

use crate::assign::{self, Choice, Kept, Margin, Rules, WayLengths, phase_and_group, room};
use crate::border::Guard;
use crate::candidates::{BlockCandidates, Traits, block_candidates, groups};
use crate::capacity::{Order, ServedCell, Traffic, share_links};
use crate::finish;
use crate::fleet::Fleet;
use crate::gso::Separation;
use crate::prepare::{self, Layout, PlannedCell, Prepared, TIER_SEA};
use crate::slot::{Cause, NO_SATELLITE, SlotPlan};
use crate::{Inputs, PlanError};

/// Rounds of a plan: people, empty land, sea.
const TIERS: usize = TIER_SEA as usize + 1;

/// A plan, and how it came about.
pub struct Base {
    plan: SlotPlan,
    previous: SlotPlan,
    sky: Sky,
    layout: Layout,
    fleet: Fleet,
    lists: BlockCandidates,
    lengths: WayLengths,
    rules: Rules,
    guard: Guard,
    /// Per territory: its cells need not keep away from the geostationary arc.
    gso_waived: Vec<bool>,
    /// Per planned block: the first of its rounds; one more entry than blocks.
    rounds_of: Vec<u32>,
    /// When each round has its turn, in the order of turns, and its number.
    turns: Vec<(Turn, u32)>,
    /// Of each turn: how many of its block's candidates, counted from the first, can be chosen.
    open: Vec<u32>,
    /// By tier: how much each satellite is wanted, and what that costs.
    wanted: [Vec<u64>; TIERS],
    wanted_costs: [Vec<i32>; TIERS],
    /// Per planned cell: who serves it, and by how much that satellite was better than others.
    choices: Vec<Choice>,
    margins: Vec<Margin>,
    /// What each satellite of the fleet gives away, turn by turn.
    given: Given,
    /// Who has whom.
    served: Served,
    /// What ways carry.
    traffic: Traffic,
    /// Per satellite of the fleet and colour: what its cells have and weigh.
    held: Vec<[finish::Held; assign::COLOURS]>,
    /// The same as shares.
    shares: finish::Shares,
}

/// When the round of a block has its turn: its tier, phase and group of sectors, then the fewest usable candidates per cell,
/// then the cell order of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    tier: u8,
    phase: u8,
    group: u8,
    room: u32,
    first_cell: u32,
}

impl Turn {
    fn new(tier: u8, sectors: u8, usable: u32, cells: u32, first_cell: u32) -> Turn {
        let (phase, group) = phase_and_group(sectors);
        Turn { tier, phase: phase as u8, group: group as u8, room: room(usable, cells), first_cell }
    }
}

/// The cells that satellites give away, by satellite.
struct Given {
    /// Where each satellite's begin; one more entry than satellites.
    heads: Vec<u32>,
    /// The number of the turn, and the colour.
    cells: Vec<(u32, u8)>,
}

impl Given {
    fn new(prepared: &Prepared, turns: &[(Turn, u32)], choices: &[Choice], satellites: usize) -> Given {
        let heads = heads(choices, satellites);
        let mut next = heads.clone();
        let mut cells = vec![(0, 0); heads[satellites] as usize];
        for (number, (_, round)) in (0u32..).zip(turns) {
            let round = &prepared.rounds[*round as usize];
            let span = round.first as usize..round.end as usize;
            for (planned, choice) in prepared.cells[span.clone()].iter().zip(&choices[span]) {
                if let Ok(satellite) = choice.satellite() {
                    let next = &mut next[satellite as usize];
                    cells[*next as usize] = (number, planned.colour);
                    *next += 1;
                }
            }
        }
        Given { heads, cells }
    }

    /// The turn in which a satellite gives a cell away; [`u32::MAX`] after its last.
    fn turn(&self, satellite: usize, cell: u32) -> u32 {
        if cell < self.heads[satellite + 1] { self.cells[cell as usize].0 } else { u32::MAX }
    }
}

/// The planned cells that satellites serve, by satellite of the fleet.
struct Served {
    /// Where each satellite's begin; one more entry than satellites.
    heads: Vec<u32>,
    /// Of each satellite ascending.
    cells: Vec<ServedCell>,
}

impl Served {
    /// `beams` has, per planned cell, what its whole beam carries, Mb/s, and the most that this allows one terminal, kb/s.
    fn new(prepared: &Prepared, choices: &[Choice], satellites: usize, beams: &[(f64, u32)]) -> Served {
        let heads = heads(choices, satellites);
        let mut next = heads.clone();
        let mut cells = vec![ServedCell::default(); heads[satellites] as usize];
        for (number, ((planned, choice), beam)) in prepared.cells.iter().zip(choices).zip(beams).enumerate() {
            if let Ok(satellite) = choice.satellite() {
                let next = &mut next[satellite as usize];
                let (beam_mbps, most_kbps) = *beam;
                cells[*next as usize] =
                    ServedCell::new(Order::of_planned(number), planned, beam_mbps, most_kbps);
                *next += 1;
            }
        }
        Served { heads, cells }
    }

    fn of(&self, satellite: usize) -> &[ServedCell] {
        &self.cells[self.heads[satellite] as usize..self.heads[satellite + 1] as usize]
    }
}

/// Where the cells of each satellite begin where those of all stand one after the other; one more entry than satellites.
fn heads(choices: &[Choice], satellites: usize) -> Vec<u32> {
    let mut heads = vec![0u32; satellites + 1];
    for satellite in choices.iter().filter_map(|choice| choice.satellite().ok()) {
        heads[satellite as usize + 1] += 1;
    }
    (0..satellites).for_each(|at| heads[at + 1] += heads[at]);
    heads
}

/// The cells that change, and the blocks where that can be felt at once.
pub struct Around {
    /// By cell of the planet: it may change.
    in_zone: Vec<bool>,
    /// The blocks, ascending.
    blocks: Vec<NearBlock>,
    /// Candidates of those that have no cell in the base's plan.
    lists: BlockCandidates,
}

/// A block near a change.
struct NearBlock {
    /// Its number.
    block: u32,
    /// Among the base's planned blocks, or among the lists of [`Around`]; none where nothing of it is ever planned.
    list: Option<List>,
}

/// Where the candidates of a block are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    /// In the base, under this number.
    Base(u32),
    /// Beside it.
    Beside(u32),
}

/// What may be served, and what is guarded, instead of what the base has.
#[derive(Clone, Copy)]
pub struct Difference<'a> {
    /// What may be served. It equals the base's outside the cells that [`Base::around`] was given.
    pub activation: &'a Activation,
    /// Whether those of these cells that have no service are guarded; where not, they are as if they were not there.
    pub guarded: bool,
}

/// What a plan says of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellPlan {
    /// The cell.
    pub cell: Cell,
    /// As in [`SlotPlan::cause`].
    pub cause: Cause,
    /// As in [`SlotPlan::satellite`].
    pub satellite: u32,
    /// As in [`SlotPlan::share`].
    pub share: u8,
    /// As in [`SlotPlan::elevation_cdeg`].
    pub elevation_cdeg: u16,
    /// As in [`SlotPlan::rtt_us`].
    pub rtt_us: u32,
    /// As in [`SlotPlan::rate_kbps`].
    pub rate_kbps: u32,
}

impl CellPlan {
    /// What a plan says of a cell.
    pub fn of(plan: &SlotPlan, cell: Cell) -> CellPlan {
        let at = cell.0 as usize;
        CellPlan {
            cell,
            cause: plan.cause[at],
            satellite: plan.satellite[at],
            share: plan.share[at],
            elevation_cdeg: plan.elevation_cdeg[at],
            rtt_us: plan.rtt_us[at],
            rate_kbps: plan.rate_kbps[at],
        }
    }

    /// Of a cell that is not served.
    fn unserved(cell: Cell, cause: Cause) -> CellPlan {
        let satellite = NO_SATELLITE;
        CellPlan { cell, cause, satellite, share: 0, elevation_cdeg: 0, rtt_us: 0, rate_kbps: 0 }
    }
}

/// A plan, told by what differs from the base's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variant {
    /// Every cell of which the plan says anything else than the base's, in cell order.
    pub cells: Vec<CellPlan>,
    /// Of the cells of [`Base::near_cells`], in their order: sine of the smallest elevation that the border guard allows; 0
    /// where nothing is guarded.
    pub sin_floors: Vec<f32>,
    /// How many rounds of blocks were chosen for again; the others were taken over.
    pub rounds_chosen: usize,
}

impl Base {
    /// Plans the slot that begins at the sky's time after `previous`, as [`crate::plan_prepared`] does, and remembers how.
    ///
    /// # Errors
    /// [`PlanError`] where the inputs contradict each other, which `prepared` shows they do not.
    pub fn new(
        sky: Sky,
        inputs: Inputs<'_>,
        prepared: &Prepared,
        previous: SlotPlan,
    ) -> Result<Base, PlanError> {
        let gso_waived = prepare::gso_waived(inputs)?;
        Ok(rayon::scope(|_| planned(sky, inputs, prepared, previous, gso_waived)))
    }

    /// The plan itself.
    pub fn plan(&self) -> &SlotPlan {
        &self.plan
    }

    /// The sky it was made for.
    pub fn sky(&self) -> &Sky {
        &self.sky
    }

    /// The plan of the slot before.
    pub fn previous(&self) -> &SlotPlan {
        &self.previous
    }

    /// Whether this was planned from these inputs.
    pub fn is_of(&self, prepared: &Prepared) -> bool {
        self.layout.is(&prepared.layout)
    }

    /// The blocks that a change of these cells can touch at once: those where planned cells or guards can differ. `inputs` and
    /// `prepared` are those of the base, here and below.
    ///
    /// # Panics
    /// Where `prepared` is not that of the base, here and below.
    pub fn around(&self, inputs: Inputs<'_>, prepared: &Prepared, zone: &[Cell]) -> Around {
        self.check(prepared);
        let Inputs { ground, config, .. } = inputs;
        let mut in_zone = vec![false; ground.territory.len()];
        zone.iter().for_each(|cell| in_zone[cell.0 as usize] = true);
        let holding = |cell: &Cell| block_of(&ground.blocks, *cell);
        let mut holding: Vec<u32> = zone.iter().map(holding).collect();
        holding.sort_unstable();
        holding.dedup();
        let in_scope = |block: &Block| {
            let mut cells = (block.first_cell..block.first_cell + block.cell_count).map(Cell);
            cells.any(|cell| prepare::tier_of(ground, cell) <= prepare::last_tier(config))
        };
        let mut beside: Vec<Block> = Vec::new();
        let near = self.guard.blocks_near(ground, &holding).into_iter().map(|block| {
            let here = ground.blocks[block as usize];
            let known = prepared.blocks.binary_search_by_key(&here.first_cell, |block| block.first_cell);
            let list = match known {
                Ok(number) => Some(List::Base(number as u32)),
                Err(_) if in_scope(&here) => {
                    beside.push(here);
                    Some(List::Beside(beside.len() as u32 - 1))
                }
                Err(_) => None,
            };
            NearBlock { block, list }
        });
        let blocks = near.collect();
        let lands = self.plan.network.lands(&self.fleet);
        let separation = Separation::new(config.gso.user_separation_deg);
        let lists = block_candidates(&self.fleet, &lands, &beside, &groups(&beside), &separation);
        Around { in_zone, blocks, lists }
    }

    /// The cells of the blocks around a change, in cell order.
    pub fn near_cells<'a>(
        &self,
        inputs: Inputs<'a>,
        around: &'a Around,
    ) -> impl Iterator<Item = Cell> + use<'a> {
        around.blocks.iter().flat_map(move |near| {
            let Block { first_cell, cell_count, .. } = inputs.ground.blocks[near.block as usize];
            (first_cell..first_cell + cell_count).map(Cell)
        })
    }

    /// The floors of [`Variant::sin_floors`], and no plan.
    pub fn sin_floors(&self, inputs: Inputs<'_>, around: &Around, difference: Difference<'_>) -> Vec<f32> {
        blocks::sin_floors(self, inputs, around, difference)
    }

    /// The plan under another activation.
    pub fn variant(
        &self,
        inputs: Inputs<'_>,
        prepared: &Prepared,
        around: &Around,
        difference: Difference<'_>,
    ) -> Variant {
        self.check(prepared);
        let sin_floors = self.sin_floors(inputs, around, difference);
        let altered = blocks::altered(self, inputs, prepared, around, difference, &sin_floors);
        let replayed = replay::replay(self, inputs.config, prepared, &altered);
        let rounds_chosen = replayed.rounds_chosen;
        let cells = rates::rates(self, inputs, prepared, (around, difference), &altered, &replayed);
        Variant { cells, sin_floors, rounds_chosen }
    }

    fn check(&self, prepared: &Prepared) {
        assert!(self.is_of(prepared), "a variant is of the inputs that its base was planned from");
    }

    fn kept(&self) -> Kept<'_> {
        Kept::new(&self.previous, &self.sky, &self.fleet)
    }

    /// Candidates of a block, those that are of use first, and how many these are; and the sectors of those that land.
    fn list<'a>(&'a self, beside: &'a BlockCandidates, list: List) -> (Candidates<'a>, u8) {
        let (lists, number) = match list {
            List::Base(number) => (&self.lists, number as usize),
            List::Beside(number) => (beside, number as usize),
        };
        ((lists.of(number), lists.usable(number)), lists.sectors(number))
    }

    /// The planned cells of a planned block, by number.
    fn cells_of(&self, prepared: &Prepared, block: u32) -> core::ops::Range<usize> {
        let (first, end) = (self.rounds_of[block as usize], self.rounds_of[block as usize + 1]);
        prepared.rounds[first as usize].first as usize..prepared.rounds[end as usize - 1].end as usize
    }
}

/// A block's candidates with their traits, and how many of them, counted from the first, are of use.
type Candidates<'a> = ((&'a [u32], &'a [Traits]), u32);

fn planned(
    sky: Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    previous: SlotPlan,
    gso_waived: Vec<bool>,
) -> Base {
    let Inputs { ground, config, .. } = inputs;
    let (fleet, network) =
        crate::fleet_and_network(&sky, inputs, prepared, Some(&previous), Default::default());
    let (lists, lengths, ways) = crate::candidates_and_ways(inputs, prepared, &fleet, &network);
    let mut margins = vec![Margin::ALONE; prepared.cells.len()];
    let chosen =
        assign::assign(config, prepared, &fleet, &lists, &sky, lengths, Some(&previous), &mut margins);
    let mut beams: Vec<(f64, u32)> = Vec::with_capacity(prepared.cells.len());
    let told = |_: &PlannedCell, row: Option<&finish::Row>| {
        beams.push(row.map_or((0.0, 0), |row| (row.beam_mbps, row.rate_kbps)));
    };
    let (mut plan, beams_kbps) =
        finish::lay_out(&sky, inputs, prepared, &fleet, &chosen, SlotPlan::empty(&sky), told);
    let served = Served::new(prepared, &chosen.choices, fleet.len(), &beams);
    let traffic;
    (plan.loads, traffic) = share_links(&mut plan, ways, prepared, config, beams_kbps);
    plan.network = network;
    let turns = turns(prepared, &lists);
    let wanted: [Vec<u64>; TIERS] =
        core::array::from_fn(|tier| assign::wanted(prepared, &fleet, &lists, tier));
    let held = finish::Held::of(config, prepared, &chosen);
    Base {
        layout: prepared.layout.clone(),
        rules: Rules::new(config),
        guard: Guard::new(ground, config),
        gso_waived,
        rounds_of: rounds_of(prepared),
        given: Given::new(prepared, &turns, &chosen.choices, fleet.len()),
        open: open_of(prepared, &turns, &lists),
        turns,
        wanted_costs: wanted.each_ref().map(|wanted| assign::wanted_costs(config, wanted)),
        wanted,
        shares: finish::Shares::new(config, held.clone()),
        held,
        served,
        traffic,
        choices: chosen.choices,
        margins,
        lengths: chosen.lengths,
        plan,
        previous,
        sky,
        fleet,
        lists,
    }
}

/// Per planned block: the first of its rounds.
fn rounds_of(prepared: &Prepared) -> Vec<u32> {
    let mut first = Vec::with_capacity(prepared.blocks.len() + 1);
    for (number, round) in prepared.rounds.iter().enumerate() {
        if round.block as usize == first.len() {
            first.push(number as u32);
        }
    }
    first.push(prepared.rounds.len() as u32);
    first
}

/// The rounds in the order of their turns.
fn turns(prepared: &Prepared, lists: &BlockCandidates) -> Vec<(Turn, u32)> {
    let turn = |(number, round): (usize, &prepare::Round)| {
        let block = round.block as usize;
        let (sectors, usable) = (lists.sectors(block), lists.usable(block));
        let first_cell = prepared.blocks[block].first_cell;
        (Turn::new(round.tier, sectors, usable, round.end - round.first, first_cell), number as u32)
    };
    let mut turns: Vec<(Turn, u32)> = prepared.rounds.iter().enumerate().map(turn).collect();
    turns.sort_unstable();
    turns
}

/// By turn: how many candidates can be chosen.
fn open_of(prepared: &Prepared, turns: &[(Turn, u32)], lists: &BlockCandidates) -> Vec<u32> {
    let open = |(_, round): &(Turn, u32)| {
        let round = &prepared.rounds[*round as usize];
        let block = round.block as usize;
        let waived = assign::is_waived(prepared.cells_of(round));
        assign::open(waived, lists.of(block).0, lists.usable(block)) as u32
    };
    turns.iter().map(open).collect()
}

/// The block that holds a cell.
fn block_of(blocks: &[Block], cell: Cell) -> u32 {
    blocks.partition_point(|block| block.first_cell <= cell.0) as u32 - 1
}

/// Whether two planned cells are the same to a plan.
fn same(a: &PlannedCell, b: &PlannedCell) -> bool {
    a.cell == b.cell && a.floor.to_bits() == b.floor.to_bits()
}
