//! Parquet files: one row group per chunk, so that memory stays small and readers can skip.

use anyhow::Result;
use arrow_array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::Table;
use super::arrow::schema;
use crate::files::Replacement;

/// Writes a Parquet file.
pub fn write(file: Replacement, table: Table<'_>) -> Result<(Replacement, u64)> {
    let schema = schema(&table);
    let pairs = table.metadata.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    // Cell ids and times are sorted and share their beginnings: differences take a few bits each, a dictionary would take all.
    // Coordinates of neighbours differ in their last bytes only, which compress well once the bytes are sorted by place.
    let without_dictionary = [
        ("cell", Encoding::DELTA_BYTE_ARRAY),
        ("time", Encoding::DELTA_BYTE_ARRAY),
        ("latitude_deg", Encoding::BYTE_STREAM_SPLIT),
        ("longitude_deg", Encoding::BYTE_STREAM_SPLIT),
    ];
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(pairs.collect()));
    for (column, encoding) in without_dictionary {
        properties = properties
            .set_column_dictionary_enabled(ColumnPath::from(column), false)
            .set_column_encoding(ColumnPath::from(column), encoding);
    }
    let properties = properties.build();
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))?;
    let mut rows = 0;
    for arrays in table.chunks {
        let batch = RecordBatch::try_new(schema.clone(), arrays)?;
        rows += batch.num_rows() as u64;
        writer.write(&batch)?;
        writer.flush()?;
    }
    Ok((writer.into_inner()?, rows))
}
