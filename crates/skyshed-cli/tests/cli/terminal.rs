//! What a person sees: colours and widths on a terminal, plain text everywhere else, and what is said while something takes long.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{FIXED, directory, run, skyshed, text};

/// The longest that a terminal is waited for, seconds: far more than any command takes.
const PATIENCE_S: &str = "300";

/// A command that is quick and has something of every colour.
const QUICK: [&str; 3] = ["territory", "show", "TW"];

/// Python 3, for its pseudo-terminals; without it there is nothing to test on.
pub fn python(what: &str) -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("SKYSHED_PYTHON") {
        return Some(PathBuf::from(python));
    }
    let found = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found || cfg!(not(unix)) {
        assert!(std::env::var_os("SKYSHED_REQUIRE_ORACLES").is_none(), "{what}: there is no python3");
        eprintln!("skipped: {what}; it needs Python 3 and pseudo-terminals");
        return None;
    }
    Some(PathBuf::from("python3"))
}

/// The script that is a terminal.
pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/terminal.py")
}

/// Variables that say how to colour; tests set their own.
fn unset(command: &mut Command) -> &mut Command {
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm-256color")
}

/// What a terminal of so many columns gets.
fn on_terminal(
    directory: &Path,
    columns: usize,
    variables: &[(&str, &str)],
    arguments: &[&str],
) -> Option<String> {
    let python = python("what a terminal gets")?;
    let binary = skyshed(directory);
    let mut command = Command::new(python);
    command.arg(script()).args([&columns.to_string(), PATIENCE_S]).arg(binary.get_program()).args(arguments);
    command.current_dir(directory).env("SKYSHED_HOME", directory.join("home"));
    let output = unset(&mut command).envs(variables.iter().copied()).output().expect("Python runs");
    assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
    Some(text(&output.stdout))
}

/// What a pipe gets.
fn in_pipe(directory: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = skyshed(directory);
    unset(command.args(arguments)).envs(variables.iter().copied()).output().expect("the binary runs")
}

/// Without escape codes and carriage returns.
fn stripped(shown: &str) -> String {
    let (mut plain, mut chars) = (String::new(), shown.chars());
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => {
                // The bracket, parameters, and the letter that ends a code.
                let _ = chars.by_ref().find(|char| char.is_ascii_alphabetic());
            }
            '\r' => {}
            char => plain.push(char),
        }
    }
    plain
}

const GREEN: &str = "\u{1b}[38;5;28m";
const RED: &str = "\u{1b}[38;5;196m";

#[test]
fn colours_are_seen_on_a_terminal_and_nowhere_else() {
    let directory = directory("colours");
    let plain = text(&in_pipe(&directory, &[], &QUICK).stdout);
    assert!(!plain.contains('\u{1b}') && plain.contains("decision  "), "{plain:?}");
    let Some(shown) = on_terminal(&directory, 400, &[], &QUICK) else { return };
    assert!(shown.contains(RED), "what is off is red: {shown:?}");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&stripped(&shown)), words(&plain), "a terminal says the same");
    let verified = on_terminal(&directory, 100, &[], &["log", "verify"]).unwrap_or_default();
    assert!(verified.contains(GREEN), "what verifies is green: {verified:?}");
}

#[test]
fn the_environment_and_the_flag_say_whether_there_are_colours() {
    let directory = directory("choice");
    let flagged = |flag: &'static str| [&QUICK[..], &[flag]].concat();
    for (variables, arguments, expected) in [
        (&[("CLICOLOR_FORCE", "1")] as &[_], QUICK.to_vec(), true),
        (&[], flagged("--color=always"), true),
        (&[("NO_COLOR", "1")], flagged("--color=always"), true),
        (&[("CLICOLOR_FORCE", "1")], flagged("--color=never"), false),
        (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], QUICK.to_vec(), false),
    ] {
        let shown = text(&in_pipe(&directory, variables, &arguments).stdout);
        assert_eq!(shown.contains('\u{1b}'), expected, "pipe, {variables:?}, {arguments:?}: {shown:?}");
    }
    for (variables, arguments, expected) in [
        (&[("NO_COLOR", "1")] as &[_], QUICK.to_vec(), false),
        (&[("TERM", "dumb")], QUICK.to_vec(), false),
        (&[("CLICOLOR", "0")], QUICK.to_vec(), false),
        (&[], flagged("--color=never"), false),
        (&[("TERM", "vt100")], QUICK.to_vec(), true),
        (&[], vec!["--help"], true),
        (&[], vec!["--color", "never", "--help"], false),
    ] {
        let Some(shown) = on_terminal(&directory, 100, variables, &arguments) else { return };
        // Progress is drawn with codes of its own.
        let coloured = shown.replace("\u{1b}[K", "").contains('\u{1b}');
        assert_eq!(coloured, expected, "terminal, {variables:?}, {arguments:?}: {shown:?}");
    }
}

#[test]
fn errors_and_warnings_are_marked_on_a_terminal_only() {
    let directory = directory("errors");
    let refused = in_pipe(&directory, &[], &["territory", "show", "Atlantis"]);
    assert!(text(&refused.stderr).contains("\nskyshed: no territory"), "{}", text(&refused.stderr));
    let Some(python) = python("an error on a terminal") else { return };
    let mut command = Command::new(python);
    command.arg(script()).args(["80", PATIENCE_S]).arg(skyshed(&directory).get_program());
    command.args(["territory", "show", "Atlantis"]).env("SKYSHED_HOME", directory.join("home"));
    let output = unset(&mut command).output().expect("Python runs");
    assert_eq!(output.status.code(), Some(6), "the exit code is as ever");
    let shown = text(&output.stdout);
    assert!(shown.contains(RED) && stripped(&shown).contains("skyshed: no territory"), "{shown:?}");
}

#[test]
fn pages_fit_terminals_of_60_columns_and_more() {
    let directory = directory("widths");
    for columns in [60, 120] {
        for arguments in [&["log", "state"] as &[_], &["territory", "list"], &["log", "verify"]] {
            let Some(shown) = on_terminal(&directory, columns, &[], arguments) else { return };
            for line in stripped(&shown).lines() {
                let width = line.trim_end().chars().count();
                // A hash is never broken.
                let whole = line.split_whitespace().any(|word| word.len() >= 40);
                assert!(width <= columns || whole, "{arguments:?} at {columns}: {width} columns: {line}");
            }
        }
    }
}

#[test]
fn progress_is_drawn_on_a_terminal_and_gone_at_the_end() {
    let directory = directory("drawn");
    // The first command says that it makes the demonstration's log.
    assert!(run(&directory, &["log", "state"]).status.success());
    let arguments = [&["coverage", "LU", "--progress", "always"], &FIXED[..]].concat();
    let Some(shown) = on_terminal(&directory, 60, &[("NO_COLOR", "1")], &arguments) else { return };
    // Drawn over and over in one line, which is cleared behind what is drawn.
    let drawn: Vec<&str> = shown.split('\r').filter_map(|part| part.strip_suffix("\u{1b}[K")).collect();
    for step in ["loading the world", "planning the slot"] {
        assert!(drawn.iter().any(|line| line.contains(step)), "{step:?} is not drawn: {shown:?}");
    }
    assert!(drawn.iter().all(|line| line.chars().count() <= 60), "{drawn:?}");
    assert!(drawn.iter().all(|line| !line.contains('\n')), "it never goes to another line: {drawn:?}");
    // What is left of each line once the terminal has obeyed.
    let left = shown.split("\r\n").map(|line| line.rsplit("\r\u{1b}[K").next().unwrap_or_default());
    let left: Vec<&str> = left.collect();
    assert!(left[0].starts_with("Coverage"), "the answer begins where progress was: {shown:?}");
    assert!(!left.concat().contains("planning the slot"), "nothing of it is left: {left:?}");
}

/// What is said on standard error while a command works, step by step.
#[track_caller]
fn says(directory: &Path, arguments: &[&str], steps: &[&str]) {
    let always = [arguments, &["--progress", "always"]].concat();
    let output = run(directory, &always);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    let mut rest = said.as_str();
    for step in steps {
        let Some((_, after)) = rest.split_once(&format!("{step} ...\n")) else {
            panic!("{arguments:?} should say {step:?} in its turn: {said}");
        };
        rest = after;
    }
    let never = [arguments, &["--progress", "never"]].concat();
    let silent = run(directory, &never);
    assert!(!text(&silent.stderr).contains(" ...\n"), "{arguments:?}: {}", text(&silent.stderr));
}

#[test]
fn whatever_may_take_longer_than_a_second_says_what_it_is_doing() {
    let directory = directory("steps");
    let fixed = |arguments: &[&'static str]| [arguments, &FIXED].concat();
    let first = run(&directory, &fixed(&["why", "Quito", "--progress", "always"]));
    let said = text(&first.stderr);
    for step in [
        "skyshed why is at work",
        "loading the world",
        "signing the demonstration's records",
        "planning the slot",
    ] {
        assert!(said.contains(&format!("{step} ...\n")), "the first command: {step:?} is missing: {said}");
    }
    let small = directory.join("small.toml");
    std::fs::write(&small, "[slot]\nscope = \"inhabited\"\n").expect("a file");
    for (arguments, steps) in [
        (
            fixed(&["slot", "--exact", "--config", "small.toml", "--out", "slot.csv", "--cells", "served"]),
            &[
                "loading the world",
                "planning the slot",
                "writing slot.csv",
                "looking for the largest number of cells",
            ] as &[_],
        ),
        (
            fixed(&["route", "Quito", "London, GB", "--lasers-only", "--for", "2s", "--plot", "route.svg"]),
            &["loading the world", "following the route"],
        ),
        (
            fixed(&["preview", "LU=off", "--out", "map.svg"]),
            &["planning with and without the change", "writing map.svg"],
        ),
        (
            vec![
                "export",
                "hypatia",
                "case",
                "--convention",
                "hypatia",
                "--elements",
                "preset:starlink-550",
                "--for",
                "1s",
            ],
            &["writing case"],
        ),
        (vec!["import", "hypatia", "case"], &["reading case"]),
        (
            fixed(&["export", "netsatbench", "nsb", "--for", "1s"]),
            &["loading the world", "fitting elements to one epoch", "writing nsb"],
        ),
        (
            vec!["log", "verify"],
            &["skyshed log is at work", "home/log/demonstration", "deriving every decision again"],
        ),
        (vec!["log", "state"], &["home/log/demonstration"]),
        (
            vec!["log", "why-code", "6", "Taipei", "--at", "2026-08-22T21:00:12Z"],
            &["home/log/demonstration", "loading the map"],
        ),
        (vec!["log", "init", "my-log", "--demo"], &["signing the demonstration's records"]),
        (vec!["data", "status"], &["skyshed data is at work"]),
    ] {
        says(&directory, &arguments, steps);
    }
}
