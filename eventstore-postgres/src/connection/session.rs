use std::num::{NonZeroU32, NonZeroU64};

use eventstore_backend::ChangeUnderWay;
use eventstore_core::{Error, Result};
use sqlx::{Connection, PgConnection};
use tokio::sync::MappedMutexGuard;

use crate::config::PostgresConfig;
use crate::connection::{Attempts, Client, Ending, Rights, SessionContext, Statuses, Steps, Tables};
use crate::error::{Limit, is_no_transaction, reading, writing};
use crate::sql::Statements;
use crate::sql::scripts::LIMIT_IDLE_TRANSACTION;
use crate::values::{DataType, Layout};

/// A store on one connection, for one call (ADR 12).
pub(crate) struct Session<'s> {
    context: &'s SessionContext,
    connection: SessionConnection<'s>,
    /// Held until the change has ended, because closing the store waits for it.
    _change: Option<ChangeUnderWay>,
}

pub(crate) enum SessionConnection<'s> {
    Pooled(Client),
    /// May be in a transaction of the caller's, which must survive any failure here. Each answer has this limit.
    Callers(MappedMutexGuard<'s, PgConnection>, Limit),
}

impl<'s> Session<'s> {
    pub(crate) fn new(context: &'s SessionContext, connection: SessionConnection<'s>) -> Self {
        Self {
            context,
            connection,
            _change: None,
        }
    }

    pub(crate) fn for_change(self, change: ChangeUnderWay) -> Self {
        Self {
            _change: Some(change),
            ..self
        }
    }

    pub(crate) fn statements(&self) -> &'s Statements {
        &self.context.statements
    }

    pub(crate) fn config(&self) -> &'s PostgresConfig {
        &self.context.config
    }

    pub(crate) fn layout(&self) -> Layout {
        self.context.tables.layout
    }

    pub(crate) fn data_type(&self) -> DataType {
        self.context.tables.data_type
    }

    pub(crate) fn scan_window(&self) -> NonZeroU32 {
        self.context.config.scan_window()
    }

    /// The maximum number of bytes of payloads on a page.
    pub(crate) fn page_bytes(&self) -> NonZeroU64 {
        self.context.config.page_bytes()
    }

    pub(crate) fn has_correlation_index(&self) -> bool {
        self.context.tables.has_correlation_index
    }

    pub(crate) fn has_additions(&self) -> bool {
        self.context.tables.has_additions
    }

    pub(crate) fn tables(&self) -> Tables {
        self.context.tables
    }

    pub(crate) fn statuses(&self) -> Statuses {
        self.context.tables.statuses
    }

    pub(crate) fn groups(&self) -> Rights {
        self.context.tables.groups
    }

    pub(crate) fn projections(&self) -> Rights {
        self.context.tables.projections
    }

    pub(crate) fn may_hard_delete(&self) -> bool {
        self.context.config.hard_deletes()
    }

    /// Runs a statement from which the caller's transaction, if there is one, need not be protected.
    pub(crate) async fn read<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        match &mut self.connection {
            SessionConnection::Pooled(client) => client.run_one(statement).await,
            SessionConnection::Callers(connection, limit) => {
                limit.hold(self.context.begin_callers.run(connection, statement)).await
            }
        }
    }

    /// Runs one statement. If it fails in a transaction of the caller's, that transaction can go on as if the statement had not run.
    pub(crate) async fn write<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        match &mut self.connection {
            SessionConnection::Pooled(client) => client.run_one(statement).await,
            SessionConnection::Callers(connection, limit) if connection.is_in_transaction() => {
                limit.hold(limit_idle_transaction(connection)).await?;
                let statement = async |steps: &mut Steps<'_>| steps.run(statement).await.map(Ending::Commit);
                self.context.begin_callers.transact(connection, *limit, statement).await
            }
            SessionConnection::Callers(connection, limit) => {
                limit.hold(self.context.begin_callers.run(connection, statement)).await
            }
        }
    }

    /// Runs statements in a transaction, or in a savepoint of the caller's transaction.
    pub(crate) async fn transact<T>(
        &mut self,
        statements: impl AsyncFnOnce(&mut Steps<'_>) -> Result<Ending<T>, sqlx::Error>,
    ) -> Result<T> {
        let done = match &mut self.connection {
            SessionConnection::Pooled(client) => client.transact(statements).await,
            SessionConnection::Callers(connection, limit) => {
                if connection.is_in_transaction() {
                    limit.hold(limit_idle_transaction(connection)).await.map_err(reading)?;
                } else {
                    let answer = limit.hold(async { Ok(refuse_unknown_transaction(connection).await) });
                    answer.await.map_err(reading)??;
                }
                self.context
                    .begin_callers
                    .transact(connection, *limit, statements)
                    .await
            }
        };
        done.map_err(writing)
    }

    /// The attempts of a call that may conflict with others.
    pub(crate) fn attempts(&self) -> Attempts {
        Attempts::new(!self.is_in_callers_transaction())
    }

    pub(crate) fn is_in_callers_transaction(&self) -> bool {
        match &self.connection {
            SessionConnection::Pooled(_) => false,
            SessionConnection::Callers(connection, _) => connection.is_in_transaction(),
        }
    }
}

/// Limits the time for which a process that stops in the transaction keeps others waiting to that of a lease (ADR 40).
///
/// Fails if the transaction has already failed: when a savepoint cannot be created, the driver would end the transaction, and the
/// caller would go on without one.
async fn limit_idle_transaction(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(LIMIT_IDLE_TRANSACTION)
        .execute(connection)
        .await
        .map(|_| ())
}

/// Refuses a transaction that was begun behind the driver's back: ending one of ours would end it.
async fn refuse_unknown_transaction(connection: &mut PgConnection) -> Result<()> {
    match sqlx::raw_sql("SAVEPOINT eventstore").execute(&mut *connection).await {
        Err(error) if is_no_transaction(&error) => Ok(()),
        Err(error) => Err(reading(error)),
        Ok(_) => {
            let undo = sqlx::raw_sql("RELEASE SAVEPOINT eventstore");
            undo.execute(connection).await.map_err(reading)?;
            Err(Error::invalid_input(
                "connection",
                "its transaction was begun by a statement: begin it by `sqlx::Connection::begin`",
            ))
        }
    }
}
