//! One writer at a time: a lock file beside the log's folder (`DIR.lock`), held by the system for as long as the process lives.
//!
//! Trusted: no. Whoever deletes it, or ignores it, can make two writers; what they write is then two histories, of which a witness
//! cosigns one. The lock keeps honest writers from that.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use skyshed_records::value::Time;

use crate::disk::explain;
use crate::means::beside;

/// Holds the lock until it is dropped.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

/// What to do when another holds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfHeld {
    /// Say who.
    Refuse,
    /// Until it is free.
    Wait,
}

/// The lock was not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another writes.
    #[error("another writer holds {path}: {holder}; wait until it is done (`--wait`), or stop it")]
    Held {
        /// The lock file.
        path: PathBuf,
        /// What it wrote there about itself.
        holder: String,
    },
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(PathBuf, String),
}

impl WriterLock {
    /// Takes the lock of the log in `folder`; `now` is what the next one is told.
    pub fn take(folder: &Path, if_held: IfHeld, now: Time) -> Result<WriterLock, LockError> {
        let path = path_beside(folder);
        let io = |error: std::io::Error| LockError::Io(path.clone(), explain(&error));
        let mut options = File::options();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match (file.try_lock(), if_held) {
            (Ok(()), _) => {}
            (Err(TryLockError::WouldBlock), IfHeld::Wait) => file.lock().map_err(io)?,
            (Err(TryLockError::WouldBlock), IfHeld::Refuse) => return Err(held(path, &mut file)),
            (Err(TryLockError::Error(error)), _) => return Err(io(error)),
        }
        sign(&mut file, now).map_err(io)?;
        Ok(WriterLock { _file: file })
    }
}

/// The lock file of a log's folder: its name with `.lock`, outside what is served.
pub fn path_beside(folder: &Path) -> PathBuf {
    beside(folder, ".lock")
}

fn held(path: PathBuf, file: &mut File) -> LockError {
    let mut holder = String::new();
    let read = file.take(HOLDER_BYTES_MAX).read_to_string(&mut holder);
    let known = read.is_ok() && !holder.trim().is_empty();
    let holder = if known { holder.trim().to_owned() } else { "it has not said who it is".into() };
    LockError::Held { path, holder }
}

fn sign(file: &mut File, now: Time) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "process {} since {now}", std::process::id())?;
    file.sync_data()
}

const HOLDER_BYTES_MAX: u64 = 200;
