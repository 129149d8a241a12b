use std::time::Duration;

use sqlx::postgres::PgTransactionManager;
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use sqlx_core::sql_str::SqlSafeStr;
use sqlx_core::transaction::TransactionManager;
use tokio::time::timeout;

use crate::PostgresConfig;
use crate::error::{not_begun, timed_out};
use crate::statements::Sql;

/// How transactions begin on a connection.
#[derive(Debug, Clone)]
pub(crate) enum Begin {
    /// By the driver: in a transaction as a savepoint.
    Plainly,
    /// By this statement, for which the pooler finds a connection to the server within this time.
    Pooled { statement: Sql, patience: Duration },
}

/// How a transaction ends in which nothing failed.
pub(crate) enum Ending<T> {
    Commit(T),
    RollBack(T),
}

impl Begin {
    pub(crate) fn new(config: &PostgresConfig) -> Self {
        match config.transaction_settings() {
            None => Self::Plainly,
            Some(settings) => Self::Pooled {
                statement: Sql::begin(&settings),
                patience: config.acquire_timeout(),
            },
        }
    }

    /// As [`new`](Self::new), on connections whose settings are the caller's.
    pub(crate) fn for_callers(config: &PostgresConfig) -> Self {
        match config.transaction_settings() {
            None => Self::Plainly,
            Some(_) => Self::Pooled {
                statement: Sql::begin(&[]),
                patience: config.acquire_timeout(),
            },
        }
    }

    /// How much longer than its statements a transaction may take.
    pub(crate) fn patience(&self) -> Duration {
        match self {
            Self::Plainly => Duration::ZERO,
            Self::Pooled { patience, .. } => *patience,
        }
    }

    /// Runs one statement: behind a pooler in a transaction, since the driver sends it in two parts.
    pub(crate) async fn run<T>(
        &self,
        connection: &mut PgConnection,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        match self {
            Self::Pooled { .. } if !connection.is_in_transaction() => {
                let statement = async |connection: &mut PgConnection| statement(connection).await.map(Ending::Commit);
                self.transact(connection, statement).await
            }
            _ => statement(connection).await,
        }
    }

    /// Runs statements in a transaction, which is rolled back if they fail.
    pub(crate) async fn transact<T>(
        &self,
        connection: &mut PgConnection,
        statements: impl AsyncFnOnce(&mut PgConnection) -> Result<Ending<T>, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut transaction = self.begin(connection).await?;
        match statements(&mut transaction).await {
            Ok(Ending::Commit(done)) => transaction.commit().await.map(|()| done),
            Ok(Ending::RollBack(done)) => transaction.rollback().await.map(|()| done),
            Err(error) => {
                // Of a lost connection the first error tells more.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    /// Begins a transaction that ends by a call, or with the connection.
    pub(crate) async fn leave_open(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        match self {
            Self::Plainly => PgTransactionManager::begin(connection, None).await,
            Self::Pooled { statement, patience } => {
                let statement = statement.text().into_sql_str();
                in_time(*patience, PgTransactionManager::begin(connection, Some(statement))).await
            }
        }
    }

    async fn begin<'c>(&self, connection: &'c mut PgConnection) -> Result<Transaction<'c, Postgres>, sqlx::Error> {
        match self {
            Self::Plainly => connection.begin().await,
            Self::Pooled { statement, patience } => in_time(*patience, connection.begin_with(statement.text())).await,
        }
    }
}

/// Whatever goes wrong by then, nothing was changed.
async fn in_time<T>(patience: Duration, begin: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let answer = timeout(patience, begin).await;
    answer
        .unwrap_or_else(|elapsed| Err(timed_out(elapsed)))
        .map_err(not_begun)
}
