//! Keeps the last proven state of a log, for as long as it takes: what is served goes on by it, and a doubt changes nothing but a sign
//! that says STALE, why, and since when. There is no way from here to "all on" or "all off".
//!
//! The state folder holds `proven.json` (the last checkpoint, and the sign), `proven.leaves` (the records up to it), and
//! `fork-<size>-<roots>.json` (evidence, if there ever was any). Trusted: no: records and checkpoint are proven again at start. An attacker
//! who deletes the folder makes the keeper forget what it has seen, so that an older log would be believed once; one who edits
//! it is noticed.

use std::fs::{self, File};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use skyshed_records::ledger::View;
use skyshed_records::value::Time;
use skyshed_tlog::ReadFiles;
use skyshed_tlog::policy::Policy;

use crate::disk::{explain, write_whole};
use crate::fork::Evidence;
use crate::prove::{Doubt, Proven, prove_without_quorum};

/// The last proven state of a log.
pub struct Keeper {
    policy: Policy,
    age_max_s: u64,
    proven: Option<Proven>,
    stale: Option<Stale>,
    evidence: Vec<Evidence>,
    folder: Option<PathBuf>,
    /// Bytes of the file of records that are proven.
    kept_bytes: u64,
}

/// That what is served by is not the newest, or may not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stale {
    /// Short name of the reason, see [`Doubt::code`].
    pub code: String,
    /// Why, in words.
    pub reason: String,
    /// Since when there has been a reason, by the clock of the keeper's machine.
    pub since: Time,
}

/// The state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(PathBuf, String),
    /// What is in it does not prove itself.
    #[error(
        "{0} was changed or damaged: its records do not lead to its checkpoint, or that is not this log's; \
         delete the folder to begin anew from what is served, which forgets what was proven before"
    )]
    Damaged(PathBuf),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    checkpoint: String,
    stale: Option<Stale>,
}

impl Keeper {
    /// A keeper that remembers nothing across restarts.
    pub fn new(policy: Policy, age_max_s: u64) -> Keeper {
        Keeper {
            policy,
            age_max_s,
            proven: None,
            stale: None,
            evidence: Vec::new(),
            folder: None,
            kept_bytes: 0,
        }
    }

    /// A keeper with a state folder, from where it was before.
    pub fn open(policy: Policy, age_max_s: u64, folder: &Path) -> Result<Keeper, KeeperError> {
        let io = |error| KeeperError::Io(folder.into(), explain(&error));
        fs::create_dir_all(folder).map_err(io)?;
        let mut keeper = Keeper { folder: Some(folder.into()), ..Keeper::new(policy, age_max_s) };
        let Some(bytes) = read_if_there(&folder.join(STATE)).map_err(io)? else { return Ok(keeper) };
        let leaves = read_if_there(&folder.join(LEAVES)).map_err(io)?.unwrap_or_default();
        let (proven, stale) =
            keeper.restore(&bytes, &leaves).ok_or_else(|| KeeperError::Damaged(folder.into()))?;
        keeper.kept_bytes = kept_bytes(&leaves, proven.ledger.size());
        (keeper.proven, keeper.stale) = (Some(proven), stale);
        Ok(keeper)
    }

    /// Another keeper of the same log, beginning with what this one has proven; it remembers nothing across restarts.
    pub fn reader(&self) -> Keeper {
        Keeper { proven: self.proven.clone(), ..Keeper::new(self.policy.clone(), self.age_max_s) }
    }

    /// Looks at what is served now. What can be proven is taken over; otherwise everything stays as it is, and stale. `now` is the
    /// machine's clock. An error is about the state folder: the state in memory is as it should be.
    pub fn update(&mut self, files: &impl ReadFiles, now: Time) -> Result<(), KeeperError> {
        let done = match &mut self.proven {
            Some(proven) => proven.go_on(files, &self.policy),
            None => prove_without_quorum(files, &self.policy, None).map(|(proven, leaves)| {
                self.proven = Some(proven);
                leaves
            }),
        };
        let (doubt, leaves) = match done {
            Err(doubt) => (Some(doubt), Vec::new()),
            Ok(leaves) => (self.lasting_doubt(now), leaves),
        };
        let noted = self.note(doubt, now);
        self.save(&leaves)?;
        noted
    }

    /// What has been proven, if anything has.
    pub fn proven(&self) -> Option<&Proven> {
        self.proven.as_ref()
    }

    /// Why and since when what is served by may not be the newest.
    pub fn stale(&self) -> Option<&Stale> {
        self.stale.as_ref()
    }

    /// Evidence of forks found since this keeper was made.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// The state to serve by now. Decisions that are in it begin and end by themselves, also while it is stale.
    pub fn view(&self, now: Time) -> Option<View> {
        self.proven.as_ref().map(|proven| proven.ledger.at(self.time(now)))
    }

    /// The time to serve by: the machine's, but never before what witnesses have seen.
    pub fn time(&self, now: Time) -> Time {
        self.proven.as_ref().map_or(now, |proven| now.max(proven.witnessed_at()))
    }

    /// By how many seconds the machine's clock is behind the witnesses', if by more than [`CLOCK_ALARM_S`].
    pub fn clock_behind_s(&self, now: Time) -> Option<u64> {
        let behind = self.time(now).0 - now.0;
        u64::try_from(behind).ok().filter(|&behind| behind > CLOCK_ALARM_S)
    }

    /// What remains to be said against a state that was proven.
    fn lasting_doubt(&self, now: Time) -> Option<Doubt> {
        let proven = self.proven.as_ref()?;
        let witnessed_at = proven.witnessed_at();
        if !proven.public.quorum {
            return Some(proven.quorum_missing());
        }
        let age_s = u64::try_from(now.0 - witnessed_at.0).unwrap_or(0);
        (age_s > self.age_max_s).then_some(Doubt::Old { witnessed_at, age_max_s: self.age_max_s })
    }

    fn note(&mut self, doubt: Option<Doubt>, now: Time) -> Result<(), KeeperError> {
        let since = self.stale.as_ref().map_or(now, |stale| stale.since);
        self.stale =
            doubt.as_ref().map(|doubt| Stale { code: doubt.code().into(), reason: doubt.to_string(), since });
        match doubt {
            Some(Doubt::Fork(evidence)) => self.keep_evidence(*evidence),
            _ => Ok(()),
        }
    }

    fn keep_evidence(&mut self, evidence: Evidence) -> Result<(), KeeperError> {
        let Ok(fork) = evidence.check(self.policy.log_keys()) else { return Ok(()) };
        let known = |one: &Evidence| one.check(self.policy.log_keys()).is_ok_and(|known| known == fork);
        if self.evidence.len() >= EVIDENCE_MAX || self.evidence.iter().any(known) {
            return Ok(());
        }
        let text = evidence.text();
        self.evidence.push(evidence);
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join(fork.file_name());
        if path.exists() {
            return Ok(());
        }
        write_whole(&path, text.as_bytes()).map_err(|error| KeeperError::Io(path, explain(&error)))
    }

    fn restore(&self, state: &[u8], leaves: &[u8]) -> Option<(Proven, Option<Stale>)> {
        let state: State = serde_json::from_slice(state).ok()?;
        let public = self.policy.check(state.checkpoint.as_bytes()).ok()?;
        let size = usize::try_from(public.checkpoint.size).ok()?;
        let leaves = decode(leaves, size)?;
        Some((Proven::from_kept(&leaves, public, &self.policy)?, state.stale))
    }

    /// Records first: a crash in between leaves more of them than the checkpoint says, which are passed over at start.
    fn save(&mut self, leaves: &[Vec<u8>]) -> Result<(), KeeperError> {
        let (Some(folder), Some(proven)) = (&self.folder, &self.proven) else { return Ok(()) };
        let state = State { checkpoint: proven.public.note.to_string(), stale: self.stale.clone() };
        let text = serde_json::to_string_pretty(&state).unwrap_or_default() + "\n";
        let appended = append(&folder.join(LEAVES), self.kept_bytes, leaves);
        let saved = appended.and_then(|kept_bytes| {
            self.kept_bytes = kept_bytes;
            write_whole(&folder.join(STATE), text.as_bytes())
        });
        saved.map_err(|error| KeeperError::Io(folder.clone(), explain(&error)))
    }
}

/// Puts records after the first `kept_bytes` of the file; how many bytes there are then.
fn append(path: &Path, kept_bytes: u64, leaves: &[Vec<u8>]) -> std::io::Result<u64> {
    if leaves.is_empty() {
        return Ok(kept_bytes);
    }
    let mut bytes = Vec::new();
    for leaf in leaves {
        // A leaf of a log has at most 65,535 bytes (tlog-tiles).
        bytes.extend((leaf.len() as u16).to_be_bytes());
        bytes.extend(leaf);
    }
    let mut file = File::options().write(true).create(true).truncate(false).open(path)?;
    file.set_len(kept_bytes)?;
    file.seek(SeekFrom::Start(kept_bytes))?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(kept_bytes + bytes.len() as u64)
}

fn kept_bytes(bytes: &[u8], size: u64) -> u64 {
    let leaves = decode(bytes, size as usize).unwrap_or_default();
    leaves.iter().map(|leaf| 2 + leaf.len() as u64).sum()
}

/// The records of a file, as many as there should be.
fn decode(mut bytes: &[u8], size: usize) -> Option<Vec<Vec<u8>>> {
    let mut leaves = Vec::new();
    while leaves.len() < size {
        let (length, rest) = bytes.split_first_chunk()?;
        let (leaf, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        leaves.push(leaf.to_vec());
        bytes = rest;
    }
    Some(leaves)
}

fn read_if_there(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Of how many forks evidence is kept between two starts. One is enough to stop believing the log's operator.
pub const EVIDENCE_MAX: usize = 64;

/// How far a machine's clock may be behind the witnesses' before that is said.
pub const CLOCK_ALARM_S: u64 = 60;

const STATE: &str = "proven.json";
const LEAVES: &str = "proven.leaves";
