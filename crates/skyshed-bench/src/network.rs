//! Trees and fair shares by themselves, on the lasers of the fleet.

use skyshed_network::fair::{Flow, shares};
use skyshed_network::lasers::{LasersOut, lasers};
use skyshed_network::trees::Sweep;
use skyshed_network::{Graph, LaserConfig, Next, Trees};
use skyshed_orbit::Sky;
use skyshed_orbit::frames::geodetic_to_itrf_m;

use crate::measure::{Row, Unit, row};
use crate::slot::Fleet;

const DESTINATIONS: usize = 48;
/// From a gateway to a satellite that stands some ten degrees high.
const FEEDER_MAX_M: f64 = 1_500_000.0;
/// Lasers, feeder links and whole destinations, kb/s.
const CAPACITY_KBPS: [f64; 3] = [100e6, 20e6, 400e6];

/// The rows whose name contains `only`.
pub fn rows(fleet: &Fleet, unit: &Unit, rounds: usize, only: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    if !["trees", "fair"].iter().any(|name| name.contains(only)) {
        return rows;
    }
    let net = Net::new(fleet);
    let mut trees = Trees::default();
    if "trees".contains(only) {
        let name = format!("trees: {} satellites, {} lasers, {DESTINATIONS} ends", net.nodes(), net.lasers);
        rows.push(row(&name, 0, rounds, unit, |_| net.settle(&mut trees)));
    }
    if "fair".contains(only) {
        net.settle(&mut trees);
        let (capacity_kbps, flows) = net.flows(&trees);
        let held = shares(&capacity_kbps, &flows).level_kbps.iter().filter(|level| level.is_finite()).count();
        let name = format!("fair: {} links, {} flows, {held} held back", capacity_kbps.len(), flows.len());
        rows.push(row(&name, 0, rounds, unit, |_| {
            std::hint::black_box(shares(&capacity_kbps, &flows));
        }));
    }
    rows
}

struct Net {
    graph: Graph,
    sweep: Sweep,
    lasers: usize,
    /// Satellite, destination, mm.
    seeds: Vec<(u32, usize, u64)>,
}

impl Net {
    fn new(fleet: &Fleet) -> Net {
        let sky = fleet.constellation.sky(fleet.start, &fleet.ut1);
        let config = LaserConfig {
            terminals: 4,
            range_max_km: 5400.0,
            grazing_altitude_km: 80.0,
            between_shells: false,
        };
        let lasers = lasers(&sky, &fleet.planes, &config, &LasersOut::default(), None);
        let shells = fleet.planes.shells.iter();
        let lines = shells.flat_map(|shell| &shell.planes).map(|plane| &plane.satellites[..]);
        Net {
            graph: Graph::new(sky.satellites.len(), &lasers.pairs, &lasers.length_mm),
            sweep: Sweep::along(sky.satellites.len(), lines),
            lasers: lasers.pairs.len(),
            seeds: (0..DESTINATIONS).flat_map(|destination| seeds(&sky, destination)).collect(),
        }
    }

    fn nodes(&self) -> usize {
        self.graph.nodes()
    }

    /// All that a slot does: clearing, entering, settling.
    fn settle(&self, trees: &mut Trees) {
        trees.reset(self.nodes(), DESTINATIONS);
        for &(node, destination, mm) in &self.seeds {
            trees.seed(node, destination, mm);
        }
        trees.settle_along(&self.graph, &self.sweep);
    }

    /// One flow from each satellite to its nearest destination, of 64 kinds of users. Links are each laser in each
    /// direction, then a feeder link per satellite, then the destinations.
    fn flows(&self, trees: &Trees) -> (Vec<f64>, Vec<Flow>) {
        let (lasers, nodes) = (self.graph.neighbours.len(), self.nodes());
        let mut capacity_kbps = vec![CAPACITY_KBPS[0]; lasers];
        capacity_kbps.resize(lasers + nodes, CAPACITY_KBPS[1]);
        capacity_kbps.resize(lasers + nodes + DESTINATIONS, CAPACITY_KBPS[2]);
        let flow = |node: u32| {
            let (destination, _) = trees.nearest(node)?;
            let mut links = Vec::new();
            let mut at = node;
            while let Next::Node(next) = trees.next(&self.graph, at, destination) {
                let link = self.graph.span(at).find(|link| self.graph.neighbours[*link] == next);
                links.push(link.expect("a next hop is a neighbour") as u32);
                at = next;
            }
            links.extend([lasers as u32 + at, (lasers + nodes + destination) as u32]);
            let users = (1..=64u32).map(|kind| (f64::from(kind) * 3e3, f64::from((node * kind) % 11) * 0.25));
            Some(Flow { links, users: users.collect() })
        };
        (capacity_kbps, (0..nodes as u32).filter_map(flow).collect())
    }
}

/// Four gateways around each destination, one of them beside it, the others by up to 2,000 km of fibre.
fn seeds(sky: &Sky, destination: usize) -> Vec<(u32, usize, u64)> {
    let (latitude, longitude) = ((destination * 37 % 100) as f64 - 45.0, (destination * 71 % 360) as f64);
    let mut seeds = Vec::new();
    for (gateway, (north, east)) in [(0.0, 0.0), (3.0, 4.0), (-5.0, 2.0), (4.0, -7.0)].into_iter().enumerate()
    {
        let at = geodetic_to_itrf_m(latitude + north, longitude + east, 0.0);
        for satellite in 0..sky.satellites.len() {
            let [x, y, z] = [
                sky.x_itrf_m[satellite] - at[0],
                sky.y_itrf_m[satellite] - at[1],
                sky.z_itrf_m[satellite] - at[2],
            ];
            let slant_m = (x * x + y * y + z * z).sqrt();
            if slant_m <= FEEDER_MAX_M {
                seeds.push((
                    satellite as u32,
                    destination,
                    (slant_m * 1e3) as u64 + gateway as u64 * 700_000_000,
                ));
            }
        }
    }
    seeds
}
