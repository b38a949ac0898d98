//! The level that rises, and the links that become full.
//!
//! What a link carries at a level is a sum of straight pieces whose slope, the users who can still take more, only falls
//! as the level rises. The tangent therefore meets the capacity too early, never too late: it bounds from below the level
//! at which the link becomes full. A heap hands out the link with the smallest bound; seen from there the tangent is
//! drawn anew, and if the slope is still the same the bound was the truth. Only links that could become full, and flows
//! over these, are looked at.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Flow;

/// Progressive filling in the making.
pub struct Filling<'a> {
    /// Links that could become full.
    links: Vec<Link>,
    /// For each of these in turn, indices of the flows over it.
    crossing: Vec<u32>,
    flows: Vec<Rising<'a>>,
    /// Flow by flow, for each of its users how many there are from there on, and 0 at the end.
    rest: Vec<f64>,
    /// Per flow that was given: the level at which it was stopped.
    level_kbps: Vec<f64>,
    /// The links still rising, by the bound of the level at which each becomes full: its bits, which for numbers that are
    /// not negative are ordered as they are.
    bounds: BinaryHeap<Reverse<(u64, usize)>>,
}

struct Link {
    capacity_kbps: f64,
    /// What flows that no longer rise take, kb/s.
    settled_kbps: f64,
    /// Users who could take more when the tangent was last drawn.
    slope: f64,
    /// Where in `crossing` its flows are that still rise.
    from: usize,
    to: usize,
}

/// A flow that crosses a link which could become full.
struct Rising<'a> {
    /// Index among the flows that were given.
    given: usize,
    /// Its users who can take more than the level; once stopped, who could have.
    users: &'a [(f64, f64)],
    /// Where in `rest` these begin.
    step: usize,
    /// What the users before these take, kb/s; once stopped, what all take.
    settled_kbps: f64,
    /// Users who can take more.
    slope: f64,
}

/// Of a link that cannot become full.
const NEVER_FULL: u32 = u32::MAX;

impl<'a> Filling<'a> {
    /// Everybody at 0. `full` says of each link whether it could not carry what everybody wants.
    pub fn new(capacity_kbps: &[f64], flows: &'a [Flow], full: &[bool]) -> Filling<'a> {
        let mut filling = Filling {
            links: Vec::new(),
            crossing: Vec::new(),
            flows: Vec::new(),
            rest: Vec::new(),
            level_kbps: vec![f64::INFINITY; flows.len()],
            bounds: BinaryHeap::new(),
        };
        let number = filling.add_links(capacity_kbps, full);
        for (given, flow) in flows.iter().enumerate() {
            if flow.links.iter().any(|&link| full[link as usize]) {
                filling.add_flow(given, &flow.users);
            }
        }
        filling.cross(flows, &number);
        filling
    }

    /// Returns the number of each given link among those that could become full.
    fn add_links(&mut self, capacity_kbps: &[f64], full: &[bool]) -> Vec<u32> {
        let number = |(&capacity_kbps, &full): (&f64, &bool)| {
            if !full {
                return NEVER_FULL;
            }
            self.links.push(Link { capacity_kbps, settled_kbps: 0.0, slope: 0.0, from: 0, to: 0 });
            self.links.len() as u32 - 1
        };
        capacity_kbps.iter().zip(full).map(number).collect()
    }

    fn add_flow(&mut self, given: usize, users: &'a [(f64, f64)]) {
        let step = self.rest.len();
        self.rest.resize(step + users.len() + 1, 0.0);
        let mut slope = 0.0;
        for (rest, (_, many)) in self.rest[step..step + users.len()].iter_mut().zip(users).rev() {
            slope += many;
            *rest = slope;
        }
        self.flows.push(Rising { given, users, step, settled_kbps: 0.0, slope });
    }

    /// Lays down which flows each link carries.
    fn cross(&mut self, given: &[Flow], number: &[u32]) {
        let Filling { links, crossing, flows, .. } = self;
        let number = |link: &u32| Some(number[*link as usize]).filter(|&number| number != NEVER_FULL);
        for flow in flows.iter() {
            let crossed = given[flow.given].links.iter().filter_map(number);
            crossed.for_each(|link| links[link as usize].to += 1);
        }
        let mut room = 0;
        for link in links.iter_mut() {
            (link.from, room) = (room, room + link.to);
            link.to = link.from;
        }
        crossing.resize(room, 0);
        for (at, flow) in flows.iter().enumerate() {
            for link in given[flow.given].links.iter().filter_map(number) {
                let link = &mut links[link as usize];
                crossing[link.to] = at as u32;
                link.to += 1;
            }
        }
    }

    /// Raises the level until nobody can have more; the level at which each given flow was stopped.
    pub fn run(mut self) -> Vec<f64> {
        for link in 0..self.links.len() {
            let bound_kbps = self.tangent(link, 0.0);
            self.wait_until(link, bound_kbps);
        }
        while let Some(Reverse((bits, link))) = self.bounds.pop() {
            let level_kbps = f64::from_bits(bits);
            let slope = self.links[link].slope;
            let bound_kbps = self.tangent(link, level_kbps);
            if self.links[link].slope == slope {
                self.stop(link, level_kbps);
            } else {
                self.wait_until(link, bound_kbps);
            }
        }
        self.level_kbps
    }

    fn wait_until(&mut self, link: usize, bound_kbps: f64) {
        if bound_kbps.is_finite() {
            self.bounds.push(Reverse((bound_kbps.to_bits(), link)));
        }
    }

    /// Draws the tangent at a level: the level, not below this one, at which it meets the capacity; infinite where nobody
    /// can take more. Forgets flows that no longer rise.
    fn tangent(&mut self, link: usize, level_kbps: f64) -> f64 {
        let Filling { links, crossing, flows, rest, .. } = self;
        let link = &mut links[link];
        let (mut kept, mut rising_kbps, mut slope) = (link.from, 0.0, 0.0);
        for at in link.from..link.to {
            let flow = &mut flows[crossing[at] as usize];
            flow.rise_to(level_kbps, rest);
            if flow.slope > 0.0 {
                crossing[kept] = crossing[at];
                kept += 1;
                rising_kbps += flow.settled_kbps;
                slope += flow.slope;
            } else {
                link.settled_kbps += flow.settled_kbps;
            }
        }
        (link.to, link.slope) = (kept, slope);
        if slope == 0.0 {
            return f64::INFINITY;
        }
        ((link.capacity_kbps - link.settled_kbps - rising_kbps) / slope).max(level_kbps)
    }

    /// Stops every flow over a link that is full at this level.
    fn stop(&mut self, link: usize, level_kbps: f64) {
        let Link { from, to, .. } = self.links[link];
        for &flow in &self.crossing[from..to] {
            let flow = &mut self.flows[flow as usize];
            if flow.slope > 0.0 {
                self.level_kbps[flow.given] = level_kbps;
                flow.settled_kbps += flow.slope * level_kbps;
                flow.slope = 0.0;
            }
        }
    }
}

impl Rising<'_> {
    /// Users who have all that they can take at this level settle.
    #[inline]
    fn rise_to(&mut self, level_kbps: f64, rest: &[f64]) {
        while self.slope > 0.0
            && let Some((&(most_kbps, many), others)) = self.users.split_first()
            && most_kbps <= level_kbps
        {
            self.settled_kbps += most_kbps * many;
            self.users = others;
            self.step += 1;
            self.slope = rest[self.step];
        }
    }
}
