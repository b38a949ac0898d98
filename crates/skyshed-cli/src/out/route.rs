//! The table of a route's instants, some rows at a time.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, StringArray, UInt32Array};
use skyshed::{Route, RouteColumns};

use super::ROWS_PER_CHUNK;

/// Rows as arrays, in the order of [`skyshed::ROUTE_COLUMNS`].
pub fn chunks(route: &Route) -> impl Iterator<Item = Vec<ArrayRef>> + '_ {
    let (all, each) = (route.steps.len(), ROWS_PER_CHUNK as usize);
    (0..all).step_by(each).map(move |first| arrays(RouteColumns::read(route, first..all.min(first + each))))
}

fn arrays(columns: RouteColumns<'_>) -> Vec<ArrayRef> {
    vec![
        Arc::new(StringArray::from(columns.time)),
        Arc::new(Float64Array::from(columns.rtt_ms)),
        Arc::new(Float64Array::from(columns.one_way_km)),
        Arc::new(UInt32Array::from(columns.hops)),
        Arc::new(UInt32Array::from(columns.path_id)),
        Arc::new(StringArray::from(columns.cause)),
        Arc::new(StringArray::from(columns.end)),
        Arc::new(StringArray::from(columns.path)),
    ]
}

/// What a file says about itself: keys and values.
pub fn metadata(route: &Route) -> Vec<(String, String)> {
    [
        ("from", route.from.name.clone()),
        ("to", route.to.name.clone()),
        ("mode", route.mode.to_owned()),
        ("convention", route.convention.to_owned()),
        ("elements", route.elements.clone()),
        ("policy", route.policy.clone()),
        ("time", route.time.clone()),
        ("step_s", route.step_s.to_string()),
        ("attribution", "GeoNames, CC BY 4.0; Natural Earth".to_owned()),
    ]
    .map(|(key, value)| (format!("skyshed.{key}"), value))
    .into()
}
