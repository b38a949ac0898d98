//! What each cell may be served, and by which decision.
//! This crate knows no satellites, does no I/O and reads no clock: a policy comes in as text, an [`Activation`] goes out.
//!
//! Data flows: TOML → [`Policy`] → [`resolve`] (with the [`skyshed_ground::Ground`]) → [`Activation`].
//!
//! The rule for a cell and a class of service is that of a public decision log: a cell is served only if at least one
//! decision that covers it says *on* for the class and none that covers it says *off*. Off wins, there are no
//! priorities, and no decision at all means off ([`Standing::NoDecision`]).

pub mod activation;
pub mod class;
pub mod policy;

pub use activation::{Activation, Standing, resolve};
pub use class::{Class, ClassSet};
pub use policy::{Date, Decision, Policy, PolicyError, Scope, State};

/// The illustrative policy that ships with Skyshed, made from public knowledge.
pub const ILLUSTRATIVE_POLICY: &str = include_str!("../data/illustrative.toml");
