//! The inner loops: a block of destinations at a time, one lane each.
//!
//! Plain loops, compiled for the baseline and for AVX2, chosen at run time. Both give the same bits: distances are whole
//! numbers below 2⁵³ (or infinite), whose sums and minima are exact in f64. AVX-512 was tried and was not faster.

use super::sweep::Sweep;
use crate::graph::Graph;

/// Destinations of one block: two cache lines per node.
pub const LANES: usize = 16;

/// Distances of one node to the destinations of a block, whole mm; infinite where no way is known.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Lanes(pub [f64; LANES]);

/// No way to any of them.
pub const NOWHERE: Lanes = Lanes([f64::INFINITY; LANES]);

/// Links of each node in fours, filled up with links of infinite length to the node itself: a loop of fixed length.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// One more entry than nodes; indices into the fours.
    heads: Vec<u32>,
    fours: Vec<Four>,
}

#[derive(Clone, Copy, Debug)]
struct Four {
    to: [u32; 4],
    length_mm: [f64; 4],
}

impl Rows {
    /// Takes the links of a graph.
    pub fn refill(&mut self, graph: &Graph) {
        self.heads.clear();
        self.fours.clear();
        self.heads.push(0);
        for node in 0..graph.nodes() as u32 {
            let span = graph.span(node);
            let links = graph.neighbours[span.clone()].chunks(4).zip(graph.length_mm[span].chunks(4));
            for (neighbours, lengths) in links {
                let mut four = Four { to: [node; 4], length_mm: [f64::INFINITY; 4] };
                for (k, (&to, &mm)) in neighbours.iter().zip(lengths).enumerate() {
                    four.to[k] = to;
                    four.length_mm[k] = mm as f64;
                }
                self.fours.push(four);
            }
            self.heads.push(self.fours.len() as u32);
        }
    }

    #[inline(always)]
    fn of(&self, node: usize) -> &[Four] {
        &self.fours[self.heads[node] as usize..self.heads[node + 1] as usize]
    }
}

/// Makes a module of compilations of a plain loop: `avx2` for CPUs that have it, and `widest`, which takes it where it can.
macro_rules! lanes {
    ($module:ident = $plain:ident($($argument:ident: $kind:ty),*)) => {
        mod $module {
            use super::*;

            #[inline]
            pub fn widest($($argument: $kind),*) {
                #[cfg(target_arch = "x86_64")]
                if std::is_x86_feature_detected!("avx2") {
                    // SAFETY: the CPU has AVX2, which is all that the function asks for.
                    return unsafe { avx2($($argument),*) };
                }
                $plain($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            pub fn avx2($($argument: $kind),*) {
                $plain($($argument),*)
            }
        }
    };
}

lanes!(settle_lanes = settle_plain(rows: &Rows, sweep: &Sweep, distances: &mut [Lanes], stale: &mut [bool]));
lanes!(enter_lanes = enter_plain(distances: &[Lanes], by: &[(u32, u64)], first: &mut [u64; LANES], length_mm: &mut Lanes));
lanes!(hops_lanes = hops_plain(settled: &Settled<'_>, target: Target<'_>));

/// Starts from the seeds of these nodes, which are all that have any: distances are seeds, and the neighbours of seeded
/// nodes are marked as stale.
pub fn start(
    rows: &Rows,
    seeded: impl Iterator<Item = usize>,
    seeds: &[Lanes],
    distances: &mut [Lanes],
    stale: &mut [bool],
) {
    distances.iter_mut().for_each(|lanes| lanes.0.fill(f64::INFINITY));
    stale.fill(false);
    for node in seeded {
        distances[node] = seeds[node];
        mark(rows, node, stale);
    }
}

/// Lowers `distances` (one entry per node) until no link offers anything shorter. `stale` marks the nodes to begin with.
pub fn settle(rows: &Rows, sweep: &Sweep, distances: &mut [Lanes], stale: &mut [bool]) {
    settle_lanes::widest(rows, sweep, distances, stale);
}

/// Gauss-Seidel in four directions. A node is looked at only while a neighbour has come nearer since it was last; when no
/// node is left to look at, every link holds. Each pass settles at least one more hop of every shortest way, so there are
/// never more passes than nodes, whatever the order.
#[inline(always)]
fn settle_plain(rows: &Rows, sweep: &Sweep, distances: &mut [Lanes], stale: &mut [bool]) {
    loop {
        let forth = sweep.forth.iter();
        let turned = sweep.turned.iter();
        let looked = pass(rows, forth.clone(), distances, stale)
            && pass(rows, forth.rev(), distances, stale)
            && pass(rows, turned.clone(), distances, stale)
            && pass(rows, turned.rev(), distances, stale);
        if !looked {
            return;
        }
    }
}

/// Looks at each stale node in this order; false if there was none.
#[inline(always)]
fn pass<'a>(
    rows: &Rows,
    order: impl Iterator<Item = &'a u32>,
    distances: &mut [Lanes],
    stale: &mut [bool],
) -> bool {
    let mut looked = false;
    for &node in order {
        let node = node as usize;
        if stale[node] {
            looked = true;
            if relax(rows, node, distances) {
                mark(rows, node, stale);
            }
            stale[node] = false;
        }
    }
    looked
}

#[inline(always)]
fn mark(rows: &Rows, node: usize, stale: &mut [bool]) {
    for four in rows.of(node) {
        for to in four.to {
            stale[to as usize] = true;
        }
    }
}

/// Takes the best of what the neighbours offer; true if that is nearer for any destination.
#[inline(always)]
fn relax(rows: &Rows, node: usize, distances: &mut [Lanes]) -> bool {
    let old = distances[node].0;
    let mut new = old;
    for four in rows.of(node) {
        for (to, length_mm) in four.to.into_iter().zip(four.length_mm) {
            let from = &distances[to as usize].0;
            for lane in 0..LANES {
                let offer = from[lane] + length_mm;
                new[lane] = if offer < new[lane] { offer } else { new[lane] };
            }
        }
    }
    let changed = (0..LANES).fold(0, |bits, lane| bits | (new[lane].to_bits() ^ old[lane].to_bits()));
    if changed != 0 {
        distances[node].0 = new;
    }
    changed != 0
}

/// From here on f64 no longer holds every whole number; no way is that long.
pub const TOO_FAR_MM: f64 = (1u64 << 53) as f64;
/// A hop out of the graph, to the destination.
pub const HOP_LEAVE: u32 = u32::MAX;
/// A hop nowhere.
pub const HOP_UNREACHABLE: u32 = u32::MAX - 1;

/// A block of destinations, settled.
pub struct Settled<'a> {
    /// Links of each node.
    pub rows: &'a Rows,
    /// Per node.
    pub distances: &'a [Lanes],
    /// Per node: what it is to leave there.
    pub seeds: &'a [Lanes],
}

/// Where hops of some nodes in turn go: lanes of a block to `column..` of rows of `stride`.
pub struct Target<'a> {
    /// The first node.
    pub node: usize,
    /// Row by row.
    pub hops: &'a mut [u32],
    /// Length of a row.
    pub stride: usize,
    /// Where in a row the block begins.
    pub column: usize,
}

/// Fills the target with hops: [`HOP_LEAVE`], [`HOP_UNREACHABLE`], or the first neighbour on a shortest way.
pub fn hops(settled: &Settled<'_>, target: Target<'_>) {
    hops_lanes::widest(settled, target);
}

#[inline(always)]
fn hops_plain(settled: &Settled<'_>, target: Target<'_>) {
    let end = (target.column + LANES).min(target.stride);
    for (place, row) in target.hops.chunks_exact_mut(target.stride).enumerate() {
        let found = hops_of(settled, target.node + place);
        row[target.column..end].iter_mut().zip(found).for_each(|(into, hop)| *into = hop);
    }
}

#[inline(always)]
fn hops_of(settled: &Settled<'_>, node: usize) -> [u32; LANES] {
    let (own, seed) = (settled.distances[node].0, settled.seeds[node].0);
    // As wide as distances, so that choosing needs no change of width.
    let mut found = [u64::from(HOP_LEAVE); LANES];
    // Backwards, so that the first that fits is the last to be written.
    for four in settled.rows.of(node).iter().rev() {
        for (to, length_mm) in four.to.into_iter().zip(four.length_mm).rev() {
            let from = &settled.distances[to as usize].0;
            for lane in 0..LANES {
                let fits = from[lane] + length_mm == own[lane];
                found[lane] = if fits { u64::from(to) } else { found[lane] };
            }
        }
    }
    for lane in 0..LANES {
        found[lane] = if seed[lane] == own[lane] { u64::from(HOP_LEAVE) } else { found[lane] };
        found[lane] = if own[lane] < TOO_FAR_MM { found[lane] } else { u64::from(HOP_UNREACHABLE) };
    }
    found.map(|hop| hop as u32)
}

/// For each lane the place in `by` of the node by which the way is shortest, the first of several, and its length: infinite
/// where there is none.
pub fn enter(distances: &[Lanes], by: &[(u32, u64)], first: &mut [u64; LANES], length_mm: &mut Lanes) {
    enter_lanes::widest(distances, by, first, length_mm);
}

#[inline(always)]
fn enter_plain(distances: &[Lanes], by: &[(u32, u64)], first: &mut [u64; LANES], length_mm: &mut Lanes) {
    let (mut best, mut which) = (NOWHERE.0, [0; LANES]);
    for (place, &(node, mm)) in by.iter().enumerate() {
        let (from, mm) = (&distances[node as usize].0, mm as f64);
        for lane in 0..LANES {
            let offer = from[lane] + mm;
            let is_nearer = offer < best[lane];
            best[lane] = if is_nearer { offer } else { best[lane] };
            which[lane] = if is_nearer { place as u64 } else { which[lane] };
        }
    }
    (*first, length_mm.0) = (which, best);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring with chords, its lengths far apart, and a node by itself.
    fn graph(nodes: u32) -> Graph {
        let ring = (0..nodes - 1).map(|node| [node, (node + 1) % (nodes - 1)]);
        let chords = (0..nodes / 3).map(|node| [node, (node * 7 + 3) % (nodes - 1)]);
        let pairs: Vec<[u32; 2]> = ring.chain(chords).collect();
        let lengths: Vec<u64> = (0..pairs.len() as u64).map(|k| k * k % 1009 * 1_000_003).collect();
        Graph::new(nodes as usize, &pairs, &lengths)
    }

    #[test]
    fn vector_and_plain_code_give_the_same_bits() {
        for nodes in [2, 3, 5, 64, 301] {
            let mut rows = Rows::default();
            rows.refill(&graph(nodes));
            let sweep = Sweep::along(nodes as usize, []);
            let mut seeds = vec![NOWHERE; nodes as usize];
            for lane in 1..LANES {
                seeds[lane * 5 % nodes as usize].0[lane] = lane as f64 * 1e6;
            }
            let mut rooms = (seeds.clone(), vec![true; nodes as usize]);
            settle_plain(&rows, &sweep, &mut rooms.0, &mut rooms.1);
            let settled = Settled { rows: &rows, distances: &rooms.0, seeds: &seeds };
            let (stride, column) = (LANES + 3, 3);
            let mut hops = vec![0; nodes as usize * stride];
            hops_plain(&settled, Target { node: 0, hops: &mut hops, stride, column });
            let by = [(0, 9_000_000), (nodes - 1, 0), (nodes / 2, 5)];
            let mut entered = ([0; LANES], NOWHERE);
            enter_plain(&rooms.0, &by, &mut entered.0, &mut entered.1);
            macro_rules! compare {
                ($variant:ident) => {{
                    let (mut distances, mut stale) = (seeds.clone(), vec![true; nodes as usize]);
                    let (mut found, mut way_in) = (vec![0; hops.len()], ([0; LANES], NOWHERE));
                    // SAFETY: called only where the CPU has what the variant asks for.
                    #[allow(unused_unsafe)]
                    unsafe {
                        settle_lanes::$variant(&rows, &sweep, &mut distances, &mut stale);
                        hops_lanes::$variant(&settled, Target { node: 0, hops: &mut found, stride, column });
                        enter_lanes::$variant(&distances, &by, &mut way_in.0, &mut way_in.1);
                    }
                    assert!(
                        (&distances, found) == (&rooms.0, hops.clone()),
                        "{}, {nodes}",
                        stringify!($variant)
                    );
                }};
            }
            compare!(widest);
            #[cfg(target_arch = "x86_64")]
            if std::is_x86_feature_detected!("avx2") {
                compare!(avx2);
            }
        }
    }
}
