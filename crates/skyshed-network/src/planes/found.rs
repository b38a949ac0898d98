//! Shells and planes found in elements: satellites that keep one inclination, one altitude and one node.
//!
//! Station-kept satellites show as sharp peaks (in public elements of Starlink the satellites of a shell are within
//! 0.5 km in altitude and 0.05 degrees in inclination), those being raised or lowered as a thin floor between them.
//! So a shell is a peak that stands out from its surroundings, by inclination, then by altitude; within it, planes are
//! runs of ascending nodes without a gap.

use skyshed_orbit::MeanElements;

use super::{Plane, Shell, half_turn_deg};

/// Half the width of a peak of inclinations, and of altitudes.
const INCLINATION_PEAK_DEG: f64 = 0.03;
const ALTITUDE_PEAK_KM: f64 = 0.5;

/// A satellite beside a peak belongs to it within this many times the peak's half width.
const REACH: f64 = 4.0;

/// Fewest satellites in a peak: this share of all, within these bounds.
const LEAST_SHARE: usize = 100;
const LEAST_BOUNDS: (usize, usize) = (3, 10);

/// Nodes farther apart than this are of different planes. The planes of Starlink's densest shell leave gaps of 0.95
/// degrees and more, and none within a plane is above 0.5 (elements of August 2026).
const PLANE_GAP_DEG: f64 = 0.6;

/// A run of nodes wider than this is several planes that lie closer: it is looked at again with half the gap.
const PLANE_WIDTH_MAX_DEG: f64 = 2.0;

/// The smallest gap looked for.
const PLANE_GAP_MIN_DEG: f64 = 0.01;

/// A run of fewer satellites than this share of a usual plane is no plane but strays.
const STRAYS_SHARE: f64 = 0.2;

/// A stray sits in the nearest plane if its node is within this.
const STRAY_REACH_DEG: f64 = 2.0;

/// Altitudes of fewer planes than this make one shell with others at most [`JOINED_KM`] above or below: OneWeb flies
/// each of its planes 4 km above another.
const JOINED_BELOW_PLANES: usize = 3;
const JOINED_KM: f64 = 6.0;

/// A shell's first plane is the one after its widest gap, if that is so many times the median gap.
const SEAM_FACTOR: f64 = 1.5;

/// The most planes in a shell, and satellites in a plane, that seats can number.
const SEATS_MAX: usize = u16::MAX as usize;

/// The shells, by ascending inclination, then altitude.
pub(super) fn shells(elements: &[MeanElements]) -> Vec<Shell> {
    let least = (elements.len() / LEAST_SHARE).clamp(LEAST_BOUNDS.0, LEAST_BOUNDS.1);
    let all = (0..elements.len() as u32).collect();
    let inclination = |satellite: u32| elements[satellite as usize].inclination_deg;
    let altitude = |satellite: u32| elements[satellite as usize].altitude_km;
    let mut shells = Vec::new();
    for group in peaks(all, inclination, INCLINATION_PEAK_DEG, least) {
        let levels = peaks(group, altitude, ALTITUDE_PEAK_KM, least);
        for members in joined(levels, elements) {
            let planes = planes(&members, elements);
            shells.push(shell(planes, elements));
        }
    }
    shells.truncate(SEATS_MAX);
    shells
}

/// Groups of satellites whose values crowd, by ascending value. A value is in the midst of a crowd if at least `least`
/// lie within `half_width` of it, and they are at least two thirds of those within three times that.
fn peaks(
    mut satellites: Vec<u32>,
    value: impl Fn(u32) -> f64,
    half_width: f64,
    least: usize,
) -> Vec<Vec<u32>> {
    satellites.sort_by(|a, b| value(*a).total_cmp(&value(*b)).then(a.cmp(b)));
    let values: Vec<f64> = satellites.iter().map(|satellite| value(*satellite)).collect();
    let near = counts_within(&values, half_width);
    let around = counts_within(&values, 3.0 * half_width);
    let is_midst = |index: &usize| near[*index] >= least && 3 * near[*index] >= 2 * around[*index];
    let midst: Vec<usize> = (0..values.len()).filter(is_midst).collect();
    let reach = REACH * half_width;
    let groups: Vec<&[usize]> = midst.chunk_by(|a, b| values[*b] - values[*a] <= half_width).collect();
    let mut peaks = Vec::with_capacity(groups.len());
    let mut taken = 0;
    for (index, group) in groups.iter().enumerate() {
        let (low, high) = (values[group[0]], values[group[group.len() - 1]]);
        // Between two peaks each value goes to the nearer.
        let next_low = groups.get(index + 1).map_or(f64::INFINITY, |next| values[next[0]]);
        let until = (high + reach).min((high + next_low) / 2.0);
        let from = advance(&values, taken, |v| v < low - reach);
        taken = advance(&values, from, |v| v <= until);
        peaks.push(satellites[from..taken].to_vec());
    }
    peaks
}

/// How many of the sorted values are within reach of each.
fn counts_within(values: &[f64], reach: f64) -> Vec<usize> {
    let (mut from, mut to) = (0, 0);
    let count = |at: &f64| {
        from = advance(values, from, |value| value < at - reach);
        to = advance(values, to, |value| value <= at + reach);
        to - from
    };
    values.iter().map(count).collect()
}

/// The first index from `from` on whose value is not `before`.
fn advance(values: &[f64], from: usize, before: impl Fn(f64) -> bool) -> usize {
    from + values[from..].iter().take_while(|value| before(**value)).count()
}

/// Levels with few planes, put together with those just above and below them that have few as well.
fn joined(levels: Vec<Vec<u32>>, elements: &[MeanElements]) -> Vec<Vec<u32>> {
    let mut joined: Vec<Vec<u32>> = Vec::with_capacity(levels.len());
    let mut last: Option<f64> = None;
    for level in levels {
        let altitude_km = mean_of(&level, |satellite| elements[satellite as usize].altitude_km);
        let is_small = planes(&level, elements).len() < JOINED_BELOW_PLANES;
        match joined.last_mut() {
            Some(below) if is_small && last.is_some_and(|last| altitude_km - last <= JOINED_KM) => {
                below.extend(level);
            }
            _ => joined.push(level),
        }
        last = is_small.then_some(altitude_km);
    }
    joined
}

/// The planes of one shell, ascending node, the first after a seam if there is one.
fn planes(members: &[u32], elements: &[MeanElements]) -> Vec<Plane> {
    let mut nodes: Vec<(f64, u32)> =
        members.iter().map(|satellite| (elements[*satellite as usize].raan_deg, *satellite)).collect();
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    open_at_widest_gap(&mut nodes);
    let mut runs = Vec::new();
    split(&nodes, PLANE_GAP_DEG, &mut runs);
    let least = least_of_a_plane(&runs);
    let (full, strays): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.len() >= least);
    let mut planes: Vec<Plane> = full.iter().map(|run| plane(run)).collect();
    for (raan_deg, satellite) in strays.into_iter().flatten() {
        seat_stray(*raan_deg, *satellite, &mut planes);
    }
    let argument = |satellite: &u32| elements[*satellite as usize].argument_of_latitude_deg;
    for plane in &mut planes {
        plane.satellites.sort_by(|a, b| argument(a).total_cmp(&argument(b)).then(a.cmp(b)));
        plane.satellites.truncate(SEATS_MAX);
    }
    open_at_seam(&mut planes);
    planes.truncate(SEATS_MAX);
    planes
}

/// Turns a sorted circle so that it begins after its widest gap; nodes before the beginning get a turn more.
fn open_at_widest_gap(nodes: &mut [(f64, u32)]) {
    let Some(last) = nodes.last().map(|(raan_deg, _)| raan_deg - 360.0) else { return };
    let before = std::iter::once(last).chain(nodes.iter().map(|(raan_deg, _)| *raan_deg));
    let gaps = nodes.iter().zip(before).map(|((raan_deg, _), before)| raan_deg - before);
    let widest = gaps.enumerate().fold((0, -1.0), |widest, gap| if gap.1 > widest.1 { gap } else { widest });
    nodes.rotate_left(widest.0);
    let turned = nodes.len() - widest.0;
    for (raan_deg, _) in &mut nodes[turned..] {
        *raan_deg += 360.0;
    }
}

/// Splits sorted nodes at gaps, and runs that are too wide for one plane at smaller gaps.
fn split<'a>(nodes: &'a [(f64, u32)], gap_deg: f64, runs: &mut Vec<&'a [(f64, u32)]>) {
    for run in nodes.chunk_by(|a, b| b.0 - a.0 <= gap_deg) {
        let width_deg = run[run.len() - 1].0 - run[0].0;
        match width_deg > PLANE_WIDTH_MAX_DEG && gap_deg > PLANE_GAP_MIN_DEG {
            true => split(run, gap_deg / 2.0, runs),
            false => runs.push(run),
        }
    }
}

/// The size below which a run is strays: a share of the run that the median satellite is in.
fn least_of_a_plane(runs: &[&[(f64, u32)]]) -> usize {
    let mut sizes: Vec<usize> = runs.iter().map(|run| run.len()).collect();
    sizes.sort_unstable();
    let half = sizes.iter().sum::<usize>().div_ceil(2);
    let mut counted = 0;
    let usual = sizes.into_iter().find(|size| {
        counted += size;
        counted >= half
    });
    libm::ceil(usual.unwrap_or(0) as f64 * STRAYS_SHARE) as usize
}

fn plane(run: &[(f64, u32)]) -> Plane {
    let mean_deg = run.iter().map(|(raan_deg, _)| raan_deg).sum::<f64>() / run.len() as f64;
    let raan_deg = mean_deg - 360.0 * libm::floor(mean_deg / 360.0);
    Plane { raan_deg, satellites: run.iter().map(|(_, satellite)| *satellite).collect() }
}

fn seat_stray(raan_deg: f64, satellite: u32, planes: &mut [Plane]) {
    let distance = |plane: &Plane| half_turn_deg(plane.raan_deg - raan_deg).abs();
    let nearest = planes.iter_mut().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    if let Some(plane) = nearest.filter(|plane| distance(plane) <= STRAY_REACH_DEG) {
        plane.satellites.push(satellite);
    }
}

/// Turns the planes so that the first comes after the widest gap between nodes where that is a seam, else so that the
/// nodes ascend.
fn open_at_seam(planes: &mut [Plane]) {
    planes.sort_by(|a, b| a.raan_deg.total_cmp(&b.raan_deg));
    let count = planes.len();
    let gap = |plane: usize| {
        let before = planes[(plane + count - 1) % count].raan_deg;
        let gap_deg = planes[plane].raan_deg - before;
        if plane == 0 { gap_deg + 360.0 } else { gap_deg }
    };
    let mut gaps: Vec<(f64, usize)> = (0..count).map(|plane| (gap(plane), plane)).collect();
    gaps.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let Some((widest, first)) = gaps.last().copied() else { return };
    if widest >= SEAM_FACTOR * gaps[gaps.len() / 2].0 {
        planes.rotate_left(first);
    }
}

fn shell(planes: Vec<Plane>, elements: &[MeanElements]) -> Shell {
    let seated: Vec<u32> = planes.iter().flat_map(|plane| plane.satellites.iter().copied()).collect();
    let altitude_km = mean_of(&seated, |satellite| elements[satellite as usize].altitude_km);
    let inclination_deg = mean_of(&seated, |satellite| elements[satellite as usize].inclination_deg);
    Shell { name: format!("{inclination_deg:.1}-{altitude_km:.0}"), altitude_km, inclination_deg, planes }
}

fn mean_of(satellites: &[u32], value: impl Fn(u32) -> f64) -> f64 {
    satellites.iter().map(|satellite| value(*satellite)).sum::<f64>() / satellites.len().max(1) as f64
}
