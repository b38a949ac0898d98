//! Max-min fair rates where flows share links.
//!
//! Max-min fair: no user's rate can be raised without lowering that of a user who has no more (Bertsekas and Gallager,
//! Data Networks, 2nd edition, section 6.5.2). Found by progressive filling: one level rises for everybody; who has all
//! that it can take stops there, and where a link is full, all who use it stop.

mod filling;

use filling::Filling;

/// A flow: many users of the same way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flow {
    /// The links it goes over, indices into the capacities. Over a link that is named twice it goes twice.
    pub links: Vec<u32>,
    /// Its users: (most that one of them can take, kb/s; how many there are), ascending by the first. The first may be
    /// infinite; the second need not be whole.
    pub users: Vec<(f64, f64)>,
}

/// What everybody gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// Per flow: a user of it gets the smaller of this and the most it can take; [`f64::INFINITY`] where no link holds
    /// the flow back.
    pub level_kbps: Vec<f64>,
    /// Per link: what it then carries. At most its capacity, but for rounding in the last digits.
    pub load_kbps: Vec<f64>,
}

/// The fair level of each flow, kb/s: [`Shares::level_kbps`] of [`shares`].
///
/// # Panics
/// As [`shares`].
pub fn max_min(capacity_kbps: &[f64], flows: &[Flow]) -> Vec<f64> {
    shares(capacity_kbps, flows).level_kbps
}

/// Shares links with these capacities among flows, fair to users rather than flows.
///
/// Exact but for rounding: levels are found by solving straight lines, not by small steps. The same values give the same
/// bits. A flow without links or without users is not held back; a link of no capacity holds its flows at 0; one of
/// infinite capacity holds back nobody.
///
/// # Panics
/// On what only a bug of the caller can give: a capacity that is negative or NaN, a link that is not there, users whose
/// most is negative, NaN or not ascending, or whose number is negative, NaN or infinite.
pub fn shares(capacity_kbps: &[f64], flows: &[Flow]) -> Shares {
    check(capacity_kbps, flows);
    let wanted_kbps: Vec<f64> = flows.iter().map(wanted_kbps).collect();
    let full: Vec<bool> = loads_kbps(capacity_kbps.len(), flows, &wanted_kbps)
        .iter()
        .zip(capacity_kbps)
        .map(|(wanted, capacity)| wanted > capacity)
        .collect();
    let level_kbps = Filling::new(capacity_kbps, flows, &full).run();
    let carried = flows.iter().zip(&wanted_kbps).zip(&level_kbps);
    let carried: Vec<f64> =
        carried.map(|((flow, &wanted), &level)| carried_kbps(flow, wanted, level)).collect();
    Shares { load_kbps: loads_kbps(capacity_kbps.len(), flows, &carried), level_kbps }
}

fn check(capacity_kbps: &[f64], flows: &[Flow]) {
    for (link, capacity) in capacity_kbps.iter().enumerate() {
        assert!(*capacity >= 0.0, "link {link} has a capacity of {capacity} kb/s; 0 or more is allowed");
    }
    for (at, flow) in flows.iter().enumerate() {
        for &link in &flow.links {
            let links = capacity_kbps.len();
            assert!((link as usize) < links, "flow {at} goes over link {link}, but there are {links} links");
        }
        let mut before_kbps = 0.0;
        for &(most_kbps, many) in &flow.users {
            assert!(
                most_kbps >= before_kbps,
                "users of flow {at} take {most_kbps} kb/s after {before_kbps}; ascending from 0 is allowed"
            );
            assert!(
                many >= 0.0 && many.is_finite(),
                "flow {at} has {many} users; a number from 0 is allowed"
            );
            before_kbps = most_kbps;
        }
    }
}

/// What a flow's users take where nothing holds them back.
fn wanted_kbps(flow: &Flow) -> f64 {
    flow.users.iter().filter(|user| user.1 > 0.0).map(|(most, many)| most * many).sum()
}

/// What they take up to a level.
fn carried_kbps(flow: &Flow, wanted_kbps: f64, level_kbps: f64) -> f64 {
    if level_kbps == f64::INFINITY {
        return wanted_kbps;
    }
    flow.users.iter().map(|(most, many)| most.min(level_kbps) * many).sum()
}

/// Sums over links of a number per flow.
fn loads_kbps(links: usize, flows: &[Flow], of_flow_kbps: &[f64]) -> Vec<f64> {
    let mut loads = vec![0.0; links];
    for (flow, kbps) in flows.iter().zip(of_flow_kbps) {
        flow.links.iter().for_each(|&link| loads[link as usize] += kbps);
    }
    loads
}
