//! Completions in real shells, and manual pages under a real linter. Where a program is not there, the test says that it is
//! skipped; with SKYSHED_REQUIRE_SHELLS it fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{answer, directory, text};
use crate::terminal::{python, script};

/// Whether a program is there.
fn has(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
    if !found {
        assert!(std::env::var_os("SKYSHED_REQUIRE_SHELLS").is_none(), "{program} is not installed");
        eprintln!("skipped: {program} is not installed (Debian: apt-get install zsh fish mandoc)");
    }
    found
}

/// The script of a shell in a file, and the shell ready to run with the binary in its PATH.
fn prepared(directory: &Path, shell: &str) -> (PathBuf, Command) {
    let file = directory.join(format!("skyshed.{shell}"));
    std::fs::write(&file, answer(directory, &["completions", shell])).expect("a file");
    let command = Command::new(shell);
    (file, command)
}

fn environment<'a>(command: &'a mut Command, directory: &Path) -> &'a mut Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_skyshed")).parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&path));
    command
        .env("PATH", std::env::join_paths(folders).expect("a path"))
        .env("HOME", directory)
        .env("XDG_CONFIG_HOME", directory)
        .env("SKYSHED_HOME", directory.join("home"))
        .env("TERM", "dumb")
        .current_dir(directory)
}

#[track_caller]
fn fine(output: &Output, what: &str) -> String {
    assert!(output.status.success(), "{what}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// What Bash completes a line to, its last word broken as Bash breaks it.
fn bash(directory: &Path, file: &Path, line: &str) -> String {
    // As readline does: words are broken at blanks, colons and equals signs, which are words themselves.
    let program = r#"
        source "$1"; COMP_LINE=$2; COMP_POINT=${#COMP_LINE}
        rest=$COMP_LINE; COMP_WORDS=()
        while [[ -n $rest ]]; do
            if [[ $rest =~ ^[[:blank:]]+ ]]; then rest=${rest#"${BASH_REMATCH[0]}"}; [[ -z $rest ]] && COMP_WORDS+=(""); continue; fi
            [[ $rest =~ ^[:=]+ || $rest =~ ^[^[:blank:]:=]+ ]]
            COMP_WORDS+=("${BASH_REMATCH[0]}"); rest=${rest#"${BASH_REMATCH[0]}"}
        done
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); current=${COMP_WORDS[COMP_CWORD]}
        _skyshed skyshed "$current" ""
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut command = Command::new("bash");
    command.args(["--norc", "-c", program, "bash"]).arg(file).arg(line);
    fine(&environment(&mut command, directory).output().expect("bash runs"), line)
}

#[test]
fn bash_completes_flags_and_values() {
    if !has("bash") {
        return;
    }
    let directory = directory("bash");
    let (file, mut bash_n) = prepared(&directory, "bash");
    fine(&bash_n.arg("-n").arg(&file).output().expect("bash runs"), "syntax");
    for (line, expected) in [
        ("skyshed cov", "coverage"),
        ("skyshed why --pol", "--policy"),
        ("skyshed why Taipei --elements pre", "preset:starlink-2026"),
        // Bash keeps what stands before the colon.
        ("skyshed why Taipei --elements preset:kui", "kuiper-630"),
        ("skyshed why Taipei --elements preset:", "kuiper-630"),
        ("skyshed why Taipei --color=ne", "never"),
        ("skyshed coverage X-CR", "X-CRIMEA"),
        ("skyshed preview TW", "TW="),
        ("skyshed preview TW=o", "off"),
        ("skyshed completions ", "fish"),
    ] {
        let found = bash(&directory, &file, line);
        let all: Vec<&str> = found.lines().map(str::trim).collect();
        let hit = all.iter().any(|one| *one == expected || one.strip_prefix("TW=") == Some(expected));
        assert!(hit, "{line:?} should offer {expected:?}: {all:?}");
    }
}

#[test]
fn fish_completes_flags_and_values() {
    if !has("fish") {
        return;
    }
    let directory = directory("fish");
    let (file, mut fish_n) = prepared(&directory, "fish");
    fine(
        environment(fish_n.arg("-n").arg(&file), &directory).output().as_ref().expect("fish runs"),
        "syntax",
    );
    for (line, expected) in [
        ("skyshed why --pol", "--policy"),
        ("skyshed why Taipei --elements preset:kui", "preset:kuiper-630"),
        ("skyshed coverage X-CR", "X-CRIMEA\tCrimea"),
    ] {
        let mut command = Command::new("fish");
        command.args(["--no-config", "-c", "source $argv[1]; complete -C $argv[2]"]).arg(&file).arg(line);
        let found = fine(&environment(&mut command, &directory).output().expect("fish runs"), line);
        assert!(found.contains(expected), "{line:?} should offer {expected:?}: {found}");
    }
}

#[test]
fn zsh_completes_flags() {
    let Some(python) = python("completion in zsh, at a terminal").filter(|_| has("zsh")) else { return };
    let directory = directory("zsh");
    let (file, mut zsh_n) = prepared(&directory, "zsh");
    fine(environment(zsh_n.arg("-n").arg(&file), &directory).output().as_ref().expect("zsh runs"), "syntax");
    let start = "autoload -U compinit; compinit -u -D; source skyshed.zsh; PROMPT='ready> '\n";
    std::fs::write(directory.join(".zshrc"), start).expect("a file");
    let mut command = Command::new(python);
    command.arg(script()).args(["100", "120", "--type", r"skyshed why --poli\t", "--until", "--policy"]);
    command.args(["zsh", "-i"]).env("ZDOTDIR", &directory);
    let shown = environment(&mut command, &directory).env("ZDOTDIR", &directory).output().expect("zsh runs");
    fine(&shown, "zsh should complete --poli to --policy");
}

#[test]
fn powershell_gets_a_script_that_asks_the_binary() {
    // PowerShell itself is in no distribution's packages: only what the script does is looked at.
    let script = answer(&directory("powershell"), &["completions", "powershell"]);
    for part in
        ["Register-ArgumentCompleter -Native -CommandName skyshed", "SKYSHED_COMPLETE", "& skyshed --"]
    {
        assert!(script.contains(part), "{part} is missing from {script}");
    }
}

#[test]
fn manual_pages_are_written_for_every_command_and_lint_clean() {
    let directory = directory("man");
    let said = answer(&directory, &["man", "--out", "pages"]);
    let mut pages: Vec<PathBuf> = std::fs::read_dir(directory.join("pages"))
        .expect("pages")
        .map(|one| one.expect("a page").path())
        .collect();
    pages.sort();
    assert!(said.contains(&format!("wrote {} manual pages", pages.len())), "{said}");
    for name in ["skyshed.1", "skyshed-why.1", "skyshed-log-verify.1", "skyshed-data-refresh.1"] {
        assert!(pages.iter().any(|page| page.ends_with(name)), "{name} is missing: {pages:?}");
    }
    assert_eq!(
        answer(&directory, &["man"]),
        std::fs::read_to_string(directory.join("pages/skyshed.1")).expect("a page")
    );
    if !has("mandoc") {
        return;
    }
    let output = Command::new("mandoc").args(["-T", "lint", "-W", "warning"]).args(&pages).output();
    let output = output.expect("mandoc runs");
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stdout));
}
