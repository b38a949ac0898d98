//! Over lasers only, as research papers route: both ends are ground stations, every satellite above its elevation mask
//! is usable, and the way is the shortest there is at each instant. No gateways, no beams, no decisions.

use rayon::prelude::*;
use skyshed_network::lasers::lasers;
use skyshed_network::{Graph, Lasers, Next, Trees};
use skyshed_orbit::{Epoch, Sky};
use skyshed_plan::fleet::elevation_mask_deg;
use skyshed_plan::geometry::{EARTH_EQUATORIAL_RADIUS_KM, LIGHT_KM_S};
use skyshed_plan::{Cause, Outages};

use super::ends::End;
use super::way::{Node, Terrain, Way, distance_m};
use super::{Gap, NO_WAY, Reached, Side};
use crate::world::World;

/// The one destination of the trees.
const DESTINATION: usize = 0;

/// Lasers of one slot, and what finds ways over them at any instant within it.
pub struct LaserRouter<'a> {
    world: &'a World,
    from: Station,
    to: Station,
    /// A laser hop's own time as a length that takes light as long, mm.
    hop_mm: u64,
    lasers: Lasers,
    outages: Outages,
}

/// A ground station.
struct Station {
    position_itrf_m: [f64; 3],
    zenith: [f64; 3],
}

/// The memory of one instant, used again for the next.
struct Room {
    sky: Sky,
    length_mm: Vec<u64>,
    graph: Graph,
    trees: Trees,
}

impl<'a> LaserRouter<'a> {
    /// Between two ends, before any slot.
    pub fn new(world: &'a World, from: &End, to: &End) -> LaserRouter<'a> {
        let hop_s = world.config.latency.laser_hop_ms / 2.0 / 1e3;
        LaserRouter {
            world,
            from: Station::new(from),
            to: Station::new(to),
            hop_mm: (hop_s * LIGHT_KM_S * 1e6) as u64,
            lasers: Lasers::default(),
            outages: Outages::default(),
        }
    }

    /// Decides the lasers of the slot that begins at `start`; those of the slot before are kept where they hold.
    pub fn begin_slot(&mut self, start: Epoch) {
        let world = self.world;
        let sky = world.constellation.sky(start, &world.ut1);
        self.outages = world.faults.at(start);
        let previous = (!self.lasers.pairs.is_empty()).then_some(&self.lasers);
        let config = world.config.lasers.links();
        self.lasers = lasers(&sky, &world.planes, &config, &self.outages.lasers, previous);
    }

    /// The ways at some instants of the slot, in their order.
    pub fn ways(&self, times: &[Epoch], terrain: &Terrain<'_>) -> Vec<Result<Reached, Gap>> {
        // Each thread takes a run of instants and keeps its memory; an instant does not depend on the others.
        let each = times.len().div_ceil(rayon::current_num_threads()).max(1);
        let of_run = |times: &[Epoch]| {
            let mut room = self.room();
            times.iter().map(|&time| self.reached(time, terrain, &mut room)).collect::<Vec<_>>()
        };
        times.par_chunks(each).flat_map_iter(of_run).collect()
    }

    fn room(&self) -> Room {
        let sky = Sky {
            time: Epoch::from_unix_micros(0),
            satellites: self.world.constellation.satellites().clone(),
            x_itrf_m: Vec::new(),
            y_itrf_m: Vec::new(),
            z_itrf_m: Vec::new(),
            problems: Vec::new(),
        };
        Room { sky, length_mm: Vec::new(), graph: Graph::default(), trees: Trees::default() }
    }

    fn reached(&self, time: Epoch, terrain: &Terrain<'_>, room: &mut Room) -> Result<Reached, Gap> {
        self.world.constellation.sky_into(time, &self.world.ut1, &mut room.sky);
        let way = self.shortest(room)?;
        let (rtt_ms, one_way_km) = terrain.round_trip(&way, |satellite| position_m(&room.sky, satellite));
        Ok(Reached { way, rtt_ms, one_way_km })
    }

    fn shortest(&self, room: &mut Room) -> Result<Way, Gap> {
        let sees = |station: &Station, side| {
            let seen = self.in_view(station, &room.sky);
            if seen.is_empty() { Err(Gap::at(side, Cause::NoSatelliteAboveMask.name())) } else { Ok(seen) }
        };
        let (up, down) = (sees(&self.from, Side::From)?, sees(&self.to, Side::To)?);
        self.settle(room, &down);
        let through = |&(satellite, mm): &(u32, u64)| {
            let rest = room.trees.distance_mm(satellite, DESTINATION)?;
            Some((mm + rest, satellite))
        };
        let (_, first) = up.iter().filter_map(through).min().ok_or(Gap { side: None, cause: NO_WAY })?;
        Ok(follow(room, first))
    }

    fn settle(&self, room: &mut Room, down: &[(u32, u64)]) {
        let (sky, nodes) = (&room.sky, room.sky.satellites.len());
        room.length_mm.clear();
        room.length_mm.extend(self.lasers.pairs.iter().map(|&[a, b]| {
            let length_m = distance_m(position_m(sky, a), position_m(sky, b));
            // A satellite that cannot be propagated is nowhere: no way goes over it.
            if length_m.is_finite() { (length_m * 1e3) as u64 + self.hop_mm } else { FAR_MM }
        }));
        room.graph.refill(nodes, &self.lasers.pairs, &room.length_mm);
        room.trees.reset(nodes, 1);
        for &(satellite, mm) in down {
            room.trees.seed(satellite, DESTINATION, mm);
        }
        room.trees.settle(&room.graph);
    }

    /// The satellites above their elevation mask, with the distance, mm.
    fn in_view(&self, station: &Station, sky: &Sky) -> Vec<(u32, u64)> {
        let view = |satellite: u32| {
            let position_m = position_m(sky, satellite);
            let line: [f64; 3] = std::array::from_fn(|axis| position_m[axis] - station.position_itrf_m[axis]);
            let up_m = dot(line, station.zenith);
            // Most satellites are below the horizon, or nowhere.
            (up_m > 0.0 && self.serves(satellite, sky, position_m, up_m, dot(line, line)))
                .then(|| (satellite, (libm::sqrt(dot(line, line)) * 1e3) as u64))
        };
        (0..sky.satellites.len() as u32).filter_map(view).collect()
    }

    /// Whether a satellite is at an altitude of service, above its mask, and in order.
    fn serves(&self, satellite: u32, sky: &Sky, position_m: [f64; 3], up_m: f64, range2_m2: f64) -> bool {
        let visibility = &self.world.config.visibility;
        let altitude_km = libm::sqrt(dot(position_m, position_m)) / 1e3 - EARTH_EQUATORIAL_RADIUS_KM;
        if !(visibility.altitude_min_km..=visibility.altitude_max_km).contains(&altitude_km) {
            return false;
        }
        let of_shell = sky.satellites[satellite as usize].elevation_mask_deg;
        let mask_deg = elevation_mask_deg(of_shell, altitude_km, &self.world.config);
        let sin_mask = libm::sin(mask_deg.to_radians());
        up_m * up_m >= sin_mask * sin_mask * range2_m2 && !self.outages.satellite_is_out(satellite)
    }
}

/// Longer than any way, and far below what lengths are summed in.
const FAR_MM: u64 = 1 << 50;

impl Station {
    fn new(end: &End) -> Station {
        Station { position_itrf_m: end.position_itrf_m(), zenith: end.zenith() }
    }
}

/// From the first satellite, hop by hop, to the end.
fn follow(room: &Room, first: u32) -> Way {
    let mut way = vec![Node::From, Node::Satellite(first)];
    let mut at = first;
    while let Next::Node(next) = room.trees.next(&room.graph, at, DESTINATION) {
        way.push(Node::Satellite(next));
        at = next;
    }
    way.push(Node::To);
    way
}

fn position_m(sky: &Sky, satellite: u32) -> [f64; 3] {
    let at = satellite as usize;
    [sky.x_itrf_m[at], sky.y_itrf_m[at], sky.z_itrf_m[at]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
