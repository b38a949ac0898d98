//! The network between: which satellites are linked by lasers, the shortest way from every satellite to each of many
//! destinations, and what rates are fair where flows share links.
//! It knows satellites and lengths only: no cell, no territory, no gateway; it opens nothing and reads no clock.
//!
//! In data order: [`planes`] finds shells, planes and neighbours in a constellation; [`lasers`] decides the links of one
//! slot; [`graph`] holds them by node; [`trees`] finds the distance from every node to every destination, and the next
//! hop on demand; [`fair`] shares links among flows.

pub mod fair;
pub mod graph;
pub mod lasers;
pub mod planes;
pub mod trees;

pub use graph::Graph;
pub use lasers::{LaserConfig, Lasers};
pub use planes::{Planes, Seat};
pub use trees::{Next, Trees};
