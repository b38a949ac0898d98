//! `skyshed route`: a command line becomes a [`RouteRequest`]; the answer becomes text, JSON, a table, a chart.

pub mod plot;

use anyhow::{Result, anyhow};
use skyshed::{Epoch, Outcome, Route, RouteMode, RouteRequest};

use crate::args::{Cli, ConventionFlag, RouteArgs};
use crate::duration::{self, Duration};
use crate::out::Target;
use crate::progress::Progress;
use crate::{eprintln_safe, inputs, now, print_outcome, print_text};

/// Answers `skyshed route`.
pub fn route(cli: &Cli, args: &RouteArgs) -> Result<()> {
    // What cannot be written to, or makes no sense, is refused before a second of work.
    let table = args.out.as_deref().map(Target::of_route).transpose()?;
    let plot = args.plot.as_deref().map(plot::Target::new).transpose()?;
    let (steps, step_micros) = steps(args.length, args.step)?;
    let world = inputs::world(&cli.world)?;
    let request = RouteRequest {
        from: args.from.clone(),
        to: args.to.clone(),
        mode: mode(args),
        time: cli.world.at.map_or_else(|| first_instant(args), Ok)?,
        steps,
        step_micros,
    };
    let route = {
        let progress = Progress::start("following the route");
        let tell = |done, all| progress.at(done, all);
        skyshed::route(&world, &request, &tell)?
    };
    let progress = (table.is_some() || plot.is_some()).then(|| Progress::start("writing what is asked for"));
    let written = [
        table.map(|table| Ok(table.write_route(&route)?.to_string())),
        plot.map(|plot| plot.write(&plot::Chart::new(&world, &route))),
    ];
    let written = written.into_iter().flatten().collect::<Result<Vec<String>>>()?;
    drop(progress);
    answer(cli, route, &written)
}

fn answer(cli: &Cli, route: Route, written: &[String]) -> Result<()> {
    print_outcome(&Outcome::Route(Box::new(route)), cli.world.json)?;
    if cli.world.json {
        written.iter().for_each(|line| eprintln_safe(line));
        return Ok(());
    }
    if written.is_empty() { Ok(()) } else { print_text(&format!("\n{}\n", written.join("\n"))) }
}

fn mode(args: &RouteArgs) -> RouteMode {
    match (args.lasers_only, args.convention) {
        (false, _) => RouteMode::GroundSegment,
        (true, Some(ConventionFlag::Hypatia)) => RouteMode::LasersOnlyHypatia,
        (true, _) => RouteMode::LasersOnly,
    }
}

/// Without --at: now, or where Hypatia's time begins.
fn first_instant(args: &RouteArgs) -> Result<Epoch> {
    match args.convention {
        Some(ConventionFlag::Hypatia) => Ok(skyshed::route::HYPATIA_EPOCH),
        _ => now(),
    }
}

/// How many instants, and how far apart, µs.
fn steps(length: Option<Duration>, step: Option<Duration>) -> Result<(u64, u64)> {
    let Some(length) = length else { return Ok((1, 0)) };
    let step = step.map_or_else(|| duration::parse("1s"), Ok).map_err(|error| anyhow!(error))?;
    let steps = length.steps_of(step).map_err(|error| anyhow!(error))?;
    Ok((steps, step.micros()))
}
