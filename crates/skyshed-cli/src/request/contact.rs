//! `skyshed contact` and `skyshed attest`: what others asked for, and that there was nothing else.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use skyshed_records::ledger::sealed_sha256;
use skyshed_records::record::{Ask, Attest, Contact, ContactBody, Digest, Index, Time};

use crate::args::Cli;
use crate::exit::refused;
use crate::log::place;
use crate::record::sign::By;
use crate::record::submit::{SubmitArgs, sign_and_submit};
use crate::record::{self, Draft, random};
use crate::{eprintln_safe, files};

/// What `skyshed contact` takes.
#[derive(Debug, Args)]
pub struct ContactArgs {
    #[command(subcommand)]
    task: ContactTask,
}

#[derive(Debug, Subcommand)]
enum ContactTask {
    /// Log a contact openly.
    Publish(PublishArgs),
    /// Commit to a contact now, by hash, and open it later.
    Seal(SealArgs),
    /// Open a contact that was sealed.
    Open(OpenArgs),
}

/// What a contact was.
#[derive(Debug, Args)]
#[command(next_help_heading = "Contact")]
struct What {
    /// Who asked.
    #[arg(long, value_name = "WHO")]
    who: String,
    /// In which office or function.
    #[arg(long, value_name = "OFFICE")]
    office: String,
    /// From when.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    from: Time,
    /// Until when. Default: the same.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    until: Option<Time>,
    /// How: letter, telephone, in person.
    #[arg(long, value_name = "HOW")]
    channel: String,
    /// About which territory: its id.
    #[arg(long, value_name = "TERRITORY")]
    territory: String,
    /// What was asked: activate, deactivate, keep_off, keep_on, inform.
    #[arg(long, value_name = "ASK", value_parser = ask)]
    ask: Ask,
    /// What was answered.
    #[arg(long, value_name = "TEXT")]
    reply: String,
    /// Who received it.
    #[arg(long, value_name = "WHO")]
    receiver: String,
}

#[derive(Debug, Args)]
struct PublishArgs {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    submit: SubmitArgs,
}

#[derive(Debug, Args)]
struct SealArgs {
    #[command(flatten)]
    what: What,
    /// By when it will be opened.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    open_by: Time,
    /// Where the contact and its salt are kept until then: without this file it cannot be opened.
    #[arg(long, value_name = "FILE")]
    secret: PathBuf,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    submit: SubmitArgs,
}

#[derive(Debug, Args)]
struct OpenArgs {
    /// Number of the sealed record.
    #[arg(value_name = "N")]
    number: Index,
    /// What `skyshed contact seal` kept.
    #[arg(long, value_name = "FILE")]
    secret: PathBuf,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    submit: SubmitArgs,
}

/// What `skyshed attest` takes.
#[derive(Debug, Args)]
pub struct AttestArgs {
    /// From when.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    from: Time,
    /// Until when.
    #[arg(long, value_name = "TIME", value_parser = record::time)]
    until: Time,
    /// In words.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "no contact about service control that is not in the log"
    )]
    statement: String,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    submit: SubmitArgs,
}

/// A sealed contact and what opens it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    salt: Digest,
    contact: ContactBody,
}

fn ask(text: &str) -> Result<Ask, String> {
    let allowed = "allowed: activate, deactivate, keep_off, keep_on, inform";
    serde_json::from_value(text.into()).map_err(|_| allowed.to_owned())
}

/// Answers `skyshed contact`.
pub fn contact(cli: &Cli, args: &ContactArgs) -> Result<()> {
    match &args.task {
        ContactTask::Publish(args) => {
            let body = Contact::Open { contact: body(&args.what) };
            log(cli, body, &args.by, &args.submit)
        }
        ContactTask::Seal(args) => seal(cli, args),
        ContactTask::Open(args) => open(cli, args),
    }
}

fn body(what: &What) -> ContactBody {
    ContactBody {
        who: what.who.clone(),
        office: what.office.clone(),
        from: what.from,
        until: what.until.unwrap_or(what.from),
        channel: what.channel.clone(),
        territory: what.territory.clone(),
        ask: what.ask,
        reply: what.reply.clone(),
        receiver: what.receiver.clone(),
    }
}

/// The secret is on disk before the seal is in the log: it can never be lost by a crash in between.
fn seal(cli: &Cli, args: &SealArgs) -> Result<()> {
    if args.secret.exists() {
        return Err(refused(format!(
            "{} exists already; secrets are never overwritten: give another name",
            args.secret.display()
        )));
    }
    let secret = Secret { salt: Digest(random()?), contact: body(&args.what) };
    let sealed = sealed_sha256(&secret.salt, &secret.contact).context("the contact has no canonical form")?;
    let mut text = serde_json::to_vec_pretty(&secret)?;
    text.push(b'\n');
    files::replace(&args.secret, &text)?;
    let body = Contact::Sealed { sealed, open_by: args.open_by };
    let done = log(cli, body, &args.by, &args.submit);
    match done {
        Ok(()) => {
            eprintln_safe(&format!(
                "keep {} until {}: only it can open this contact",
                args.secret.display(),
                args.open_by
            ));
            Ok(())
        }
        Err(error) => {
            if crate::exit::code(&error) == crate::exit::Exit::Refused as u8 {
                // Nothing was sealed, so there is nothing to open.
                let _ = std::fs::remove_file(&args.secret);
            }
            Err(error)
        }
    }
}

fn open(cli: &Cli, args: &OpenArgs) -> Result<()> {
    let text = files::read(&args.secret, "what `skyshed contact seal` kept", SECRET_BYTES_MAX)?;
    let secret: Secret = serde_json::from_slice(&text).with_context(|| {
        format!("--secret {}: not what `skyshed contact seal` kept", args.secret.display())
    })?;
    let body = Contact::Opened { opens: args.number, salt: secret.salt, contact: secret.contact };
    log(cli, body, &args.by, &args.submit)
}

fn log(cli: &Cli, body: Contact, by: &By, submit: &SubmitArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.proven().ledger.at(read.proven().ledger.time());
    let signer = by.signer(Some(&view))?;
    sign_and_submit(cli, Draft::new(body), &[signer], submit)
}

/// Answers `skyshed attest`.
pub fn attest(cli: &Cli, args: &AttestArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.proven().ledger.at(read.proven().ledger.time());
    let signer = args.by.signer(Some(&view))?;
    let (from, until, statement) = (args.from, args.until, args.statement.clone());
    let body = Attest { by: signer.id.clone(), from, until, statement };
    sign_and_submit(cli, Draft::new(body), &[signer], &args.submit)
}

const SECRET_BYTES_MAX: u64 = 1 << 16;
