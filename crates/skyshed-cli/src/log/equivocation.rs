//! `skyshed log equivocation` and `evidence`: two histories of one log.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use skyshed_log::Evidence;
use skyshed_tlog::checkpoint::Opened;
use skyshed_tlog::error::LogError;
use skyshed_tlog::policy::Policy;
use skyshed_tlog::read::{CHECKPOINT, Hashes, read_checkpoint};

use super::place::{Files, Place, trust};
use crate::args::Cli;
use crate::exit::{Exit, not_found, problem};
use crate::record::hex;
use crate::{files, print_json, print_text};

/// What `skyshed log equivocation` takes.
#[derive(Debug, Args)]
pub struct EquivocationArgs {
    /// One copy of the log: its folder or address.
    #[arg(value_name = "A")]
    one: String,
    /// Another copy.
    #[arg(value_name = "B")]
    other: String,
    /// Write the evidence, where there is any: a file that anybody can check who has the log's key.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What `skyshed log evidence` takes.
#[derive(Debug, Args)]
pub struct EvidenceArgs {
    /// The file of evidence.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Answers `skyshed log equivocation`: ends with 4 where there are two histories.
pub fn equivocation(cli: &Cli, args: &EquivocationArgs) -> Result<()> {
    let (one, other) = (Place::parse(&args.one), Place::parse(&args.other));
    let (files_one, files_other) = (one.files()?, other.files()?);
    let policy = policy(cli.world.witness_policy.as_deref(), &one, &files_one)?;
    let (opened_one, opened_other) = (open(&one, &files_one, &policy)?, open(&other, &files_other, &policy)?);
    let larger =
        if opened_one.checkpoint.size > opened_other.checkpoint.size { &files_one } else { &files_other };
    let size = opened_one.checkpoint.size.max(opened_other.checkpoint.size);
    let hashes = Hashes::new(larger, size);
    let found = Evidence::find(&opened_one, &opened_other, |level, index| hashes.subtree(level, index));
    let found: Option<Evidence> = found.map_err(|error: LogError| anyhow::Error::from(error))?;
    let Some(evidence) = found else {
        let (a, b) = (opened_one.checkpoint.size, opened_other.checkpoint.size);
        return match cli.world.json {
            true => print_json(&json!({ "fork": false, "sizes": [a, b] })),
            false => print_text(&format!("one history: the copies hold {a} and {b} records of it\n")),
        };
    };
    if let Some(path) = &args.out {
        files::replace(path, evidence.text().as_bytes())?;
    }
    tell(cli, &evidence, &policy, args.out.as_deref())?;
    Err(problem(
        Exit::NotVerified,
        "the log is forked: it has signed two histories; keep the evidence and tell others",
    ))
}

/// Answers `skyshed log evidence`: ends with 4 where the file proves nothing.
pub fn evidence(cli: &Cli, args: &EvidenceArgs) -> Result<()> {
    let place = Place::of(cli)?;
    let policy = policy(cli.world.witness_policy.as_deref(), &place, &place.files()?)?;
    let bytes = files::read(&args.file, "evidence of a fork", EVIDENCE_BYTES_MAX)?;
    let failed = |error: skyshed_log::fork::EvidenceError| problem(Exit::NotVerified, error.to_string());
    let evidence = Evidence::parse(&bytes).map_err(failed)?;
    evidence.check(policy.log_keys()).map_err(failed)?;
    tell(cli, &evidence, &policy, None)
}

fn policy(given: Option<&Path>, place: &Place, files: &Files) -> Result<Policy> {
    let (text, from) = trust(given, place, files)?;
    Policy::parse(&text).with_context(|| format!("witness policy {from}"))
}

fn open(place: &Place, files: &Files, policy: &Policy) -> Result<Opened> {
    let opened = read_checkpoint(files, CHECKPOINT, policy.log_keys()).with_context(|| place.to_string())?;
    opened.ok_or_else(|| not_found(format!("{place} serves no checkpoint")))
}

fn tell(cli: &Cli, evidence: &Evidence, policy: &Policy, file: Option<&Path>) -> Result<()> {
    let fork =
        evidence.check(policy.log_keys()).map_err(|error| problem(Exit::NotVerified, error.to_string()))?;
    let roots = fork.roots.map(|root| hex(&root));
    if cli.world.json {
        let file = file.map(|path| path.display().to_string());
        return print_json(&json!({
            "fork": true, "origin": fork.origin, "size": fork.size, "roots": roots, "file": file, "evidence": evidence,
        }));
    }
    let written = file.map(|path| format!("\nwrote {}", path.display())).unwrap_or_default();
    print_text(&format!(
        "{} has two histories: its first {} records have\n  root {}\n  root {}\nboth signed by the log's key{written}\n",
        fork.origin, fork.size, roots[0], roots[1]
    ))
}

const EVIDENCE_BYTES_MAX: u64 = 1 << 20;
