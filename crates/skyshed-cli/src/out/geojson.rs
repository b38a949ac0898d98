//! GeoJSON (RFC 7946): a hexagon per cell with what a map needs of it.
//!
//! A cell that crosses the antimeridian keeps its shape: its western corners are written east of 180 degrees.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Result;
use serde_json::{Value, json};
use skyshed::CellColumns;
use skyshed::ground::{Cell, cell_boundary};

use super::cells::Chunks;
use crate::files::Replacement;

/// Writes a GeoJSON file.
pub fn write(
    mut file: Replacement,
    metadata: Vec<(String, String)>,
    chunks: &mut Chunks<'_>,
) -> Result<(Replacement, u64)> {
    let about: serde_json::Map<String, Value> =
        metadata.into_iter().map(|(key, value)| (key, value.into())).collect();
    write!(file, "{{\"type\":\"FeatureCollection\",\"properties\":{},\"features\":[", Value::Object(about))?;
    let mut rows = 0;
    for columns in chunks {
        for row in 0..columns.len() {
            file.write_all(if rows == 0 { b"\n" } else { b",\n" })?;
            write_feature(&mut file, &columns, row)?;
            rows += 1;
        }
    }
    file.write_all(b"\n]}\n")?;
    Ok((file, rows))
}

fn write_feature(file: &mut impl Write, columns: &CellColumns<'_>, row: usize) -> std::io::Result<()> {
    let cell = columns.cell[row];
    let properties = json!({
        "territory": columns.territory[row],
        "people": columns.people[row],
        "served": columns.served[row],
        "cause": columns.cause[row],
        "satellite": columns.satellite_name[row],
        "gateway": columns.gateway[row],
        "pop": columns.pop[row],
        // An f32 as JSON would show the digits it does not have.
        "rtt_ms": columns.rtt_ms[row].map(|ms| (f64::from(ms) * 1e3).round() / 1e3),
        "rate_mbps": columns.rate_mbps[row].map(|mbps| (f64::from(mbps) * 1e3).round() / 1e3),
    });
    write!(
        file,
        "{{\"type\":\"Feature\",\"id\":\"{cell}\",\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}},\"properties\":{properties}}}",
        ring(cell)
    )
}

/// The corners, counterclockwise, the first again at the end; 5 decimals are a metre.
fn ring(cell: Cell) -> String {
    let corners = cell_boundary(cell);
    let west = corners.iter().map(|corner| corner.1).fold(f64::INFINITY, f64::min);
    let east = corners.iter().map(|corner| corner.1).fold(f64::NEG_INFINITY, f64::max);
    let crosses = east - west > 180.0;
    let mut text = String::with_capacity(7 * 24);
    for (at, &(latitude_deg, longitude_deg)) in corners.iter().chain(corners.first()).enumerate() {
        let longitude_deg =
            if crosses && longitude_deg < 0.0 { longitude_deg + 360.0 } else { longitude_deg };
        let comma = if at == 0 { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(text, "{comma}[{longitude_deg:.5},{latitude_deg:.5}]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use skyshed::ground::cell_at;

    #[track_caller]
    fn corners(latitude_deg: f64, longitude_deg: f64) -> Vec<[f64; 2]> {
        let cell = cell_at(latitude_deg, longitude_deg).expect("on the Earth");
        serde_json::from_str(&format!("[{}]", ring(cell))).expect("a ring is JSON")
    }

    #[test]
    fn rings_close_and_turn_counterclockwise() {
        for (latitude_deg, longitude_deg) in
            [(50.0, 4.0), (-33.9, 151.2), (0.0, 0.0), (-17.0, 180.0), (66.0, -179.99)]
        {
            let ring = corners(latitude_deg, longitude_deg);
            assert_eq!(ring.first(), ring.last());
            let twice_the_area: f64 =
                ring.windows(2).map(|edge| edge[0][0] * edge[1][1] - edge[1][0] * edge[0][1]).sum();
            assert!(twice_the_area > 0.0, "{ring:?}");
        }
    }

    #[test]
    fn a_cell_on_the_antimeridian_keeps_its_shape() {
        let ring = corners(-17.0, 180.0);
        let longitudes = || ring.iter().map(|corner| corner[0]);
        assert!(
            longitudes().fold(f64::MIN, f64::max) - longitudes().fold(f64::MAX, f64::min) < 1.0,
            "{ring:?}"
        );
    }
}
