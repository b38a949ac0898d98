//! What it takes to write to a log in a folder, found where it lies: the log's keys beside the folder, witnesses at the addresses of
//! its witness policy, the turn by a lock or by PostgreSQL. A demonstration log has its throw-away keys, and those of its witnesses,
//! in the folder itself: such witnesses are simulated, and only there a time may be given.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use skyshed_records::value::Time;
use skyshed_tlog::policy::{Policy, PolicyError};
use skyshed_tlog::{NoteError, SigningKey, VerifierKey};

use crate::cosigner::{Cosigner, HttpWitness, LocalWitness};
use crate::disk::explain;
use crate::keys::{KeysError, read_keys};
use crate::lock::{IfHeld, LockError, WriterLock};
use crate::sequencer::Means;
use crate::store::StoreError;
use crate::store::postgres::Postgres;
use crate::turns::{Alone, Turns};

/// Folder of the throw-away keys inside a demonstration log.
pub const DEMO_KEYS: &str = "keys";

/// A clock that several parts read.
pub type SharedClock = Arc<dyn Fn() -> Time + Send + Sync>;

/// How to write to a log.
pub struct Wanted {
    /// The log's keys; none for those beside the folder, or, of a demonstration log, in it.
    pub log_key: Option<PathBuf>,
    /// Addresses of witnesses to ask beside those of the policy.
    pub witnesses: Vec<String>,
    /// Where several servers take turns: `postgres://…`; none for the lock beside the folder.
    pub store: Option<String>,
    /// What to do where another writer holds that lock.
    pub if_held: IfHeld,
    /// The time at the door and in signatures of the log; of simulated witnesses, theirs too.
    pub clock: SharedClock,
    /// Whether that is a time that was given instead of the machine's.
    pub time_is_given: bool,
}

/// What was found.
pub struct Found {
    /// For the [`Sequencer`](crate::Sequencer).
    pub means: Means,
    /// The witness policy, read.
    pub policy: Policy,
    /// Whether the witnesses are keys in the folder, which everybody may have: a demonstration log.
    pub simulated: bool,
}

/// A log cannot be written to, because something is missing.
#[derive(Debug, thiserror::Error)]
pub enum MeansError {
    /// The witness policy.
    #[error("witness policy policy.txt: {0}")]
    Policy(#[from] PolicyError),
    /// The log's keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A key cannot be used.
    #[error("a key of the log: {0}")]
    Key(#[from] NoteError),
    /// The turn.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The turn, by PostgreSQL.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the demonstration's keys.
    #[error("{0}: {1}")]
    Io(PathBuf, String),
    /// A time is given where there are real witnesses.
    #[error(
        "a time is given, which is for demonstration logs, whose witnesses are simulated with keys in {0}; this log's time is what its \
         witnesses say: leave the time away"
    )]
    TimeIsGiven(PathBuf),
}

/// Finds keys, witnesses, clock and turn of the log in `folder`, whose witness policy has the text `policy`.
pub fn find(folder: &Path, policy_text: String, wanted: &Wanted) -> Result<Found, MeansError> {
    let policy = Policy::parse(policy_text.as_bytes())?;
    let demo = demo_keys(folder)?;
    let keys = match &wanted.log_key {
        Some(path) => read_keys(path)?,
        None if demo.iter().any(|key| is_of(key, policy.log_keys())) => {
            demo.iter().filter(|key| is_of(key, policy.log_keys())).map(copy).collect::<Result<_, _>>()?
        }
        None => read_keys(&key_beside(folder))?,
    };
    let local: Vec<&SigningKey> = demo.iter().filter(|key| is_of(key, policy.witness_keys())).collect();
    let simulated = !local.is_empty() && local.len() == policy.witnesses.len();
    if wanted.time_is_given && !simulated {
        return Err(MeansError::TimeIsGiven(folder.join(DEMO_KEYS)));
    }
    let cosigners = cosigners(&policy, &local, &keys, wanted)?;
    let turns = turns(folder, &keys, wanted)?;
    let clock = wanted.clock.clone();
    let means = Means { keys, policy: policy_text, cosigners, clock: Box::new(move || clock()), turns };
    Ok(Found { means, policy, simulated })
}

/// Where the keys of a log are: `DIR.key`, beside the folder, which is public.
pub fn key_beside(folder: &Path) -> PathBuf {
    beside(folder, ".key")
}

/// A path beside a log's folder, outside what is served: its name and an ending.
pub fn beside(folder: &Path, ending: &str) -> PathBuf {
    let full = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let mut name = full.into_os_string();
    name.push(ending);
    name.into()
}

/// One writer at a time: by the lock beside the folder, or in turn with other servers.
fn turns(folder: &Path, keys: &[SigningKey], wanted: &Wanted) -> Result<Box<dyn Turns>, MeansError> {
    if let (Some(url), Some(key)) = (&wanted.store, keys.first()) {
        return Ok(Box::new(Postgres::connect(url, key.verifier().name())?));
    }
    let lock = WriterLock::take(folder, wanted.if_held, (wanted.clock)())?;
    Ok(Box::new(Alone(Some(lock))))
}

fn cosigners(
    policy: &Policy,
    local: &[&SigningKey],
    keys: &[SigningKey],
    wanted: &Wanted,
) -> Result<Vec<Box<dyn Cosigner>>, MeansError> {
    let mut cosigners: Vec<Box<dyn Cosigner>> = Vec::new();
    if let Some(log) = keys.first() {
        for key in local {
            let clock = wanted.clock.clone();
            let time = Box::new(move || clock().0);
            cosigners.push(Box::new(LocalWitness::new(vec![copy(key)?], log.verifier().clone(), time)));
        }
    }
    for witness in HttpWitness::of_policy(policy) {
        cosigners.push(Box::new(witness));
    }
    for address in &wanted.witnesses {
        cosigners.push(Box::new(HttpWitness::new(address, policy.witness_keys().to_vec())));
    }
    Ok(cosigners)
}

/// The throw-away keys that lie in the folder of a demonstration log: its own and its witnesses'. None for other logs.
fn demo_keys(folder: &Path) -> Result<Vec<SigningKey>, MeansError> {
    let Ok(entries) = std::fs::read_dir(folder.join(DEMO_KEYS)) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let mut keys = Vec::new();
    for path in paths {
        let size = path.metadata().map_or(0, |file| file.len());
        if size > KEYS_BYTES_MAX {
            let reason = format!("{size} bytes are no keys; allowed: {KEYS_BYTES_MAX}");
            return Err(MeansError::Io(path, reason));
        }
        let bytes = std::fs::read(&path).map_err(|error| MeansError::Io(path.clone(), explain(&error)))?;
        let text = String::from_utf8_lossy(&bytes);
        keys.extend(text.lines().filter_map(|line| SigningKey::parse(line.trim()).ok()));
    }
    Ok(keys)
}

fn is_of(key: &SigningKey, known: &[VerifierKey]) -> bool {
    known.contains(key.verifier())
}

fn copy(key: &SigningKey) -> Result<SigningKey, NoteError> {
    SigningKey::parse(&key.secret_text())
}

const KEYS_BYTES_MAX: u64 = 1 << 20;
