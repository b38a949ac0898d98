//! `skyshed export shutdowns|radar` and `skyshed import shutdowns|radar`: the log's history in the forms of shutdown trackers, and
//! their reports as observations to be signed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use skyshed::Ground;
use skyshed::control::ledger::timeline;
use skyshed::control::tracker::{self, FILE_BYTES_MAX, Form, Read};
use skyshed_records::record::Body;

use crate::args::Cli;
use crate::exchange::folder::Folder;
use crate::exit::not_found;
use crate::log::place::{self, Place, at, clock};
use crate::record::pretty;
use crate::{eprintln_safe, files, print_json, print_text};

/// What `skyshed export shutdowns` and `radar` take.
#[derive(Debug, Args)]
pub struct ExportTrackerArgs {
    /// The file to write; one that is there is replaced.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What stands before the path of each decision's proof. Default: the log's address, where it has one.
    #[arg(long, value_name = "URL")]
    proofs: Option<String>,
}

/// What `skyshed import shutdowns` and `radar` take.
#[derive(Debug, Args)]
pub struct ImportTrackerArgs {
    /// Rows with the columns of Access Now's STOP, or annotations in Cloudflare Radar's shape.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Who publishes it: an id of the log's policy with the role observer, who signs each observation.
    #[arg(long = "as", value_name = "NAME@ORGANISATION")]
    by: String,
    /// The folder to make, with a file for each observation; it must not exist yet, or be empty.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Only observations of this territory: an id or name of the map.
    #[arg(long, value_name = "TERRITORY")]
    territory: Option<String>,
}

/// Answers `skyshed export shutdowns` and `radar`.
pub fn export(cli: &Cli, args: &ExportTrackerArgs, form: Form) -> Result<()> {
    let read = place::read(cli)?;
    let now = at(cli).map_or_else(clock, Ok)?;
    let ledger = &read.proven().ledger;
    let timeline = timeline(&read.proven().public.checkpoint.origin, ledger)?;
    let proofs = match (&args.proofs, &read.place) {
        (Some(given), _) => format!("{}/", given.trim_end_matches('/')),
        (None, Place::Web(address)) => format!("{}/", address.trim_end_matches('/')),
        (None, Place::Folder(_)) => String::new(),
    };
    let text = form.write(&timeline, &Ground::embedded(), now, &proofs);
    files::replace(&args.file, text.as_bytes())?;
    let (count, file) = (tracker::periods(&timeline, now).len(), args.file.display().to_string());
    if cli.world.json {
        print_json(
            &json!({ "file": file, "periods": count, "at": now, "log": timeline.log, "size": read.size() }),
        )?;
    } else {
        print_text(&format!(
            "wrote {file}: {count} times without full service, as of {now}\nlog   {}\n",
            read.line()
        ))?;
    }
    read.end()
}

/// Answers `skyshed import shutdowns` and `radar`.
pub fn import(cli: &Cli, args: &ImportTrackerArgs, form: Form) -> Result<()> {
    let what = match form {
        Form::Shutdowns => "CSV with the columns of Access Now's STOP",
        Form::Radar => "JSON in the shape of Cloudflare Radar's annotations",
    };
    let bytes = files::read(&args.file, what, FILE_BYTES_MAX as u64)?;
    let ground = Ground::embedded();
    let mut read = form.read(&bytes, &ground, &args.by).with_context(|| args.file.display().to_string())?;
    if let Some(wanted) = &args.territory {
        let id = ground.territory_at(ground.find_territory(wanted)?).id.clone();
        read.observations.retain(|one| one.territory == id);
    }
    if read.observations.is_empty() {
        read.problems.iter().take(PROBLEMS_TOLD).for_each(|line| eprintln_safe(line));
        return Err(not_found(format!("nothing in {} can be an observation", args.file.display())));
    }
    write(&args.out, &read)?;
    tell(cli, args, &read)
}

fn write(out: &Path, read: &Read) -> Result<()> {
    let folder = Folder::create(out)?;
    for (at, observation) in read.observations.iter().enumerate() {
        folder.write(
            &format!("observation-{:05}.json", at + 1),
            &pretty(&Body::Observe(observation.clone()))?,
        )?;
    }
    folder.commit()
}

fn tell(cli: &Cli, args: &ImportTrackerArgs, read: &Read) -> Result<()> {
    let (count, out) = (read.observations.len(), args.out.display().to_string());
    if cli.world.json {
        return print_json(&json!({ "directory": out, "observations": count, "problems": read.problems }));
    }
    read.problems.iter().take(PROBLEMS_TOLD).for_each(|line| eprintln_safe(&format!("passed over: {line}")));
    let more = read.problems.len().saturating_sub(PROBLEMS_TOLD);
    if more > 0 {
        eprintln_safe(&format!("passed over: {more} more; --json lists all"));
    }
    print_text(&format!(
        "wrote {count} observations to {out}\n\
         next  skyshed log sign {out}/observation-00001.json --type observe --key FILE, then skyshed log append the record\n"
    ))
}

/// More problems than these are counted, not listed.
const PROBLEMS_TOLD: usize = 10;
