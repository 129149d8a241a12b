use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventstore_backend::ChangeUnderWay;
use eventstore_core::Result;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::{DatabaseFile, OnRuntime};
use crate::error::commit_failed;

/// The transaction of a projection's step, in which its effects are made; dropping it undoes them.
///
/// It derefs to a connection of [`sqlx`]. The tables of the store have names that begin with `eventstore_`. While the transaction is open,
/// every other writer of the file waits, in this process and in others: a step should be short, and what it changes belongs in the
/// transaction, because a change through the store would wait for the step. Its statements must not end the transaction, as `COMMIT`,
/// `ROLLBACK` and `INSERT OR ROLLBACK` do.
#[derive(Debug)]
pub struct SqliteTransaction {
    transaction: OnRuntime<Transaction<'static, Sqlite>>,
    file: Arc<DatabaseFile>,
    _step: Option<OpenStep>,
    /// The closing of the store waits until this is dropped.
    _change: ChangeUnderWay,
}

impl SqliteTransaction {
    pub(super) fn new(
        transaction: OnRuntime<Transaction<'static, Sqlite>>,
        file: Arc<DatabaseFile>,
        change: ChangeUnderWay,
    ) -> Self {
        Self {
            transaction,
            file,
            _step: None,
            _change: change,
        }
    }

    pub(super) fn counted_in(self, open: &Arc<AtomicUsize>) -> Self {
        Self {
            _step: Some(OpenStep::new(open)),
            ..self
        }
    }

    /// If the future is dropped, the transaction is committed as a whole or not at all.
    pub(crate) async fn commit(self) -> Result<()> {
        self.file.refuse_if_gone()?;
        self.transaction.commit().await.map_err(commit_failed)?;
        self.file.log.committed();
        Ok(())
    }
}

impl Deref for SqliteTransaction {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for SqliteTransaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

/// Counts the steps that are open.
#[derive(Debug)]
struct OpenStep(Arc<AtomicUsize>);

impl OpenStep {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(open))
    }
}

impl Drop for OpenStep {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
