//! Hypatia's files and conventions. Opens no file: the caller brings texts and takes texts away.
//!
//! In data order: a [`shells::Shell`] and [`stations`], or any constellation by [`own`], make [`Texts`], which
//! [`Case::read`] checks and turns into a [`Case`]; [`Case::ways`] finds every shortest way at one time, of which
//! [`Ways`] tells hops, paths and round-trip times; [`forwarding`] writes and reads the deltas.
//!
//! Satellites are nodes 0 to n - 1, in planes one after the other; station g is node n + g. A way leads from a station up
//! to a satellite, over lasers, and down to a station, never through another station. Light speed is that of vacuum.

pub mod case;
pub mod error;
pub mod fit;
pub mod forwarding;
pub mod links;
mod numbers;
pub mod own;
pub mod report;
pub mod shells;
pub mod stations;
pub mod ways;

pub use case::{Case, Convention, Texts};
pub use error::{CaseError, FileError, Problem};
pub use forwarding::{Forwarding, Hop};
pub use shells::{SHELLS, Shell};
pub use stations::Station;
pub use ways::Ways;

/// Speed of light in vacuum, m/s (exact, SI).
pub const LIGHT_M_S: f64 = 299_792_458.0;

/// Lengths that are added up and compared are whole multiples of this many parts of a metre, so that ties break the same
/// everywhere: micrometres.
pub const PARTS_PER_M: f64 = 1e6;

/// Most satellites: their ids are the catalogue numbers of two-line elements, less one.
pub const SATELLITES_MAX: usize = 99_999;

/// Most stations.
pub const STATIONS_MAX: usize = 20_000;

/// Most rows of one forwarding state: satellites times stations and station pairs.
pub const ROWS_MAX: usize = 200_000_000;
