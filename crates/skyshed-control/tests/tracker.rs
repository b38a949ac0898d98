//! Times without full service, in the trackers' forms, and back.

mod common;

use common::{at, entry, ground};
use skyshed_control::tracker::{self, COLUMNS, csv, periods, radar, read_csv, read_radar};
use skyshed_control::{Class, ClassSet, Limits, ReasonCode, State, Timeline};

/// Belgium off for three hours, then limited for one class; a region of Ukraine off without end; France on.
fn history() -> Timeline {
    let mut timeline = Timeline::new("example.org/log at size 9");
    let mut off = entry(1, "BE", State::Off);
    off.reason = "=HYPERLINK(\"x\"), said \"a court\"\nin two lines".to_owned();
    off.logged.reason_code = ReasonCode::CourtOrder;
    timeline.add(&off, ClassSet::ALL, at("01:00:00"), Some(at("04:00:00")));
    timeline.add(&entry(2, "BE", State::On), ClassSet::ALL, at("04:00:00"), Some(at("05:00:00")));
    let slow = State::Limited(Limits { speed_max_kmh: None, rate_max_kbps: Some(500) });
    timeline.add(&entry(3, "BE", slow), [Class::Roam].into_iter().collect(), at("05:00:00"), None);
    timeline.add(&entry(4, "UA-32", State::Off), ClassSet::ALL, at("02:00:00"), None);
    timeline.add(&entry(5, "FR", State::On), ClassSet::ALL, at("00:00:00"), None);
    timeline.add(&entry(6, "FR", State::Off), ClassSet::ALL, at("23:00:00"), None);
    timeline
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn one_row_for_each_time_without_full_service() {
    let (timeline, now) = (history(), at("06:00:00"));
    assert_eq!(
        periods(&timeline, now).iter().map(|one| (one.territory, one.logged.number)).collect::<Vec<_>>(),
        [("BE", 1), ("UA-32", 4), ("BE", 3)]
    );
    let text = csv(&timeline, ground(), now, "https://log.example/");
    let rows = rows(&text);
    assert_eq!(rows[0], COLUMNS);
    let cell = |row: usize, name: &str| {
        rows[row][COLUMNS.iter().position(|column| *column == name).expect("a column")].as_str()
    };
    assert_eq!(rows.len(), 4);
    assert_eq!((cell(1, "country"), cell(1, "geo_scope"), cell(1, "area_name")), ("Belgium", "national", ""));
    assert_eq!(
        (cell(1, "shutdown_status"), cell(1, "end_date"), cell(1, "duration")),
        ("Ended", "2026-08-01", "1")
    );
    assert_eq!((cell(1, "shutdown_extent"), cell(1, "actual_cause")), ("Full network", "court_order"));
    assert_eq!(cell(1, "decision_maker"), "a@regulator; b@ngo");
    assert_eq!(cell(1, "info_source_link"), "https://log.example/proof/1.tlog-proof");
    assert!(cell(1, "actual_cause_details").starts_with("'=HYPERLINK"), "no formula for a spreadsheet");
    assert_eq!((cell(2, "country"), cell(2, "geo_scope")), ("Ukraine", "regional"));
    assert_eq!((cell(2, "shutdown_status"), cell(2, "end_date")), ("Ongoing", ""));
    assert_eq!((cell(3, "shutdown_type"), cell(3, "skyshed_classes")), ("Throttle", "roam"));
    assert_eq!(cell(3, "shutdown_extent"), "Partial");
}

#[test]
fn rows_come_back_as_observations_of_the_same_places_and_times() {
    let (timeline, now) = (history(), at("06:00:00"));
    let text = csv(&timeline, ground(), now, "");
    let read = read_csv(text.as_bytes(), ground(), "probe@university").expect("our own rows");
    assert_eq!(read.problems, Vec::<String>::new());
    let found: Vec<_> =
        read.observations.iter().map(|one| (one.territory.as_str(), one.from, one.until)).collect();
    let expected: Vec<_> =
        periods(&timeline, now).iter().map(|one| (one.territory, one.from, one.ended(now))).collect();
    assert_eq!(found, expected);
    assert!(
        read.observations
            .iter()
            .all(|one| !one.served && one.by == "probe@university" && one.source == "stop")
    );
}

#[test]
fn annotations_have_radars_keys_and_come_back_too() {
    let (timeline, now) = (history(), at("06:00:00"));
    let json = serde_json::to_value(radar(&timeline, ground(), now, "https://log.example/")).expect("JSON");
    let first = &json["result"]["annotations"][0];
    assert_eq!(first["locations"], serde_json::json!(["BE"]));
    assert_eq!(first["locationsDetails"][0]["name"], "Belgium");
    assert_eq!((&first["eventType"], &first["dataSource"]), (&"OUTAGE".into(), &"SKYSHED".into()));
    assert_eq!(
        first["outage"],
        serde_json::json!({ "outageCause": "GOVERNMENT_DIRECTED", "outageType": "NATIONWIDE" })
    );
    assert_eq!(
        (&first["startDate"], &first["endDate"]),
        (&"2026-08-01T01:00:00Z".into(), &"2026-08-01T04:00:00Z".into())
    );
    let region = &json["result"]["annotations"][1];
    assert_eq!((&region["outage"]["outageType"], region.get("endDate")), (&"REGIONAL".into(), None));
    let read =
        read_radar(json.to_string().as_bytes(), ground(), "probe@university").expect("our own annotations");
    let found: Vec<_> =
        read.observations.iter().map(|one| (one.territory.as_str(), one.from, one.until)).collect();
    let expected: Vec<_> =
        periods(&timeline, now).iter().map(|one| (one.territory, one.from, one.ended(now))).collect();
    assert_eq!((found, read.problems), (expected, Vec::new()));
}

#[test]
fn rows_of_others_are_read_as_far_as_they_go() {
    let text = "country,start_date,end_date,shutdown_type,area_name\nSudan,2024-02-02,2024-05-13,Shutdown,\n\
                India,03/05/2023,,Throttle,Manipur\nAtlantis,2024-01-01,,Shutdown,\nKenya,soon,,Shutdown,\nKenya,2024-02-02,2024-02-01,Shutdown,\n";
    let read = read_csv(text.as_bytes(), ground(), "x@y").expect("rows");
    let found: Vec<String> = read
        .observations
        .iter()
        .map(|one| format!("{} {} {:?}", one.territory, one.from, one.until.map(|t| t.to_string())))
        .collect();
    assert_eq!(
        found,
        ["SD 2024-02-02T00:00:00Z Some(\"2024-05-13T00:00:00Z\")", "IN 2023-03-05T00:00:00Z None"]
    );
    assert_eq!(read.observations[1].description, "Throttle in Manipur");
    assert_eq!(read.problems.len(), 3);
    assert!(
        read.problems[0].starts_with("row 4: ") && read.problems[0].contains("Atlantis"),
        "{:?}",
        read.problems
    );
    assert!(read_csv(b"a,b\n1,2\n", ground(), "x@y").unwrap_err().to_string().contains("country"));
    assert!(read_radar(b"{}", ground(), "x@y").is_err());
    assert!(matches!(
        read_csv(&vec![b' '; tracker::FILE_BYTES_MAX + 1], ground(), "x@y"),
        Err(tracker::TrackerError::TooLarge { .. })
    ));
}

/// A file that a fuzzer found: no record may hold its bytes.
#[test]
fn observations_of_others_can_be_signed_whatever_they_hold() {
    let text =
        "country,start_date,shutdown_type,area_name\nSudan,2024-02-02,Shut\0down\u{1b}[2J,\"Khar\ttoum\"\n";
    let read = read_csv(text.as_bytes(), ground(), "probe@university").expect("rows");
    let [observed] = &read.observations[..] else { panic!("{:?}", read.problems) };
    assert_eq!(observed.description, "Shut\u{fffd}down\u{fffd}[2J in Khar toum");
    let body = skyshed_records::record::Body::Observe(observed.clone());
    assert!(skyshed_records::leaf::body_bytes(&body).is_ok(), "{body:?}");
}
