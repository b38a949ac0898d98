//! OMM in NDM/XML (CCSDS 505.0): `<omm>` alone or many in `<ndm>`. Holds no rules about values, expands no entities
//! beyond XML's own five.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::record::{Keyword, Record};
use super::source::LineCounter;
use super::{Collector, ElementError, Place};

/// Deepest nesting read; an OMM in an NDM needs eight.
const MAX_DEPTH: usize = 32;

/// Longest text of one element kept, bytes; longer ones are no OMM value.
const MAX_TEXT_BYTES: usize = 4096;

/// Reads the file as a stream of events; element names count without their namespace prefix.
pub(super) fn read(text: &str, collector: &mut Collector) -> Result<(), ElementError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut lines = LineCounter::new(text);
    let mut open: Vec<String> = Vec::new();
    let mut message: Option<(u64, Record)> = None;
    let mut value = String::new();
    loop {
        let start = reader.buffer_position() as usize;
        let event = reader.read_event();
        let line = lines.at(start);
        match event.map_err(|source| ElementError::Xml { line, source })? {
            Event::Start(element) => {
                let name = local_name(element.local_name().as_ref());
                if open.is_empty() && !matches!(name.as_str(), "omm" | "ndm") {
                    return Err(ElementError::XmlRoot { root: super::record::shortened(&name) });
                }
                if open.len() >= MAX_DEPTH {
                    return Err(ElementError::XmlDepth { line, limit: MAX_DEPTH });
                }
                match (name.as_str(), &mut message) {
                    ("omm", _) => message = Some((line, Record::default())),
                    (name, Some((_, record))) => check_unit(record, name, &element),
                    _ => {}
                }
                value.clear();
                open.push(name);
            }
            Event::Text(text) => append(&mut value, &text.decode().unwrap_or_default()),
            Event::CData(text) => append(&mut value, &text.decode().unwrap_or_default()),
            Event::GeneralRef(reference) => append(&mut value, &resolve(&reference)),
            Event::End(_) => {
                let name = open.pop().unwrap_or_default();
                if let (Some((_, record)), Some(keyword)) = (&mut message, Keyword::parse(&name)) {
                    record.set(keyword, &value);
                }
                if name == "omm"
                    && let Some((line, record)) = message.take()
                {
                    let outcome = record.element_set(collector);
                    collector.add(Place::Line(line), &record.label(), outcome)?;
                }
                value.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match open.pop() {
        Some(element) => Err(ElementError::XmlTruncated { element: super::record::shortened(&element) }),
        None => Ok(()),
    }
}

fn local_name(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn append(value: &mut String, text: &str) {
    if value.len() + text.len() <= MAX_TEXT_BYTES {
        value.push_str(text);
    }
}

/// `units="deg"`.
fn check_unit(record: &mut Record, name: &str, element: &BytesStart<'_>) {
    let Some(keyword) = Keyword::parse(name) else { return };
    if let Ok(Some(unit)) = element.try_get_attribute("units") {
        record.check_unit(keyword, &String::from_utf8_lossy(&unit.value));
    }
}

/// Character references and the five predefined entities; anything else stays as written.
fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return letter.to_string();
    }
    let name = reference.decode().unwrap_or_default();
    match quick_xml::escape::resolve_predefined_entity(&name) {
        Some(text) => text.to_owned(),
        None => format!("&{name};"),
    }
}
