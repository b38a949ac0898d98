//! OMM in JSON as CelesTrak and Space-Track serve it: an array of flat objects. Holds no rules about values.

use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::record::{Keyword, Record, shortened};
use super::{Collector, ElementError, Place, RejectReason};

/// Reads `[{…}, {…}]`, one `{…}`, or several one after another. Numbers may be quoted; raw values keep their digits, so
/// a number is rounded once, by the same code for every notation.
pub(super) fn read(text: &str, collector: &mut Collector) -> Result<(), ElementError> {
    if text.trim_start().starts_with('{') {
        return read_objects(text, collector);
    }
    let mut failure = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let outcome = deserializer.deserialize_seq(Records { collector, failure: &mut failure });
    if let Some(failure) = failure {
        return Err(failure);
    }
    outcome.and_then(|()| deserializer.end()).map_err(malformed)
}

fn read_objects(text: &str, collector: &mut Collector) -> Result<(), ElementError> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    for (index, value) in values.enumerate() {
        read_record(index as u64 + 1, value.map_err(malformed)?, collector)?;
    }
    Ok(())
}

struct Records<'a> {
    collector: &'a mut Collector,
    failure: &'a mut Option<ElementError>,
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of OMM objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(value) = records.next_element::<&'de RawValue>()? {
            number += 1;
            if let Err(failure) = read_record(number, value, self.collector) {
                *self.failure = Some(failure);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

fn read_record(number: u64, value: &RawValue, collector: &mut Collector) -> Result<(), ElementError> {
    let mut record = Record::default();
    let mut deserializer = serde_json::Deserializer::from_str(value.get());
    if deserializer.deserialize_map(Fields { record: &mut record }).is_err() {
        record.complain(RejectReason::JsonShape(shortened(value.get())));
    }
    let outcome = record.element_set(collector);
    collector.add(Place::Record(number), &record.label(), outcome)
}

struct Fields<'a> {
    record: &'a mut Record,
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an OMM object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(key) = fields.next_key::<String>()? {
            let value = fields.next_value::<&'de RawValue>()?;
            if let Some(keyword) = Keyword::parse(&key) {
                set_value(self.record, keyword, value.get());
            }
        }
        Ok(())
    }
}

fn set_value(record: &mut Record, keyword: Keyword, raw: &str) {
    match raw.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(raw) {
            Ok(text) => record.set(keyword, &text),
            Err(_) => record.complain(RejectReason::JsonShape(shortened(raw))),
        },
        Some(b'n') => {} // null: the value is missing
        Some(b'[' | b'{') => record.complain(RejectReason::JsonShape(shortened(raw))),
        _ => record.set(keyword, raw),
    }
}

fn malformed(source: serde_json::Error) -> ElementError {
    ElementError::Json { line: source.line(), column: source.column(), source }
}
