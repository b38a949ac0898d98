//! Areas of cells as outlines: edges that two cells of one kind share are left out, the rest is joined to rings and lines.

use std::collections::HashMap;

use skyshed::ground::{Cell, cell_boundary};

/// Corners that are this close are one, as a part of the Earth's radius: 2⁻²² is about 1.5 m.
const CORNER_STEPS: f64 = 4_194_304.0;

/// The edges of a set of cells.
pub struct Outlines {
    /// Corners as unit vectors.
    corners: Vec<[f64; 3]>,
    /// Two corners, and the cells on both sides by their place in the list; on a rim there is only one.
    edges: Vec<([u32; 2], usize, Option<usize>)>,
}

impl Outlines {
    /// Of these cells.
    pub fn new(cells: impl Iterator<Item = Cell>) -> Outlines {
        let mut numbers: HashMap<[i64; 3], u32> = HashMap::new();
        let mut corners = Vec::new();
        let mut places: HashMap<[u32; 2], usize> = HashMap::new();
        let mut edges: Vec<([u32; 2], usize, Option<usize>)> = Vec::new();
        for (at, cell) in cells.enumerate() {
            let ring: Vec<u32> = cell_boundary(cell)
                .into_iter()
                .map(|corner| {
                    let unit = unit(corner);
                    let key = unit.map(|part| (part * CORNER_STEPS).round() as i64);
                    *numbers.entry(key).or_insert_with(|| {
                        corners.push(unit);
                        corners.len() as u32 - 1
                    })
                })
                .collect();
            for (&a, &b) in ring.iter().zip(ring.iter().cycle().skip(1)).filter(|(a, b)| a != b) {
                let key = [a.min(b), a.max(b)];
                match places.get(&key) {
                    Some(&place) => edges[place].2 = Some(at),
                    None => {
                        places.insert(key, edges.len());
                        edges.push((key, at, None));
                    }
                }
            }
        }
        Outlines { corners, edges }
    }

    /// The edges between cells (by place) for which `part` holds, as lines of corners. `part` is asked with one cell at rims.
    pub fn lines(&self, part: impl Fn(usize, Option<usize>) -> bool) -> Vec<Vec<[f64; 3]>> {
        let edges = self.edges.iter().filter(|(_, a, b)| part(*a, *b)).map(|(corners, ..)| *corners);
        let corner = |&number: &u32| self.corners[number as usize];
        joined(edges.collect()).iter().map(|line| line.iter().map(corner).collect()).collect()
    }

    /// The outline of the cells (by place) that `belongs` says: closed rings, holes too.
    pub fn rings(&self, belongs: impl Fn(usize) -> bool) -> Vec<Vec<[f64; 3]>> {
        self.lines(|a, b| belongs(a) != b.is_some_and(&belongs))
    }
}

fn unit((latitude_deg, longitude_deg): (f64, f64)) -> [f64; 3] {
    let (latitude, longitude) = (latitude_deg.to_radians(), longitude_deg.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

/// Joins edges to as few lines as going on from each end gives. A line that ends where it began is a ring.
fn joined(edges: Vec<[u32; 2]>) -> Vec<Vec<u32>> {
    let mut at: HashMap<u32, Vec<usize>> = HashMap::new();
    for (number, edge) in edges.iter().enumerate() {
        edge.iter().for_each(|&corner| at.entry(corner).or_default().push(number));
    }
    // Lines that are no rings begin where an odd number of edges meets; they come first.
    let odd = |corner: &&u32| at[*corner].len() % 2 == 1;
    let ends = edges.iter().enumerate().filter_map(|(number, edge)| Some((number, *edge.iter().find(odd)?)));
    let starts: Vec<(usize, u32)> =
        ends.chain(edges.iter().enumerate().map(|(number, edge)| (number, edge[0]))).collect();
    let mut used = vec![false; edges.len()];
    let mut lines = Vec::new();
    for (start, from) in starts {
        if used[start] {
            continue;
        }
        let mut line = vec![from];
        let mut next = Some(start);
        while let Some(edge) = next {
            used[edge] = true;
            let [a, b] = edges[edge];
            let end = if line[line.len() - 1] == a { b } else { a };
            line.push(end);
            next = at[&end].iter().copied().find(|&other| !used[other]);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use skyshed::ground::{cell_at, within_rings};

    fn outline(cells: &[Cell], belongs: impl Fn(Cell) -> bool) -> Vec<usize> {
        let rings = Outlines::new(cells.iter().copied()).rings(|place| belongs(cells[place]));
        assert!(rings.iter().all(|ring| ring.first() == ring.last()), "an outline is closed");
        let mut edges: Vec<usize> = rings.iter().map(|ring| ring.len() - 1).collect();
        edges.sort_unstable();
        edges
    }

    /// Fiji: cells on both sides of the antimeridian.
    #[test]
    fn shared_edges_disappear_also_on_the_antimeridian() {
        for (latitude_deg, longitude_deg) in [(47.0, 8.0), (-17.0, 180.0)] {
            let centre = cell_at(latitude_deg, longitude_deg).expect("on the Earth");
            assert_eq!(outline(&[centre], |_| true), [6]);
            // Six around one: eighteen edges outside.
            let seven = within_rings(centre, 1);
            assert_eq!(outline(&seven, |_| true), [18]);
            // Without the one in the middle: a hole.
            assert_eq!(outline(&seven, |cell| cell != centre), [6, 18]);
        }
    }

    #[test]
    fn lines_are_joined_where_they_meet() {
        assert_eq!(joined(vec![[0, 1], [2, 3], [1, 2]]), [[0, 1, 2, 3]]);
        assert_eq!(joined(vec![[5, 6], [6, 7], [7, 5]]), [[5, 6, 7, 5]]);
    }
}
