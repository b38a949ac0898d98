//! A folder that is written beside its target and takes the target's place only when it is complete and on disk.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A folder in the making. Dropped without [`Folder::commit`], it is removed and the target is as it was.
pub struct Folder {
    target: PathBuf,
    beside: Option<PathBuf>,
}

impl Folder {
    /// Begins a folder that will be `target`, which must not exist, or be an empty folder.
    pub fn create(target: &Path) -> Result<Folder> {
        let given = target.display();
        match fs::read_dir(target).map(|mut entries| entries.next().is_some()) {
            Ok(true) => {
                bail!(
                    "{given} exists and is not empty; nothing is written over: give another name, or remove it"
                )
            }
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                bail!("{given} is a file; give the name of a folder that does not exist yet")
            }
            Err(error) => return Err(error).with_context(|| format!("cannot look into {given}")),
        }
        let Some(name) = target.file_name() else {
            bail!("{given} names no folder; give the name of one that does not exist yet, such as ./out")
        };
        let mut beside = OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}.partial", std::process::id()));
        let beside = target.with_file_name(beside);
        fs::create_dir(&beside).with_context(|| format!("cannot make a folder beside {given}"))?;
        Ok(Folder { target: target.to_owned(), beside: Some(beside) })
    }

    /// Writes one file of it; folders in its name are made.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.beside.as_ref().expect("not committed yet").join(name);
        let write = || {
            fs::create_dir_all(path.parent().expect("a file in a folder"))?;
            let mut file = File::create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().with_context(|| {
            format!("cannot write {}; nothing is left behind", self.target.join(name).display())
        })
    }

    /// Puts the folder in its target's place.
    pub fn commit(mut self) -> Result<()> {
        let beside = self.beside.take().expect("committed once");
        // An empty folder may stand there; a rename replaces it on some systems only.
        let _ = fs::remove_dir(&self.target);
        fs::rename(&beside, &self.target).map_err(|error| {
            let _ = fs::remove_dir_all(&beside);
            anyhow::Error::new(error)
                .context(format!("cannot make {}; nothing is left behind", self.target.display()))
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // What cannot be removed is only left over.
            let _ = fs::remove_dir_all(beside);
        }
    }
}
