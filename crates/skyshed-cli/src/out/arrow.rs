//! Arrow files (IPC), and the record batches that Parquet is written from.

use std::sync::Arc;

use anyhow::Result;
use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use skyshed::{Column, ColumnKind};

use super::Table;
use crate::files::Replacement;

/// Writes an Arrow file.
pub fn write(file: Replacement, table: Table<'_>) -> Result<(Replacement, u64)> {
    let schema = schema(&table);
    let mut writer = FileWriter::try_new(file, &schema)?;
    let mut rows = 0;
    for arrays in table.chunks {
        let batch = RecordBatch::try_new(schema.clone(), arrays)?;
        rows += batch.num_rows() as u64;
        writer.write(&batch)?;
    }
    writer.finish()?;
    Ok((writer.into_inner()?, rows))
}

/// The columns by name and type; each field says what it means.
pub fn schema(table: &Table<'_>) -> SchemaRef {
    let field = |column: &Column| {
        let meaning = [("meaning".to_owned(), column.meaning.to_owned())];
        Field::new(column.name, data_type(column.kind), column.nullable).with_metadata(meaning.into())
    };
    let fields: Vec<Field> = table.columns.iter().map(field).collect();
    Arc::new(Schema::new(fields).with_metadata(table.metadata.iter().cloned().collect()))
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
