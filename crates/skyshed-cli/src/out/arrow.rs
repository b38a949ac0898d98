//! Arrow files (IPC), and the record batches that Parquet is written from.

use anyhow::Result;
use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::SchemaRef;
use skyshed_server::columns;

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
    columns::schema(table.columns, &table.metadata)
}
