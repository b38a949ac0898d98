//! From one end to another: hop by hop at an instant, and round-trip time, path changes and gaps over a span of time.
//!
//! A route is worked out instant by instant. With the ground segment (`route/grounded.rs`) the way comes from the plans of
//! the slots that the instants fall in: it changes at slot edges and nowhere else. Over lasers only
//! (`route/lasers_only.rs`) links are decided per slot, as they are in a plan, and the shortest way per instant.
//! Either way, satellites are where they are at the instant itself, so round-trip time changes all the time.

mod answer;
pub mod ends;
mod flyers;
mod grounded;
mod hypatia;
mod lasers_only;
mod table;
mod way;

use skyshed_exchange::hypatia::{Case, CaseError};
use skyshed_orbit::Epoch;

use crate::world::{ELEMENTS_AGE_MAX_DAYS, EngineError, Slot, World};
use answer::Series;
pub use answer::{
    ChangeView, GapView, HopCount, HopView, NodeView, PathView, Route, RouteSummary, Spread, StepView,
};
pub use ends::{End, EndError, EndKind, EndView};
use flyers::Flyers;
use grounded::GroundRouter;
use lasers_only::LaserRouter;
pub use table::{ROUTE_COLUMNS, RouteColumns};
use way::{Terrain, Way};

/// Most instants of one route: 11 days of seconds.
pub const STEPS_MAX: u64 = 1_000_000;

/// Where time begins under Hypatia's conventions: 2000-01-01T00:00:00Z, the epoch of its elements.
pub const HYPATIA_EPOCH: Epoch = Epoch { days: 10_957, micros: 0 };

/// The cause of a gap where both ends see satellites, and no laser joins them.
pub const NO_WAY: &str = "no_way";

/// The cause of a gap where an end is a gateway that is out of order.
pub const GATEWAY_OUT: &str = "gateway_out";

/// The cause of a gap where an end is a point of presence that is out of order.
pub const POP_OUT: &str = "pop_out";

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteRequest {
    /// Where it begins: a place, `city:PLACE`, `gateway:NAME` or `pop:NAME`.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// The network that it goes over.
    pub mode: RouteMode,
    /// The first instant.
    pub time: Epoch,
    /// How many instants, at least 1.
    pub steps: u64,
    /// From one instant to the next, µs.
    pub step_micros: u64,
}

/// The network a route goes over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouteMode {
    /// The service as it is planned: terminals, beams, gateways, points of presence, decisions.
    #[default]
    GroundSegment,
    /// Satellites and lasers, with ground stations at both ends.
    LasersOnly,
    /// The same under the conventions of the simulator Hypatia.
    LasersOnlyHypatia,
}

impl RouteMode {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            RouteMode::GroundSegment => "ground_segment",
            RouteMode::LasersOnly | RouteMode::LasersOnlyHypatia => "lasers_only",
        }
    }

    /// Whose rules decide, as the word used in JSON.
    pub fn convention(self) -> &'static str {
        match self {
            RouteMode::GroundSegment | RouteMode::LasersOnly => "skyshed",
            RouteMode::LasersOnlyHypatia => "hypatia",
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// No such end.
    #[error("cannot begin at `{given}`: {reason}")]
    From {
        /// As given.
        given: String,
        /// Why.
        reason: EndError,
    },
    /// No such end.
    #[error("cannot lead to `{given}`: {reason}")]
    To {
        /// As given.
        given: String,
        /// Why.
        reason: EndError,
    },
    /// No instant, or too many.
    #[error("{given} instants; allowed: 1 to {STEPS_MAX}; take a longer step or a shorter time")]
    Steps {
        /// How many.
        given: u64,
    },
    /// Hypatia knows three shells.
    #[error("Hypatia's conventions do not know {given}; give one of its shells: {allowed}")]
    NoShell {
        /// The world's elements.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// Hypatia's time begins at its epoch.
    #[error("{given} is before {epoch}, the epoch of Hypatia's shells; give a later time")]
    BeforeEpoch {
        /// As given.
        given: Epoch,
        /// The first instant there is.
        epoch: Epoch,
    },
    /// Hypatia's shells have no answer for that time.
    #[error("Hypatia's shells, whose elements are of {epoch}, have no answer for that time: {reason}")]
    Hypatia {
        /// Epoch of its elements.
        epoch: Epoch,
        /// Why.
        reason: CaseError,
    },
    /// The world has no answer for that time.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A way that was found at an instant.
#[derive(Clone, Debug, PartialEq)]
struct Reached {
    way: Way,
    rtt_ms: f64,
    one_way_km: f64,
}

/// Why there is no way at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gap {
    /// The end that it is about; `None` where it is about what lies between.
    side: Option<Side>,
    /// A word: of the plan's causes, or [`NO_WAY`], [`GATEWAY_OUT`], [`POP_OUT`].
    cause: &'static str,
}

impl Gap {
    fn at(side: Side, cause: &'static str) -> Gap {
        Gap { side: Some(side), cause }
    }
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    From,
    To,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::From => "from",
            Side::To => "to",
        }
    }
}

/// What finds the ways of a slot.
enum Router<'a> {
    Grounded(Box<GroundRouter<'a>>),
    Lasers(Box<LaserRouter<'a>>),
    Hypatia(&'a Case),
}

impl Router<'_> {
    fn begin_slot(&mut self, start: Epoch) -> Result<(), EngineError> {
        match self {
            Router::Grounded(router) => router.begin_slot(start)?,
            Router::Lasers(router) => router.begin_slot(start),
            // Its links are fixed.
            Router::Hypatia(_) => {}
        }
        Ok(())
    }

    fn ways(&self, times: &[Epoch], terrain: &Terrain<'_>) -> Vec<Result<Reached, Gap>> {
        match self {
            Router::Grounded(router) => router.ways(times, terrain),
            Router::Lasers(router) => router.ways(times, terrain),
            Router::Hypatia(case) => hypatia::ways(case, times, terrain),
        }
    }
}

/// Routes at every instant asked for. `progress` is told how many instants of how many are done.
///
/// Slots are planned one after the other, each after the one before it that holds an instant.
///
/// # Errors
/// [`RouteError`] for an end that does not exist or is not unique, too many instants, or a time too far from the elements.
pub fn route(
    world: &World,
    request: &RouteRequest,
    progress: &dyn Fn(u64, u64),
) -> Result<Route, RouteError> {
    let (from, to) = ends(world, &request.from, &request.to)?;
    if !(1..=STEPS_MAX).contains(&request.steps) {
        return Err(RouteError::Steps { given: request.steps });
    }
    match request.mode {
        RouteMode::GroundSegment => {
            check_age(world, request)?;
            let router = Router::Grounded(Box::new(GroundRouter::new(world, &from, &to)));
            let terrain = Terrain::of_service(world, &from, &to);
            let series = Series::new(world, Flyers::World(world), &terrain, &from, &to);
            follow(world, request, router, &terrain, series, progress)
        }
        RouteMode::LasersOnly => {
            check_age(world, request)?;
            let router = Router::Lasers(Box::new(LaserRouter::new(world, &from, &to)));
            let terrain = Terrain::of_stations(world, &from, &to);
            let series = Series::new(world, Flyers::World(world), &terrain, &from, &to);
            follow(world, request, router, &terrain, series, progress)
        }
        RouteMode::LasersOnlyHypatia => {
            let case = hypatia::case(world, &from, &to)?;
            if request.time < case.epoch {
                return Err(RouteError::BeforeEpoch { given: request.time, epoch: case.epoch });
            }
            for edge in [0, request.steps - 1] {
                let answers = case.ways(flyers::nanoseconds(&case, instant(request, edge)));
                answers.map_err(|reason| RouteError::Hypatia { epoch: case.epoch, reason })?;
            }
            let terrain = Terrain::of_hypatia(world, &from, &to);
            let series = Series::new(world, Flyers::Hypatia(&case), &terrain, &from, &to);
            follow(world, request, Router::Hypatia(&case), &terrain, series, progress)
        }
    }
}

/// Slot by slot, instant by instant.
fn follow(
    world: &World,
    request: &RouteRequest,
    mut router: Router<'_>,
    terrain: &Terrain<'_>,
    mut series: Series<'_>,
    progress: &dyn Fn(u64, u64),
) -> Result<Route, RouteError> {
    let times: Vec<Epoch> = (0..request.steps).map(|step| instant(request, step)).collect();
    let mut done = 0;
    for of_slot in times.chunk_by(|a, b| world.slot_start(*a) == world.slot_start(*b)) {
        router.begin_slot(world.slot_start(of_slot[0]))?;
        for (&time, found) in of_slot.iter().zip(router.ways(of_slot, terrain)) {
            series.push(time, found);
        }
        done += of_slot.len() as u64;
        progress(done, request.steps);
    }
    Ok(series.finish(request.mode, request.step_micros))
}

fn instant(request: &RouteRequest, step: u64) -> Epoch {
    let micros = i64::try_from(step.saturating_mul(request.step_micros)).unwrap_or(i64::MAX);
    request.time.plus_micros(micros)
}

/// Whether the elements are good for the first and the last instant.
fn check_age(world: &World, request: &RouteRequest) -> Result<(), EngineError> {
    for edge in [0, request.steps - 1] {
        let start = world.slot_start(instant(request, edge));
        world.constellation.check_time(start, ELEMENTS_AGE_MAX_DAYS)?;
    }
    Ok(())
}

/// The route at the start of a slot that is planned already.
///
/// # Errors
/// [`RouteError`] for an end that does not exist or is not unique.
pub fn route_of_slot(
    world: &World,
    slot: &Slot,
    from: &str,
    to: &str,
    mode: RouteMode,
) -> Result<Route, RouteError> {
    if mode != RouteMode::GroundSegment {
        let (from, to) = (from.to_owned(), to.to_owned());
        let request = RouteRequest { from, to, mode, time: slot.plan.time, steps: 1, step_micros: 0 };
        return route(world, &request, &|_, _| {});
    }
    let (from, to) = ends(world, from, to)?;
    let terrain = Terrain::of_service(world, &from, &to);
    let mut series = Series::new(world, Flyers::World(world), &terrain, &from, &to);
    series.push(slot.plan.time, grounded::at_start(world, slot, &from, &to, &terrain));
    Ok(series.finish(mode, 0))
}

fn ends(world: &World, from: &str, to: &str) -> Result<(End, End), RouteError> {
    let from = End::find(&world.ground, from)
        .map_err(|reason| RouteError::From { given: from.to_owned(), reason })?;
    let to =
        End::find(&world.ground, to).map_err(|reason| RouteError::To { given: to.to_owned(), reason })?;
    Ok((from, to))
}
