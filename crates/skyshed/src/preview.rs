//! What a change of service would do: one slot of the planet planned with it and without it, and the difference, inside the
//! territory and outside. Decides nothing about service and keeps nothing: a change comes in as a value, a [`Preview`] goes out.
//!
//! In data order: a [`Basis`] is the slot as it is, the same for every preview of it; `changed` lays the change over the world's
//! decisions; a [`Stage`] holds both activations; [`Stage::side`] plans one [`Side`]; `region` picks the cells that are told;
//! `tally` counts differences and `light` the cells that beams reach; `answer` is the JSON; `picture` is what a map is drawn
//! from.
//!
//! Every side is planned alike: same sky, same cells, same slot before. So what differs is the change alone. A territory can be
//! kept without service in two ways, and both are planned ([`Exclusion`]).
//!
//! # What is planned
//! The planet, on every side: a preview is the difference of full plans, bit by bit. The slot as it is takes two slots of
//! planning, the slot before and the slot itself. Every other side is a [`skyshed_plan::variant`] of it: only blocks where a
//! candidate stands otherwise than it did are chosen for again. What does not depend on the change, such as satellites, lasers,
//! feeder links, ways and candidates, is worked out once.
//!
//! # What is told
//! Let `r` be the angle at the Earth's centre within which a satellite can be above its mask. A satellite that can serve the
//! territory is at most `r` away, and its other cells at most `2r`: within `2r` a cell can share a satellite with the territory.
//! These cells are told one by one and by territory ([`Area::Surroundings`]); what chains of satellites pass on further away is
//! told as one sum. [`Area::Planet`] tells all of the planet like that.
//!
//! # From a service
//! [`preview`] and [`preview_listed`] are pure functions of a world, a time and the changes. Where several previews of a slot are
//! asked for, make its [`Basis`] once and share it.

mod answer;
mod basis;
mod changed;
mod hashes;
mod light;
mod picture;
mod region;
mod side;
mod stage;
mod tally;

use skyshed_control::{Class, ClassSet, PolicyError, State};
use skyshed_ground::{Cell, TerritoryError};
use skyshed_orbit::Epoch;

pub use answer::{
    CauseChange, ChangeView, ClassChange, Counted, Difference, Effect, Enforcement, Guard, GuardCost,
    Latency, Lit, Preview, ScopeView, TerritoryDifference, Total,
};
pub use basis::Basis;
pub use picture::{Picture, PictureCell};
pub use side::{Exclusion, Side};
pub use stage::Stage;

use crate::world::{EngineError, World};

/// Most changes that one preview takes.
pub const CHANGES_MAX: usize = 64;

/// A territory, and what its service is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The territory: an id, ISO 3166-1 alpha-3 code or English name.
    pub territory: String,
    /// The classes of service it is about.
    pub classes: ClassSet,
    /// What their service is to be.
    pub state: State,
}

/// The cells that changes of a territory are about, where these are not the ones it has on the map: a zone that is named by the
/// hash of a list. The map need not have the territory.
#[derive(Clone, Debug, PartialEq)]
pub struct CellList {
    /// Id of the territory, exactly as in [`Change::territory`].
    pub territory: String,
    /// The cells, in any order.
    pub cells: Vec<Cell>,
}

/// What is to be previewed.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewRequest {
    /// The changes, all at once.
    pub changes: Vec<Change>,
    /// The slot that contains this is planned.
    pub time: Epoch,
    /// How much of the planet is told.
    pub area: Area,
}

/// How much of the planet is told cell by cell. Planned is all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The surroundings of the territories, as the module says.
    Surroundings,
    /// All of it: every change anywhere, also what is passed on from satellite to satellite around the Earth.
    Planet,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// Nothing, or too much, is to change.
    #[error("{given} changes; give 1 to {CHANGES_MAX}, each a territory and a state, such as TW=on")]
    Changes {
        /// How many were given.
        given: usize,
    },
    /// No class is to change.
    #[error("the change of `{territory}` is for no class; give at least one of {}", class_names())]
    NoClass {
        /// The territory.
        territory: String,
    },
    /// Two changes of one territory for one class.
    #[error("`{territory}` is changed twice for class {class}; give one state for each territory and class")]
    Twice {
        /// Id of the territory.
        territory: String,
        /// The class.
        class: &'static str,
    },
    /// No such territory.
    #[error(transparent)]
    Territory(#[from] TerritoryError),
    /// A territory, or a list, without a cell.
    #[error(
        "{territory} ({name}) has no cell on this map or in the list given, so nothing of it can change; see LIMITATIONS.md"
    )]
    NoCells {
        /// Id of the territory.
        territory: String,
        /// Its name.
        name: String,
    },
    /// The basis is of another slot or world.
    #[error(
        "a preview of the slot at {asked} was asked for, but the basis given is of {basis}, or of another world; make one for them"
    )]
    Basis {
        /// Start of the slot that was asked for.
        asked: Epoch,
        /// Start of the basis's slot.
        basis: Epoch,
    },
    /// The changed decisions cannot be laid on the map.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// There is no slot at that time.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A preview, and the map that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The numbers.
    pub preview: Preview,
    /// The map.
    pub picture: Picture,
}

/// Works out what changes would do. The same arguments give the same answer, bit by bit, on any number of threads.
///
/// # Errors
/// [`PreviewError`] for a territory that does not exist or has no cell, for contradicting changes, and for a time that is too far
/// from the elements.
pub fn preview(world: &World, request: &PreviewRequest) -> Result<Study, PreviewError> {
    preview_listed(world, request, &[])
}

/// [`preview`] where some changes are about lists of cells.
///
/// # Errors
/// As [`preview`].
pub fn preview_listed(
    world: &World,
    request: &PreviewRequest,
    lists: &[CellList],
) -> Result<Study, PreviewError> {
    // What is wrong with the changes is told before a second of work.
    changed::resolved(world, &request.changes, lists)?;
    Basis::new(world, request.time)?.preview(world, request, lists)
}

fn class_names() -> String {
    Class::ALL.map(Class::name).join(", ")
}
