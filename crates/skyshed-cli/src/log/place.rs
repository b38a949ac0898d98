//! Where a log is, and what of it has been proven.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use skyshed_log::{Disk, HttpFiles, Keeper, Proven, Stale, side};
use skyshed_records::leaf::{self, Leaf};
use skyshed_records::ledger::View;
use skyshed_records::record::{Index, Time};
use skyshed_tlog::policy::Policy;
use skyshed_tlog::read::prove_inclusion;
use skyshed_tlog::{FileError, ReadFiles, VerifierKey};

use super::times::Times;
use crate::args::Cli;
use crate::data::DataDir;
use crate::exit::{self, Exit, not_found, problem};
use crate::progress::Progress;
use crate::{eprintln_safe, files, now, obeyed};

/// Where a log is.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a folder.
    Folder(PathBuf),
    /// At an address.
    Web(String),
}

/// The files of a log, wherever they are.
pub enum Files {
    /// In a folder, read only.
    Disk(Disk),
    /// At an address.
    Web(HttpFiles),
}

/// A log that proved itself as far as it goes.
pub struct Read {
    /// Where it is.
    pub place: Place,
    /// Its files.
    pub files: Files,
    /// The log's key and the witnesses.
    pub policy: Policy,
    /// What was proven.
    pub keeper: Keeper,
}

impl Place {
    /// A folder or an address.
    pub fn parse(text: &str) -> Place {
        let web = text.starts_with("http://") || text.starts_with("https://");
        if web { Place::Web(text.to_owned()) } else { Place::Folder(PathBuf::from(text)) }
    }

    /// What `--log` says, else the demonstration log.
    pub fn of(cli: &Cli) -> Result<Place> {
        match &cli.world.log {
            Some(given) if given.as_os_str() != obeyed::DEMONSTRATION => {
                Ok(Place::parse(&given.to_string_lossy()))
            }
            _ => Ok(Place::Folder(obeyed::demonstration_log(DataDir::find()?.path())?)),
        }
    }

    /// The folder, for what needs one.
    pub fn folder(&self) -> Result<&Path> {
        match self {
            Place::Folder(folder) => Ok(folder),
            Place::Web(address) => Err(anyhow!(
                "{address} is an address, and nothing can be written there; write the record to a file (--out FILE) and send it to \
                 whoever runs the log, or give the log's folder (--log DIR)"
            )),
        }
    }

    /// Its files, to be read.
    pub fn files(&self) -> Result<Files> {
        match self {
            Place::Folder(folder) => Ok(Files::Disk(Disk::read_only(folder)?)),
            Place::Web(address) => Ok(Files::Web(HttpFiles::new(address))),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Folder(folder) => folder.display().fmt(f),
            Place::Web(address) => address.fmt(f),
        }
    }
}

impl ReadFiles for Files {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match self {
            Files::Disk(files) => files.read(path),
            Files::Web(files) => files.read(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        match self {
            Files::Disk(files) => files.list(folder),
            Files::Web(files) => files.list(folder),
        }
    }
}

/// The text of the witness policy, and where it is from: a file, or, only as good as whoever serves it, the log's own copy.
pub fn trust(given: Option<&Path>, place: &Place, files: &impl ReadFiles) -> Result<(Vec<u8>, String)> {
    match given {
        Some(path) => Ok((files::read(path, POLICY_IS, POLICY_BYTES_MAX)?, path.display().to_string())),
        None => {
            let found = files.read(side::POLICY).map_err(|error| problem(Exit::Stale, error.to_string()))?;
            let missing = || {
                not_found(format!(
                    "{place} has no {}; give {POLICY_IS} with --witness-policy FILE",
                    side::POLICY
                ))
            };
            Ok((found.ok_or_else(missing)?, format!("{}, the log's own copy", side::POLICY)))
        }
    }
}

/// Reads what `--log` names and proves it.
pub fn read(cli: &Cli) -> Result<Read> {
    read_at(Place::of(cli)?, cli.world.witness_policy.as_deref())
}

/// Reads a log and proves it: as far as its witnesses go, where they are not enough.
pub fn read_at(place: Place, witness_policy: Option<&Path>) -> Result<Read> {
    read_by(place, witness_policy, |policy| Ok(Keeper::new(policy, u64::MAX)))
}

/// As [`read_at`], by a keeper that may remember what was proven before.
pub fn read_by(
    place: Place,
    witness_policy: Option<&Path>,
    keeper: impl FnOnce(Policy) -> Result<Keeper>,
) -> Result<Read> {
    let _progress = Progress::start(format!("checking the log {place}"));
    let files = place.files()?;
    let (text, from) = trust(witness_policy, &place, &files)?;
    let policy = Policy::parse(&text).with_context(|| format!("witness policy {from}"))?;
    let mut keeper = keeper(policy.clone())?;
    keeper.update(&files, clock()?)?;
    match (keeper.proven(), keeper.stale()) {
        (None, Some(Stale { code, reason, .. })) => {
            Err(problem(exit::of_doubt(code), format!("{place}: {reason}")))
        }
        _ => Ok(Read { place, files, policy, keeper }),
    }
}

impl Read {
    /// What was proven.
    pub fn proven(&self) -> &Proven {
        self.keeper.proven().expect("checked when it was read")
    }

    /// Number of records.
    pub fn size(&self) -> u64 {
        self.proven().ledger.size()
    }

    /// The state at a time; without one, now, but never before what witnesses have seen.
    pub fn view(&self, at: Option<Time>) -> Result<View> {
        let time = at.map_or_else(clock, Ok)?;
        Ok(self.proven().ledger.at(if at.is_some() { time } else { self.keeper.time(time) }))
    }

    /// A record, proven to be in the log, and its bytes.
    pub fn leaf(&self, index: Index) -> Result<(Vec<u8>, Option<Leaf>)> {
        self.demand(index)?;
        let (bytes, _) = prove_inclusion(&self.files, &self.proven().public.checkpoint, index)?;
        let leaf = leaf::parse(&bytes).ok();
        Ok((bytes, leaf))
    }

    /// When witnesses saw the records.
    pub fn times(&self) -> Times {
        Times::of(&self.proven().ledger)
    }

    /// `skyshed.example/service-control, 212 records, cosigned by 2 of 3 witnesses`.
    pub fn line(&self) -> String {
        let public = &self.proven().public;
        let quorum = if public.quorum { "" } else { ", which is no quorum" };
        format!(
            "{}, {} records, cosigned by {} of {} witnesses{quorum}",
            public.checkpoint.origin,
            self.size(),
            names(public.seen.iter().map(|seen| seen.name.as_str())),
            witnesses(&self.policy),
        )
    }

    /// After the answer: where the newest state could not be proven, the command ends with the code for that.
    pub fn end(&self) -> Result<()> {
        match self.keeper.stale() {
            None => Ok(()),
            Some(stale) => Err(problem(exit::of_doubt(&stale.code), format!("STALE: {}", stale.reason))),
        }
    }

    fn demand(&self, index: Index) -> Result<()> {
        let size = self.size();
        if index < size {
            return Ok(());
        }
        Err(not_found(format!("there is no record {index}: {} has {size} records, from 0 on", self.place)))
    }
}

/// How many witnesses a policy has; one may have several keys, all of one name.
pub fn witnesses(policy: &Policy) -> usize {
    names(policy.witness_keys().iter().map(VerifierKey::name))
}

/// How many different names.
pub fn names<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.collect::<BTreeSet<_>>().len()
}

/// The machine's clock, in whole seconds.
pub fn clock() -> Result<Time> {
    now().map(seconds)
}

/// What `--at` says.
pub fn at(cli: &Cli) -> Option<Time> {
    cli.world.at.map(seconds)
}

/// A time as records write it: whole seconds, rounded down.
pub fn seconds(time: skyshed::Epoch) -> Time {
    Time(time.unix_micros().div_euclid(1_000_000))
}

/// Says on standard error what is not part of the answer.
pub fn note(line: &str) {
    eprintln_safe(&format!("skyshed: {line}"));
}

const POLICY_IS: &str = "a witness policy (C2SP tlog-policy): the log's key and its witnesses";
const POLICY_BYTES_MAX: u64 = 1 << 20;
