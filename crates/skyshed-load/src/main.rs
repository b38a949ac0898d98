//! What a running service stands: so many requests for so long, a thousand subscribers, hostile clients, days in half an hour.
//!
//! It starts `skyshed serve` (or asks one that runs, with `--address`), sends requests over connections of this machine, and
//! holds what it measures against what is required. Requests are sent at a steady rate, whether or not the last was answered
//! in time, and timed from when they were due: a service that stalls cannot hide it. The generator is one thread and shares
//! the machine with the service, which is part of what is measured.

mod client;
mod hostile;
mod load;
mod places;
mod report;
mod soak;
mod subscribers;
mod target;

use std::time::Duration;

use report::{Figures, Report};
use target::Target;

/// What is asked for on the command line.
#[derive(Clone, Debug)]
struct Args {
    what: What,
    /// The binary to start.
    skyshed: String,
    /// A service that runs, instead.
    address: Option<String>,
    /// Flags for the service that is started.
    serve: Vec<String>,
    rate_hz: u32,
    connections: usize,
    subscribers: usize,
    length: Duration,
    speed_factor: u32,
    json: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Load,
    Subscribers,
    Hostile,
    Soak,
}

const USAGE: &str = "usage: skyshed-load load|subscribers|hostile|soak [--skyshed BINARY] [--address HOST:PORT] \
                     [--rate N] [--connections N] [--subscribers N] [--seconds N] [--speed N] [--json FILE] [-- SERVE FLAGS]
  load         requests for varied places at --rate a second (0: as many as come) over --connections
  subscribers  the same, while --subscribers are told every event
  hostile      the same, while clients send headers a byte at a time, huge bodies, nothing, or read nothing
  soak         a mixed load on a clock --speed times as fast as time; memory must stay flat";

fn main() {
    let args = args().unwrap_or_else(|message| {
        eprintln!("error: {message}\n{USAGE}");
        std::process::exit(2);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // Everything runs on this thread.
    let local = tokio::task::LocalSet::new();
    let report = runtime.block_on(local.run_until(run(&args))).unwrap_or_else(|message| {
        eprintln!("error: {message}");
        std::process::exit(1);
    });
    print!("{}", report.text());
    if let Some(path) = &args.json
        && let Err(error) = std::fs::write(path, report.json())
    {
        eprintln!("error: cannot write {path}: {error}");
        std::process::exit(1);
    }
    std::process::exit(i32::from(!report.held()));
}

async fn run(args: &Args) -> Result<Report, String> {
    let mut flags = args.serve.clone();
    // Everything comes from one address here.
    let connections = (args.connections + args.subscribers + hostile::CONNECTIONS + 64).to_string();
    for flag in ["--limits-connections", "--limits-connections-per-client"] {
        flags.extend([flag.to_owned(), connections.clone()]);
    }
    flags.extend(["--limits-requests-per-s".to_owned(), "0".to_owned()]);
    if args.what == What::Soak {
        flags.extend(["--clock-speed".to_owned(), args.speed_factor.to_string()]);
    }
    let target = Target::start(args.address.as_deref(), &args.skyshed, &flags).await?;
    let mut report = Report::new(format!("{:?}, {} s", args.what, args.length.as_secs()).to_lowercase());
    let before = target.sample().await?;
    match args.what {
        What::Load => {
            let load = load::run(target.address, args.rate_hz, args.connections, args.length).await?;
            report.load(&load, args.rate_hz);
        }
        What::Subscribers => {
            let events = subscribers::subscribe(target.address, args.subscribers).await?;
            let load = load::run(target.address, args.rate_hz, args.connections, args.length).await?;
            report.load(&load, args.rate_hz);
            let heard = events.heard();
            report.require(
                "subscribers that heard each slot",
                heard.complete as f64,
                args.subscribers as f64,
            );
            report.figure("events heard by each, at least", heard.least as f64);
        }
        What::Hostile => {
            let hostile = hostile::attack(target.address, args.length);
            let load = load::run(target.address, args.rate_hz, args.connections, args.length);
            let (hostile, load) = tokio::join!(hostile, load);
            report.load(&load?, args.rate_hz);
            hostile.report(&mut report);
        }
        What::Soak => {
            soak::run(&target, args.rate_hz, args.connections, args.length, &mut report).await?;
        }
    }
    let after = target.sample().await?;
    report.service(&before, &after, args.what != What::Soak);
    Ok(report)
}

fn args() -> Result<Args, String> {
    let mut given = std::env::args().skip(1);
    let what = match given.next().as_deref() {
        Some("load") => What::Load,
        Some("subscribers") => What::Subscribers,
        Some("hostile") => What::Hostile,
        Some("soak") => What::Soak,
        other => return Err(format!("given {other:?}; allowed: load, subscribers, hostile, soak")),
    };
    let mut args = Args {
        what,
        skyshed: "target/release/skyshed".to_owned(),
        address: None,
        serve: Vec::new(),
        rate_hz: if what == What::Soak { 100 } else { 5_500 },
        connections: 32,
        subscribers: if what == What::Subscribers { 1_000 } else { 0 },
        length: Duration::from_secs(if what == What::Soak { 1_800 } else { 60 }),
        speed_factor: 60,
        json: None,
    };
    while let Some(arg) = given.next() {
        if arg == "--" {
            args.serve = given.collect();
            break;
        }
        let value = given.next().ok_or(format!("{arg} needs a value"))?;
        let number = || value.parse::<u32>().map_err(|_| format!("{arg} takes a number, given {value}"));
        match arg.as_str() {
            "--skyshed" => args.skyshed = value,
            "--address" => args.address = Some(value),
            "--rate" => args.rate_hz = number()?,
            "--connections" => args.connections = number()?.max(1) as usize,
            "--subscribers" => args.subscribers = number()? as usize,
            "--seconds" => args.length = Duration::from_secs(u64::from(number()?.max(1))),
            "--speed" => args.speed_factor = number()?.max(1),
            "--json" => args.json = Some(value),
            _ => return Err(format!("unknown argument {arg:?}")),
        }
    }
    Ok(args)
}

/// Ascending values, as percentiles.
fn percentile(sorted_us: &[u32], percent: f64) -> f64 {
    let last = sorted_us.len().saturating_sub(1);
    let at = ((percent / 100.0) * last as f64).round() as usize;
    sorted_us.get(at).map_or(0.0, |us| f64::from(*us) / 1e3)
}

impl Figures {
    /// Of requests that took so long, microseconds.
    fn of(mut took_us: Vec<u32>) -> Figures {
        took_us.sort_unstable();
        let at = |percent| percentile(&took_us, percent);
        Figures { p50_ms: at(50.0), p90_ms: at(90.0), p99_ms: at(99.0), p999_ms: at(99.9), max_ms: at(100.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_values() {
        let figures = Figures::of((1..=1000).rev().map(|ms| ms * 1_000).collect());
        assert_eq!((figures.p50_ms, figures.p99_ms, figures.max_ms), (501.0, 990.0, 1000.0));
        assert_eq!(Figures::of(Vec::new()).p99_ms, 0.0);
    }
}
