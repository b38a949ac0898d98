//! One satellite for each cell: greedy, the most constrained block first.

use rayon::prelude::*;
use skyshed_ground::Cell;
use skyshed_orbit::Sky;

use crate::candidates::{BlockCandidates, Traits};
use crate::config::Config;
use crate::fleet::{Fleet, SECTORS};
use crate::geometry::{LIGHT_KM_S, minus, sin2_elevation, surface_point_km};
use crate::gso::{ArcSite, Separation, Standing};
use crate::kernel::{Candidate, Candidates, PLACE_BITS, REFUSED, SCORE_ONE, best, place, prefetch, score};
use crate::network::Network;
use crate::prepare::{NO_POP, PlannedCell, Prepared, Round, TIER_INHABITED};
use crate::slot::{Cause, NO_SATELLITE, SlotPlan};

/// Number of frequency-reuse colours.
pub const COLOURS: usize = 8;

/// Planned cells in one line of cache, 64 bytes.
const CELLS_PER_LINE: usize = 2;

/// The largest cost of a way. With those of load and of being wanted it stays inside a packed score.
const WAY_COST_MAX: i32 = 8 * SCORE_ONE;

/// The squared sine of no elevation: nothing passes it.
const CLOSED: f32 = 2.0;

/// What became of a planned cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice(u32);

impl Choice {
    /// Served by a satellite of the fleet.
    fn served(satellite: u32) -> Choice {
        Choice(satellite)
    }

    /// Not served.
    pub fn unserved(cause: Cause) -> Choice {
        Choice(u32::MAX - cause as u32)
    }

    /// The satellite, an index into the fleet, or why there is none.
    pub fn satellite(self) -> Result<u32, Cause> {
        match Cause::ALL.get((u32::MAX - self.0) as usize) {
            Some(&cause) => Err(cause),
            None => Ok(self.0),
        }
    }
}

/// By how much the satellite of a cell was better than others, in units of the score, rounded down.
#[derive(Clone, Copy, Debug)]
pub struct Margin {
    /// The next best, an index into the fleet; [`NO_SATELLITE`] where there was no other.
    pub second: u32,
    /// Than that.
    pub to_second: i32,
    /// Than all others.
    pub to_third: i32,
    /// Somebody better was refused.
    pub refused: bool,
}

impl Margin {
    /// Of a cell that has no other satellite to turn to, or none at all.
    pub const ALONE: Margin =
        Margin { second: NO_SATELLITE, to_second: i32::MAX, to_third: i32::MAX, refused: false };
}

/// Who serves whom, and why not.
pub struct Chosen {
    /// Per planned cell, in the order of [`Prepared::cells`].
    pub choices: Vec<Choice>,
    /// Per satellite of the fleet: cells served.
    pub load: Vec<u32>,
    /// How far satellites are from the internet.
    pub lengths: WayLengths,
}

/// Chooses a satellite for every planned cell.
///
/// The fleet falls in sectors by longitude. First come the blocks that see satellites of one sector only, those of each
/// sector beside those of the others; then those on borders between two, wherever they have no sector in common; then
/// the rest ([`PHASES`]). What one group of sectors does cannot matter to another beside it, so the result is the same
/// however many threads there are.
///
/// `margins`, one per planned cell, are told too; an empty slice is told nothing.
#[expect(clippy::too_many_arguments, reason = "what a plan is made of, and where margins go")]
pub fn assign(
    config: &Config,
    prepared: &Prepared,
    fleet: &Fleet,
    lists: &BlockCandidates,
    sky: &Sky,
    ways: WayLengths,
    previous: Option<&SlotPlan>,
    margins: &mut [Margin],
) -> Chosen {
    let rules = Rules::new(config);
    let kept = previous.map(|previous| Kept::new(previous, sky, fleet));
    let mut choices = vec![Choice::unserved(Cause::NoSatelliteAboveMask); prepared.cells.len()];
    let mut works: [Work<'_>; SECTORS] =
        core::array::from_fn(|_| Work::new(&rules, fleet, &ways, kept.as_ref()));
    let mut state = State::new(fleet);
    for (tier, phases) in jobs(prepared, lists, &mut choices, margins).into_iter().enumerate() {
        let wanted = wanted(prepared, fleet, lists, tier);
        state.set_wanted(&rules, &wanted_costs(config, &wanted));
        for (groups, jobs) in PHASES.iter().zip(phases) {
            works.par_iter_mut().zip(jobs).filter(|(_, jobs)| !jobs.is_empty()).for_each(|(work, jobs)| {
                work.state.clone_from(&state);
                work.run(prepared, lists, jobs);
                work.has_run = true;
            });
            for (work, &sectors) in works.iter_mut().zip(*groups) {
                if std::mem::take(&mut work.has_run) {
                    state.take_over(fleet, sectors, &work.state);
                }
            }
        }
    }
    drop(works);
    Chosen { choices, load: state.load, lengths: ways }
}

/// Groups of sectors, a bit each, that are worked on side by side, one phase after the other. Sector 0 borders on 1 and 3,
/// 2 on 1 and 3.
const PHASES: [&[u8]; 4] =
    [&[0b0001, 0b0010, 0b0100, 0b1000], &[0b0011, 0b1100], &[0b0110, 0b1001], &[0b1111]];

/// The phase and the group of a block that sees these sectors: the first that has them all.
pub fn phase_and_group(sectors: u8) -> (usize, usize) {
    let holds = |groups: &&[u8]| groups.iter().position(|group| sectors & !group == 0);
    let found = PHASES.iter().enumerate().find_map(|(phase, groups)| Some((phase, holds(groups)?)));
    found.expect("the last group has every sector")
}

/// How much each satellite of the fleet is wanted: the cells, in 2⁻¹⁶, that would fall to it if those of every block were
/// spread evenly over its candidates. Cells of tiers after `tier` do not count: what is chosen in a tier never depends on
/// those after it.
pub fn wanted(prepared: &Prepared, fleet: &Fleet, lists: &BlockCandidates, tier: usize) -> Vec<u64> {
    let mut cells_wanted = vec![0u64; fleet.len()];
    let mut cells = vec![0u64; prepared.blocks.len()];
    for round in prepared.rounds.iter().filter(|round| usize::from(round.tier) <= tier) {
        cells[round.block as usize] += u64::from(round.end - round.first);
    }
    for (block, cells) in cells.iter().enumerate().filter(|(_, cells)| **cells > 0) {
        let each = wanted_each(*cells, lists.usable(block));
        for &satellite in lists.usable_of(block) {
            cells_wanted[satellite as usize] += each;
        }
    }
    cells_wanted
}

/// What a block of so many cells adds to each of its usable candidates in [`wanted`].
pub fn wanted_each(cells: u64, usable: u32) -> u64 {
    (cells << 16) / u64::from(usable.max(1))
}

/// What being wanted costs each satellite, negative: how much it is wanted, over what it can serve. So that cells with a
/// choice leave the satellites alone that others depend on.
pub fn wanted_costs(config: &Config, wanted: &[u64]) -> Vec<i32> {
    let cells_max = f64::from(config.beams.cells_per_satellite());
    let cost = |wanted: &u64| {
        let share = (*wanted as f64 / 65_536.0 / cells_max).min(WANTED_MAX);
        -(config.choice.wanted_weight * share * f64::from(SCORE_ONE)) as i32
    };
    wanted.iter().map(cost).collect()
}

/// A satellite is not taken to be wanted more than this many times over.
const WANTED_MAX: f64 = 4.0;

/// A round, and where its choices go, and its margins if they are asked for.
type Job<'a> = (Round, &'a mut [Choice], &'a mut [Margin]);

/// The order of work: by tier, phase and group; in a group the fewest usable candidates per cell first, then in cell
/// order.
fn jobs<'a>(
    prepared: &Prepared,
    lists: &BlockCandidates,
    choices: &'a mut [Choice],
    margins: &'a mut [Margin],
) -> Vec<[Vec<Vec<Job<'a>>>; PHASES.len()]> {
    let usable: Vec<u32> = (0..prepared.blocks.len()).map(|block| lists.usable(block)).collect();
    let mut tiers: Vec<[Vec<Vec<Job<'a>>>; PHASES.len()]> = Vec::new();
    let (mut rest, mut rest_margins) = (choices, margins);
    for round in &prepared.rounds {
        let cells = (round.end - round.first) as usize;
        let (own, others) = rest.split_at_mut(cells);
        rest = others;
        let (margins, others) = rest_margins.split_at_mut(cells.min(rest_margins.len()));
        rest_margins = others;
        let tier = usize::from(round.tier);
        if tiers.len() <= tier {
            let empty = || PHASES.map(|groups| groups.iter().map(|_| Vec::new()).collect());
            tiers.resize_with(tier + 1, empty);
        }
        let (phase, group) = phase_and_group(lists.sectors(round.block as usize));
        tiers[tier][phase][group].push((*round, own, margins));
    }
    for jobs in tiers.iter_mut().flatten().flatten() {
        let room = |round: &Round| room(usable[round.block as usize], round.end - round.first);
        jobs.sort_unstable_by_key(|(round, ..)| (room(round), round.block));
    }
    tiers
}

/// Usable candidates per cell, in 1/4096.
pub fn room(usable: u32, cells: u32) -> u32 {
    usable * 4096 / cells
}

/// The choices of the previous slot, in this slot's terms.
pub struct Kept<'a> {
    previous: &'a SlotPlan,
    /// For each satellite of the previous plan, its index in this fleet, or [`NO_SATELLITE`].
    fleet_index: Vec<u32>,
}

impl<'a> Kept<'a> {
    /// Satellites are the same if their catalogue numbers are; both lists ascend.
    pub fn new(previous: &'a SlotPlan, sky: &Sky, fleet: &Fleet) -> Kept<'a> {
        let mut now = fleet.sky_index.iter().enumerate().peekable();
        let fleet_index = previous.satellites.iter().map(|satellite| {
            let number = |sky_index: u32| sky.satellites[sky_index as usize].catalog_number;
            while now.next_if(|&(_, &sky_index)| number(sky_index) < satellite.catalog_number).is_some() {}
            match now.peek() {
                Some(&(index, &sky_index)) if number(sky_index) == satellite.catalog_number => index as u32,
                _ => NO_SATELLITE,
            }
        });
        Kept { previous, fleet_index: fleet_index.collect() }
    }

    fn of(&self, cell: u32) -> Option<u32> {
        let satellite = self.previous.satellite(Cell(cell))?;
        Some(self.fleet_index[satellite as usize]).filter(|&index| index != NO_SATELLITE)
    }
}

/// What the inner loop reads of a satellite, in one place.
#[derive(Clone, Copy)]
struct Lane {
    position_km: [f32; 3],
    /// Squared sine of the smallest elevation at which it may serve; [`CLOSED`] without a beam to spare.
    floor: f32,
    /// What its load costs, negative.
    bias: i32,
}

/// What the configuration says, as the inner loop needs it.
pub struct Rules {
    /// What a load costs, by load.
    bias_of_load: Vec<i32>,
    keep_bonus: i32,
    cells_per_colour_max: u32,
    cos_protected: f32,
    /// What a unit of [`WayLengths`] costs: where people live, and elsewhere.
    cost_per_length: [f32; 2],
}

impl Rules {
    /// The most cells that a satellite serves.
    pub fn cells_max(&self) -> u32 {
        self.bias_of_load.len() as u32 - 1
    }

    /// The most cells of one colour that a satellite serves.
    pub fn cells_per_colour_max(&self) -> u32 {
        self.cells_per_colour_max
    }

    /// What a load costs a satellite that is wanted at this cost, negative, in units of the score.
    pub fn bias(&self, wanted_cost: i32, load: u32) -> i32 {
        wanted_cost + self.bias_of_load[load as usize]
    }

    /// Of a configuration.
    pub fn new(config: &Config) -> Rules {
        let quantised = |weight: f64| (weight * f64::from(SCORE_ONE)) as i32;
        let cells_max = i64::from(config.beams.cells_per_satellite());
        let load_cost = i64::from(quantised(config.choice.load_weight));
        Rules {
            bias_of_load: (0..=cells_max).map(|load| -(load_cost * load / cells_max) as i32).collect(),
            keep_bonus: quantised(config.choice.keep_bonus) << PLACE_BITS,
            cells_per_colour_max: config.beams.cells_per_colour(),
            cos_protected: Separation::new(config.gso.user_separation_deg).cos,
            cost_per_length: [config.choice.way_weight_per_ms, config.choice.way_weight_empty_per_ms]
                .map(|per_ms| (per_ms * f64::from(SCORE_ONE) * 2.0 * 1024.0 / (LIGHT_KM_S * 1e3)) as f32),
        }
    }
}

/// What changes as cells are given away, per satellite of the fleet.
#[derive(Clone)]
pub struct State {
    lanes: Vec<Lane>,
    /// What being wanted costs, negative.
    wanted: Vec<i32>,
    /// Cells served.
    load: Vec<u32>,
    /// The same, by colour.
    pub colour_load: Vec<[u32; COLOURS]>,
}

impl State {
    fn new(fleet: &Fleet) -> State {
        let lane =
            |at: usize| Lane { position_km: fleet.position_km(at), floor: fleet.sin2_mask[at], bias: 0 };
        State {
            lanes: (0..fleet.len()).map(lane).collect(),
            wanted: vec![0; fleet.len()],
            load: vec![0; fleet.len()],
            colour_load: vec![[0; COLOURS]; fleet.len()],
        }
    }

    /// Begins a tier.
    pub fn set_wanted(&mut self, rules: &Rules, wanted: &[i32]) {
        self.wanted.copy_from_slice(wanted);
        for ((lane, &wanted), &load) in self.lanes.iter_mut().zip(wanted).zip(&self.load) {
            lane.bias = rules.bias(wanted, load);
        }
    }

    /// Cells that a satellite serves.
    pub fn load(&self, satellite: u32) -> u32 {
        self.load[satellite as usize]
    }

    /// What a satellite costs now, negative.
    pub fn bias(&self, satellite: u32) -> i32 {
        self.lanes[satellite as usize].bias
    }

    /// Gives a cell to a satellite.
    #[inline]
    pub fn give(&mut self, rules: &Rules, satellite: u32, colour: usize) {
        let at = satellite as usize;
        self.load[at] += 1;
        self.colour_load[at][colour] += 1;
        let load = self.load[at];
        let lane = &mut self.lanes[at];
        lane.bias = rules.bias(self.wanted[at], load);
        if load == rules.cells_max() {
            lane.floor = CLOSED;
        }
    }

    /// Takes the satellites of some sectors, a bit each, from another state.
    fn take_over(&mut self, fleet: &Fleet, sectors: u8, of: &State) {
        for at in (0..fleet.len()).filter(|&at| sectors & (1 << fleet.sector(at)) != 0) {
            self.lanes[at] = of.lanes[at];
            self.load[at] = of.load[at];
            self.colour_load[at] = of.colour_load[at];
        }
    }
}

/// How long light takes from each satellite of the fleet to the internet, as lengths in units of 2¹⁰ mm: a column for the
/// nearest point of presence, and one for each that is the home of a territory.
pub struct WayLengths {
    nearest: Vec<u32>,
    /// Per point of presence; empty where no territory is at home.
    home: Vec<Vec<u32>>,
}

/// Lengths are counted in 2¹⁰ mm, about a metre: 7 ns of a round trip.
const UNIT_BITS: u32 = 10;

impl WayLengths {
    /// Of the satellites of a fleet.
    pub fn new(prepared: &Prepared, network: &Network, fleet: &Fleet) -> WayLengths {
        let unit = |mm: u64| (mm >> UNIT_BITS).min(u64::from(u32::MAX)) as u32;
        let is_home: Vec<bool> = (0..prepared.fibre.pops() as u16).map(|pop| prepared.is_home(pop)).collect();
        let mut lengths = WayLengths {
            nearest: Vec::with_capacity(fleet.len()),
            home: is_home
                .iter()
                .map(|&is_home| Vec::with_capacity(fleet.len() * usize::from(is_home)))
                .collect(),
        };
        for &satellite in &fleet.sky_index {
            let landing = network.landings[satellite as usize].as_ref();
            let nearest = landing.map_or(u32::MAX, |landing| unit(landing.light_mm));
            lengths.nearest.push(nearest);
            // Where a home cannot be reached, the nearest is used.
            for (pop, mm) in network.lights_mm(satellite).enumerate().filter(|(pop, _)| is_home[*pop]) {
                lengths.home[pop].push(mm.map_or(nearest, unit));
            }
        }
        lengths
    }

    /// Light-time from a satellite of the fleet to the point of presence of a territory with this home, as a length, mm.
    pub fn light_mm(&self, satellite: usize, home_pop: u16) -> u64 {
        u64::from(self.of(home_pop)[satellite]) << UNIT_BITS
    }

    /// For territories with this home.
    fn of(&self, home_pop: u16) -> &[u32] {
        if home_pop == NO_POP { &self.nearest } else { &self.home[usize::from(home_pop)] }
    }
}

/// True if any of the cells need not keep away from the geostationary arc.
pub fn is_waived(cells: &[PlannedCell]) -> bool {
    cells.iter().any(|cell| cell.gso_waived)
}

/// How many of a block's candidates, counted from the first, can be chosen: those that are of use come first; the others may
/// serve only cells without the rule of the arc.
pub fn open(waived: bool, list: &[u32], usable: u32) -> usize {
    if waived { list.len() } else { usable as usize }
}

/// Serves the cells of one block after the other.
pub struct Work<'a> {
    rules: &'a Rules,
    fleet: &'a Fleet,
    ways: &'a WayLengths,
    kept: Option<&'a Kept<'a>>,
    /// What the way of each of `open` costs, negative.
    way: Vec<i32>,
    /// How long the way of each of `open` is, where that matters.
    lengths: Vec<u32>,
    /// What has been given away so far.
    pub state: State,
    /// It had something to do in the phase at hand.
    has_run: bool,
    /// The candidates of the block at hand that may serve some of its cells.
    open: Candidates,
    /// Per satellite: its place in `open`, if it is there at all.
    place_of: Vec<u16>,
    /// All candidates of the block at hand, down to their own elevation masks, to find causes; filled when first needed.
    seen: Candidates,
    packed: Vec<i32>,
}

impl<'a> Work<'a> {
    /// Before anything is given away.
    pub fn new(
        rules: &'a Rules,
        fleet: &'a Fleet,
        ways: &'a WayLengths,
        kept: Option<&'a Kept<'a>>,
    ) -> Work<'a> {
        Work {
            rules,
            fleet,
            ways,
            kept,
            way: Vec::new(),
            lengths: Vec::new(),
            state: State::new(fleet),
            has_run: false,
            open: Candidates::default(),
            place_of: vec![0; fleet.len()],
            seen: Candidates::default(),
            packed: Vec::new(),
        }
    }

    fn run(&mut self, prepared: &Prepared, lists: &BlockCandidates, mut jobs: Vec<Job<'_>>) {
        for number in 0..jobs.len() {
            if let Some((next, ..)) = jobs.get(number + 1) {
                self.fetch_ahead(prepared.cells_of(next));
            }
            let (round, choices, margins) = &mut jobs[number];
            let block = round.block as usize;
            let (cells, list, usable) = (prepared.cells_of(round), lists.of(block), lists.usable(block));
            if margins.is_empty() {
                self.serve_round(cells, round.tier, list, usable, choices);
                continue;
            }
            self.open_round(cells, round.tier, list, usable);
            for ((cell, choice), margin) in cells.iter().zip(choices.iter_mut()).zip(margins.iter_mut()) {
                (*choice, *margin) = self.serve::<true>(cell, list);
            }
        }
    }

    /// Chooses for the cells of one round of one block, whose candidates are given, those that are of use first.
    pub fn serve_round(
        &mut self,
        cells: &[PlannedCell],
        tier: u8,
        block: (&[u32], &[Traits]),
        usable: u32,
        choices: &mut [Choice],
    ) {
        self.open_round(cells, tier, block, usable);
        for (cell, choice) in cells.iter().zip(choices.iter_mut()) {
            *choice = self.serve_one(cell, block);
        }
    }

    /// Lays out the candidates of a round.
    pub fn open_round(&mut self, cells: &[PlannedCell], tier: u8, block: (&[u32], &[Traits]), usable: u32) {
        let waived = is_waived(cells);
        let open = open(waived, block.0, usable);
        self.open_block((&block.0[..open], &block.1[..open]), waived);
        let cost_per_length = self.rules.cost_per_length[usize::from(tier != TIER_INHABITED)];
        self.weigh_ways(cells[0].home_pop, cost_per_length);
    }

    /// Chooses for one cell of the round that was opened.
    pub fn serve_one(&mut self, cell: &PlannedCell, block: (&[u32], &[Traits])) -> Choice {
        self.serve::<false>(cell, block).0
    }

    /// Gives a cell of the round that was opened to one of its candidates.
    pub fn give_one(&mut self, satellite: u32, colour: usize) {
        let place = self.place_of(satellite).expect("a candidate that may serve is laid out");
        self.take(place, colour);
    }

    /// Asks for the memory of the next cells early: blocks come in no order that a CPU could foresee.
    pub fn fetch_ahead(&self, cells: &[PlannedCell]) {
        for cell in cells.iter().step_by(CELLS_PER_LINE) {
            prefetch(cell);
        }
        let Some(Kept { previous, .. }) = self.kept else { return };
        for cell in [cells.first(), cells.get(cells.len() / 2), cells.last()].into_iter().flatten() {
            for near in [cell.cell as usize, cell.cell as usize + 16] {
                prefetch(&previous.satellite[near.min(previous.satellite.len() - 1)]);
            }
        }
    }

    /// Lays the candidates of a block that may serve out in columns.
    fn open_block(&mut self, (list, traits): (&[u32], &[Traits]), waived: bool) {
        self.open.positions.clear();
        for (&satellite, traits) in list.iter().zip(traits) {
            let Lane { position_km, floor, bias } = self.state.lanes[satellite as usize];
            let may = (traits.usable() | (waived & traits.lands)) & (floor < CLOSED);
            self.place_of[satellite as usize] = self.open.positions.len() as u16;
            self.open.push_if(Candidate { satellite, position_km, floor, bias, arc: traits.arc }, may);
        }
        self.seen.positions.clear();
        self.way.clear();
        self.way.resize(self.open.positions.len(), 0);
    }

    /// Lets each open candidate pay for how much longer its way to the internet is than the shortest among them.
    fn weigh_ways(&mut self, home_pop: u16, cost_per_length: f32) {
        let lengths = self.ways.of(home_pop);
        let open = self.open.positions.len();
        self.lengths.clear();
        self.lengths.extend(self.open.satellite[..open].iter().map(|&satellite| lengths[satellite as usize]));
        let shortest = self.lengths.iter().copied().fold(u32::MAX, u32::min);
        let biases = self.open.bias[..open].iter_mut();
        for ((way, bias), length) in self.way.iter_mut().zip(biases).zip(&self.lengths) {
            let cost = (length - shortest) as f32 * cost_per_length;
            *way = -(cost.min(WAY_COST_MAX as f32) as i32);
            *bias += *way;
        }
    }

    /// The place of a satellite among the open candidates, if it is one.
    fn place_of(&self, satellite: u32) -> Option<usize> {
        let place = usize::from(self.place_of[satellite as usize]);
        (place < self.open.positions.len() && self.open.satellite[place] == satellite).then_some(place)
    }

    /// Gives a cell to the candidate at `place`.
    fn take(&mut self, place: usize, colour: usize) -> Choice {
        let satellite = self.open.satellite[place];
        self.state.give(self.rules, satellite, colour);
        let lane = &self.state.lanes[satellite as usize];
        self.open.bias[place] = lane.bias + self.way[place];
        self.open.floor[place] = lane.floor;
        Choice::served(satellite)
    }

    /// Chooses; where it is to `TELL`, with its margin.
    fn serve<const TELL: bool>(
        &mut self,
        cell: &PlannedCell,
        block: (&[u32], &[Traits]),
    ) -> (Choice, Margin) {
        let site_km = surface_point_km(cell.normal);
        let mut top = score(&self.open, site_km, cell.normal, cell.floor, &mut self.packed);
        if let Some(place) = self.kept.and_then(|kept| self.place_of(kept.of(cell.cell)?))
            && self.packed[place] != REFUSED
        {
            self.packed[place] += self.rules.keep_bonus;
            top = top.max(self.packed[place]);
        }
        let mut test = ArcTest::new(cell, site_km, self.rules);
        let colour = usize::from(cell.colour);
        let mut refused = false;
        loop {
            if top == REFUSED {
                return (Choice::unserved(self.cause(cell, site_km, block)), Margin::ALONE);
            }
            let place = place(top);
            let of_colour = self.state.colour_load[self.open.satellite[place] as usize][colour];
            if of_colour < self.rules.cells_per_colour_max
                && test.clear(self.open.arc[place], self.open.positions.at(place))
            {
                let margin = if TELL { self.margin(top, refused) } else { Margin::ALONE };
                return (self.take(place, colour), margin);
            }
            self.packed[place] = REFUSED;
            top = best(&self.packed);
            refused = true;
        }
    }

    /// Of the candidate that came out on top of those that were left.
    fn margin(&mut self, top: i32, refused: bool) -> Margin {
        // Places are the low bits: without them, differences are rounded down.
        let to =
            |other: i32| ((i64::from(top) - i64::from(other)) >> PLACE_BITS).min(i64::from(i32::MAX)) as i32;
        self.packed[place(top)] = REFUSED;
        let second = best(&self.packed);
        if second == REFUSED {
            return Margin { refused, ..Margin::ALONE };
        }
        self.packed[place(second)] = REFUSED;
        let third = best(&self.packed);
        Margin {
            second: self.open.satellite[place(second)],
            to_second: to(second),
            to_third: if third == REFUSED { i32::MAX } else { to(third) },
            refused,
        }
    }

    /// Why nothing could be found: the furthest that any candidate came.
    fn cause(&mut self, cell: &PlannedCell, site_km: [f32; 3], (list, traits): (&[u32], &[Traits])) -> Cause {
        if self.seen.positions.is_empty() {
            self.see_block(list, traits);
        }
        score(&self.seen, site_km, cell.normal, 0.0, &mut self.packed);
        let mut test = ArcTest::new(cell, site_km, self.rules);
        let mut furthest = Cause::NoSatelliteAboveMask;
        for (place, _) in self.packed.iter().enumerate().filter(|(_, packed)| **packed != REFUSED) {
            let Traits { arc, lands } = traits[place];
            if furthest >= Cause::NoGateway && !lands {
                continue;
            }
            let position_km = self.seen.positions.at(place);
            let stage = if !test.clear(arc, position_km) {
                Cause::GsoArc
            } else if !lands {
                Cause::NoGateway
            } else if sin2_elevation(position_km, site_km, cell.normal) < cell.floor {
                Cause::BorderGuard
            } else {
                return Cause::BeamsExhausted;
            };
            furthest = furthest.max(stage);
        }
        furthest
    }

    fn see_block(&mut self, list: &[u32], traits: &[Traits]) {
        for (&satellite, traits) in list.iter().zip(traits) {
            let position_km = self.fleet.position_km(satellite as usize);
            let floor = self.fleet.sin2_mask[satellite as usize];
            self.seen.push_if(Candidate { satellite, position_km, floor, bias: 0, arc: traits.arc }, true);
        }
    }
}

/// Whether satellites keep their distance to the geostationary arc from one site.
struct ArcTest {
    waived: bool,
    site_km: [f32; 3],
    /// Worked out when first needed.
    site: Option<ArcSite>,
    cos_protected: f32,
}

impl ArcTest {
    fn new(cell: &PlannedCell, site_km: [f32; 3], rules: &Rules) -> ArcTest {
        ArcTest { waived: cell.gso_waived, site_km, site: None, cos_protected: rules.cos_protected }
    }

    /// True if the satellite, which stands to the arc as `of_block` says for the whole block, keeps its distance.
    fn clear(&mut self, of_block: u8, position_km: [f32; 3]) -> bool {
        if self.waived || of_block == Standing::Clear as u8 {
            return true;
        }
        if of_block == Standing::Close as u8 {
            return false;
        }
        let site = self.site.get_or_insert_with(|| ArcSite::new(self.site_km));
        site.cos_separation(minus(position_km, self.site_km)) <= self.cos_protected
    }
}

/// True if the satellite keeps its distance to the geostationary arc, or need not.
pub fn clear_of_arc(
    fleet: &Fleet,
    satellite: usize,
    site_km: [f32; 3],
    arc: Option<ArcSite>,
    cos_protected: f32,
) -> bool {
    arc.is_none_or(|arc| arc.cos_separation(minus(fleet.position_km(satellite), site_km)) <= cos_protected)
}
