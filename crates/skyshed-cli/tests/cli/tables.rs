//! `slot --out`: what is written is read back by an implementation that shares no code with ours.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{FIXED, answer, directory, json, oracle, skyshed, text};

const READER: &str = r#"
import json, sys
import pyarrow.parquet as pq, pyarrow.ipc as ipc
parquet, arrow = sys.argv[1:]
a = pq.read_table(parquet)
b = ipc.open_file(arrow).read_all()
assert a.column_names == b.column_names, (a.column_names, b.column_names)
assert a.equals(b), "the Parquet and the Arrow file differ"
served = a.column("served").to_pylist()
people = a.column("people").to_pylist()
cells = a.column("cell").to_pylist()
assert cells == sorted(cells) and len(set(cells)) == len(cells)
for name in ["satellite", "satellite_name", "elevation_deg", "colour", "beam_share", "gateway", "pop", "rtt_ms", "rate_mbps"]:
    assert [value is not None for value in a.column(name).to_pylist()] == served, name
row = cells.index("851fa443fffffff") if "851fa443fffffff" in cells else 0
print(json.dumps({
    "columns": a.column_names,
    "types": [str(field.type) for field in a.schema],
    "rows": a.num_rows,
    "row_groups": pq.ParquetFile(parquet).num_row_groups,
    "served": sum(served),
    "people_served": sum(p for p, s in zip(people, served) if s),
    "metadata": {k.decode(): v.decode() for k, v in pq.ParquetFile(parquet).schema_arrow.metadata.items() if k.startswith(b"skyshed")},
    "row": a.slice(row, 1).to_pylist()[0],
}))
"#;

#[test]
fn parquet_and_arrow_are_read_back() {
    let directory = directory("tables");
    let slot: Value =
        json(&directory, &[&["slot", "--out", "slot.parquet", "--json"] as &[&str], &FIXED].concat());
    answer(&directory, &[&["slot", "--out", "slot.arrow"] as &[&str], &FIXED].concat());
    let Some(python) = oracle("reading Parquet and Arrow back with pyarrow") else { return };
    let output = Command::new(python)
        .current_dir(&directory)
        .args(["-c", READER, "slot.parquet", "slot.arrow"])
        .output()
        .expect("Python runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(read["rows"], slot["cells"]["total"]);
    assert_eq!(read["served"], slot["cells"]["served"]);
    assert_eq!(read["people_served"], slot["people"]["served"]);
    assert_eq!(read["row_groups"], 62);
    assert_eq!(read["metadata"]["skyshed.time"], slot["time"]);
    let types = read["types"].as_array().expect("types").iter().map(|kind| kind.as_str().expect("a type"));
    let expected = "string double double string uint32 bool string uint64 string float uint8 float string string float float";
    assert_eq!(types.collect::<Vec<_>>().join(" "), expected);
    // The row of a cell is what `why` says of it.
    let row = &read["row"];
    let why: Value = json(
        &directory,
        &[&["why", row["cell"].as_str().expect("a cell"), "--json"] as &[&str], &FIXED].concat(),
    );
    assert_eq!(row["served"], why["served"]);
    assert_eq!(row["territory"], why["territory"]["id"]);
    if why["served"] == true {
        assert_eq!(row["satellite"], why["path"]["satellite"]["catalog_number"]);
        assert_eq!(row["gateway"], why["path"]["gateway"]["name"]);
        let near = |a: &Value, b: &Value| {
            (a.as_f64().expect("a number") - b.as_f64().expect("a number")).abs() < 0.01
        };
        assert!(
            near(&row["rtt_ms"], &why["rtt_ms"]) && near(&row["rate_mbps"], &why["rate_mbps"]),
            "{row} {why}"
        );
    }
}

#[test]
fn csv_and_geojson_hold_the_cells_asked_for() {
    let directory = directory("texts-out");
    let said = answer(
        &directory,
        &[&["slot", "--out", "slot.csv", "--cells", "served"] as &[&str], &FIXED].concat(),
    );
    let csv = fs::read_to_string(directory.join("slot.csv")).expect("the file");
    assert!(said.contains(&format!("wrote slot.csv: {} rows", csv.lines().count() - 1)), "{said}");
    let mut lines = csv.lines();
    let header = lines.next().expect("a header");
    assert!(
        header.starts_with("cell,latitude_deg,longitude_deg,territory,people,served,cause,satellite,"),
        "{header}"
    );
    assert!(lines.all(|line| line.contains(",true,served,")));
    answer(&directory, &[&["slot", "--out", "slot.geojson"] as &[&str], &FIXED].concat());
    let geojson: Value =
        serde_json::from_slice(&fs::read(directory.join("slot.geojson")).expect("the file")).expect("JSON");
    let features = geojson["features"].as_array().expect("features");
    assert!(features.len() > 100_000, "{}", features.len());
    assert!(features.iter().all(|feature| feature["properties"]["people"].as_u64() > Some(0)));
    let ring = features[0]["geometry"]["coordinates"][0].as_array().expect("a ring");
    assert_eq!(ring.first(), ring.last());
}

/// Peak memory of `slot`, MB: the promise to machines with little of it.
const MEMORY_MB_MAX: u64 = 250;

/// The system keeps the peak of a process that runs (`VmHWM`): asked often, the last answer is the peak of its life.
#[cfg(target_os = "linux")]
#[test]
fn a_slot_of_the_whole_planet_fits_in_little_memory() {
    let directory = directory("memory");
    let arguments =
        ["slot", "--elements", "preset:starlink-2026", "--at", FIXED[3], "--out", "slot.parquet", "--json"];
    let standard_output = fs::File::create(directory.join("slot.json")).expect("a file");
    let mut child =
        skyshed(&directory).args(arguments).stdout(standard_output).spawn().expect("the binary runs");
    let mut peak_kb = 0;
    let status = loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now_kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak_kb = peak_kb.max(now_kb.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    assert!(status.success());
    println!("peak memory of slot --out: {} MB, at most {MEMORY_MB_MAX} allowed", peak_kb * 1024 / 1_000_000);
    assert!(peak_kb > 50_000, "{peak_kb} kB cannot be: the measurement is broken");
    assert!(peak_kb * 1024 < MEMORY_MB_MAX * 1_000_000, "{peak_kb} kB; at most {MEMORY_MB_MAX} MB allowed");
}
