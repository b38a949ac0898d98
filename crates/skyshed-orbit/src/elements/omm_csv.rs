//! OMM in CSV: a header row of keywords, one row per object. Holds no rules about values.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::record::{Keyword, NEEDED, Record};
use super::source::LineCounter;
use super::{Collector, ElementError, Place, RejectReason};

/// Reads CSV (RFC 4180); columns in any order, unknown ones passed over, quoted or not.
pub(super) fn read(text: &str, collector: &mut Collector) -> Result<(), ElementError> {
    let start = text.len() - text.trim_start().len();
    let mut lines = LineCounter::new(text);
    let text = &text[start..];
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(ElementError::Csv)?.clone();
    if let Some(missing) = NEEDED.iter().find(|keyword| !header.iter().any(|field| field == **keyword)) {
        return Err(ElementError::CsvHeader { missing });
    }
    let columns: Vec<Option<Keyword>> = header.iter().map(Keyword::parse).collect();
    let mut row = StringRecord::new();
    while reader.read_record(&mut row).map_err(ElementError::Csv)? {
        let offset = row.position().map_or(0, csv::Position::byte) as usize;
        let line = lines.after_line_ends(start + offset);
        let mut record = Record::default();
        if row.len() != columns.len() {
            record.complain(RejectReason::FieldCount { given: row.len(), expected: columns.len() });
        }
        for (keyword, value) in columns.iter().zip(&row) {
            if let Some(keyword) = keyword {
                record.set(*keyword, value);
            }
        }
        let outcome = record.element_set(collector);
        collector.add(Place::Line(line), &record.label(), outcome)?;
    }
    Ok(())
}
