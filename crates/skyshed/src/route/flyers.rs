//! Whose satellites a route goes over: what they are called, and where they are.

use skyshed_exchange::hypatia::{Case, Ways};
use skyshed_orbit::Epoch;
use skyshed_orbit::frames::{gmst82_rad, teme_to_itrf};

use crate::world::World;

/// The satellites that ways count.
#[derive(Clone, Copy)]
pub enum Flyers<'a> {
    /// Those of the world's constellation.
    World(&'a World),
    /// Those of a case of Hypatia's.
    Hypatia(&'a Case),
}

impl Flyers<'_> {
    /// Name and catalogue number.
    pub fn name(&self, satellite: u32) -> (String, u64) {
        match self {
            Flyers::World(world) => {
                let satellite = &world.constellation.satellites()[satellite as usize];
                (satellite.name.clone(), satellite.catalog_number)
            }
            // Its element files number satellites from 1, its ids from 0.
            Flyers::Hypatia(case) => {
                (format!("{} {satellite}", case.names[satellite as usize]), u64::from(satellite) + 1)
            }
        }
    }

    /// Where single satellites are at an instant, Earth-fixed, m; NaN for one that cannot be propagated.
    pub fn positions_m(&self, time: Epoch) -> Box<dyn Fn(u32) -> [f64; 3] + '_> {
        match self {
            Flyers::World(world) => Box::new(satellites_at(world, time)),
            Flyers::Hypatia(case) => {
                let ways = case.ways(nanoseconds(case, time)).unwrap_or_default();
                Box::new(move |satellite| position_m(&ways, satellite))
            }
        }
    }
}

/// Where single satellites are at an instant, ITRF, m: a few of them cost far less than the whole sky. Not rounded to the
/// sky's steps of 1/16 m. NaN for one that cannot be propagated.
pub fn satellites_at(world: &World, time: Epoch) -> impl Fn(u32) -> [f64; 3] + '_ {
    let gmst_rad = gmst82_rad(time, world.ut1.ut1_minus_utc_s(time));
    move |satellite| match world.constellation.orbits()[satellite as usize].state_teme_at(time) {
        Ok(state) => teme_to_itrf(state.position_km, gmst_rad).map(|km| km * 1e3),
        Err(_) => [f64::NAN; 3],
    }
}

/// From the epoch of a case to an instant not before it.
pub fn nanoseconds(case: &Case, time: Epoch) -> u64 {
    u64::try_from(time.unix_micros() - case.epoch.unix_micros()).unwrap_or(0).saturating_mul(1_000)
}

/// Where a satellite of a case is.
pub fn position_m(ways: &Ways, satellite: u32) -> [f64; 3] {
    ways.positions_m().get(satellite as usize).copied().unwrap_or([f64::NAN; 3])
}
