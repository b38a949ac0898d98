//! `docs/threats.md` names tests that exist, and no row is without one or without saying so.

use std::path::{Path, PathBuf};

#[test]
fn every_row_of_the_threats_names_tests_that_exist() {
    let text = std::fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let rows: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| ") && !line.ends_with("shown by |")).collect();
    assert!(rows.len() >= 30, "{} rows", rows.len());
    let mut named = 0;
    for row in &rows {
        let last = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        let tests = names(last);
        assert!(!tests.is_empty() || last == "no test: outside of software", "no test in: {row}");
        named += tests.len();
    }
    // Also those that stand between the tables.
    let all = names(&text);
    assert!(all.len() > named);
    let missing: Vec<_> = all.iter().filter(|test| !exists(test)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
    let nowhere = ["skyshed-log", "tests/keeper.rs", "a_test_that_nobody_wrote"].map(str::to_owned);
    assert!(!exists(&nowhere));
}

/// Names of tests in a text: crate, file and function, each between backquotes, one after the other.
fn names(text: &str) -> Vec<[String; 3]> {
    let words: Vec<&str> = text.split('`').collect();
    let quoted: Vec<&str> = words.iter().skip(1).step_by(2).copied().collect();
    let is_test = |three: &&[&str]| three[0].starts_with("skyshed") && three[1].starts_with("tests/");
    quoted.windows(3).filter(is_test).map(|three| [three[0], three[1], three[2]].map(str::to_owned)).collect()
}

fn exists([package, file, function]: &[String; 3]) -> bool {
    let path = root().join("crates").join(package).join(file);
    let source = std::fs::read_to_string(path).unwrap_or_default();
    let Some((before, _)) = source.split_once(&format!("fn {function}(")) else { return false };
    before.trim_end().lines().rev().take(3).any(|line| line.trim() == "#[test]")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
