//! H3 cells, territories, people, places, gateways and points of presence: the Earth below the sky.
//! This crate knows no satellites, reads no file and no clock.
//!
//! In data order:
//! - [`cells`]: the 2,016,842 [`Cell`]s, by arithmetic on H3 indexes;
//! - [`territory`]: [`Territory`], the closed list of [`TerritoryKind`]s, and looking one up by id or name;
//! - [`world`]: the compiled data set ([`World`]) as bytes and back; `cargo xtask world` writes those bytes;
//! - [`places`]: city names, coordinates and cell ids to a [`Place`];
//! - [`sites`]: [`Gateway`]s and [`Pop`]s, ours and the community's lists;
//! - [`Ground`]: all of it in columns, made by [`Ground::embedded`].

pub mod cells;
mod fold;
mod ground;
mod normals;
pub mod places;
pub mod sites;
pub mod territory;
pub mod world;

pub use cells::{
    BLOCK_COUNT, BLOCK_RESOLUTION, CELL_COUNT, CELL_RESOLUTION, Cell, CellError, block_of, cell_at,
    cell_boundary, cell_center, cell_from_id, cell_id, last_digits, neighbours, within_rings,
};
pub use ground::{Block, Dataset, Ground};
pub use places::{Place, PlaceError};
pub use sites::{Gateway, Pop, SiteError, Sites, read_sites};
pub use territory::{Territory, TerritoryError, TerritoryIndex, TerritoryKind};
pub use world::{World, WorldError};
