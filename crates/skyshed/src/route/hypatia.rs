//! Over lasers only, under the conventions of the simulator Hypatia: its shells at its altitudes, stations on its
//! ellipsoid, sight by distance, fixed links. Time 0 is its epoch, 2000-01-01.

use skyshed_exchange::hypatia::shells::{SHELLS, Shell};
use skyshed_exchange::hypatia::{Case, Convention, Station, Ways};
use skyshed_orbit::Epoch;
use skyshed_plan::Cause;

use super::ends::End;
use super::flyers::{nanoseconds, position_m};
use super::way::{Node, Terrain, Way};
use super::{Gap, NO_WAY, Reached, RouteError, Side};
use crate::world::World;

/// The two stations of a case.
const FROM: usize = 0;
const TO: usize = 1;

/// The case of one of Hypatia's shells, with a station at each end.
///
/// # Errors
/// [`RouteError::NoShell`] where the world's elements are none of Hypatia's.
pub fn case(world: &World, from: &End, to: &End) -> Result<Case, RouteError> {
    let shell = Shell::of_preset(world.constellation.name())
        .filter(|_| world.constellation.designed())
        .ok_or_else(|| RouteError::NoShell {
            given: world.provenance.elements.clone(),
            allowed: SHELLS.map(|shell| format!("preset:{}", shell.preset)).join(", "),
        })?;
    // A case names each station once; the ends keep their own names.
    let station = |name, end: &End| Station::new(name, end.latitude_deg, end.longitude_deg, 0.0);
    let texts = shell.texts(&[station("from", from), station("to", to)]);
    Ok(Case::read(&texts, Convention::Hypatia).expect("what a shell writes can be read"))
}

/// Where an end is on Hypatia's ellipsoid, WGS72, m.
pub fn position_of_end_m(end: &End) -> [f64; 3] {
    Station::new("", end.latitude_deg, end.longitude_deg, 0.0).wgs72_m()
}

/// The ways of a case at some instants, in their order.
pub fn ways(case: &Case, times: &[Epoch], terrain: &Terrain<'_>) -> Vec<Result<Reached, Gap>> {
    let mut room = Ways::default();
    times.iter().map(|&time| reached(case, time, terrain, &mut room)).collect()
}

fn reached(case: &Case, time: Epoch, terrain: &Terrain<'_>, ways: &mut Ways) -> Result<Reached, Gap> {
    // The first and the last instant were asked for before: between them it has an answer too.
    let no_answer = Gap { side: None, cause: NO_WAY };
    case.ways_into(nanoseconds(case, time), ways).map_err(|_| no_answer)?;
    let path = ways.path(case, FROM, TO).ok_or_else(|| {
        let sees = |station: usize| ways.seen(station).next().is_some();
        match (sees(FROM), sees(TO)) {
            (false, _) => Gap::at(Side::From, Cause::NoSatelliteAboveMask.name()),
            (_, false) => Gap::at(Side::To, Cause::NoSatelliteAboveMask.name()),
            _ => no_answer,
        }
    })?;
    let satellites = path[1..path.len() - 1].iter().map(|&satellite| Node::Satellite(satellite));
    let way: Way = std::iter::once(Node::From).chain(satellites).chain([Node::To]).collect();
    let (rtt_ms, one_way_km) = terrain.round_trip(&way, |satellite| position_m(ways, satellite));
    Ok(Reached { way, rtt_ms, one_way_km })
}
