//! Which satellites of a shell should be linked: the grid, and what to do with terminals it leaves free.
//!
//! Two circular orbits of one altitude and one inclination `i`, their nodes `ΔΩ` apart, cross at the angle `γ`. Seen
//! from that crossing a satellite of the second is ahead of one of the first by `d`, and over an orbit the mean cosine
//! of the angle between the two at the Earth's centre is `c`:
//!
//! ```text
//! sin(γ/2) = sin i · sin(ΔΩ/2)
//! d        = u2 - u1 + 2 · atan(cos i · tan(ΔΩ/2))
//! c        = cos²(γ/2) · cos d
//! ```
//! u = argument of latitude. The nearest satellite of another plane, on average over an orbit, is therefore the one
//! with the smallest |d|, and it stays so. (Spherical trigonometry: with φ the angle from the crossing,
//! cos of the angle between = cos φ1 cos φ2 + sin φ1 sin φ2 cos γ, whose mean over φ1 is c.)

use rayon::prelude::*;
use skyshed_orbit::MeanElements;

use super::{Shell, half_turn_deg};

/// Planes are neighbours only if they cross at no more than this: beyond it their satellites pass each other faster
/// than they fly. So the two counter-rotating planes at the seam of a star are not linked, and a pattern of few planes
/// has links along them only.
const CROSSING_MAX_DEG: f64 = 60.0;

/// Of two satellites equally far ahead and behind, the one ahead is taken, here and with any rounding.
const AHEAD_BIAS_DEG: f64 = 1e-6;

/// Satellites of a plane looked at as neighbours of one elsewhere: so many from the nearest place on, either way.
const NEAREST_EACH_WAY: usize = 2;

/// Spare links of a satellite reach so many planes either way, and it has at most so many of them to choose from.
const SPARE_PLANES: usize = 6;
const SPARE_CHOICES: usize = 8;

/// The links of the grid, then those for spare terminals; see [`super::Planes`].
pub(super) fn wanted(shells: &[Shell], elements: &[MeanElements]) -> (Vec<[u32; 2]>, Vec<[u32; 2]>) {
    let (mut along, mut across) = (Vec::new(), Vec::new());
    let shells: Vec<Vec<Line>> = shells.iter().map(|shell| lines(shell, elements)).collect();
    for lines in &shells {
        lines.iter().for_each(|line| link_along(line, &mut along));
        link_across(lines, &mut across);
    }
    let grid = [along, across].concat();
    let mut known = grid.clone();
    known.sort_unstable();
    let planes: Vec<(&[Line], usize)> =
        shells.iter().flat_map(|lines| (0..lines.len()).map(move |plane| (&lines[..], plane))).collect();
    let offers = planes.par_iter().flat_map_iter(|(lines, plane)| spare_of_plane(lines, *plane, &known));
    let mut spare: Vec<(u32, [u32; 2])> = offers.collect();
    // The two ends of a pair may both have offered it.
    spare.sort_unstable_by_key(|(cost, pair)| (*pair, *cost));
    spare.dedup_by_key(|(_, pair)| *pair);
    spare.sort_unstable();
    (grid, spare.into_iter().map(|(_, pair)| pair).collect())
}

/// One plane with its satellites by ascending argument of latitude.
struct Line {
    raan_deg: f64,
    inclination_deg: f64,
    places: Vec<(f64, u32)>,
}

/// How one plane lies to another.
struct Crossing {
    /// Added to the difference of arguments of latitude it gives how far ahead the second satellite is.
    offset_deg: f64,
    /// cos²(γ/2).
    cos2_half: f64,
}

fn lines(shell: &Shell, elements: &[MeanElements]) -> Vec<Line> {
    let lines = shell.planes.iter().map(|plane| {
        let argument = |satellite: &u32| elements[*satellite as usize].argument_of_latitude_deg;
        let mut places: Vec<(f64, u32)> = plane.satellites.iter().map(|s| (argument(s), *s)).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Line { raan_deg: plane.raan_deg, inclination_deg: shell.inclination_deg, places }
    });
    lines.collect()
}

fn crossing(a: &Line, b: &Line) -> Crossing {
    let half_deg = half_turn_deg(b.raan_deg - a.raan_deg) / 2.0;
    let (sin_half, cos_half) = libm::sincos(half_deg.to_radians());
    let (sin_i, cos_i) = libm::sincos(a.inclination_deg.to_radians());
    let sin = sin_i * sin_half;
    Crossing {
        offset_deg: 2.0 * libm::atan2(cos_i * sin_half, cos_half).to_degrees(),
        cos2_half: 1.0 - sin * sin,
    }
}

impl Crossing {
    fn is_of_neighbours(&self) -> bool {
        let cos = libm::cos(CROSSING_MAX_DEG.to_radians() / 2.0);
        self.cos2_half >= cos * cos
    }

    /// How far ahead `b` is of `a`, -180 to below 180.
    fn ahead_deg(&self, a_deg: f64, b_deg: f64) -> f64 {
        half_turn_deg(b_deg - a_deg + self.offset_deg)
    }
}

/// Each satellite to the next in its plane, the last to the first.
fn link_along(line: &Line, grid: &mut Vec<[u32; 2]>) {
    let places = &line.places;
    grid.extend(places.windows(2).map(|two| sorted(two[0].1, two[1].1)));
    if places.len() > 2 {
        grid.push(sorted(places[places.len() - 1].1, places[0].1));
    }
}

/// Each plane to the next, the last to the first.
fn link_across(lines: &[Line], grid: &mut Vec<[u32; 2]>) {
    for pair in lines.windows(2) {
        match_planes(&pair[0], &pair[1], grid);
    }
    if let [first, _, .., last] = lines {
        match_planes(last, first, grid);
    }
}

/// Matches the satellites of two planes one to one, the nearest first.
fn match_planes(a: &Line, b: &Line, grid: &mut Vec<[u32; 2]>) {
    let crossing = crossing(a, b);
    if !crossing.is_of_neighbours() {
        return;
    }
    let mut choices = Vec::with_capacity(a.places.len() * 2 * NEAREST_EACH_WAY);
    for (index, (a_deg, _)) in a.places.iter().enumerate() {
        for other in around(b, a_deg - crossing.offset_deg, NEAREST_EACH_WAY) {
            let ahead_deg = crossing.ahead_deg(*a_deg, b.places[other].0);
            let bias_deg = if ahead_deg < 0.0 { AHEAD_BIAS_DEG } else { 0.0 };
            choices.push((ahead_deg.abs() + bias_deg, index, other));
        }
    }
    choices.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut a_taken, mut b_taken) = (vec![false; a.places.len()], vec![false; b.places.len()]);
    for (_, index, other) in choices {
        if !a_taken[index] && !b_taken[other] {
            (a_taken[index], b_taken[other]) = (true, true);
            grid.push(sorted(a.places[index].1, b.places[other].1));
        }
    }
}

/// Indices of the places of a plane around an argument of latitude: at most `each_way` before and after it.
fn around(line: &Line, argument_deg: f64, each_way: usize) -> impl Iterator<Item = usize> + use<> {
    let count = line.places.len();
    let argument_deg = argument_deg - 360.0 * libm::floor(argument_deg / 360.0);
    let after = line.places.partition_point(|(deg, _)| *deg < argument_deg);
    let looked_at = count.min(2 * each_way);
    (0..looked_at).map(move |step| (after + step + count * each_way - each_way) % count)
}

/// The nearest satellites, in this plane and those around it, that the grid does not link to each satellite of a plane.
fn spare_of_plane(lines: &[Line], plane: usize, grid: &[[u32; 2]]) -> Vec<(u32, [u32; 2])> {
    let line = &lines[plane];
    let others: Vec<(&Line, Crossing)> = planes_around(plane, lines.len())
        .map(|other| (&lines[other], crossing(line, &lines[other])))
        .filter(|(_, crossing)| crossing.is_of_neighbours())
        .collect();
    let (mut spare, mut choices) = (Vec::new(), Vec::new());
    for (a_deg, satellite) in &line.places {
        choices.clear();
        for (other, crossing) in &others {
            // In its own plane, the satellite itself and its two neighbours are among those around.
            let each_way = NEAREST_EACH_WAY + usize::from(std::ptr::eq(*other, line));
            for place in around(other, a_deg - crossing.offset_deg, each_way) {
                let (b_deg, neighbour) = other.places[place];
                let pair = sorted(*satellite, neighbour);
                if neighbour != *satellite {
                    choices.push((cost(crossing, crossing.ahead_deg(*a_deg, b_deg)), pair));
                }
            }
        }
        choices.sort_unstable();
        choices.dedup();
        let is_spare = |(_, pair): &&(u32, [u32; 2])| grid.binary_search(pair).is_err();
        spare.extend(choices.iter().filter(is_spare).take(SPARE_CHOICES));
    }
    spare
}

/// The plane and those within [`SPARE_PLANES`] of it, round the circle.
fn planes_around(plane: usize, count: usize) -> impl Iterator<Item = usize> {
    let reached = count.min(2 * SPARE_PLANES + 1);
    (0..reached).map(move |step| (plane + step + count * SPARE_PLANES - SPARE_PLANES) % count)
}

/// The mean square of the chord over an orbit, in parts of 10⁻⁹ of four squared radii.
fn cost(crossing: &Crossing, ahead_deg: f64) -> u32 {
    let mean_cos = crossing.cos2_half * libm::cos(ahead_deg.to_radians());
    ((1.0 - mean_cos) * 0.5e9) as u32
}

fn sorted(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}
