//! Files: read with a limit, replaced whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Reads a file of at most `bytes_max` bytes. `what` says what the file should be.
pub fn read(path: &Path, what: &str, bytes_max: u64) -> Result<Vec<u8>> {
    let given = path.display();
    let file = File::open(path).with_context(|| format!("cannot open {given}; give {what}"))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        bail!("{given} is a directory; give {what}");
    }
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {given}"))?;
    if bytes.len() as u64 > bytes_max {
        bail!("{given} is larger than {bytes_max} bytes, the most that is read; give {what}");
    }
    Ok(bytes)
}

/// As [`read`], for text.
pub fn read_text(path: &Path, what: &str, bytes_max: u64) -> Result<String> {
    let bytes = read(path, what, bytes_max)?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        anyhow::anyhow!("{} is not UTF-8 text (byte {offset}); give {what}", path.display())
    })
}

/// A file that is written beside its target and takes the target's place only when it is complete and on disk.
///
/// Dropped without [`Replacement::commit`], it leaves the target as it was. A target that is no regular file (a pipe, a
/// device) is written to directly: it has no contents to protect.
pub struct Replacement {
    target: PathBuf,
    beside: Option<PathBuf>,
    file: BufWriter<File>,
}

impl Replacement {
    /// Opens the file beside the target.
    pub fn create(target: &Path) -> io::Result<Replacement> {
        // Through a symbolic link it is the file behind it that is replaced, not the link.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory; give a file's name"));
        }
        if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            let file = File::options().write(true).open(&target)?;
            return Ok(Replacement { target, beside: None, file: BufWriter::new(file) });
        }
        let beside = beside(&target);
        let file = File::create_new(&beside)?;
        let replacement = Replacement {
            target,
            beside: Some(beside.clone()),
            file: BufWriter::with_capacity(1 << 16, file),
        };
        if let Some(metadata) = existing {
            fs::set_permissions(&beside, metadata.permissions())?;
        }
        Ok(replacement)
    }

    /// Brings everything to disk and puts the file in its target's place.
    pub fn commit(mut self) -> io::Result<()> {
        self.file.flush()?;
        if let Some(beside) = &self.beside {
            self.file.get_ref().sync_all()?;
            fs::rename(beside, &self.target)?;
            self.beside = None;
            sync_directory(&self.target);
        }
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // What cannot be removed is only left over; the target is as it was.
            let _ = fs::remove_file(beside);
        }
    }
}

/// Replaces a file by `bytes`, whole or not at all.
pub fn replace(target: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = Replacement::create(target)?;
        file.write_all(bytes)?;
        file.commit()
    };
    write().with_context(|| format!("cannot write {}; it is as it was", target.display()))
}

/// A name beside the target that another process does not take.
fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.partial", std::process::id()));
    target.with_file_name(name)
}

/// Makes the rename last through a power cut, where the system allows it.
fn sync_directory(file: &Path) {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(directory) = File::open(directory) {
        // Some file systems cannot sync a directory; the contents are safe already.
        let _ = directory.sync_all();
    }
}
