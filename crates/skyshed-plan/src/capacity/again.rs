//! Fair rates of a plan that serves the cells of some satellites otherwise than another plan does.

use std::collections::HashMap;

use super::ways::NamedWay;
use super::{Demand, Order, Traffic, Ways, complete, lowered, user};
use crate::config::Config;
use crate::prepare::{PlannedCell, Prepared};

/// A cell that a satellite serves in a plan: what of it matters to shared links.
#[derive(Clone, Copy, Default)]
pub struct ServedCell {
    /// Its place in the plan.
    pub order: Order,
    /// Its number on the planet.
    pub cell: u32,
    /// Who live there.
    pub people: u32,
    /// What its whole beam carries, Mb/s.
    pub beam_mbps: f64,
    /// The most that its beam allows one terminal, kb/s.
    pub most_kbps: u32,
    /// As in [`PlannedCell::home_pop`].
    pub home_pop: u16,
    /// As in [`PlannedCell::colour`].
    pub colour: u8,
}

impl ServedCell {
    /// A planned cell at this place, whose beam carries so much.
    pub fn new(order: Order, planned: &PlannedCell, beam_mbps: f64, most_kbps: u32) -> ServedCell {
        let PlannedCell { cell, people, home_pop, colour, .. } = *planned;
        ServedCell { order, cell, people, beam_mbps, most_kbps, home_pop, colour }
    }

    /// The most one of its busy terminals can take, kb/s, and how many there are; none where nobody lives.
    fn user(&self, demand: &Demand) -> Option<(f64, f64)> {
        (self.people > 0).then(|| user(demand, self.people, self.most_kbps))
    }
}

/// What each way gives in the other plan.
pub struct Levels<'n> {
    ways: Ways<'n>,
    level_kbps: Vec<f64>,
    /// Per satellite of the sky: one of its ways gives something else now, or is new.
    is_releveled: Vec<bool>,
}

impl Traffic {
    /// Shares links anew. `is_touched` says, per satellite of the sky, whether it serves other cells, or with other rates, than
    /// in the plan of this traffic; `cells` gives the cells of any satellite, as the other plan has them and in its order.
    /// `ways` are fresh ones. The same bits as from scratch: what touches no sum is taken over, and sums that are touched are
    /// made again in the order in which they were made.
    pub fn again<'n, C: Iterator<Item = ServedCell>>(
        &self,
        mut ways: Ways<'n>,
        prepared: &Prepared,
        config: &Config,
        is_touched: &[bool],
        cells: impl Fn(u32) -> C,
    ) -> Levels<'n> {
        let demand = Demand::new(config);
        let satellites = ways.satellites;
        let mut wanted_kbps = self.wanted_kbps[..satellites].to_vec();
        // Of named ways, with what is wanted of them and their number in this traffic, if they were there and still are.
        let mut named: Vec<(NamedWay, f64, Option<usize>)> = Vec::new();
        for (number, way) in
            self.named.iter().enumerate().filter(|(_, way)| !is_touched[way.satellite as usize])
        {
            named.push((way.clone(), self.wanted_kbps[satellites + number], Some(satellites + number)));
        }
        let mut wanted_named: Vec<f64> = Vec::new();
        for satellite in (0..satellites as u32).filter(|&at| is_touched[at as usize]) {
            wanted_kbps[satellite as usize] = 0.0;
            let (mut way, mut home_pop) = (0, None);
            for cell in cells(satellite) {
                // Cells of a territory stand together.
                if home_pop != Some(cell.home_pop) {
                    home_pop = Some(cell.home_pop);
                    way = ways.take(satellite, cell.home_pop, prepared, cell.order) as usize;
                    wanted_named.resize(ways.named.len(), 0.0);
                }
                if let Some((most_kbps, terminals)) = cell.user(&demand) {
                    let wanted = match way.checked_sub(satellites) {
                        Some(number) => &mut wanted_named[number],
                        None => &mut wanted_kbps[way],
                    };
                    *wanted += most_kbps * terminals;
                }
            }
        }
        let anew = std::mem::take(&mut ways.named).into_iter().zip(wanted_named);
        named.extend(anew.map(|(way, wanted_kbps)| (way, wanted_kbps, None)));
        named.sort_unstable_by_key(|(way, ..)| way.first);
        wanted_kbps.extend(named.iter().map(|(_, wanted_kbps, _)| wanted_kbps));
        let before: Vec<Option<usize>> = (0..satellites)
            .map(|at| Some(at).filter(|&at| !is_touched[at]))
            .chain(named.iter().map(|(.., before)| *before))
            .collect();
        ways.set_named(named.into_iter().map(|(way, ..)| way).collect());

        let held_back = ways.held_back(&wanted_kbps);
        let mut level_kbps = vec![f64::INFINITY; ways.len()];
        if held_back.contains(&true) {
            let mut users: Vec<Vec<(f64, f64)>> = (0..ways.len())
                .filter(|&way| held_back[way])
                .map(|way| match before[way] {
                    // A way that is held back has at least its passer-by.
                    Some(before) if !self.users[before].is_empty() => self.users[before].clone(),
                    _ => users_of(&mut ways, prepared, &demand, way, &cells),
                })
                .collect();
            level_kbps = ways.fair_levels(&held_back, &mut users, &mut wanted_kbps);
        }
        let levels_before = self.levels(satellites);
        let mut is_releveled = vec![false; satellites];
        for (way, level_kbps) in level_kbps.iter().enumerate() {
            let before = match way.checked_sub(satellites) {
                None => Some(self.level_kbps[way]),
                Some(number) => levels_before.get(&ways.named[number].place()).copied(),
            };
            is_releveled[ways.satellite(way)] |= before.map(f64::to_bits) != Some(level_kbps.to_bits());
        }
        Levels { ways, level_kbps, is_releveled }
    }

    /// What each named way gives.
    fn levels(&self, satellites: usize) -> HashMap<(u32, u16), f64> {
        let named = self.named.iter().zip(&self.level_kbps[satellites..]);
        named.map(|(way, &level_kbps)| (way.place(), level_kbps)).collect()
    }
}

/// The users of a way, from the cells of its satellite.
fn users_of<C: Iterator<Item = ServedCell>>(
    ways: &mut Ways<'_>,
    prepared: &Prepared,
    demand: &Demand,
    way: usize,
    cells: &impl Fn(u32) -> C,
) -> Vec<(f64, f64)> {
    let satellite = ways.satellite(way) as u32;
    let mut users = Vec::new();
    for cell in cells(satellite) {
        if let Some(user) = cell.user(demand)
            && ways.take(satellite, cell.home_pop, prepared, cell.order) as usize == way
        {
            users.push(user);
        }
    }
    complete(demand, &mut users);
    users
}

impl Levels<'_> {
    /// Whether a way of a satellite of the sky gives something else than in the traffic that this was made from.
    pub fn is_releveled(&self, satellite: u32) -> bool {
        self.is_releveled[satellite as usize]
    }

    /// Those satellites, ascending.
    pub fn releveled(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.is_releveled).filter(|(_, releveled)| **releveled).map(|(satellite, _)| satellite)
    }

    /// The rate of a terminal in a cell that a satellite of the sky serves.
    pub fn rate_kbps(&mut self, prepared: &Prepared, satellite: u32, cell: ServedCell) -> u32 {
        let way = self.ways.take(satellite, cell.home_pop, prepared, cell.order);
        lowered(cell.most_kbps, self.level_kbps[way as usize])
    }
}
