//! Lasers of a case: the pairs, in the order that numbers the interfaces.

use std::collections::HashSet;

use super::error::{FileError, Problem};
use super::numbers::count;

/// Most lasers of one satellite.
pub const LINKS_MAX: usize = 250;

/// The name of the file.
pub const FILE: &str = "isls.txt";

/// Neighbours of each satellite, in the order of its interfaces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    /// The pairs, smaller id first, in the order of the file.
    pub pairs: Vec<[u32; 2]>,
    /// One more entry than satellites: those of satellite s stand at `heads[s]..heads[s + 1]`.
    pub heads: Vec<u32>,
    /// The satellite at the other end.
    pub neighbours: Vec<u32>,
    /// The other end's interface.
    pub interfaces: Vec<u8>,
    /// Which of the pairs it is.
    pub pair_of: Vec<u32>,
}

impl Links {
    /// Numbers the interfaces: each satellite's in order of appearance.
    pub fn new(satellites: usize, pairs: Vec<[u32; 2]>) -> Links {
        let mut heads = vec![0u32; satellites + 1];
        for end in pairs.iter().flatten() {
            heads[*end as usize + 1] += 1;
        }
        for satellite in 0..satellites {
            heads[satellite + 1] += heads[satellite];
        }
        let mut used = vec![0u32; satellites];
        let mut links = Links {
            neighbours: vec![0; 2 * pairs.len()],
            interfaces: vec![0; 2 * pairs.len()],
            pair_of: vec![0; 2 * pairs.len()],
            heads,
            pairs,
        };
        for (index, &[a, b]) in links.pairs.iter().enumerate() {
            let (by_a, by_b) = (used[a as usize], used[b as usize]);
            for (from, by, to, into) in [(a, by_a, b, by_b), (b, by_b, a, by_a)] {
                let at = (links.heads[from as usize] + by) as usize;
                links.neighbours[at] = to;
                links.interfaces[at] = into as u8;
                links.pair_of[at] = index as u32;
            }
            used[a as usize] += 1;
            used[b as usize] += 1;
        }
        links
    }

    /// Where a satellite's links stand in the columns.
    pub fn span(&self, satellite: u32) -> core::ops::Range<usize> {
        self.heads[satellite as usize] as usize..self.heads[satellite as usize + 1] as usize
    }

    /// Lasers of a satellite; its interface to the ground comes after them.
    pub fn degree(&self, satellite: u32) -> usize {
        self.span(satellite).len()
    }
}

/// Each satellite to the next of its plane and to the same place of the next plane, around both ways.
pub fn plus_grid(planes: u32, per_plane: u32) -> Vec<[u32; 2]> {
    let pair = |a: u32, b: u32| [a.min(b), a.max(b)];
    let mut pairs = Vec::with_capacity(2 * planes as usize * per_plane as usize);
    for plane in 0..planes {
        for place in 0..per_plane {
            let id = plane * per_plane + place;
            pairs.push(pair(id, plane * per_plane + (place + 1) % per_plane));
            pairs.push(pair(id, (plane + 1) % planes * per_plane + place));
        }
    }
    pairs
}

/// The text of the file.
pub fn write(pairs: &[[u32; 2]]) -> String {
    pairs.iter().map(|[a, b]| format!("{a} {b}\n")).collect()
}

/// Reads the file.
///
/// # Errors
/// [`FileError`] with the line.
pub fn read(text: &str, satellites: usize) -> Result<Vec<[u32; 2]>, FileError> {
    let mut seen = HashSet::new();
    let mut degree = vec![0usize; satellites];
    let mut pairs = Vec::new();
    for (line, number) in text.lines().zip(1u64..) {
        let refuse = |problem| Err(FileError::at(FILE, number, problem));
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [first, second] = fields[..] else {
            return refuse(Problem::columns(line, fields.len(), "two satellite ids"));
        };
        let id = |text| count(text).filter(|id| (*id as usize) < satellites);
        let allowed = || format!("an id of a satellite, 0 to {}", satellites.saturating_sub(1));
        let Some(a) = id(first) else { return refuse(Problem::field("first id", first, allowed())) };
        let Some(b) = id(second) else { return refuse(Problem::field("second id", second, allowed())) };
        if b <= a {
            return refuse(Problem::field("second id", second, "one larger than the first"));
        }
        if !seen.insert([a, b]) {
            return refuse(Problem::Repeated { first: a, second: b });
        }
        for end in [a, b] {
            degree[end as usize] += 1;
            if degree[end as usize] > LINKS_MAX {
                let allowed = format!("at most {LINKS_MAX} for one satellite");
                return refuse(Problem::Count { what: "links", given: degree[end as usize], allowed });
            }
        }
        pairs.push([a, b]);
    }
    Ok(pairs)
}
