//! `skyshed log`: the public log of decisions, as commands.

pub mod place;
pub mod times;
pub use skyshed_server::words;

mod audit;
mod changes;
mod equivocation;
mod init;
mod proof;
mod show;
pub mod state;
mod watch;
mod why_code;

pub use why_code::class;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use skyshed_records::record::{Index, Time};

use crate::args::Cli;
use crate::record::submit::{self, WriteArgs, Writer};
use crate::record::{self, Draft, sign};

/// Width of the labels in front of a line, columns.
pub const LABEL_WIDTH: usize = 10;

/// What `skyshed log` takes.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub struct LogArgs {
    #[command(subcommand)]
    task: LogTask,
}

const AFTER_HELP: &str = "\
Exit codes: 0 an answer, 1 another error, 2 the command line, 3 a record or request is refused (the log is as it was),
4 the log does not verify, 5 the log is stale, lacks witnesses or cannot be reached, 6 not found.";

#[derive(Debug, Subcommand)]
enum LogTask {
    /// Make a log: a demonstration, or an empty one with its first policy.
    Init(init::InitArgs),
    /// Sign the body of a record, of any type.
    Sign(SignArgs),
    /// Append signed records: all of them, or none. Without files: ask the witnesses again.
    Append(AppendArgs),
    /// Check everything: every byte, every signature, every decision.
    Verify(audit::VerifyArgs),
    /// What a record says, who signed it, and what became of it.
    Show(ShowArgs),
    /// What is decided at a time (--at), about everything or one territory.
    State(state::StateArgs),
    /// What changed between two sizes of the log, or two times, in words.
    Diff(changes::DiffArgs),
    /// The proof that a record is in the log, as one file.
    Proof(proof::ProofArgs),
    /// A record as files that `ssh-keygen -Y verify` confirms.
    Extract(proof::ExtractArgs),
    /// What somebody should look at: overdue reviews, unopened contacts, missing attestations, late enforcers.
    Watch(watch::WatchArgs),
    /// From the code that a dish shows to the decision that made it.
    #[command(name = "why-code")]
    WhyCode(why_code::WhyCodeArgs),
    /// Compare two copies of a log: one history, or evidence of two.
    Equivocation(equivocation::EquivocationArgs),
    /// Check a file of evidence that a log has two histories.
    Evidence(equivocation::EvidenceArgs),
}

#[derive(Debug, Args)]
struct SignArgs {
    /// A body in JSON, or a record that others have signed already.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Type of the record, where the file is a body.
    #[arg(long = "type", value_name = "TYPE", value_parser = record::type_name)]
    type_name: Option<String>,
    #[command(flatten)]
    by: sign::By,
    /// Where the record goes. Default: the file itself where it is a record, else FILE with the ending .record.json.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct AppendArgs {
    /// Signed records.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Its number.
    #[arg(value_name = "N")]
    number: Index,
}

/// Answers `skyshed log`.
pub fn run(cli: &Cli, args: &LogArgs) -> Result<()> {
    match &args.task {
        LogTask::Init(args) => init::init(cli, args),
        LogTask::Sign(args) => {
            sign_file(cli, &args.file, args.type_name.as_deref(), &args.by, args.out.as_deref())
        }
        LogTask::Append(args) => append(cli, args),
        LogTask::Verify(args) => audit::verify(cli, args),
        LogTask::Show(args) => show::show(cli, args.number),
        LogTask::State(args) => state::state(cli, args),
        LogTask::Diff(args) => changes::diff(cli, args),
        LogTask::Proof(args) => proof::proof(cli, args),
        LogTask::Extract(args) => proof::extract(cli, args),
        LogTask::Watch(args) => watch::watch(cli, args),
        LogTask::WhyCode(args) => why_code::why_code(cli, args),
        LogTask::Equivocation(args) => equivocation::equivocation(cli, args),
        LogTask::Evidence(args) => equivocation::evidence(cli, args),
    }
}

/// Signs a file: `request sign` too.
pub fn sign_file(
    cli: &Cli,
    file: &std::path::Path,
    type_name: Option<&str>,
    by: &sign::By,
    out: Option<&std::path::Path>,
) -> Result<()> {
    let mut draft = Draft::read(file, type_name)?;
    let signer = match &by.id {
        Some(_) => by.signer(None)?,
        None => by.signer(Some(&place::read(cli)?.view(None)?))?,
    };
    draft.sign(&signer)?;
    let by_default = if draft.is_record { file.to_owned() } else { record::record_path(file) };
    let path = out.unwrap_or(&by_default);
    draft.write(path)?;
    submit::written(cli, &draft, path)
}

fn append(cli: &Cli, args: &AppendArgs) -> Result<()> {
    if !args.files.is_empty() {
        return append_files(cli, &args.files, None, &args.write);
    }
    let mut writer = Writer::open(cli, &args.write)?;
    let outcome = writer.sequencer.publish()?;
    submit::report(cli, &writer, &outcome)
}

/// Appends files: `request submit` too.
pub fn append_files(cli: &Cli, files: &[PathBuf], type_name: Option<&str>, args: &WriteArgs) -> Result<()> {
    let read = |path: &PathBuf| Draft::read(path, type_name);
    let drafts = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    submit::submit(cli, &drafts, args)
}

/// A size of the log, or a time.
#[derive(Clone, Copy, Debug)]
pub enum Point {
    /// Number of records.
    Size(u64),
    /// A time.
    Time(Time),
}

/// Reads a size or a time.
pub fn point(text: &str) -> Result<Point, String> {
    match text.parse() {
        Ok(size) => Ok(Point::Size(size)),
        Err(_) => record::time(text)
            .map(Point::Time)
            .map_err(|error| format!("write a number of records, or a time: {error}")),
    }
}
