//! What follows from other choices: shares of beams, latency, rates.

use core::ops::Range;

use rayon::prelude::*;
use skyshed_control::Standing;
use skyshed_ground::Cell;

use super::blocks::{Altered, AlteredBlock};
use super::replay::Replayed;
use super::{Around, Base, CellPlan, Difference, List};
use crate::Inputs;
use crate::assign::{COLOURS, Choice};
use crate::capacity::{Order, ServedCell, Ways};
use crate::finish::{Row, Shares, Sums, least_parts};
use crate::prepare::{PlannedCell, Prepared, last_tier, tier_of};
use crate::slot::{Cause, NO_SATELLITE};

/// Every cell of which the other plan says anything else than the base's, in cell order.
///
/// Satellites that serve the same cells with the same shares are left alone: only where a way gives something else now, their
/// cells are looked at.
pub fn rates(
    base: &Base,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    (around, difference): (&Around, Difference<'_>),
    altered: &Altered<'_>,
    replayed: &Replayed,
) -> Vec<CellPlan> {
    let config = inputs.config;
    let shares = Shares::new(config, held(base, inputs, prepared, altered, replayed));
    let sums = Sums::new(config, &prepared.link, &base.fleet, &base.lengths, &shares);
    let turned = Turned::new(base, prepared, altered, replayed);
    let is_touched = turned.is_touched(&shares);
    let more = turned.more();
    let touch =
        |(at, more): (usize, &Vec<ServedCell>)| turned.touched(at, is_touched[at], more, &shares, &sums);
    let touched: Vec<Touched> = more.par_iter().enumerate().map(touch).collect();

    let fleet_index = fleet_index(base);
    let is_touched_in_sky: Vec<bool> =
        fleet_index.iter().map(|&at| at != NO_SATELLITE && is_touched[at as usize]).collect();
    let cells_of = |sky_index: u32| {
        let cells = match fleet_index[sky_index as usize] {
            NO_SATELLITE => &[],
            at if is_touched[at as usize] => &touched[at as usize].cells[..],
            at => base.served.of(at as usize),
        };
        cells.iter().copied()
    };
    let ways = Ways::new(&base.plan.network, config);
    let mut levels = base.traffic.again(ways, prepared, config, &is_touched_in_sky, cells_of);

    let mut told = turned.unserved();
    let untouched = |sky_index: &u32| !is_touched_in_sky[*sky_index as usize];
    let releveled: Vec<u32> = levels.releveled().filter(untouched).collect();
    for sky_index in releveled {
        for &served in base.served.of(fleet_index[sky_index as usize] as usize) {
            let before = turned.before(served);
            let rate_kbps = levels.rate_kbps(prepared, sky_index, served);
            told.extend((rate_kbps != before.rate_kbps).then_some(CellPlan { rate_kbps, ..before }));
        }
    }
    for (at, Touched { cells, rows }) in touched.iter().enumerate() {
        let sky_index = base.fleet.sky_index[at];
        for (place, row) in rows {
            let served = cells[*place as usize];
            let before = turned.before(served);
            let rate_kbps = levels.rate_kbps(prepared, sky_index, served);
            let now = match row {
                Anew::Share(share) => CellPlan { share: *share, rate_kbps, ..before },
                Anew::Row(row) => CellPlan {
                    cell: before.cell,
                    cause: Cause::Served,
                    satellite: row.sky_index,
                    share: row.share,
                    elevation_cdeg: row.elevation_cdeg,
                    rtt_us: row.rtt_us,
                    rate_kbps,
                },
            };
            told.extend((now != before).then_some(now));
        }
        if levels.is_releveled(sky_index) {
            let mut rows = rows.iter().peekable();
            let others =
                (0u32..).zip(cells).filter(|(at, _)| rows.next_if(|(place, _)| place == at).is_none());
            for (_, &served) in others {
                let before = turned.before(served);
                let rate_kbps = levels.rate_kbps(prepared, sky_index, served);
                told.extend((rate_kbps != before.rate_kbps).then_some(CellPlan { rate_kbps, ..before }));
            }
        }
    }
    told.extend(not_planned(base, inputs, around, difference));
    told.par_sort_unstable_by_key(|told| told.cell);
    told
}

/// By satellite of the sky: its place in the fleet, or [`NO_SATELLITE`].
fn fleet_index(base: &Base) -> Vec<u32> {
    let mut index = vec![NO_SATELLITE; base.plan.satellites.len()];
    for (at, &sky_index) in (0u32..).zip(&base.fleet.sky_index) {
        index[sky_index as usize] = at;
    }
    index
}

/// What the cells of each satellite have and weigh.
fn held(
    base: &Base,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    altered: &Altered<'_>,
    replayed: &Replayed,
) -> Vec<[crate::finish::Held; crate::assign::COLOURS]> {
    let least = least_parts(inputs.config);
    let mut held = base.held.clone();
    let mut count = |planned: &PlannedCell, choice: Choice, more: bool| {
        if let Ok(satellite) = choice.satellite() {
            let held = &mut held[satellite as usize][usize::from(planned.colour)];
            if more { held.add(planned, least) } else { held.take(planned, least) }
        }
    };
    for &at in &replayed.changed {
        count(&prepared.cells[at as usize], base.choices[at as usize], false);
        count(&prepared.cells[at as usize], replayed.choices[at as usize], true);
    }
    for block in &altered.blocks {
        if let List::Base(number) = block.list {
            base.cells_of(prepared, number)
                .for_each(|at| count(&prepared.cells[at], base.choices[at], false));
        }
    }
    altered.cells.iter().zip(&replayed.altered).for_each(|(planned, &choice)| count(planned, choice, true));
    held
}

/// The cells of a satellite that has something else to do than in the base; none of any other satellite.
#[derive(Default)]
struct Touched {
    /// In the order of the other plan.
    cells: Vec<ServedCell>,
    /// What is said anew of some of them, by their place in `cells`. Of the others only the rate can be another than in the base.
    rows: Vec<(u32, Anew)>,
}

/// What is said anew of a cell, but for its rate.
enum Anew {
    /// Its satellite serves it as before, with this share.
    Share(u8),
    /// It has another satellite.
    Row(Row),
}

/// Who serves whom in the other plan.
struct Turned<'a> {
    base: &'a Base,
    prepared: &'a Prepared,
    altered: &'a Altered<'a>,
    replayed: &'a Replayed,
    /// Per planned cell of the base: it is chosen for otherwise, or its block is an altered one.
    is_other: Vec<bool>,
}

impl<'a> Turned<'a> {
    fn new(
        base: &'a Base,
        prepared: &'a Prepared,
        altered: &'a Altered<'a>,
        replayed: &'a Replayed,
    ) -> Turned<'a> {
        let mut turned =
            Turned { base, prepared, altered, replayed, is_other: vec![false; prepared.cells.len()] };
        let mut is_other = std::mem::take(&mut turned.is_other);
        replayed.changed.iter().for_each(|&at| is_other[at as usize] = true);
        turned.replaced().for_each(|span| is_other[span].fill(true));
        Turned { is_other, ..turned }
    }

    /// Per satellite of the fleet: it serves other cells, or with other shares, than in the base.
    fn is_touched(&self, shares: &Shares) -> Vec<bool> {
        let Turned { base, replayed, .. } = self;
        let unlike = |at| (0..COLOURS).any(|colour| !shares.alike(&base.shares, at, colour));
        let mut is_touched: Vec<bool> = (0..base.fleet.len()).map(unlike).collect();
        let mut touch = |choice: Choice| {
            if let Ok(satellite) = choice.satellite() {
                is_touched[satellite as usize] = true;
            }
        };
        for &at in &replayed.changed {
            touch(base.choices[at as usize]);
            touch(replayed.choices[at as usize]);
        }
        self.replaced().flatten().for_each(|at| touch(base.choices[at]));
        replayed.altered.iter().for_each(|&choice| touch(choice));
        is_touched
    }

    /// The base's planned cells of altered blocks.
    fn replaced(&self) -> impl Iterator<Item = Range<usize>> {
        self.altered.blocks.iter().filter_map(|block| match block.list {
            List::Base(number) => Some(self.base.cells_of(self.prepared, number)),
            List::Beside(_) => None,
        })
    }

    /// Per satellite of the fleet: the cells that the base does not give to it; what their beams allow is still to be found.
    fn more(&self) -> Vec<Vec<ServedCell>> {
        let Turned { base, prepared, altered, replayed, .. } = self;
        let mut more = vec![Vec::new(); base.fleet.len()];
        let mut add = |choice: Choice, order: Order, planned: &PlannedCell| {
            if let Ok(satellite) = choice.satellite() {
                more[satellite as usize].push(ServedCell::new(order, planned, 0.0, 0));
            }
        };
        for &at in &replayed.changed {
            let at = at as usize;
            add(replayed.choices[at], Order::of_planned(at), &prepared.cells[at]);
        }
        for block in &altered.blocks {
            let place = instead_of(base, prepared, block).start;
            for rank in block.cells.clone() {
                add(replayed.altered[rank], Order::before(place, rank), &altered.cells[rank]);
            }
        }
        more
    }

    /// The cells of a satellite, to which `more` come, if it is touched.
    fn touched(
        &self,
        at: usize,
        is_touched: bool,
        more: &[ServedCell],
        shares: &Shares,
        sums: &Sums<'_>,
    ) -> Touched {
        if !is_touched {
            return Touched::default();
        }
        let base = self.base;
        let stays = |own: &&ServedCell| own.order.number().is_ok_and(|number| !self.is_other[number]);
        let mut cells: Vec<ServedCell> =
            base.served.of(at).iter().filter(stays).chain(more).copied().collect();
        if !more.is_empty() {
            // Ascending runs, two or three of them.
            cells.sort_by_key(|cell| cell.order);
        }
        let unlike: [bool; COLOURS] = core::array::from_fn(|colour| !shares.alike(&base.shares, at, colour));
        let mut rows = Vec::new();
        for (place, cell) in (0..).zip(&mut cells) {
            if cell.order.number().map_or(true, |own| self.is_other[own]) {
                let row = sums.row(self.planned(*cell), at);
                (cell.beam_mbps, cell.most_kbps) = (row.beam_mbps, row.rate_kbps);
                rows.push((place, Anew::Row(row)));
            } else if unlike[usize::from(cell.colour)] {
                let share;
                (share, cell.most_kbps) = sums.share(cell.beam_mbps, cell.people, cell.colour, at);
                rows.push((place, Anew::Share(share)));
            }
        }
        Touched { cells, rows }
    }

    fn planned(&self, served: ServedCell) -> &'a PlannedCell {
        match served.order.number() {
            Ok(own) => &self.prepared.cells[own],
            Err(rank) => &self.altered.cells[rank],
        }
    }

    /// What the base says of a cell.
    fn before(&self, served: ServedCell) -> CellPlan {
        CellPlan::of(&self.base.plan, Cell(served.cell))
    }

    /// Planned cells of the other plan that nobody serves, and of which the base says something else.
    fn unserved(&self) -> Vec<CellPlan> {
        let Turned { prepared, altered, replayed, base, .. } = self;
        let own =
            replayed.changed.iter().map(|&at| (&prepared.cells[at as usize], replayed.choices[at as usize]));
        let cells = own.chain(altered.cells.iter().zip(replayed.altered.iter().copied()));
        let now = cells.filter_map(|(planned, choice)| {
            Some(CellPlan::unserved(Cell(planned.cell), choice.satellite().err()?))
        });
        now.filter(|now| *now != CellPlan::of(&base.plan, now.cell)).collect()
    }
}

/// The planned cells of the base that an altered block replaces; where there are none, the place where it belongs.
fn instead_of(base: &Base, prepared: &Prepared, block: &AlteredBlock) -> Range<usize> {
    if let List::Base(number) = block.list {
        return base.cells_of(prepared, number);
    }
    let after = prepared.blocks.partition_point(|own| own.first_cell < block.block.first_cell);
    let at = match after < prepared.blocks.len() {
        true => base.cells_of(prepared, after as u32).start,
        false => prepared.cells.len(),
    };
    at..at
}

/// The cells around the change that are not planned and of which something else is said.
fn not_planned(
    base: &Base,
    inputs: Inputs<'_>,
    around: &Around,
    difference: Difference<'_>,
) -> Vec<CellPlan> {
    let Inputs { ground, config, .. } = inputs;
    let cause = |cell: Cell| match difference.activation.standing(cell) {
        Standing::On(_) if tier_of(ground, cell) <= last_tier(config) => None,
        Standing::On(_) => Some(Cause::OutOfScope),
        Standing::Off(_) => Some(Cause::TerritoryOff),
        Standing::NoDecision => Some(Cause::NoDecision),
    };
    let now = base.near_cells(inputs, around).filter_map(|cell| Some(CellPlan::unserved(cell, cause(cell)?)));
    now.filter(|now| *now != CellPlan::of(&base.plan, now.cell)).collect()
}
