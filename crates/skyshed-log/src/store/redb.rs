//! The projection of one server: one file.
//!
//! Trusted: no, see [the store's page](crate::store). An attacker who edits the file can hide records from lists until the next
//! [`verify`](crate::store::verify), or make the file unreadable; the log and what is served stay as they are.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::{Head, Projection, Query, Row, StoreError, matches};

/// Rows in a redb file.
pub struct RedbProjection {
    database: Database,
    name: String,
}

impl RedbProjection {
    /// Opens or makes the file.
    pub fn open(path: &Path) -> Result<RedbProjection, StoreError> {
        let name = path.display().to_string();
        let database = Database::create(path).map_err(|error| failed(&name, &error))?;
        Ok(RedbProjection { database, name })
    }

    fn write(
        &self,
        change: impl FnOnce(&redb::WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            change(&transaction)?;
            Ok(transaction.commit()?)
        };
        write().map_err(|error| failed(&self.name, &error))
    }

    fn all(&self) -> Result<Vec<Row>, redb::Error> {
        let transaction = self.database.begin_read()?;
        let table = match transaction.open_table(ROWS) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            table => table?,
        };
        let mut rows = Vec::new();
        for entry in table.iter()? {
            let (index, bytes) = entry?;
            rows.push(decode(index.value(), bytes.value()));
        }
        Ok(rows)
    }

    fn read_head(&self) -> Result<Option<Head>, redb::Error> {
        let transaction = self.database.begin_read()?;
        let table = match transaction.open_table(HEAD) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            table => table?,
        };
        Ok(table.get(0)?.and_then(|bytes| serde_json::from_slice(bytes.value()).ok()))
    }
}

impl Projection for RedbProjection {
    fn head(&mut self) -> Result<Option<Head>, StoreError> {
        self.read_head().map_err(|error| failed(&self.name, &error))
    }

    fn extend(&mut self, rows: &[Row], head: Head) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(ROWS)?;
            for row in rows {
                table.insert(row.index, encode(row).as_slice())?;
            }
            let head = serde_json::to_vec(&head).unwrap_or_default();
            transaction.open_table(HEAD)?.insert(0, head.as_slice())?;
            Ok(())
        })
    }

    fn find(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        let mut rows = self.all().map_err(|error| failed(&self.name, &error))?;
        rows.retain(|row| matches(row, query));
        Ok(rows)
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.delete_table(ROWS)?;
            transaction.delete_table(HEAD)?;
            Ok(())
        })
    }
}

fn encode(row: &Row) -> Vec<u8> {
    serde_json::to_vec(row).unwrap_or_default()
}

/// A row that cannot be read is one that [`verify`](crate::store::verify) will find.
fn decode(index: u64, bytes: &[u8]) -> Row {
    let unreadable =
        Row { index, leaf_hash: [0; 32], kind: "?".into(), territory: None, signers: Vec::new() };
    serde_json::from_slice(bytes).unwrap_or(unreadable)
}

fn failed(name: &str, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Failed { store: name.into(), reason: error.to_string() }
}

const ROWS: TableDefinition<u64, &[u8]> = TableDefinition::new("rows");
const HEAD: TableDefinition<u64, &[u8]> = TableDefinition::new("head");
