//! The ways of traffic over lasers, feeder links and gateways, and what they share.

use skyshed_network::fair::{Flow, max_min};

use super::{Demand, LinkLoads, NO_WAY, Order, PASSER_BY, Taken};
use crate::config::Config;
use crate::network::{Landing, Network};
use crate::prepare::{NO_POP, PlannedCell, Prepared};
use crate::slot::NO_SATELLITE;

/// The links by number: both directions of each laser, feeder links, gateways.
pub(super) struct Links<'a> {
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

    pub(super) fn loads(&self, load_kbps: &[f64], beams_kbps: Vec<[f64; 2]>) -> LinkLoads {
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

impl NamedWay {
    /// Where it begins, and ends: there is one such way.
    pub fn place(&self) -> (u32, u16) {
        (self.satellite, self.pop)
    }
}

/// The ways that traffic takes, by number: from each satellite to the point of presence nearest to it, then those to a
/// point of presence that a territory names and is another.
pub struct Ways<'a> {
    network: &'a Network,
    pub(super) every: Links<'a>,
    pub(super) satellites: usize,
    /// Satellites that land, those with fewer laser hops first.
    inwards: Vec<u32>,
    /// Per satellite: the next one on its way, and the link from there; itself where it lands.
    next: Vec<(u32, u32)>,
    /// Per satellite that lands itself: its feeder link and gateway.
    up: Vec<[u32; 2]>,
    /// Per satellite: the last of its named ways, counted from the first of all, or [`NO_WAY`].
    last_named: Vec<u32>,
    pub(super) named: Vec<NamedWay>,
}

/// A way to a point of presence that is not the satellite's nearest.
#[derive(Clone)]
pub(super) struct NamedWay {
    pub satellite: u32,
    pop: u16,
    links: Vec<u32>,
    /// The named way of the same satellite before this one, or [`NO_WAY`].
    before: u32,
    /// The first cell that takes it: named ways are in the order of these.
    pub first: Order,
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
    pub(super) fn take_all<'c>(
        &mut self,
        prepared: &Prepared,
        demand: &Demand,
        cells: impl Iterator<Item = (&'c PlannedCell, usize)>,
        satellite: &[u32],
        rate_kbps: &[u32],
    ) -> Taken {
        let (mut wanted_kbps, mut inhabited) = (vec![0.0; self.satellites], vec![0; self.satellites]);
        let of_cell = |(number, (planned, at)): (usize, (&PlannedCell, usize))| {
            let satellite = satellite[at];
            if satellite == NO_SATELLITE {
                return NO_WAY;
            }
            let way = self.take(satellite, planned.home_pop, prepared, Order::of_planned(number));
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
        let way_of = cells.enumerate().map(of_cell).collect();
        Taken { way_of, wanted_kbps, inhabited }
    }

    /// The way that a cell takes from a satellite to its territory's home, or to the nearest point of presence.
    pub(super) fn take(&mut self, satellite: u32, home_pop: u16, prepared: &Prepared, cell: Order) -> u32 {
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
        self.named.push(NamedWay { satellite, pop: home_pop, links: over, before, first: cell });
        (self.satellites + self.named.len() - 1) as u32
    }

    /// Has these named ways instead, in this order.
    pub(super) fn set_named(&mut self, named: Vec<NamedWay>) {
        self.last_named.fill(NO_WAY);
        self.named = named;
        for (number, way) in (0u32..).zip(&mut self.named) {
            way.before = std::mem::replace(&mut self.last_named[way.satellite as usize], number);
        }
    }

    /// The network they go over.
    pub fn network(&self) -> &'a Network {
        self.network
    }

    pub(super) fn len(&self) -> usize {
        self.satellites + self.named.len()
    }

    /// The satellite that a way begins at.
    pub(super) fn satellite(&self, way: usize) -> usize {
        if way < self.satellites { way } else { self.named[way - self.satellites].satellite as usize }
    }

    /// Sums over links of a number per way: each satellite hands what it has to the next on its way.
    pub(super) fn per_link(&self, of_way: &[f64]) -> Vec<f64> {
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
    pub(super) fn held_back(&self, wanted_kbps: &[f64]) -> Vec<bool> {
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

    /// The fair level of every way, kb/s; infinite where no link holds it back. `users` are those of the ways that are held
    /// back, in order; `carried_kbps` comes with what everybody wants, and leaves with what everybody gets.
    pub(super) fn fair_levels(
        &self,
        held_back: &[bool],
        users: &mut [Vec<(f64, f64)>],
        carried_kbps: &mut [f64],
    ) -> Vec<f64> {
        let ways: Vec<usize> = (0..self.len()).filter(|&way| held_back[way]).collect();
        let flow = |(&way, users): (&usize, &mut Vec<(f64, f64)>)| Flow {
            links: self.links(way),
            users: std::mem::take(users),
        };
        let flows: Vec<Flow> = ways.iter().zip(users.iter_mut()).map(flow).collect();
        let fair = max_min(&self.capacity_left(held_back, carried_kbps), &flows);
        let mut level_kbps = vec![f64::INFINITY; self.len()];
        for ((&way, flow), level) in ways.iter().zip(&flows).zip(fair) {
            level_kbps[way] = level;
            let terminals = flow.users.iter().filter(|(_, terminals)| *terminals != PASSER_BY);
            carried_kbps[way] =
                terminals.map(|&(most_kbps, terminals)| most_kbps.min(level) * terminals).sum();
        }
        users.iter_mut().zip(flows).for_each(|(users, flow)| *users = flow.users);
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
