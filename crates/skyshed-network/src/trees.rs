//! Distances from every node to each of many destinations, all at once; next hops on demand. Never all pairs.
//!
//! Distances to a block of destinations lie side by side per node, so that one link is relaxed for all of them by a few
//! vector instructions; nodes are walked in four directions until nothing changes ([`Sweep`], `kernel`). On 10,000
//! satellites with four links each and 48 destinations this took, on one thread, 1/28 of the time of a binary-heap Dijkstra
//! per destination; without the marks that skip nodes whose neighbours stand still, 1/22; numbered at random and swept by
//! number, 1/7, but along the planes 1/21. Two directions instead of four took 1.6 times as long (in another run).
//!
//! Exact: distances are whole millimetres below 2⁵³ (9·10⁹ km), where sums of f64 are exact. A longer way counts as none.

mod kernel;
mod sweep;

use rayon::prelude::*;

use crate::graph::Graph;
use kernel::{HOP_LEAVE, HOP_UNREACHABLE, LANES, Lanes, NOWHERE, Rows, Settled, TOO_FAR_MM, Target};
pub use sweep::Sweep;

/// Nodes whose next hops are worked out together, block by block: their part of a block stays in the cache.
const HOP_NODES: usize = 256;

/// Distances to many destinations. A destination is not a node: it is entered from nodes, at the cost given by
/// [`Trees::seed`] (from a satellite down to a gateway and on to a point of presence, say).
///
/// Memory: 16 bytes per node and destination. A value that is used again ([`Trees::reset`]) keeps its memory.
#[derive(Clone, Debug, Default)]
pub struct Trees {
    nodes: usize,
    destinations: usize,
    /// Block by block of [`LANES`] destinations, in each one entry per node.
    distances: Vec<Lanes>,
    /// As `distances`: what [`Trees::seed`] was given.
    seeds: Vec<Lanes>,
    /// Which of these have been given any; now and then twice.
    seeded: Vec<u32>,
    rows: Rows,
    /// The sweep by number, for who gives none.
    by_number: Sweep,
    /// Room of the kernel: a mark per block and node.
    stale: Vec<bool>,
}

/// Where a packet goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Out of the graph, to the destination itself.
    Leave,
    /// To a neighbour.
    Node(u32),
    /// Nowhere.
    Unreachable,
}

impl Trees {
    /// No way from any node to any destination, yet.
    pub fn new(nodes: usize, destinations: usize) -> Trees {
        let mut trees = Trees::default();
        trees.reset(nodes, destinations);
        trees
    }

    /// As [`Trees::new`], in the memory of this value; distances and hops mean nothing until the next [`Trees::settle`].
    pub fn reset(&mut self, nodes: usize, destinations: usize) {
        let room = nodes * destinations.div_ceil(LANES);
        if room == self.seeds.len() {
            self.seeded.iter().for_each(|&at| self.seeds[at as usize] = NOWHERE);
        } else {
            self.seeds.clear();
            self.seeds.resize(room, NOWHERE);
            self.distances.resize(room, NOWHERE);
            self.stale.resize(room, false);
        }
        self.seeded.clear();
        (self.nodes, self.destinations) = (nodes, destinations);
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// Number of destinations.
    pub fn destinations(&self) -> usize {
        self.destinations
    }

    /// There is a way from `node` to `destination` without another node, of this length; the shortest given counts.
    ///
    /// # Panics
    /// Where there is no such node or destination.
    pub fn seed(&mut self, node: u32, destination: usize, mm: u64) {
        let (at, lane) = self.place(node, destination);
        self.mark_seeded(at);
        let seed = &mut self.seeds[at].0[lane];
        *seed = seed.min(mm as f64);
    }

    /// As [`Trees::seed`] for every destination at once: `near_mm` to where the ways part (a gateway, say), and from there
    /// `beyond_mm[destination]`; where that is [`u64::MAX`] there is no such way.
    ///
    /// # Panics
    /// Where there is no such node, or `beyond_mm` is not of one entry per destination.
    pub fn seed_all(&mut self, node: u32, near_mm: u64, beyond_mm: &[u64]) {
        assert_eq!(beyond_mm.len(), self.destinations, "one length per destination");
        for (block, beyond_mm) in beyond_mm.chunks(LANES).enumerate() {
            let (at, _) = self.place(node, block * LANES);
            self.mark_seeded(at);
            for (seed, &beyond_mm) in self.seeds[at].0.iter_mut().zip(beyond_mm) {
                *seed = seed.min(near_mm.saturating_add(beyond_mm) as f64);
            }
        }
    }

    /// Many in turn are often at the same place.
    #[inline]
    fn mark_seeded(&mut self, at: usize) {
        if self.seeded.last() != Some(&(at as u32)) {
            self.seeded.push(at as u32);
        }
    }

    /// Works out every distance, walking nodes by number: quick where neighbours have numbers close to each other, as in
    /// designed shells, and correct in any case.
    ///
    /// # Panics
    /// Where the graph has another number of nodes.
    pub fn settle(&mut self, graph: &Graph) {
        let mut sweep = std::mem::take(&mut self.by_number);
        sweep.refill(graph);
        self.settle_along(graph, &sweep);
        self.by_number = sweep;
    }

    /// As [`Trees::settle`], walking nodes along `sweep`: the same distances, sooner where planes are scattered over the
    /// numbers.
    ///
    /// # Panics
    /// Where the graph or the sweep has another number of nodes.
    pub fn settle_along(&mut self, graph: &Graph, sweep: &Sweep) {
        assert_eq!(graph.nodes(), self.nodes, "nodes of the graph and of the trees");
        assert!(sweep.covers(self.nodes), "the sweep is of another number of nodes than {}", self.nodes);
        self.rows.refill(graph);
        let (rows, nodes, seeded) = (&self.rows, self.nodes.max(1), &self.seeded);
        let blocks = self.distances.par_chunks_mut(nodes).zip(self.seeds.par_chunks(nodes));
        blocks.zip(self.stale.par_chunks_mut(nodes)).enumerate().for_each(
            |(block, ((distances, seeds), stale))| {
                let first = block * nodes;
                let here =
                    seeded.iter().map(|&at| (at as usize).wrapping_sub(first)).filter(|node| *node < nodes);
                kernel::start(rows, here, seeds, distances, stale);
                kernel::settle(rows, sweep, distances, stale);
            },
        );
    }

    /// Length of the shortest way from a node to a destination, mm; `None` where there is none.
    ///
    /// # Panics
    /// Where there is no such node or destination.
    pub fn distance_mm(&self, node: u32, destination: usize) -> Option<u64> {
        let (at, lane) = self.place(node, destination);
        let mm = self.distances[at].0[lane];
        (mm < TOO_FAR_MM).then_some(mm as u64)
    }

    /// The destination with the shortest way from a node, the first of several, and its length, mm.
    ///
    /// # Panics
    /// Where there is no such node.
    pub fn nearest(&self, node: u32) -> Option<(usize, u64)> {
        let reached = self.distances_mm(node).enumerate().filter_map(|(to, mm)| Some((to, mm?)));
        reached.min_by_key(|&(_, mm)| mm)
    }

    /// [`Trees::distance_mm`] of a node to each destination in turn; quicker than asking one by one.
    ///
    /// # Panics
    /// Where there is no such node.
    pub fn distances_mm(&self, node: u32) -> impl Iterator<Item = Option<u64>> + '_ {
        assert!((node as usize) < self.nodes, "node {node} of {}", self.nodes);
        let blocks = self.distances.chunks_exact(self.nodes);
        let lanes = blocks.flat_map(move |block| &block[node as usize].0).take(self.destinations);
        lanes.map(|&mm| (mm < TOO_FAR_MM).then_some(mm as u64))
    }

    /// From a place that enters the graph by any of these nodes, each at this cost, mm: fills for each destination the node
    /// by which the way is shortest, the first of several ([`Trees::UNREACHABLE`] where there is none), and the length of
    /// the way, mm ([`u64::MAX`]).
    ///
    /// # Panics
    /// Where there is no such node, or the columns are not of one entry per destination.
    pub fn enter(&self, by: &[(u32, u64)], node: &mut [u32], length_mm: &mut [u64]) {
        assert_eq!([node.len(), length_mm.len()], [self.destinations; 2], "one entry per destination");
        node.fill(Trees::UNREACHABLE);
        length_mm.fill(u64::MAX);
        let blocks = self.distances.chunks(self.nodes.max(1));
        let columns = node.chunks_mut(LANES).zip(length_mm.chunks_mut(LANES));
        for (distances, (node, length_mm)) in blocks.zip(columns) {
            let (mut place, mut best) = ([0; LANES], NOWHERE);
            kernel::enter(distances, by, &mut place, &mut best);
            for lane in (0..node.len()).filter(|lane| best.0[*lane] < TOO_FAR_MM) {
                node[lane] = by[place[lane] as usize].0;
                length_mm[lane] = best.0[lane] as u64;
            }
        }
    }

    /// [`Trees::nearest`] of every node, in one walk over the distances: fills `nearest` with the destination and the length,
    /// mm; `None` where no destination can be reached.
    pub fn nearest_all(&self, nearest: &mut Vec<Option<(u32, u64)>>) {
        let mut best = vec![(f64::INFINITY, 0u32); self.nodes];
        for (block, distances) in self.distances.chunks(self.nodes.max(1)).enumerate() {
            for (best, lanes) in best.iter_mut().zip(distances) {
                for (lane, &mm) in lanes.0.iter().enumerate() {
                    if mm < best.0 {
                        *best = (mm, (block * LANES + lane) as u32);
                    }
                }
            }
        }
        nearest.clear();
        nearest.extend(best.into_iter().map(|(mm, to)| (mm < TOO_FAR_MM).then_some((to, mm as u64))));
    }

    /// The next hop of the shortest way; among ways of equal length leaving comes first, then the neighbour with the
    /// smallest number. `graph` is the one that was settled.
    ///
    /// # Panics
    /// Where there is no such node or destination.
    pub fn next(&self, graph: &Graph, node: u32, destination: usize) -> Next {
        let Some(mm) = self.distance_mm(node, destination) else { return Next::Unreachable };
        let (at, lane) = self.place(node, destination);
        if self.seeds[at].0[lane] == mm as f64 {
            return Next::Leave;
        }
        let shortest = |&(to, length_mm): &(u32, u64)| {
            self.distance_mm(to, destination).is_some_and(|rest| rest + length_mm == mm)
        };
        graph.links(node).find(shortest).map_or(Next::Unreachable, |(to, _)| Next::Node(to))
    }

    /// [`Trees::next`] of every node to every destination, in the graph that was last settled: fills
    /// `hops[node * destinations + destination]` with the neighbour's number, [`Trees::LEAVE`] or
    /// [`Trees::UNREACHABLE`]. Many at once for a fraction of the cost of asking one by one.
    pub fn next_all(&self, hops: &mut Vec<u32>) {
        let (nodes, stride) = (self.nodes.max(1), self.destinations.max(1));
        hops.resize(self.nodes * self.destinations, 0);
        hops.par_chunks_mut(HOP_NODES * stride).enumerate().for_each(|(part, hops)| {
            let blocks = self.distances.chunks(nodes).zip(self.seeds.chunks(nodes));
            for (block, (distances, seeds)) in blocks.enumerate() {
                let settled = Settled { rows: &self.rows, distances, seeds };
                let (node, column) = (part * HOP_NODES, block * LANES);
                kernel::hops(&settled, Target { node, hops: &mut *hops, stride, column });
            }
        });
    }

    /// A hop of [`Trees::next_all`]: out of the graph, to the destination itself.
    pub const LEAVE: u32 = HOP_LEAVE;
    /// A hop of [`Trees::next_all`]: nowhere.
    pub const UNREACHABLE: u32 = HOP_UNREACHABLE;

    /// Where in the columns, and in which lane.
    #[inline]
    fn place(&self, node: u32, destination: usize) -> (usize, usize) {
        let (nodes, destinations) = (self.nodes, self.destinations);
        assert!(
            (node as usize) < nodes && destination < destinations,
            "node {node} of {nodes}, destination {destination} of {destinations}"
        );
        (destination / LANES * nodes + node as usize, destination % LANES)
    }
}

/// Equal where distances and seeds are; what is kept for speed does not count.
impl PartialEq for Trees {
    fn eq(&self, other: &Trees) -> bool {
        (self.nodes, self.destinations) == (other.nodes, other.destinations)
            && self.distances == other.distances
            && self.seeds == other.seeds
    }
}
