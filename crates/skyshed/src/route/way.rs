//! A way through the network, and how long it is while its satellites move.

use skyshed_ground::Ground;
use skyshed_orbit::frames::{geodetic_normal, geodetic_to_itrf_m};
use skyshed_plan::geometry::{EARTH_MEAN_RADIUS_KM, LIGHT_KM_S};

use super::ends::{End, EndKind};
use super::hypatia::position_of_end_m;
use crate::world::World;

/// What a way goes through, in order. The ends are the first and the last.
pub type Way = Vec<Node>;

/// One thing on a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// The end that a route begins at.
    From,
    /// The end that it leads to.
    To,
    /// A satellite: an index into the sky.
    Satellite(u32),
    /// A gateway: an index into the ground's list.
    Gateway(u16),
    /// A point of presence: an index into the ground's list.
    Pop(u16),
}

/// What carries packets between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Between a satellite and the ground.
    Radio,
    /// Between satellites.
    Laser,
    /// On the ground.
    Fibre,
}

impl Medium {
    /// Of the hop between two nodes.
    pub fn between(a: Node, b: Node) -> Medium {
        match (a, b) {
            (Node::Satellite(_), Node::Satellite(_)) => Medium::Laser,
            (Node::Satellite(_), _) | (_, Node::Satellite(_)) => Medium::Radio,
            _ => Medium::Fibre,
        }
    }

    /// The word used in JSON and text.
    pub fn name(self) -> &'static str {
        match self {
            Medium::Radio => "radio",
            Medium::Laser => "laser",
            Medium::Fibre => "fibre",
        }
    }
}

/// What lengths and times are worked out from: everything that stays where it is.
pub struct Terrain<'a> {
    ground: &'a Ground,
    from: &'a End,
    to: &'a End,
    /// Of both ends, Earth-fixed.
    ends_m: [[f64; 3]; 2],
    fibre_detour: f64,
    fibre_km_s: f64,
    laser_hop_ms: f64,
    access_ms: f64,
}

/// One hop at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// What carries it.
    pub medium: Medium,
    /// Its length.
    pub length_km: f64,
    /// One way, a laser hop's own time included.
    pub one_way_ms: f64,
}

impl<'a> Terrain<'a> {
    /// Between two ends of the service: each terminal takes its time of access.
    pub fn of_service(world: &'a World, from: &'a End, to: &'a End) -> Terrain<'a> {
        let terminals = [from, to].iter().filter(|end| end.terminal().is_some()).count();
        let access_ms = world.config.latency.access_ms * terminals as f64;
        Terrain { access_ms, ..Terrain::of_stations(world, from, to) }
    }

    /// Between two ground stations.
    pub fn of_stations(world: &'a World, from: &'a End, to: &'a End) -> Terrain<'a> {
        let config = &world.config;
        Terrain {
            ground: &world.ground,
            from,
            to,
            ends_m: [from.position_itrf_m(), to.position_itrf_m()],
            fibre_detour: config.gateway.fibre_detour,
            fibre_km_s: LIGHT_KM_S * config.gateway.fibre_velocity_factor,
            laser_hop_ms: config.latency.laser_hop_ms,
            access_ms: 0.0,
        }
    }

    /// Between two ground stations of Hypatia's, where hops take the time of light and no more.
    pub fn of_hypatia(world: &'a World, from: &'a End, to: &'a End) -> Terrain<'a> {
        let ends_m = [position_of_end_m(from), position_of_end_m(to)];
        Terrain { ends_m, laser_hop_ms: 0.0, ..Terrain::of_stations(world, from, to) }
    }

    /// What the access of both ends adds to a round trip.
    pub fn access_ms(&self) -> f64 {
        self.access_ms
    }

    /// Every hop of a way, with its satellites where `satellite_itrf_m` puts them.
    pub fn hops<'b>(
        &'b self,
        way: &'b [Node],
        satellite_itrf_m: impl Fn(u32) -> [f64; 3] + 'b,
    ) -> impl Iterator<Item = Measured> + 'b {
        way.windows(2).map(move |pair| self.hop(pair[0], pair[1], &satellite_itrf_m))
    }

    /// Round-trip time, ms, and length one way, km.
    pub fn round_trip(&self, way: &[Node], satellite_itrf_m: impl Fn(u32) -> [f64; 3]) -> (f64, f64) {
        let add = |(ms, km): (f64, f64), hop: Measured| (ms + 2.0 * hop.one_way_ms, km + hop.length_km);
        self.hops(way, satellite_itrf_m).fold((self.access_ms, 0.0), add)
    }

    fn hop(&self, a: Node, b: Node, satellite_itrf_m: &impl Fn(u32) -> [f64; 3]) -> Measured {
        let medium = Medium::between(a, b);
        let position = |node| match node {
            Node::Satellite(index) => satellite_itrf_m(index),
            Node::From => self.ends_m[0],
            Node::To => self.ends_m[1],
            site => self.site_itrf_m(site),
        };
        let chord_km = distance_m(position(a), position(b)) / 1e3;
        let light_ms = |km: f64| km / LIGHT_KM_S * 1e3;
        let (length_km, one_way_ms) = match medium {
            Medium::Radio => (chord_km, light_ms(chord_km)),
            Medium::Laser => (chord_km, light_ms(chord_km) + self.laser_hop_ms / 2.0),
            Medium::Fibre => {
                let length_km = self.fibre_km(self.coordinates(a), self.coordinates(b)).max(chord_km);
                (length_km, length_km / self.fibre_km_s * 1e3)
            }
        };
        Measured { medium, length_km, one_way_ms }
    }

    /// Shortest possible round trip between the ends: a straight line through the Earth at the speed of light in vacuum.
    pub fn straight_line_ms(&self) -> f64 {
        2.0 * distance_m(self.ends_m[0], self.ends_m[1]) / 1e3 / LIGHT_KM_S * 1e3
    }

    /// Round trip between the ends over fibre of the great circle's length times the detour.
    pub fn fibre_ms(&self) -> f64 {
        let km = self.fibre_km(self.coordinates(Node::From), self.coordinates(Node::To));
        2.0 * km / self.fibre_km_s * 1e3
    }

    fn site_itrf_m(&self, node: Node) -> [f64; 3] {
        let (latitude_deg, longitude_deg) = self.coordinates(node);
        geodetic_to_itrf_m(latitude_deg, longitude_deg, 0.0)
    }

    fn coordinates(&self, node: Node) -> (f64, f64) {
        match node {
            Node::From => (self.from.latitude_deg, self.from.longitude_deg),
            Node::To => (self.to.latitude_deg, self.to.longitude_deg),
            Node::Gateway(index) => {
                let site = &self.ground.gateways[usize::from(index)];
                (site.latitude_deg, site.longitude_deg)
            }
            Node::Pop(index) => {
                let site = &self.ground.pops[usize::from(index)];
                (site.latitude_deg, site.longitude_deg)
            }
            Node::Satellite(_) => unreachable!("a satellite has no place on the ground"),
        }
    }

    /// Length of fibre between two places: the great circle on the mean sphere, times the detour.
    fn fibre_km(&self, a: (f64, f64), b: (f64, f64)) -> f64 {
        let chord = distance_m(geodetic_normal(a.0, a.1), geodetic_normal(b.0, b.1));
        2.0 * EARTH_MEAN_RADIUS_KM * libm::asin((chord / 2.0).min(1.0)) * self.fibre_detour
    }
}

/// Puts the way up from one end and the way down to the other together. A site that both name stands there once.
pub fn joined(mut up: Way, mut down: Way, from: &End, to: &End) -> Way {
    let site = |node: Node| match node {
        Node::From => site_of(from).unwrap_or(Node::From),
        Node::To => site_of(to).unwrap_or(Node::To),
        node => node,
    };
    let meet = up.last().map(|&node| site(node)) == down.first().map(|&node| site(node));
    if meet && down.len() > 1 {
        down.remove(0);
    } else if meet && up.len() > 1 {
        up.pop();
    }
    up.extend(down);
    up
}

fn site_of(end: &End) -> Option<Node> {
    match end.kind {
        EndKind::Gateway(index) => Some(Node::Gateway(index)),
        EndKind::Pop(index) => Some(Node::Pop(index)),
        EndKind::Terminal(_) | EndKind::City => None,
    }
}

/// Distance between two points, in their unit.
pub fn distance_m(a: [f64; 3], b: [f64; 3]) -> f64 {
    let d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    libm::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
}
