//! The chores' command line.

use std::process::{Command, Output};

fn xtask(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).output().unwrap()
}

#[test]
fn help_names_the_commands() {
    let output = xtask(&["help"]);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("\n  tidy "));
}

#[test]
fn an_unknown_command_is_refused_with_what_there_is() {
    let output = xtask(&["tody"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("tody") && message.contains("\n  tidy "), "{message}");
}
