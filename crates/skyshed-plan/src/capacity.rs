//! Fair rates where cells share links: feeder links, gateways' fibre, lasers.
//!
//! Inside its cell a busy terminal can take at most its part of the beam ([`Demand`]). Terminals behind one satellite whose
//! traffic goes to one point of presence share one way, a [`Flow`]; flows share links; each link is shared max-min fairly
//! among terminals ([`max_min`]). Only the direction to the terminals is worked out.

use std::collections::BTreeMap;

use rayon::prelude::*;
use skyshed_ground::Cell;
use skyshed_network::fair::{Flow, max_min};

use crate::config::Config;
use crate::network::{Landing, Network};
use crate::prepare::{NO_POP, PlannedCell, Prepared};
use crate::slot::SlotPlan;

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
    network: &Network,
    prepared: &Prepared,
    config: &Config,
    mut beams_kbps: Vec<[f64; 2]>,
) -> LinkLoads {
    let demand = Demand::new(config);
    let links = Links::new(network, config);
    let ways = Ways::new(plan, network, prepared, &links);
    let mut carried_kbps = ways.wanted(plan, prepared, &demand);
    let held_back = ways.held_back(&links, &carried_kbps);
    if held_back.contains(&true) {
        let level_kbps = ways.fair_levels(plan, prepared, &demand, &links, &held_back, &mut carried_kbps);
        for planned in &prepared.cells {
            if let Some(way) = ways.of(plan, planned).filter(|&way| held_back[way]) {
                let rate_kbps = &mut plan.rate_kbps[planned.cell as usize];
                *rate_kbps = f64::from(*rate_kbps).min(level_kbps[way]) as u32;
            }
        }
    }
    for (way, carried_kbps) in carried_kbps.iter().enumerate() {
        beams_kbps[ways.satellite(way)][0] += carried_kbps;
    }
    links.loads(&ways.per_link(&links, &carried_kbps), beams_kbps)
}

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

    /// The feeder link and the gateway over which traffic comes up to a satellite.
    fn up(&self, landing: &Landing) -> [u32; 2] {
        let span = self.network.feeders.span(landing.exit);
        let at = self.network.feeders.links[span.clone()].iter().position(|f| f.gateway == landing.gateway);
        let feeder = span.start + at.expect("a way lands over a feeder link");
        let first = self.lasers as u32;
        [first + feeder as u32, first + self.feeders as u32 + u32::from(landing.gateway)]
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
struct Ways<'a> {
    network: &'a Network,
    satellites: usize,
    /// Satellites that land, those with fewer laser hops first.
    inwards: Vec<u32>,
    /// Per satellite: the next one on its way, and the link from there; itself where it lands.
    next: Vec<(u32, u32)>,
    /// Per satellite that lands itself: its feeder link and gateway.
    up: Vec<[u32; 2]>,
    named: BTreeMap<(u32, u16), u32>,
    /// Per named way: its satellite and its links.
    named_links: Vec<(u32, Vec<u32>)>,
}

impl<'a> Ways<'a> {
    fn new(plan: &SlotPlan, network: &'a Network, prepared: &Prepared, links: &Links<'_>) -> Ways<'a> {
        let satellites = network.landings.len();
        let mut inwards: Vec<u32> =
            (0..satellites as u32).filter(|&at| network.landings[at as usize].is_some()).collect();
        inwards.sort_by_key(|&at| network.landings[at as usize].map(|landing| landing.laser_hops));
        let mut ways = Ways {
            network,
            satellites,
            next: (0..satellites as u32).map(|at| (at, 0)).collect(),
            up: vec![[0; 2]; satellites],
            named: BTreeMap::new(),
            named_links: Vec::new(),
            inwards,
        };
        for &at in &ways.inwards {
            let landing = network.landings[at as usize].as_ref().expect("lands");
            match network.next(at, landing.pop) {
                Some(next) => ways.next[at as usize] = (next, links.laser(at, next)),
                None => ways.up[at as usize] = links.up(landing),
            }
        }
        if prepared.home_pop.iter().any(|&pop| pop != NO_POP) {
            ways.add_named(plan, prepared, links);
        }
        ways
    }

    fn add_named(&mut self, plan: &SlotPlan, prepared: &Prepared, links: &Links<'_>) {
        for planned in &prepared.cells {
            let Some(satellite) = plan.satellite(Cell(planned.cell)) else { continue };
            let Some(pop) = pop_of(self.network, satellite, planned.home_pop) else { continue };
            let next = (self.satellites + self.named_links.len()) as u32;
            if *self.named.entry((satellite, pop)).or_insert(next) == next {
                let landing = self.network.landing(prepared, satellite, pop).expect("it can be reached");
                let way = self.network.satellites_to(satellite, pop);
                let mut over: Vec<u32> = way.windows(2).map(|hop| links.laser(hop[0], hop[1])).collect();
                over.extend(links.up(&landing));
                self.named_links.push((satellite, over));
            }
        }
    }

    fn len(&self) -> usize {
        self.satellites + self.named_links.len()
    }

    /// The satellite that a way begins at.
    fn satellite(&self, way: usize) -> usize {
        if way < self.satellites { way } else { self.named_links[way - self.satellites].0 as usize }
    }

    /// The way of a planned cell; `None` where it is not served.
    fn of(&self, plan: &SlotPlan, planned: &PlannedCell) -> Option<usize> {
        let satellite = plan.satellite(Cell(planned.cell))?;
        match pop_of(self.network, satellite, planned.home_pop) {
            None => Some(satellite as usize),
            Some(pop) => Some(self.named[&(satellite, pop)] as usize),
        }
    }

    /// Per way: what its terminals take where no link holds them back, kb/s.
    fn wanted(&self, plan: &SlotPlan, prepared: &Prepared, demand: &Demand) -> Vec<f64> {
        let mut wanted_kbps = vec![0.0; self.len()];
        for planned in prepared.cells.iter().filter(|planned| planned.people > 0) {
            if let Some(way) = self.of(plan, planned) {
                let most_kbps = f64::from(plan.rate_kbps[planned.cell as usize]);
                wanted_kbps[way] += most_kbps * demand.busy(planned.people);
            }
        }
        wanted_kbps
    }

    /// Sums over links of a number per way: each satellite hands what it has to the next on its way.
    fn per_link(&self, links: &Links<'_>, of_way: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; links.capacity_kbps.len()];
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
        for ((_, over), &value) in self.named_links.iter().zip(&of_way[self.satellites..]) {
            over.iter().for_each(|&link| sums[link as usize] += value);
        }
        sums
    }

    /// Which ways have a link that could not carry what everybody wants.
    fn held_back(&self, links: &Links<'_>, wanted_kbps: &[f64]) -> Vec<bool> {
        let wanted = self.per_link(links, wanted_kbps);
        let full: Vec<bool> = wanted.iter().zip(&links.capacity_kbps).map(|(w, c)| w > c).collect();
        let mut held_back = vec![false; self.len()];
        for &at in &self.inwards {
            let (next, laser) = self.next[at as usize];
            held_back[at as usize] = if next == at {
                self.up[at as usize].iter().any(|&link| full[link as usize])
            } else {
                full[laser as usize] || held_back[next as usize]
            };
        }
        for ((_, over), held) in self.named_links.iter().zip(&mut held_back[self.satellites..]) {
            *held = over.iter().any(|&link| full[link as usize]);
        }
        held_back
    }

    /// The fair level of every way, kb/s; infinite where no link holds it back. `carried_kbps` comes with what everybody
    /// wants, and leaves with what everybody gets.
    fn fair_levels(
        &self,
        plan: &SlotPlan,
        prepared: &Prepared,
        demand: &Demand,
        links: &Links<'_>,
        held_back: &[bool],
        carried_kbps: &mut [f64],
    ) -> Vec<f64> {
        let ways: Vec<usize> = (0..self.len()).filter(|&way| held_back[way]).collect();
        let users = self.users(plan, prepared, demand, &ways);
        let flow = |(&way, users): (&usize, Vec<(f64, f64)>)| Flow { links: self.links(way), users };
        let flows: Vec<Flow> = ways.iter().zip(users).map(flow).collect();
        let fair = max_min(&self.capacity_left(links, held_back, carried_kbps), &flows);
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
            return self.named_links[way - self.satellites].1.clone();
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
    fn capacity_left(&self, links: &Links<'_>, held_back: &[bool], wanted_kbps: &[f64]) -> Vec<f64> {
        let free = wanted_kbps.iter().zip(held_back);
        let free: Vec<f64> = free.map(|(&kbps, &held)| if held { 0.0 } else { kbps }).collect();
        let used = self.per_link(links, &free);
        links.capacity_kbps.iter().zip(used).map(|(capacity, used)| (capacity - used).max(0.0)).collect()
    }

    /// For each of the ways, its terminals by the most they can take, ascending.
    fn users(
        &self,
        plan: &SlotPlan,
        prepared: &Prepared,
        demand: &Demand,
        ways: &[usize],
    ) -> Vec<Vec<(f64, f64)>> {
        let mut place = vec![usize::MAX; self.len()];
        ways.iter().enumerate().for_each(|(at, &way)| place[way] = at);
        let mut count = vec![1; ways.len()];
        let inhabited = || {
            let served = prepared.cells.iter().filter(|planned| planned.people > 0);
            served.filter_map(|planned| Some((planned, place[self.of(plan, planned)?])))
        };
        inhabited().for_each(|(_, at)| count.get_mut(at).into_iter().for_each(|count| *count += 1));
        let mut users: Vec<Vec<(f64, f64)>> = count.into_iter().map(Vec::with_capacity).collect();
        for (planned, at) in inhabited() {
            if let Some(users) = users.get_mut(at) {
                let most_kbps = f64::from(plan.rate_kbps[planned.cell as usize]);
                users.push((most_kbps, demand.busy(planned.people)));
            }
        }
        users.par_iter_mut().with_min_len(64).for_each(|users| {
            // Where nobody lives a passer-by still learns what the way would give: a terminal that weighs next to nothing.
            users.push((demand.terminal_rate_max_mbps * 1e3, PASSER_BY));
            users.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        });
        users
    }
}

/// Number of terminals that a passer-by counts for.
const PASSER_BY: f64 = 1e-6;

/// The point of presence that a cell's territory names, if it can be reached and is not the nearest anyway.
fn pop_of(network: &Network, satellite: u32, home_pop: u16) -> Option<u16> {
    if home_pop == NO_POP {
        return None;
    }
    let nearest = network.landings[satellite as usize]?.pop;
    let may = home_pop != nearest && network.light_mm(satellite, home_pop).is_some();
    may.then_some(home_pop)
}
