//! A log in a folder of plain files: what any static web server can serve.
//!
//! Trusted: no. Every byte that is read is checked against signatures by whoever reads it; an attacker who edits the folder can
//! make the log fail to verify, and no more. Files are staged beside their place (`.tmp`), synchronised, and renamed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use skyshed_records::value::Time;
use skyshed_tlog::read::{CHECKPOINT, PENDING};
use skyshed_tlog::{FileError, ReadFiles, WriteFiles};

use crate::lock::{IfHeld, LockError, WriterLock};
use crate::turns::Alone;

/// Reads and writes the files of a log below one folder, and nothing outside it. Clones share what is still to be synchronised.
#[derive(Clone, Debug)]
pub struct Disk {
    root: PathBuf,
    writable: bool,
    durable: bool,
    /// Folders whose names changed since the last `sync`.
    changed: Arc<Mutex<BTreeSet<PathBuf>>>,
}

/// A folder cannot be a log's.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Nothing there.
    #[error("{0} does not exist; make a log there with `skyshed log init`, or give the folder of one")]
    Missing(PathBuf),
    /// A file.
    #[error("{0} is not a folder; give the folder that holds `checkpoint` and `tile/`")]
    NotAFolder(PathBuf),
    /// A folder without a log.
    #[error("{0} holds no log: there is no `checkpoint` in it; make one with `skyshed log init`")]
    NoLog(PathBuf),
    /// A new log needs a place of its own.
    #[error("{0} is not empty; give a folder that is empty or does not exist yet")]
    NotEmpty(PathBuf),
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(PathBuf, String),
    /// Another writes.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file in it.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Disk {
    /// Makes the folder of a new log and takes its lock, as its only writer.
    pub fn create_alone(root: &Path, now: Time) -> Result<(Disk, Alone), FolderError> {
        let disk = Disk::create(root)?;
        let lock = WriterLock::take(&disk.root, IfHeld::Refuse, now)?;
        Ok((disk, Alone(Some(lock))))
    }

    /// Opens the folder of a log as its only writer; removes what a crash left staged.
    pub fn open_alone(root: &Path, if_held: IfHeld, now: Time) -> Result<(Disk, Alone), FolderError> {
        let disk = Disk::open(root)?;
        let lock = WriterLock::take(&disk.root, if_held, now)?;
        disk.sweep()?;
        Ok((disk, Alone(Some(lock))))
    }

    /// Makes the folder of a new log; what is there must be empty.
    pub fn create(root: &Path) -> Result<Disk, FolderError> {
        let io = |error| FolderError::Io(root.into(), explain(&error));
        match fs::read_dir(root) {
            Ok(entries) => match entries.count() {
                0 => {}
                _ => return Err(FolderError::NotEmpty(root.into())),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(root).map_err(io)?;
                root.canonicalize()
                    .and_then(|full| sync_folder(full.parent().unwrap_or(&full)))
                    .map_err(io)?;
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(FolderError::NotAFolder(root.into()));
            }
            Err(error) => return Err(io(error)),
        }
        Ok(Disk::at(root.canonicalize().map_err(io)?))
    }

    /// Opens the folder of a log to append to it.
    pub fn open(root: &Path) -> Result<Disk, FolderError> {
        let io = |error: std::io::Error| FolderError::Io(root.into(), explain(&error));
        match fs::metadata(root) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(FolderError::Missing(root.into()));
            }
            Err(error) => return Err(io(error)),
            Ok(found) if !found.is_dir() => return Err(FolderError::NotAFolder(root.into())),
            Ok(_) => {}
        }
        if [CHECKPOINT, PENDING].iter().all(|name| fs::symlink_metadata(root.join(name)).is_err()) {
            return Err(FolderError::NoLog(root.into()));
        }
        Ok(Disk::at(root.canonicalize().map_err(io)?))
    }

    /// Opens the folder of a log to read it: writing is refused.
    pub fn read_only(root: &Path) -> Result<Disk, FolderError> {
        Ok(Disk { writable: false, ..Disk::open(root)? })
    }

    /// Leaves it to the caller to make the folder durable: for a log that is made as a whole beside its place and renamed, since
    /// waiting for the disk at each step is most of the time that takes.
    pub fn scratch(self) -> Disk {
        Disk { durable: false, ..self }
    }

    fn at(root: PathBuf) -> Disk {
        Disk { root, writable: true, durable: true, changed: Arc::default() }
    }

    /// The folder, without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Removes what an append that broke off left staged; says how many files. Only for a writer that is alone: what is staged may
    /// be another server's.
    pub fn sweep(&self) -> Result<usize, FileError> {
        self.demand_writable(".")?;
        sweep_folder(&self.root).map_err(|error| failed(".", &error))
    }

    fn demand_writable(&self, path: &str) -> Result<(), FileError> {
        let reason = "the log was opened read-only; nothing was changed";
        self.writable.then_some(()).ok_or_else(|| refused(path, reason))
    }

    /// The place of a file: below the root, every folder on the way a real one.
    fn place(&self, path: &str) -> Result<PathBuf, FileError> {
        check_path(path)?;
        let mut place = self.root.clone();
        for part in path.split('/') {
            place.push(part);
            match fs::symlink_metadata(&place) {
                Ok(found) if found.is_symlink() => {
                    return Err(refused(
                        path,
                        "a symbolic link; allowed: files and folders of the log itself",
                    ));
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(failed(path, &error)),
            }
        }
        Ok(place)
    }

    fn note_change(&self, place: &Path) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let above = place.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root));
        changed.extend(above.map(PathBuf::from));
    }
}

impl ReadFiles for Disk {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match fs::read(self.place(path)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        let mut paths = Vec::new();
        list_folder(&self.place(folder)?, folder, &mut paths).map_err(|error| failed(folder, &error))?;
        Ok(Some(paths))
    }
}

impl WriteFiles for Disk {
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.demand_writable(path)?;
        let place = self.place(path)?;
        let staged = staged(&place);
        let written = place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            // What a crash left here is not written into, nor followed if it is a link.
            remove_if_there(&staged)?;
            let mut file = File::create_new(&staged)?;
            file.write_all(bytes)?;
            if self.durable { file.sync_all() } else { Ok(()) }
        });
        written.map_err(|error| {
            let _ = fs::remove_file(&staged);
            failed(path, &error)
        })
    }

    fn publish(&self, path: &str) -> Result<(), FileError> {
        self.demand_writable(path)?;
        let place = self.place(path)?;
        fs::rename(staged(&place), &place).map_err(|error| failed(path, &error))?;
        self.note_change(&place);
        Ok(())
    }

    fn sync(&self) -> Result<(), FileError> {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        for folder in changed.iter().filter(|_| self.durable) {
            sync_folder(folder).map_err(|error| failed(&folder.to_string_lossy(), &error))?;
        }
        changed.clear();
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        self.demand_writable(path)?;
        let place = self.place(path)?;
        remove_if_there(&place).map_err(|error| failed(path, &error))?;
        self.note_change(&place);
        Ok(())
    }
}

/// Refuses what is not a plain relative path: `..`, `/x`, empty parts, other separators.
pub(crate) fn check_path(path: &str) -> Result<(), FileError> {
    let plain = |part: &str| {
        let mut components = Path::new(part).components();
        matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
            && !part.contains(['\\', '\0', ':', '?', '#', '%'])
    };
    let reason = "not a path inside a log; allowed: names with `/` between them, such as tile/0/000";
    path.split('/').all(plain).then_some(()).ok_or_else(|| refused(path, reason))
}

/// Writes a file that is not part of the log's public tree: whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let staged = staged(path);
    remove_if_there(&staged)?;
    let written = create_private(&staged).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&staged, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&staged);
    }
    written?;
    sync_folder(path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")))
}

/// A new file that only its owner can read, where the system knows owners.
fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// What the system's error means to a person.
pub(crate) fn explain(error: &std::io::Error) -> String {
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "the disk is full: make room and try again; what was published before stays as it was"
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            "no permission to write or read here: give a folder of your own, or open the log read-only"
        }
        _ => return error.to_string(),
    };
    format!("{error}; {hint}")
}

fn failed(path: &str, error: &std::io::Error) -> FileError {
    FileError { path: path.into(), reason: explain(error) }
}

fn refused(path: &str, reason: &str) -> FileError {
    FileError { path: path.into(), reason: reason.into() }
}

fn staged(place: &Path) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    fs::remove_file(path).or_else(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(()),
        _ => Err(error),
    })
}

/// A folder that is gone by now has no names to keep.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    match File::open(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        opened => opened?.sync_all(),
    }
}

/// Files below a folder that are not staged. Links are listed as files, so that nobody overlooks them.
fn list_folder(folder: &Path, name: &str, paths: &mut Vec<String>) -> std::io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list_folder(&entry.path(), &path, paths)?;
        } else if !path.ends_with(".tmp") {
            paths.push(path);
        }
    }
    Ok(())
}

fn sweep_folder(folder: &Path) -> std::io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            removed += sweep_folder(&entry.path())?;
        } else if entry.file_name().to_string_lossy().ends_with(".tmp") {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}
