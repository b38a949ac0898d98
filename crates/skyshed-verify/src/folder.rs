//! Reads the files of a log from a folder.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use skyshed_tlog::read::CHECKPOINT;
use skyshed_tlog::{FileError, ReadFiles};

use crate::Failure;

/// Largest file that is read, bytes: more than a bundle of 256 of the longest records.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// A log's folder. Not trusted: all that is read is checked by whoever asked.
pub struct Folder(PathBuf);

impl Folder {
    pub fn open(path: &Path) -> Result<Folder, Failure> {
        let shown = path.display();
        match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Failure::new(6, format!("{shown} does not exist; give a log's folder")))
            }
            Err(error) => Err(Failure::unreadable(format!("{shown}: {error}"))),
            Ok(found) if !found.is_dir() => Err(Failure::new(
                6,
                format!("{shown} is a file; give the folder that holds `checkpoint` and `tile/`"),
            )),
            Ok(_) => match (path.join(CHECKPOINT).exists(), path.join("tile").exists()) {
                (true, _) => Ok(Folder(path.to_owned())),
                (false, true) => Err(Failure::broken(format!("{shown} has lost its `checkpoint`"))),
                (false, false) => {
                    let contents = fs::read_dir(path)
                        .map_err(|error| Failure::unreadable(format!("{shown}: {error}")))?;
                    let what = if contents.count() == 0 { "is empty" } else { "holds no log" };
                    Err(Failure::new(
                        6,
                        format!("{shown} {what}; give the folder that holds `checkpoint` and `tile/`"),
                    ))
                }
            },
        }
    }
}

impl ReadFiles for Folder {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match read_file(&self.0.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError { path: path.to_owned(), reason: error.to_string() }),
        }
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        let mut found = Vec::new();
        walk(&self.0, folder, &mut found)
            .map_err(|error| FileError { path: folder.to_owned(), reason: error.to_string() })?;
        found.sort();
        Ok(Some(found))
    }
}

/// Reads a file that was named on the command line.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_file(path).map_err(|error| {
        let code = if error.kind() == ErrorKind::NotFound { 6 } else { 5 };
        Failure::new(code, format!("{}: {error}", path.display()))
    })
}

fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!(
            "larger than {FILE_BYTES_MAX} bytes; no file of a log is"
        )));
    }
    Ok(bytes)
}

/// Adds the paths of all files below a folder; staged ones (`.tmp`) are left out.
fn walk(root: &Path, folder: &str, found: &mut Vec<String>) -> std::io::Result<()> {
    let entries = match fs::read_dir(root.join(folder)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        match entry.file_type()?.is_dir() {
            true => walk(root, &path, found)?,
            false if !path.ends_with(".tmp") => found.push(path),
            false => {}
        }
    }
    Ok(())
}
