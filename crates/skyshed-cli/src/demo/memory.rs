//! The files of a log while it is made: in memory, since waiting for a disk at every step is most of the time that appending takes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skyshed_tlog::{FileError, ReadFiles, WriteFiles};

/// Files by path. Clones are the same files.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    files: BTreeMap<String, Vec<u8>>,
    staged: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// All files, by path.
    pub fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().files.clone()
    }

    /// Puts a file there.
    pub fn put(&self, path: &str, bytes: Vec<u8>) {
        self.lock().files.insert(path.to_owned(), bytes);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadFiles for Memory {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.lock().files.get(path).cloned())
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        let inner = self.lock();
        Ok(Some(inner.files.keys().filter(|path| path.starts_with(&format!("{folder}/"))).cloned().collect()))
    }
}

impl WriteFiles for Memory {
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.lock().staged.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn publish(&self, path: &str) -> Result<(), FileError> {
        let mut inner = self.lock();
        if let Some(bytes) = inner.staged.remove(path) {
            inner.files.insert(path.to_owned(), bytes);
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), FileError> {
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        self.lock().files.remove(path);
        Ok(())
    }
}
