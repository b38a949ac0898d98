//! What follows from other choices: shares of beams, latency, rates.

use skyshed_control::Standing;
use skyshed_ground::Cell;

use super::blocks::{Altered, AlteredBlock};
use super::replay::Replayed;
use super::{Around, Base, CellPlan, Difference, List};
use crate::Inputs;
use crate::assign::Choice;
use crate::capacity::{Ways, share};
use crate::finish::{Row, Shares, Sums, least_parts};
use crate::prepare::{PlannedCell, Prepared, last_tier, tier_of};
use crate::slot::{Cause, NO_SATELLITE};

/// Every cell of which the other plan says anything else than the base's, in cell order.
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
    let sums = Sums::new(config, &base.fleet, &base.lengths, &shares);
    let runs = runs(base, prepared, altered, replayed);
    let mut columns = Columns::with_room(prepared.cells.len() + altered.cells.len());
    for run in &runs {
        for (at, (planned, &choice)) in run.cells.iter().zip(run.choices).enumerate() {
            let own = run.first_own.map(|first| first + at);
            let as_in_base = own.filter(|&own| {
                let satellite = choice.satellite();
                base.choices[own] == choice
                    && satellite.is_ok_and(|satellite| {
                        shares.alike(&base.shares, satellite as usize, usize::from(planned.colour))
                    })
            });
            match (choice.satellite(), as_in_base) {
                (Err(_), _) => columns.push(NO_SATELLITE, 0),
                (Ok(satellite), Some(own)) => {
                    columns.push(base.fleet.sky_index[satellite as usize], base.most_kbps[own]);
                }
                (Ok(satellite), None) => columns.push_row(sums.row(planned, satellite as usize)),
            }
        }
    }
    let mut ways = Ways::new(&base.plan.network, config);
    let cells = runs.iter().flat_map(|run| run.cells).zip(0..);
    share(&mut ways, prepared, config, cells, &columns.satellite, &mut columns.rate_kbps);
    let mut told = told(base, &runs, &columns);
    told.extend(not_planned(base, inputs, around, difference));
    told.sort_unstable_by_key(|told| told.cell);
    told
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

/// Planned cells one after the other in the order of a plan, with their choices.
struct Run<'a> {
    cells: &'a [PlannedCell],
    choices: &'a [Choice],
    /// The place of the first among the base's planned cells; none in an altered block.
    first_own: Option<usize>,
}

/// All planned cells of the other plan.
fn runs<'a>(
    base: &Base,
    prepared: &'a Prepared,
    altered: &'a Altered<'_>,
    replayed: &'a Replayed,
) -> Vec<Run<'a>> {
    let own = |span: core::ops::Range<usize>| Run {
        cells: &prepared.cells[span.clone()],
        choices: &replayed.choices[span.clone()],
        first_own: Some(span.start),
    };
    let (mut runs, mut next) = (Vec::with_capacity(2 * altered.blocks.len() + 1), 0);
    for block in &altered.blocks {
        let instead_of = instead_of(base, prepared, block);
        runs.push(own(next..instead_of.start));
        let (cells, choices) = (&altered.cells[block.cells.clone()], &replayed.altered[block.cells.clone()]);
        runs.push(Run { cells, choices, first_own: None });
        next = instead_of.end;
    }
    runs.push(own(next..prepared.cells.len()));
    runs
}

/// The planned cells of the base that an altered block replaces; where there are none, the place where it belongs.
fn instead_of(base: &Base, prepared: &Prepared, block: &AlteredBlock) -> core::ops::Range<usize> {
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

/// By planned cell of the other plan, in its order.
struct Columns {
    satellite: Vec<u32>,
    rate_kbps: Vec<u32>,
    /// Rows that were worked out anew, with their place, ascending.
    rows: Vec<(u32, Row)>,
}

impl Columns {
    fn with_room(cells: usize) -> Columns {
        Columns {
            satellite: Vec::with_capacity(cells),
            rate_kbps: Vec::with_capacity(cells),
            rows: Vec::new(),
        }
    }

    fn push(&mut self, satellite: u32, rate_kbps: u32) {
        self.satellite.push(satellite);
        self.rate_kbps.push(rate_kbps);
    }

    fn push_row(&mut self, row: Row) {
        let place = self.satellite.len() as u32;
        self.push(row.sky_index, row.rate_kbps);
        self.rows.push((place, row));
    }
}

/// The planned cells of which something else is said.
fn told(base: &Base, runs: &[Run<'_>], columns: &Columns) -> Vec<CellPlan> {
    let mut told = Vec::new();
    let mut rows = columns.rows.iter().peekable();
    let mut place = 0;
    for run in runs {
        for (at, (planned, choice)) in run.cells.iter().zip(run.choices).enumerate() {
            let rate_kbps = columns.rate_kbps[place];
            let row = rows.next_if(|(of, _)| *of as usize == place).map(|(_, row)| row);
            place += 1;
            let as_in_base = |own: usize| {
                row.is_none() && base.choices[own] == *choice && base.rate_kbps[own] == rate_kbps
            };
            if run.first_own.is_some_and(|first| as_in_base(first + at)) {
                continue;
            }
            let before = CellPlan::of(&base.plan, Cell(planned.cell));
            let now = match (choice.satellite(), row) {
                (Err(cause), _) => CellPlan::unserved(before.cell, cause),
                (Ok(_), None) => CellPlan { rate_kbps, ..before },
                (Ok(_), Some(row)) => CellPlan {
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
    }
    told
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
