//! The laser links of one slot: which of the wanted links hold where the satellites are, within each satellite's
//! terminals. Finds no planes; see [`crate::planes`].
//!
//! A link holds if it is no longer than the range, and nowhere lower than the grazing altitude. Links are chosen in this
//! order, each if both ends have a terminal free: those of the grid, first what the slot before had of them; then
//! whatever else the slot before had; then new links for spare terminals, and last new ones between shells. So a link
//! that holds is only given up where the grid needs its terminal.

mod between;
mod report;

use skyshed_orbit::Sky;

pub use report::{Churn, Components, LaserReport, Lengths, report};

use crate::planes::Planes;

/// Equatorial radius of the WGS84 ellipsoid.
const EARTH_RADIUS_KM: f64 = 6378.137;

/// A new link between shells is at most this long. Satellites of two shells drift past each other at kilometres per
/// second; what begins near lasts longest.
pub const BETWEEN_SHELLS_NEW_MAX_KM: f64 = 1000.0;

/// What decides links.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaserConfig {
    /// Most links of one satellite.
    pub terminals: u8,
    /// Longest link.
    pub range_max_km: f64,
    /// Lowest a link may pass above the Earth (WGS84 ellipsoid taken as a sphere of the equatorial radius).
    pub grazing_altitude_km: f64,
    /// Links between shells where a satellite has a terminal to spare: the nearest first, new ones up to
    /// [`BETWEEN_SHELLS_NEW_MAX_KM`], kept while they hold.
    pub between_shells: bool,
}

/// Links between satellites.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lasers {
    /// Indices into the sky, the smaller first; ascending, each pair once.
    pub pairs: Vec<[u32; 2]>,
    /// Length of each, mm, rounded down.
    pub length_mm: Vec<u64>,
}

/// Which satellites and links are out of order. Indices are into the sky.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LasersOut {
    /// These satellites have no working laser, or do not work at all; ascending.
    pub satellites: Vec<u32>,
    /// These links do not work; smaller index first, ascending.
    pub pairs: Vec<[u32; 2]>,
}

/// The links of one slot. `previous` are those of the slot before, which are kept where they still hold.
///
/// Satellites without a position have no link. Indices beyond the sky, in `out` or `previous`, mean nothing and are
/// passed over. Lengths are those of the straight line, and depend on nothing but the sky.
pub fn lasers(
    sky: &Sky,
    planes: &Planes,
    config: &LaserConfig,
    out: &LasersOut,
    previous: Option<&Lasers>,
) -> Lasers {
    let before = Before::of(previous, sky.x_itrf_m.len());
    let mut links = Links::new(sky, config, out);
    links.take_kept(&planes.grid, &before);
    links.take_new(&planes.grid, &before);
    links.take_kept(&planes.spare, &before);
    if config.between_shells {
        between::take_kept(&mut links, planes, &before);
    }
    links.take_new(&planes.spare, &before);
    if config.between_shells {
        between::take_new(&mut links, planes, &before);
    }
    links.finish()
}

/// The links of the slot before, to be asked whether they hold a pair.
struct Before {
    /// Ascending.
    pairs: Vec<[u32; 2]>,
    /// Where the pairs begin whose smaller index is this.
    starts: Vec<u32>,
}

impl Before {
    fn of(previous: Option<&Lasers>, satellites: usize) -> Before {
        let mut pairs = previous.map_or(Vec::new(), |previous| previous.pairs.clone());
        pairs.retain(|[a, b]| a < b && (*b as usize) < satellites);
        pairs.sort_unstable();
        let mut starts = Vec::with_capacity(satellites + 1);
        let mut at = 0;
        for satellite in 0..=satellites {
            while at < pairs.len() && (pairs[at][0] as usize) < satellite {
                at += 1;
            }
            starts.push(at as u32);
        }
        Before { pairs, starts }
    }

    fn has(&self, [a, b]: [u32; 2]) -> bool {
        let row = self.starts[a as usize] as usize..self.starts[a as usize + 1] as usize;
        self.pairs[row].iter().any(|pair| pair[1] == b)
    }
}

/// Links being chosen.
struct Links {
    positions_m: Vec<[f64; 3]>,
    /// Terminals not yet used, per satellite.
    free: Vec<u8>,
    chosen: Vec<([u32; 2], u64)>,
    /// Pairs that do not work, ascending.
    broken: Vec<[u32; 2]>,
    range_max_m: f64,
    /// Square of the least distance of a link from the Earth's centre.
    grazing_m2: f64,
}

impl Links {
    fn new(sky: &Sky, config: &LaserConfig, out: &LasersOut) -> Links {
        let columns = sky.x_itrf_m.iter().zip(&sky.y_itrf_m).zip(&sky.z_itrf_m);
        let positions_m: Vec<[f64; 3]> = columns.map(|((x, y), z)| [*x, *y, *z]).collect();
        let is_known = |position: &[f64; 3]| position.iter().all(|coordinate| coordinate.is_finite());
        let terminals = |position| if is_known(position) { config.terminals } else { 0 };
        let mut free: Vec<u8> = positions_m.iter().map(terminals).collect();
        for satellite in &out.satellites {
            if let Some(terminals) = free.get_mut(*satellite as usize) {
                *terminals = 0;
            }
        }
        let mut broken = out.pairs.clone();
        broken.iter_mut().for_each(|pair| pair.sort_unstable());
        broken.sort_unstable();
        let grazing_m = (EARTH_RADIUS_KM + config.grazing_altitude_km) * 1e3;
        // Below the Earth's centre there is nothing to be clear of; a limit that is no number stays one, and nothing
        // is clear of it.
        let grazing_m = if grazing_m < 0.0 { 0.0 } else { grazing_m };
        Links {
            chosen: Vec::with_capacity(2 * positions_m.len()),
            positions_m,
            free,
            broken,
            range_max_m: config.range_max_km * 1e3,
            grazing_m2: grazing_m * grazing_m,
        }
    }

    /// Takes, of a list of pairs and in its order, those that were linked before and hold.
    fn take_kept(&mut self, wanted: &[[u32; 2]], before: &Before) {
        for pair in wanted {
            if self.is_free(*pair) && before.has(*pair) {
                self.take_if_it_holds(*pair);
            }
        }
    }

    /// Takes, of a list of pairs and in its order, those that were not linked before and hold.
    fn take_new(&mut self, wanted: &[[u32; 2]], before: &Before) {
        for pair in wanted {
            if self.is_free(*pair) && !before.has(*pair) {
                self.take_if_it_holds(*pair);
            }
        }
    }

    /// Whether these are two satellites of this sky, each with a terminal free.
    fn is_free(&self, pair: [u32; 2]) -> bool {
        pair[0] != pair[1]
            && pair.iter().all(|satellite| self.free.get(*satellite as usize).is_some_and(|free| *free > 0))
    }

    fn take_if_it_holds(&mut self, pair: [u32; 2]) {
        if let Some(length_m) = self.length_m(pair).filter(|_| self.broken.binary_search(&pair).is_err()) {
            self.chosen.push((pair, (length_m * 1e3) as u64));
            pair.iter().for_each(|satellite| self.free[*satellite as usize] -= 1);
        }
    }

    /// The length of a link where it is within range and clear of the Earth.
    ///
    /// ```text
    /// t = a · (a - b) / |a - b|²,   h² = |a|² - t² |a - b|²
    /// ```
    /// t = where on the way from a to b the line is nearest to the Earth's centre (0 at a, 1 at b), h = how near. Outside
    /// 0 to 1 the nearest point of the link is an end.
    fn length_m(&self, [a, b]: [u32; 2]) -> Option<f64> {
        let (a, b) = (self.positions_m[a as usize], self.positions_m[b as usize]);
        let way = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
        let length_m2 = dot(way, way);
        let length_m = libm::sqrt(length_m2);
        let (along, a2) = (dot(a, way), dot(a, a));
        let nearest_m2 = match along > 0.0 && along < length_m2 {
            true => a2 - along * along / length_m2,
            false => a2.min(dot(b, b)),
        };
        (length_m <= self.range_max_m && nearest_m2 >= self.grazing_m2).then_some(length_m)
    }

    fn finish(mut self) -> Lasers {
        self.chosen.sort_unstable();
        let (pairs, length_mm) = self.chosen.into_iter().unzip();
        Lasers { pairs, length_mm }
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
