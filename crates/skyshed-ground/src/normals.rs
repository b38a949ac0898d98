//! Geodetic normals of cell centres, for all cells at once.
//!
//! H3 lays its grid on the twenty faces of an icosahedron by gnomonic projection, so on one face cell centres are equal steps
//! in a plane: seven centres of a block give the other forty-two by addition, without a sine. That is five times faster than
//! asking H3 for each centre, and exact to the rounding below. Blocks that leave their face ask H3 for each cell.

use h3o::{CellIndex, LatLng, Resolution};
use rayon::prelude::*;

use crate::cells::{BLOCK_RESOLUTION, Cell, PENTAGON_BASE_CELLS, to_h3};

type Vector = [f64; 3];

/// Normals are multiples of this: 2⁻²⁴, 0.4 m on the ground.
const STEP: f64 = 1.0 / (1u32 << 24) as f64;
/// The seven H3 digits in units of the J and K axes: I + J + K is zero (Uber H3, "IJK coordinates").
const DIGITS: [[f64; 2]; 7] =
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [-1.0, -1.0], [-1.0, 0.0], [0.0, -1.0]];
/// Face centres are 41.8 degrees apart, so their cosines differ by 0.71 of the distance to the edge between them; a block
/// reaches less than 0.02 radians from its middle. One whose middle prefers its face by this much stays on it.
const FACE_MARGIN: f64 = 0.015;
/// Digits whose centres are asked of H3: the centre, J and K, at each of two levels.
const J: usize = 2;
const K: usize = 1;

/// Normal at an H3 centre: (cos φ cos λ, cos φ sin λ, sin φ).
///
/// Each coordinate is rounded to a multiple of 2⁻²⁴, which an f32 holds exactly, so that a last-bit difference between two
/// ways of computing it does not survive; sine and cosine come from `libm`, the same on every machine.
pub(crate) fn normal_of(index: CellIndex) -> [f32; 3] {
    rounded(centre_of(index))
}

/// The normals of every cell, in blocks, in H3 order.
pub(crate) fn normals(blocks: &[(CellIndex, u32, usize)]) -> Vec<[f32; 3]> {
    let faces = faces();
    let by_block: Vec<Vec<[f32; 3]>> = blocks
        .par_iter()
        .map(|&(parent, first, count)| match parent.is_pentagon() {
            true => one_by_one(first, count),
            false => planar(first, &faces).unwrap_or_else(|| one_by_one(first, count)),
        })
        .collect();
    by_block.concat()
}

fn one_by_one(first: u32, count: usize) -> Vec<[f32; 3]> {
    (first..first + count as u32).map(|cell| normal_of(to_h3(Cell(cell)))).collect()
}

/// The 49 cells of a hexagonal block that lies on one face; none where it does not.
fn planar(first: u32, faces: &[Vector; 20]) -> Option<Vec<[f32; 3]>> {
    let centre = |digits: usize| centre_of(to_h3(Cell(first + digits as u32)));
    let middle = centre(0);
    let face = nearest(faces, middle, FACE_MARGIN)?;
    let project = |point: Vector| point.map(|axis| axis / dot(point, face));
    let origin = project(middle);
    let step = |digits: usize| minus(project(centre(digits)), origin);
    let [coarse_j, coarse_k, fine_j, fine_k] = [step(7 * J), step(7 * K), step(J), step(K)];
    let combine = |j: Vector, k: Vector, digit: usize| {
        [0, 1, 2].map(|axis| DIGITS[digit][0] * j[axis] + DIGITS[digit][1] * k[axis])
    };
    let coarse: [Vector; 7] = std::array::from_fn(|digit| combine(coarse_j, coarse_k, digit));
    let fine: [Vector; 7] = std::array::from_fn(|digit| combine(fine_j, fine_k, digit));
    let cells = (0..49).map(|digits| {
        let point = [0, 1, 2].map(|axis| origin[axis] + coarse[digits / 7][axis] + fine[digits % 7][axis]);
        let length = libm::sqrt(dot(point, point));
        rounded(point.map(|axis| axis / length))
    });
    Some(cells.collect())
}

/// The face a point lies on; none where another face is nearer than `margin` (difference of cosines) to being as near.
fn nearest(faces: &[Vector; 20], point: Vector, margin: f64) -> Option<Vector> {
    let mut best = (f64::NEG_INFINITY, faces[0]);
    let mut second = f64::NEG_INFINITY;
    for &face in faces {
        let cosine = dot(face, point);
        if cosine > best.0 {
            second = best.0;
            best = (cosine, face);
        } else if cosine > second {
            second = cosine;
        }
    }
    (best.0 - second >= margin).then_some(best.1)
}

/// Centres of the icosahedron's faces: its corners are the twelve pentagons, its faces all triples of neighbouring corners.
fn faces() -> [Vector; 20] {
    let corners: Vec<Vector> = CellIndex::base_cells()
        .filter(|base| PENTAGON_BASE_CELLS.contains(&u8::from(base.base_cell())))
        .map(centre_of)
        .collect();
    // Neighbouring corners are 63.4 degrees apart (cosine 1/√5 = 0.447), all others 116.6 or 180.
    let beside = |a: usize, b: usize| dot(corners[a], corners[b]) > 0.0;
    let mut faces = Vec::with_capacity(20);
    for a in 0..12 {
        for b in (a + 1..12).filter(|&b| beside(a, b)) {
            for c in (b + 1..12).filter(|&c| beside(a, c) && beside(b, c)) {
                let sum = [0, 1, 2].map(|axis| corners[a][axis] + corners[b][axis] + corners[c][axis]);
                let length = libm::sqrt(dot(sum, sum));
                faces.push(sum.map(|axis| axis / length));
            }
        }
    }
    faces.try_into().expect("an icosahedron has twenty faces")
}

fn centre_of(index: CellIndex) -> Vector {
    let centre = LatLng::from(index);
    let (sin_latitude, cos_latitude) = libm::sincos(centre.lat_radians());
    let (sin_longitude, cos_longitude) = libm::sincos(centre.lng_radians());
    [cos_latitude * cos_longitude, cos_latitude * sin_longitude, sin_latitude]
}

fn rounded(normal: Vector) -> [f32; 3] {
    normal.map(|axis| (libm::rint(axis / STEP) * STEP) as f32)
}

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn minus(a: Vector, b: Vector) -> Vector {
    [0, 1, 2].map(|axis| a[axis] - b[axis])
}

/// The blocks in order: resolution-3 parent, first cell, number of cells.
pub(crate) fn blocks_in_order() -> Vec<(CellIndex, u32, usize)> {
    let parents = CellIndex::base_cells().flat_map(|base| base.children(Resolution::Three));
    let mut first = 0;
    debug_assert_eq!(BLOCK_RESOLUTION, u8::from(Resolution::Three));
    parents
        .map(|parent| {
            let count = if parent.is_pentagon() { 41 } else { 49 };
            first += count as u32;
            (parent, first - count as u32, count)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::CELL_COUNT;

    #[test]
    fn steps_in_a_plane_give_what_h3_gives() {
        let normals = normals(&blocks_in_order());
        assert_eq!(normals.len(), CELL_COUNT);
        let mut apart = 0;
        for (cell, &normal) in (0..).map(Cell).zip(&normals) {
            let expected = normal_of(to_h3(cell));
            for axis in 0..3 {
                // Where a coordinate lies on the edge between two steps, either is right.
                let difference = (f64::from(normal[axis]) - f64::from(expected[axis])).abs();
                assert!(difference <= STEP, "cell {cell}: {:?} and {expected:?}", normal);
                apart += usize::from(difference > 0.0);
            }
        }
        assert!(apart < 10, "{apart} coordinates differ");
    }

    #[test]
    fn most_blocks_lie_on_one_face() {
        let faces = faces();
        let blocks = blocks_in_order();
        let planar = blocks
            .iter()
            .filter(|&&(parent, first, _)| !parent.is_pentagon() && super::planar(first, &faces).is_some());
        assert!(planar.count() * 10 > blocks.len() * 8);
    }
}
