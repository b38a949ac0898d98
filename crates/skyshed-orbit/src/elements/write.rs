//! Element sets as OMM again, in CSV and JSON, with the keywords of CelesTrak's files: what is written is read back to the same
//! numbers, bit by bit.

use serde_json::{Map, Number, Value};

use super::ElementSet;

/// OMM in CSV (CCSDS 502.0-B-3): a row of keywords, then a row for each set.
pub fn omm_csv(sets: &[ElementSet]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows =
        std::iter::once(KEYWORDS.map(str::to_owned)).chain(sets.iter().map(|set| fields(set).map(text)));
    rows.for_each(|row| writer.write_record(row).expect("writing to memory does not fail"));
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("text becomes text")
}

/// OMM in JSON: an array of flat objects.
pub fn omm_json(sets: &[ElementSet]) -> String {
    let object = |set: &ElementSet| {
        let named = KEYWORDS.into_iter().map(str::to_owned).zip(fields(set));
        Value::Object(named.filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
    };
    Value::Array(sets.iter().map(object).collect()).to_string()
}

const KEYWORDS: [&str; 17] = [
    "OBJECT_NAME",
    "OBJECT_ID",
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "EPHEMERIS_TYPE",
    "CLASSIFICATION_TYPE",
    "NORAD_CAT_ID",
    "ELEMENT_SET_NO",
    "REV_AT_EPOCH",
    "BSTAR",
    "MEAN_MOTION_DOT",
    "MEAN_MOTION_DDOT",
];

fn fields(set: &ElementSet) -> [Value; KEYWORDS.len()] {
    let number = |value: f64| Number::from_f64(value).map_or(Value::Null, Value::Number);
    // OMM's times carry no zone: they are UTC.
    let epoch = set.epoch.to_string();
    [
        set.name.as_str().into(),
        set.international_designator.as_str().into(),
        epoch.trim_end_matches('Z').into(),
        number(set.mean_motion_rev_per_day),
        number(set.eccentricity),
        number(set.inclination_deg),
        number(set.raan_deg),
        number(set.argument_of_pericenter_deg),
        number(set.mean_anomaly_deg),
        0.into(),
        set.classification.map_or(Value::Null, |letter| letter.to_string().into()),
        set.catalog_number.into(),
        set.element_set_number.map_or(Value::Null, Value::from),
        set.revolution_at_epoch.map_or(Value::Null, Value::from),
        number(set.bstar),
        number(set.mean_motion_dot),
        number(set.mean_motion_ddot),
    ]
}

fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Epoch;
    use crate::elements::{ElementFormat, read_elements};

    #[test]
    fn what_is_written_is_read_back_bit_by_bit() {
        let set = ElementSet {
            catalog_number: 999_999_999,
            name: "A \"name\", with commas".into(),
            international_designator: "2026-001A".into(),
            classification: Some('U'),
            epoch: Epoch::parse("2026-08-22T20:59:58.123456Z").unwrap(),
            mean_motion_rev_per_day: 15.059_123_456_789_01,
            eccentricity: 1.234_567e-4,
            inclination_deg: 53.051_2,
            raan_deg: 0.1 + 0.2,
            argument_of_pericenter_deg: 359.999_9,
            mean_anomaly_deg: 1.0 / 3.0,
            bstar: -1.0e-11,
            mean_motion_dot: 1e-300,
            mean_motion_ddot: 0.0,
            element_set_number: Some(999),
            revolution_at_epoch: None,
        };
        let other =
            ElementSet { catalog_number: 5, name: "B".into(), element_set_number: None, ..set.clone() };
        let sets = vec![other, set];
        for (text, format) in
            [(omm_csv(&sets), ElementFormat::OmmCsv), (omm_json(&sets), ElementFormat::OmmJson)]
        {
            let load = read_elements(text.as_bytes()).unwrap();
            assert_eq!((load.format, load.rejected.len()), (format, 0), "{text}");
            assert_eq!(load.sets, sets, "{text}");
        }
    }
}
