//! `skyshed-verify`: verifies a log of service decisions offline.

#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let said = skyshed_verify::verify(std::env::args_os());
    // Whoever closes standard output or error has seen enough.
    let _ = std::io::stdout().write_all(said.answer.as_bytes());
    let _ = std::io::stderr().write_all(said.remark.as_bytes());
    ExitCode::from(said.code)
}
