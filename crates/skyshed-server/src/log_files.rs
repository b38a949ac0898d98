//! The files of the log over HTTP, so that anybody can verify what is obeyed here. Nothing can be written, and nothing else of
//! the folder is shown: only the names that a log has, no parent folders, no links (the folder's reader refuses those too).

use axum::http::{HeaderValue, header};
use skyshed_log::Disk;
use skyshed_tlog::ReadFiles;

use crate::body::{Keep, Sendable};

/// Longest path that is looked at, bytes; a tile of a log of any size has a shorter one.
const PATH_BYTES_MAX: usize = 160;

/// A file of the log; `None` where the path is none of a log's, or nothing is there.
pub fn read(files: &Disk, path: &str) -> Option<Sendable> {
    let kind = kind(path)?;
    let bytes = files.read(path).ok().flatten()?;
    let sendable = Sendable::new(kind.content_type(), bytes).kept(kind.keep());
    Some(sendable.noted(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}

/// What sort of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Text that changes as the log grows.
    Text,
    /// A part of the tree or of the records, or an attachment: named by what is in it, so it never changes.
    Lasting,
}

impl Kind {
    fn content_type(self) -> &'static str {
        match self {
            Kind::Text => "text/plain; charset=utf-8",
            Kind::Lasting => "application/octet-stream",
        }
    }

    /// tlog-tiles: tiles are immutable, checkpoints are not to be kept.
    fn keep(self) -> Keep {
        match self {
            Kind::Text => Keep::AskAgain,
            Kind::Lasting => Keep::ForEver,
        }
    }
}

/// The sort of a path below the log's folder; `None` where a log has no such file.
fn kind(path: &str) -> Option<Kind> {
    let plain = |part: &str| {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(known)
    };
    if path.len() > PATH_BYTES_MAX || !path.split('/').all(plain) {
        return None;
    }
    match path.split_once('/') {
        None => ["checkpoint", "policy.txt", "allowed_signers"].contains(&path).then_some(Kind::Text),
        Some(("tile" | "attachment", _)) => Some(Kind::Lasting),
        Some(("proof", name)) => name.ends_with(".tlog-proof").then_some(Kind::Text),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_logs_own_files_are_shown() {
        for path in ["checkpoint", "policy.txt", "allowed_signers", "proof/12.tlog-proof"] {
            assert_eq!(kind(path), Some(Kind::Text), "{path}");
        }
        for path in ["tile/0/000", "tile/entries/x001/067.p/8", "attachment/00ff"] {
            assert_eq!(kind(path), Some(Kind::Lasting), "{path}");
        }
        for path in [
            "",
            "/",
            "..",
            "../checkpoint",
            "tile/../keys/log",
            "tile/./0",
            "tile//0",
            "tile",
            "keys/log",
            "checkpoint.tmp",
            "tile/.hidden",
            "tile/%2e%2e/keys",
            "tile\\..\\keys",
            "proof/12",
            "lock",
            "pending",
        ] {
            assert_eq!(kind(path), None, "{path}");
        }
        assert_eq!(kind(&format!("tile/{}", "0".repeat(200))), None);
    }
}
