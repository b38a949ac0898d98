//! Fair rates where cells share links: feeder links, gateways' fibre, lasers.
//!
//! Inside its cell a busy terminal can take at most its part of the beam ([`Demand`]). Terminals behind one satellite whose
//! traffic goes to one point of presence share one way, a [`Flow`]; flows share links; each link is shared max-min fairly
//! among terminals ([`max_min`]). Only the direction to the terminals is worked out.

use std::collections::BTreeMap;

use skyshed_network::fair::{Flow, max_min};

use crate::config::Config;
use crate::network::Network;
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
    prepared: &Prepared,
    config: &Config,
    mut beams_kbps: Vec<[f64; 2]>,
) -> LinkLoads {
    let demand = Demand::new(config);
    let links = Links::new(&plan.network, config);
    let ways = Ways::new(plan, prepared, &demand, &links);
    let held_back = ways.held_back(&links);
    let mut carried_kbps = ways.demand_kbps.clone();
    let lowered = if held_back.is_empty() {
        Vec::new()
    } else {
        let level_kbps = ways.fair_levels(plan, prepared, &demand, &links, &held_back);
        held_back.iter().for_each(|&way| carried_kbps[way] = 0.0);
        ways.lowered(plan, prepared, &demand, &held_back, &level_kbps, &mut carried_kbps)
    };
    for (&satellite, carried_kbps) in ways.satellite.iter().zip(&carried_kbps) {
        beams_kbps[satellite as usize][0] += carried_kbps;
    }
    let loads = links.loads(&ways.per_link(&links, &carried_kbps), beams_kbps);
    lowered.into_iter().for_each(|(cell, rate_kbps)| plan.rate_kbps[cell as usize] = rate_kbps);
    loads
}

/// The links by number: both directions of each laser, feeder links, gateways.
struct Links<'a> {
    network: &'a Network,
    lasers: usize,
    feeders: usize,
    capacity_kbps: Vec<f64>,
}

impl<'a> Links<'a> {
    fn new(network: &'a Network, config: &Config) -> Links<'a> {
        let (lasers, feeders) = (network.lasers.pairs.len(), network.feeders.links.len());
        let gateways = network.feeders.links.iter().map(|feeder| usize::from(feeder.gateway) + 1).max();
        let mut capacity_kbps = vec![config.lasers.capacity_gbps * 1e6; 2 * lasers];
        capacity_kbps.resize(2 * lasers + feeders, config.gateway.feeder_gbps * 1e6);
        let gateways = gateways.unwrap_or(0);
        capacity_kbps.resize(2 * lasers + feeders + gateways, config.gateway.fibre_gbps * 1e6);
        Links { network, lasers, feeders, capacity_kbps }
    }

    /// The links from a point of presence to a satellite.
    fn between(&self, prepared: &Prepared, satellite: u32, pop: u16) -> Vec<u32> {
        let Some(landing) = self.network.landing(prepared, satellite, pop) else { return Vec::new() };
        let mut links = Vec::with_capacity(usize::from(landing.laser_hops) + 2);
        for hop in self.network.satellites_to(satellite, pop).windows(2) {
            // Traffic comes down from the far end to the near one.
            let laser = self.network.laser(hop[0], hop[1]).expect("a way goes along links");
            links.push(2 * laser as u32 + u32::from(hop[0] > hop[1]));
        }
        let span = self.network.feeders.span(landing.exit);
        let at = self.network.feeders.links[span.clone()].iter().position(|f| f.gateway == landing.gateway);
        links.push((2 * self.lasers + span.start + at.expect("a way lands over a feeder link")) as u32);
        links.push((2 * self.lasers + self.feeders) as u32 + u32::from(landing.gateway));
        links
    }

    fn loads(&self, load_kbps: &[f64], beams_kbps: Vec<[f64; 2]>) -> LinkLoads {
        let (lasers, rest) = load_kbps.split_at(2 * self.lasers);
        let (feeders, gateways) = rest.split_at(self.feeders);
        LinkLoads {
            laser_kbps: lasers.chunks_exact(2).map(|both| [both[0], both[1]]).collect(),
            feeder_kbps: feeders.to_vec(),
            gateway_kbps: gateways.to_vec(),
            beams_kbps,
        }
    }
}

/// The ways that traffic takes: one for each serving satellite and point of presence.
struct Ways {
    /// Per satellite: its way to the nearest point of presence.
    nearest: Vec<u32>,
    /// Ways to a point of presence that a territory names and is not the nearest.
    named: BTreeMap<(u32, u16), u32>,
    /// The serving satellite.
    satellite: Vec<u32>,
    links: Vec<Vec<u32>>,
    /// What its terminals take where no link holds them back, kb/s.
    demand_kbps: Vec<f64>,
}

const NO_WAY: u32 = u32::MAX;

impl Ways {
    fn new(plan: &SlotPlan, prepared: &Prepared, demand: &Demand, links: &Links<'_>) -> Ways {
        let mut ways = Ways {
            nearest: vec![NO_WAY; plan.satellites.len()],
            named: BTreeMap::new(),
            satellite: Vec::new(),
            links: Vec::new(),
            demand_kbps: Vec::new(),
        };
        // Where nobody lives nothing is carried, but rates are told: such a way counts, with no demand.
        for planned in &prepared.cells {
            let cell = planned.cell as usize;
            let Some(satellite) = plan.satellite(skyshed_ground::Cell(planned.cell)) else { continue };
            let pop = pop_of(plan, satellite, planned.home_pop);
            let next = ways.links.len() as u32;
            let way = match pop {
                None => &mut ways.nearest[satellite as usize],
                Some(pop) => ways.named.entry((satellite, pop)).or_insert(NO_WAY),
            };
            if *way == NO_WAY {
                *way = next;
                let nearest = plan.network.landings[satellite as usize].map(|landing| landing.pop);
                let pop = pop.or(nearest).expect("a satellite that serves lands");
                ways.satellite.push(satellite);
                ways.links.push(links.between(prepared, satellite, pop));
                ways.demand_kbps.push(0.0);
            }
            if planned.people > 0 {
                let most_kbps = f64::from(plan.rate_kbps[cell]);
                ways.demand_kbps[*way as usize] += most_kbps * demand.busy(planned.people);
            }
        }
        ways
    }

    /// The way of a planned cell; `None` where it is not served.
    fn of(&self, plan: &SlotPlan, planned: &PlannedCell) -> Option<usize> {
        let satellite = plan.satellite(skyshed_ground::Cell(planned.cell))?;
        let way = match pop_of(plan, satellite, planned.home_pop) {
            None => self.nearest[satellite as usize],
            Some(pop) => self.named[&(satellite, pop)],
        };
        Some(way as usize)
    }

    /// Sums over links of a number per way.
    fn per_link(&self, links: &Links<'_>, of_way: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; links.capacity_kbps.len()];
        for (way, &value) in self.links.iter().zip(of_way) {
            way.iter().for_each(|&link| sums[link as usize] += value);
        }
        sums
    }

    /// The ways with a link that could not carry what everybody wants.
    fn held_back(&self, links: &Links<'_>) -> Vec<usize> {
        let wanted = self.per_link(links, &self.demand_kbps);
        let full: Vec<bool> = wanted.iter().zip(&links.capacity_kbps).map(|(w, c)| w > c).collect();
        let is_held = |way: &usize| self.links[*way].iter().any(|&link| full[link as usize]);
        (0..self.links.len()).filter(is_held).collect()
    }

    /// The fair level of every way, kb/s; infinite where no link holds it back.
    fn fair_levels(
        &self,
        plan: &SlotPlan,
        prepared: &Prepared,
        demand: &Demand,
        links: &Links<'_>,
        held_back: &[usize],
    ) -> Vec<f64> {
        let users = self.users(plan, prepared, demand, held_back);
        let flow = |(&way, users): (&usize, Vec<(f64, f64)>)| Flow { links: self.links[way].clone(), users };
        let flows: Vec<Flow> = held_back.iter().zip(users).map(flow).collect();
        let fair = max_min(&self.capacity_left(links, held_back), &flows);
        let mut level_kbps = vec![f64::INFINITY; self.links.len()];
        held_back.iter().zip(fair).for_each(|(&way, level)| level_kbps[way] = level);
        level_kbps
    }

    /// The cells whose rate is above the level of their way, with that level, kb/s; adds up what the ways that are held
    /// back carry.
    fn lowered(
        &self,
        plan: &SlotPlan,
        prepared: &Prepared,
        demand: &Demand,
        held_back: &[usize],
        level_kbps: &[f64],
        carried_kbps: &mut [f64],
    ) -> Vec<(u32, u32)> {
        let mut is_held = vec![false; self.links.len()];
        held_back.iter().for_each(|&way| is_held[way] = true);
        let mut lowered = Vec::new();
        for planned in &prepared.cells {
            let Some(way) = self.of(plan, planned).filter(|&way| is_held[way]) else { continue };
            let most_kbps = plan.rate_kbps[planned.cell as usize];
            let rate_kbps = f64::from(most_kbps).min(level_kbps[way]) as u32;
            carried_kbps[way] += f64::from(rate_kbps) * demand.busy(planned.people);
            if rate_kbps < most_kbps {
                lowered.push((planned.cell, rate_kbps));
            }
        }
        lowered
    }

    /// What links have left for the ways that are held back, once all others have what they want.
    fn capacity_left(&self, links: &Links<'_>, held_back: &[usize]) -> Vec<f64> {
        let mut free = self.demand_kbps.clone();
        held_back.iter().for_each(|&way| free[way] = 0.0);
        let used = self.per_link(links, &free);
        links.capacity_kbps.iter().zip(used).map(|(capacity, used)| (capacity - used).max(0.0)).collect()
    }

    /// For each way that is held back, its terminals by the most they can take, ascending.
    fn users(
        &self,
        plan: &SlotPlan,
        prepared: &Prepared,
        demand: &Demand,
        held_back: &[usize],
    ) -> Vec<Vec<(f64, f64)>> {
        let mut place = vec![usize::MAX; self.links.len()];
        held_back.iter().enumerate().for_each(|(at, &way)| place[way] = at);
        let mut users = vec![Vec::new(); held_back.len()];
        for planned in prepared.cells.iter().filter(|planned| planned.people > 0) {
            if let Some(users) = self.of(plan, planned).and_then(|way| users.get_mut(place[way])) {
                let most_kbps = f64::from(plan.rate_kbps[planned.cell as usize]);
                users.push((most_kbps, demand.busy(planned.people)));
            }
        }
        for users in &mut users {
            users.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        }
        users
    }
}

/// The point of presence that a cell's territory names, if it can be reached and is not the nearest anyway.
fn pop_of(plan: &SlotPlan, satellite: u32, home_pop: u16) -> Option<u16> {
    let nearest = plan.network.landings[satellite as usize]?.pop;
    let is_other = home_pop != NO_POP && home_pop != nearest;
    (is_other && plan.network.light_mm(satellite, home_pop).is_some()).then_some(home_pop)
}
