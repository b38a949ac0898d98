//! Tables as Arrow: the columns of the engine as arrays, for files on disk and for streams over HTTP alike.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, StringArray, UInt8Array, UInt32Array, UInt64Array,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use skyshed::ground::{Cell, Ground, TerritoryKind};
use skyshed::{Cause, CellColumns, Column, ColumnKind, Route, RouteColumns, SatelliteRow, Slot, World};

/// Which cells a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells {
    /// Every cell of the planet.
    All,
    /// Cells of land.
    Land,
    /// Cells with people.
    Inhabited,
    /// Cells with service.
    Served,
}

impl Cells {
    /// The words for them.
    pub const ALL: [(&'static str, Cells); 4] = [
        ("all", Cells::All),
        ("land", Cells::Land),
        ("inhabited", Cells::Inhabited),
        ("served", Cells::Served),
    ];

    /// Whether a cell is among them.
    pub fn keeps(self, ground: &Ground, slot: &Slot, cell: Cell) -> bool {
        match self {
            Cells::All => true,
            Cells::Inhabited => ground.people[cell.0 as usize] > 0,
            Cells::Served => slot.plan.cause(cell) == Cause::Served,
            Cells::Land => {
                let kind = ground.territory_at(ground.territory_of(cell)).kind;
                !matches!(kind, TerritoryKind::Coastal | TerritoryKind::HighSeas)
            }
        }
    }
}

/// The columns by name and type; each field says what it means.
pub fn schema(columns: &[Column], metadata: &[(String, String)]) -> SchemaRef {
    let field = |column: &Column| {
        let meaning = [("meaning".to_owned(), column.meaning.to_owned())];
        Field::new(column.name, data_type(column.kind), column.nullable).with_metadata(meaning.into())
    };
    let fields: Vec<Field> = columns.iter().map(field).collect();
    Arc::new(Schema::new(fields).with_metadata(metadata.iter().cloned().collect()))
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Text => DataType::Utf8,
        ColumnKind::Bool => DataType::Boolean,
        ColumnKind::U8 => DataType::UInt8,
        ColumnKind::U32 => DataType::UInt32,
        ColumnKind::U64 => DataType::UInt64,
        ColumnKind::F32 => DataType::Float32,
        ColumnKind::F64 => DataType::Float64,
    }
}

/// Rows of cells as arrays, in the order of [`skyshed::CELL_COLUMNS`].
pub fn cell_arrays(columns: CellColumns<'_>) -> Vec<ArrayRef> {
    let cells = columns.cell.iter().map(|cell| Some(cell.to_string()));
    vec![
        Arc::new(cells.collect::<StringArray>()),
        Arc::new(Float64Array::from(columns.latitude_deg)),
        Arc::new(Float64Array::from(columns.longitude_deg)),
        Arc::new(StringArray::from(columns.territory)),
        Arc::new(UInt32Array::from(columns.people)),
        Arc::new(BooleanArray::from(columns.served)),
        Arc::new(StringArray::from(columns.cause)),
        Arc::new(UInt64Array::from(columns.satellite)),
        Arc::new(StringArray::from(columns.satellite_name)),
        Arc::new(Float32Array::from(columns.elevation_deg)),
        Arc::new(UInt8Array::from(columns.colour)),
        Arc::new(Float32Array::from(columns.beam_share)),
        Arc::new(StringArray::from(columns.gateway)),
        Arc::new(StringArray::from(columns.pop)),
        Arc::new(Float32Array::from(columns.rtt_ms)),
        Arc::new(Float32Array::from(columns.rate_mbps)),
    ]
}

/// Rows of satellites as arrays, in the order of [`skyshed::SATELLITE_COLUMNS`].
pub fn satellite_arrays(rows: &[SatelliteRow]) -> Vec<ArrayRef> {
    fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
        Arc::new(values.collect::<StringArray>())
    }
    fn numbers(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
        Arc::new(values.collect::<Float64Array>())
    }
    fn counts(values: impl Iterator<Item = Option<u32>>) -> ArrayRef {
        Arc::new(values.collect::<UInt32Array>())
    }
    let rows = || rows.iter();
    vec![
        Arc::new(UInt64Array::from_iter_values(rows().map(|row| row.catalog_number))),
        texts(rows().map(|row| Some(row.name.as_str()))),
        texts(rows().map(|row| row.shell.as_deref())),
        counts(rows().map(|row| row.plane.map(u32::from))),
        counts(rows().map(|row| row.place.map(u32::from))),
        numbers(rows().map(|row| row.latitude_deg)),
        numbers(rows().map(|row| row.longitude_deg)),
        numbers(rows().map(|row| row.altitude_km)),
        counts(rows().map(|row| Some(row.cells_served))),
        numbers(rows().map(|row| Some(row.beams_used))),
        numbers(rows().map(|row| Some(row.beams_carried_mbps))),
        numbers(rows().map(|row| Some(row.beams_capacity_mbps))),
        texts(rows().map(|row| row.gateway.as_deref())),
        texts(rows().map(|row| row.pop.as_deref())),
        counts(rows().map(|row| row.laser_hops.map(u32::from))),
    ]
}

/// Instants of a route as arrays, in the order of [`skyshed::ROUTE_COLUMNS`].
pub fn route_arrays(columns: RouteColumns<'_>) -> Vec<ArrayRef> {
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

/// What a table of a slot says about itself: keys and values.
pub fn slot_metadata(world: &World, slot: &Slot) -> Vec<(String, String)> {
    let hash: String = world.ground.dataset.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    [
        ("time", slot.plan.time.to_string()),
        ("length_s", slot.plan.length_s.to_string()),
        ("elements", world.provenance.elements.clone()),
        ("ground", world.provenance.ground.clone()),
        ("ground_sha256", hash),
        ("policy", world.activation.policy.clone()),
        ("attribution", "GeoNames, CC BY 4.0; Natural Earth".to_owned()),
    ]
    .map(|(key, value)| (format!("skyshed.{key}"), value))
    .into()
}

/// What a table of a route says about itself: keys and values.
pub fn route_metadata(route: &Route) -> Vec<(String, String)> {
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
