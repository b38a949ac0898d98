//! `route`: text as reviewed, JSON with stable keys, tables and charts, and what is refused.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{FIXED, answer, directory, json, oracle, refused, snapshot, text};

fn with_fixed<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &FIXED].concat()
}

#[test]
fn texts_are_as_reviewed() {
    let directory = directory("route-texts");
    for (name, arguments) in [
        ("route-ground", &["route", "-27.15,-109.43", "city:Santiago, CL"] as &[&str]),
        ("route-lasers", &["route", "London, GB", "-33.87,151.21", "--lasers-only"]),
        ("route-series", &["route", "Quito", "pop:London", "--for", "3m", "--step", "5s"]),
        ("route-inactive", &["route", "Berlin", "44.95,34.1"]),
    ] {
        snapshot(name, &answer(&directory, &with_fixed(arguments)));
    }
    let arguments =
        ["route", "London, GB", "Sydney", "--lasers-only", "--convention", "hypatia", "--for", "10s"];
    snapshot("route-hypatia", &answer(&directory, &[&arguments as &[&str], &FIXED[..2]].concat()));
}

#[test]
fn json_has_stable_keys_in_their_order() {
    let directory = directory("route-json");
    let told = answer(
        &directory,
        &with_fixed(&["route", "London, GB", "Sydney", "--lasers-only", "--for", "30s", "--json"]),
    );
    let keys: Vec<&str> = told
        .lines()
        .filter_map(|line| line.strip_prefix("  \""))
        .filter_map(|line| line.split_once("\":"))
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys.join(" "),
        "from to mode convention elements policy what_if log reachable time step_s steps paths changes gaps summary"
    );
    let route: Value = serde_json::from_str(&told).expect("JSON");
    let steps = route["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 30);
    for key in ["time", "rtt_ms", "one_way_km", "hops", "path_id", "cause", "end"] {
        assert!(steps.iter().all(|step| step.get(key).is_some()), "{key}");
    }
    assert!(steps.iter().all(|step| step["rtt_ms"].as_f64() > route["summary"]["straight_line_ms"].as_f64()));
    let hops = route["paths"][0]["hops"].as_array().expect("hops");
    assert_eq!(hops.len() as u64, steps[0]["hops"].as_u64().expect("a number"));
    assert_eq!((hops[0]["kind"].as_str(), hops[1]["kind"].as_str()), (Some("radio"), Some("laser")));
}

const READER: &str = r#"
import csv, json, sys
import pyarrow.parquet as pq, pyarrow.ipc as ipc
a = pq.read_table("route.parquet")
b = ipc.open_file("route.arrow").read_all()
assert a.equals(b), "the Parquet and the Arrow file differ"
rows = list(csv.DictReader(open("route.csv", encoding="utf-8")))
for row, other in zip(rows, a.to_pylist(), strict=True):
    for name, value in other.items():
        assert row[name] == ("" if value is None else row[name])
        if value is not None:
            assert type(value)(row[name]) == value, (name, row[name], value)
print(json.dumps({"names": a.column_names, "types": [str(f.type) for f in a.schema], "rows": a.to_pylist()[:3],
    "to": pq.ParquetFile("route.parquet").schema_arrow.metadata[b"skyshed.to"].decode()}))
"#;

#[test]
fn tables_hold_what_json_says() {
    let directory = directory("route-tables");
    let arguments = |out| {
        let route = ["route", "Quito", "city:Zürich, CH", "--for", "1m", "--json", "--out", out];
        [&route as &[&str], &FIXED].concat()
    };
    let route: Value = json(&directory, &arguments("route.csv"));
    for out in ["route.parquet", "route.arrow"] {
        answer(&directory, &arguments(out));
    }
    let csv = fs::read_to_string(directory.join("route.csv")).expect("the file");
    assert_eq!(csv.lines().next(), Some("time,rtt_ms,one_way_km,hops,path_id,cause,end,path"));
    assert_eq!(csv.lines().count(), 61);
    let Some(python) = oracle("reading the tables of a route back with pyarrow") else { return };
    let output =
        Command::new(python).current_dir(&directory).args(["-c", READER]).output().expect("Python runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let types = read["types"].as_array().expect("types").iter().map(|kind| kind.as_str().expect("a type"));
    assert_eq!(
        types.collect::<Vec<_>>().join(" "),
        "string double double uint32 uint32 string string string"
    );
    assert_eq!(read["to"], "Zürich, CH-ZH");
    for (row, step) in
        read["rows"].as_array().expect("rows").iter().zip(route["steps"].as_array().expect("steps"))
    {
        for key in ["time", "rtt_ms", "one_way_km", "hops", "path_id", "cause", "end"] {
            assert_eq!(row[key], step[key]);
        }
    }
}

#[test]
fn charts_are_drawn() {
    let directory = directory("route-charts");
    let arguments = |plot| {
        let route = ["route", "Quito", "Perth, AU", "--for", "2m", "--plot", plot];
        [&route as &[&str], &FIXED].concat()
    };
    let said = answer(&directory, &arguments("route.svg"));
    assert!(said.contains("wrote route.svg: a chart"), "{said}");
    let svg = fs::read_to_string(directory.join("route.svg")).expect("the file");
    for part in [
        "<svg xmlns",
        "Quito, EC-P → Perth, AU-WA",
        "round-trip time, ms",
        "time, UTC",
        "slot edges",
        "</svg>",
    ] {
        assert!(svg.contains(part), "{part} is missing");
    }
    answer(&directory, &arguments("route.png"));
    let png = fs::read(directory.join("route.png")).expect("the file");
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((size(16), size(20)), (2400, 1272));
    assert!((20_000..500_000).contains(&png.len()), "{} bytes", png.len());
}

#[test]
fn what_makes_no_sense_is_refused_before_it_is_worked_on() {
    let directory = directory("route-bad");
    let fixed = |arguments: &[&'static str], code, parts: &[&str]| {
        refused(&directory, &[arguments, &FIXED].concat(), code, parts)
    };
    fixed(&["route", "Oslo"], 2, &["<TO>"]);
    fixed(&["route", "Oslo", "Rome", "--step", "1s"], 2, &["--for"]);
    fixed(&["route", "Oslo", "Rome", "--plot", "a.svg"], 2, &["--for"]);
    fixed(&["route", "Oslo", "Rome", "--convention", "hypatia"], 2, &["--lasers-only"]);
    fixed(&["route", "Oslo", "Rome", "--for", "soon"], 2, &["such as 3s"]);
    fixed(
        &["route", "Oslo", "Rome", "--for", "1s", "--step", "2s"],
        1,
        &["--for 1s is shorter than --step 2s"],
    );
    fixed(&["route", "Oslo", "Rome", "--for", "30d"], 1, &["2592000 instants; allowed: 1 to 1000000"]);
    fixed(&["route", "Oslo", "Rome", "--out", "a.geojson"], 1, &["allowed: .parquet, .arrow, .csv"]);
    fixed(&["route", "Oslo", "Rome", "--for", "1s", "--plot", "a.pdf"], 1, &["allowed: .svg, .png"]);
    fixed(&["route", "nan,4.3", "Rome"], 1, &["cannot begin at `nan,4.3`"]);
    fixed(&["route", "Rome", "95,0"], 1, &["cannot lead to `95,0`", "allowed: -90 to 90"]);
    fixed(&["route", "Rome", "pop:Atlantis"], 1, &["no point of presence `Atlantis`; there are"]);
    let hypatia = ["route", "Oslo", "Rome", "--lasers-only", "--convention", "hypatia"];
    fixed(&hypatia, 1, &["Hypatia's shells, whose elements are of 2000-01-01T00:00:00Z"]);
    let oneweb = [&hypatia as &[&str], &["--elements", "preset:oneweb-1200"]].concat();
    refused(
        &directory,
        &oneweb,
        1,
        &["Hypatia's conventions do not know preset:oneweb-1200", "preset:kuiper-630"],
    );
    let written =
        fs::read_dir(&directory).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    // The data directory of the tests, with the demonstration log, is not what was asked for.
    assert_eq!(written.filter(|name| name != "home").count(), 0, "nothing is written");
}
