//! The inner loops over candidate satellites, once per cell.
//!
//! Each is written as a plain loop over columns, compiled for the baseline and for AVX2, and chosen at run time. Both
//! give the same bits: f32 basic operations and square roots are exact in IEEE 754, nothing is fused or reordered,
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

/// Positions of satellites, km ITRF, in parallel columns.
#[derive(Default)]
pub struct Positions {
    /// First coordinate.
    pub x_km: Vec<f32>,
    /// Second coordinate.
    pub y_km: Vec<f32>,
    /// Third coordinate.
    pub z_km: Vec<f32>,
}

impl Positions {
    /// Forgets them all.
    pub fn clear(&mut self) {
        self.x_km.clear();
        self.y_km.clear();
        self.z_km.clear();
    }

    /// Adds one.
    #[inline(always)]
    pub fn push(&mut self, position_km: [f32; 3]) {
        self.x_km.push(position_km[0]);
        self.y_km.push(position_km[1]);
        self.z_km.push(position_km[2]);
    }

    /// One of them.
    #[inline(always)]
    pub fn at(&self, place: usize) -> [f32; 3] {
        [self.x_km[place], self.y_km[place], self.z_km[place]]
    }
}

/// The candidates of a block, in parallel columns.
#[derive(Default)]
pub struct Candidates {
    /// Where they are.
    pub positions: Positions,
    /// Squared sine of the smallest elevation at which each may serve; above 1 when it may not serve at all.
    pub floor: Vec<f32>,
    /// Added to the score: minus what its load costs.
    pub bias: Vec<i32>,
}

/// Fills `packed` with one score per candidate for the cell at `site_km` with geodetic `normal`:
/// `(sin²(elevation) x SCORE_ONE + bias) << PLACE_BITS | (CANDIDATES_MAX - place)`, or [`REFUSED`] below the floor of
/// the candidate or of the cell (squared sines both). The largest is the best; ties go to the first.
///
/// The square costs one division where the sine would cost a square root as well, and orders elevations alike.
pub fn score(
    candidates: &Candidates,
    site_km: [f32; 3],
    normal: [f32; 3],
    floor: f32,
    packed: &mut Vec<i32>,
) {
    packed.resize(candidates.floor.len(), 0);
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2, which is all that the function asks for.
        return unsafe { score_avx2(candidates, site_km, normal, floor, packed) };
    }
    score_plain(candidates, site_km, normal, floor, packed);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn score_avx2(candidates: &Candidates, site_km: [f32; 3], normal: [f32; 3], floor: f32, packed: &mut [i32]) {
    score_plain(candidates, site_km, normal, floor, packed);
}

#[inline(always)]
fn score_plain(candidates: &Candidates, site_km: [f32; 3], normal: [f32; 3], floor: f32, packed: &mut [i32]) {
    let count = packed.len();
    let at = &candidates.positions;
    let (x, y, z) = (&at.x_km[..count], &at.y_km[..count], &at.z_km[..count]);
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
    }
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
    arc.resize(positions.x_km.len(), 0);
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2.
        return unsafe { mark_arc_avx2(positions, separation, centre_km, radius_km, arc) };
    }
    mark_arc_plain(positions, separation, centre_km, radius_km, arc);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn mark_arc_avx2(
    positions: &Positions,
    separation: &Separation,
    centre_km: [f32; 3],
    radius_km: f32,
    arc: &mut [u8],
) {
    mark_arc_plain(positions, separation, centre_km, radius_km, arc);
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
    let (x, y, z) = (&positions.x_km[..count], &positions.y_km[..count], &positions.z_km[..count]);
    let centre = ArcSite::new(centre_km);
    for k in 0..count {
        let line = [x[k] - centre_km[0], y[k] - centre_km[1], z[k] - centre_km[2]];
        arc[k] = separation.standing(&centre, line, radius_km) as u8;
    }
}

/// The largest packed score, or [`REFUSED`] when there is none.
#[inline]
pub fn best(packed: &[i32]) -> i32 {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2.
        return unsafe { best_avx2(packed) };
    }
    best_plain(packed)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn best_avx2(packed: &[i32]) -> i32 {
    best_plain(packed)
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
    mark_reach(columns, centre, radius, &mut hits[..count]);
    for (chunk, eight) in hits.chunks_exact(8).enumerate() {
        let mut bits = u64::from_le_bytes(eight.try_into().expect("chunks of eight"));
        while bits != 0 {
            let byte = bits.trailing_zeros() / 8;
            found.push((chunk * 8) as u32 + byte);
            bits &= !(0xff << (byte * 8));
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

fn mark_reach(columns: &ReachColumns<'_>, centre: [f32; 3], radius: (f32, f32), hits: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2.
        return unsafe { mark_reach_avx2(columns, centre, radius, hits) };
    }
    mark_reach_plain(columns, centre, radius, hits);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn mark_reach_avx2(columns: &ReachColumns<'_>, centre: [f32; 3], radius: (f32, f32), hits: &mut [u8]) {
    mark_reach_plain(columns, centre, radius, hits);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize) -> Candidates {
        let mut candidates = Candidates::default();
        for k in 0..count {
            let angle = k as f32 * 0.1;
            candidates.positions.push([
                6900.0 - (k % 17) as f32,
                angle.sin() * (30 + k) as f32,
                angle.cos() * (900 - k) as f32,
            ]);
            candidates.floor.push(0.18);
            candidates.bias.push(-(k as i32 % 5) * 100);
        }
        candidates
    }

    #[test]
    fn vector_and_plain_code_give_the_same_bits() {
        let (site, normal) = ([6378.0, 0.0, 0.0], [1.0, 0.0, 0.0]);
        for count in [0, 1, 7, 8, 9, 63, 200] {
            let candidates = many(count);
            let mut chosen = Vec::new();
            score(&candidates, site, normal, 0.3, &mut chosen);
            let mut plain = vec![0; count];
            score_plain(&candidates, site, normal, 0.3, &mut plain);
            assert_eq!(chosen, plain);
            assert_eq!(best(&chosen), best_plain(&plain));
        }
    }

    #[test]
    fn ties_go_to_the_first_and_places_survive_packing() {
        let mut candidates = many(40);
        candidates.positions.x_km.fill(7000.0);
        candidates.positions.y_km.fill(0.0);
        candidates.positions.z_km.fill(0.0);
        candidates.bias.fill(-7);
        let mut packed = Vec::new();
        score(&candidates, [6378.0, 0.0, 0.0], [1.0, 0.0, 0.0], 0.0, &mut packed);
        assert_eq!(place(best(&packed)), 0);
        assert_eq!(packed.iter().map(|&p| place(p)).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
    }
}
