//! `skyshed key`: what happened to a key.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use skyshed_records::record::{Key, KeyEvent, KeyEventKind, Time};

use crate::args::Cli;
use crate::exit::refused;
use crate::log::place;
use crate::record::sign::{Signer, public_of, signer};
use crate::record::submit::{SubmitArgs, sign_and_submit};
use crate::record::{self, Draft};

/// What `skyshed key` takes.
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// What happened.
    #[arg(value_enum, value_name = "EVENT")]
    event: Event,
    /// Whose key: an id of the policy.
    #[arg(value_name = "NAME@ORGANISATION")]
    principal: String,
    /// The key: its public half in a file.
    #[arg(value_name = "FILE")]
    key: PathBuf,
    /// Of `compromised`: from when on its signatures are void.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    since: Option<Time>,
    /// Of `add`: its signatures must say that the security key's PIN was given.
    #[arg(long)]
    pin_required: bool,
    /// Who signs, and with which key; may be given several times.
    #[arg(long, value_name = "NAME@ORGANISATION=FILE", value_parser = signer, required = true)]
    sign: Vec<Signer>,
    #[command(flatten)]
    submit: SubmitArgs,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Event {
    /// It is valid from now on; signed by the quorum that rotates policies.
    Add,
    /// It counts no more; signed by its owner, or by two others.
    Revoke,
    /// It is lost; signed by two others.
    Lost,
    /// It is in other hands; signed by its owner, or by two others.
    Compromised,
}

/// Answers `skyshed key`.
pub fn key(cli: &Cli, args: &KeyArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.proven().ledger.at(read.proven().ledger.time());
    let public = public_of(&args.key)?;
    let policy = view.policy().ok_or_else(|| refused("no policy is in force, so nobody has a key yet"))?;
    let of_policy = policy.policy.principals.get(&args.principal).into_iter().flat_map(|one| &one.keys);
    let added = view.added_keys().iter().filter(|one| one.principal == args.principal).map(|one| &one.key);
    let known = of_policy.chain(added).find(|key| key.public == public).cloned();
    let new = Key { public, valid_after: None, valid_before: None, pin_required: args.pin_required };
    let event = match args.event {
        Event::Add => KeyEventKind::Add,
        Event::Revoke => KeyEventKind::Revoke,
        Event::Lost => KeyEventKind::Lost,
        Event::Compromised => KeyEventKind::Compromised,
    };
    let body =
        KeyEvent { principal: args.principal.clone(), key: known.unwrap_or(new), event, since: args.since };
    sign_and_submit(cli, Draft::new(body), &args.sign, &args.submit)
}
