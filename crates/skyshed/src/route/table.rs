//! A route as a table: one row per instant, in columns, a range of instants at a time.

use std::ops::Range;

use super::answer::Route;
use crate::table::{Column, ColumnKind, column};

/// The columns of the table of a route, in order.
pub const ROUTE_COLUMNS: [Column; 8] = [
    column("time", ColumnKind::Text, false, "the instant, UTC, ISO 8601"),
    column("rtt_ms", ColumnKind::F64, true, "round-trip time"),
    column("one_way_km", ColumnKind::F64, true, "length of the path"),
    column("hops", ColumnKind::U32, true, "hops of the path"),
    column("path_id", ColumnKind::U32, true, "number of the path, by first use, from 0"),
    column("cause", ColumnKind::Text, true, "why there is no route: one word; null where there is one"),
    column("end", ColumnKind::Text, true, "the end that the cause is about: `from` or `to`"),
    column("path", ColumnKind::Text, true, "the path: names with ` > ` between them"),
];

/// A range of rows of the table of a route, in columns; the fields are [`ROUTE_COLUMNS`], in order.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct RouteColumns<'a> {
    pub time: Vec<&'a str>,
    pub rtt_ms: Vec<Option<f64>>,
    pub one_way_km: Vec<Option<f64>>,
    pub hops: Vec<Option<u32>>,
    pub path_id: Vec<Option<u32>>,
    pub cause: Vec<Option<&'static str>>,
    pub end: Vec<Option<&'static str>>,
    pub path: Vec<Option<String>>,
}

impl<'a> RouteColumns<'a> {
    /// The rows of the instants in a range of positions.
    ///
    /// # Panics
    /// Where the range leaves [`Route::steps`].
    pub fn read(route: &'a Route, steps: Range<usize>) -> RouteColumns<'a> {
        let steps = &route.steps[steps];
        let path = |id: u32| {
            let names: Vec<&str> =
                route.paths[id as usize].nodes.iter().map(|node| node.name.as_str()).collect();
            names.join(" > ")
        };
        RouteColumns {
            time: steps.iter().map(|step| step.time.as_str()).collect(),
            rtt_ms: steps.iter().map(|step| step.rtt_ms).collect(),
            one_way_km: steps.iter().map(|step| step.one_way_km).collect(),
            hops: steps.iter().map(|step| step.hops).collect(),
            path_id: steps.iter().map(|step| step.path_id).collect(),
            cause: steps.iter().map(|step| step.cause).collect(),
            end: steps.iter().map(|step| step.end).collect(),
            path: steps.iter().map(|step| step.path_id.map(path)).collect(),
        }
    }
}
