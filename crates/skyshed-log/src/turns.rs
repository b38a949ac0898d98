//! Whose turn it is to append: this writer's alone, held by a lock beside the folder, or that of several servers in turn, as
//! PostgreSQL says.

use crate::lock::WriterLock;
use crate::store::postgres::Postgres;
use crate::store::{Head, StoreError};

/// Gives turns to append.
pub trait Turns: Send {
    /// Takes the turn; waits for it. What was published last, where somebody keeps book of that.
    fn take(&mut self) -> Result<Option<Head>, StoreError>;
    /// Compares and sets what was published, before it is.
    fn advance(&mut self, known: Head, next: Head) -> Result<(), StoreError>;
    /// Gives the turn back.
    fn end(&mut self) -> Result<(), StoreError>;
    /// Gives the turn back after something broke off.
    fn abandon(&mut self);
    /// Who gives it, for messages.
    fn name(&self) -> String;
}

/// One writer, for as long as the lock is held; without a lock for files that nobody else can reach.
#[derive(Debug)]
pub struct Alone(pub Option<WriterLock>);

impl Turns for Alone {
    fn take(&mut self) -> Result<Option<Head>, StoreError> {
        Ok(None)
    }

    fn advance(&mut self, _: Head, _: Head) -> Result<(), StoreError> {
        Ok(())
    }

    fn end(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn abandon(&mut self) {}

    fn name(&self) -> String {
        "the lock".into()
    }
}

impl Turns for Postgres {
    fn take(&mut self) -> Result<Option<Head>, StoreError> {
        self.take_turn().map(Some)
    }

    fn advance(&mut self, known: Head, next: Head) -> Result<(), StoreError> {
        Postgres::advance(self, known, next)
    }

    fn end(&mut self) -> Result<(), StoreError> {
        self.end_turn()
    }

    fn abandon(&mut self) {
        Postgres::abandon(self);
    }

    fn name(&self) -> String {
        "PostgreSQL".into()
    }
}
