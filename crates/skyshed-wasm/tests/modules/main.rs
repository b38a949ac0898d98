//! The committed WebAssembly modules, run by Node through the page's loaders, held against the same crates compiled for this machine.
//!
//! Needs Node and `npm ci` in `web`. Without them each test says what it skipped, why and how to get it; under
//! `SKYSHED_REQUIRE_ORACLES=1` that is a failure.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it runs Node and reads what it leaves"
)]

#[path = "../../../skyshed-cli/src"]
mod skyshed_cli {
    pub mod demo;
}

mod orbit;
mod verify;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// What the demonstration log's maker says while it works.
fn eprintln_safe(_line: &str) {}

/// How the demonstration log's maker says that it is at work.
mod progress {
    /// Says nothing.
    pub struct Progress;

    impl Progress {
        /// Begins something.
        pub fn start(_what: &str) -> Progress {
            Progress
        }
    }
}

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A committed module.
fn module(file: &str) -> String {
    root().join("web/wasm").join(file).display().to_string()
}

/// A file for one test, not there yet.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wasm-{name}"));
    let _ = std::fs::remove_file(&place);
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    place
}

/// Has Node do tasks of `web/tests/wasm/run.js`; `None` where there is no Node or nothing installed for it.
fn node(tasks: Vec<Value>) -> Option<Vec<Value>> {
    let web = root().join("web");
    if !web.join("node_modules/vite").is_dir() || Command::new("node").arg("--version").output().is_err() {
        let required = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
        let message =
            format!("modules not run: install Node 20 or newer, and run `npm ci` in {}", web.display());
        assert!(!required, "{message}");
        println!("SKIPPED: {message}");
        return None;
    }
    let wanted = json!({"scratch": env!("CARGO_TARGET_TMPDIR"), "tasks": tasks});
    let mut child = Command::new("node")
        .arg(web.join("tests/wasm/run.js"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(wanted.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
