//! What the work of the product costs, in units that hold on any machine.
//!
//! The unit `U` is the crate `sgp4` (its default features) propagating 10,000 near-Earth satellites to one time, on one
//! thread, warm. Every figure is measured in turn with it, round after round, in one process; what is printed is the
//! median of the ratios of the rounds. Everything uses all threads, as in the product; `RAYON_NUM_THREADS=1` holds it to
//! one. `--scipy` measures forwarding states in turn with `benches/forwarding.py` as well, run by the Python that
//! `SKYSHED_PYTHON` names (default `python3`). `--json FILE` writes the same as JSON.

mod measure;
mod network;
mod permits;
mod preview;
mod report;
mod scipy;
mod slot;

use measure::Unit;
use slot::Fleet;

struct Args {
    rounds: usize,
    /// Only the rows whose name contains this.
    only: String,
    scipy: bool,
    /// List of cities for the forwarding states.
    cities: Option<String>,
    json: Option<String>,
}

const USAGE: &str = "usage: skyshed-bench [--rounds N] [--only sky|inhabited|land|planet|trees|fair|permits|preview|forwarding] \
                     [--scipy] [--cities FILE] [--json FILE]";

fn main() {
    let args = args().unwrap_or_else(|message| {
        eprintln!("error: {message}\n{USAGE}");
        std::process::exit(2);
    });
    let (fleet, unit) = (Fleet::new(), Unit::new());
    let mut rows = slot::rows(&fleet, &unit, args.rounds, &args.only);
    rows.extend(network::rows(&fleet, &unit, args.rounds, &args.only));
    rows.extend(permits::rows(&fleet.ground, &unit, args.rounds, &args.only));
    let previews = preview::previews(&unit, args.rounds, &args.only);
    rows.extend(previews.rows);
    let mut duels = Vec::new();
    if "forwarding".contains(&args.only) {
        let cases = scipy::cases(&fleet.ground, args.cities.as_deref()).unwrap_or_else(fail);
        rows.extend(cases.iter().map(|case| scipy::row_of(case, &unit, args.rounds)));
        if args.scipy {
            duels = scipy::duels(&cases, args.rounds).unwrap_or_else(fail);
        }
    }
    report::print(&rows, args.rounds);
    if let Some(line) = permits::line(&rows) {
        println!("\n{line}");
    }
    previews.lines.iter().for_each(|line| println!("\n{line}"));
    if !duels.is_empty() {
        report::print_duels(&duels, args.rounds);
    } else if "forwarding".contains(&args.only) {
        println!("\nyardstick S, benches/forwarding.py, is missing: give --scipy to measure in turn with it");
    }
    if let Some(path) = args.json {
        std::fs::write(&path, report::json(&rows, &duels, args.rounds))
            .unwrap_or_else(|error| fail(format!("cannot write {path}: {error}")));
    }
}

fn fail<T>(message: String) -> T {
    eprintln!("error: {message}");
    std::process::exit(1);
}

fn args() -> Result<Args, String> {
    let mut args = Args { rounds: 15, only: String::new(), scipy: false, cities: None, json: None };
    let mut given = std::env::args().skip(1);
    while let Some(arg) = given.next() {
        let mut value = || given.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--rounds" => {
                args.rounds =
                    value()?.parse().ok().filter(|n| *n > 0).ok_or("--rounds takes a number above 0")?;
            }
            "--only" => args.only = value()?,
            "--scipy" => args.scipy = true,
            "--cities" => args.cities = Some(value()?),
            "--json" => args.json = Some(value()?),
            _ => return Err(format!("unknown argument {arg:?}")),
        }
    }
    Ok(args)
}
