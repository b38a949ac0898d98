//! Arrow files (IPC), and the record batches that Parquet is written from.

use std::sync::Arc;

use anyhow::Result;
use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, RecordBatch, StringArray, UInt8Array, UInt32Array,
    UInt64Array,
};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use skyshed::{CELL_COLUMNS, CellColumns, ColumnKind, Slot, World};

use super::{Chunks, metadata};
use crate::files::Replacement;

/// Writes an Arrow file.
pub fn write(
    file: Replacement,
    world: &World,
    slot: &Slot,
    chunks: &mut Chunks<'_>,
) -> Result<(Replacement, u64)> {
    let schema = schema(world, slot);
    let mut writer = FileWriter::try_new(file, &schema)?;
    let mut rows = 0;
    for columns in chunks {
        rows += columns.len() as u64;
        writer.write(&batch(&schema, &columns)?)?;
    }
    writer.finish()?;
    Ok((writer.into_inner()?, rows))
}

/// The columns by name and type; each field says what it means.
pub fn schema(world: &World, slot: &Slot) -> SchemaRef {
    let field = |column: &skyshed::Column| {
        let meaning = [("meaning".to_owned(), column.meaning.to_owned())];
        Field::new(column.name, data_type(column.kind), column.nullable).with_metadata(meaning.into())
    };
    let fields: Vec<Field> = CELL_COLUMNS.iter().map(field).collect();
    Arc::new(Schema::new(fields).with_metadata(metadata(world, slot).into_iter().collect()))
}

/// Some rows as a record batch, in the order of [`CELL_COLUMNS`].
pub fn batch(schema: &SchemaRef, columns: &CellColumns<'_>) -> Result<RecordBatch> {
    let cells = columns.cell.iter().map(|cell| Some(cell.to_string()));
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(cells.collect::<StringArray>()),
        Arc::new(Float64Array::from(columns.latitude_deg.clone())),
        Arc::new(Float64Array::from(columns.longitude_deg.clone())),
        Arc::new(StringArray::from(columns.territory.clone())),
        Arc::new(UInt32Array::from(columns.people.clone())),
        Arc::new(BooleanArray::from(columns.served.clone())),
        Arc::new(StringArray::from(columns.cause.clone())),
        Arc::new(UInt64Array::from(columns.satellite.clone())),
        Arc::new(StringArray::from(columns.satellite_name.clone())),
        Arc::new(Float32Array::from(columns.elevation_deg.clone())),
        Arc::new(UInt8Array::from(columns.colour.clone())),
        Arc::new(Float32Array::from(columns.beam_share.clone())),
        Arc::new(StringArray::from(columns.gateway.clone())),
        Arc::new(StringArray::from(columns.pop.clone())),
        Arc::new(Float32Array::from(columns.rtt_ms.clone())),
        Arc::new(Float32Array::from(columns.rate_mbps.clone())),
    ];
    Ok(RecordBatch::try_new(schema.clone(), arrays)?)
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
