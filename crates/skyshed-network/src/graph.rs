//! An undirected graph with lengths in whole millimetres, by node.

/// Nodes and their links: neighbours of a node are `neighbours[heads[node]..heads[node + 1]]`, ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// One more entry than nodes.
    pub heads: Vec<u32>,
    /// The node at the other end.
    pub neighbours: Vec<u32>,
    /// Length of the link, mm, at least 1; parallel to `neighbours`.
    pub length_mm: Vec<u64>,
}

impl Graph {
    /// The graph of `nodes` nodes with undirected links. A length of 0 counts as 1 mm: then every hop of a shortest way
    /// comes nearer to its destination, and next hops never lead in a circle.
    ///
    /// # Panics
    /// Where the columns differ in length or a pair names a node that is not there.
    pub fn new(nodes: usize, pairs: &[[u32; 2]], length_mm: &[u64]) -> Graph {
        let mut graph = Graph::default();
        graph.refill(nodes, pairs, length_mm);
        graph
    }

    /// As [`Graph::new`], in the memory of this graph.
    ///
    /// # Panics
    /// As [`Graph::new`].
    pub fn refill(&mut self, nodes: usize, pairs: &[[u32; 2]], length_mm: &[u64]) {
        assert_eq!(pairs.len(), length_mm.len(), "one length per pair");
        self.count_links(nodes, pairs);
        self.neighbours.clear();
        self.neighbours.resize(2 * pairs.len(), 0);
        self.length_mm.clear();
        self.length_mm.resize(2 * pairs.len(), 0);
        for (&[a, b], &mm) in pairs.iter().zip(length_mm) {
            self.lay_down(a, b, mm.max(1));
            self.lay_down(b, a, mm.max(1));
        }
        for node in 0..nodes as u32 {
            self.sort_links(node);
        }
    }

    /// Makes each head the place behind its node's links, from where [`Graph::lay_down`] counts down.
    fn count_links(&mut self, nodes: usize, pairs: &[[u32; 2]]) {
        self.heads.clear();
        self.heads.resize(nodes + 1, 0);
        for &[a, b] in pairs {
            assert!((a.max(b) as usize) < nodes, "link {a}-{b}, but there are {nodes} nodes");
            self.heads[a as usize] += 1;
            self.heads[b as usize] += 1;
        }
        for node in 0..nodes {
            self.heads[node + 1] += self.heads[node];
        }
    }

    fn lay_down(&mut self, from: u32, to: u32, mm: u64) {
        self.heads[from as usize] -= 1;
        let at = self.heads[from as usize] as usize;
        self.neighbours[at] = to;
        self.length_mm[at] = mm;
    }

    /// By neighbour, then length. A satellite has a handful of links: insertion needs no memory for them.
    fn sort_links(&mut self, node: u32) {
        let span = self.span(node);
        if span.len() > 16 {
            let mut links: Vec<(u32, u64)> = self.links(node).collect();
            links.sort_unstable();
            for (at, (to, mm)) in span.zip(links) {
                self.neighbours[at] = to;
                self.length_mm[at] = mm;
            }
            return;
        }
        for end in span.clone().skip(1) {
            let mut at = end;
            while at > span.start && self.link(at) < self.link(at - 1) {
                self.neighbours.swap(at, at - 1);
                self.length_mm.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn link(&self, at: usize) -> (u32, u64) {
        (self.neighbours[at], self.length_mm[at])
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
        self.span(node).map(|at| self.link(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(graph: &Graph, node: u32) -> Vec<(u32, u64)> {
        graph.links(node).collect()
    }

    #[test]
    fn links_are_ascending_whatever_the_order_of_pairs() {
        let graph = Graph::new(4, &[[2, 0], [0, 1], [0, 2], [2, 1]], &[7, 5, 6, 9]);
        assert_eq!(links(&graph, 0), [(1, 5), (2, 6), (2, 7)]);
        assert_eq!(links(&graph, 1), [(0, 5), (2, 9)]);
        assert_eq!(links(&graph, 2), [(0, 6), (0, 7), (1, 9)]);
        assert_eq!(links(&graph, 3), []);
    }

    #[test]
    fn a_node_of_many_links_is_sorted_too() {
        let pairs: Vec<[u32; 2]> = (1..100).rev().map(|to| [0, to]).collect();
        let lengths: Vec<u64> = (1..100).collect();
        let graph = Graph::new(100, &pairs, &lengths);
        assert_eq!(links(&graph, 0), (1..100).map(|to| (to, 100 - u64::from(to))).collect::<Vec<_>>());
    }

    #[test]
    fn a_link_of_no_length_is_a_millimetre() {
        assert_eq!(links(&Graph::new(2, &[[0, 1]], &[0]), 1), [(0, 1)]);
    }

    #[test]
    fn refilling_forgets_what_was_there() {
        let mut graph = Graph::new(5, &[[0, 4], [1, 2]], &[3, 4]);
        graph.refill(3, &[[0, 2]], &[8]);
        assert_eq!(graph, Graph::new(3, &[[0, 2]], &[8]));
    }

    #[test]
    #[should_panic(expected = "link 0-3, but there are 3 nodes")]
    fn a_pair_outside_is_a_bug_of_the_caller() {
        Graph::new(3, &[[0, 3]], &[8]);
    }
}
