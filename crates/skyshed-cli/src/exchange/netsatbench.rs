//! `export netsatbench`.

use anyhow::{Result, bail};
use serde::Serialize;
use skyshed_exchange::hypatia::Ways;
use skyshed_exchange::netsatbench::{CONFIG, Changes, EPOCHS, Links, Options, config, epoch, epoch_file};

use super::folder::Folder;
use super::source::{Steps, source};
use crate::args::{NetSatBenchArgs, WorldArgs};
use crate::progress::Progress;

/// What was written.
#[derive(Serialize)]
struct Written {
    directory: String,
    convention: &'static str,
    epoch: String,
    satellites: usize,
    stations: usize,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    file: String,
    links: usize,
    added: usize,
    updated: usize,
    deleted: usize,
}

/// Writes a scenario for NetSatBench.
pub fn export(world: &WorldArgs, args: &NetSatBenchArgs) -> Result<()> {
    let steps = Steps::new(&args.steps)?;
    let options = options(args)?;
    let folder = Folder::create(&args.directory)?;
    let source = source(world, &args.steps)?;
    let case = &source.case;
    let mut written = Vec::new();
    {
        let progress = Progress::start(format!("writing {}", args.directory.display()));
        folder.write(CONFIG, config(case, &source.texts, &options).as_bytes())?;
        let (mut ways, mut before) = (Ways::default(), Links::default());
        for (step, time_ns) in steps.times_ns().enumerate() {
            progress.at(step as u64, steps.count);
            case.ways_into(time_ns, &mut ways)?;
            let links = Links::of(case, &ways, &options);
            let (text, Changes { added, updated, deleted }) = epoch(case, &ways, &links, &before, &options);
            let file = format!("{EPOCHS}/{}", epoch_file(step));
            folder.write(&file, text.as_bytes())?;
            written.push(Step { file, links: links.len(), added, updated, deleted });
            before = links;
        }
    }
    folder.commit()?;
    let written = Written {
        directory: args.directory.display().to_string(),
        convention: source.convention,
        epoch: case.epoch.to_string(),
        satellites: case.satellites(),
        stations: case.stations.len(),
        steps: written,
    };
    if world.json { crate::print_json(&written) } else { crate::print_text(&text(&written)) }
}

fn options(args: &NetSatBenchArgs) -> Result<Options> {
    for (flag, rate) in [("--isl-rate", &args.isl_rate), ("--gsl-rate", &args.gsl_rate)] {
        check_rate(flag, rate)?;
    }
    if args.delay_step.micros() == 0 {
        bail!("--delay-step 0 rounds nothing; give at least 1us");
    }
    if args.antennas == 0 {
        bail!("--antennas 0 leaves stations without a link; give at least 1");
    }
    Ok(Options {
        epoch_dir: format!("{}/{EPOCHS}", args.directory.display()),
        isl_rate: args.isl_rate.clone(),
        gsl_rate: args.gsl_rate.clone(),
        antennas: args.antennas,
        delay_step_us: args.delay_step.micros(),
    })
}

/// As `tc` writes rates: a number and kbit, mbit, gbit or tbit.
fn check_rate(flag: &str, rate: &str) -> Result<()> {
    let number = ["kbit", "mbit", "gbit", "tbit"].iter().find_map(|unit| rate.strip_suffix(unit));
    let ok = number.is_some_and(|number| {
        number.len() <= 9 && number.parse::<f64>().is_ok_and(|number| number > 0.0 && number.is_finite())
    });
    if !ok {
        bail!("{flag} is `{rate}`; allowed: a number and kbit, mbit, gbit or tbit, such as 10gbit");
    }
    Ok(())
}

fn text(written: &Written) -> String {
    let Written { directory, convention, epoch, satellites, stations, steps } = written;
    let first = steps.first().map_or(0, |step| step.links);
    let sum = |of: fn(&Step) -> usize| steps.iter().skip(1).map(of).sum::<usize>();
    format!(
        "{directory}: NetSatBench scenario, {convention} convention\n  \
         satellites  {satellites}\n  \
         stations    {stations}\n  \
         time 0      {epoch}\n  \
         epochs      {}; {first} links at first, then {} added, {} updated, {} deleted\n",
        steps.len(),
        sum(|step| step.added),
        sum(|step| step.updated),
        sum(|step| step.deleted),
    )
}
