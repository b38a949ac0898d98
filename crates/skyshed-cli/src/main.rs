//! The `skyshed` binary: reads files, flags and the clock, asks the engine, prints.
//! It holds no logic of its own: a command line becomes a [`skyshed::Command`], an [`skyshed::Outcome`] becomes text or
//! JSON.
//!
//! Exit codes: 0 for an answer (also where the answer is that nothing is served), 1 for an error, 2 for a command line
//! that cannot be read; about the log, 3 to 6 besides, see [`exit`].

mod args;
mod completions;
mod data;
mod demo;
mod duration;
mod exchange;
mod exit;
mod files;
mod import;
mod inputs;
mod log;
mod man;
mod obeyed;
mod out;
mod preview;
mod progress;
mod record;
mod refresh;
mod request;
mod route;
mod screen;
mod serve;
mod status;
mod territory;
mod tracker;
mod writing;

use std::io;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use clap::{CommandFactory, FromArgMatches};
use serde::Serialize;
use skyshed::control::tracker::Form;
use skyshed::page::Layout;
use skyshed::{Epoch, Slot, World};

use crate::args::{Cli, DataTask, ExportTask, ImportTask, SlotArgs, Task, WorldArgs};
use crate::progress::Progress;
use crate::screen::{print_page, print_text};

fn main() -> ExitCode {
    completions::answer(Cli::command);
    let choice = screen::choice_of(std::env::args_os());
    let matches = Cli::command().color(choice).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    screen::set(choice);
    if !matches!(cli.task, Task::Serve(_)) {
        share_memory();
    }
    let done = begin(&cli, matches.subcommand_name());
    let answered = run(&cli);
    drop(done);
    match answered {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output has seen enough: `skyshed ... | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell where standard error is closed too.
            eprintln_safe(&format!("skyshed: {}", exit::in_words(&error)));
            ExitCode::from(exit::code(&error))
        }
    }
}

/// Covers everything but the service, which says itself what it does.
fn begin(cli: &Cli, command: Option<&str>) -> Option<Progress> {
    progress::set(cli.world.progress);
    let covered = !matches!(cli.task, Task::Serve(_));
    covered.then(|| Progress::start(format!("skyshed {} is at work", command.unwrap_or_default())))
}

/// One heap for all threads: glibc's one per thread would keep what each has freed, some 20 MB of a slot. Costs a service
/// that plans slot after slot some speed, and one answer none that shows.
fn share_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: called before any other thread begins; a number glibc does not know is refused by it, which changes nothing.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

fn run(cli: &Cli) -> Result<()> {
    match &cli.task {
        Task::Serve(args) => serve::serve(&cli.world, args),
        Task::Why(args) => answer(cli, &skyshed::Command::Why { place: args.place.clone() }),
        Task::Slot(args) => slot_command(cli, args),
        Task::Coverage(args) => {
            let by = args.by.map(|args::By::Country| skyshed::CoverageBy::Country);
            answer(cli, &skyshed::Command::Coverage { territory: args.territory.clone(), by })
        }
        Task::Route(args) => route::route(cli, args),
        Task::Preview(args) => preview::preview(cli, args),
        Task::Log(args) => log::run(cli, args),
        Task::Territory(args) => territory::run(cli, args),
        Task::Request(args) => request::run(cli, args),
        Task::Approve(args) => request::approve::approve(cli, args),
        Task::Cancel(args) => request::approve::cancel(cli, args),
        Task::Contact(args) => request::contact::contact(cli, args),
        Task::Attest(args) => request::contact::attest(cli, args),
        Task::Key(args) => request::key::key(cli, args),
        Task::Export(args) => match &args.task {
            ExportTask::Hypatia(args) => exchange::export(&cli.world, args),
            ExportTask::Netsatbench(args) => exchange::export_netsatbench(&cli.world, args),
            ExportTask::Shutdowns(args) => tracker::export(cli, args, Form::Shutdowns),
            ExportTask::Radar(args) => tracker::export(cli, args, Form::Radar),
        },
        Task::Import(args) => match &args.task {
            ImportTask::Hypatia(args) => exchange::import(args, cli.world.json),
            ImportTask::Shutdowns(args) => tracker::import(cli, args, Form::Shutdowns),
            ImportTask::Radar(args) => tracker::import(cli, args, Form::Radar),
        },
        Task::Data(args) => match &args.task {
            DataTask::Status => status::status(cli.world.json),
            DataTask::Refresh(args) => refresh::refresh(args, cli.world.json),
            DataTask::Import(args) => import::import(&args.file, cli.world.json),
        },
        Task::Completions(args) => completions::print(args.shell),
        Task::Man(args) => man::man(Cli::command(), args.out.as_deref()),
    }
}

/// Loads the world, plans the slot, answers one command from it.
fn answer(cli: &Cli, command: &skyshed::Command) -> Result<()> {
    let (world, slot) = planned(&cli.world)?;
    let outcome = skyshed::run(&world, &slot, command)?;
    print_outcome(&outcome, cli.world.json)
}

fn slot_command(cli: &Cli, args: &SlotArgs) -> Result<()> {
    // A name that cannot be written to is refused before a second of work.
    let target = args.out.as_deref().map(out::Target::of_cells).transpose()?;
    let (world, slot) = planned(&cli.world)?;
    let written = target.map(|target| {
        let _progress = Progress::start(format!("writing {}", target.path().display()));
        target.write_cells(&world, &slot, args.cells)
    });
    // A file that was asked for and could not be written is no answer.
    let written = written.transpose()?;
    let outcome = {
        let _progress = args.exact.then(|| Progress::start("looking for the largest number of cells"));
        let command = if args.exact { skyshed::Command::SlotExact } else { skyshed::Command::Slot };
        skyshed::run(&world, &slot, &command)?
    };
    print_outcome(&outcome, cli.world.json)?;
    match written {
        None => Ok(()),
        Some(written) if cli.world.json => {
            eprintln_safe(&written.to_string());
            Ok(())
        }
        Some(written) => print_text(&format!("\n{written}\n")),
    }
}

fn planned(args: &WorldArgs) -> Result<(World, Slot)> {
    let world = inputs::world(args)?;
    let time = args.at.map_or_else(now, Ok)?;
    let slot = {
        let _progress = Progress::start("planning the slot");
        world.slot(time, None)
    };
    let slot = slot.with_context(|| format!("no plan from {}", world.provenance.elements))?;
    Ok((world, slot))
}

/// The time of the system's clock.
fn now() -> Result<Epoch> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.ok().and_then(|since| i64::try_from(since.as_micros()).ok());
    micros
        .map(Epoch::from_unix_micros)
        .ok_or_else(|| anyhow!("the system's clock is before 1970; set it, or give --at TIME"))
}

fn print_outcome(outcome: &skyshed::Outcome, json: bool) -> Result<()> {
    if json { print_json(outcome) } else { print_page(&skyshed::page_of(outcome), Layout::PLAIN) }
}

fn print_json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print_text(&text)
}

/// A line on standard error; a closed one is no reason to stop.
fn eprintln_safe(line: &str) {
    progress::tell(line);
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
