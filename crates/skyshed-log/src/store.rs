//! Projections: what is in the log, so that it can be asked for by territory or type without reading all of it.
//!
//! Trust: none is given. A projection says where in the log to look ([`Row::index`] and the leaf's hash); what a record says is then
//! read from the tiles, against a proven checkpoint. So an attacker who edits a projection can send a reader to a wrong record, which
//! is noticed at once because its hash differs, or hide one, which [`verify`] finds by reading the log. Neither changes what is served:
//! nothing that decides or enforces reads a projection. Deleting one loses nothing: [`follow`] makes it again from the tiles.
//!
//! - [`mod@redb`]: one file, one server; the default.
//! - [`mod@postgres`]: several servers. Beside the rows it holds the turn of who appends next, see there.

use skyshed_records::leaf::{self, Leaf};
use skyshed_records::record::{Body, Contact};
use skyshed_tlog::error::LogError;
use skyshed_tlog::merkle::leaf_hash;
use skyshed_tlog::read::{prove_consistency, prove_inclusion};
use skyshed_tlog::{Checkpoint, Hash, ReadFiles};

use crate::prove::leaves;

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

/// A projection cannot be brought up to a log, or differs from it.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ProjectionError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Brings a projection up to a log at a checkpoint, or back to it: adds what is missing, starts over where it does not fit.
pub fn follow(
    projection: &mut dyn Projection,
    files: &impl ReadFiles,
    checkpoint: &Checkpoint,
) -> Result<(), ProjectionError> {
    let head = Head { size: checkpoint.size, root: checkpoint.root };
    let known = projection.head()?.unwrap_or(Head { size: 0, root: skyshed_tlog::merkle::empty_root() });
    let fits = known.size <= head.size && prove_consistency(files, known.size, checkpoint)?.0 == known.root;
    if !fits {
        projection.clear()?;
    }
    let from = if fits { known.size } else { 0 };
    if from < head.size {
        projection.extend(&rows(files, from, checkpoint)?, head)?;
    }
    Ok(())
}

/// Holds every row of a projection against the log.
pub fn verify(
    projection: &mut dyn Projection,
    files: &impl ReadFiles,
    checkpoint: &Checkpoint,
) -> Result<(), ProjectionError> {
    let head = Head { size: checkpoint.size, root: checkpoint.root };
    Ok(check(projection, head, &rows(files, 0, checkpoint)?)?)
}

/// Holds every row of a projection against those that there should be.
pub fn check(projection: &mut dyn Projection, head: Head, rows: &[Row]) -> Result<(), StoreError> {
    let found = projection.find(&Query::All)?;
    if let Some(index) = (0..rows.len().max(found.len())).find(|&index| rows.get(index) != found.get(index)) {
        return Err(StoreError::Edited { index: index as u64 });
    }
    match projection.head()? {
        Some(known) if known == head => Ok(()),
        known => {
            let given = known.map_or(0, |known| known.size);
            Err(StoreError::Head { given, expected: head.size })
        }
    }
}

/// The rows of records `from` to the end.
pub fn rows(files: &impl ReadFiles, from: u64, checkpoint: &Checkpoint) -> Result<Vec<Row>, LogError> {
    let leaves = leaves(files, from, checkpoint.size)?;
    let row = |(at, bytes): (usize, &Vec<u8>)| {
        let index = from + at as u64;
        let Ok(leaf) = leaf::parse(bytes) else { return Ok(bare(index, bytes)) };
        let territory = match &leaf.body {
            Body::Decision(decision) if decision.request_index < checkpoint.size => {
                let (request, _) = prove_inclusion(files, checkpoint, decision.request_index)?;
                leaf::parse(&request).ok().and_then(|request| territory_of(&request))
            }
            _ => territory_of(&leaf),
        };
        let signers = leaf.sigs.iter().map(|sig| sig.by.clone()).collect();
        Ok(Row { kind: leaf.type_name().into(), territory, signers, ..bare(index, bytes) })
    };
    leaves.iter().enumerate().map(row).collect()
}

fn bare(index: u64, bytes: &[u8]) -> Row {
    Row { index, leaf_hash: leaf_hash(bytes), kind: "?".into(), territory: None, signers: Vec::new() }
}

fn territory_of(leaf: &Leaf) -> Option<String> {
    match &leaf.body {
        Body::Territory(territory) => Some(territory.id.clone()),
        Body::Zone(zone) => Some(zone.territory.clone()),
        Body::Request(request) => Some(request.territory.clone()),
        Body::Observe(observe) => Some(observe.territory.clone()),
        Body::Contact(Contact::Open { contact } | Contact::Opened { contact, .. }) => {
            Some(contact.territory.clone())
        }
        _ => None,
    }
}

pub(crate) fn matches(row: &Row, query: &Query) -> bool {
    match query {
        Query::All => true,
        Query::Territory(id) => row.territory.as_ref() == Some(id),
        Query::Kind(kind) => row.kind == *kind,
    }
}
