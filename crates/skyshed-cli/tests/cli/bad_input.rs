//! Whatever is wrong: one clear message, an exit code that is not zero, files as they were.

use std::fs;

use crate::support::{FIXED, directory, refused, skyshed, text};

#[test]
fn a_command_line_that_cannot_be_read_is_usage() {
    let directory = directory("usage");
    refused(&directory, &[], 2, &["Usage: skyshed"]);
    refused(&directory, &["coverge", "UA"], 2, &["'coverge'", "'coverage'"]);
    refused(&directory, &["why"], 2, &["<PLACE>"]);
    refused(&directory, &["why", "--jsno"], 2, &["no such option"]);
    refused(
        &directory,
        &["why", "Taipei", "--at", "yesterday"],
        2,
        &["`yesterday` is not a time", "2026-08-22T21:00:12Z"],
    );
    refused(&directory, &["why", "Taipei", "--at", "2026-02-30"], 2, &["day is 30, allowed 1 to 28"]);
    refused(&directory, &["coverage", "UA", "--by", "country"], 2, &["cannot be used with"]);
    refused(&directory, &["coverage", "--by", "continent"], 2, &["continent", "country"]);
    refused(&directory, &["slot", "--cells", "land"], 2, &["--out"]);
}

#[test]
fn what_does_not_exist_is_named_with_what_does() {
    let directory = directory("unknown");
    let fixed = |arguments: &[&'static str], parts: &[&str]| {
        refused(&directory, &[arguments, &FIXED].concat(), 1, parts)
    };
    fixed(&["why", "91,0"], &["latitude 91", "allowed: -90 to 90"]);
    fixed(&["why", "Taipeh City of Nowhere"], &["no city", "latitude,longitude"]);
    fixed(&["why", "Springfield"], &["could be", "type one of: Springfield"]);
    fixed(&["coverage", "Atlantis"], &["no territory `Atlantis`", "allowed"]);
    refused(
        &directory,
        &["slot", "--elements", "preset:starlnik"],
        1,
        &["starlnik", "starlink-2026", "oneweb-1200"],
    );
    refused(
        &directory,
        &["slot", "--elements", "starlink-2026"],
        1,
        &["did you mean --elements preset:starlink-2026?"],
    );
    refused(&directory, &["slot", "--elements", "none.json"], 1, &["cannot open none.json", "preset:NAME"]);
    refused(&directory, &["slot", "--policy", "all-of"], 1, &["cannot open all-of", "all-on, all-off"]);
    refused(&directory, &["slot", "--config", "none.toml"], 1, &["cannot open none.toml"]);
    refused(&directory, &["slot", "--ground", "none.bin"], 1, &["cannot open none.bin", "compiled map"]);
}

#[test]
fn a_folder_that_holds_no_log_is_refused() {
    let directory = directory("no-log");
    std::fs::create_dir(directory.join("empty")).expect("a folder");
    std::fs::write(directory.join("file"), "").expect("a file");
    let log = |log: &str, code: i32, parts: &[&str]| {
        refused(&directory, &[&["why", "Taipei", "--log", log], &FIXED[..]].concat(), code, parts);
    };
    log("nowhere", 6, &["--log nowhere", "does not exist"]);
    log("empty", 6, &["--log empty", "holds no log", "checkpoint"]);
    log("file", 1, &["--log file", "not a folder"]);
    std::fs::write(directory.join("empty/checkpoint"), "nonsense").expect("a file");
    log("empty", 1, &["--log empty", "policy.txt", "--witness-policy"]);
    std::fs::write(directory.join("empty/policy.txt"), "nonsense").expect("a file");
    log("empty", 4, &["--log empty, its policy.txt"]);
    let both = ["slot", "--log", "empty", "--policy", "all-on"];
    refused(&directory, &both, 2, &["--log", "--policy", "cannot be used with"]);
    refused(&directory, &["slot", "--witness-policy", "file"], 2, &["--log <DIR>"]);
}

#[test]
fn files_that_are_not_what_they_should_be_are_refused() {
    let directory = directory("files-bad");
    let contradictory_shell = "name = \"x\"\nepoch = \"2026-01-01T00:00:00Z\"\n[[shell]]\nname = \"a\"\naltitude_km = 550.0\ninclination_deg = 53.0\nplanes = 72\nsatellites_per_plane = 22\nsatellites = 1000\npattern = \"delta\"\nphasing = 1\nelevation_mask_deg = 25.0\n";
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0";
    let decision = "name = \"x\"\n[[decision]]\nterritory = \"BE\"\nstate = \"on\"\nreason = \"r\"\n";
    let late = format!("{decision}since = \"2026-01-02\"\nreview = \"2026-01-01\"\n");
    let nowhere = format!(
        "{}since = \"2026-01-01\"\nreview = \"2027-01-01\"\n",
        decision.replace("\"BE\"", "\"Atlantis\"")
    );
    let cases: &[(&str, &str, &[u8], &str)] = &[
        ("--elements", "empty", b"", "empty"),
        ("--elements", "binary", png, "not text"),
        ("--elements", "truncated", b"[{\"OBJECT_NAME\": \"STARLINK-1008\", \"NORAD_CAT", "breaks off or is malformed"),
        ("--elements", "prose", b"Dear reader,\nthis is a letter.\n", "not recognised"),
        ("--elements", "page", b"<!DOCTYPE html><html><body>403</body></html>", "web page"),
        ("--elements", "gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff", "gzip stream is damaged"),
        ("--elements", "shell", contradictory_shell.as_bytes(), "1000"),
        ("--policy", "empty", b"", "policy is not readable"),
        ("--policy", "binary", b"\xff\xfe\0", "not UTF-8"),
        ("--policy", "prose", b"everyone is on", "policy is not readable"),
        ("--policy", "late", late.as_bytes(), "review 2026-01-01 is before since 2026-01-02"),
        ("--policy", "nowhere", nowhere.as_bytes(), "unknown territory \"Atlantis\""),
        ("--config", "prose", b"be fast", "not TOML"),
        ("--config", "key", b"[beams]\nper_sattelite = 3\n", "unknown configuration key `beams.per_sattelite`; allowed here: "),
        ("--config", "range", b"[beams]\nhops = 0\n", "allowed: 1 to 15"),
        ("--config", "contradiction", b"[visibility]\naltitude_min_km = 900\naltitude_max_km = 800\n", "visibility.altitude_max_km"),
        ("--config", "waived", b"[gso]\nwaived_territories = [\"Atlantis\"]\n", "\"Atlantis\", which is no territory"),
        ("--ground", "empty", b"", "not a list of sites"),
        ("--ground", "map", b"SKYWORLD\x01truncated", "--ground"),
        ("--ground", "site", b"[[gateway]]\nname = \"N\"\ncountry = \"BE\"\nlatitude_deg = 91.0\nlongitude_deg = 0.0\napproximate = true\n", "91"),
    ];
    for (flag, name, contents, part) in cases {
        let file = format!("{}-{name}", flag.trim_start_matches('-'));
        fs::write(directory.join(&file), contents).expect("a file");
        refused(&directory, &["why", "Brussels, BE", flag, &file], 1, &[part]);
    }
    refused(&directory, &["slot", "--ground", "."], 1, &["no .bin, .toml"]);
    refused(&directory, &["slot", "--elements", "."], 1, &["is a directory"]);
}

#[test]
fn a_time_far_from_the_elements_is_refused() {
    let directory = directory("stale");
    fs::write(directory.join("elements.json"), crate::data::elements("2026-08-22T12:00:00")).expect("a file");
    let far = ["why", "Brussels, BE", "--elements", "elements.json", "--at", "2027-08-22T12:00:00Z"];
    refused(&directory, &far, 1, &["365", "days after", "choose `--at` between", "skyshed data refresh"]);
}

#[test]
fn a_file_that_cannot_be_written_leaves_everything_as_it_was() {
    let directory = directory("full");
    refused(&directory, &["slot", "--out", "slot.xlsx"], 1, &["allowed: .parquet, .arrow, .csv, .geojson"]);
    refused(&directory, &["slot", "--out", "slot"], 1, &["the extension says the format"]);
    fs::create_dir(directory.join("d.csv")).expect("a directory");
    let out = |name| [&["slot", "--cells", "served", "--out", name] as &[&str], &FIXED].concat();
    refused(&directory, &out("nowhere/slot.csv"), 1, &["cannot write nowhere/slot.csv"]);
    refused(&directory, &out("d.csv"), 1, &["is a directory"]);
}

/// A limit on the size of files stands in for a full disk: the system refuses to write on.
#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_the_file_of_before_stays() {
    let directory = directory("disk");
    for name in ["slot.parquet", "slot.arrow", "slot.csv", "slot.geojson"] {
        fs::write(directory.join(name), "before").expect("a file");
        let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
        let binary = env!("CARGO_BIN_EXE_skyshed");
        let output = std::process::Command::new("sh")
            .current_dir(&directory)
            .env("SKYSHED_HOME", directory.join("home"))
            .args(["-c", script, binary, "slot", "--policy", "illustrative", "--out", name])
            .args(FIXED)
            .output()
            .expect("a shell");
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(&format!("cannot write {name}; what was there is as it was")), "{message}");
        assert_eq!(fs::read_to_string(directory.join(name)).expect("the file"), "before");
    }
    let left: Vec<_> = fs::read_dir(&directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_told() {
    let directory = directory("device");
    std::os::unix::fs::symlink("/dev/full", directory.join("full.csv")).expect("a link");
    let arguments = [&["slot", "--out", "full.csv"] as &[&str], &FIXED].concat();
    let output = skyshed(&directory).args(arguments).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("No space left on device"), "{}", text(&output.stderr));
    let standard_output = fs::File::options().write(true).open("/dev/full").expect("a device");
    let output = skyshed(&directory)
        .args(["data", "status"])
        .stdout(standard_output)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot write to standard output"), "{}", text(&output.stderr));
}
