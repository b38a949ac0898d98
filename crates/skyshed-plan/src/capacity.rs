//! Fair rates where cells share links: feeder links, gateways' fibre, lasers.
//!
//! Inside its cell a busy terminal can take at most its part of the beam ([`Demand`]). Terminals behind one satellite whose
//! traffic goes to one point of presence share one way, a [`Flow`]; flows share links; each link is shared max-min fairly
//! among terminals ([`skyshed_network::fair::max_min`]). Only the direction to the terminals is worked out.

mod again;
mod ways;

use rayon::prelude::*;

use crate::config::Config;
use crate::prepare::{PlannedCell, Prepared};
use crate::slot::SlotPlan;

pub use again::{Levels, ServedCell};
use ways::NamedWay;
pub use ways::Ways;

/// What links carry towards the terminals, kb/s, and what they could.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkLoads {
    /// Per laser link, in the order of the network's: towards the smaller satellite, towards the larger.
    pub laser_kbps: Vec<[f64; 2]>,
    /// Per feeder link, in the order of the network's.
    pub feeder_kbps: Vec<f64>,
    /// Per gateway.
    pub gateway_kbps: Vec<f64>,
    /// Per satellite: what its beams carry, and what they could with the shares of time its cells have.
    pub beams_kbps: Vec<[f64; 2]>,
}

/// Who shares a cell's beams.
pub struct Demand {
    share_parts: f64,
    /// Busy terminals per person.
    busy_per_person: f64,
    /// Largest number of busy terminals in a cell.
    busy_max: f64,
    terminal_rate_max_mbps: f64,
}

impl Demand {
    /// The demand of a configuration.
    pub fn new(config: &Config) -> Demand {
        let demand = &config.demand;
        Demand {
            share_parts: f64::from(config.beams.share_parts),
            busy_per_person: demand.terminals_per_1000_people / 1e3 * demand.busy_share,
            busy_max: (demand.terminals_per_cell_max * demand.busy_share).max(1.0),
            terminal_rate_max_mbps: demand.terminal_rate_max_mbps,
        }
    }

    /// Terminals of a cell that are busy at once, on average: a fraction where few live.
    pub fn busy(&self, people: u32) -> f64 {
        (f64::from(people) * self.busy_per_person).min(self.busy_max)
    }

    /// The most one busy terminal can get, kb/s: the cell's share of a beam, split evenly among those busy, up to the
    /// largest rate of a terminal.
    pub fn terminal_rate_kbps(&self, beam_mbps: f64, share: u8, people: u32) -> u32 {
        let rate_mbps = self.cell_mbps(beam_mbps, share) / self.busy(people).max(1.0);
        (rate_mbps.min(self.terminal_rate_max_mbps) * 1e3) as u32
    }

    /// What the cell's share of a beam carries, Mb/s.
    pub fn cell_mbps(&self, beam_mbps: f64, share: u8) -> f64 {
        beam_mbps * f64::from(share) / self.share_parts
    }
}

/// A cell's place in the order of a plan. Two plans of the same ground have theirs on one scale: between planned cells of the
/// one there is room for those that only the other plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order(u64);

impl Order {
    /// Bits of the places between two planned cells: more than there are cells.
    const BETWEEN_BITS: u32 = 24;
    const BETWEEN: u64 = (1 << Order::BETWEEN_BITS) - 1;

    /// Of a planned cell, by its number.
    pub fn of_planned(number: usize) -> Order {
        Order((number as u64) << Order::BETWEEN_BITS | Order::BETWEEN)
    }

    /// Of a cell that another plan has before the planned cell `number`; of two such the one with the larger `rank` is later.
    pub fn before(number: usize, rank: usize) -> Order {
        debug_assert!((rank as u64) < Order::BETWEEN, "more cells than a plan can have");
        Order((number as u64) << Order::BETWEEN_BITS | rank as u64)
    }

    /// The number of the planned cell, or the rank of the other.
    pub fn number(self) -> Result<usize, usize> {
        match self.0 & Order::BETWEEN {
            Order::BETWEEN => Ok((self.0 >> Order::BETWEEN_BITS) as usize),
            rank => Err(rank as usize),
        }
    }
}

/// What ways carry in a plan, and how that came about.
pub struct Traffic {
    named: Vec<NamedWay>,
    /// Per way: what its terminals take where no link holds them back, kb/s.
    wanted_kbps: Vec<f64>,
    /// Per way: the most one of its terminals can get, kb/s; infinite where no link holds it back.
    level_kbps: Vec<f64>,
    /// Per way: its terminals, as [`users`] has them, where it is held back.
    users: Vec<Vec<(f64, f64)>>,
}

/// Lowers the plan's rates, until now the most that beams allow, to what is fair where links are full; returns what the
/// links then carry, and how that came about. `beams_kbps` comes with what the beams of each satellite could carry.
pub fn share_links(
    plan: &mut SlotPlan,
    mut ways: Ways<'_>,
    prepared: &Prepared,
    config: &Config,
    mut beams_kbps: Vec<[f64; 2]>,
) -> (LinkLoads, Traffic) {
    let demand = Demand::new(config);
    let cells = prepared.cells.iter().map(|planned| (planned, planned.cell as usize));
    let taken = ways.take_all(prepared, &demand, cells.clone(), &plan.satellite, &plan.rate_kbps);
    let Taken { way_of, wanted_kbps, inhabited } = taken;
    let held_back = ways.held_back(&wanted_kbps);
    let mut carried_kbps = wanted_kbps.clone();
    let mut level_kbps = vec![f64::INFINITY; ways.len()];
    let mut users_of_way = vec![Vec::new(); ways.len()];
    if held_back.contains(&true) {
        let mut users = users(&demand, cells.clone(), &plan.rate_kbps, &way_of, &held_back, &inhabited);
        level_kbps = ways.fair_levels(&held_back, &mut users, &mut carried_kbps);
        for ((_, at), &way) in cells.zip(&way_of) {
            if way != NO_WAY && held_back[way as usize] {
                plan.rate_kbps[at] = lowered(plan.rate_kbps[at], level_kbps[way as usize]);
            }
        }
        let held = (0..held_back.len()).filter(|&way| held_back[way]);
        held.zip(users).for_each(|(way, users)| users_of_way[way] = users);
    }
    for (way, carried_kbps) in carried_kbps.iter().enumerate() {
        beams_kbps[ways.satellite(way)][0] += carried_kbps;
    }
    let loads = ways.every.loads(&ways.per_link(&carried_kbps), beams_kbps);
    (loads, Traffic { named: ways.named, wanted_kbps, level_kbps, users: users_of_way })
}

/// The rate of a terminal that could have `most_kbps` on a way that gives no more than this.
fn lowered(most_kbps: u32, level_kbps: f64) -> u32 {
    f64::from(most_kbps).min(level_kbps) as u32
}

/// Who takes which way.
struct Taken {
    /// Per planned cell, [`NO_WAY`] where it is not served.
    way_of: Vec<u32>,
    /// Per way: what its terminals take where no link holds them back, kb/s.
    wanted_kbps: Vec<f64>,
    /// Per way: its cells with people.
    inhabited: Vec<u32>,
}

/// A cell that is not served has no way.
const NO_WAY: u32 = u32::MAX;

/// For each way that is held back, in order, its terminals by the most they can take, ascending. `inhabited` says of how
/// many cells with people each way is.
fn users<'c>(
    demand: &Demand,
    cells: impl Iterator<Item = (&'c PlannedCell, usize)>,
    rate_kbps: &[u32],
    way_of: &[u32],
    held_back: &[bool],
    inhabited: &[u32],
) -> Vec<Vec<(f64, f64)>> {
    let mut place = vec![u32::MAX; held_back.len()];
    let mut users = Vec::new();
    for way in (0..held_back.len()).filter(|&way| held_back[way]) {
        place[way] = users.len() as u32;
        users.push(Vec::with_capacity(inhabited[way] as usize + 1));
    }
    for ((planned, at), &way) in cells.zip(way_of) {
        if planned.people > 0 && way != NO_WAY && held_back[way as usize] {
            users[place[way as usize] as usize].push(user(demand, planned.people, rate_kbps[at]));
        }
    }
    users.par_iter_mut().with_min_len(64).for_each(|users| complete(demand, users));
    users
}

/// The most one busy terminal of a cell with these people can take, kb/s, and how many there are.
fn user(demand: &Demand, people: u32, most_kbps: u32) -> (f64, f64) {
    (f64::from(most_kbps), demand.busy(people))
}

/// Sorts the users of a way. Where nobody lives a passer-by still learns what the way would give: a terminal that weighs next
/// to nothing.
fn complete(demand: &Demand, users: &mut Vec<(f64, f64)>) {
    users.push((demand.terminal_rate_max_mbps * 1e3, PASSER_BY));
    users.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
}

/// Number of terminals that a passer-by counts for.
const PASSER_BY: f64 = 1e-6;
