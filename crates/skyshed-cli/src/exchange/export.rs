//! `export hypatia`.

use anyhow::{Result, bail};
use serde::Serialize;
use skyshed_exchange::hypatia::own::{NOTES, SATELLITES};
use skyshed_exchange::hypatia::{Forwarding, Ways, forwarding};

use super::folder::Folder;
use super::source::{Source, Steps, source};
use crate::args::{HypatiaArgs, StepArgs, WorldArgs};
use crate::progress::Progress;

/// What was written.
#[derive(Serialize)]
struct Written {
    directory: String,
    convention: &'static str,
    epoch: String,
    satellites: usize,
    stations: usize,
    lasers: usize,
    dynamic_state: String,
    steps: u64,
    step_ms: u64,
    /// Rows of forwarding in each file, the first one whole.
    rows: Vec<usize>,
}

/// Writes a case in Hypatia's files.
pub fn export(world: &WorldArgs, args: &HypatiaArgs) -> Result<()> {
    let steps = Steps::new(&args.steps)?;
    let dynamic_state = dynamic_state(&args.steps)?;
    let folder = Folder::create(&args.directory)?;
    let source = source(world, &args.steps)?;
    let rows = {
        let progress = Progress::start(format!("writing {}", args.directory.display()));
        write_fixed(&folder, &source)?;
        write_steps(&folder, &source, &steps, &dynamic_state, &progress)?
    };
    folder.commit()?;
    let written = Written {
        directory: args.directory.display().to_string(),
        convention: source.convention,
        epoch: source.case.epoch.to_string(),
        satellites: source.case.satellites(),
        stations: source.case.stations.len(),
        lasers: source.case.links.pairs.len(),
        dynamic_state,
        steps: steps.count,
        step_ms: steps.step_ns / 1_000_000,
        rows,
    };
    if world.json { crate::print_json(&written) } else { crate::print_text(&text(&written)) }
}

/// `dynamic_state_1000ms_for_3s`: Hypatia names whole milliseconds and whole seconds.
fn dynamic_state(args: &StepArgs) -> Result<String> {
    if !args.step.micros().is_multiple_of(1000) {
        bail!("--step {} is no whole number of milliseconds, which Hypatia's folder names hold", args.step);
    }
    if !args.length.micros().is_multiple_of(1_000_000) {
        bail!("--for {} is no whole number of seconds, which Hypatia's folder names hold", args.length);
    }
    Ok(format!("dynamic_state_{}ms_for_{}s", args.step.micros() / 1000, args.length.micros() / 1_000_000))
}

fn write_fixed(folder: &Folder, source: &Source) -> Result<()> {
    let texts = &source.texts;
    for (name, text) in [
        ("tles.txt", &texts.tles),
        ("isls.txt", &texts.isls),
        ("ground_stations.txt", &texts.ground_stations),
        ("gsl_interfaces_info.txt", &texts.gsl_interfaces_info),
        ("description.txt", &texts.description),
    ] {
        folder.write(name, text.as_bytes())?;
    }
    if let Some([notes, satellites]) = &source.beside {
        folder.write(NOTES, notes.as_bytes())?;
        folder.write(SATELLITES, satellites.as_bytes())?;
    }
    Ok(())
}

fn write_steps(
    folder: &Folder,
    source: &Source,
    steps: &Steps,
    name: &str,
    progress: &Progress,
) -> Result<Vec<usize>> {
    let case = &source.case;
    let mut ways = Ways::default();
    let mut before: Option<Forwarding> = None;
    let mut rows = Vec::new();
    for time_ns in steps.times_ns() {
        progress.at(rows.len() as u64, steps.count);
        case.ways_into(time_ns, &mut ways)?;
        let state = Forwarding::of(case, &ways);
        let (text, changed) = state.write(case, before.as_ref());
        folder.write(&format!("{name}/fstate_{time_ns}.txt"), &text)?;
        let bandwidth = if before.is_none() { forwarding::write_bandwidth(case) } else { String::new() };
        folder.write(&format!("{name}/gsl_if_bandwidth_{time_ns}.txt"), bandwidth.as_bytes())?;
        rows.push(changed);
        before = Some(state);
    }
    Ok(rows)
}

fn text(written: &Written) -> String {
    let Written { directory, convention, epoch, satellites, stations, lasers, steps, step_ms, .. } = written;
    let changed: usize = written.rows.iter().skip(1).sum();
    format!(
        "{directory}: Hypatia's files, {convention} convention\n  \
         satellites  {satellites}, {lasers} lasers\n  \
         stations    {stations}\n  \
         time 0      {epoch}\n  \
         {}  {steps} steps of {step_ms} ms; {} rows at first, {changed} changes after\n",
        written.dynamic_state,
        written.rows.first().copied().unwrap_or(0),
    )
}
