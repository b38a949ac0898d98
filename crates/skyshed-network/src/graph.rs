//! An undirected graph with lengths in whole millimetres, by node.

/// Nodes and their links: neighbours of a node are `neighbours[heads[node]..heads[node + 1]]`, ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// One more entry than nodes.
    pub heads: Vec<u32>,
    /// The node at the other end.
    pub neighbours: Vec<u32>,
    /// Length of the link, mm; parallel to `neighbours`.
    pub length_mm: Vec<u64>,
}

impl Graph {
    /// The graph of `nodes` nodes with undirected links.
    ///
    /// # Panics
    /// Where the columns differ in length or a pair names a node that is not there.
    pub fn new(nodes: usize, pairs: &[[u32; 2]], length_mm: &[u64]) -> Graph {
        assert_eq!(pairs.len(), length_mm.len());
        let mut heads = vec![0u32; nodes + 1];
        for &[a, b] in pairs {
            heads[a as usize + 1] += 1;
            heads[b as usize + 1] += 1;
        }
        for node in 0..nodes {
            heads[node + 1] += heads[node];
        }
        let mut fill = heads.clone();
        let mut graph =
            Graph { neighbours: vec![0; 2 * pairs.len()], length_mm: vec![0; 2 * pairs.len()], heads };
        for (&[a, b], &mm) in pairs.iter().zip(length_mm) {
            for (from, to) in [(a, b), (b, a)] {
                let at = fill[from as usize] as usize;
                graph.neighbours[at] = to;
                graph.length_mm[at] = mm;
                fill[from as usize] += 1;
            }
        }
        for node in 0..nodes {
            let span = graph.span(node as u32);
            let mut links: Vec<(u32, u64)> =
                span.clone().map(|at| (graph.neighbours[at], graph.length_mm[at])).collect();
            links.sort_unstable();
            for (at, (to, mm)) in span.zip(links) {
                graph.neighbours[at] = to;
                graph.length_mm[at] = mm;
            }
        }
        graph
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.heads.len().saturating_sub(1)
    }

    /// Where a node's links are in the columns.
    pub fn span(&self, node: u32) -> core::ops::Range<usize> {
        self.heads[node as usize] as usize..self.heads[node as usize + 1] as usize
    }

    /// The links of a node: neighbour and length, ascending.
    pub fn links(&self, node: u32) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.span(node).map(|at| (self.neighbours[at], self.length_mm[at]))
    }
}
