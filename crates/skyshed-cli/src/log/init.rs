//! `skyshed log init`: a demonstration log, or an empty one with its first policy.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use skyshed_log::keys::write_keys;
use skyshed_log::means::key_beside;
use skyshed_log::{Disk, Sequencer};
use skyshed_tlog::policy::Policy;
use skyshed_tlog::{Algorithm, SigningKey};

use crate::args::Cli;
use crate::record::sign::{Signer, signer};
use crate::record::submit::{self, WriteArgs};
use crate::record::{Draft, random};
use crate::{files, print_json, print_text};

/// What `skyshed log init` takes.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder to make; it must not exist yet, or be empty. It can be served by any static web server.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// A complete demonstration, with throw-away keys of five made-up organisations in DIR/keys.
    #[arg(long, conflicts_with_all = ["origin", "policy", "witnesses", "sign"])]
    demo: bool,
    /// Name of the log, such as skyshed.example/service-control.
    #[arg(long, value_name = "NAME", required_unless_present = "demo")]
    origin: Option<String>,
    /// The first policy: who may do what, and how many it takes. The JSON body of a policy record of version 1, or the
    /// record with its signatures.
    #[arg(long = "policy", id = "policy", value_name = "FILE", required_unless_present = "demo")]
    policy: Option<String>,
    /// Sign the policy: an approver of it and the key; as many as its `rotation` asks for.
    #[arg(long, value_name = "NAME@ORGANISATION=FILE", value_parser = signer)]
    sign: Vec<Signer>,
    /// The witnesses: the lines `witness`, `group` and `quorum` of a witness policy (C2SP tlog-policy).
    #[arg(long, value_name = "FILE", required_unless_present = "demo")]
    witnesses: Option<PathBuf>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Answers `skyshed log init`.
pub fn init(cli: &Cli, args: &InitArgs) -> Result<()> {
    match (&args.origin, &args.policy, &args.witnesses) {
        (Some(origin), Some(policy), Some(witnesses)) => {
            real(cli, args, origin, Path::new(policy), witnesses)
        }
        _ => demo(cli, &args.folder),
    }
}

fn demo(cli: &Cli, folder: &Path) -> Result<()> {
    crate::demo::make_demo(folder, &skyshed::Ground::embedded())?;
    let read = super::place::read_at(super::place::Place::Folder(folder.to_owned()), None)?;
    let keys = folder.join(crate::demo::KEYS).display().to_string();
    let folder = folder.display().to_string();
    if cli.world.json {
        let origin = &read.proven().public.checkpoint.origin;
        return print_json(
            &json!({ "log": folder, "origin": origin, "size": read.size(), "keys": keys, "demo": true }),
        );
    }
    print_text(&format!(
        "made {folder}: {}\nits people, organisations and events are invented; everybody has the keys in {keys}\n\
         next      skyshed log state --log {folder}, skyshed territory show TW --log {folder}\n",
        read.line()
    ))
}

fn real(cli: &Cli, args: &InitArgs, origin: &str, policy: &Path, witnesses: &Path) -> Result<()> {
    let mut genesis = Draft::read(policy, Some("policy"))?;
    args.sign.iter().try_for_each(|signer| genesis.sign(signer))?;
    let leaf = genesis.leaf()?;
    let lines = files::read_text(witnesses, "the witnesses: lines of a witness policy", POLICY_BYTES_MAX)?;
    let made = Made::new(&args.folder)?;
    let (key_file, key) = log_key(args, origin)?;
    let text = format!("log {}\n{lines}", key.verifier());
    Policy::parse(text.as_bytes()).with_context(|| format!("--witnesses {}", witnesses.display()))?;
    if !key_file.exists() {
        write_keys(&key_file, &args.folder, &[key])?;
    }
    let write = WriteArgs { log_key: Some(key_file.clone()), ..args.write.clone() };
    let (means, policy) = submit::means(&args.folder, text, &write)?;
    let (sequencer, outcome) = Sequencer::create(made.files.clone(), means, &[leaf])?;
    made.keep();
    let (size, seen, of) = (sequencer.ledger().size(), outcome.witnesses, policy.witnesses.len());
    let folder = args.folder.display().to_string();
    if cli.world.json {
        let key = key_file.display().to_string();
        print_json(
            &json!({ "log": folder, "origin": origin, "log_key": key, "size": size, "witnesses": seen, "quorum": outcome.quorum }),
        )?;
    } else {
        print_text(&format!(
            "made {folder}: {origin}, {size} records, cosigned by {seen} of {of} witnesses\nits key is in {}: keep it secret, and \
             a copy of it elsewhere\n",
            key_file.display()
        ))?;
        outcome.absent.iter().for_each(|error| super::place::note(&error.to_string()));
    }
    match outcome.quorum {
        true => Ok(()),
        false => Err(crate::exit::problem(
            crate::exit::Exit::Stale,
            format!(
                "the witness quorum is missing: the policy is in the log, but not in force; run `skyshed log append --log {folder}` once the witnesses know the log"
            ),
        )),
    }
}

/// The key of the new log: the one given or kept, else a new one.
fn log_key(args: &InitArgs, origin: &str) -> Result<(PathBuf, SigningKey)> {
    let path = args.write.log_key.clone().unwrap_or_else(|| key_beside(&args.folder));
    if !path.exists() {
        let key = SigningKey::from_seed(origin, Algorithm::Ed25519, &random()?)?;
        return Ok((path, key));
    }
    let mut keys = skyshed_log::keys::read_keys(&path)?;
    let key = keys.swap_remove(0);
    let name = key.verifier().name().to_owned();
    if name != origin {
        bail!(
            "{} is the key of {name}; a log's key has the log's name, {origin}: give another --log-key",
            path.display()
        );
    }
    Ok((path, key))
}

/// The folder of a log that is being made; what is in it goes away again where that fails.
struct Made {
    files: Disk,
    was_there: bool,
    kept: std::cell::Cell<bool>,
}

impl Made {
    fn new(folder: &Path) -> Result<Made> {
        let was_there = folder.exists();
        Ok(Made { files: Disk::create(folder)?, was_there, kept: std::cell::Cell::new(false) })
    }

    fn keep(&self) {
        self.kept.set(true);
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.kept.get() {
            return;
        }
        let root = self.files.root();
        // What cannot be removed is only left over: it is no log.
        let _ = std::fs::remove_dir_all(root);
        if self.was_there {
            let _ = std::fs::create_dir(root);
        }
    }
}

const POLICY_BYTES_MAX: u64 = 1 << 20;
