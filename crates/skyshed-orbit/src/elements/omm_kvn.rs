//! OMM in keyword = value notation (CCSDS 502.0-B-3 section 7.4). Holds no rules about values.

use super::record::{Keyword, Record, parse_number, shortened};
use super::{Collector, ElementError, Place, RejectReason};

/// Reads any number of messages. A message begins with `CCSDS_OMM_VERS`, or with a second `OBJECT_NAME` where a
/// producer leaves the header out; units in brackets are checked (clause 7.7.1), comments passed over.
pub(super) fn read(text: &str, collector: &mut Collector) -> Result<(), ElementError> {
    let mut message = Message::default();
    for (index, line) in text.lines().enumerate() {
        let number = index as u64 + 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with("COMMENT") {
            continue;
        }
        let Some((keyword, value)) = line.split_once('=') else {
            message.begin_at(number);
            message.record.complain(RejectReason::NotKeyValue { line: number, given: shortened(line) });
            continue;
        };
        let keyword = keyword.trim();
        let begins_next =
            keyword == "CCSDS_OMM_VERS" || (keyword == "OBJECT_NAME" && message.record.has("OBJECT_NAME"));
        if begins_next {
            message.deliver(collector)?;
            message = Message { line: Some(number), record: Record::default() };
        }
        if let Some(keyword) = Keyword::parse(keyword) {
            message.begin_at(number);
            set_value(&mut message.record, keyword, value);
        }
    }
    message.deliver(collector)
}

#[derive(Default)]
struct Message {
    /// Where it begins, once anything of it was seen.
    line: Option<u64>,
    record: Record,
}

impl Message {
    /// Notes the first line that counts, where there is no header.
    fn begin_at(&mut self, line: u64) {
        self.line.get_or_insert(line);
    }

    fn deliver(&self, collector: &mut Collector) -> Result<(), ElementError> {
        let Some(line) = self.line.filter(|_| !self.record.is_empty()) else { return Ok(()) };
        let outcome = self.record.element_set(collector);
        collector.add(Place::Line(line), &self.record.label(), outcome)
    }
}

/// `51.6 [deg]` is a value and a unit; brackets in names are part of the name.
fn set_value(record: &mut Record, keyword: Keyword, value: &str) {
    let value = value.trim();
    let split = value.strip_suffix(']').and_then(|value| value.rsplit_once('['));
    match split {
        Some((number, unit)) if keyword.is_number() && parse_number(number.trim()).is_some() => {
            record.check_unit(keyword, unit);
            record.set(keyword, number);
        }
        _ => record.set(keyword, value),
    }
}
