//! The verifier on a small log of this crate's own, and on the demonstration log, whose making is tested here too: with the verifier, with
//! `ssh-keygen`, and with two that are not ours.

#[path = "../../../skyshed-cli/src"]
mod skyshed_cli {
    pub mod demo;
}

mod demonstration;
mod foreign;
mod small;

use std::path::{Path, PathBuf};

use skyshed_verify::Said;

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

/// Runs the verifier.
fn verify(arguments: &[&str]) -> Said {
    let words = std::iter::once("skyshed-verify").chain(arguments.iter().copied());
    skyshed_verify::verify(words.map(Into::into))
}

/// An empty place for one test.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("verify-{name}"));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    place
}

/// A path as an argument.
fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// All files below a folder, by path, with their bytes.
fn files(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}
