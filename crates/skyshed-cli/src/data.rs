//! The data directory: at most one file of each kind, as it was given, with a note of where it came from beside it.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
use skyshed::Epoch;

use crate::files;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Element sets, in any form that is read.
    Elements,
    /// The IERS's file finals2000A: rotation of the Earth.
    Ut1,
    /// Gateways and points of presence, in any form that is read.
    Sites,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 3] = [Kind::Elements, Kind::Ut1, Kind::Sites];

    /// Name of its file, and its key in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Elements => "elements",
            Kind::Ut1 => "ut1",
            Kind::Sites => "sites",
        }
    }

    /// Whom to thank.
    pub fn attribution(self) -> &'static str {
        match self {
            Kind::Elements => "CelesTrak (Dr T.S. Kelso), from US Space Force elements",
            Kind::Ut1 => "IERS Rapid Service, US Naval Observatory",
            Kind::Sites => "as its makers say",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Elements => "element sets",
            Kind::Ut1 => "Earth rotation (UT1)",
            Kind::Sites => "gateways and points of presence",
        })
    }
}

/// Where a kept file came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// A file's name or an address.
    pub source: String,
    /// When it was put there, UTC.
    pub kept_at: String,
    /// True where it was downloaded.
    pub downloaded: bool,
    /// Its length. A note whose length is not the file's belongs to another file.
    pub bytes: u64,
}

impl Note {
    /// When the file was put there.
    pub fn kept(&self) -> Option<Epoch> {
        Epoch::parse(&self.kept_at).ok()
    }
}

/// The data directory.
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// `$SKYSHED_HOME`, else `$XDG_DATA_HOME/skyshed`, else `~/.local/share/skyshed`.
    pub fn find() -> Result<DataDir> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let path = variable("SKYSHED_HOME")
            .or_else(|| variable("XDG_DATA_HOME").map(|base| base.join("skyshed")))
            .or_else(|| variable("HOME").map(|home| home.join(".local/share/skyshed")))
            .ok_or_else(|| {
                anyhow!(
                    "no data directory: neither SKYSHED_HOME, XDG_DATA_HOME nor HOME is set; set SKYSHED_HOME"
                )
            })?;
        Ok(DataDir { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a kind, where there is one.
    pub fn file(&self, kind: Kind) -> Option<PathBuf> {
        Some(self.path.join(kind.name())).filter(|path| path.is_file())
    }

    /// The note beside the file of a kind, where it belongs to it.
    pub fn note(&self, kind: Kind) -> Option<Note> {
        let text = std::fs::read_to_string(self.note_path(kind)).ok()?;
        let note: Note = toml::from_str(&text).ok()?;
        let bytes = std::fs::metadata(self.file(kind)?).ok()?.len();
        (note.bytes == bytes).then_some(note)
    }

    /// Makes it, where it is not there.
    pub fn make(&self) -> Result<()> {
        std::fs::create_dir_all(&self.path).with_context(|| {
            format!("cannot make the data directory {}; set SKYSHED_HOME to another", self.path.display())
        })
    }

    /// Puts a file in place of the one of its kind.
    pub fn keep(&self, kind: Kind, bytes: &[u8], source: &str, downloaded: bool, now: Epoch) -> Result<()> {
        self.make()?;
        let whole_seconds = now.plus_micros(-(now.micros % 1_000_000));
        let note = Note {
            source: source.to_owned(),
            kept_at: whole_seconds.to_string(),
            downloaded,
            bytes: bytes.len() as u64,
        };
        files::replace(&self.path.join(kind.name()), bytes)?;
        files::replace(&self.note_path(kind), toml::to_string(&note)?.as_bytes())
    }

    fn note_path(&self, kind: Kind) -> PathBuf {
        self.path.join(format!("{}.toml", kind.name()))
    }
}

/// `26 minutes`, `5.2 hours`, `3.4 days`.
pub fn age_text(days: f64) -> String {
    let (sign, days) = if days < 0.0 { ("-", -days) } else { ("", days) };
    match days * 24.0 {
        hours if hours < 1.0 => format!("{sign}{:.0} minutes", hours * 60.0),
        hours if hours < 48.0 => format!("{sign}{hours:.1} hours"),
        _ => format!("{sign}{days:.1} days"),
    }
}
