//! `skyshed log proof` and `extract`: what others check with tools that are not ours.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};
use skyshed_records::leaf::Leaf;
use skyshed_records::ledger::View;
use skyshed_records::record::{Body, Index, Key, Policy};
use skyshed_records::verify::{Extract, extract as extracted};
use skyshed_tlog::checkpoint::Opened;

use super::place::{self, Place, Read};
use crate::args::Cli;
use crate::exit::not_found;
use crate::{files, print_json, print_text};

/// What `skyshed log proof` takes.
#[derive(Debug, Args)]
pub struct ProofArgs {
    /// Number of the record.
    #[arg(value_name = "N")]
    number: Index,
    /// Where the proof goes (C2SP tlog-proof). Default: standard output.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the record's own bytes too, which the proof is about.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// Answers `skyshed log proof`.
pub fn proof(cli: &Cli, args: &ProofArgs) -> Result<()> {
    let read = place::read(cli)?;
    let (bytes, _) = read.leaf(args.number)?;
    let public = &read.proven().public;
    let opened = Opened {
        checkpoint: public.checkpoint.clone(),
        note: public.note.clone(),
        signers: Default::default(),
    };
    let proof = skyshed_log::side::prove_record(&read.files, &opened, args.number)?;
    // What does not convince here is handed to nobody.
    proof.verify(&bytes, &read.policy)?;
    let text = proof.text();
    if let Some(path) = &args.record {
        files::replace(path, &bytes)?;
    }
    match &args.out {
        Some(path) => files::replace(path, text.as_bytes())?,
        None if !cli.world.json => print_text(&text)?,
        None => {}
    }
    if cli.world.json {
        let file = args.out.as_ref().map(|path| path.display().to_string());
        print_json(&json!({
            "number": args.number, "size": public.checkpoint.size, "hashes": proof.path.len(), "bytes": text.len(), "file": file,
            "proof": text,
        }))?;
    } else if let Some(path) = &args.out {
        print_text(&format!(
            "wrote {}: record {} is in {} ({} hashes, {} bytes)\n",
            path.display(),
            args.number,
            read.line(),
            proof.path.len(),
            text.len()
        ))?;
    }
    read.end()
}

/// What `skyshed log extract` takes.
#[derive(Debug, Args)]
pub struct ExtractArgs {
    /// The log's folder or address, where it is not given with --log, and the number of the record.
    #[arg(value_name = "[DIR] N", num_args = 1..=2, required = true)]
    given: Vec<String>,
    /// The folder that the files go to; it is made.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Answers `skyshed log extract`.
pub fn extract(cli: &Cli, args: &ExtractArgs) -> Result<()> {
    let number = args.given.last().map(String::as_str).unwrap_or_default();
    let index: Index = number.parse().with_context(|| format!("{number:?} is no number of a record"))?;
    let place = match args.given.as_slice() {
        [place, _] => Place::parse(place),
        _ => Place::of(cli)?,
    };
    let read = place::read_at(place, cli.world.witness_policy.as_deref())?;
    let files = files_of(&read, index)?;
    write(&args.out, &files)?;
    print(cli, &args.out, index, &files)?;
    read.end()
}

/// The files of a record, judged by the policy and at the time at which it was witnessed.
fn files_of(read: &Read, index: Index) -> Result<Extract> {
    let (_, leaf) = read.leaf(index)?;
    let leaf =
        leaf.ok_or_else(|| not_found(format!("record {index} is malformed: there is nothing signed in it")))?;
    let time = read.times().at(index);
    let ledger = &read.proven().ledger;
    let view = time.map_or_else(|| ledger.at(ledger.time()), |time| ledger.at(time));
    let policy = view.policy().context("no policy is in force when the record was witnessed")?;
    Ok(extracted(&leaf, &signers(&policy.policy, &view, &leaf), time))
}

/// The policy with the other keys that may have signed a record: those that were added since, and, where it is a policy itself,
/// those that it brings.
fn signers(policy: &Policy, view: &View, leaf: &Leaf) -> Policy {
    let mut signers = policy.clone();
    for added in view.added_keys() {
        if let Some(principal) = signers.principals.get_mut(&added.principal) {
            principal.keys.push(added.key.clone());
        }
    }
    let Body::Policy(new) = &leaf.body else { return signers };
    for (id, principal) in &new.principals {
        let known = signers.principals.entry(id.clone()).or_insert_with(|| principal.clone());
        let new_keys = principal.keys.iter().filter(|key| !known.keys.contains(key)).cloned();
        let new_keys: Vec<Key> = new_keys.collect();
        known.keys.extend(new_keys);
        known.roles.extend(&principal.roles);
    }
    signers
}

fn write(folder: &Path, files: &Extract) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    files::replace(&folder.join("body"), &files.body)?;
    files::replace(&folder.join("allowed_signers"), files.allowed_signers.as_bytes())?;
    files.sigs.iter().try_for_each(|sig| files::replace(&folder.join(&sig.file), sig.armored.as_bytes()))
}

fn print(cli: &Cli, folder: &Path, index: Index, files: &Extract) -> Result<()> {
    if cli.world.json {
        let sigs: Vec<Value> = files
            .sigs
            .iter()
            .map(|sig| json!({ "by": sig.by, "file": sig.file, "command": sig.command }))
            .collect();
        return print_json(&json!({
            "number": index, "folder": folder.display().to_string(), "namespace": files.namespace, "signatures": sigs,
        }));
    }
    let mut text = format!(
        "wrote {}: record {index}, body, allowed_signers, {} signatures\n",
        folder.display(),
        files.sigs.len()
    );
    if files.sigs.is_empty() {
        text += "nobody signs records of this type: they follow from others\n";
    } else {
        text += &format!("\ncheck them with OpenSSH:\n  cd {}\n", folder.display());
        files.sigs.iter().for_each(|sig| text += &format!("  {}\n", sig.command));
    }
    print_text(&text)
}

/// Where the proof of a decision is, or how to get it.
pub fn proof_hint(place: &Place, number: Index) -> String {
    format!("{place}/{} (made again by `skyshed log proof {number}`)", skyshed_log::side::proof_path(number))
}
