//! What a forwarding state does, and where it differs from ours. For those who check a run of Hypatia's, or their own.

use rayon::prelude::*;

use super::LIGHT_M_S;
use super::case::{Case, distance_m};
use super::forwarding::{Forwarding, Hop};
use super::ways::Ways;

/// Rows that differ by less than this in the length of the way are ties: Hypatia's own noise. Its positions come from
/// PyEphem, up to 12 m off for a laser and 55 m for a station (measured against SGP4), which decides between ways of
/// nearly equal length.
pub const TIE_M: f64 = 15.0;

/// Most rows that are told one by one.
pub const EXAMPLES_MAX: usize = 10;

/// One forwarding state, looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// Nanoseconds after the epoch.
    pub time_ns: u64,
    /// Rows in the file: all of the first, what changed in the others.
    pub rows: usize,
    /// Ordered pairs of stations whose packets are dropped.
    pub unreachable_pairs: usize,
    /// Ordered pairs of stations whose packets go round and round.
    pub loops: usize,
    /// Links in use that are longer than allowed: ordered pairs of stations whose way has one.
    pub too_long_pairs: usize,
    /// Round-trip times of the pairs that arrive; `None` where none does.
    pub rtt_ms: Option<Spread>,
    /// Against the state that we find.
    pub differences: Differences,
}

/// How values are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Spread {
    pub min: f64,
    pub mean: f64,
    pub median: f64,
    pub p95: f64,
    pub max: f64,
}

/// Rows that differ from ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// Rows compared.
    pub rows: usize,
    /// Differ, and both ways are as long as each other to [`TIE_M`].
    pub ties: usize,
    /// Differ otherwise.
    pub others: usize,
    /// The first of the others.
    pub examples: Vec<Difference>,
}

/// A row that differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The node.
    pub node: u32,
    /// The station it sends to, as a node.
    pub destination: u32,
    /// Given: the next node, -1 for none.
    pub given: i32,
    /// Ours.
    pub ours: i32,
    /// How much longer the way by the given hop is, m; `None` where one of the two leads nowhere.
    pub longer_m: Option<f64>,
}

/// Looks at a state of which `rows` were in its file; `ways` are ours for the same case and time.
pub fn step(case: &Case, ways: &Ways, state: &Forwarding, rows: usize) -> StepReport {
    let stations = case.stations.len();
    let pairs: Vec<Walk> = (0..stations)
        .into_par_iter()
        .flat_map_iter(|from| (0..stations).filter(move |to| *to != from).map(move |to| (from, to)))
        .map(|(from, to)| walk(case, ways, state, from, to))
        .collect();
    let mut rtt_ms: Vec<f64> = pairs.iter().filter_map(|walk| walk.rtt_ms()).collect();
    let ended = |end: End| pairs.iter().filter(|walk| walk.end == end).count();
    StepReport {
        time_ns: ways.time_ns(),
        rows,
        unreachable_pairs: ended(End::Dropped),
        loops: ended(End::Loops),
        too_long_pairs: pairs.iter().filter(|walk| walk.too_long).count(),
        rtt_ms: spread(&mut rtt_ms),
        differences: differences(case, ways, state),
    }
}

/// How a packet fares.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// The nodes it passes, both stations included where it arrives.
    pub path: Vec<u32>,
    /// How far it goes, m.
    pub length_m: f64,
    /// Where it ends.
    pub end: End,
    /// Over a link that is longer than allowed.
    pub too_long: bool,
}

/// How a walk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At its station.
    Arrives,
    /// Where there is no next hop.
    Dropped,
    /// Never.
    Loops,
}

impl Walk {
    /// Round trip at light speed, ms; `None` where it does not arrive.
    pub fn rtt_ms(&self) -> Option<f64> {
        (self.end == End::Arrives).then(|| 2.0 * self.length_m / LIGHT_M_S * 1e3)
    }
}

/// Follows a packet from a station to another through a state, at the positions of `ways`.
pub fn walk(case: &Case, ways: &Ways, state: &Forwarding, from: usize, to: usize) -> Walk {
    let satellites = case.satellites() as u32;
    let nodes = case.satellites() + case.stations.len();
    let (mut at, goal) = (satellites + from as u32, satellites + to as u32);
    let mut walk = Walk { path: vec![at], length_m: 0.0, end: End::Arrives, too_long: false };
    while at != goal {
        let Hop { next, .. } = state.hop(at, to);
        if next < 0 || walk.path.len() > nodes {
            walk.end = if next < 0 { End::Dropped } else { End::Loops };
            return walk;
        }
        let next = next as u32;
        let length_m = distance_m(place_m(case, ways, at), place_m(case, ways, next));
        let is_laser = at < satellites && next < satellites;
        walk.too_long |= length_m > if is_laser { case.max_isl_length_m } else { case.max_gsl_length_m };
        walk.length_m += length_m;
        walk.path.push(next);
        at = next;
    }
    walk
}

/// Where a node is, Earth-fixed, m.
fn place_m(case: &Case, ways: &Ways, node: u32) -> [f64; 3] {
    match (node as usize).checked_sub(case.satellites()) {
        None => ways.positions_m()[node as usize],
        Some(station) => case.sites[station].at_m,
    }
}

fn differences(case: &Case, ways: &Ways, state: &Forwarding) -> Differences {
    let mut found = Differences::default();
    for (node, station, given) in state.rows(case) {
        found.rows += 1;
        let ours = ways.hop(case, node, station);
        if ours == given {
            continue;
        }
        let longer_m = longer_m(case, ways, node, station, given.next);
        if longer_m.is_some_and(|longer_m| longer_m.abs() < TIE_M) {
            found.ties += 1;
            continue;
        }
        found.others += 1;
        if found.examples.len() < EXAMPLES_MAX {
            let destination = (case.satellites() + station) as u32;
            found.examples.push(Difference {
                node,
                destination,
                given: given.next,
                ours: ours.next,
                longer_m,
            });
        }
    }
    found
}

/// How much longer than the shortest the way is that begins with a hop to `next`.
fn longer_m(case: &Case, ways: &Ways, node: u32, station: usize, next: i32) -> Option<f64> {
    let satellites = case.satellites() as u32;
    let next = u32::try_from(next).ok()?;
    let rest_m = match next.checked_sub(satellites) {
        None => ways.distance_m(next, station)?,
        Some(below) if below as usize == station => 0.0,
        Some(_) => return None,
    };
    let best_m = match node.checked_sub(satellites) {
        None => ways.distance_m(node, station)?,
        Some(from) => ways.way_m(from as usize, station)?,
    };
    Some(distance_m(place_m(case, ways, node), place_m(case, ways, next)) + rest_m - best_m)
}

/// The spread of values, which are sorted; the median of an even number lies between the middle two.
pub fn spread(values: &mut [f64]) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    let (min, max) = (*values.first()?, *values.last()?);
    let count = values.len();
    let p95 = values[(count * 95).div_ceil(100) - 1];
    Some(Spread {
        min,
        mean: values.iter().sum::<f64>() / count as f64,
        median: (values[(count - 1) / 2] + values[count / 2]) / 2.0,
        p95,
        max,
    })
}
