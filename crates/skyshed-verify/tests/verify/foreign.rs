//! The demonstration log under verifiers that are not ours: Go's `sumdb/note` and `sumdb/tlog`, and Python's aics-tlog. Their programs are
//! those of skyshed-tlog's tests, and so is what they need: `SKYSHED_PYTHON`, Debian's golang-golang-x-mod-dev. Without them the tests say
//! what they skipped; under `SKYSHED_REQUIRE_ORACLES=1` that is a failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::demonstration::folder;

const X_MOD: &str = "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog";
const AICS_TLOG: &str = "aics-tlog==0.2.1";
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../skyshed-tlog/tests");

#[test]
fn go_verifies_the_demonstration_log() {
    let Some(go) = python("Go's sumdb/tlog").map(|python| Path::new(&python).with_file_name("go")) else {
        return;
    };
    if !Path::new(X_MOD).exists() {
        for arguments in [&["update", "-q"][..], &["install", "-y", "-q", "golang-golang-x-mod-dev"]] {
            let _ = Command::new("apt-get").args(arguments).output();
        }
    }
    if !go.exists() || !Path::new(X_MOD).exists() {
        return skipped(
            "Go's sumdb/tlog",
            "go (tests/python/requirements.txt) or golang-golang-x-mod-dev (apt-get) is missing",
        );
    }
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut command = Command::new(go);
    command.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "");
    command.env("GOCACHE", scratch.join("go-cache")).arg("run").arg(format!("{SCRIPTS}/go/verify.go"));
    let (size, [log, ..]) = (size(), &vkeys()[..]) else { panic!() };
    let sizes = [1, 255, 256, 257, 1_000, size].map(|size| size.to_string());
    accepted(
        command.arg(folder()).arg(log).args(sizes).output().unwrap(),
        &format!("{size} entries, 6 earlier sizes"),
    );
}

#[test]
fn aics_tlog_verifies_the_demonstration_log() {
    let Some(python) = python("aics-tlog") else { return };
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join(AICS_TLOG.replace("==", "-"));
    if !packages.join("aics_tlog").exists() {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "-q", "--ignore-requires-python", "--no-deps", "--target"]);
        let output = pip.arg(&packages).arg(AICS_TLOG).output().unwrap();
        if !output.status.success() {
            return skipped("aics-tlog", &String::from_utf8_lossy(&output.stderr));
        }
    }
    let mut command = Command::new(&python);
    command.env("PYTHONPATH", &packages).arg(format!("{SCRIPTS}/python/verify.py")).arg(folder());
    let keys = vkeys();
    let output = command.arg(&keys[0]).arg("2").args(&keys[1..]).output().unwrap();
    accepted(output, &format!("{} entries", size()));
}

/// The log's key, then those of the witnesses.
fn vkeys() -> Vec<String> {
    let policy = skyshed_tlog::Policy::parse(&fs::read(folder().join("policy.txt")).unwrap()).unwrap();
    policy.log_keys().iter().chain(policy.witness_keys()).map(ToString::to_string).collect()
}

fn size() -> u64 {
    let checkpoint = fs::read_to_string(folder().join("checkpoint")).unwrap();
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

fn accepted(output: Output, wanted: &str) {
    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains(wanted), "{said}{complaint}");
    println!("{}", said.trim());
}

fn python(part: &str) -> Option<String> {
    let python = std::env::var("SKYSHED_PYTHON").ok().filter(|path| PathBuf::from(path).exists());
    if python.is_none() {
        skipped(
            part,
            "SKYSHED_PYTHON is not set; make a virtual environment of tests/python/requirements.txt of all crates",
        );
    }
    python
}

fn skipped(part: &str, why: &str) {
    let required = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
    assert!(!required, "comparison with {part} not made: {why}");
    println!("SKIPPED: comparison with {part} not made: {why}");
}
