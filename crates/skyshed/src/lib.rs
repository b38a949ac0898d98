//! The engine that others embed: a [`World`], slots planned over it, one closed [`Command`] → [`Outcome`], and columnar
//! tables of a slot.
//! It opens no file, socket or clock and prints nothing: elements, maps, policies and the time are handed in as values.
//!
//! In data order:
//! 1. [`World::new`] puts the constellation, the ground, the activation and the configuration together and works out
//!    once what stays the same from slot to slot;
//! 2. [`World::slot`] plans the [`Slot`] that contains an instant, after the slot before it where there was one;
//! 3. [`run`] answers a [`Command`] from a slot with an [`Outcome`], whose JSON keys are stable;
//! 4. [`route()`] follows packets from end to end, over as many slots as it takes;
//! 5. [`preview()`] plans a slot with and without a change of service and tells the difference;
//! 6. [`render()`] turns an outcome into text for a person;
//! 7. [`cells`] and [`satellites`] say what a slot makes of single ones;
//! 8. [`table`] reads the same slot off as columns, for Arrow, Parquet, CSV and GeoJSON writers.
//!
//! The crates below are re-exported under short names, so that an embedder depends on this crate alone.

pub mod cells;
pub mod command;
pub mod coverage;
pub mod links;
pub mod log;
pub mod page;
pub mod percentile;
pub mod preview;
pub mod render;
pub mod route;
pub mod satellites;
pub mod summary;
pub mod table;
pub mod territories;
pub mod timeline;
pub mod why;
pub mod world;

pub use skyshed_control as control;
pub use skyshed_ground as ground;
pub use skyshed_network as network;
pub use skyshed_orbit as orbit;
pub use skyshed_plan as plan;

pub use skyshed_ground::Ground;
pub use skyshed_orbit::{Constellation, Epoch, Sky, Ut1Table};
pub use skyshed_plan::{Cause, Config, SlotPlan};

pub use cells::{CellRow, cell_row};
pub use command::{Command, CommandError, CoverageBy, Outcome, run};
pub use coverage::Coverage;
pub use log::{Log, LogStatus};
pub use preview::{Preview, PreviewError, PreviewRequest, preview};
pub use render::{page as page_of, render};
pub use route::{
    ROUTE_COLUMNS, Route, RouteColumns, RouteError, RouteMode, RouteRequest, route, route_of_slot,
};
pub use satellites::{SATELLITE_COLUMNS, SatelliteRow, ServedCells, satellite_row};
pub use summary::SlotSummary;
pub use table::{CELL_COLUMNS, CellColumns, Column, ColumnKind};
pub use why::Why;
pub use world::{ELEMENTS_AGE_MAX_DAYS, EngineError, Provenance, Slot, World, WorldParts};

/// Rounds to so many decimal places: wire values carry the digits they mean, and the same digits on every machine.
pub(crate) fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}
