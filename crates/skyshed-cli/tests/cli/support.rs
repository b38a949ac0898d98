//! Running the binary, and comparing what it prints with what was reviewed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A designed constellation at a fixed time: the same numbers on every machine.
pub const FIXED: [&str; 4] = ["--elements", "preset:starlink-550", "--at", "2026-08-22T21:00:12Z"];

/// An empty directory for one test, which is also its data directory's parent.
pub fn directory(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{test}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory for the test");
    directory
}

/// The binary with a data directory of its own.
pub fn skyshed(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skyshed"));
    command.current_dir(directory).env("SKYSHED_HOME", directory.join("home")).env_remove("SKYSHED_SOURCE");
    command
}

/// Runs it.
pub fn run(directory: &Path, arguments: &[&str]) -> Output {
    skyshed(directory).args(arguments).output().expect("the binary runs")
}

/// Runs it and expects an answer on standard output.
#[track_caller]
pub fn answer(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    assert!(output.status.success(), "{arguments:?} failed: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs it and expects JSON.
#[track_caller]
pub fn json(directory: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&answer(directory, arguments)).expect("JSON")
}

/// Runs it and expects one clear message with these parts, nothing on standard output, and this exit code.
#[track_caller]
pub fn refused(directory: &Path, arguments: &[&str], code: i32, parts: &[&str]) {
    let output = run(directory, arguments);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    assert_eq!(text(&output.stdout), "", "{arguments:?} prints an answer and fails");
    assert!(!message.contains("panicked"), "{arguments:?}: {message}");
    for part in parts {
        assert!(message.contains(part), "{arguments:?}: {message:?} should contain {part:?}");
    }
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Compares with `snapshots/NAME.txt`; `SKYSHED_UPDATE_SNAPSHOTS=1` writes it instead, to be reviewed and committed.
#[track_caller]
pub fn snapshot(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cli/snapshots/{name}.txt"));
    if std::env::var_os("SKYSHED_UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, found).expect("the snapshot is written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let first = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(
        found == expected,
        "{name} changed, first at {first:?}; run with SKYSHED_UPDATE_SNAPSHOTS=1, review the difference, say in \
         CHANGELOG.md by how much a result moved\n{found}"
    );
}

/// The folder of data that is not shipped, or `None` after saying what is skipped, why, and how to get it.
pub fn outside_data(what: &str) -> Option<PathBuf> {
    match std::env::var_os("SKYSHED_DATA").map(PathBuf::from).filter(|path| path.is_dir()) {
        Some(path) => Some(path),
        None if std::env::var_os("SKYSHED_REQUIRE_DATA").is_some() => {
            panic!("{what}: SKYSHED_REQUIRE_DATA is set, but SKYSHED_DATA is not a folder")
        }
        None => {
            eprintln!(
                "skipped: {what}; set SKYSHED_DATA to a folder with orbits/ (element sets as CelesTrak publishes them)"
            );
            None
        }
    }
}

/// A Python with the packages of `tests/python/requirements.txt`, or `None` after saying so.
pub fn oracle(what: &str) -> Option<PathBuf> {
    match std::env::var_os("SKYSHED_PYTHON").map(PathBuf::from) {
        Some(python) => Some(python),
        None if std::env::var_os("SKYSHED_REQUIRE_ORACLES").is_some() => {
            panic!("{what}: SKYSHED_REQUIRE_ORACLES is set, but SKYSHED_PYTHON is not")
        }
        None => {
            eprintln!(
                "skipped: {what}; set SKYSHED_PYTHON to a Python with the packages of \
                 crates/skyshed-cli/tests/python/requirements.txt"
            );
            None
        }
    }
}
