use std::ops::Deref;
use std::sync::Arc;

use eventstore_core::Result;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::DatabaseFile;
use crate::error::{commit_failed, failed};

/// The connection on which events and links are written (ADR 60).
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Connection,
    file: Arc<DatabaseFile>,
}

impl Writer {
    pub(super) fn new(connection: Connection, file: Arc<DatabaseFile>) -> Self {
        Self { connection, file }
    }

    /// Begins a transaction. Until it ends, no other writer changes the file, in any process.
    pub(crate) fn begin(&mut self) -> Result<Change<'_>> {
        let begun = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate);
        Ok(Change {
            transaction: begun.map_err(failed)?,
            file: &self.file,
        })
    }
}

/// A transaction that writes; dropping it undoes what it has written.
#[derive(Debug)]
pub(crate) struct Change<'w> {
    transaction: Transaction<'w>,
    file: &'w DatabaseFile,
}

impl Change<'_> {
    pub(crate) fn commit(self) -> Result<()> {
        self.file.refuse_if_gone()?;
        self.transaction.commit().map_err(commit_failed)?;
        self.file.log.committed();
        Ok(())
    }
}

impl Deref for Change<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}
