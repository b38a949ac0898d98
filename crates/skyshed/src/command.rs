//! The questions the engine answers, closed, and their answers. The command line, HTTP and bindings only translate.

use serde::Serialize;
use skyshed_ground::{PlaceError, TerritoryError};

use crate::coverage::{Coverage, coverage_by_country, coverage_of};
use crate::preview::Preview;
use crate::route::{Route, RouteError, RouteMode, route_of_slot};
use crate::summary::{SlotSummary, summary};
use crate::why::{Why, why};
use crate::world::{Slot, World};

/// A question about one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Is there service at a place, by what path, and if not, why.
    Why {
        /// A city's name, `latitude,longitude`, or a cell id.
        place: String,
    },
    /// The slot in numbers.
    Slot,
    /// The same, and how far it is from the largest number of cells that could be served: seconds of work for land, minutes
    /// for the planet.
    SlotExact,
    /// Who is served and who is not, why, at what latency and rate.
    Coverage {
        /// A territory by id, ISO 3166-1 alpha-3 code or name; `None` for the planet.
        territory: Option<String>,
        /// One answer for each of these; `None` for one answer. Not together with `territory`.
        by: Option<CoverageBy>,
    },
    /// From one end to another at the slot's start; [`crate::route()`] follows it over time.
    Route {
        /// Where it begins: a place, `city:PLACE`, `gateway:NAME` or `pop:NAME`.
        from: String,
        /// Where it leads.
        to: String,
        /// The network that it goes over.
        mode: RouteMode,
    },
}

/// How coverage is broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverageBy {
    /// By territory without a parent: countries with their regions and coastal waters, disputed areas, the high seas.
    Country,
}

/// An answer. It serialises as what it holds: the variant itself does not show.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Of [`Command::Why`].
    Why(Box<Why>),
    /// Of [`Command::Slot`] and [`Command::SlotExact`].
    Slot(Box<SlotSummary>),
    /// Of [`Command::Coverage`] without `by`.
    Coverage(Box<Coverage>),
    /// Of [`Command::Coverage`] by country: sorted by territory id.
    CoverageByCountry(Vec<Coverage>),
    /// Of [`Command::Route`], and of [`crate::route()`].
    Route(Box<Route>),
    /// Of [`crate::preview()`].
    Preview(Box<Preview>),
}

/// Why a question has no answer. What was asked for is wrong or unknown; the engine is well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// No such place.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// No such territory.
    #[error(transparent)]
    Territory(#[from] TerritoryError),
    /// No such end of a route.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// One territory and a breakdown of the planet at once.
    #[error("coverage of `{territory}` by country; give either a territory or a breakdown, not both")]
    TerritoryAndBreakdown {
        /// The territory given.
        territory: String,
    },
}

/// Answers a command from a slot of a world.
///
/// # Errors
/// [`CommandError`] for a place or territory that does not exist or is not unique.
pub fn run(world: &World, slot: &Slot, command: &Command) -> Result<Outcome, CommandError> {
    Ok(match command {
        Command::Why { place } => Outcome::Why(Box::new(why(world, slot, &world.ground.find_place(place)?))),
        Command::Slot => Outcome::Slot(Box::new(summary(world, slot, false))),
        Command::SlotExact => Outcome::Slot(Box::new(summary(world, slot, true))),
        Command::Coverage { territory: Some(territory), by: Some(_) } => {
            return Err(CommandError::TerritoryAndBreakdown { territory: territory.clone() });
        }
        Command::Coverage { territory: None, by: Some(CoverageBy::Country) } => {
            Outcome::CoverageByCountry(coverage_by_country(world, slot))
        }
        Command::Coverage { territory, by: None } => {
            let territory =
                territory.as_deref().map(|query| world.ground.find_territory(query)).transpose()?;
            Outcome::Coverage(Box::new(coverage_of(world, slot, territory)))
        }
        Command::Route { from, to, mode } => {
            Outcome::Route(Box::new(route_of_slot(world, slot, from, to, *mode)?))
        }
    })
}
