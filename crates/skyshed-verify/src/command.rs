//! What a person types, and the files that they name.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use skyshed_records::record::Time;
use skyshed_tlog::Policy;

use crate::folder::{self, Folder};
use crate::{Answer, Failure, Named, decision, equivocation, log, policy, side, state};

const OWN_POLICY: &str =
    "warning: trusting the log's own policy.txt; have a copy from somebody else and give it with --policy\n";
const CODES: &str = "Exit codes:
  0  it holds
  1  something else failed
  2  the command line is wrong
  4  the log, the proof or the checkpoint does not verify; or there are two histories
  5  too few witnesses, or files that cannot be read
  6  there is no such log, record or territory";

/// Verifies a log of service decisions offline, from its folder and the witness policy.
#[derive(Debug, Parser)]
#[command(version, after_help = CODES)]
struct Cli {
    #[command(subcommand)]
    task: Task,
    /// Answer as JSON.
    #[arg(long, global = true)]
    json: bool,
    /// The witness policy (C2SP tlog-policy): the log's key, the witnesses, the quorum. Have it from somebody other than the log's
    /// operator. Default: the log's own copy.
    #[arg(long, global = true, value_name = "FILE")]
    policy: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Everything: signatures, witnesses, the tree, every record, every decision derived again, the files beside the tree.
    Log {
        /// The log's folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// A checkpoint that was kept: the log must continue it.
        #[arg(long, value_name = "CHECKPOINT")]
        seen: Option<PathBuf>,
        /// Accept signatures under the checkpoint by keys that the policy does not name.
        #[arg(long)]
        strangers: bool,
    },
    /// One decision from its proof file alone.
    Decision {
        /// Number of the decision.
        #[arg(value_name = "N")]
        number: u64,
        /// Its proof (C2SP tlog-proof).
        #[arg(long, value_name = "FILE.tlog-proof")]
        proof: PathBuf,
        /// The record, where the proof does not carry it.
        #[arg(long, value_name = "FILE")]
        record: Option<PathBuf>,
        /// Accept signatures under the proof's checkpoint by keys that the policy does not name.
        #[arg(long)]
        strangers: bool,
    },
    /// What is in force at a time, by the whole log.
    State {
        /// The log's folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// When, such as 2026-09-10T00:00:00Z.
        #[arg(long, value_name = "TIME", value_parser = time)]
        at: Time,
        /// Of one territory only.
        #[arg(long, value_name = "ID")]
        territory: Option<String>,
    },
    /// Whether two checkpoints prove that the log has two histories. They do by themselves where their sizes are equal.
    Equivocation {
        /// A checkpoint.
        #[arg(value_name = "A")]
        one: PathBuf,
        /// Another.
        #[arg(value_name = "B")]
        other: PathBuf,
        /// Where sizes differ: the folder of a log with the tree under the larger one.
        #[arg(long, value_name = "DIR")]
        log: Option<PathBuf>,
    },
}

/// What the program prints, and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// On standard output.
    pub answer: String,
    /// On standard error.
    pub remark: String,
    /// Exit code.
    pub code: u8,
}

/// Does what a command line asks for; its first word is the program's name.
pub fn verify(command_line: impl IntoIterator<Item = OsString>) -> Said {
    let cli = match Cli::try_parse_from(command_line) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            return Said { remark: error.to_string(), code: 2, ..Said::default() };
        }
        Err(help) => return Said { answer: help.to_string(), ..Said::default() },
    };
    let remark = if trusts_own_policy(&cli) { OWN_POLICY } else { "" };
    match run(&cli) {
        Ok(answer) if cli.json => {
            Said { answer: format!("{:#}\n", answer.json), remark: remark.into(), code: 0 }
        }
        Ok(answer) => Said { answer: answer.text, remark: remark.into(), code: 0 },
        Err(Failure { code, message }) => {
            Said { answer: String::new(), remark: format!("{remark}error: {message}\n"), code }
        }
    }
}

fn trusts_own_policy(cli: &Cli) -> bool {
    let has_log = !matches!(&cli.task, Task::Decision { .. } | Task::Equivocation { log: None, .. });
    cli.policy.is_none() && has_log
}

fn run(cli: &Cli) -> Result<Answer, Failure> {
    let policy = |folder: Option<&Path>| chosen_policy(cli.policy.as_deref(), folder);
    match &cli.task {
        Task::Log { folder, seen, strangers } => {
            let policy = policy(Some(folder))?;
            let files = Folder::open(folder)?;
            let seen = seen.as_deref().map(Given::read).transpose()?;
            log(&files, &policy, seen.as_ref().map(Given::named), *strangers)
        }
        Task::Decision { number, proof, record, strangers } => {
            let policy = policy(None)?;
            let proof = Given::read(proof)?;
            let record = record.as_deref().map(Given::read).transpose()?;
            let record = record.as_ref().map(|given| given.bytes.as_slice());
            decision(*number, proof.named(), record, &policy, *strangers)
        }
        Task::State { folder, at, territory } => {
            let policy = policy(Some(folder))?;
            state(&Folder::open(folder)?, &policy, *at, territory.as_deref())
        }
        Task::Equivocation { one, other, log } => {
            let policy = policy(log.as_deref())?;
            let (one, other) = (Given::read(one)?, Given::read(other)?);
            let files = log.as_deref().map(Folder::open).transpose()?;
            equivocation(one.named(), other.named(), files.as_ref(), &policy)
        }
    }
}

/// A file that was named on the command line.
struct Given {
    name: String,
    bytes: Vec<u8>,
}

impl Given {
    fn read(path: &Path) -> Result<Given, Failure> {
        Ok(Given { name: path.display().to_string(), bytes: folder::read(path)? })
    }

    fn named(&self) -> Named<'_> {
        Named { name: &self.name, bytes: &self.bytes }
    }
}

/// The policy given, or the log's own copy.
fn chosen_policy(given: Option<&Path>, log: Option<&Path>) -> Result<Policy, Failure> {
    let own = log.map(|folder| folder.join(side::POLICY));
    let Some(path) = given.or(own.as_deref()) else {
        return Err(Failure::new(2, "which log and which witnesses? give --policy policy.txt"));
    };
    if given.is_none() {
        log.map(Folder::open).transpose()?;
    }
    policy(Given::read(path)?.named())
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "a time is YYYY-MM-DDThh:mm:ssZ, in UTC".to_owned())
}
