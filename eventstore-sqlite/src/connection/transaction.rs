use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use eventstore_backend::ChangeUnderWay;
use eventstore_core::{Error, Result};
use sqlx::{Executor, Sqlite, SqliteConnection, Transaction};

use super::{DatabaseFile, OnRuntime, Turn};
use crate::error::{commit_failed, failed};
use crate::sql;

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
    step: Option<OpenStep>,
    _turn: Turn,
    /// The closing of the store waits until this is dropped.
    _change: ChangeUnderWay,
}

impl SqliteTransaction {
    pub(super) fn new(
        transaction: OnRuntime<Transaction<'static, Sqlite>>,
        turn: Turn,
        file: Arc<DatabaseFile>,
        change: ChangeUnderWay,
    ) -> Self {
        Self {
            transaction,
            file,
            step: None,
            _turn: turn,
            _change: change,
        }
    }

    pub(super) fn counted_in(self, open: &Arc<AtomicUsize>) -> Self {
        Self {
            step: Some(OpenStep::new(open)),
            ..self
        }
    }

    /// How long ago the step began; no time if this is no step.
    pub(crate) fn lasted(&self) -> Duration {
        self.step
            .as_ref()
            .map_or(Duration::ZERO, |step| step.began_at.elapsed())
    }

    /// Marks the transaction, so that its commit learns whether it is still the same one.
    pub(super) async fn mark(&mut self) -> Result<()> {
        self.transaction.execute(sql::MARK_STEP).await.map(drop).map_err(failed)
    }

    /// A statement of the caller's may have ended the transaction: those after it were then committed one by one.
    async fn refuse_if_over(&mut self) -> Result<()> {
        let released = self.transaction.execute(sql::RELEASE_STEP).await;
        released.map(drop).map_err(|_| {
            Error::invalid_input(
                "transaction",
                "one of its statements ended it, so that the step cannot be committed",
            )
        })
    }

    /// If the future is dropped, the transaction is committed as a whole or not at all.
    pub(crate) async fn commit(mut self) -> Result<()> {
        self.file.refuse_if_gone()?;
        if self.step.is_some() {
            self.refuse_if_over().await?;
        }
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
struct OpenStep {
    open: Arc<AtomicUsize>,
    began_at: Instant,
}

impl OpenStep {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self {
            open: Arc::clone(open),
            began_at: Instant::now(),
        }
    }
}

impl Drop for OpenStep {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}
