//! Fair rates where cells share links: feeder links, gateways' fibre, lasers.
//!
//! Inside its cell a busy terminal can take at most its part of the beam ([`Demand`]). Terminals behind one satellite whose
//! traffic goes to one point of presence share one way, a [`Flow`]; flows share links; each link is shared max-min fairly
//! among terminals ([`max_min`]). Only the direction to the terminals is worked out.

use rayon::prelude::*;
use skyshed_network::fair::{Flow, max_min};

use crate::config::Config;
use crate::network::{Landing, Network};
use crate::prepare::{NO_POP, PlannedCell, Prepared};
use crate::slot::{NO_SATELLITE, SlotPlan};

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

/// Lowers the plan's rates, until now the most that beams allow, to what is fair where links are full; returns what the
/// links then carry. `beams_kbps` comes with what the beams of each satellite could carry.
pub fn share_links(
    plan: &mut SlotPlan,
    mut ways: Ways<'_>,
    prepared: &Prepared,
    config: &Config,
    mut beams_kbps: Vec<[f64; 2]>,
) -> LinkLoads {
    let cells = prepared.cells.iter().map(|planned| (planned, planned.cell as usize));
    let carried_kbps = share(&mut ways, prepared, config, cells, &plan.satellite, &mut plan.rate_kbps);
    for (way, carried_kbps) in carried_kbps.iter().enumerate() {
        beams_kbps[ways.satellite(way)][0] += carried_kbps;
    }
    ways.every.loads(&ways.per_link(&carried_kbps), beams_kbps)
}

/// Lowers rates, until now the most that beams allow, to what is fair where links are full; returns what each way then
/// carries, kb/s. `cells` are the planned ones in their order, each with its place in the columns: the satellite that serves
/// it, an index into the sky or [`NO_SATELLITE`], and its rate.
pub fn share<'c>(
    ways: &mut Ways<'_>,
    prepared: &Prepared,
    config: &Config,
    cells: impl Iterator<Item = (&'c PlannedCell, usize)> + Clone,
    satellite: &[u32],
    rate_kbps: &mut [u32],
) -> Vec<f64> {
    let demand = Demand::new(config);
    let taken = ways.take_all(prepared, &demand, cells.clone(), satellite, rate_kbps);
    let Taken { way_of, mut carried_kbps, inhabited } = taken;
    let held_back = ways.held_back(&carried_kbps);
    if held_back.contains(&true) {
        let users = users(&demand, cells.clone(), rate_kbps, &way_of, &held_back, &inhabited);
        let level_kbps = ways.fair_levels(&held_back, users, &mut carried_kbps);
        for ((_, at), &way) in cells.zip(&way_of) {
            if way != NO_WAY && held_back[way as usize] {
                rate_kbps[at] = f64::from(rate_kbps[at]).min(level_kbps[way as usize]) as u32;
            }
        }
    }
    carried_kbps
}

/// Who takes which way.
struct Taken {
    /// Per planned cell, [`NO_WAY`] where it is not served.
    way_of: Vec<u32>,
    /// Per way: what its terminals take where no link holds them back, kb/s.
    carried_kbps: Vec<f64>,
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
            let most_kbps = f64::from(rate_kbps[at]);
            users[place[way as usize] as usize].push((most_kbps, demand.busy(planned.people)));
        }
    }
    users.par_iter_mut().with_min_len(64).for_each(|users| {
        // Where nobody lives a passer-by still learns what the way would give: a terminal that weighs next to nothing.
        users.push((demand.terminal_rate_max_mbps * 1e3, PASSER_BY));
        users.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    });
    users
}

/// Number of terminals that a passer-by counts for.
const PASSER_BY: f64 = 1e-6;

/// The links by number: both directions of each laser, feeder links, gateways.
struct Links<'a> {
    network: &'a Network,
    /// Number of laser links, both directions counted.
    lasers: usize,
    feeders: usize,
    capacity_kbps: Vec<f64>,
}

impl<'a> Links<'a> {
    fn new(network: &'a Network, config: &Config) -> Links<'a> {
        let (lasers, feeders) = (2 * network.lasers.pairs.len(), network.feeders.links.len());
        let gateways = network.feeders.links.iter().map(|feeder| usize::from(feeder.gateway) + 1).max();
        let mut capacity_kbps = vec![config.lasers.capacity_gbps * 1e6; lasers];
        capacity_kbps.resize(lasers + feeders, config.gateway.feeder_gbps * 1e6);
        capacity_kbps.resize(lasers + feeders + gateways.unwrap_or(0), config.gateway.fibre_gbps * 1e6);
        Links { network, lasers, feeders, capacity_kbps }
    }

    /// The laser link that brings traffic to a satellite from the one before it on the way down.
    fn laser(&self, to: u32, from: u32) -> u32 {
        let laser = self.network.laser(to, from).expect("a way goes along links");
        2 * laser as u32 + u32::from(to > from)
    }

    /// A feeder link and its gateway, over which traffic comes up to the satellite that lands.
    fn up(&self, feeder: usize) -> [u32; 2] {
        let first = self.lasers as u32;
        let gateway = self.network.feeders.links[feeder].gateway;
        [first + feeder as u32, first + self.feeders as u32 + u32::from(gateway)]
    }

    fn loads(&self, load_kbps: &[f64], beams_kbps: Vec<[f64; 2]>) -> LinkLoads {
        let (lasers, rest) = load_kbps.split_at(self.lasers);
        let (feeders, gateways) = rest.split_at(self.feeders);
        LinkLoads {
            laser_kbps: lasers.chunks_exact(2).map(|both| [both[0], both[1]]).collect(),
            feeder_kbps: feeders.to_vec(),
            gateway_kbps: gateways.to_vec(),
            beams_kbps,
        }
    }
}

/// The ways that traffic takes, by number: from each satellite to the point of presence nearest to it, then those to a
/// point of presence that a territory names and is another.
pub struct Ways<'a> {
    network: &'a Network,
    every: Links<'a>,
    satellites: usize,
    /// Satellites that land, those with fewer laser hops first.
    inwards: Vec<u32>,
    /// Per satellite: the next one on its way, and the link from there; itself where it lands.
    next: Vec<(u32, u32)>,
    /// Per satellite that lands itself: its feeder link and gateway.
    up: Vec<[u32; 2]>,
    /// Per satellite: the last of its named ways, counted from the first of all, or [`NO_WAY`].
    last_named: Vec<u32>,
    named: Vec<NamedWay>,
}

/// A way to a point of presence that is not the satellite's nearest.
struct NamedWay {
    satellite: u32,
    pop: u16,
    links: Vec<u32>,
    /// The named way of the same satellite before this one, or [`NO_WAY`].
    before: u32,
}

impl<'a> Ways<'a> {
    /// The ways to the nearest points of presence.
    pub fn new(network: &'a Network, config: &Config) -> Ways<'a> {
        let satellites = network.landings.len();
        let mut inwards: Vec<u32> =
            (0..satellites as u32).filter(|&at| network.landings[at as usize].is_some()).collect();
        inwards.sort_by_key(|&at| network.landings[at as usize].map(|landing| landing.laser_hops));
        let mut ways = Ways {
            network,
            every: Links::new(network, config),
            satellites,
            next: (0..satellites as u32).map(|at| (at, 0)).collect(),
            up: vec![[0; 2]; satellites],
            last_named: vec![NO_WAY; satellites],
            named: Vec::new(),
            inwards,
        };
        for &at in &ways.inwards {
            let landing = network.landings[at as usize].as_ref().expect("lands");
            let next = network.inwards[at as usize];
            if next == at {
                ways.up[at as usize] = ways.every.up(landing.feeder as usize);
            } else {
                ways.next[at as usize] = (next, ways.every.laser(at, next));
            }
        }
        ways
    }

    /// Lets every planned cell take its way.
    fn take_all<'c>(
        &mut self,
        prepared: &Prepared,
        demand: &Demand,
        cells: impl Iterator<Item = (&'c PlannedCell, usize)>,
        satellite: &[u32],
        rate_kbps: &[u32],
    ) -> Taken {
        let (mut wanted_kbps, mut inhabited) = (vec![0.0; self.satellites], vec![0; self.satellites]);
        let of_cell = |(planned, at): (&PlannedCell, usize)| {
            let satellite = satellite[at];
            if satellite == NO_SATELLITE {
                return NO_WAY;
            }
            let way = self.take(satellite, planned.home_pop, prepared);
            if way as usize == wanted_kbps.len() {
                wanted_kbps.push(0.0);
                inhabited.push(0);
            }
            if planned.people > 0 {
                wanted_kbps[way as usize] += f64::from(rate_kbps[at]) * demand.busy(planned.people);
                inhabited[way as usize] += 1;
            }
            way
        };
        let way_of = cells.map(of_cell).collect();
        Taken { way_of, carried_kbps: wanted_kbps, inhabited }
    }

    /// The way from a satellite to a territory's home, or to the nearest point of presence.
    fn take(&mut self, satellite: u32, home_pop: u16, prepared: &Prepared) -> u32 {
        let mut named = self.last_named[satellite as usize];
        while named != NO_WAY && home_pop != NO_POP {
            let way = &self.named[named as usize];
            if way.pop == home_pop {
                return self.satellites as u32 + named;
            }
            named = way.before;
        }
        if !goes_home(self.network, satellite, home_pop) {
            return satellite;
        }
        let way = self.network.satellites_to(satellite, home_pop);
        let exit = *way.last().expect("it can be reached");
        let mut over: Vec<u32> = way.windows(2).map(|hop| self.every.laser(hop[0], hop[1])).collect();
        over.extend(self.every.up(self.network.feeder(prepared, exit, home_pop)));
        let before = std::mem::replace(&mut self.last_named[satellite as usize], self.named.len() as u32);
        self.named.push(NamedWay { satellite, pop: home_pop, links: over, before });
        (self.satellites + self.named.len() - 1) as u32
    }

    /// The network they go over.
    pub fn network(&self) -> &'a Network {
        self.network
    }

    fn len(&self) -> usize {
        self.satellites + self.named.len()
    }

    /// The satellite that a way begins at.
    fn satellite(&self, way: usize) -> usize {
        if way < self.satellites { way } else { self.named[way - self.satellites].satellite as usize }
    }

    /// Sums over links of a number per way: each satellite hands what it has to the next on its way.
    fn per_link(&self, of_way: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.every.capacity_kbps.len()];
        let mut of_satellite = of_way[..self.satellites].to_vec();
        for &at in self.inwards.iter().rev() {
            let (value, (next, laser)) = (of_satellite[at as usize], self.next[at as usize]);
            if next == at {
                self.up[at as usize].iter().for_each(|&link| sums[link as usize] += value);
            } else {
                sums[laser as usize] += value;
                of_satellite[next as usize] += value;
            }
        }
        for (way, &value) in self.named.iter().zip(&of_way[self.satellites..]) {
            way.links.iter().for_each(|&link| sums[link as usize] += value);
        }
        sums
    }

    /// Which ways have a link that could not carry what everybody wants.
    fn held_back(&self, wanted_kbps: &[f64]) -> Vec<bool> {
        let wanted = self.per_link(wanted_kbps);
        let full: Vec<bool> = wanted.iter().zip(&self.every.capacity_kbps).map(|(w, c)| w > c).collect();
        let mut held_back = vec![false; self.len()];
        for &at in &self.inwards {
            let (next, laser) = self.next[at as usize];
            held_back[at as usize] = if next == at {
                self.up[at as usize].iter().any(|&link| full[link as usize])
            } else {
                full[laser as usize] || held_back[next as usize]
            };
        }
        for (way, held) in self.named.iter().zip(&mut held_back[self.satellites..]) {
            *held = way.links.iter().any(|&link| full[link as usize]);
        }
        held_back
    }

    /// The fair level of every way, kb/s; infinite where no link holds it back. `carried_kbps` comes with what everybody
    /// wants, and leaves with what everybody gets.
    fn fair_levels(
        &self,
        held_back: &[bool],
        users: Vec<Vec<(f64, f64)>>,
        carried_kbps: &mut [f64],
    ) -> Vec<f64> {
        let ways: Vec<usize> = (0..self.len()).filter(|&way| held_back[way]).collect();
        let flow = |(&way, users): (&usize, Vec<(f64, f64)>)| Flow { links: self.links(way), users };
        let flows: Vec<Flow> = ways.iter().zip(users).map(flow).collect();
        let fair = max_min(&self.capacity_left(held_back, carried_kbps), &flows);
        let mut level_kbps = vec![f64::INFINITY; self.len()];
        for ((&way, flow), level) in ways.iter().zip(&flows).zip(fair) {
            level_kbps[way] = level;
            let terminals = flow.users.iter().filter(|(_, terminals)| *terminals != PASSER_BY);
            carried_kbps[way] =
                terminals.map(|&(most_kbps, terminals)| most_kbps.min(level) * terminals).sum();
        }
        level_kbps
    }

    /// The links of a way.
    fn links(&self, way: usize) -> Vec<u32> {
        if way >= self.satellites {
            return self.named[way - self.satellites].links.clone();
        }
        let (mut at, mut over) = (way, Vec::new());
        while self.next[at].0 as usize != at {
            over.push(self.next[at].1);
            at = self.next[at].0 as usize;
        }
        over.extend(self.up[at]);
        over
    }

    /// What links have left for the ways that are held back, once all others have what they want.
    fn capacity_left(&self, held_back: &[bool], wanted_kbps: &[f64]) -> Vec<f64> {
        let free = wanted_kbps.iter().zip(held_back);
        let free: Vec<f64> = free.map(|(&kbps, &held)| if held { 0.0 } else { kbps }).collect();
        let used = self.per_link(&free);
        self.every.capacity_kbps.iter().zip(used).map(|(capacity, used)| (capacity - used).max(0.0)).collect()
    }
}

/// Whether traffic of a territory with this home goes there, and not to the point of presence nearest to the satellite: it
/// can be reached, and is another.
fn goes_home(network: &Network, satellite: u32, home_pop: u16) -> bool {
    let is_nearest = |landing: &Landing| landing.pop == home_pop;
    home_pop != NO_POP
        && !network.landings[satellite as usize].as_ref().is_some_and(is_nearest)
        && network.light_mm(satellite, home_pop).is_some()
}
