//! Forwarding states as files: the first one whole, later ones what changed.

use rayon::prelude::*;

use super::case::Case;
use super::error::{FileError, Problem};
use super::numbers::{count, decimal, push, signed};
use super::ways::Ways;

/// Nodes whose hops are laid down by one thread in turn.
const NODES_TOGETHER: usize = 64;

/// Where a node sends what is meant for one station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The next node; -1 where there is none.
    pub next: i32,
    /// The interface to send by.
    pub interface: i16,
    /// The interface it arrives at.
    pub next_interface: i16,
}

impl Hop {
    /// Dropped.
    pub const NOWHERE: Hop = Hop { next: -1, interface: -1, next_interface: -1 };

    pub(super) fn up(satellite: u32, degree: usize) -> Hop {
        Hop { next: satellite as i32, interface: 0, next_interface: degree as i16 }
    }

    pub(super) fn across(case: &Case, from: u32, to: u32) -> Hop {
        let span = case.links.span(from);
        let to_next = span.clone().find(|at| case.links.neighbours[*at] == to).expect("a neighbour");
        Hop {
            next: to as i32,
            interface: (to_next - span.start) as i16,
            next_interface: i16::from(case.links.interfaces[to_next]),
        }
    }

    pub(super) fn down(station: u32, degree: usize) -> Hop {
        Hop { next: station as i32, interface: degree as i16, next_interface: 0 }
    }
}

/// A forwarding state, whole: from every satellite and station to every station.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forwarding {
    stations: usize,
    /// Node by node, station by station.
    hops: Vec<Hop>,
}

impl Forwarding {
    /// The state of a step.
    pub fn of(case: &Case, ways: &Ways) -> Forwarding {
        let mut forwarding = Forwarding::default();
        forwarding.refill(case, ways);
        forwarding
    }

    /// As [`Forwarding::of`], in the memory of another state.
    pub fn refill(&mut self, case: &Case, ways: &Ways) {
        self.stations = case.stations.len();
        self.hops.resize((case.satellites() + self.stations) * self.stations, Hop::NOWHERE);
        let rows = self.hops.par_chunks_mut(self.stations).with_min_len(NODES_TOGETHER).enumerate();
        rows.for_each(|(node, row)| {
            row.iter_mut().zip(ways.hops_of(case, node as u32)).for_each(|(into, hop)| *into = hop);
        });
    }

    /// Where a node sends what is meant for a station.
    pub fn hop(&self, node: u32, station: usize) -> Hop {
        self.hops[node as usize * self.stations + station]
    }

    /// Every node and station, the diagonal left out, in the order of the files.
    pub fn rows<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = (u32, usize, Hop)> + 'a {
        let satellites = case.satellites();
        let row = move |(at, hop): (usize, &Hop)| (at / self.stations, at % self.stations, *hop);
        let is_row = move |(node, station, _): &(usize, usize, Hop)| *node != satellites + *station;
        self.hops
            .iter()
            .enumerate()
            .map(row)
            .filter(is_row)
            .map(|(node, station, hop)| (node as u32, station, hop))
    }

    /// The text of a file, and how many rows it has: all of them, or what differs from the state before.
    pub fn write(&self, case: &Case, before: Option<&Forwarding>) -> (Vec<u8>, usize) {
        let mut text = Vec::with_capacity(if before.is_some() { 1 << 12 } else { 24 * self.hops.len() });
        let mut rows = 0;
        for (node, station, hop) in self.rows(case) {
            if before.is_some_and(|before| before.hop(node, station) == hop) {
                continue;
            }
            let destination = case.satellites() + station;
            let fields = [
                i64::from(node),
                destination as i64,
                hop.next.into(),
                hop.interface.into(),
                hop.next_interface.into(),
            ];
            for (place, field) in fields.into_iter().enumerate() {
                if place > 0 {
                    text.push(b',');
                }
                push(&mut text, field);
            }
            text.push(b'\n');
            rows += 1;
        }
        (text, rows)
    }

    /// Reads a file: the first one, or what differs from the state before. Returns the whole state and the number of
    /// rows in the file.
    ///
    /// # Errors
    /// [`FileError`] with the line: a row that is none, a node or station that is not there, a next hop that is no
    /// neighbour; in the first file also a pair without a row.
    pub fn read(
        case: &Case,
        file: &str,
        text: &str,
        before: Option<Forwarding>,
    ) -> Result<(Forwarding, usize), FileError> {
        let stations = case.stations.len();
        let nodes = case.satellites() + stations;
        let is_first = before.is_none();
        let unset = Hop { next: i32::MIN, ..Hop::NOWHERE };
        let mut state =
            before.unwrap_or_else(|| Forwarding { stations, hops: vec![unset; nodes * stations] });
        let mut rows = 0;
        for (line, number) in text.lines().zip(1u64..) {
            let (node, station, hop) =
                read_row(case, line).map_err(|problem| FileError::at(file, number, problem))?;
            state.hops[node as usize * stations + station] = hop;
            rows += 1;
        }
        let hole = is_first.then(|| state.rows(case).find(|(_, _, hop)| *hop == unset)).flatten();
        if let Some((node, station, _)) = hole {
            let destination = (case.satellites() + station) as u32;
            return Err(FileError::whole(file, Problem::Missing { node, destination }));
        }
        Ok((state, rows))
    }
}

/// The bandwidth of every node's interface to the ground or sky, for the first step; later files are empty.
pub fn write_bandwidth(case: &Case) -> String {
    let satellites = case.satellites();
    let line = |node: usize| {
        let interface = if node < satellites { case.links.degree(node as u32) } else { 0 };
        format!("{node},{interface},{:.6}\n", case.interfaces[node].bandwidth_factor)
    };
    (0..satellites + case.stations.len()).map(line).collect()
}

/// Checks a file of bandwidths: node, interface, bandwidth; only interfaces to the ground or sky have one.
///
/// # Errors
/// [`FileError`] with the line.
pub fn check_bandwidth(case: &Case, file: &str, text: &str) -> Result<usize, FileError> {
    let check = |line: &str| {
        let fields: Vec<&str> = line.trim_end().split(',').collect();
        let [node, interface, bandwidth] = fields[..] else {
            return Err(Problem::columns(line, fields.len(), "node,interface,bandwidth"));
        };
        let nodes = case.interfaces.len();
        let Some(node) = count(node).map(|node| node as usize).filter(|node| *node < nodes) else {
            return Err(Problem::field("node", node, format!("a node, 0 to {}", nodes - 1)));
        };
        let first = if node < case.satellites() { case.links.degree(node as u32) } else { 0 };
        let last = first + case.interfaces[node].count as usize - 1;
        if !count(interface).is_some_and(|interface| (first..=last).contains(&(interface as usize))) {
            return Err(Problem::field("interface", interface, format!("{first} to {last} for node {node}")));
        }
        match decimal(bandwidth).filter(|bandwidth| *bandwidth >= 0.0) {
            Some(_) => Ok(()),
            None => Err(Problem::field("bandwidth", bandwidth, "a number, not negative")),
        }
    };
    for (line, number) in text.lines().zip(1u64..) {
        check(line).map_err(|problem| FileError::at(file, number, problem))?;
    }
    Ok(text.lines().count())
}

const COLUMNS: &str = "current,destination,next hop,my interface,next hop's interface";

fn read_row(case: &Case, line: &str) -> Result<(u32, usize, Hop), Problem> {
    let mut fields = [0i64; 5];
    let mut columns = 0;
    for text in line.trim_end().split(',') {
        if columns < fields.len() {
            fields[columns] =
                signed(text).ok_or_else(|| Problem::field(FIELDS[columns], text, "a whole number"))?;
        }
        columns += 1;
    }
    if columns != fields.len() {
        return Err(Problem::columns(line, columns, COLUMNS));
    }
    let [node, destination, next, interface, next_interface] = fields;
    let satellites = case.satellites() as i64;
    let nodes = satellites + case.stations.len() as i64;
    if !(0..nodes).contains(&node) {
        return Err(Problem::field(FIELDS[0], &node.to_string(), format!("a node, 0 to {}", nodes - 1)));
    }
    if !(satellites..nodes).contains(&destination) || destination == node {
        let allowed = format!("a station other than the node itself, {satellites} to {}", nodes - 1);
        return Err(Problem::field(FIELDS[1], &destination.to_string(), allowed));
    }
    check_hop(case, node as u32, [next, interface, next_interface])?;
    let hop = Hop { next: next as i32, interface: interface as i16, next_interface: next_interface as i16 };
    Ok((node as u32, (destination - satellites) as usize, hop))
}

const FIELDS: [&str; 5] = ["current", "destination", "next hop", "my interface", "next hop's interface"];

/// A next hop is nowhere, a neighbour by the interfaces of their laser, or up or down by interfaces that exist.
fn check_hop(case: &Case, node: u32, hop: [i64; 3]) -> Result<(), Problem> {
    let [next, interface, next_interface] = hop;
    let satellites = case.satellites() as i64;
    let refuse = |allowed| Err(Problem::NoLink { node, next, interface, next_interface, allowed });
    let skyward = |satellite: i64, interface: i64| {
        let first = case.links.degree(satellite as u32) as i64;
        (first..first + i64::from(case.interfaces[satellite as usize].count)).contains(&interface)
    };
    let groundward = |station: i64, interface: i64| {
        (0..i64::from(case.interfaces[station as usize].count)).contains(&interface)
    };
    if next == -1 {
        return match (interface, next_interface) {
            (-1, -1) => Ok(()),
            _ => refuse("allowed: -1,-1,-1 where there is no way"),
        };
    }
    if next < 0 || next >= satellites + case.stations.len() as i64 {
        return refuse("allowed: a node, or -1 where there is no way");
    }
    if i64::from(node) >= satellites {
        let ok = next < satellites && groundward(node.into(), interface) && skyward(next, next_interface);
        return if ok { Ok(()) } else { refuse("allowed: a satellite, by interfaces that exist") };
    }
    if next >= satellites {
        // Stations may relay in some of Hypatia's algorithms, so it need not be the destination.
        let ok = skyward(node.into(), interface) && groundward(next, next_interface);
        return if ok { Ok(()) } else { refuse("allowed: a station, by interfaces that exist") };
    }
    let span = case.links.span(node);
    let ok = usize::try_from(interface).is_ok_and(|interface| {
        interface < span.len()
            && i64::from(case.links.neighbours[span.start + interface]) == next
            && i64::from(case.links.interfaces[span.start + interface]) == next_interface
    });
    if ok {
        Ok(())
    } else {
        refuse("allowed: a satellite that isls.txt links it to, by the interfaces of that link")
    }
}
