//! `export` and `import`: files of other simulators, end to end.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{answer, directory, json, refused, text};

const CITIES: &str = "hypatia/ground_stations_cities_sorted_by_estimated_2025_pop_top_100.basic.txt";
const THREE: &str = "0,Quito,-0.23,-78.52,0\n1,Oslo,59.91,10.74,0\n2,Perth,-31.95,115.86,0\n";
const HYPATIA: [&str; 6] =
    ["export", "hypatia", "out", "--convention", "hypatia", "--elements=preset:starlink-550"];

/// Hypatia's list of cities, where it is there.
fn cities() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let path = std::env::var_os("SKYSHED_DATA").map_or_else(beside, PathBuf::from).join(CITIES);
    path.is_file().then_some(path)
}

/// Three stations in a file.
fn three(test: &str) -> PathBuf {
    let directory = directory(test);
    fs::write(directory.join("three.txt"), THREE).expect("the list is written");
    directory
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| text(entry.expect("an entry").file_name().as_encoded_bytes())).collect();
    names.sort();
    names
}

/// The command of Hypatia's users, with its cities where they are at hand (the library's tests hold the bytes against
/// Hypatia's hashes), and otherwise with the shipped ones.
#[test]
fn hypatias_starlink_case_out_and_in() {
    let directory = directory("exchange-starlink");
    let given = cities();
    let mut arguments = [&HYPATIA[..], &["--for", "3s", "--step", "1s", "--json"]].concat();
    if let Some(cities) = &given {
        arguments.extend(["--stations", cities.to_str().expect("a path in UTF-8")]);
    }
    let written = json(&directory, &arguments);
    assert_eq!((&written["satellites"], &written["stations"]), (&1584.into(), &100.into()));
    assert_eq!((&written["rows"][0], &written["lasers"]), (&168_300.into(), &3168.into()));
    let out = directory.join("out");
    assert_eq!(
        names(&out),
        [
            "description.txt",
            "dynamic_state_1000ms_for_3s",
            "ground_stations.txt",
            "gsl_interfaces_info.txt",
            "isls.txt",
            "tles.txt"
        ]
    );
    assert_eq!(
        names(&out.join("dynamic_state_1000ms_for_3s")),
        [
            "fstate_0.txt",
            "fstate_1000000000.txt",
            "fstate_2000000000.txt",
            "gsl_if_bandwidth_0.txt",
            "gsl_if_bandwidth_1000000000.txt",
            "gsl_if_bandwidth_2000000000.txt"
        ]
    );
    let read = json(&directory, &["import", "hypatia", "out", "--pair", "18,73", "--json"]);
    for step in read["steps"].as_array().expect("steps") {
        assert_eq!(step["differences"]["rows"], 0);
        assert_eq!((&step["loops"], &step["unreachable_pairs"]), (&0.into(), &0.into()));
    }
    assert_eq!(read["convention"], "hypatia");
    assert_eq!(read["steps"][0]["rows"], 168_300);
    if given.is_some() {
        assert_eq!(written["rows"], serde_json::json!([168_300, 474, 273]));
        let rtt_ms = read["pair"]["steps"][0]["rtt_ms"].as_f64().expect("a number");
        assert!((rtt_ms - 127.325726).abs() < 0.002, "{rtt_ms}");
        assert_eq!(read["pair"]["to"], "Sankt-Peterburg-(Saint-Petersburg)");
    }
}

/// Any constellation under our convention: exported, read back under it, alike.
#[test]
fn our_own_case_out_and_in() {
    let directory = three("exchange-own");
    let arguments = [
        "export",
        "hypatia",
        "out",
        "--elements=preset:oneweb-1200",
        "--at=2026-08-22T21:00:12Z",
        "--stations=three.txt",
        "--for=1s",
        "--step=250ms",
    ];
    let told = answer(&directory, &arguments);
    assert!(told.contains("skyshed convention") && told.contains("dynamic_state_250ms_for_1s"), "{told}");
    let notes = fs::read_to_string(directory.join("out/skyshed.txt")).expect("notes");
    assert!(
        notes.contains("convention=skyshed\n") && notes.contains("elements=preset:oneweb-1200\n"),
        "{notes}"
    );
    let read = json(&directory, &["import", "hypatia", "out", "--pair", "Quito,Oslo", "--json"]);
    assert_eq!(read["convention"], "skyshed");
    assert_eq!(read["steps"].as_array().map(Vec::len), Some(4));
    for step in read["steps"].as_array().expect("steps") {
        assert_eq!((&step["differences"]["rows"], &step["loops"]), (&0.into(), &0.into()));
    }
    let shown = answer(&directory, &["import", "hypatia", "out", "--pair", "0,2"]);
    assert!(shown.contains("Quito to Perth") && shown.contains("differ from ours"), "{shown}");
}

#[test]
fn netsatbench_out() {
    let directory = three("exchange-netsatbench");
    let arguments = [
        "export",
        "netsatbench",
        "out",
        "--elements=preset:starlink-550",
        "--at=2026-08-22T21:00:12Z",
        "--stations=three.txt",
        "--for=4s",
        "--json",
    ];
    let written = json(&directory, &arguments);
    assert_eq!(written["steps"].as_array().map(Vec::len), Some(4));
    assert_eq!(names(&directory.join("out")), ["epochs", "sat-config.json"]);
    let first =
        fs::read_to_string(directory.join("out/epochs/NetSatBench-epoch0.json")).expect("the first epoch");
    let first: serde_json::Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!(first["links-add"].as_array().map(Vec::len), Some(3168 + 6));
    refused(
        &directory,
        &["export", "netsatbench", "b", "--isl-rate", "fast"],
        1,
        &["--isl-rate is `fast`", "10gbit"],
    );
    refused(&directory, &["export", "netsatbench", "b", "--antennas", "0"], 1, &["give at least 1"]);
    assert!(!directory.join("b").exists());
}

#[test]
fn exports_that_cannot_be_are_refused() {
    let directory = three("exchange-refused");
    let with = |more: &[&'static str]| [&HYPATIA[..], &["--stations", "three.txt"], more].concat();
    refused(&directory, &with(&["--step", "0s"]), 1, &["--step 0 never ends"]);
    refused(&directory, &with(&["--for", "1s", "--step", "2s"]), 1, &["shorter than --step 2s"]);
    refused(&directory, &with(&["--for", "3s", "--step", "2s"]), 1, &["give --for 2s or 4s"]);
    refused(&directory, &with(&["--for", "1500ms", "--step", "500ms"]), 1, &["whole number of seconds"]);
    refused(&directory, &with(&["--for", "1s", "--step", "100us"]), 1, &["whole number of milliseconds"]);
    refused(&directory, &with(&["--for", "soon"]), 2, &["such as 3s, 500ms, 2h or 1h30m"]);
    refused(&directory, &with(&["--at", "2026-01-01"]), 1, &["time 0 is always 2000-01-01T00:00:00Z"]);
    refused(&directory, &["export", "hypatia", "out", "--convention", "other"], 2, &["skyshed, hypatia"]);
    let other = ["export", "hypatia", "out", "--convention=hypatia", "--elements=preset:oneweb-1200"];
    refused(&directory, &other, 1, &["preset:starlink-550, preset:kuiper-630, preset:telesat-1015"]);
    for (list, parts) in [
        ("0,A,91,0,0\n", ["line 1: latitude is `91`", "degrees from -90 to 90"]),
        ("0,A,NaN,0,0\n", ["latitude is `NaN`", "--stations"]),
        ("0,A,1,0,0\n0,B,1,0,0\n", ["line 2", "where 1 comes next"]),
        ("0,A,1,0,0\n1,A,1,0,0\n", ["line 2", "no other station has"]),
        ("", ["is empty", "latitude_deg"]),
    ] {
        fs::write(directory.join("bad.txt"), list).expect("written");
        refused(&directory, &[&HYPATIA[..], &["--stations", "bad.txt"]].concat(), 1, &parts);
    }
    assert!(!directory.join("out").exists());
    fs::create_dir(directory.join("out")).expect("made");
    fs::write(directory.join("out/mine.txt"), "mine").expect("written");
    refused(&directory, &with(&[]), 1, &["out exists and is not empty", "give another name"]);
    assert_eq!(names(&directory), ["bad.txt", "out", "three.txt"], "nothing is left behind");
}

#[test]
fn imports_that_cannot_be_are_refused() {
    let directory = three("exchange-import-refused");
    let import = ["import", "hypatia", "out"];
    refused(&directory, &import, 1, &["out is no folder", "tles.txt"]);
    fs::create_dir(directory.join("out")).expect("made");
    refused(&directory, &import, 1, &["tles.txt", "give a folder with Hypatia's"]);
    fs::remove_dir(directory.join("out")).expect("removed");
    answer(&directory, &[&HYPATIA[..], &["--stations=three.txt", "--for=2s"]].concat());
    refused(&directory, &["import", "hypatia", "out", "--pair", "Quito"], 1, &["two stations with a comma"]);
    refused(
        &directory,
        &["import", "hypatia", "out", "--pair", "Quito,Lima"],
        1,
        &["no station `Lima`", "Quito"],
    );
    refused(&directory, &["import", "hypatia", "out", "--pair", "0,1584"], 1, &["twice the same station"]);
    let state = directory.join("out/dynamic_state_1000ms_for_2s/fstate_0.txt");
    let good = fs::read_to_string(&state).expect("the state");
    for (bad, part) in [
        (good.replacen("0,1584,", "0,1700,", 1), "line 1: destination is `1700`"),
        (good[..good.len() - 4].to_owned(), "fstate_0.txt"),
        (String::new(), "no next hop from node 0 to node 1584"),
    ] {
        fs::write(&state, bad).expect("written");
        refused(&directory, &import, 1, &["fstate_0.txt", part]);
    }
    fs::remove_file(&state).expect("removed");
    refused(&directory, &import, 1, &["fstate_1000000000.txt", "the first file holds every pair"]);
    fs::rename(directory.join("out/dynamic_state_1000ms_for_2s"), directory.join("elsewhere"))
        .expect("moved");
    refused(&directory, &import, 1, &["no folder dynamic_state_"]);
}
