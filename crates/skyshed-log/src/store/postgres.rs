//! Several servers that append to one folder: PostgreSQL says whose turn it is, and holds a projection.
//!
//! Trusted: for order among honest servers only. The turn is the row of the log's origin, locked for as long as an append takes;
//! size and root in it are compared and set before each checkpoint is published. An attacker who edits the row, or a server that
//! ignores it, can make two servers append at once: two histories, of which a witness cosigns one, and a fork that leaves evidence.
//! No record, signature or decision is read from PostgreSQL. The rows are a [projection](crate::store) like any other.
//!
//! The connection is not encrypted: use a Unix socket, the same machine, or a tunnel.

use postgres::{Client, NoTls};
use skyshed_tlog::Hash;

use super::{Head, Projection, Query, Row, StoreError};

/// A connection to the store of one log.
pub struct Postgres {
    client: Client,
    origin: String,
}

impl Postgres {
    /// Connects to `postgres://…` for the log of `origin`; makes the tables where there are none.
    /// Blocks on its own runtime: not to be called on an asynchronous thread.
    pub fn connect(url: &str, origin: &str) -> Result<Postgres, StoreError> {
        let mut client = Client::connect(url, NoTls).map_err(|error| failed(&error))?;
        client.batch_execute(TABLES).map_err(|error| failed(&error))?;
        let add = "INSERT INTO skyshed_turn (origin, size, root) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING";
        client.execute(add, &[&origin, &&EMPTY_ROOT[..]]).map_err(|error| failed(&error))?;
        Ok(Postgres { client, origin: origin.into() })
    }

    /// Takes the turn to append: waits for the server that has it. What was published last, as far as the store knows.
    pub fn take_turn(&mut self) -> Result<Head, StoreError> {
        self.client.batch_execute("BEGIN").map_err(|error| failed(&error))?;
        let select = "SELECT size, root FROM skyshed_turn WHERE origin = $1 FOR UPDATE";
        let row = self.client.query_one(select, &[&self.origin]);
        let row = row.map_err(|error| failed(&error)).inspect_err(|_| self.abandon())?;
        head(row.get(0), row.get(1)).inspect_err(|_| self.abandon())
    }

    /// Compares and sets what is published: before the checkpoint of `next` is.
    pub fn advance(&mut self, known: Head, next: Head) -> Result<(), StoreError> {
        let update =
            "UPDATE skyshed_turn SET size = $4, root = $5 WHERE origin = $1 AND size = $2 AND root = $3";
        let (known_size, next_size) = (known.size as i64, next.size as i64);
        let changed = self
            .client
            .execute(update, &[&self.origin, &known_size, &&known.root[..], &next_size, &&next.root[..]]);
        match changed {
            Ok(1) => Ok(()),
            Ok(_) => Err(StoreError::TurnLost { store: STORE.into() }),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Gives the turn back; what was set in it stands.
    pub fn end_turn(&mut self) -> Result<(), StoreError> {
        self.client.batch_execute("COMMIT").map_err(|error| failed(&error))
    }

    /// Gives the turn back as it was.
    pub fn abandon(&mut self) {
        // A connection that is lost has lost its turn too.
        let _ = self.client.batch_execute("ROLLBACK");
    }
}

impl Projection for Postgres {
    fn head(&mut self) -> Result<Option<Head>, StoreError> {
        let select = "SELECT size, root FROM skyshed_head WHERE origin = $1";
        let row = self.client.query_opt(select, &[&self.origin]).map_err(|error| failed(&error))?;
        row.map(|row| head(row.get(0), row.get(1))).transpose()
    }

    fn extend(&mut self, rows: &[Row], head: Head) -> Result<(), StoreError> {
        let mut write = || -> Result<(), postgres::Error> {
            let mut transaction = self.client.transaction()?;
            let insert = "INSERT INTO skyshed_row (origin, index, leaf_hash, kind, territory, signers) \
                          VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (origin, index) DO UPDATE SET \
                          leaf_hash = $3, kind = $4, territory = $5, signers = $6";
            let insert = transaction.prepare(insert)?;
            for row in rows {
                let index = row.index as i64;
                let hash = &row.leaf_hash[..];
                transaction.execute(
                    &insert,
                    &[&self.origin, &index, &hash, &row.kind, &row.territory, &row.signers],
                )?;
            }
            let put = "INSERT INTO skyshed_head (origin, size, root) VALUES ($1, $2, $3) \
                       ON CONFLICT (origin) DO UPDATE SET size = $2, root = $3";
            transaction.execute(put, &[&self.origin, &(head.size as i64), &&head.root[..]])?;
            transaction.commit()
        };
        write().map_err(|error| failed(&error))
    }

    fn find(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        let select = "SELECT index, leaf_hash, kind, territory, signers FROM skyshed_row WHERE origin = $1 AND \
                      ($2::text IS NULL OR territory = $2) AND ($3::text IS NULL OR kind = $3) ORDER BY index";
        let (territory, kind) = match query {
            Query::All => (None, None),
            Query::Territory(id) => (Some(id), None),
            Query::Kind(kind) => (None, Some(kind)),
        };
        let rows =
            self.client.query(select, &[&self.origin, &territory, &kind]).map_err(|error| failed(&error))?;
        Ok(rows.iter().map(row).collect())
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        let mut clear = || -> Result<(), postgres::Error> {
            let mut transaction = self.client.transaction()?;
            transaction.execute("DELETE FROM skyshed_row WHERE origin = $1", &[&self.origin])?;
            transaction.execute("DELETE FROM skyshed_head WHERE origin = $1", &[&self.origin])?;
            transaction.commit()
        };
        clear().map_err(|error| failed(&error))
    }
}

fn row(row: &postgres::Row) -> Row {
    let hash: &[u8] = row.get(1);
    Row {
        index: row.get::<_, i64>(0) as u64,
        // A hash of another length is one that fits no leaf.
        leaf_hash: hash.try_into().unwrap_or_default(),
        kind: row.get(2),
        territory: row.get(3),
        signers: row.get(4),
    }
}

fn head(size: i64, root: &[u8]) -> Result<Head, StoreError> {
    let root: Result<Hash, _> = root.try_into();
    match (u64::try_from(size), root) {
        (Ok(size), Ok(root)) => Ok(Head { size, root }),
        _ => {
            Err(StoreError::Failed { store: STORE.into(), reason: format!("no head of a log: size {size}") })
        }
    }
}

fn failed(error: &postgres::Error) -> StoreError {
    let database =
        error.as_db_error().map(|error| format!("{} (SQLSTATE {})", error.message(), error.code().code()));
    let reason = database.unwrap_or_else(|| match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    });
    StoreError::Failed { store: STORE.into(), reason }
}

const STORE: &str = "PostgreSQL";

/// SHA-256 of nothing: the root of an empty log (RFC 6962, 2.1).
const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Two servers may make the tables at once, which PostgreSQL takes badly without a lock.
const TABLES: &str = "
BEGIN;
SELECT pg_advisory_xact_lock(7308332046);
CREATE TABLE IF NOT EXISTS skyshed_turn (origin text PRIMARY KEY, size bigint NOT NULL, root bytea NOT NULL);
CREATE TABLE IF NOT EXISTS skyshed_head (origin text PRIMARY KEY, size bigint NOT NULL, root bytea NOT NULL);
CREATE TABLE IF NOT EXISTS skyshed_row (
    origin text NOT NULL, index bigint NOT NULL, leaf_hash bytea NOT NULL, kind text NOT NULL, territory text,
    signers text[] NOT NULL, PRIMARY KEY (origin, index));
CREATE INDEX IF NOT EXISTS skyshed_row_territory ON skyshed_row (origin, territory, index);
COMMIT;
";
