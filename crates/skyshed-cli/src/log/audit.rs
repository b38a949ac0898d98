//! `skyshed log verify`: everything, from the first byte to the last decision.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};
use skyshed::page::{Layout, Page, Text, caution, good, strong};
use skyshed_log::{LogLedger, side};
use skyshed_records::keys::allowed_signers;
use skyshed_records::ledger::{Flag, View};
use skyshed_records::record::{Body, Index, TYPE_NAMES};
use skyshed_tlog::ReadFiles;
use skyshed_tlog::audit::{Report, audit};
use skyshed_tlog::policy::Policy;
use skyshed_tlog::proof::Proof;
use skyshed_tlog::read::CHECKPOINT;

use super::place::{Files, Place, trust, witnesses};
use crate::args::Cli;
use crate::exit::{Exit, problem};
use crate::print_json;
use crate::progress::Progress;
use crate::screen::print_page;

/// What `skyshed log verify` takes.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The log's folder or address. Default: --log, else the demonstration log.
    #[arg(value_name = "DIR|URL")]
    place: Option<String>,
    /// The log's key and its witnesses (C2SP tlog-policy), got from elsewhere. Default: policy.txt beside the log, which
    /// is only as good as whoever serves it.
    #[arg(long = "policy", id = "policy", value_name = "FILE")]
    policy: Option<String>,
}

/// Answers `skyshed log verify`.
pub fn verify(cli: &Cli, args: &VerifyArgs) -> Result<()> {
    let place = args.place.as_deref().map_or_else(|| Place::of(cli), |given| Ok(Place::parse(given)))?;
    let files = place.files()?;
    let given = args.policy.as_deref().map(std::path::Path::new).or(cli.world.witness_policy.as_deref());
    let (text, from) = trust(given, &place, &files)?;
    let policy = Policy::parse(&text).with_context(|| format!("witness policy {from}"))?;
    let mut ledger = skyshed_log::witnesses::empty_ledger(&policy);
    let mut leaves = Vec::new();
    let progress = Progress::start(format!("verifying {place}"));
    let size = size_said(&files);
    let visit = |index: u64, leaf: &[u8]| {
        leaves.push(leaf.to_vec());
        if let Some(size) = size.filter(|_| index.is_multiple_of(256)) {
            progress.at(index, size);
        }
    };
    let report = audit(&files, &policy, visit)
        .map_err(|error| if reach(&error) { problem(Exit::Stale, error.to_string()) } else { error.into() })
        .with_context(|| place.to_string())?;
    drop(progress);
    let progress = Progress::start("deriving every decision again");
    let public = report.witnessed.checkpoint.size as usize;
    for leaf in leaves.iter().take(public) {
        ledger.push(leaf);
    }
    let view = ledger.at(ledger.time());
    let proofs = check_side(&files, &policy, &ledger, &view, &leaves, &text)?;
    drop(progress);
    let found = Found {
        place: &place,
        from,
        report: &report,
        ledger: &ledger,
        view: &view,
        witnesses: witnesses(&policy),
        proofs,
    };
    if cli.world.json {
        print_json(&found.json())?
    } else {
        print_page(&found.page(), Layout::UNWRAPPED)?
    }
    if report.witnessed.quorum {
        return Ok(());
    }
    Err(problem(
        Exit::Stale,
        "the witness quorum is missing: nothing after the last checkpoint that had it has an effect yet",
    ))
}

/// How many records the checkpoint says there are, before anything of it is believed.
fn size_said(files: &Files) -> Option<u64> {
    let checkpoint = files.read(CHECKPOINT).ok()??;
    std::str::from_utf8(&checkpoint).ok()?.lines().nth(1)?.parse().ok()
}

fn reach(error: &skyshed_tlog::error::LogError) -> bool {
    matches!(error, skyshed_tlog::error::LogError::File(_))
}

/// The files beside the tree: each proof proves its decision, who may sign is who the policy in force says, the witness policy is
/// the one given. Returns the number of proofs.
fn check_side(
    files: &Files,
    policy: &Policy,
    ledger: &LogLedger,
    view: &View,
    leaves: &[Vec<u8>],
    policy_text: &[u8],
) -> Result<usize> {
    let wrong = |path: &str, what: &str| problem(Exit::NotVerified, format!("{path}: {what}"));
    let signers = view.policy().map(|one| allowed_signers(&one.policy));
    match (files.read(side::ALLOWED_SIGNERS)?, signers) {
        (Some(found), Some(signers)) if found != signers.as_bytes() => {
            return Err(wrong(side::ALLOWED_SIGNERS, "is not what the policy in force says; it was changed"));
        }
        _ => {}
    }
    if files.read(side::POLICY)?.is_some_and(|found| found != policy_text) {
        return Err(wrong(side::POLICY, "is not the witness policy given; somebody serves another one"));
    }
    let mut proofs = 0;
    for index in (0..ledger.size()).filter(|&index| matches!(ledger.body(index), Some(Body::Decision(_)))) {
        let path = side::proof_path(index);
        let Some(bytes) = files.read(&path)? else { continue };
        let proof = Proof::parse(&bytes).with_context(|| path.clone())?;
        if proof.index != index {
            return Err(wrong(&path, "is the proof of another record"));
        }
        proof.verify(&leaves[index as usize], policy).with_context(|| path.clone())?;
        proofs += 1;
    }
    Ok(proofs)
}

struct Found<'a> {
    place: &'a Place,
    from: String,
    report: &'a Report,
    ledger: &'a LogLedger,
    view: &'a View,
    witnesses: usize,
    proofs: usize,
}

impl Found<'_> {
    fn by_type(&self) -> BTreeMap<&'static str, u64> {
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        let bodies = (0..self.ledger.size()).map(|index: Index| self.ledger.body(index).map(Body::type_name));
        bodies.for_each(|name| *counts.entry(name.unwrap_or("malformed")).or_default() += 1);
        counts
    }

    fn json(&self) -> Value {
        let witnessed = &self.report.witnessed;
        let flags: Vec<Value> = self.view.flags().iter().map(flag_json).collect();
        json!({
            "verified": witnessed.quorum,
            "log": self.place.to_string(),
            "origin": witnessed.checkpoint.origin,
            "size": witnessed.checkpoint.size,
            "root": crate::record::hex(&witnessed.checkpoint.root),
            "policy": self.from,
            "witnesses": witnessed.seen.iter().map(|seen| &seen.name).collect::<Vec<_>>(),
            "quorum": witnessed.quorum,
            "witnessed_at": self.view.witnessed_at(),
            "unpublished": self.report.leaves - witnessed.checkpoint.size,
            "every_file_seen": self.report.listed,
            "records": self.by_type(),
            "decisions_in_force": self.view.in_force().len(),
            "proofs": self.proofs,
            "flags": flags,
        })
    }

    fn page(&self) -> Page {
        let witnessed = &self.report.witnessed;
        let mut seen: Vec<&str> = witnessed.seen.iter().map(|seen| seen.name.as_str()).collect();
        seen.dedup();
        let counts = self.by_type();
        let known =
            TYPE_NAMES.iter().chain(&["malformed"]).filter_map(|name| Some((name, counts.get(name)?)));
        let counts: Vec<String> = known.map(|(name, count)| format!("{count} {name}")).collect();
        let listed = if self.report.listed {
            "every file seen, none that does not belong"
        } else {
            "files that cannot be listed were not looked for"
        };
        let quorum = if witnessed.quorum { Text::default() } else { Text::from(", ") + caution("NO QUORUM") };
        let mut page = Page::new();
        page.line(match witnessed.quorum {
            true => good("the log verifies"),
            false => caution("the log verifies as far as its witnesses go"),
        });
        let mut about = |label: &str, text: Text| page.labelled_at(label, crate::log::LABEL_WIDTH, text);
        let checkpoint = &witnessed.checkpoint;
        about(
            "log",
            strong(&checkpoint.origin) + format!(" at {}, {} records; {listed}", self.place, checkpoint.size),
        );
        about("root", crate::record::hex(&checkpoint.root).into());
        about("policy", self.from.as_str().into());
        let names = format!("{} of {}: {}", seen.len(), self.witnesses, seen.join(", "));
        about("witnesses", Text::from(names) + quorum);
        about("time", self.view.witnessed_at().to_string().into());
        about("records", counts.join(", ").into());
        about(
            "decided",
            format!(
                "{} decisions in force, each derived again; {} proofs checked",
                self.view.in_force().len(),
                self.proofs
            )
            .into(),
        );
        let more = self.report.leaves - checkpoint.size;
        if more > 0 {
            about("pending", caution(format!("{more} records more are in the log that no witness has seen")));
        }
        for flag in self.view.flags() {
            about(
                "flagged",
                format!("record {}: {} ({})", flag.index, flag.reason, flag.reason.code()).into(),
            );
        }
        page
    }
}

/// A flag, for machines.
pub fn flag_json(flag: &Flag) -> Value {
    json!({ "record": flag.index, "at": flag.at, "code": flag.reason.code(), "reason": flag.reason.to_string() })
}
