//! What a change of service would do: one slot planned with it and without it, and the difference, inside the territory and
//! outside. Decides nothing about service and keeps nothing: a change comes in as a value, a [`Preview`] goes out.
//!
//! In data order: `changed` lays the change over the world's decisions; `region` picks the cells around the territory that are
//! planned; a [`Stage`] holds both activations and the plan of the slot before; [`Stage::side`] plans one [`Side`]; `tally`
//! counts differences and `light` the cells that beams reach; `answer` is the JSON; `picture` is what a map is drawn from.
//!
//! Every side is planned alike: same sky, same cells, same slot before. So what differs is the change alone. A territory can be
//! kept without service in two ways, and both are planned ([`Exclusion`]).
//!
//! # Which cells are planned
//! Let `r` be the angle at the Earth's centre within which a satellite can be above its mask. A satellite that can serve the
//! territory is at most `r` away, and its other cells at most `2r`: within `2r` a cell can share a satellite with the territory,
//! and this is what is reported. Whom these cells' other satellites serve, up to `4r`, decides how busy those are, so up to `4r`
//! is planned. What lies beyond is touched by chains of three satellites and more, and is not planned; [`Area::Planet`] plans it.

mod answer;
mod changed;
mod hashes;
mod light;
mod picture;
mod region;
mod side;
mod stage;
mod tally;

use skyshed_control::{Class, ClassSet, PolicyError, State};
use skyshed_ground::TerritoryError;
use skyshed_orbit::Epoch;

pub use answer::{
    CauseChange, ChangeView, ClassChange, Counted, Difference, Effect, Enforcement, Guard, GuardCost,
    Latency, Lit, Preview, ScopeView, TerritoryDifference, Total,
};
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

/// What is to be previewed.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewRequest {
    /// The changes, all at once.
    pub changes: Vec<Change>,
    /// The slot that contains this is planned.
    pub time: Epoch,
    /// How much of the planet is planned.
    pub area: Area,
}

/// How much of the planet is planned and reported.
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
    /// A territory without a cell.
    #[error("{territory} ({name}) has no cell on this map, so nothing of it can change; see LIMITATIONS.md")]
    NoCells {
        /// Id of the territory.
        territory: String,
        /// Its name.
        name: String,
    },
    /// The map has too many territories to plan part of it.
    #[error("the map has {territories} territories; a preview takes at most {}", u16::MAX / 2)]
    Territories {
        /// How many.
        territories: usize,
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
    Stage::new(world, request)?.study()
}

fn class_names() -> String {
    Class::ALL.map(Class::name).join(", ")
}
