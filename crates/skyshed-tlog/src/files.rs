//! The files of a log, as whoever holds them hands them in: a folder, a web server, an archive in memory.

/// A file could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct FileError {
    /// The path given, relative to the log's folder, with `/` between its parts.
    pub path: String,
    /// What the holder of the files says.
    pub reason: String,
}

/// Reads the files of a log by path relative to its folder, such as `tile/0/000`.
pub trait ReadFiles {
    /// The bytes of a file; `None` where there is none.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError>;

    /// The paths of all files below a folder, such as `tile`, in any order and without staged ones; empty where there is
    /// no such folder. `None` from a holder that cannot tell, such as a web server: an audit then sees only the files
    /// that the checkpoint asks for.
    fn list(&self, _folder: &str) -> Result<Option<Vec<String>>, FileError> {
        Ok(None)
    }
}

/// Writes the files of a log, so that a loss of power leaves each file as it was or as it is to be.
pub trait WriteFiles: ReadFiles {
    /// Writes a file as a whole beside its place, and makes its bytes durable (fsync), not yet its name.
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), FileError>;
    /// Puts a staged file in its place (rename), over what was there.
    fn publish(&self, path: &str) -> Result<(), FileError>;
    /// Makes the names published and removed so far durable (fsync of their folders).
    fn sync(&self) -> Result<(), FileError>;

    /// Removes a file that no checkpoint needs; no error where there is none. A holder may keep it: nothing relies on
    /// its absence.
    fn remove(&self, _path: &str) -> Result<(), FileError> {
        Ok(())
    }
}

impl<F: ReadFiles + ?Sized> ReadFiles for &F {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        (**self).read(path)
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        (**self).list(folder)
    }
}

impl<F: WriteFiles + ?Sized> WriteFiles for &F {
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        (**self).stage(path, bytes)
    }

    fn publish(&self, path: &str) -> Result<(), FileError> {
        (**self).publish(path)
    }

    fn sync(&self) -> Result<(), FileError> {
        (**self).sync()
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        (**self).remove(path)
    }
}
