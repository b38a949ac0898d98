//! The table of a route's instants, some rows at a time.

use arrow_array::ArrayRef;
use skyshed::{Route, RouteColumns};
use skyshed_server::columns::route_arrays as arrays;
pub use skyshed_server::columns::route_metadata as metadata;

use super::ROWS_PER_CHUNK;

/// Rows as arrays, in the order of [`skyshed::ROUTE_COLUMNS`].
pub fn chunks(route: &Route) -> impl Iterator<Item = Vec<ArrayRef>> + '_ {
    let (all, each) = (route.steps.len(), ROWS_PER_CHUNK as usize);
    (0..all).step_by(each).map(move |first| arrays(RouteColumns::read(route, first..all.min(first + each))))
}
