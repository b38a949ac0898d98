//! What the readers load, refuse and say, on small inputs written by hand.

use std::io::Write;

use proptest::prelude::*;
use skyshed_orbit::{
    Constellation, ElementError, ElementFormat, ElementLoad, ElementSet, Epoch, LoadWarning, Place,
    RejectReason, Ut1Table, read_elements,
};

const JSON: &str = include_str!("fixtures/demo.json");
const QUOTED: &str = include_str!("fixtures/demo-quoted.json");
const CSV: &str = include_str!("fixtures/demo.csv");
const KVN: &str = include_str!("fixtures/demo.kvn");
const XML: &str = include_str!("fixtures/demo.xml");
const TLE: &str = include_str!("fixtures/demo.tle");
const THREE_LINE: &str = include_str!("fixtures/demo.3le");
const TWO_LINE: &str = include_str!("fixtures/demo.2le");
const ALPHA5: &str = include_str!("fixtures/alpha5.tle");
const FIXTURES: [&str; 9] = [JSON, QUOTED, CSV, KVN, XML, TLE, THREE_LINE, TWO_LINE, ALPHA5];

#[test]
fn one_object_in_every_form_is_one_element_set() {
    let expected = load(JSON);
    assert_eq!(expected.format, ElementFormat::OmmJson);
    assert_eq!(expected.sets.len(), 2);
    let first = &expected.sets[0];
    assert_eq!((first.catalog_number, first.name.as_str()), (60_001, "DEMO A"));
    assert_eq!(first.international_designator, "2026-001A");
    assert_eq!(first.epoch.to_string(), "2026-08-22T12:00:00Z");
    assert_eq!((first.mean_motion_rev_per_day, first.bstar), (15.25, 0.000_123_45));
    let forms = [
        (QUOTED, ElementFormat::OmmJson),
        (CSV, ElementFormat::OmmCsv),
        (KVN, ElementFormat::OmmKvn),
        (XML, ElementFormat::OmmXml),
        (TLE, ElementFormat::Tle),
        (THREE_LINE, ElementFormat::Tle),
    ];
    for (text, format) in forms {
        let found = load(text);
        assert_eq!(found.format, format);
        assert_eq!(found.rejected, [], "{format}");
        assert_eq!(found.sets, expected.sets, "{format}");
    }
    let nameless = load(TWO_LINE).sets;
    assert!(nameless.iter().all(|set| set.name.is_empty()));
    assert_eq!(nameless[1].mean_motion_ddot, expected.sets[1].mean_motion_ddot);
}

#[test]
fn compression_marks_and_line_ends_do_not_matter() {
    for text in FIXTURES {
        let expected = load(text);
        let unix = text.replace("\r\n", "\n");
        let windows = unix.replace('\n', "\r\n");
        let marked = format!("\u{feff}{text}");
        let spaced = format!("\n \n{unix}\n\n");
        for variant in [&unix, &windows, &marked, &spaced] {
            assert_eq!(load(variant).sets, expected.sets, "{variant}");
        }
        assert_eq!(read_elements(&gzip(text.as_bytes())).unwrap(), expected);
    }
    let members = [gzip(TLE.as_bytes()), gzip(ALPHA5.as_bytes())].concat();
    assert_eq!(read_elements(&members).unwrap().sets.len(), 4);
}

#[test]
fn alpha5_numbers_and_the_tle_warning() {
    let numbers: Vec<u64> = load(ALPHA5).sets.iter().map(|set| set.catalog_number).collect();
    assert_eq!(numbers, [100_001, 339_999]);
    let starlink = TLE.replace("DEMO A  ", "STARLINK");
    assert_eq!(load(&starlink).warnings, [LoadWarning::TleEndsAt99999 { starlink: 1 }]);
    assert_eq!(load(TWO_LINE).warnings, [LoadWarning::TleEndsAt99999 { starlink: 0 }]);
    assert_eq!(load(TLE).warnings, []);
    assert_eq!(load(ALPHA5).warnings, []);
    let text = load(&starlink).warnings[0].to_string();
    assert!(text.contains("numbered 100000 and up") && text.contains("use OMM"), "{text}");
}

#[test]
fn optional_fields_may_be_missing() {
    let least = r#"[{"NORAD_CAT_ID":"799501621","EPOCH":"2026-234T12:00:00Z","MEAN_MOTION":"15.25","ECCENTRICITY":1e-4,
        "INCLINATION":53,"RA_OF_ASC_NODE":"+1.5","ARG_OF_PERICENTER":.5,"MEAN_ANOMALY":0,"OBJECT_ID":null,
        "SOMETHING_NEW":{"a":[1,2]}}]"#;
    // A bare `.5` is no JSON number.
    assert!(matches!(read_elements(least.as_bytes()), Err(ElementError::Json { .. })));
    let load = load(&least.replace(":.5", ":0.5"));
    assert_eq!(load.sets[0].catalog_number, 799_501_621);
    assert_eq!((load.sets[0].bstar, load.sets[0].revolution_at_epoch), (0.0, None));
    assert_eq!(load.warnings, [LoadWarning::NoDragTerm { count: 1 }]);
    let constellation = Constellation::from_elements("least", &load);
    assert_eq!(constellation.satellites()[0].name, "799501621");
}

#[test]
fn brackets_in_names_and_entities_are_part_of_the_name() {
    assert_eq!(load(&KVN.replacen("DEMO A", "7 [A]", 1)).sets[0].name, "7 [A]");
    assert_eq!(load(&XML.replacen("DEMO A", "D&#69;MO &lt;A&gt;", 1)).sets[0].name, "DEMO <A>");
    assert_eq!(load(&XML.replacen("DEMO A", "<![CDATA[A & B]]>", 1)).sets[0].name, "A & B");
    assert_eq!(load(&CSV.replacen("DEMO A", "\"DEMO, \"\"A\"\"\"", 1)).sets[0].name, "DEMO, \"A\"");
    assert_eq!(load(&JSON.replacen("DEMO A", "D\\u0045MO", 1)).sets[0].name, "DEMO");
    let prefixed =
        XML.replace("<omm ", "<n:omm xmlns:n=\"urn:ccsds:schema:ndmxml\" ").replace("</omm>", "</n:omm>");
    assert_eq!(load(&prefixed).sets, load(XML).sets);
}

#[test]
fn bad_records_are_reported_and_the_rest_loaded() {
    let check = |text: &str, expected: &str| {
        let found = load(text);
        assert_eq!(found.sets.len(), 1, "{text}");
        let reports: Vec<String> = found.rejected.iter().map(ToString::to_string).collect();
        assert_eq!(reports, [expected]);
    };
    check(
        &JSON.replacen("\"EPHEMERIS_TYPE\": 0", "\"EPHEMERIS_TYPE\": 4", 1),
        "record 1 (60001 DEMO A): SGP4-XP elements (ephemeris type 4): SGP4 would be wrong by kilometres; use the \
         object's SGP4 set (type 0)",
    );
    check(
        &JSON.replacen("15.25", "\"fast\"", 1),
        "record 1 (60001 DEMO A): MEAN_MOTION is `fast`, allowed is a decimal number",
    );
    check(
        &JSON.replacen("15.25", "[15.25]", 1),
        "record 1 (60001 DEMO A): not a JSON object of keywords with text or number values: [15.25]",
    );
    check(&JSON.replacen("15.25", "null", 1), "record 1 (60001 DEMO A): MEAN_MOTION is missing");
    check(
        &JSON.replacen("15.25", "\"inf\"", 1),
        "record 1 (60001 DEMO A): MEAN_MOTION is `inf`, allowed is a decimal number",
    );
    check(
        &JSON.replacen("15.25", "-3", 1),
        "record 1 (60001 DEMO A): MEAN_MOTION is -3, allowed above 0, at most 18 rev/day",
    );
    check(
        &JSON.replacen("53.05", "190", 1),
        "record 1 (60001 DEMO A): INCLINATION is 190, allowed 0 to 180 degrees",
    );
    check(
        &JSON.replacen("60001", "60001.5", 1),
        "record 1 (60001.5 DEMO A): NORAD_CAT_ID is `60001.5`, allowed is a whole number from 0 to 999999999",
    );
    check(
        &JSON.replacen("2026-08-22T12", "2026-13-22T12", 1),
        "record 1 (60001 DEMO A): EPOCH: `2026-13-22T12:00:00.000000`: month is 13, allowed 1 to 12",
    );
    check(
        &JSON.replacen("2026-08-22T12", "3026-08-22T12", 1),
        "record 1 (60001 DEMO A): EPOCH is 3026-08-22T12:00:00Z, allowed 1957 to 2100",
    );
    check(
        &JSON.replacen("\"MEAN_MOTION\": 15.25", "\"MEAN_MOTION\": 15.25, \"MEAN_MOTION\": 15.26", 1),
        "record 1 (60001 DEMO A): MEAN_MOTION is given twice, as `15.25` and as `15.26`",
    );
    check(
        &JSON.replacen("60002", "60001", 1),
        "record 2 (60001 DEMO B & SON): epoch 2026-08-22T06:00:00Z superseded by the set of 2026-08-22T12:00:00Z in the \
         same input",
    );
    check(
        &CSV.replacen(",1.234e-05,0\r\n", "\r\n", 1),
        "line 2 (60001 DEMO A): 15 fields, allowed 17 as in the header",
    );
    check(
        &KVN.replacen("[deg]", "[rad]", 1),
        "line 1 (60001 DEMO A): INCLINATION is given in `rad`, allowed deg",
    );
    check(&KVN.replacen("= UTC", "= TAI", 1), "line 1 (60001 DEMO A): TIME_SYSTEM is `TAI`, allowed UTC");
    check(&KVN.replacen("= TEME", "= GCRF", 1), "line 1 (60001 DEMO A): REF_FRAME is `GCRF`, allowed TEME");
    check(
        &KVN.replacen("= SGP4\n", "= DSST\n", 1),
        "line 1 (60001 DEMO A): MEAN_ELEMENT_THEORY is `DSST`, allowed SGP4 (or SGP/SGP4)",
    );
    check(
        &KVN.replacen("= EARTH", "= MARS", 1),
        "line 1 (60001 DEMO A): CENTER_NAME is `MARS`, allowed EARTH",
    );
    check(
        &KVN.replacen("= TEME", ": TEME", 1),
        "line 1 (60001 DEMO A): line 9 is `REF_FRAME : TEME`, allowed is KEYWORD = value",
    );
    check(
        &XML.replacen("units=\"deg\"", "units=\"rad\"", 1),
        "line 3 (60001 DEMO A): INCLINATION is given in `rad`, allowed deg",
    );
    check(
        &XML.replacen("SGP/SGP4", "SGP4-XP", 1),
        "line 3 (60001 DEMO A): SGP4-XP elements (ephemeris type 4): SGP4 would be wrong by kilometres; use the object's SGP4 set (type 0)",
    );
}

#[test]
fn bad_tle_lines_are_reported_with_their_columns() {
    let check = |text: &str, expected: &[&str]| {
        let found = load(text);
        assert_eq!(found.sets.len(), 1, "{text}");
        let reports: Vec<String> = found.rejected.iter().map(ToString::to_string).collect();
        assert_eq!(reports, expected);
    };
    let text = TLE.replace("\r\n", "\n");
    let swap = |from: &str, to: &str| text.replacen(from, to, 1);
    check(
        &swap("0  9995", "0  9994"),
        &["line 2 (DEMO A): TLE line 1 has checksum `4`, its characters add up to 5; the line is damaged"],
    );
    check(
        &swap("15.25000000 12342", "15.25000000 1234"),
        &[
            "line 2 (DEMO A): TLE line 2 has 68 characters, allowed 69; the file is truncated or was reformatted",
        ],
    );
    check(
        &swap("26234.5", "26234x5"),
        &["line 2 (DEMO A): TLE line 1, columns 19 to 32: epoch is `26234x50000000`, allowed YYDDD.DDDDDDDD"],
    );
    check(&swap("U 26001A", "UX26001A"), &["line 2 (DEMO A): TLE line 1, column 9: `X`, allowed a blank"]);
    check(
        &swap("15.25000000", "15.2é000000"),
        &["line 2 (DEMO A): TLE line 2, column 57: `é`, allowed ASCII only"],
    );
    let lines: Vec<&str> = text.lines().collect();
    check(
        &[lines[0], lines[1], lines[3], lines[4], lines[5]].join("\n"),
        &["line 2 (DEMO A): TLE line 1 is not followed by a line 2"],
    );
    check(
        &[lines[0], lines[2], lines[3], lines[4], lines[5]].join("\n"),
        &[
            "line 1 (DEMO A): text that no element set follows",
            "line 2 (60001): TLE line 2 without a line 1 before it",
        ],
    );
    check(
        &[lines[0], lines[1], lines[2], lines[3]].join("\n"),
        &["line 4 (DEMO B & SON): text that no element set follows"],
    );
    check(
        &[lines[1], lines[5], lines[3], lines[4], lines[5]].join("\n"),
        &["line 1 (60001): line 1 is of object 60001, line 2 of object 60002; lines were lost or mixed"],
    );
}

#[test]
fn duplicates_keep_the_newest_and_stale_sets_are_named() {
    let older = CSV.replace("2026-08-22", "2026-08-01").replace("DEMO A", "DEMO OLD");
    let both = format!("{older}{}", CSV.split_once("\r\n").unwrap().1);
    let found = load(&both);
    assert_eq!(found.sets, load(CSV).sets);
    assert_eq!(found.rejected.len(), 2);
    assert_eq!(found.rejected[0].place, Place::Line(2));
    assert!(matches!(found.rejected[0].reason, RejectReason::Duplicate { .. }));
    let stale = load(&CSV.replacen("2026-08-22T12", "2026-08-01T12", 1));
    assert_eq!(stale.sets.len(), 2);
    assert_eq!((stale.stale.len(), stale.stale[0].catalog_number), (1, 60_001));
    assert_eq!(
        stale.stale[0].to_string(),
        "60001 DEMO A (line 2): epoch 2026-08-01T12:00:00Z, 20.8 days behind the newest of the load"
    );
    assert!(matches!(stale.warnings[..], [LoadWarning::Stale { count: 1, .. }]));
}

#[test]
fn unusable_inputs_give_one_clear_message() {
    let check = |bytes: &[u8], expected: &str| {
        let message = read_elements(bytes).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    };
    check(b"", "the input is empty; give OMM");
    check(b" \r\n\t", "the input is empty");
    check(&gzip(b""), "the input is empty");
    check(b"No GP data found", "not recognised: it begins `No GP data found`; allowed are OMM");
    check(b"<!DOCTYPE html><html><body>403</body></html>", "this is a web page");
    check(b"<gpx><trk/></gpx>", "the XML root is <gpx>; allowed are <omm> and <ndm>");
    check(b"\x7fELF\x00\x01", "not text: byte 0x00 at offset 4");
    check(b"PK\x03\x04rest", "this is zip data; allowed are plain text and gzip, so unpack it first");
    check(&gzip(&gzip(JSON.as_bytes())), "this is doubly gzipped data");
    check(&gzip(JSON.as_bytes())[..60], "the gzip stream is damaged or truncated");
    check(&JSON.as_bytes()[..JSON.len() - 10], "the JSON breaks off or is malformed at line");
    check(b"[1", "the JSON breaks off");
    check(b"[]", "recognised as OMM JSON, but no element set in it could be loaded: it holds no records");
    check(
        b"{\"error\": \"quota\"}",
        "recognised as OMM JSON, but no element set in it could be loaded: record 1: NORAD_CAT_ID is missing",
    );
    check(&XML.as_bytes()[..XML.len() - 8], "the XML breaks off inside <ndm>");
    check(&XML.as_bytes()[..XML.len() / 2], "the XML");
    check(XML.replacen("</metadata>", "</meta>", 1).as_bytes(), "the XML is malformed at line");
    check(format!("<ndm>{}", "<a>".repeat(100)).as_bytes(), "the XML is nested deeper than 32");
    check(b"OBJECT_NAME,OBJECT_ID,EPOCH\nA,B,C\n", "the CSV header has no column NORAD_CAT_ID");
    check(
        CSV.lines().next().unwrap().as_bytes(),
        "recognised as OMM CSV, but no element set in it could be loaded: it holds no records",
    );
    check(b"{\"NORAD_CAT_ID\": \"\xff\"}", "not UTF-8 at offset 18");
    check(
        TLE.lines().nth(1).unwrap().as_bytes(),
        "recognised as TLE, but no element set in it could be loaded: line 1 (60001): TLE line 1 is not followed",
    );
    check(&KVN.as_bytes()[..200], "recognised as OMM KVN, but no element set in it could be loaded");
    let xp = JSON.replace("\"EPHEMERIS_TYPE\": 0", "\"EPHEMERIS_TYPE\": 4");
    check(
        xp.as_bytes(),
        "recognised as OMM JSON, but no element set in it could be loaded: record 1 (60001 DEMO A): SGP4-XP",
    );
}

#[test]
fn a_time_far_from_the_elements_is_refused_with_what_to_do() {
    let constellation = Constellation::from_elements("demo", &load(JSON));
    let at = |text| Epoch::parse(text).unwrap();
    assert_eq!(constellation.median_epoch(), Some(at("2026-08-22T12:00:00Z")));
    assert_eq!(constellation.newest_epoch(), Some(at("2026-08-22T12:00:00Z")));
    assert_eq!(constellation.check_time(at("2026-08-29T12:00:00Z"), 7.0), Ok(()));
    let message = constellation.check_time(at("2027-01-01"), 7.0).unwrap_err().to_string();
    assert_eq!(
        message,
        "2027-01-01T00:00:00Z is 131.5 days after the elements of `demo` (median epoch 2026-08-22T12:00:00Z), allowed 7: \
         choose `--at` between 2026-08-15T12:00:00Z and 2026-08-29T12:00:00Z, or get newer elements with `skyshed data \
         refresh`"
    );
    let sky = constellation.sky(at("2099-01-01"), &Ut1Table::builtin());
    assert_eq!(sky.problems.len(), 2);
    assert!(
        sky.x_itrf_m[0].is_nan() && sky.problems[0].1.contains("days from the epoch, allowed 3653"),
        "{:?}",
        sky.problems
    );
}

#[test]
fn sky_into_equals_sky_and_positions_are_sixteenths() {
    let constellation = Constellation::from_elements("demo", &load(JSON));
    let ut1 = Ut1Table::builtin();
    let time = Epoch::parse("2026-08-22T21:00:12Z").unwrap();
    let mut reused = constellation.sky(Epoch::parse("2099-01-01").unwrap(), &ut1);
    constellation.sky_into(time, &ut1, &mut reused);
    let fresh = constellation.sky(time, &ut1);
    assert_eq!(
        (&reused.x_itrf_m, &reused.y_itrf_m, &reused.z_itrf_m),
        (&fresh.x_itrf_m, &fresh.y_itrf_m, &fresh.z_itrf_m)
    );
    assert!(reused.problems.is_empty());
    assert!(fresh.x_itrf_m.iter().chain(&fresh.z_itrf_m).all(|metres| (metres * 16.0).fract() == 0.0));
}

proptest! {
    /// The order of records in an input changes nothing in what is loaded.
    #[test]
    fn order_of_records_changes_nothing(sets in prop::collection::vec((0u64..8, 0u32..3, 0u32..4), 1..20), seed in any::<u64>()) {
        let rows: Vec<String> = sets.iter().map(|(number, hour, mark)| {
            format!("DEMO,2026-001A,2026-08-22T{hour:02}:00:00,15.2{mark},0.001,53.0,1.0,2.0,3.0,0,U,{number},{mark},1,1e-4,0,0")
        }).collect();
        let header = CSV.lines().next().unwrap();
        let mut mixed = rows.clone();
        let mut state = seed;
        for index in (1..mixed.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            mixed.swap(index, (state >> 33) as usize % (index + 1));
        }
        let in_order = load(&format!("{header}\n{}\n", rows.join("\n")));
        let in_disorder = load(&format!("{header}\n{}\n", mixed.join("\n")));
        prop_assert_eq!(&in_order.sets, &in_disorder.sets);
        prop_assert!(in_order.sets.is_sorted_by_key(|set: &ElementSet| set.catalog_number));
        prop_assert_eq!(in_order.rejected.len(), in_disorder.rejected.len());
    }

    /// Damaged inputs never panic, and what is loaded from them can be propagated without a panic.
    #[test]
    fn damaged_inputs_do_not_panic(
        fixture in 0usize..FIXTURES.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 0..8),
        packed in any::<bool>(),
    ) {
        let mut bytes = FIXTURES[fixture].as_bytes().to_vec();
        if packed {
            bytes = gzip(&bytes);
        }
        for (at, byte, kind) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                _ => bytes.truncate(at),
            }
        }
        exercise(&bytes);
    }

    /// Neither does noise, whatever it begins with.
    #[test]
    fn noise_does_not_panic(start in prop::sample::select(vec!["", "[", "{", "<omm>", "1 ", "EPOCH=", "\u{1f}"]), noise in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&[start.as_bytes(), &noise].concat());
    }

    /// What is printed is read back as the same instant.
    #[test]
    fn epochs_round_trip(micros in -62_135_596_800_000_000i64..253_402_300_800_000_000, step in -1_000_000_000_000i64..1_000_000_000_000) {
        let epoch = Epoch::from_unix_micros(micros);
        prop_assert_eq!(epoch.unix_micros(), micros);
        prop_assert_eq!(Epoch::parse(&epoch.to_string()), Ok(epoch));
        let later = epoch.plus_micros(step);
        prop_assert_eq!(later.unix_micros(), micros + step);
        prop_assert_eq!(later.minutes_since(epoch), step as f64 / 60e6);
        prop_assert_eq!(later > epoch, step > 0);
    }

    /// No text makes the epoch reader panic.
    #[test]
    fn any_text_as_epoch(text in "[-+0-9T:.Zé]{0,40}") {
        let _ = Epoch::parse(&text);
    }
}

fn exercise(bytes: &[u8]) {
    let Ok(load) = read_elements(bytes) else { return };
    let constellation = Constellation::from_elements("damaged", &load);
    let sky = constellation.sky(load.sets[0].epoch.plus_micros(3_600_000_000), &Ut1Table::builtin());
    assert_eq!(sky.x_itrf_m.len(), constellation.satellites().len());
}

fn load(text: &str) -> ElementLoad {
    read_elements(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
