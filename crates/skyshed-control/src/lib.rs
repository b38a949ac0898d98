//! What each cell may be served, and by which decision.
//! This crate knows no satellites, does no I/O and reads no clock: decisions and a time come in, an [`Activation`] goes out.
//!
//! Data flows: the ledger of the public log → [`mod@ledger`] → [`Timeline`] (which decision holds from when until when) → over the [`Zones`] of
//! a map: an [`Activation`] of one time, or [`Permits`] over all of time. Beside it, for what-if studies that nobody has
//! signed: TOML → [`Policy`] → [`resolve`] → [`Activation`].
//!
//! The rule for a cell and a class of service: a decision about a territory covers exactly the cells that were approved,
//! which are the territory's and those of all below it. Of all decisions that cover a cell and are about the class, the most
//! restrictive wins: off, then transit or emergency only where the class is another, then individual approval, then a list,
//! then limits, then on. There are no priorities, and no decision at all means off ([`Standing::NoDecision`]). [`dish`] says
//! which code the dish of a refused terminal shows, [`mod@eligibility`] whether a terminal of a [`registry`] is refused, and
//! [`tracker`] tells every time without full service in the forms of those who keep count of such times.

pub mod activation;
pub mod class;
pub mod decision;
pub mod dish;
pub mod eligibility;
pub mod ledger;
pub mod permits;
pub mod policy;
pub mod registry;
pub mod state;
pub mod timeline;
pub mod tracker;
pub mod zones;

pub use activation::{Activation, Ruling, Standing, resolve};
pub use class::{Class, ClassSet};
pub use decision::{Decision, Logged, Scope};
pub use dish::{Denial, DisablementCode, denial};
pub use eligibility::{Asked, Eligibility, Refusal, eligibility};
pub use permits::{Bitmap, Permits};
pub use policy::{Date, Policy, PolicyError};
pub use registry::{DEMONSTRATION_LINES, Registry, RegistryError};
pub use skyshed_records::record::{Digest, ReasonCode, Time};
pub use state::{Access, Limits, State};
pub use timeline::{Entry, PlaceError, Stretch, Timeline};
pub use zones::{CellListError, Zones};

/// The illustrative policy that ships with Skyshed, made from public knowledge.
pub const ILLUSTRATIVE_POLICY: &str = include_str!("../data/illustrative.toml");
