//! Files whose power can be cut: what was not synchronised may be there afterwards, or not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use skyshed_tlog::{FileError, ReadFiles, WriteFiles};

/// Files in memory. Clones are the same files.
#[derive(Clone, Default)]
pub struct SimFiles(Arc<Mutex<Inner>>);

#[derive(Clone, Default)]
struct Inner {
    durable: BTreeMap<String, Vec<u8>>,
    staged: BTreeMap<String, Vec<u8>>,
    /// Names that changed since the last `sync`, in order: new bytes, or removed.
    pending: Vec<(String, Option<Vec<u8>>)>,
    steps: u64,
    cut_at: Option<u64>,
}

impl SimFiles {
    pub fn new() -> SimFiles {
        SimFiles::default()
    }

    /// The power goes at this step, counted from now; the step itself may or may not happen.
    pub fn cut_at(&self, step: u64) {
        let mut inner = self.lock();
        inner.steps = 0;
        inner.cut_at = Some(step);
    }

    /// What failed works again: a disk that was full has room.
    pub fn mend(&self) {
        self.lock().cut_at = None;
    }

    /// How many steps there were since [`SimFiles::cut_at`], or ever.
    pub fn steps(&self) -> u64 {
        self.lock().steps
    }

    /// The files after the power is back. Of the names that were not synchronised, `survives` says which changes are there; staged
    /// files are cut short or gone.
    pub fn after_power_cut(&self, mut survives: impl FnMut(usize) -> bool) -> SimFiles {
        let inner = self.lock();
        let mut files = inner.durable.clone();
        for (at, (path, bytes)) in inner.pending.iter().enumerate() {
            if survives(at) {
                set(&mut files, path, bytes.clone());
            }
        }
        SimFiles(Arc::new(Mutex::new(Inner { durable: files, ..Inner::default() })))
    }

    /// All files as a reader sees them.
    pub fn visible(&self) -> BTreeMap<String, Vec<u8>> {
        let inner = self.lock();
        let mut files = inner.durable.clone();
        inner.pending.iter().for_each(|(path, bytes)| set(&mut files, path, bytes.clone()));
        files
    }

    /// The same files, apart from these from now on.
    pub fn copy(&self) -> SimFiles {
        SimFiles(Arc::new(Mutex::new(Inner { durable: self.visible(), ..Inner::default() })))
    }

    /// Puts bytes in a file's place, as somebody with access does.
    pub fn edit(&self, path: &str, bytes: Option<Vec<u8>>) {
        set(&mut self.lock().durable, path, bytes);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, path: &str, change: impl FnOnce(&mut Inner)) -> Result<(), FileError> {
        let mut inner = self.lock();
        inner.steps += 1;
        let (step, cut) = (inner.steps, inner.cut_at.unwrap_or(u64::MAX));
        if step <= cut {
            change(&mut inner);
        }
        if step >= cut {
            return Err(FileError { path: path.into(), reason: "the power is out".into() });
        }
        Ok(())
    }
}

impl ReadFiles for SimFiles {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        let inner = self.lock();
        let changed = inner.pending.iter().rev().find(|(name, _)| name == path);
        Ok(changed.map_or_else(|| inner.durable.get(path).cloned(), |(_, bytes)| bytes.clone()))
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        let start = format!("{folder}/");
        Ok(Some(self.visible().into_keys().filter(|path| path.starts_with(&start)).collect()))
    }
}

impl WriteFiles for SimFiles {
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.step(path, |inner| {
            inner.staged.insert(path.into(), bytes.into());
        })
    }

    fn publish(&self, path: &str) -> Result<(), FileError> {
        self.step(path, |inner| {
            let bytes = inner.staged.remove(path).expect("staged before it is published");
            inner.pending.push((path.into(), Some(bytes)));
        })
    }

    fn sync(&self) -> Result<(), FileError> {
        self.step("", |inner| {
            for (path, bytes) in std::mem::take(&mut inner.pending) {
                set(&mut inner.durable, &path, bytes);
            }
        })
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        self.step(path, |inner| inner.pending.push((path.into(), None)))
    }
}

fn set(files: &mut BTreeMap<String, Vec<u8>>, path: &str, bytes: Option<Vec<u8>>) {
    match bytes {
        Some(bytes) => files.insert(path.into(), bytes),
        None => files.remove(path),
    };
}
