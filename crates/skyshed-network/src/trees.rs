//! Distances from every node to each of many destinations, all at once; next hops on demand. Never all pairs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::graph::Graph;

/// A distance that no path has.
pub const UNREACHABLE_MM: u64 = u64::MAX;

/// Distances to many destinations. A destination is not a node: it is entered from nodes, at the cost given by
/// [`Trees::seed`] (from a satellite down to a gateway and on to a point of presence, say).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trees {
    nodes: usize,
    destinations: usize,
    distance_mm: Vec<u64>,
    seed_mm: Vec<u64>,
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
        let empty = vec![UNREACHABLE_MM; nodes * destinations];
        Trees { nodes, destinations, distance_mm: empty.clone(), seed_mm: empty }
    }

    /// Number of destinations.
    pub fn destinations(&self) -> usize {
        self.destinations
    }

    /// There is a way from `node` to `destination` without another node, of this length; the shortest given counts.
    pub fn seed(&mut self, node: u32, destination: usize, mm: u64) {
        let seed = &mut self.seed_mm[node as usize * self.destinations + destination];
        *seed = (*seed).min(mm);
    }

    /// Works out every distance.
    pub fn settle(&mut self, graph: &Graph) {
        self.distance_mm.clone_from(&self.seed_mm);
        for destination in 0..self.destinations {
            let mut heap: BinaryHeap<Reverse<(u64, u32)>> = (0..self.nodes as u32)
                .map(|node| Reverse((self.distance(node, destination), node)))
                .filter(|entry| entry.0.0 != UNREACHABLE_MM)
                .collect();
            while let Some(Reverse((mm, node))) = heap.pop() {
                if mm > self.distance(node, destination) {
                    continue;
                }
                for (to, length_mm) in graph.links(node) {
                    if mm + length_mm < self.distance(to, destination) {
                        self.distance_mm[to as usize * self.destinations + destination] = mm + length_mm;
                        heap.push(Reverse((mm + length_mm, to)));
                    }
                }
            }
        }
    }

    fn distance(&self, node: u32, destination: usize) -> u64 {
        self.distance_mm[node as usize * self.destinations + destination]
    }

    /// Length of the shortest way from a node to a destination, mm; `None` where there is none.
    pub fn distance_mm(&self, node: u32, destination: usize) -> Option<u64> {
        Some(self.distance(node, destination)).filter(|&mm| mm != UNREACHABLE_MM)
    }

    /// The next hop of the shortest way; among ways of equal length leaving comes first, then the neighbour with the
    /// smallest number.
    pub fn next(&self, graph: &Graph, node: u32, destination: usize) -> Next {
        let Some(mm) = self.distance_mm(node, destination) else { return Next::Unreachable };
        if self.seed_mm[node as usize * self.destinations + destination] == mm {
            return Next::Leave;
        }
        let shortest = |&(to, length_mm): &(u32, u64)| {
            self.distance_mm(to, destination).is_some_and(|rest| rest + length_mm == mm)
        };
        graph.links(node).find(shortest).map_or(Next::Unreachable, |(to, _)| Next::Node(to))
    }
}
