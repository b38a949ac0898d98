//! Projections: what is in the log, so that it can be asked for by territory or type without reading all of it.
//!
//! Trust: none is given. A projection says where in the log to look ([`Row::index`] and the leaf's hash); what a record says is then
//! read from the tiles, against a proven checkpoint. So an attacker who edits a projection can send a reader to a wrong record, which
//! is noticed at once because its hash differs, or hide one, which [`check`] finds by reading the log. Neither changes what is served:
//! nothing that decides or enforces reads a projection. Deleting one loses nothing: [`catch_up`] makes it again from the tiles.
//!
//! - [`redb`](crate::store::redb): one file, one server; the default.
//! - [`postgres`](crate::store::postgres): several servers. Beside the rows it holds the turn of who appends next, see there.

use skyshed_tlog::Hash;

pub mod postgres;
pub mod redb;

/// What a projection knows of a record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// Number of the record in the log.
    pub index: u64,
    /// Its RFC 6962 leaf hash, which ties the row to the tiles.
    pub leaf_hash: Hash,
    /// Type of the record, such as `request`; `?` where the leaf is none.
    pub kind: String,
    /// Id of the territory it is about, where it is about one.
    pub territory: Option<String>,
    /// Ids of those whose signatures it carries, as stated there.
    pub signers: Vec<String>,
}

/// How far a projection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// Records in it.
    pub size: u64,
    /// Root of the log at that size.
    pub root: Hash,
}

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// Everything.
    All,
    /// Records about a territory, by its id.
    Territory(String),
    /// Records of a type.
    Kind(String),
}

/// A store of rows, rebuilt from the log.
pub trait Projection {
    /// How far it has come; `None` where it is empty.
    fn head(&mut self) -> Result<Option<Head>, StoreError>;
    /// Adds rows and moves the head, both or neither.
    fn extend(&mut self, rows: &[Row], head: Head) -> Result<(), StoreError>;
    /// Rows, by index.
    fn find(&mut self, query: &Query) -> Result<Vec<Row>, StoreError>;
    /// Forgets everything.
    fn clear(&mut self) -> Result<(), StoreError>;
}

/// A store fails, or does not say what the log says.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store itself.
    #[error("store {store}: {reason}")]
    Failed {
        /// Which.
        store: String,
        /// What it says.
        reason: String,
    },
    /// Row and log differ.
    #[error(
        "the projection's row {index} is not what the log says; delete the projection, it is made again from the log"
    )]
    Edited {
        /// Number of the record.
        index: u64,
    },
    /// The head differs.
    #[error(
        "the projection has {given} records and the log {expected}, or their roots differ; delete the projection, it is made again"
    )]
    Head {
        /// Size there.
        given: u64,
        /// Size of the log.
        expected: u64,
    },
    /// The folder is behind what other servers published.
    #[error(
        "the folder holds {folder} records, but {store} says that {published} were published: this is not the folder that the other \
         servers write to, or it was set back; nothing was changed"
    )]
    FolderBehind {
        /// Records in the folder.
        folder: u64,
        /// Records according to the store.
        published: u64,
        /// Which store.
        store: String,
    },
    /// The turn was lost while it was used.
    #[error("{store} gave the turn to append to another server meanwhile; nothing was published, try again")]
    TurnLost {
        /// Which store.
        store: String,
    },
}

/// Brings a projection up to the log: adds what is missing, or starts over where it does not fit. `rows_from` reads rows from an
/// index to the end of the log at `head`, `root_at` is the log's root at a smaller size.
pub fn catch_up<E: From<StoreError>>(
    projection: &mut dyn Projection,
    head: Head,
    root_at: impl Fn(u64) -> Result<Hash, E>,
    rows_from: impl Fn(u64) -> Result<Vec<Row>, E>,
) -> Result<(), E> {
    let known = projection.head()?;
    let fits = match known {
        Some(known) if known.size <= head.size => root_at(known.size)? == known.root,
        Some(_) => false,
        None => true,
    };
    if !fits {
        projection.clear()?;
    }
    let from = known.filter(|_| fits).map_or(0, |known| known.size);
    if from < head.size || !fits {
        projection.extend(&rows_from(from)?, head)?;
    }
    Ok(())
}

/// Holds every row of a projection against the log's.
pub fn check(projection: &mut dyn Projection, head: Head, rows: &[Row]) -> Result<(), StoreError> {
    let found = projection.find(&Query::All)?;
    if let Some(index) = (0..rows.len().max(found.len())).find(|&index| rows.get(index) != found.get(index)) {
        return Err(StoreError::Edited { index: index as u64 });
    }
    match projection.head()? {
        Some(known) if known == head => Ok(()),
        known => Err(StoreError::Head { given: known.map_or(0, |known| known.size), expected: head.size }),
    }
}

pub(crate) fn matches(row: &Row, query: &Query) -> bool {
    match query {
        Query::All => true,
        Query::Territory(id) => row.territory.as_ref() == Some(id),
        Query::Kind(kind) => row.kind == *kind,
    }
}
