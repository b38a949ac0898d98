//! A snapshot of a log that proves itself: signed by the log, seen by the witness quorum, the continuation of what was proven before,
//! and every decision in it derived again from the records.

use skyshed_records::value::Time;
use skyshed_tlog::checkpoint::{Opened, open_bare};
use skyshed_tlog::error::LogError;
use skyshed_tlog::merkle::{ProofError, Tree, leaf_hash};
use skyshed_tlog::policy::{Policy, PolicyError, Witnessed};
use skyshed_tlog::read::{CHECKPOINT, Hashes, read_entries};
use skyshed_tlog::tile::WIDTH;
use skyshed_tlog::{FileError, Hash, ReadFiles};

use crate::fork::Evidence;
use crate::witnesses::{LogLedger, empty_ledger};

/// A snapshot of a log that has been proven. A clone shares the records.
#[derive(Clone)]
pub struct Proven {
    /// What follows from its records.
    pub ledger: LogLedger,
    /// The checkpoint that it was proven by, and who cosigned it.
    pub public: Witnessed,
    leaf_hashes: Vec<Hash>,
}

/// Why a log is not obeyed.
#[derive(Debug, thiserror::Error)]
pub enum Doubt {
    /// Nothing there.
    #[error("there is no log: no checkpoint is served")]
    NoLog,
    /// Not to be reached.
    #[error("the log cannot be read: {0}")]
    Unreachable(FileError),
    /// Not signed by the log.
    #[error("the checkpoint is not the log's: {0}")]
    Signature(PolicyError),
    /// Too few witnesses.
    #[error("the witness quorum is missing: the checkpoint of size {size} was cosigned by {}", list(seen))]
    Quorum {
        /// Size of the checkpoint.
        size: u64,
        /// The witnesses of the policy that cosigned it.
        seen: Vec<String>,
    },
    /// An earlier state of the log is served.
    #[error("the log was set back: {size} records are served where {proven} were proven before")]
    SetBack {
        /// Records served.
        size: u64,
        /// Records proven before.
        proven: u64,
    },
    /// Two histories.
    #[error("the log is forked: it has signed two histories; keep the evidence and tell others")]
    Fork(Box<Evidence>),
    /// Files do not fit the checkpoint.
    #[error("the log's files do not fit its checkpoint: {0}")]
    Damaged(LogError),
    /// No news for too long.
    #[error("no checkpoint was cosigned since {witnessed_at}; allowed: {age_max_s} s without")]
    Old {
        /// Witnessed time of the last one.
        witnessed_at: Time,
        /// How long is allowed.
        age_max_s: u64,
    },
}

/// Proves what is served. `last` is the checkpoint that was proven before, if one was: what is served must continue it.
pub fn prove(files: &impl ReadFiles, policy: &Policy, last: Option<&Opened>) -> Result<Proven, Doubt> {
    let (proven, _) = prove_without_quorum(files, policy, last)?;
    if proven.public.quorum { Ok(proven) } else { Err(proven.quorum_missing()) }
}

/// As [`prove`], also where the witness quorum is missing: nothing but the emergency path gets an effect from what only some
/// witnesses saw, since each record's time is proven in the log itself. Returns the records too.
pub(crate) fn prove_without_quorum(
    files: &impl ReadFiles,
    policy: &Policy,
    last: Option<&Opened>,
) -> Result<(Proven, Vec<Vec<u8>>), Doubt> {
    let check = |now: &Opened| {
        last.map_or(Ok(()), |last| check_history(files, last, now, |_, _| Err(ProofError::Root.into())))
    };
    let public = read_public(files, policy, check)?;
    let nothing = Witnessed { checkpoint: skyshed_tlog::Checkpoint::new("", 0, [0; 32]), ..public.clone() };
    let mut proven = Proven { ledger: empty_ledger(policy), public: nothing, leaf_hashes: Vec::new() };
    let leaves = proven.take(files, public)?;
    Ok((proven, leaves))
}

impl Proven {
    /// Goes on to what is served now; where there is a doubt, nothing changes. Whether the witnesses make a quorum is for the caller
    /// to look at. Returns the new records.
    pub(crate) fn go_on(&mut self, files: &impl ReadFiles, policy: &Policy) -> Result<Vec<Vec<u8>>, Doubt> {
        let last = opened(&self.public);
        let check =
            |now: &Opened| check_history(files, &last, now, |level, index| self.subtree(level, index));
        let public = read_public(files, policy, check)?;
        self.take(files, public)
    }

    /// From records that were kept, which must lead to the checkpoint that they were proven by.
    pub(crate) fn from_kept(leaves: &[Vec<u8>], public: Witnessed, policy: &Policy) -> Option<Proven> {
        let mut proven = Proven { ledger: empty_ledger(policy), public, leaf_hashes: Vec::new() };
        leaves.iter().for_each(|leaf| proven.push(leaf));
        let Witnessed { checkpoint, .. } = &proven.public;
        let root = proven.ledger.root(checkpoint.size)?;
        (proven.ledger.size() == checkpoint.size && root.0 == checkpoint.root).then_some(proven)
    }

    /// Witnessed time of the checkpoint: the lower median of its cosignatures.
    pub fn witnessed_at(&self) -> Time {
        median(&self.public).unwrap_or(self.ledger.time())
    }

    pub(crate) fn quorum_missing(&self) -> Doubt {
        quorum_missing(&self.public)
    }

    /// Reads the new records, holds them against the checkpoint, and only then takes them in.
    fn take(&mut self, files: &impl ReadFiles, public: Witnessed) -> Result<Vec<Vec<u8>>, Doubt> {
        let size = public.checkpoint.size;
        let leaves = leaves(files, self.ledger.size(), size).map_err(doubt)?;
        let known = self.leaf_hashes.len();
        let mut tree = Tree::load(known as u64, |level, index| self.subtree(level, index)).map_err(doubt)?;
        leaves.iter().for_each(|leaf| tree.append(leaf_hash(leaf)));
        if tree.size() != size || tree.root() != public.checkpoint.root {
            return Err(Doubt::Damaged(LogError::Root { path: CHECKPOINT.into(), size }));
        }
        leaves.iter().for_each(|leaf| self.push(leaf));
        let same = self.public.checkpoint == public.checkpoint;
        // Of two checkpoints of one size, the one seen by more, then the later one.
        if !same || (public.quorum, median(&public)) >= (self.public.quorum, median(&self.public)) {
            self.public = public;
        }
        Ok(leaves)
    }

    fn push(&mut self, leaf: &[u8]) {
        self.ledger.push(leaf);
        self.leaf_hashes.push(leaf_hash(leaf));
    }

    /// The root of a complete subtree of the proven tree.
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, LogError> {
        let first = (index << level) as usize;
        let hashes = self.leaf_hashes.get(first..first + (1 << level)).ok_or(ProofError::Root)?;
        let mut tree = Tree::new();
        hashes.iter().for_each(|hash| tree.append(*hash));
        Ok(tree.root())
    }
}

impl Doubt {
    /// Whether it is about the log's content, rather than about reaching the log or its witnesses.
    pub fn is_failure(&self) -> bool {
        matches!(self, Doubt::Signature(_) | Doubt::SetBack { .. } | Doubt::Fork(_) | Doubt::Damaged(_))
    }

    /// A short name for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Doubt::NoLog => "no_log",
            Doubt::Unreachable(_) => "unreachable",
            Doubt::Signature(_) => "signature",
            Doubt::Quorum { .. } => "quorum",
            Doubt::SetBack { .. } => "set_back",
            Doubt::Fork(_) => "fork",
            Doubt::Damaged(_) => "damaged",
            Doubt::Old { .. } => "old",
        }
    }
}

/// Lower median of the cosignatures' times; a witness with two keys is one clock, as in the ledger.
pub(crate) fn median(public: &Witnessed) -> Option<Time> {
    let mut seen: Vec<(&str, u64)> =
        public.seen.iter().map(|seen| (seen.name.as_str(), seen.time_unix_s)).collect();
    seen.sort_unstable();
    seen.dedup_by_key(|(name, _)| *name);
    let mut times: Vec<i64> = seen.iter().filter_map(|(_, time)| i64::try_from(*time).ok()).collect();
    times.sort_unstable();
    times.get(times.len().checked_sub(1)? / 2).map(|&time| Time(time))
}

/// The checkpoint as one that the log signed; who cosigned it is left out.
pub(crate) fn opened(public: &Witnessed) -> Opened {
    let (checkpoint, note) = (public.checkpoint.clone(), public.note.clone());
    Opened { checkpoint, note, signers: Default::default() }
}

fn quorum_missing(public: &Witnessed) -> Doubt {
    let seen = public.seen.iter().map(|seen| seen.name.clone()).collect();
    Doubt::Quorum { size: public.checkpoint.size, seen }
}

/// Reads the checkpoint. That it is of another history is said before anything else that is wrong with it: the log's signature
/// on two histories is evidence, whoever cosigned them, and also where a cosignature is spoiled.
fn read_public(
    files: &impl ReadFiles,
    policy: &Policy,
    check_history: impl Fn(&Opened) -> Result<(), Doubt>,
) -> Result<Witnessed, Doubt> {
    let bytes = files.read(CHECKPOINT).map_err(Doubt::Unreachable)?.ok_or(Doubt::NoLog)?;
    let public = policy.check(&bytes).map_err(|error| {
        let bare = open_bare(&bytes, policy.log_keys());
        match bare.map(|now| check_history(&now)) {
            Some(Err(fork @ Doubt::Fork(_))) => fork,
            _ => Doubt::Signature(error),
        }
    })?;
    check_history(&opened(&public))?;
    // A checkpoint that no witness saw is not obeyed.
    if public.seen.is_empty() && !public.quorum { Err(quorum_missing(&public)) } else { Ok(public) }
}

/// Holds a checkpoint against the one that was proven before. `proven` looks up the tree under that one.
fn check_history(
    files: &impl ReadFiles,
    last: &Opened,
    now: &Opened,
    proven: impl Fn(u32, u64) -> Result<Hash, LogError>,
) -> Result<(), Doubt> {
    let (before, size) = (last.checkpoint.size, now.checkpoint.size);
    let served = Hashes::new(files, size);
    let larger_is_served = size > before;
    let subtree =
        |level, index| if larger_is_served { served.subtree(level, index) } else { proven(level, index) };
    match Evidence::find(last, now, subtree) {
        Ok(Some(evidence)) => Err(Doubt::Fork(Box::new(evidence))),
        // Whoever has only the checkpoint cannot say of an earlier one whether it is of the same history.
        Ok(None) | Err(LogError::Proof(_)) if size < before => Err(Doubt::SetBack { size, proven: before }),
        Ok(None) => Ok(()),
        Err(error) => Err(doubt(error)),
    }
}

/// Records `from` to `size`, not checked.
pub(crate) fn leaves(files: &impl ReadFiles, from: u64, size: u64) -> Result<Vec<Vec<u8>>, LogError> {
    let mut leaves = Vec::new();
    for bundle in from / WIDTH..size.div_ceil(WIDTH) {
        let skip = from.saturating_sub(bundle * WIDTH) as usize;
        leaves.extend(read_entries(files, bundle, size)?.into_iter().skip(skip));
    }
    Ok(leaves)
}

fn doubt(error: LogError) -> Doubt {
    match error {
        LogError::File(error) => Doubt::Unreachable(error),
        error => Doubt::Damaged(error),
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no witness of the policy".into() } else { names.join(", ") + " only" }
}
