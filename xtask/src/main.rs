//! Repository chores: `cargo xtask COMMAND`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod tidy;
mod wasm;
mod world;

const USAGE: &str = "usage: cargo xtask COMMAND

  tidy    hold the repository against its own rules
  wasm    build the WebAssembly modules of the page into web/wasm
  world   compile the territories, people and places of crates/skyshed-ground";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("tidy") => tidy::main(&root()),
        Some("wasm") => exit(wasm::main(&root(), &args[1..])),
        Some("world") => exit(world::main(&root(), &args[1..])),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        given => {
            eprintln!("given {given:?}; no such command\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn exit(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root folder: the parent of this crate's.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_path_buf()
}
