//! The network of one slot: lasers, feeder links, and the shortest way from every satellite to every point of presence.

use std::sync::Arc;

use skyshed_network::lasers::lasers;
use skyshed_network::{Graph, Lasers, Next, Trees};
use skyshed_orbit::Sky;

use crate::Inputs;
use crate::feeders::{Feeders, feeders};
use crate::fleet::Fleet;
use crate::geometry::LIGHT_KM_S;
use crate::prepare::Prepared;
use crate::scenario::Outages;
use crate::slot::SlotPlan;

/// The way from a satellite to the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landing {
    /// The satellite that lands, an index into the sky: the first itself where there is no laser hop.
    pub exit: u32,
    /// The feeder link it lands over, an index into the network's.
    pub feeder: u32,
    /// Index into the ground's gateways.
    pub gateway: u16,
    /// Index into the ground's points of presence.
    pub pop: u16,
    /// Laser links on the way.
    pub laser_hops: u16,
    /// Length of all of them, mm.
    pub laser_mm: u64,
    /// Slant range from the exit satellite to the gateway, mm.
    pub slant_mm: u64,
    /// Length of fibre from gateway to point of presence, mm, detour included.
    pub fibre_mm: u64,
    /// Length in vacuum that takes light as long as all of it, laser hops' own time included, mm: what routes minimise.
    pub light_mm: u64,
}

/// What links satellites with each other, with gateways, and with points of presence. Satellites are indices into the
/// sky, gateways and points of presence into the ground's lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Laser links.
    pub lasers: Arc<Lasers>,
    /// Those of the slot before, where there was one over the same satellites.
    pub lasers_before: Option<Arc<Lasers>>,
    /// Feeder links.
    pub feeders: Feeders,
    /// For each satellite, its way to the point of presence with the shortest light-time; `None` where there is none.
    pub landings: Vec<Option<Landing>>,
    /// For each satellite, the next one on that way; itself where it lands or has no way.
    pub inwards: Vec<u32>,
    /// The laser links by satellite; a hop's own time counts as length.
    graph: Graph,
    /// Light-time from every satellite to every point of presence.
    trees: Trees,
    /// What a laser hop's own time is in length, mm.
    hop_mm: u64,
}

impl Network {
    /// Light-time from a satellite to a point of presence, as the length in vacuum that takes light as long, mm; `None`
    /// where there is no way.
    pub fn light_mm(&self, satellite: u32, pop: u16) -> Option<u64> {
        self.trees.distance_mm(satellite, usize::from(pop))
    }

    /// [`Network::light_mm`] from a satellite to each point of presence in turn.
    pub fn lights_mm(&self, satellite: u32) -> impl Iterator<Item = Option<u64>> + '_ {
        self.trees.distances_mm(satellite)
    }

    /// Of each satellite of the fleet, whether it reaches a gateway.
    pub fn lands(&self, fleet: &Fleet) -> Vec<bool> {
        fleet.sky_index.iter().map(|&satellite| self.landings[satellite as usize].is_some()).collect()
    }

    /// The way from a satellite to a point of presence.
    pub fn landing(&self, prepared: &Prepared, satellite: u32, pop: u16) -> Option<Landing> {
        self.landing_after(prepared, satellite, pop, |_| None)
    }

    /// The feeder link over which a satellite lands for a point of presence, an index into those of the network.
    ///
    /// # Panics
    /// Where the satellite has none.
    pub(crate) fn feeder(&self, prepared: &Prepared, exit: u32, pop: u16) -> usize {
        let light_mm = |&link: &usize| {
            let feeder = &self.feeders.links[link];
            (feeder.slant_mm + prepared.fibre.light_mm(feeder.gateway)[usize::from(pop)], feeder.gateway)
        };
        self.feeders.span(exit).min_by_key(light_mm).expect("a satellite that lands has a feeder link")
    }

    /// The satellites on the way from `satellite` to a point of presence, both ends included, one after the other.
    /// Empty where there is no way.
    pub fn satellites_to(&self, satellite: u32, pop: u16) -> Vec<u32> {
        let mut way = vec![satellite];
        loop {
            match self.trees.next(&self.graph, *way.last().expect("not empty"), usize::from(pop)) {
                Next::Leave => return way,
                Next::Node(next) => way.push(next),
                Next::Unreachable => return Vec::new(),
            }
        }
    }

    /// The next satellite on the way to a point of presence; `None` where this one lands, or there is no way.
    pub fn next(&self, satellite: u32, pop: u16) -> Option<u32> {
        match self.trees.next(&self.graph, satellite, usize::from(pop)) {
            Next::Node(next) => Some(next),
            Next::Leave | Next::Unreachable => None,
        }
    }

    /// The index of the laser link between two satellites.
    pub fn laser(&self, a: u32, b: u32) -> Option<usize> {
        self.lasers.pairs.binary_search(&[a.min(b), a.max(b)]).ok()
    }

    /// Where `satellite` lands for `pop`; `known` may say it for satellites further on.
    fn landing_after(
        &self,
        prepared: &Prepared,
        satellite: u32,
        pop: u16,
        known: impl Fn(u32) -> Option<Landing>,
    ) -> Option<Landing> {
        let light_mm = self.light_mm(satellite, pop)?;
        let (mut at, mut hops, mut laser_mm) = (satellite, 0, 0);
        loop {
            if let Some(rest) = known(at).filter(|rest| rest.pop == pop) {
                let (laser_hops, laser_mm) = (rest.laser_hops + hops, rest.laser_mm + laser_mm);
                return Some(Landing { laser_hops, laser_mm, light_mm, ..rest });
            }
            match self.trees.next(&self.graph, at, usize::from(pop)) {
                Next::Unreachable => return None,
                Next::Leave => break,
                Next::Node(next) => {
                    let step = self.light_mm(at, pop)? - self.light_mm(next, pop)?;
                    (at, hops, laser_mm) = (next, hops + 1, laser_mm + step - self.hop_mm);
                }
            }
        }
        let link = self.feeder(prepared, at, pop);
        let feeder = self.feeders.links[link];
        Some(Landing {
            exit: at,
            feeder: link as u32,
            gateway: feeder.gateway,
            pop,
            laser_hops: hops,
            laser_mm,
            slant_mm: feeder.slant_mm,
            fibre_mm: prepared.fibre.length_mm(feeder.gateway, pop),
            light_mm,
        })
    }
}

/// Links and routes of one slot, in the memory of `spare`. The links of `previous` are kept where they still hold.
pub fn network(
    sky: &Sky,
    inputs: Inputs<'_>,
    prepared: &Prepared,
    fleet: &Fleet,
    outages: &Outages,
    previous: Option<&SlotPlan>,
    spare: Network,
) -> Network {
    let config = inputs.config;
    let satellites = sky.satellites.len();
    let same = |plan: &&SlotPlan| {
        Arc::ptr_eq(&plan.satellites, &sky.satellites) || plan.satellites == sky.satellites
    };
    let previous = previous.filter(same).map(|plan| &plan.network);
    let lasers_before = previous.map(|network| &*network.lasers);
    let feeders_before = previous.map(|network| &network.feeders);
    let (lasers, feeders) = rayon::join(
        || lasers(sky, inputs.planes, &config.lasers.links(), &outages.lasers, lasers_before),
        || feeders(sky, fleet, &prepared.gateways, config, outages, feeders_before),
    );
    let hop_mm = (config.latency.laser_hop_ms / 2.0 * LIGHT_KM_S * 1e3) as u64;
    let length_mm: Vec<u64> = lasers.length_mm.iter().map(|mm| mm + hop_mm).collect();
    let graph = Graph::new(satellites, &lasers.pairs, &length_mm);
    let mut trees = spare.trees;
    trees.reset(satellites, prepared.fibre.pops());
    let mut fibre_mm = Vec::new();
    for feeder in &feeders.links {
        fibre_mm.clear();
        fibre_mm.extend_from_slice(prepared.fibre.light_mm(feeder.gateway));
        outages.pops.iter().for_each(|&pop| fibre_mm[usize::from(pop)] = u64::MAX);
        trees.seed_all(feeder.satellite, feeder.slant_mm, &fibre_mm);
    }
    if prepared.sweep.covers(satellites) {
        trees.settle_along(&graph, &prepared.sweep);
    } else {
        trees.settle(&graph);
    }
    let lasers_before = previous.map(|network| Arc::clone(&network.lasers));
    let lasers = Arc::new(lasers);
    let mut network = Network {
        lasers,
        lasers_before,
        feeders,
        landings: vec![None; satellites],
        inwards: (0..satellites as u32).collect(),
        graph,
        trees,
        hop_mm,
    };
    let mut nearest = Vec::new();
    network.trees.nearest_all(&mut nearest);
    for (satellite, nearest) in nearest.into_iter().enumerate() {
        let Some((pop, _)) = nearest else { continue };
        let (satellite, pop) = (satellite as u32, pop as u16);
        let next = network.next(satellite, pop);
        network.inwards[satellite as usize] = next.unwrap_or(satellite);
        let known = |further: u32| network.landings[further as usize];
        network.landings[satellite as usize] = network.landing_after(prepared, satellite, pop, known);
    }
    network
}
