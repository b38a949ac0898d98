//! The inner loops over candidate satellites, once per cell.
//!
//! Each is written as a plain loop over columns, compiled for the baseline, for AVX2 and for AVX-512, and chosen at run time.
//! All give the same bits: f32 basic operations and square roots are exact in IEEE 754, nothing is fused or reordered,
//! and scores are integers.

use crate::gso::{ArcSite, Separation};

/// Bits of a packed score that hold the candidate's place in its list.
pub const PLACE_BITS: u32 = 12;
/// Largest number of candidates of one block.
pub const CANDIDATES_MAX: usize = (1 << PLACE_BITS) - 1;
/// Score of a satellite straight overhead, before what its load costs.
pub const SCORE_ONE: i32 = 1 << 14;
/// The packed score of a candidate that may not serve.
pub const REFUSED: i32 = i32::MIN;

/// Room of every column: a power of two, so that a masked index needs no bounds check.
const ROOM: usize = CANDIDATES_MAX + 1;

/// Positions of up to [`CANDIDATES_MAX`] satellites, km ITRF, in parallel columns of fixed room.
pub struct Positions {
    len: usize,
    x_km: Box<[f32; ROOM]>,
    y_km: Box<[f32; ROOM]>,
    z_km: Box<[f32; ROOM]>,
}

impl Default for Positions {
    fn default() -> Positions {
        Positions { len: 0, x_km: room(), y_km: room(), z_km: room() }
    }
}

impl Positions {
    /// Forgets them all.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Writes one behind the last, and keeps it there if `keep`: no branch to mispredict.
    #[inline(always)]
    pub fn push_if(&mut self, position_km: [f32; 3], keep: bool) {
        let at = self.len & CANDIDATES_MAX;
        [self.x_km[at], self.y_km[at], self.z_km[at]] = position_km;
        self.len += usize::from(keep);
    }

    /// One of them.
    #[inline(always)]
    pub fn at(&self, place: usize) -> [f32; 3] {
        [self.x_km[place], self.y_km[place], self.z_km[place]]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn columns(&self) -> [&[f32]; 3] {
        [&self.x_km[..self.len], &self.y_km[..self.len], &self.z_km[..self.len]]
    }
}

fn room<T: Copy + Default>() -> Box<[T; ROOM]> {
    vec![T::default(); ROOM].into_boxed_slice().try_into().ok().expect("of that length")
}

/// One candidate.
#[derive(Clone, Copy)]
pub struct Candidate {
    /// Index into the fleet.
    pub satellite: u32,
    /// Where it is, km ITRF.
    pub position_km: [f32; 3],
    /// Squared sine of the smallest elevation at which it may serve; above 1 when it may not serve at all.
    pub floor: f32,
    /// Added to the score: minus what its load costs.
    pub bias: i32,
    /// How it stands to the geostationary arc, a [`crate::gso::Standing`] as a number.
    pub arc: u8,
}

/// The candidates of a block, in parallel columns of fixed room. Fields as in [`Candidate`].
pub struct Candidates {
    /// See [`Candidate::position_km`].
    pub positions: Positions,
    /// See [`Candidate::satellite`].
    pub satellite: Box<[u32; ROOM]>,
    /// See [`Candidate::floor`].
    pub floor: Box<[f32; ROOM]>,
    /// See [`Candidate::bias`].
    pub bias: Box<[i32; ROOM]>,
    /// See [`Candidate::arc`].
    pub arc: Box<[u8; ROOM]>,
}

impl Default for Candidates {
    fn default() -> Candidates {
        Candidates {
            positions: Positions::default(),
            satellite: room(),
            floor: room(),
            bias: room(),
            arc: room(),
        }
    }
}

impl Candidates {
    /// Adds one if `keep`.
    #[inline(always)]
    pub fn push_if(&mut self, candidate: Candidate, keep: bool) {
        let at = self.positions.len & CANDIDATES_MAX;
        self.satellite[at] = candidate.satellite;
        self.floor[at] = candidate.floor;
        self.bias[at] = candidate.bias;
        self.arc[at] = candidate.arc;
        self.positions.push_if(candidate.position_km, keep);
    }
}

/// Makes a module of compilations of a plain loop: `plain` for the baseline, `avx2` and `avx512` for CPUs that have these,
/// and `widest`, which takes the best that this CPU has.
macro_rules! lanes {
    ($module:ident = $plain:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?) => {
        mod $module {
            use super::*;

            #[inline]
            pub fn widest($($argument: $kind),*) $(-> $result)? {
                #[cfg(target_arch = "x86_64")]
                if std::is_x86_feature_detected!("avx512f") {
                    // SAFETY: the CPU has AVX-512F, which is all that the function asks for.
                    return unsafe { avx512($($argument),*) };
                }
                #[cfg(target_arch = "x86_64")]
                if std::is_x86_feature_detected!("avx2") {
                    // SAFETY: the CPU has AVX2, which is all that the function asks for.
                    return unsafe { avx2($($argument),*) };
                }
                $plain($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            pub fn avx2($($argument: $kind),*) $(-> $result)? {
                $plain($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f")]
            pub fn avx512($($argument: $kind),*) $(-> $result)? {
                $plain($($argument),*)
            }
        }
    };
}

lanes!(score_lanes = score_plain(candidates: &Candidates, site_km: [f32; 3], normal: [f32; 3], floor: f32, packed: &mut [i32]) -> i32);
lanes!(best_lanes = best_plain(packed: &[i32]) -> i32);
lanes!(arc_lanes = mark_arc_plain(positions: &Positions, separation: &Separation, centre_km: [f32; 3], radius_km: f32, arc: &mut [u8]));
lanes!(reach_lanes = mark_reach_plain(columns: &ReachColumns<'_>, centre: [f32; 3], radius: (f32, f32), hits: &mut [u8]));

/// Fills `packed` with one score per candidate for the cell at `site_km` with geodetic `normal`:
/// `(sin²(elevation) x SCORE_ONE + bias) << PLACE_BITS | (CANDIDATES_MAX - place)`, or [`REFUSED`] below the floor of
/// the candidate or of the cell (squared sines both). The largest is the best, and is returned ([`REFUSED`] where there is
/// none); ties go to the first.
///
/// The square costs one division where the sine would cost a square root as well, and orders elevations alike.
pub fn score(
    candidates: &Candidates,
    site_km: [f32; 3],
    normal: [f32; 3],
    floor: f32,
    packed: &mut Vec<i32>,
) -> i32 {
    packed.resize(candidates.positions.len, 0);
    score_lanes::widest(candidates, site_km, normal, floor, packed)
}

#[inline(always)]
fn score_plain(
    candidates: &Candidates,
    site_km: [f32; 3],
    normal: [f32; 3],
    floor: f32,
    packed: &mut [i32],
) -> i32 {
    let mut top = REFUSED;
    let count = packed.len();
    let [x, y, z] = candidates.positions.columns();
    let (x, y, z) = (&x[..count], &y[..count], &z[..count]);
    let (floors, biases) = (&candidates.floor[..count], &candidates.bias[..count]);
    for k in 0..count {
        let (dx, dy, dz) = (x[k] - site_km[0], y[k] - site_km[1], z[k] - site_km[2]);
        let up = dx * normal[0] + dy * normal[1] + dz * normal[2];
        let height = up * up / (dx * dx + dy * dy + dz * dz);
        // SAFETY: a squared cosine, at most 1 + rounding, times 2^14, is far inside i32. Positions are finite (the
        // fleet drops the others) and above the ground, so the distance is not zero.
        let points = unsafe { (height * SCORE_ONE as f32).to_int_unchecked::<i32>() };
        let value = ((points + biases[k]) << PLACE_BITS) | (CANDIDATES_MAX as i32 - k as i32);
        let may = (up > 0.0) & (height >= floors[k]) & (height >= floor);
        packed[k] = if may { value } else { REFUSED };
        top = top.max(packed[k]);
    }
    top
}

/// Fills `arc` with how each satellite stands to the geostationary arc, a [`crate::gso::Standing`] as a number, for every
/// site within `radius_km` of `centre_km`.
pub fn mark_arc(
    positions: &Positions,
    separation: &Separation,
    centre_km: [f32; 3],
    radius_km: f32,
    arc: &mut Vec<u8>,
) {
    arc.resize(positions.len, 0);
    arc_lanes::widest(positions, separation, centre_km, radius_km, arc);
}

#[inline(always)]
fn mark_arc_plain(
    positions: &Positions,
    separation: &Separation,
    centre_km: [f32; 3],
    radius_km: f32,
    arc: &mut [u8],
) {
    let count = arc.len();
    let [x, y, z] = positions.columns();
    let (x, y, z) = (&x[..count], &y[..count], &z[..count]);
    let centre = ArcSite::new(centre_km);
    for k in 0..count {
        let line = [x[k] - centre_km[0], y[k] - centre_km[1], z[k] - centre_km[2]];
        arc[k] = separation.standing(&centre, line, radius_km) as u8;
    }
}

/// The largest packed score, or [`REFUSED`] when there is none.
#[inline]
pub fn best(packed: &[i32]) -> i32 {
    best_lanes::widest(packed)
}

#[inline(always)]
fn best_plain(packed: &[i32]) -> i32 {
    packed.iter().copied().fold(REFUSED, i32::max)
}

/// The candidate's place in its list.
#[inline(always)]
pub fn place(packed: i32) -> usize {
    CANDIDATES_MAX - (packed as usize & CANDIDATES_MAX)
}

/// Appends to `found` each `i` in `0..len` for which satellite `i` of the columns lies within its own reach plus the
/// region's radius of the region's centre: `u·c >= cos(reach + radius)`.
pub fn within_reach(
    columns: &ReachColumns<'_>,
    centre: [f32; 3],
    radius: (f32, f32),
    hits: &mut Vec<u8>,
    found: &mut Vec<u32>,
) {
    let count = columns.x.len();
    hits.clear();
    hits.resize(count.next_multiple_of(8), 0);
    reach_lanes::widest(columns, centre, radius, &mut hits[..count]);
    found.reserve(count);
    for (chunk, eight) in hits.chunks_exact(8).enumerate() {
        let mut bits = u64::from_le_bytes(eight.try_into().expect("chunks of eight"));
        while bits != 0 {
            found.push((chunk * 8) as u32 + bits.trailing_zeros() / 8);
            bits &= bits - 1;
        }
    }
}

/// What [`within_reach`] reads of each satellite.
pub struct ReachColumns<'a> {
    /// Unit vector to the satellite.
    pub x: &'a [f32],
    /// See `x`.
    pub y: &'a [f32],
    /// See `x`.
    pub z: &'a [f32],
    /// Cosine of its reach.
    pub cos: &'a [f32],
    /// Sine of its reach.
    pub sin: &'a [f32],
}

#[inline(always)]
fn mark_reach_plain(columns: &ReachColumns<'_>, centre: [f32; 3], radius: (f32, f32), hits: &mut [u8]) {
    let n = hits.len();
    let (x, y, z) = (&columns.x[..n], &columns.y[..n], &columns.z[..n]);
    let (cos, sin) = (&columns.cos[..n], &columns.sin[..n]);
    let (cos_radius, sin_radius) = radius;
    for i in 0..n {
        let along = x[i] * centre[0] + y[i] * centre[1] + z[i] * centre[2];
        let limit = cos[i] * cos_radius - sin[i] * sin_radius;
        hits[i] = u8::from(along >= limit);
    }
}

/// Tells the CPU that `value` will be read soon; changes nothing else.
#[inline(always)]
pub fn prefetch<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and cannot fault.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(value).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize, at: impl Fn(usize) -> [f32; 3]) -> Candidates {
        let mut candidates = Candidates::default();
        for k in 0..count {
            let bias = -(k as i32 % 5) * 100;
            let candidate = Candidate { satellite: k as u32, position_km: at(k), floor: 0.18, bias, arc: 0 };
            candidates.push_if(candidate, false);
            candidates.push_if(candidate, true);
        }
        candidates
    }

    fn spread(k: usize) -> [f32; 3] {
        let angle = k as f32 * 0.1;
        [6900.0 - (k % 17) as f32, angle.sin() * (30 + k) as f32, angle.cos() * (900.0 - k as f32)]
    }

    #[test]
    fn vector_and_plain_code_give_the_same_bits() {
        let (site, normal) = ([6378.0, 0.0, 0.0], [1.0, 0.0, 0.0]);
        let separation = Separation::new(18.0);
        for count in [0, 1, 7, 8, 9, 63, 200] {
            let candidates = many(count, spread);
            let positions = &candidates.positions;
            let units: [Vec<f32>; 3] = positions.columns().map(|c| c.iter().map(|v| v / 6960.0).collect());
            let reach = (vec![0.99; count], vec![0.14; count]);
            let columns =
                ReachColumns { x: &units[0], y: &units[1], z: &units[2], cos: &reach.0, sin: &reach.1 };
            let cap = (0.9999, 0.0141);
            let (mut scores, mut arcs, mut hits) = (vec![0; count], vec![0; count], vec![0; count]);
            let top_of_scores = score_plain(&candidates, site, normal, 0.3, &mut scores);
            mark_arc_plain(positions, &separation, site, 66.0, &mut arcs);
            mark_reach_plain(&columns, normal, cap, &mut hits);
            let top = best_plain(&scores);
            assert_eq!(top, top_of_scores);
            let check = |name: &str, of: (Vec<i32>, Vec<u8>, Vec<u8>, i32)| {
                assert!(
                    of == (scores.clone(), arcs.clone(), hits.clone(), top),
                    "{name}, {count} candidates"
                );
            };
            macro_rules! compare {
                ($variant:ident) => {{
                    let mut of = (vec![0; count], vec![0; count], vec![0; count], 0);
                    // SAFETY: called only where the CPU has what the variant asks for.
                    #[allow(unused_unsafe)]
                    unsafe {
                        let top_of_scores = score_lanes::$variant(&candidates, site, normal, 0.3, &mut of.0);
                        arc_lanes::$variant(positions, &separation, site, 66.0, &mut of.1);
                        reach_lanes::$variant(&columns, normal, cap, &mut of.2);
                        of.3 = best_lanes::$variant(&of.0);
                        assert_eq!(of.3, top_of_scores);
                    }
                    check(stringify!($variant), of);
                }};
            }
            compare!(widest);
            #[cfg(target_arch = "x86_64")]
            if std::is_x86_feature_detected!("avx2") {
                compare!(avx2);
            }
            #[cfg(target_arch = "x86_64")]
            if std::is_x86_feature_detected!("avx512f") {
                compare!(avx512);
            }
        }
    }

    #[test]
    fn ties_go_to_the_first_and_places_survive_packing() {
        let mut candidates = many(40, |_| [7000.0, 0.0, 0.0]);
        candidates.bias.fill(-7);
        let mut packed = Vec::new();
        score(&candidates, [6378.0, 0.0, 0.0], [1.0, 0.0, 0.0], 0.0, &mut packed);
        assert_eq!(place(best(&packed)), 0);
        assert_eq!(packed.iter().map(|&p| place(p)).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
    }
}
