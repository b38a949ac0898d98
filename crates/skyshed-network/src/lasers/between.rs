//! Links between shells, for terminals that nothing within a shell uses.

use super::{BETWEEN_SHELLS_NEW_MAX_KM, Before, Links, dot};
use crate::planes::Planes;

/// Space is cut into cubes as wide as the longest new link, so that its other end is in the same cube or one beside it.
const CUBE_M: f64 = BETWEEN_SHELLS_NEW_MAX_KM * 1e3;

/// Takes the links of the slot before that still hold.
pub(super) fn take_kept(links: &mut Links, planes: &Planes, before: &Before) {
    for pair in &before.pairs {
        if links.is_free(*pair) && joins_shells(planes, *pair) {
            links.take_if_it_holds(*pair);
        }
    }
}

/// Takes the nearest pairs. Those of the slot before have had their turn.
pub(super) fn take_new(links: &mut Links, planes: &Planes, before: &Before) {
    for (_, pair) in nearest(links, planes) {
        if links.is_free(pair) && !before.has(pair) {
            links.take_if_it_holds(pair);
        }
    }
}

fn joins_shells(planes: &Planes, pair: [u32; 2]) -> bool {
    let [a, b] = pair.map(|satellite| shell(planes, satellite));
    a.is_some() && b.is_some() && a != b
}

fn shell(planes: &Planes, satellite: u32) -> Option<u16> {
    planes.seats.get(satellite as usize).copied().flatten().map(|seat| seat.shell)
}

/// Pairs of two shells with terminals free, by length in whole millimetres, then index.
fn nearest(links: &Links, planes: &Planes) -> Vec<(u64, [u32; 2])> {
    let cubes = cubes(links, planes);
    let mut pairs = Vec::new();
    for (cube, a) in &cubes {
        for neighbour in around(*cube) {
            let from = cubes.partition_point(|(cube, _)| *cube < neighbour);
            let inside = cubes[from..].iter().take_while(|(cube, _)| *cube == neighbour);
            for (_, b) in inside.filter(|(_, b)| a < b && joins_shells(planes, [*a, *b])) {
                let length_m = distance_m(links, *a, *b);
                if length_m <= CUBE_M {
                    pairs.push(((length_m * 1e3) as u64, [*a, *b]));
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

/// Satellites with a seat and a terminal free, by the cube they are in.
fn cubes(links: &Links, planes: &Planes) -> Vec<([i32; 3], u32)> {
    let has_end =
        |satellite: &u32| links.free[*satellite as usize] > 0 && shell(planes, *satellite).is_some();
    let cube = |satellite: u32| links.positions_m[satellite as usize].map(|m| libm::floor(m / CUBE_M) as i32);
    let satellites = (0..links.free.len() as u32).filter(has_end);
    let mut cubes: Vec<([i32; 3], u32)> = satellites.map(|satellite| (cube(satellite), satellite)).collect();
    cubes.sort_unstable();
    cubes
}

fn around([x, y, z]: [i32; 3]) -> impl Iterator<Item = [i32; 3]> {
    let beside = |middle: i32| (-1..=1).map(move |step| middle.saturating_add(step));
    beside(x).flat_map(move |x| beside(y).flat_map(move |y| beside(z).map(move |z| [x, y, z])))
}

fn distance_m(links: &Links, a: u32, b: u32) -> f64 {
    let (a, b) = (links.positions_m[a as usize], links.positions_m[b as usize]);
    let way = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    libm::sqrt(dot(way, way))
}
