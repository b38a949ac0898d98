//! The largest possible number of cells served, as an oracle for the greedy choice.
//!
//! Serving cells is a flow: source → cell → (satellite, colour) → satellite → sink, with one unit per cell, the
//! satellite's cells of a colour and the satellite's cells as capacities, and an arc from a cell to a satellite where
//! elevation, geostationary arc, gateway and border guard allow it. The maximum is reached from the greedy choice by
//! augmenting paths (Ford and Fulkerson 1956). A search that fails closes everything it reached for good: from there no
//! unit can ever get through, so the whole costs one walk over the arcs plus the paths found.

use std::collections::VecDeque;

use skyshed_ground::Cell;
use skyshed_orbit::Sky;

use crate::assign::{COLOURS, WayLengths, assign, clear_of_arc};
use crate::candidates::block_candidates;
use crate::config::Config;
use crate::fleet::Fleet;
use crate::geometry::{sin2_elevation, surface_point_km};
use crate::gso::{ArcSite, Separation};
use crate::network::{Network, network};
use crate::slot::NO_SATELLITE;
use crate::{Inputs, Prepared};

/// How the greedy choice compares with the best possible one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Cells that are active and in scope.
    pub planned: u32,
    /// Of them, served by the greedy choice.
    pub greedy: u32,
    /// The largest number that could be served at once.
    pub maximum: u32,
}

impl Gap {
    /// The gap in points: percent of the planned cells.
    pub fn points(&self) -> f64 {
        f64::from(self.maximum - self.greedy) * 100.0 / f64::from(self.planned.max(1))
    }
}

/// Compares the greedy choice with the largest possible number of cells served.
pub fn gap(sky: &Sky, inputs: Inputs<'_>, prepared: &Prepared) -> Gap {
    let outages = inputs.faults.at(sky.time);
    let fleet = Fleet::new(sky, inputs.config, &outages);
    let network = network(sky, inputs, prepared, &fleet, &outages, None, Network::default());
    let usable = network.lands(&fleet);
    let separation = Separation::new(inputs.config.gso.user_separation_deg);
    let lists = block_candidates(&fleet, &usable, &prepared.blocks, &prepared.groups, &separation);
    let chosen = assign(
        inputs.config,
        prepared,
        &fleet,
        &lists,
        sky,
        WayLengths::new(prepared, &network, &fleet),
        None,
        &mut [],
    );
    let graph = Graph::new(inputs.config, prepared, &fleet, &usable, &lists);
    let start: Vec<u32> =
        chosen.choices.iter().map(|choice| choice.satellite().unwrap_or(NO_SATELLITE)).collect();
    let greedy = start.iter().filter(|&&satellite| satellite != NO_SATELLITE).count() as u32;
    let mut flow = Flow::new(&graph, start);
    let added = (0..graph.cells.len()).filter(|&cell| flow.augment(cell)).count() as u32;
    Gap { planned: graph.cells.len() as u32, greedy, maximum: greedy + added }
}

/// Which satellites may serve which planned cell.
#[derive(Debug)]
struct Graph {
    cells: Vec<Cell>,
    colour: Vec<u8>,
    heads: Vec<usize>,
    arcs: Vec<u32>,
    satellites: usize,
    cells_max: u32,
    cells_per_colour_max: u32,
}

impl Graph {
    fn new(
        config: &Config,
        prepared: &Prepared,
        fleet: &Fleet,
        usable: &[bool],
        lists: &crate::candidates::BlockCandidates,
    ) -> Graph {
        let protected = Separation::new(config.gso.user_separation_deg).cos;
        let mut graph = Graph {
            cells: Vec::new(),
            colour: Vec::new(),
            heads: vec![0],
            arcs: Vec::new(),
            satellites: fleet.len(),
            cells_max: config.beams.cells_per_satellite(),
            cells_per_colour_max: config.beams.cells_per_colour(),
        };
        for round in &prepared.rounds {
            for cell in prepared.cells_of(round) {
                let site_km = surface_point_km(cell.normal);
                let arc = (!cell.gso_waived).then(|| ArcSite::new(site_km));
                graph.arcs.extend(lists.of(round.block as usize).0.iter().filter(|&&satellite| {
                    let satellite = satellite as usize;
                    let height = sin2_elevation(fleet.position_km(satellite), site_km, cell.normal);
                    usable[satellite]
                        && height >= fleet.sin2_mask[satellite].max(cell.floor)
                        && clear_of_arc(fleet, satellite, site_km, arc, protected)
                }));
                graph.cells.push(Cell(cell.cell));
                graph.colour.push(cell.colour);
                graph.heads.push(graph.arcs.len());
            }
        }
        graph
    }

    fn arcs_of(&self, cell: usize) -> &[u32] {
        &self.arcs[self.heads[cell]..self.heads[cell + 1]]
    }
}

/// Served cells, and what a search has seen. A port is a (satellite, colour): `satellite * COLOURS + colour`.
struct Flow<'a> {
    graph: &'a Graph,
    /// Per cell: the satellite that serves it.
    satellite: Vec<u32>,
    /// Per port: the cells it serves.
    served: Vec<Vec<u32>>,
    load: Vec<u32>,
    /// Per port, satellite: reached by the search at hand or by one that failed, and from which cell or port.
    port_seen: Vec<bool>,
    satellite_seen: Vec<bool>,
    port_from: Vec<From>,
}

#[derive(Clone, Copy)]
enum From {
    /// A cell that could move here.
    Cell(u32),
    /// Another port of the same satellite, which would give up its place under the satellite's limit.
    Port(u32),
}

impl<'a> Flow<'a> {
    fn new(graph: &'a Graph, satellite: Vec<u32>) -> Flow<'a> {
        let ports = graph.satellites * COLOURS;
        let mut flow = Flow {
            graph,
            satellite,
            served: vec![Vec::new(); ports],
            load: vec![0; graph.satellites],
            port_seen: vec![false; ports],
            satellite_seen: vec![false; graph.satellites],
            port_from: vec![From::Cell(0); ports],
        };
        for cell in 0..graph.cells.len() {
            if flow.satellite[cell] != NO_SATELLITE {
                let satellite = flow.satellite[cell];
                let port = flow.port(cell, satellite);
                flow.served[port].push(cell as u32);
                flow.load[satellite as usize] += 1;
            }
        }
        flow
    }

    fn port(&self, cell: usize, satellite: u32) -> usize {
        satellite as usize * COLOURS + usize::from(self.graph.colour[cell])
    }

    /// Serves one more cell, `start`, if any chain of moves makes room for it.
    fn augment(&mut self, start: usize) -> bool {
        if self.satellite[start] != NO_SATELLITE {
            return false;
        }
        let mut reached: Vec<usize> = Vec::new();
        let mut queue: VecDeque<u32> = VecDeque::new();
        queue.push_back(start as u32);
        while let Some(cell) = queue.pop_front() {
            for at in 0..self.graph.arcs_of(cell as usize).len() {
                let satellite = self.graph.arcs_of(cell as usize)[at];
                let port = self.port(cell as usize, satellite);
                if self.port_seen[port] {
                    continue;
                }
                self.reach(port, From::Cell(cell), &mut reached);
                if let Some(end) = self.open_port(port, &mut queue, &mut reached) {
                    self.move_along(end);
                    self.forget(&reached);
                    return true;
                }
            }
        }
        // Nothing reached here can ever be reached through: leave it marked.
        false
    }

    fn reach(&mut self, port: usize, from: From, reached: &mut Vec<usize>) {
        self.port_seen[port] = true;
        self.port_from[port] = from;
        reached.push(port);
    }

    /// Goes on from a port: to the sink (the port where it ends), or to the cells that could make room.
    fn open_port(
        &mut self,
        port: usize,
        queue: &mut VecDeque<u32>,
        reached: &mut Vec<usize>,
    ) -> Option<usize> {
        let satellite = port / COLOURS;
        let port_full = self.served[port].len() as u32 >= self.graph.cells_per_colour_max;
        // Cells of this port can always make room in it.
        queue.extend(&self.served[port]);
        if port_full {
            return None;
        }
        if self.load[satellite] < self.graph.cells_max {
            return Some(port);
        }
        if !self.satellite_seen[satellite] {
            self.satellite_seen[satellite] = true;
            for other in satellite * COLOURS..(satellite + 1) * COLOURS {
                if !self.port_seen[other] && !self.served[other].is_empty() {
                    self.reach(other, From::Port(port as u32), reached);
                    queue.extend(&self.served[other]);
                }
            }
        }
        None
    }

    /// Takes the chain that ended at a port with room, backwards.
    fn move_along(&mut self, end: usize) {
        let mut port = end;
        self.load[port / COLOURS] += 1;
        loop {
            match self.port_from[port] {
                From::Port(other) => port = other as usize,
                From::Cell(cell) => {
                    let before = self.satellite[cell as usize];
                    self.satellite[cell as usize] = (port / COLOURS) as u32;
                    self.served[port].push(cell);
                    if before == NO_SATELLITE {
                        return;
                    }
                    let left = self.port(cell as usize, before);
                    self.served[left].retain(|&served| served != cell);
                    port = left;
                }
            }
        }
    }

    fn forget(&mut self, reached: &[usize]) {
        for &port in reached {
            self.port_seen[port] = false;
            self.satellite_seen[port / COLOURS] = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The largest number of cells served, by trying everything.
    fn by_trying(graph: &Graph, cell: usize, load: &mut Vec<u32>, ports: &mut Vec<u32>) -> u32 {
        if cell == graph.cells.len() {
            return 0;
        }
        let mut best = by_trying(graph, cell + 1, load, ports);
        for &satellite in graph.arcs_of(cell) {
            let port = satellite as usize * COLOURS + usize::from(graph.colour[cell]);
            if load[satellite as usize] < graph.cells_max && ports[port] < graph.cells_per_colour_max {
                load[satellite as usize] += 1;
                ports[port] += 1;
                best = best.max(1 + by_trying(graph, cell + 1, load, ports));
                load[satellite as usize] -= 1;
                ports[port] -= 1;
            }
        }
        best
    }

    /// Up to nine cells of three colours, four satellites, tight capacities.
    fn small() -> impl Strategy<Value = Graph> {
        let cells = proptest::collection::vec((0u8..3, 0u8..16), 1..10);
        (cells, 1u32..4, 1u32..3).prop_map(|(cells, cells_max, cells_per_colour_max)| {
            let mut graph = Graph {
                cells: Vec::new(),
                colour: Vec::new(),
                heads: vec![0],
                arcs: Vec::new(),
                satellites: 4,
                cells_max,
                cells_per_colour_max,
            };
            for (number, (colour, seen)) in cells.into_iter().enumerate() {
                graph.cells.push(Cell(number as u32));
                graph.colour.push(colour);
                graph.arcs.extend((0..4).filter(|satellite| seen & (1 << satellite) != 0));
                graph.heads.push(graph.arcs.len());
            }
            graph
        })
    }

    /// First come, first served: somewhere to start from that is usually not the best.
    fn first_come(graph: &Graph) -> Vec<u32> {
        let (mut load, mut ports) = (vec![0; 4], vec![0; 4 * COLOURS]);
        let mut choose = |cell: usize| {
            for &satellite in graph.arcs_of(cell) {
                let port = satellite as usize * COLOURS + usize::from(graph.colour[cell]);
                if load[satellite as usize] < graph.cells_max && ports[port] < graph.cells_per_colour_max {
                    load[satellite as usize] += 1;
                    ports[port] += 1;
                    return satellite;
                }
            }
            NO_SATELLITE
        };
        (0..graph.cells.len()).map(&mut choose).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn augmenting_paths_reach_what_trying_everything_reaches(graph in small()) {
            let start = first_come(&graph);
            let begun = start.iter().filter(|&&satellite| satellite != NO_SATELLITE).count() as u32;
            let mut flow = Flow::new(&graph, start);
            let added = (0..graph.cells.len()).filter(|&cell| flow.augment(cell)).count() as u32;
            prop_assert_eq!(begun + added, by_trying(&graph, 0, &mut vec![0; 4], &mut vec![0; 4 * COLOURS]));
            for (port, served) in flow.served.iter().enumerate() {
                prop_assert!(served.len() as u32 <= graph.cells_per_colour_max);
                prop_assert!(served.iter().all(|&cell| flow.satellite[cell as usize] as usize == port / COLOURS));
            }
            prop_assert!(flow.load.iter().all(|&load| load <= graph.cells_max));
        }
    }
}
