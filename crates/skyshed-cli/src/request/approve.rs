//! `skyshed approve` and `skyshed cancel`: made, signed and submitted in one go.

use anyhow::Result;
use clap::Args;
use skyshed_records::ledger::{Status, View};
use skyshed_records::record::{Approval, Cancel, Digest, Verdict};

use crate::args::Cli;
use crate::exit::not_found;
use crate::log::place::{self, Read};
use crate::record::Draft;
use crate::record::sign::By;
use crate::record::submit::{SubmitArgs, sign_and_submit};

/// What `skyshed approve` takes.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The requests: numbers of their records, or hashes of their bodies.
    #[arg(value_name = "REQUEST", required = true)]
    requests: Vec<String>,
    #[command(flatten)]
    by: By,
    /// Reject instead.
    #[arg(long, conflicts_with = "recuse")]
    reject: bool,
    /// Recuse instead: neither for nor against.
    #[arg(long)]
    recuse: bool,
    /// In words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    statement: String,
    #[command(flatten)]
    submit: SubmitArgs,
}

/// What `skyshed cancel` takes.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// The request or policy: number of its record, or of the request's decision, or hash of its body.
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    by: By,
    /// Why, in words.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    submit: SubmitArgs,
}

/// Answers `skyshed approve`.
pub fn approve(cli: &Cli, args: &ApproveArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.proven().ledger.at(read.proven().ledger.time());
    let requests = args.requests.iter().map(|given| request(&view, &read, given));
    let mut requests = requests.collect::<Result<Vec<Digest>>>()?;
    requests.sort();
    requests.dedup();
    let signer = args.by.signer(Some(&view))?;
    let verdict = match (args.reject, args.recuse) {
        (true, _) => Verdict::Reject,
        (_, true) => Verdict::Recuse,
        _ => Verdict::Approve,
    };
    let statement = match args.statement.as_str() {
        "" => default_statement(verdict).to_owned(),
        given => given.to_owned(),
    };
    let body = Approval { requests, verdict, approver: signer.id.clone(), statement };
    sign_and_submit(cli, Draft::new(body), &[signer], &args.submit)
}

fn default_statement(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "approved as requested",
        Verdict::Reject => "rejected",
        Verdict::Recuse => "recused",
    }
}

/// Answers `skyshed cancel`.
pub fn cancel(cli: &Cli, args: &CancelArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.proven().ledger.at(read.proven().ledger.time());
    let target = target(&view, &read, &args.target)?;
    let signer = args.by.signer(Some(&view))?;
    let body = Cancel { target, canceller: signer.id.clone(), reason_text: args.reason.clone() };
    sign_and_submit(cli, Draft::new(body), &[signer], &args.submit)
}

/// The hash of a request that is in the log.
fn request(view: &View, read: &Read, given: &str) -> Result<Digest> {
    let found = match (given.parse(), Digest::parse(given)) {
        (Ok(index), _) => view.request(index),
        (_, Some(hash)) => view.request_of(&hash),
        _ => None,
    };
    found.map(|one| one.sha256).ok_or_else(|| {
        let open = view.requests().filter(|one| one.status == Status::InReview);
        let open: Vec<String> = open.map(|one| one.index.to_string()).collect();
        let open = if open.is_empty() { "none".to_owned() } else { open.join(", ") };
        not_found(format!("no valid request {given} in {}; in review: {open}", read.place))
    })
}

/// The hash of a request or policy that is in the log, also by the number of its decision.
fn target(view: &View, read: &Read, given: &str) -> Result<Digest> {
    if let Some(hash) = Digest::parse(given) {
        return Ok(hash);
    }
    let index: u64 = given.parse().unwrap_or(u64::MAX);
    let request = view.requests().find(|one| {
        one.index == index || one.quorum.as_ref().is_some_and(|reached| reached.number == Some(index))
    });
    let policy = view.policies_waiting().find(|one| one.index == index);
    let hash = request.map(|one| one.sha256).or(policy.map(|one| one.sha256));
    hash.ok_or_else(|| {
        let open = view.requests().filter(|one| matches!(one.status, Status::InReview | Status::Waiting));
        let open: Vec<String> = open
            .map(|one| one.index)
            .chain(view.policies_waiting().map(|one| one.index))
            .map(|one| one.to_string())
            .collect();
        let open = if open.is_empty() { "none".to_owned() } else { open.join(", ") };
        not_found(format!("{given} is no request or policy in {}; what can be stopped: {open}", read.place))
    })
}
