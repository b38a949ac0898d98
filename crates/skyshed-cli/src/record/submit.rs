//! Records into a log at hand: through the one writer, whose door refuses what the ledger would flag.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use skyshed_log::means::{self, MeansError, Wanted};
use skyshed_log::{Disk, IfHeld, LogLedger, Means, Outcome, Sequencer, side};
use skyshed_records::record::Time;
use skyshed_tlog::ReadFiles;
use skyshed_tlog::policy::Policy;
use skyshed_tlog::read::CHECKPOINT;

use super::Draft;
use super::sign::Signer;
use crate::args::Cli;
use crate::exit::{Exit, problem};
use crate::log::place::{Place, clock, names, note, witnesses};
use crate::log::words;
use crate::{files, print_json, print_text};

/// What it takes to write to a log.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Log")]
pub struct WriteArgs {
    /// The log's own keys. Default: DIR.key beside the log's folder DIR; of a demonstration log, DIR/keys.
    #[arg(long, value_name = "FILE")]
    pub log_key: Option<PathBuf>,
    /// Ask this witness too: an address. Those that policy.txt has addresses for are asked anyway.
    #[arg(long, value_name = "URL")]
    pub witness: Vec<String>,
    /// The time of the simulated witnesses of a demonstration log, whose keys lie in the log's folder. Default: now.
    /// Refused for any other log: there, time is what the witnesses say.
    #[arg(long, value_name = "TIME", value_parser = super::time)]
    pub clock: Option<Time>,
    /// Take turns with the other servers that write this log, as PostgreSQL says: postgres://….
    #[arg(long, value_name = "URL", env = "SKYSHED_STORE", hide_env_values = true)]
    pub store: Option<String>,
    /// Wait while another writer holds the log.
    #[arg(long)]
    pub wait: bool,
}

/// Submit, or only write the record.
#[derive(Clone, Debug, Args)]
pub struct SubmitArgs {
    /// Write the signed record to a file instead of submitting it, to be sent to whoever runs the log.
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub write: WriteArgs,
}

/// A log that can be written to.
pub struct Writer {
    /// The one who writes.
    pub sequencer: Sequencer<Disk>,
    policy: Policy,
}

impl Writer {
    /// Opens what `--log` names.
    pub fn open(cli: &Cli, args: &WriteArgs) -> Result<Writer> {
        let place = Place::of(cli)?;
        let folder = place.folder()?;
        let files = Disk::open(folder)?;
        let bytes = files::read(&folder.join(side::POLICY), "the log's witness policy", POLICY_BYTES_MAX)?;
        let text = String::from_utf8(bytes).with_context(|| format!("{} is not text", side::POLICY))?;
        let (means, policy) = means(folder, text, args)?;
        Ok(Writer { sequencer: Sequencer::open(files, means)?, policy })
    }

    /// Appends records: all, or none where one is refused.
    pub fn append(&mut self, drafts: &[Draft]) -> Result<Outcome> {
        let leaves = drafts.iter().map(Draft::leaf).collect::<Result<Vec<_>>>()?;
        Ok(self.sequencer.append(&leaves)?)
    }

    /// What follows from the log.
    pub fn ledger(&self) -> &LogLedger {
        self.sequencer.ledger()
    }

    /// How many witnesses there are.
    pub fn witnesses(&self) -> usize {
        witnesses(&self.policy)
    }

    /// Who cosigned the last checkpoint that is public.
    fn seen(&self) -> usize {
        let bytes = self.sequencer.files().read(CHECKPOINT).ok().flatten().unwrap_or_default();
        let found = self.policy.check(&bytes).map(|found| found.seen).unwrap_or_default();
        names(found.iter().map(|seen| seen.name.as_str()))
    }
}

/// Keys, witnesses, clock and lock of the log in a folder.
pub fn means(folder: &Path, policy_text: String, args: &WriteArgs) -> Result<(Means, Policy)> {
    let time = args.clock;
    let wanted = Wanted {
        log_key: args.log_key.clone(),
        witnesses: args.witness.clone(),
        store: args.store.clone(),
        if_held: if args.wait { IfHeld::Wait } else { IfHeld::Refuse },
        clock: Arc::new(move || time.unwrap_or_else(|| clock().unwrap_or(Time(0)))),
        time_is_given: time.is_some(),
    };
    match means::find(folder, policy_text, &wanted) {
        Err(MeansError::TimeIsGiven(keys)) => bail!(
            "--clock is for demonstration logs, whose witnesses are simulated with keys in {}; this log's time is what its \
             witnesses say: leave --clock away",
            keys.display()
        ),
        found => found.map(|found| (found.means, found.policy)).map_err(Into::into),
    }
}

/// Signs a body and submits it, or writes it to a file.
pub fn sign_and_submit(cli: &Cli, mut draft: Draft, signers: &[Signer], args: &SubmitArgs) -> Result<()> {
    signers.iter().try_for_each(|signer| draft.sign(signer))?;
    match &args.out {
        Some(path) => {
            draft.write(path)?;
            written(cli, &draft, path)
        }
        None => submit(cli, &[draft], &args.write),
    }
}

/// Says where a record was written.
pub fn written(cli: &Cli, draft: &Draft, path: &Path) -> Result<()> {
    let by: Vec<&str> = draft.sigs.iter().map(|sig| sig.by.as_str()).collect();
    if cli.world.json {
        let type_name = draft.body.type_name();
        return print_json(
            &json!({ "file": path.display().to_string(), "type": type_name, "signed_by": by }),
        );
    }
    let by = if by.is_empty() { "not signed yet".into() } else { format!("signed by {}", by.join(", ")) };
    print_text(&format!("wrote {}: {}, {by}\n", path.display(), draft.body.type_name()))
}

/// Submits records and says what became of them.
pub fn submit(cli: &Cli, drafts: &[Draft], args: &WriteArgs) -> Result<()> {
    let mut writer = Writer::open(cli, args)?;
    let outcome = writer.append(drafts)?;
    report(cli, &writer, &outcome)
}

/// What became of an append. Where the witness quorum is missing, the records are in the log, but without effect yet.
pub fn report(cli: &Cli, writer: &Writer, outcome: &Outcome) -> Result<()> {
    let ledger = writer.ledger();
    let view = ledger.at(ledger.time());
    let mut all: Vec<u64> = outcome.indices.iter().chain(&outcome.decisions).copied().collect();
    all.dedup();
    if cli.world.json {
        let records: Vec<Value> = all.iter().map(|&index| words::fate_json(ledger, &view, index)).collect();
        let absent: Vec<String> = outcome.absent.iter().map(ToString::to_string).collect();
        print_json(&json!({
            "records": records, "size": outcome.size, "witnessed_at": ledger.time(), "quorum": outcome.quorum,
            "witnesses": writer.seen(), "witnesses_absent": absent,
        }))?;
    } else {
        let lines: String = all.iter().map(|&index| words::fate(ledger, &view, index)).collect();
        let (size, seen, of) = (outcome.size, writer.seen(), writer.witnesses());
        print_text(&format!(
            "{lines}log       {size} records, the last checkpoint cosigned by {seen} of {of} witnesses\n"
        ))?;
        outcome.absent.iter().for_each(|error| note(&error.to_string()));
    }
    if outcome.quorum {
        return Ok(());
    }
    Err(problem(
        Exit::Stale,
        "the witness quorum is missing: what was given is in the log, but has no effect until enough witnesses have seen it; run \
         `skyshed log append` without files to ask them again",
    ))
}

const POLICY_BYTES_MAX: u64 = 1 << 20;
