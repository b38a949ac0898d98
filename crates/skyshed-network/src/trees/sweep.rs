//! The order in which nodes are visited again and again until nothing gets shorter.

use crate::graph::Graph;

/// Two orders of all nodes; each is walked from both ends.
///
/// Nodes come in lines (the planes of a constellation). The first order is line by line; in the second each line is
/// turned round. On a grid of lines, the four directions are the four ways in which a path can climb or fall along both
/// sides of the grid, so that a path which keeps to one of them is found in one pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep {
    pub(super) forth: Vec<u32>,
    pub(super) turned: Vec<u32>,
}

impl Sweep {
    /// The sweep of `nodes` nodes along `lines`. A node counts in the first line that names it; nodes that none names
    /// come last. Lines change how long the work takes, never its result.
    ///
    /// # Panics
    /// Where a line names a node that is not there.
    pub fn along<'a>(nodes: usize, lines: impl IntoIterator<Item = &'a [u32]>) -> Sweep {
        let mut sweep = Sweep::default();
        let mut named = vec![false; nodes];
        for line in lines {
            let start = sweep.forth.len();
            let first = line.iter().filter(|&&node| !std::mem::replace(&mut named[node as usize], true));
            sweep.forth.extend(first);
            sweep.turn_from(start);
        }
        let start = sweep.forth.len();
        sweep.forth.extend((0..nodes as u32).filter(|&node| !named[node as usize]));
        sweep.turn_from(start);
        sweep
    }

    /// Takes runs of numbers that are each linked to the next for lines: what the planes of a designed shell are.
    pub(super) fn refill(&mut self, graph: &Graph) {
        self.forth.clear();
        self.turned.clear();
        let mut start = 0;
        for node in 0..graph.nodes() as u32 {
            self.forth.push(node);
            if !graph.links(node).any(|(to, _)| to == node + 1) {
                self.turn_from(start);
                start = self.forth.len();
            }
        }
    }

    /// Lays down the last line, which starts at `start`, in the second order.
    fn turn_from(&mut self, start: usize) {
        self.turned.extend(self.forth[start..].iter().rev());
    }

    /// True if every one of `nodes` nodes is in both orders.
    pub fn covers(&self, nodes: usize) -> bool {
        self.forth.len() == nodes && self.turned.len() == nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_turned_one_by_one_and_strays_come_last() {
        let sweep = Sweep::along(7, [&[4, 2, 0][..], &[1, 4, 5][..]]);
        assert_eq!(sweep.forth, [4, 2, 0, 1, 5, 3, 6]);
        assert_eq!(sweep.turned, [0, 2, 4, 5, 1, 6, 3]);
    }

    #[test]
    fn linked_runs_are_lines() {
        let mut sweep = Sweep::default();
        sweep.refill(&Graph::new(5, &[[0, 1], [2, 3], [0, 4]], &[1, 1, 1]));
        assert_eq!(sweep.forth, [0, 1, 2, 3, 4]);
        assert_eq!(sweep.turned, [1, 0, 3, 2, 4]);
    }
}
