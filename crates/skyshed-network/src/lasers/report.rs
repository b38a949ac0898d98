//! What the links of a slot come to, in numbers.

use super::Lasers;
use crate::planes::Planes;

/// The laser links of one slot, summed up.
#[derive(Clone, Debug, PartialEq)]
pub struct LaserReport {
    /// Satellites of the constellation.
    pub satellites: usize,
    /// Those with a seat in a shell; only they are linked.
    pub seated: usize,
    /// Links.
    pub links: usize,
    /// Of these, links between two shells.
    pub links_between_shells: usize,
    /// How many seated satellites have no link, one, two and so on; up to the largest number there is.
    pub degrees: Vec<u32>,
    /// Lengths of the links; `None` without links.
    pub lengths: Option<Lengths>,
    /// What hangs together.
    pub components: Components,
    /// Against the slot before; `None` without one.
    pub churn: Option<Churn>,
}

/// Lengths, mm. Percentiles are those of the nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// The shortest.
    pub min_mm: u64,
    /// The median.
    pub p50_mm: u64,
    /// Only one in twenty is longer.
    pub p95_mm: u64,
    /// The longest.
    pub max_mm: u64,
}

/// Groups of satellites with a way between any two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Components {
    /// Groups of two satellites and more.
    pub count: usize,
    /// Satellites in the largest of them.
    pub largest: usize,
    /// Seated satellites without a link.
    pub isolated: usize,
}

/// Links of this slot against those of the slot before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Churn {
    /// In this slot only.
    pub added: usize,
    /// In the slot before only.
    pub dropped: usize,
    /// In both.
    pub kept: usize,
}

/// Sums up the links of a slot, with what changed since `previous`.
pub fn report(lasers: &Lasers, planes: &Planes, previous: Option<&Lasers>) -> LaserReport {
    let degree = degree_by_satellite(lasers, planes.seats.len());
    let seated: Vec<u32> =
        planes.seats.iter().zip(&degree).filter_map(|(seat, d)| seat.map(|_| *d)).collect();
    LaserReport {
        satellites: planes.seats.len(),
        seated: seated.len(),
        links: lasers.pairs.len(),
        links_between_shells: lasers.pairs.iter().filter(|pair| is_between_shells(planes, **pair)).count(),
        degrees: histogram(&seated),
        lengths: lengths(lasers),
        components: components(lasers, degree.len(), seated.iter().filter(|degree| **degree == 0).count()),
        churn: previous.map(|previous| churn(&lasers.pairs, &previous.pairs)),
    }
}

fn degree_by_satellite(lasers: &Lasers, satellites: usize) -> Vec<u32> {
    let last = lasers.pairs.iter().map(|pair| pair[1] as usize + 1).max().unwrap_or(0);
    let mut degree = vec![0; satellites.max(last)];
    lasers.pairs.iter().flatten().for_each(|satellite| degree[*satellite as usize] += 1);
    degree
}

fn is_between_shells(planes: &Planes, pair: [u32; 2]) -> bool {
    let [a, b] = pair.map(|satellite| planes.seats.get(satellite as usize).copied().flatten());
    a.zip(b).is_some_and(|(a, b)| a.shell != b.shell)
}

fn histogram(degrees: &[u32]) -> Vec<u32> {
    let mut counts = vec![0; degrees.iter().max().map_or(0, |most| *most as usize + 1)];
    degrees.iter().for_each(|degree| counts[*degree as usize] += 1);
    counts
}

fn lengths(lasers: &Lasers) -> Option<Lengths> {
    let mut sorted = lasers.length_mm.clone();
    sorted.sort_unstable();
    let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
    let max_mm = *sorted.last()?;
    Some(Lengths { min_mm: sorted[0], p50_mm: rank(50), p95_mm: rank(95), max_mm })
}

/// Union of the ends of each link, the smallest index standing for its group.
fn components(lasers: &Lasers, satellites: usize, isolated: usize) -> Components {
    let mut parents: Vec<u32> = (0..satellites as u32).collect();
    for [a, b] in &lasers.pairs {
        let (a, b) = (root(&mut parents, *a), root(&mut parents, *b));
        parents[a.max(b) as usize] = a.min(b);
    }
    let mut sizes = vec![0; satellites];
    (0..satellites as u32).for_each(|satellite| sizes[root(&mut parents, satellite) as usize] += 1);
    let groups = sizes.into_iter().filter(|size| *size > 1);
    Components { count: groups.clone().count(), largest: groups.max().unwrap_or(0), isolated }
}

fn root(parents: &mut [u32], mut satellite: u32) -> u32 {
    while parents[satellite as usize] != satellite {
        let above = parents[parents[satellite as usize] as usize];
        parents[satellite as usize] = above;
        satellite = above;
    }
    satellite
}

/// Both ascending.
fn churn(now: &[[u32; 2]], before: &[[u32; 2]]) -> Churn {
    let kept = now.iter().filter(|pair| before.binary_search(pair).is_ok()).count();
    Churn { added: now.len() - kept, dropped: before.len() - kept, kept }
}
