//! Parquet files: one row group per chunk, so that memory stays small and readers can skip.

use anyhow::Result;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use skyshed::{Slot, World};

use super::arrow::{batch, schema};
use super::{Chunks, metadata};
use crate::files::Replacement;

/// Writes a Parquet file.
pub fn write(
    file: Replacement,
    world: &World,
    slot: &Slot,
    chunks: &mut Chunks<'_>,
) -> Result<(Replacement, u64)> {
    let schema = schema(world, slot);
    let pairs = metadata(world, slot).into_iter().map(|(key, value)| KeyValue::new(key, value));
    // Cell ids are sorted and share their beginnings: differences take a few bits each, a dictionary would take all.
    // Coordinates of neighbours differ in their last bytes only, which compress well once the bytes are sorted by place.
    let without_dictionary = [
        ("cell", Encoding::DELTA_BYTE_ARRAY),
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
    for columns in chunks {
        rows += columns.len() as u64;
        writer.write(&batch(&schema, &columns)?)?;
        writer.flush()?;
    }
    Ok((writer.into_inner()?, rows))
}
