//! Every shortest way at one time. Columns that are reused from step to step; results do not depend on the number of
//! threads.
//!
//! Distances to all stations are worked out together, as trees over satellites rooted at the stations. Hypatia works out
//! all pairs of satellites instead and comes to the same: for each satellite the station's satellite that makes the way
//! shortest, then the neighbour that is on it; for each station the satellite that makes the way shortest, the smaller
//! id among equals. Lengths are compared in whole micrometres: its sums of f64 metres differ by less.

use rayon::prelude::*;
use skyshed_network::{Graph, Trees};
use skyshed_orbit::frames::{gmst82_rad, teme_to_itrf};

use super::case::{Case, Convention, Site, distance_m};
use super::error::CaseError;
use super::forwarding::Hop;
use super::{LIGHT_M_S, PARTS_PER_M};

/// In [`Ways`]: no satellite.
const NO_SATELLITE: u32 = Trees::UNREACHABLE;
/// Satellites that are looked at together.
const LANES: usize = 64;

/// What a step found. Make one with [`Case::ways`], reuse it with [`Case::ways_into`].
#[derive(Clone, Debug, Default)]
pub struct Ways {
    time_ns: u64,
    /// Satellites, Earth-fixed, m.
    position_m: Vec<[f64; 3]>,
    x_m: Vec<f64>,
    y_m: Vec<f64>,
    z_m: Vec<f64>,
    /// Per station: satellites it sees, ascending, with the distance in parts.
    seen: Vec<Vec<(u32, u64)>>,
    /// Per laser, in parts.
    length: Vec<u64>,
    graph: Graph,
    trees: Trees,
    /// Per satellite and station: the satellite to send to, [`Trees::LEAVE`] or [`Trees::UNREACHABLE`].
    exit: Vec<u32>,
    /// Per station and station: the satellite to send to.
    entry: Vec<u32>,
    /// Per station and station: length of the whole way, in parts; `u64::MAX` where there is none.
    whole: Vec<u64>,
}

impl Case {
    /// Every shortest way `time_ns` nanoseconds after the epoch.
    ///
    /// # Errors
    /// [`CaseError`]: a laser longer than allowed, or a satellite that cannot be propagated.
    pub fn ways(&self, time_ns: u64) -> Result<Ways, CaseError> {
        let mut ways = Ways::default();
        self.ways_into(time_ns, &mut ways)?;
        Ok(ways)
    }

    /// As [`Case::ways`], in the memory of another step of any case.
    ///
    /// # Errors
    /// As [`Case::ways`].
    pub fn ways_into(&self, time_ns: u64, ways: &mut Ways) -> Result<(), CaseError> {
        // Into the pool once: each parallel step from outside would wake it and wait anew.
        rayon::scope(|_| self.ways_in_pool(time_ns, ways))
    }

    fn ways_in_pool(&self, time_ns: u64, ways: &mut Ways) -> Result<(), CaseError> {
        ways.time_ns = time_ns;
        self.positions(time_ns, ways)?;
        self.lengths(ways)?;
        self.sights(ways);
        self.trees(ways);
        self.entries(ways);
        Ok(())
    }

    fn positions(&self, time_ns: u64, ways: &mut Ways) -> Result<(), CaseError> {
        let minutes = time_ns as f64 / 60e9;
        let ut1_minus_utc_s = match self.convention {
            Convention::Hypatia => 0.0,
            Convention::Skyshed { ut1_minus_utc_s, .. } => ut1_minus_utc_s,
        };
        let time = self.epoch.plus_micros((time_ns / 1000) as i64);
        let gmst_rad = gmst82_rad(time, ut1_minus_utc_s + (time_ns % 1000) as f64 * 1e-9);
        let position = |(id, orbit): (usize, &skyshed_orbit::Orbit)| {
            let state = orbit.state_teme(minutes).map_err(|reason| CaseError::Position {
                time_ns,
                id: id as u32,
                reason,
            })?;
            Ok(teme_to_itrf(state.position_km, gmst_rad).map(|km| km * 1000.0))
        };
        let places = || self.orbits.par_iter().with_min_len(LANES).enumerate();
        ways.position_m.resize(self.orbits.len(), [0.0; 3]);
        // The smallest id is told, whichever thread comes first.
        let failed = places()
            .zip(ways.position_m.par_iter_mut())
            .filter_map(|(place, into)| match position(place) {
                Ok(at) => {
                    *into = at;
                    None
                }
                Err(error) => Some((place.0, error)),
            })
            .min_by_key(|(id, _)| *id);
        for (axis, column) in [&mut ways.x_m, &mut ways.y_m, &mut ways.z_m].into_iter().enumerate() {
            column.clear();
            column.extend(ways.position_m.iter().map(|position| position[axis]));
        }
        failed.map_or(Ok(()), |(_, error)| Err(error))
    }

    fn lengths(&self, ways: &mut Ways) -> Result<(), CaseError> {
        ways.length.clear();
        for &[first, second] in &self.links.pairs {
            let length_m = distance_m(ways.position_m[first as usize], ways.position_m[second as usize]);
            if length_m > self.max_isl_length_m {
                let (time_ns, max_m) = (ways.time_ns, self.max_isl_length_m);
                return Err(CaseError::IslLength { time_ns, first, second, length_m, max_m });
            }
            ways.length.push(parts(length_m));
        }
        Ok(())
    }

    fn sights(&self, ways: &mut Ways) {
        let (columns, max_m) = ((&ways.x_m[..], &ways.y_m[..], &ways.z_m[..]), self.max_gsl_length_m);
        ways.seen.resize_with(self.stations.len(), Vec::new);
        let sin2_mask = &self.sin2_mask[..];
        ways.seen.par_iter_mut().with_min_len(8).zip(&self.sites).for_each(|(seen, site)| {
            seen.clear();
            match sin2_mask {
                [] => see_within(columns, site, max_m, seen),
                sin2_mask => see_above(columns, site, sin2_mask, seen),
            }
        });
    }

    fn trees(&self, ways: &mut Ways) {
        ways.graph.refill(self.satellites(), &self.links.pairs, &ways.length);
        ways.trees.reset(self.satellites(), self.stations.len());
        for (station, seen) in ways.seen.iter().enumerate() {
            for &(satellite, length) in seen {
                ways.trees.seed(satellite, station, length);
            }
        }
        ways.trees.settle(&ways.graph);
        ways.trees.next_all(&mut ways.exit);
    }

    /// The satellite each station sends to.
    fn entries(&self, ways: &mut Ways) {
        let stations = self.stations.len();
        let Ways { entry, whole, trees, seen, .. } = ways;
        entry.resize(stations * stations, NO_SATELLITE);
        whole.resize(stations * stations, u64::MAX);
        let rows = entry.par_chunks_mut(stations).zip(whole.par_chunks_mut(stations)).enumerate();
        rows.with_min_len(4).for_each(|(from, (entry, whole))| {
            trees.enter(&seen[from], entry, whole);
            // Nothing is sent from a station to itself.
            (entry[from], whole[from]) = (NO_SATELLITE, u64::MAX);
        });
    }
}

impl Ways {
    /// Nanoseconds after the epoch.
    pub fn time_ns(&self) -> u64 {
        self.time_ns
    }

    /// Positions of the satellites, Earth-fixed, m.
    pub fn positions_m(&self) -> &[[f64; 3]] {
        &self.position_m
    }

    /// The satellites a station sees, ascending, with the distance, m.
    pub fn seen(&self, station: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.seen[station].iter().map(|&(satellite, length)| (satellite, metres(length)))
    }

    /// Length of a laser, m, by its place in [`super::links::Links::pairs`].
    pub fn isl_length_m(&self, pair: usize) -> f64 {
        metres(self.length[pair])
    }

    /// Distance from a satellite to a station along the shortest way, m.
    pub fn distance_m(&self, satellite: u32, station: usize) -> Option<f64> {
        self.trees.distance_mm(satellite, station).map(metres)
    }

    /// Length of the shortest way from a station to another, m; `None` where there is none.
    pub fn way_m(&self, from: usize, to: usize) -> Option<f64> {
        let whole = self.whole[from * self.seen.len() + to];
        (whole != u64::MAX).then(|| metres(whole))
    }

    /// Round trip at light speed, ms.
    pub fn rtt_ms(&self, from: usize, to: usize) -> Option<f64> {
        self.way_m(from, to).map(|way_m| 2.0 * way_m / LIGHT_M_S * 1e3)
    }

    /// The nodes of the shortest way from a station to another, both included.
    pub fn path(&self, case: &Case, from: usize, to: usize) -> Option<Vec<u32>> {
        let (satellites, stations) = (case.satellites() as u32, self.seen.len());
        let mut at = self.entry[from * stations + to];
        if at == NO_SATELLITE {
            return None;
        }
        let mut path = vec![satellites + from as u32, at];
        loop {
            match self.exit[at as usize * stations + to] {
                Trees::UNREACHABLE => return None,
                Trees::LEAVE => break,
                next => at = next,
            }
            path.push(at);
        }
        path.push(satellites + to as u32);
        Some(path)
    }

    /// Where a node sends what is meant for a station.
    pub fn hop(&self, case: &Case, node: u32, station: usize) -> Hop {
        hop_by(case, node, station, self.next_of(case, node)[station])
    }

    /// Where a node sends what is meant for each station in turn.
    pub(super) fn hops_of<'a>(&'a self, case: &'a Case, node: u32) -> impl Iterator<Item = Hop> + 'a {
        let next = self.next_of(case, node).iter().enumerate();
        next.map(move |(station, &next)| hop_by(case, node, station, next))
    }

    /// A row of `exit` or of `entry`.
    fn next_of(&self, case: &Case, node: u32) -> &[u32] {
        let (node, stations) = (node as usize, self.seen.len());
        let (next, row) = match node.checked_sub(case.satellites()) {
            None => (&self.exit, node),
            Some(station) => (&self.entry, station),
        };
        &next[row * stations..(row + 1) * stations]
    }
}

#[inline]
fn hop_by(case: &Case, node: u32, station: usize, next: u32) -> Hop {
    let satellites = case.satellites() as u32;
    if node >= satellites {
        return if next == NO_SATELLITE { Hop::NOWHERE } else { Hop::up(next, case.links.degree(next)) };
    }
    match next {
        Trees::UNREACHABLE => Hop::NOWHERE,
        Trees::LEAVE => Hop::down(satellites + station as u32, case.links.degree(node)),
        next => Hop::across(case, node, next),
    }
}

fn parts(metres: f64) -> u64 {
    (metres * PARTS_PER_M).round_ties_even() as u64
}

fn metres(parts: u64) -> f64 {
    parts as f64 / PARTS_PER_M
}

type Columns<'a> = (&'a [f64], &'a [f64], &'a [f64]);

/// Satellites no farther than `max_m`.
fn see_within(columns: Columns, site: &Site, max_m: f64, seen: &mut Vec<(u32, u64)>) {
    let max2 = max_m * max_m;
    see(columns, site, seen, |_, _, distance2| distance2 <= max2);
}

/// Satellites at or above their mask.
fn see_above(columns: Columns, site: &Site, sin2_mask: &[f64], seen: &mut Vec<(u32, u64)>) {
    see(columns, site, seen, |id, height, distance2| {
        height >= 0.0 && height * height >= sin2_mask[id] * distance2
    });
}

/// Satellites for which `sees(id, height over the horizon's plane, squared distance)` holds.
#[inline(always)]
fn see((x, y, z): Columns, site: &Site, seen: &mut Vec<(u32, u64)>, sees: impl Fn(usize, f64, f64) -> bool) {
    let mut distance2 = [0.0f64; LANES];
    let mut flags = [false; LANES];
    for first in (0..x.len()).step_by(LANES) {
        let lanes = LANES.min(x.len() - first);
        let (x, y, z) = (&x[first..first + lanes], &y[first..first + lanes], &z[first..first + lanes]);
        for lane in 0..lanes {
            let [dx, dy, dz] = [x[lane] - site.at_m[0], y[lane] - site.at_m[1], z[lane] - site.at_m[2]];
            let height = dx * site.zenith[0] + dy * site.zenith[1] + dz * site.zenith[2];
            distance2[lane] = dx * dx + dy * dy + dz * dz;
            flags[lane] = sees(first + lane, height, distance2[lane]);
        }
        if !flags[..lanes].iter().fold(false, |any, flag| any | flag) {
            continue;
        }
        for lane in (0..lanes).filter(|lane| flags[*lane]) {
            seen.push(((first + lane) as u32, parts(distance2[lane].sqrt())));
        }
    }
}
