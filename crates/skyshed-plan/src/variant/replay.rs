//! The turns of the base again: chosen anew where anything stands otherwise, taken over where nothing does.

use super::blocks::{Altered, AlteredBlock, AlteredRound};
use super::{Base, List, TIERS, Turn};
use crate::assign::{self, Choice, Margin, Work, wanted_costs, wanted_each};
use crate::candidates::Traits;
use crate::config::Config;
use crate::kernel::prefetch;
use crate::prepare::{Prepared, Round};
use crate::slot::{Cause, NO_SATELLITE};

/// Who serves whom under another activation.
pub struct Replayed {
    /// Per planned cell of the base; those of altered blocks are the base's still.
    pub choices: Vec<Choice>,
    /// The cells, an index into `choices`, whose choice is another, ascending.
    pub changed: Vec<u32>,
    /// Per planned cell of the altered blocks.
    pub altered: Vec<Choice>,
    /// Rounds that were chosen for again.
    pub rounds_chosen: usize,
}

/// Goes through the turns.
pub fn replay(base: &Base, config: &Config, prepared: &Prepared, altered: &Altered<'_>) -> Replayed {
    let kept = base.kept();
    let work = Work::new(&base.rules, &base.fleet, &base.lengths, Some(&kept));
    let mut is_altered = vec![false; prepared.blocks.len()];
    for block in &altered.blocks {
        if let List::Base(number) = block.list {
            is_altered[number as usize] = true;
        }
    }
    let satellites = base.fleet.len();
    let mut run = Run {
        base,
        prepared,
        altered,
        is_altered,
        work,
        own: vec![[0; assign::COLOURS]; satellites],
        next_given: base.given.heads[..satellites].to_vec(),
        next_turn: (0..satellites).map(|at| base.given.turn(at, base.given.heads[at])).collect(),
        costs: vec![0; satellites],
        own_costs: &base.wanted_costs[0],
        differs: vec![false; satellites],
        own_load: vec![0; satellites],
        replayed: Replayed {
            choices: base.choices.clone(),
            changed: Vec::new(),
            altered: vec![Choice::unserved(Cause::NoSatelliteAboveMask); altered.cells.len()],
            rounds_chosen: 0,
        },
    };
    let mut own = 0;
    let turns = altered_turns(base, altered);
    let mut others = turns.iter().peekable();
    for tier in 0..TIERS {
        run.begin(config, tier);
        loop {
            let of_tier = |turn: &Turn| usize::from(turn.tier) == tier;
            let next_own = base.turns.get(own).filter(|(turn, _)| of_tier(turn));
            let next_other = others.peek().filter(|(turn, _)| of_tier(turn));
            match (next_own, next_other) {
                (None, None) => break,
                (Some((turn, _)), Some((other, number))) if other < turn => {
                    run.other(own as u32, *number);
                    others.next();
                }
                (None, Some((_, number))) => {
                    run.other(own as u32, *number);
                    others.next();
                }
                (Some((_, number)), _) => {
                    run.own(own as u32, *number);
                    own += 1;
                }
            }
        }
    }
    let mut replayed = run.replayed;
    replayed.changed.sort_unstable();
    replayed
}

/// The turns of altered rounds, in order, with their numbers.
fn altered_turns(base: &Base, altered: &Altered<'_>) -> Vec<(Turn, u32)> {
    let turn = |(number, round): (usize, &AlteredRound)| {
        let block = &altered.blocks[round.block as usize];
        let ((_, usable), sectors) = base.list(altered.beside, block.list);
        let cells = round.cells.len() as u32;
        (Turn::new(round.tier, sectors, usable, cells, block.block.first_cell), number as u32)
    };
    let mut turns: Vec<(Turn, u32)> = altered.rounds.iter().enumerate().map(turn).collect();
    turns.sort_unstable();
    turns
}

/// How candidates of a turn stand here and in the base: at least as far apart as they are.
#[derive(Default)]
struct Otherwise {
    /// The most that one of them costs less here, in units of the score.
    better: i32,
    /// The colours, a bit each, of which one of them is full there and not here.
    colours: u8,
    /// One of them is full here or there alone.
    is_full: bool,
}

/// How many turns ahead candidates are asked for.
const TURNS_AHEAD: usize = 6;

/// In one line of cache, 64 bytes.
const CHOICES_PER_LINE: usize = 16;
const MARGINS_PER_LINE: usize = 4;

struct Run<'a> {
    base: &'a Base,
    prepared: &'a Prepared,
    altered: &'a Altered<'a>,
    /// Per planned block of the base.
    is_altered: Vec<bool>,
    /// Serves, and knows what has been given away under the other activation.
    work: Work<'a>,
    /// What the base has given away, by satellite and colour. Where both give the same, both are brought up to the turn only when
    /// somebody looks ([`Run::bring_up`]).
    own: Vec<[u32; assign::COLOURS]>,
    /// Per satellite: the next of the base's [`super::Given`] that is not yet in `own`.
    next_given: Vec<u32>,
    /// Its turn; [`u32::MAX`] where there is none.
    next_turn: Vec<u32>,
    /// What being wanted costs under the other activation, and in the base.
    costs: Vec<i32>,
    own_costs: &'a [i32],
    /// Per satellite: it does not stand as it does in the base at this turn.
    differs: Vec<bool>,
    /// `own`, all colours together.
    own_load: Vec<u32>,
    replayed: Replayed,
}

impl Run<'_> {
    /// Begins a tier.
    fn begin(&mut self, config: &Config, tier: usize) {
        let mut wanted = self.base.wanted[tier].clone();
        for block in &self.altered.blocks {
            let (((list, _), usable), _) = self.base.list(self.altered.beside, block.list);
            let (before, now) = (self.cells_before(block.list, tier), self.cells_now(block, tier));
            let (before, now) = (wanted_each(before, usable), wanted_each(now, usable));
            for &satellite in &list[..usable as usize] {
                let wanted = &mut wanted[satellite as usize];
                *wanted = *wanted - before + now;
            }
        }
        self.costs = wanted_costs(config, &wanted);
        self.own_costs = &self.base.wanted_costs[tier];
        self.work.state.set_wanted(&self.base.rules, &self.costs);
        (0..self.differs.len()).for_each(|at| self.look(at));
    }

    /// Cells of a block in tiers up to `tier`, in the base.
    fn cells_before(&self, list: List, tier: usize) -> u64 {
        let List::Base(number) = list else { return 0 };
        let rounds = self.base.rounds_of[number as usize]..self.base.rounds_of[number as usize + 1];
        let rounds = &self.prepared.rounds[rounds.start as usize..rounds.end as usize];
        let rounds = rounds.iter().filter(|round| usize::from(round.tier) <= tier);
        rounds.map(|round| u64::from(round.end - round.first)).sum()
    }

    /// The same under the other activation.
    fn cells_now(&self, block: &AlteredBlock, tier: usize) -> u64 {
        let rounds = self.altered.rounds[block.rounds.clone()].iter();
        rounds.filter(|round| usize::from(round.tier) <= tier).map(|round| round.cells.len() as u64).sum()
    }

    /// Looks whether a satellite stands as in the base.
    fn look(&mut self, at: usize) {
        self.differs[at] = self.stands_otherwise(at);
    }

    fn stands_otherwise(&self, at: usize) -> bool {
        self.costs[at] != self.own_costs[at] || self.own[at] != self.work.state.colour_load[at]
    }

    /// Looks at the satellites that were chosen.
    fn look_at_those_of(&mut self, choices: &[Choice]) {
        let satellites = choices.iter().filter_map(|choice| choice.satellite().ok());
        satellites.for_each(|satellite| self.look(satellite as usize));
    }

    /// Gives a satellite what it gave away before a turn of the base, there and here.
    #[inline]
    fn bring_up(&mut self, satellite: u32, turn: u32) {
        if self.next_turn[satellite as usize] < turn {
            self.give_own(satellite, turn, true);
        }
    }

    /// What a satellite of the base gave away before a turn; `here`, it gave it here too.
    fn give_own(&mut self, satellite: u32, turn: u32, here: bool) {
        let (at, given) = (satellite as usize, &self.base.given);
        let (next, next_turn) = (&mut self.next_given[at], &mut self.next_turn[at]);
        while *next_turn < turn {
            let colour = usize::from(given.cells[*next as usize].1);
            self.own[at][colour] += 1;
            self.own_load[at] += 1;
            if here {
                self.work.state.give(&self.base.rules, satellite, colour);
            }
            *next += 1;
            *next_turn = given.turn(at, *next);
        }
    }

    /// Asks for the memory of what a turn of the base is about early, if it will be chosen for as things stand.
    fn fetch_ahead(&self, turn: usize) {
        let base = self.base;
        let Some((_, number)) = base.turns.get(turn) else { return };
        let round = &self.prepared.rounds[*number as usize];
        let (list, _) = base.lists.of(round.block as usize);
        let mut candidates = list[..base.open[turn] as usize].iter();
        if candidates.any(|&satellite| self.differs[satellite as usize]) {
            let span = round.first as usize..round.end as usize;
            self.work.fetch_ahead(&self.prepared.cells[span.clone()]);
            base.choices[span.clone()].iter().step_by(CHOICES_PER_LINE).for_each(prefetch);
            self.replayed.choices[span.clone()].iter().step_by(CHOICES_PER_LINE).for_each(prefetch);
            base.margins[span].iter().step_by(MARGINS_PER_LINE).for_each(prefetch);
        }
    }

    /// A turn of the base.
    fn own(&mut self, turn: u32, number: u32) {
        let (base, prepared) = (self.base, self.prepared);
        if let Some((_, later)) = base.turns.get(turn as usize + TURNS_AHEAD) {
            base.lists.fetch_ahead(prepared.rounds[*later as usize].block as usize);
        }
        self.fetch_ahead(turn as usize + 2);
        let round = &prepared.rounds[number as usize];
        let span = round.first as usize..round.end as usize;
        let before = &base.choices[span.clone()];
        let served = before.iter().filter_map(|choice| choice.satellite().ok());
        let block = round.block as usize;
        if self.is_altered[block] {
            // It has its turn elsewhere now.
            for satellite in served {
                self.bring_up(satellite, turn);
                self.give_own(satellite, turn + 1, false);
                self.look(satellite as usize);
            }
            return;
        }
        let (list, usable) = (base.lists.of(block), base.lists.usable(block));
        let candidates = &list.0[..base.open[turn as usize] as usize];
        if !candidates.iter().any(|&satellite| self.differs[satellite as usize]) {
            return;
        }
        candidates.iter().for_each(|&satellite| self.bring_up(satellite, turn));
        self.replayed.rounds_chosen += 1;
        self.choose(round, candidates, list, usable);
        for satellite in served {
            let at = satellite as usize;
            self.next_turn[at] = base.given.turn(at, self.next_given[at]);
            self.give_own(satellite, turn + 1, false);
        }
        let now = &self.replayed.choices[span];
        let changed = (round.first..).zip(before).zip(now).filter(|((_, before), now)| before != now);
        for ((at, before), now) in changed {
            self.replayed.changed.push(at);
            for satellite in [before, now].into_iter().filter_map(|choice| choice.satellite().ok()) {
                self.differs[satellite as usize] = self.stands_otherwise(satellite as usize);
            }
        }
    }

    /// Chooses for the cells of a turn of the base, all candidates having been brought up to it.
    ///
    /// A cell whose satellite in the base was better than any other by more than the difference of what candidates cost here
    /// and there has the same satellite here, if that is not full: whoever was refused there is refused here, unless it was full
    /// there alone. Only the others are chosen for.
    fn choose(&mut self, round: &Round, candidates: &[u32], list: (&[u32], &[Traits]), usable: u32) {
        let (base, rules) = (self.base, &self.base.rules);
        let span = round.first as usize..round.end as usize;
        let cells = &self.prepared.cells[span.clone()];
        let mut otherwise = Otherwise::default();
        for &satellite in candidates.iter().filter(|&&satellite| self.differs[satellite as usize]) {
            self.compare(&mut otherwise, satellite);
        }
        if otherwise.is_full {
            let choices = &mut self.replayed.choices[span];
            self.work.serve_round(cells, round.tier, list, usable, choices);
            return;
        }
        // Who is full when candidates are laid out is left out; laid out later, they must be the same.
        let closes = |&satellite: &u32| {
            let load = self.work.state.load(satellite);
            load < rules.cells_max() && load + cells.len() as u32 >= rules.cells_max()
        };
        let mut is_open = candidates.iter().any(closes);
        if is_open {
            self.work.open_round(cells, round.tier, list, usable);
        }
        for (at, cell) in span.zip(cells) {
            let (before, colour) = (base.choices[at], usize::from(cell.colour));
            let now = if self.stays(&otherwise, before, &base.margins[at], colour) {
                match before.satellite() {
                    Ok(satellite) if is_open => self.work.give_one(satellite, colour),
                    Ok(satellite) => self.work.state.give(rules, satellite, colour),
                    Err(_) => {}
                }
                before
            } else {
                if !is_open {
                    self.work.open_round(cells, round.tier, list, usable);
                    is_open = true;
                }
                self.work.serve_one(cell, list)
            };
            self.replayed.choices[at] = now;
            if let Ok(satellite) = before.satellite() {
                self.next_own(satellite, colour);
                self.compare(&mut otherwise, satellite);
            }
            if let (true, Ok(satellite)) = (now != before, now.satellite()) {
                self.compare(&mut otherwise, satellite);
            }
        }
    }

    /// Takes into account how a candidate stands here and in the base.
    fn compare(&self, otherwise: &mut Otherwise, satellite: u32) {
        let (at, rules, state) = (satellite as usize, &self.base.rules, &self.work.state);
        let (own, here) = (&self.own[at], &state.colour_load[at]);
        otherwise.better = otherwise.better.max(self.better(satellite));
        if own != here {
            for colour in 0..assign::COLOURS {
                let is_full = |load: &[u32; assign::COLOURS]| load[colour] >= rules.cells_per_colour_max();
                otherwise.colours |= u8::from(is_full(own) && !is_full(here)) << colour;
            }
            let is_full = |load: u32| load == rules.cells_max();
            otherwise.is_full |= is_full(self.own_load[at]) != is_full(state.load(satellite));
        }
    }

    /// What a candidate costs less here than in the base, in units of the score.
    fn better(&self, satellite: u32) -> i32 {
        let at = satellite as usize;
        self.work.state.bias(satellite) - self.base.rules.bias(self.own_costs[at], self.own_load[at])
    }

    /// Whether a cell that was served with a margin is served alike here.
    fn stays(&self, otherwise: &Otherwise, before: Choice, margin: &Margin, colour: usize) -> bool {
        if otherwise.is_full {
            return false;
        }
        // Who was refused is refused again, unless for being full of a colour there alone.
        let was_refused = margin.refused || before.satellite().is_err();
        if was_refused && otherwise.colours & (1 << colour) != 0 {
            return false;
        }
        let Ok(satellite) = before.satellite() else { return true };
        let of_colour = self.work.state.colour_load[satellite as usize][colour];
        if of_colour >= self.base.rules.cells_per_colour_max() {
            return false;
        }
        let better = self.better(satellite);
        let stays = |margin: i32, other: i32| i64::from(margin) > i64::from(other) - i64::from(better);
        stays(margin.to_third, otherwise.better)
            && (margin.second == NO_SATELLITE || stays(margin.to_second, self.better(margin.second)))
    }

    /// Gives a satellite the next of what it gave away in the base, there, of which the colour is known. Whose turn is next is
    /// looked up once the round is over.
    fn next_own(&mut self, satellite: u32, colour: usize) {
        let at = satellite as usize;
        self.own[at][colour] += 1;
        self.own_load[at] += 1;
        self.next_given[at] += 1;
    }

    /// A turn of an altered block, before a turn of the base.
    fn other(&mut self, turn: u32, number: u32) {
        let round = &self.altered.rounds[number as usize];
        let block = &self.altered.blocks[round.block as usize];
        let ((list, usable), _) = self.base.list(self.altered.beside, block.list);
        let cells = &self.altered.cells[round.cells.clone()];
        list.0.iter().for_each(|&satellite| self.bring_up(satellite, turn));
        let choices = &mut self.replayed.altered[round.cells.clone()];
        self.work.serve_round(cells, round.tier, list, usable, choices);
        self.replayed.rounds_chosen += 1;
        let now = choices.to_vec();
        self.look_at_those_of(&now);
    }
}
