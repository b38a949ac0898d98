//! `skyshed preview`, end to end: the hash that is printed is that of the bytes, maps are drawn, requests are held to their word.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const FIXED: [&str; 6] =
    ["--elements", "preset:starlink-550", "--at", "2026-08-22T21:00:12Z", "--policy", "illustrative"];

fn directory(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("preview-{test}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory for the test");
    directory
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skyshed"));
    command.current_dir(directory).env("SKYSHED_HOME", directory.join("home")).env_remove("SKYSHED_SOURCE");
    command.arg("preview").args(arguments).args(FIXED).output().expect("the binary runs")
}

#[track_caller]
fn answer(directory: &Path, arguments: &[&str]) -> Output {
    let output = run(directory, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[track_caller]
fn refused(directory: &Path, arguments: &[&str], code: i32, part: &str) {
    let output = run(directory, arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    assert!(message.contains(part), "{arguments:?}: {message:?} should contain {part:?}");
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_hash_is_that_of_the_canonical_bytes_and_the_maps_are_drawn() {
    let directory = directory("hash");
    let output =
        answer(&directory, &["LU=off", "--json", "--out", "lu.json", "--out", "lu.svg", "--out", "lu.png"]);
    let hash = sha256(&output.stdout);
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("preview_sha256 {hash}\n")));
    assert_eq!(sha256(&fs::read(directory.join("lu.json")).expect("written")), hash);
    // Sorted keys, no space, whole numbers: what RFC 8785 asks for.
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value.to_string().as_bytes(), output.stdout);
    let text = answer(&directory, &["LU=off"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains(&hash), "as text it says the same hash");
    assert!(text.contains("illustrative, not the log"), "and that nobody has signed these decisions: {text}");
    let svg = fs::read_to_string(directory.join("lu.svg")).expect("written");
    for part in
        ["<svg ", "Luxembourg", "Belgium", "France", "Germany", "lost", "guarded", " km</text>", "</svg>"]
    {
        assert!(svg.contains(part), "{part}");
    }
    assert!(svg.len() < 400_000, "a light map, not {} bytes", svg.len());
    let png = fs::read(directory.join("lu.png")).expect("written");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn a_request_is_held_to_the_preview_it_carries() {
    let directory = directory("request");
    let preview = answer(&directory, &["LU=off", "--classes", "roam,consumer", "--json"]).stdout;
    let value: Value = serde_json::from_slice(&preview).expect("JSON");
    let mut request = json!({
        "territory": "LU", "zone": value["changes"][0]["zone_sha256"], "classes": ["consumer", "roam"],
        "to": {"state": "off"}, "reason_code": "other", "reason_text": "a test", "requester": "a@b",
        "on_behalf_of": "b", "contacts": [], "preview_sha256": sha256(&preview),
        "review_by": "2027-01-01T00:00:00Z", "nonce": "1",
    });
    let write =
        |request: &Value| fs::write(directory.join("request.json"), request.to_string()).expect("written");
    write(&request);
    assert_eq!(answer(&directory, &["--request", "request.json", "--json"]).stdout, preview);
    request["preview_sha256"] = json!("0".repeat(64));
    write(&request);
    refused(&directory, &["--request", "request.json"], 3, "the request carries preview 0000");
    request["zone"] = json!("1".repeat(64));
    write(&request);
    refused(&directory, &["--request", "request.json"], 3, "the request is about zone 1111");
    fs::write(directory.join("request.json"), "{\"territory\": 7}").expect("written");
    refused(&directory, &["--request", "request.json"], 3, "not the JSON body of a request");
    refused(&directory, &["--request", "none.json"], 1, "none.json");
}

#[test]
fn a_request_about_a_list_of_cells_is_previewed_and_held_to_the_hash_of_the_list() {
    let directory = directory("cells");
    // A cell in the middle of Luxembourg and its neighbours.
    let middle = skyshed::ground::cell_at(49.75, 6.1).expect("a place");
    let mut cells = skyshed::ground::within_rings(middle, 1);
    cells.sort_unstable();
    let bytes = |cells: &[skyshed::ground::Cell]| -> Vec<u8> {
        cells.iter().flat_map(|&cell| skyshed::ground::cell_id(cell).to_be_bytes()).collect()
    };
    fs::write(directory.join("zone.cells"), bytes(&cells)).expect("written");
    fs::write(directory.join("other.cells"), bytes(&cells[1..])).expect("written");
    cells.reverse();
    fs::write(directory.join("unsorted.cells"), bytes(&cells)).expect("written");
    let zone = sha256(&fs::read(directory.join("zone.cells")).expect("written"));
    let mut request = json!({
        "territory": "LU-MIDDLE", "zone": zone, "classes": ["consumer", "roam"],
        "to": {"state": "off"}, "reason_code": "other", "reason_text": "a test", "requester": "a@b",
        "on_behalf_of": "b", "contacts": [], "review_by": "2027-01-01T00:00:00Z", "nonce": "1",
    });
    let write =
        |request: &Value| fs::write(directory.join("request.json"), request.to_string()).expect("written");
    write(&request);
    let arguments = ["--request", "request.json", "--cells", "zone.cells", "--json"];
    let preview = answer(&directory, &arguments).stdout;
    let value: Value = serde_json::from_slice(&preview).expect("JSON");
    assert_eq!(value["changes"][0]["zone_sha256"], json!(zone));
    assert_eq!(value["changes"][0]["cells"], json!(cells.len()));
    request["preview_sha256"] = json!(sha256(&preview));
    write(&request);
    assert_eq!(answer(&directory, &arguments).stdout, preview);
    let with = |file: &'static str| ["--request", "request.json", "--cells", file];
    refused(&directory, &with("other.cells"), 3, "but the request is about zone");
    refused(&directory, &with("unsorted.cells"), 3, "is not above the one before it");
    refused(&directory, &with("none.cells"), 1, "none.cells");
    refused(&directory, &["--request", "request.json"], 3, "this map has no territory LU-MIDDLE");
    refused(&directory, &["LU=off", "--cells", "zone.cells"], 2, "cannot be used with");
}

#[test]
fn bad_input_is_refused_and_nothing_is_written() {
    let directory = directory("bad");
    for (arguments, code, part) in [
        (vec![], 2, "TERRITORY=STATE"),
        (vec!["LU"], 2, "write a territory and a state"),
        (vec!["LU=dark"], 2, "allowed states: on, off, limited"),
        (vec!["LU=off", "--request", "x.json"], 2, "cannot be used with"),
        (vec!["Atlantis=off", "--out", "map.svg"], 1, "no territory `Atlantis`"),
        (vec!["LU=off", "--classes", "tourist"], 1, "unknown class \"tourist\"; allowed: consumer"),
        (vec!["LU=off", "--out", "map.gif"], 1, "allowed: .svg, .png, .json"),
        (vec!["LU=limited"], 1, "needs a limit"),
        (vec!["LU=off", "--max-kbps", "5"], 1, "belong to the state limited"),
        (vec!["LU=off", "LU=on", "--out", "map.svg"], 1, "`LU` is changed twice"),
    ] {
        refused(&directory, &arguments, code, part);
    }
    assert!(!directory.join("map.svg").exists());
}
