//! The log's own keys: a file of secret note keys, one per line, outside the public tree and readable by its owner only.
//!
//! Trusted: yes, with the log's name. Whoever has the file can sign checkpoints, also of a second history; witnesses cosign one of
//! the two, and the other leaves evidence. Nobody can decide about service with it: that takes the keys of people.

use std::path::{Path, PathBuf};

use skyshed_tlog::{NoteError, SigningKey, VerifierKey};

use crate::disk::{explain, write_whole};

/// The keys of a log cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file is inside what is served.
    #[error("{0} is inside the log's public folder, where everybody can read it; keep keys outside")]
    Public(PathBuf),
    /// The file is there already.
    #[error("{0} exists already; keys are never overwritten: give another name, or use these")]
    Exists(PathBuf),
    /// Others can read it.
    #[error("{0} can be read by others; make it yours alone: chmod 600")]
    Readable(PathBuf),
    /// A line is not a key.
    #[error("{path}, line {line}: {error}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong. The line is not repeated: it may be a secret.
        error: NoteError,
    },
    /// There is none.
    #[error("{0} holds no key; each line is PRIVATE+KEY+<name>+<id>+<base64>")]
    None(PathBuf),
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(PathBuf, String),
}

/// Writes keys into a new file, which must lie outside `public`.
pub fn write_keys(path: &Path, public: &Path, keys: &[SigningKey]) -> Result<(), KeysError> {
    demand_outside(path, public)?;
    if path.exists() {
        return Err(KeysError::Exists(path.into()));
    }
    let text: String = keys.iter().map(|key| key.secret_text() + "\n").collect();
    write_whole(path, text.as_bytes()).map_err(|error| KeysError::Io(path.into(), explain(&error)))
}

/// Reads the keys of a file; empty lines and lines that begin with `#` are passed over.
pub fn read_keys(path: &Path) -> Result<Vec<SigningKey>, KeysError> {
    let io = |error: std::io::Error| KeysError::Io(path.into(), explain(&error));
    demand_private(path, &std::fs::metadata(path).map_err(io)?)?;
    let text = std::fs::read_to_string(path).map_err(io)?;
    let lines =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let parsed = lines.map(|(at, line)| {
        SigningKey::parse(line.trim()).map_err(|error| KeysError::Line {
            path: path.into(),
            line: at + 1,
            error,
        })
    });
    let keys: Vec<SigningKey> = parsed.collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(KeysError::None(path.into())) } else { Ok(keys) }
}

/// The keys that verify what these sign.
pub fn verifiers(keys: &[SigningKey]) -> Vec<VerifierKey> {
    keys.iter().map(|key| key.verifier().clone()).collect()
}

fn demand_outside(path: &Path, public: &Path) -> Result<(), KeysError> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let full = folder.canonicalize().map_err(|error| KeysError::Io(folder.into(), explain(&error)))?;
    let public = public.canonicalize().unwrap_or_else(|_| public.into());
    if full.starts_with(public) { Err(KeysError::Public(path.into())) } else { Ok(()) }
}

#[cfg(unix)]
fn demand_private(path: &Path, found: &std::fs::Metadata) -> Result<(), KeysError> {
    let others = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077;
    if others == 0 { Ok(()) } else { Err(KeysError::Readable(path.into())) }
}

#[cfg(not(unix))]
fn demand_private(_: &Path, _: &std::fs::Metadata) -> Result<(), KeysError> {
    Ok(())
}
