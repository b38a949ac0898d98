//! A log that this crate wrote, verified by programs in other languages that know nothing of it: Go's `sumdb/note` and
//! `sumdb/tlog`, and Python's aics-tlog with cryptography. Each also refuses the log after one bit was flipped.
//!
//! Needs `SKYSHED_PYTHON`: a Python with the packages of `tests/python/requirements.txt`, one of which brings Go. The tests
//! install what else they need: Debian's golang-golang-x-mod-dev (apt-get, as root), and aics-tlog for Python 3.11, where
//! it runs although it states 3.12. Without them each test says what it skipped; under `SKYSHED_REQUIRE_ORACLES=1` that is
//! a failure.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it writes a folder and runs other programs on it"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{log, log_key, witness_keys};
use skyshed_tlog::ReadFiles;

const X_MOD: &str = "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog";
const AICS_TLOG: &str = "aics-tlog==0.2.1";
/// Appended in three pieces: full and partial tiles on two levels.
const BATCHES: [u64; 3] = [5, 255, 1_177];
const SIZE: usize = 1_437;

#[test]
fn go_verifies_the_log() {
    let Some(go) = go() else { return };
    let binary = build(&go);
    let vkey = log_key().verifier().to_string();
    let sizes = ["1", "2", "5", "255", "256", "257", "260", "1024", "1436", "1437"];
    let check = |folder: &Path| Command::new(&binary).arg(folder).arg(&vkey).args(sizes).output().unwrap();
    verified_and_refused("go", &format!("{SIZE} entries, 10 earlier sizes"), check);
}

#[test]
fn aics_tlog_verifies_the_log() {
    let Some((python, packages)) = aics_tlog() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/verify.py");
    let witnesses = witness_keys().map(|key| key.verifier().to_string());
    let check = |folder: &Path| {
        let mut command = Command::new(&python);
        command.env("PYTHONPATH", &packages).arg(script).arg(folder);
        command.arg(log_key().verifier().to_string()).arg("2").args(&witnesses).output().unwrap()
    };
    verified_and_refused("python", &format!("{SIZE} entries, 312 earlier sizes, 2 + 1 cosignatures"), check);
}

/// The program accepts the log, and refuses it after one bit of each kind of file was flipped.
fn verified_and_refused(name: &str, wanted: &str, check: impl Fn(&Path) -> Output) {
    let folder = written(name);
    let output = check(&folder);
    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains(wanted), "{said}{complaint}");
    println!("{name}: {}", said.trim());
    for file in ["checkpoint", "tile/0/003", "tile/1/000.p/5", "tile/entries/005.p/157"] {
        let path = folder.join(file);
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[70] ^= 1;
        fs::write(&path, flipped).unwrap();
        assert!(!check(&folder).status.success(), "{name} accepts a flipped bit in {file}");
        fs::write(&path, whole).unwrap();
    }
}

/// The log as a folder.
fn written(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tlog-{name}"));
    let _ = fs::remove_dir_all(&folder);
    let files = log(&BATCHES);
    for path in files.paths() {
        let place = folder.join(&path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, files.read(&path).unwrap().unwrap()).unwrap();
    }
    folder
}

/// Go from the virtual environment, with x/mod from Debian's package.
fn go() -> Option<PathBuf> {
    let part = "Go's sumdb/tlog";
    let go = Path::new(&python(part)?).with_file_name("go");
    if !go.exists() {
        return missing(
            part,
            &format!("{} is not there; install tests/python/requirements.txt", go.display()),
        );
    }
    if !Path::new(X_MOD).exists() {
        let apt = |arguments: &[&str]| Command::new("apt-get").args(arguments).output();
        let _ = apt(&["update", "-q"]);
        let _ = apt(&["install", "-y", "-q", "golang-golang-x-mod-dev"]);
    }
    if !Path::new(X_MOD).exists() {
        return missing(part, "apt-get install golang-golang-x-mod-dev did not work; run it as root");
    }
    Some(go)
}

fn build(go: &Path) -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (binary, source) =
        (scratch.join("verify-go"), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/go/verify.go"));
    let mut command = Command::new(go);
    command.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "");
    command.env("GOCACHE", scratch.join("go-cache")).args(["build", "-o"]).arg(&binary).arg(source);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    binary
}

/// A Python and a folder of packages for it in which aics-tlog is.
fn aics_tlog() -> Option<(String, PathBuf)> {
    let part = "aics-tlog";
    let python = python(part)?;
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join(AICS_TLOG.replace("==", "-"));
    if !packages.join("aics_tlog").exists() {
        let mut command = Command::new(&python);
        command.args(["-m", "pip", "install", "-q", "--ignore-requires-python", "--no-deps", "--target"]);
        let output = command.arg(&packages).arg(AICS_TLOG).output().unwrap();
        if !output.status.success() {
            return missing(part, &format!("pip: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    Some((python, packages))
}

fn python(part: &str) -> Option<String> {
    let python = std::env::var("SKYSHED_PYTHON").ok();
    python.or_else(|| {
        missing(
            part,
            "SKYSHED_PYTHON is not set; make a virtual environment with \
             `pip install -r crates/skyshed-tlog/tests/python/requirements.txt` and set SKYSHED_PYTHON to its python",
        )
    })
}

fn missing<T>(part: &str, why: &str) -> Option<T> {
    let required = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
    assert!(!required, "comparison with {part} not made: {why}");
    println!("SKIPPED: comparison with {part} not made: {why}");
    None
}
