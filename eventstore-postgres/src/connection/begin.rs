use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::PgTransactionManager;
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use sqlx_core::sql_str::SqlSafeStr;
use sqlx_core::transaction::TransactionManager;

use crate::config::PostgresConfig;
use crate::connection::Steps;
use crate::error::{Limit, is_not_serializable, not_begun};
use crate::sql::Sql;

/// How transactions begin on a connection: read committed, whatever the session is set to (ADR 44).
#[derive(Debug, Clone)]
pub(crate) struct Begin {
    statement: Sql,
    /// For a transaction whose statements are the caller's.
    marked: Sql,
    single: Single,
    /// How much longer than its statements a transaction may take: in that time, a pooler finds a connection to the server for it.
    patience: Duration,
}

/// Whether a single statement needs a transaction begun for it.
#[derive(Debug, Clone)]
enum Single {
    /// Never: the session has our settings.
    Plain,
    /// The session is the application's: as soon as one was found with a stricter isolation than read committed.
    OnceRefused(Arc<AtomicBool>),
    /// Always: the driver sends a statement in two parts, and a pooler may send each to a different session (ADR 34).
    Always,
}

/// How a transaction ends in which nothing failed.
pub(crate) enum Ending<T> {
    Commit(T),
    RollBack(T),
}

impl Begin {
    pub(crate) fn new(config: &PostgresConfig) -> Self {
        match config.transaction_settings() {
            Some(settings) => Self::pooled(config, &settings),
            None if config.shared_pool().is_some() => Self::foreign(),
            None => Self {
                single: Single::Plain,
                ..Self::foreign()
            },
        }
    }

    /// The same as [`new`](Self::new), for connections whose settings are the caller's.
    pub(crate) fn for_callers(config: &PostgresConfig) -> Self {
        match config.transaction_settings() {
            Some(_) => Self::pooled(config, &[]),
            None => Self::foreign(),
        }
    }

    fn pooled(config: &PostgresConfig, settings: &[(&'static str, String)]) -> Self {
        let statement = Sql::begin(settings);
        Self {
            marked: statement.with_mark(),
            statement,
            single: Single::Always,
            patience: config.acquire_timeout(),
        }
    }

    fn foreign() -> Self {
        let statement = Sql::begin(&[]);
        Self {
            marked: statement.with_mark(),
            statement,
            single: Single::OnceRefused(Arc::default()),
            patience: Duration::ZERO,
        }
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Runs one statement, in a transaction of its own if it needs one.
    pub(crate) async fn run<T>(
        &self,
        connection: &mut PgConnection,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        if connection.is_in_transaction() {
            return statement(connection).await;
        }
        if !self.single.is_wrapped() {
            let answer = statement(connection).await;
            self.single.learn_from(answer.as_ref().err());
            return answer;
        }
        let mut transaction = self.begin(connection).await?;
        match statement(&mut transaction).await {
            Ok(done) => transaction.commit().await.map(|()| done),
            Err(error) => {
                // If the connection is lost, the first error says more.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    /// Runs statements in a transaction, or in a savepoint of the caller's transaction, which is rolled back if they fail. Each
    /// statement, the begin and the end have this limit.
    pub(crate) async fn transact<T>(
        &self,
        connection: &mut PgConnection,
        limit: Limit,
        statements: impl AsyncFnOnce(&mut Steps<'_>) -> Result<Ending<T>, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut transaction = limit.hold(self.begin(connection)).await.map_err(not_begun)?;
        match statements(&mut Steps::new(&mut transaction, limit)).await {
            Ok(Ending::Commit(done)) => limit.hold(transaction.commit()).await.map(|()| done),
            Ok(Ending::RollBack(done)) => limit.hold(transaction.rollback()).await.map(|()| done),
            Err(error) => {
                // If the connection is lost, the first error says more.
                let _ = limit.hold(transaction.rollback()).await;
                Err(error)
            }
        }
    }

    /// Begins a transaction that a later call or the end of the connection ends, and whose statements are the caller's.
    pub(crate) async fn leave_open(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let statement = self.marked.text().into_sql_str();
        self.in_time(PgTransactionManager::begin(connection, Some(statement)))
            .await
    }

    async fn begin<'c>(&self, connection: &'c mut PgConnection) -> Result<Transaction<'c, Postgres>, sqlx::Error> {
        // In a transaction, the driver makes a savepoint, to which no isolation level can be given.
        if connection.is_in_transaction() {
            return connection.begin().await;
        }
        self.in_time(connection.begin_with(self.statement.text())).await
    }

    /// Whatever fails before the transaction has begun, nothing was changed.
    async fn in_time<T>(&self, begin: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
        if self.patience.is_zero() {
            return begin.await.map_err(not_begun);
        }
        let limit = Limit::by("acquire_timeout", self.patience);
        limit.hold(begin).await.map_err(not_begun)
    }
}

impl Single {
    fn is_wrapped(&self) -> bool {
        match self {
            Self::Plain => false,
            Self::OnceRefused(was_refused) => was_refused.load(Ordering::Relaxed),
            Self::Always => true,
        }
    }

    /// Learns from a refusal that the session is isolated more strictly: read committed never refuses a statement because of others'
    /// changes.
    fn learn_from(&self, error: Option<&sqlx::Error>) {
        if let Self::OnceRefused(was_refused) = self
            && error.is_some_and(is_not_serializable)
        {
            was_refused.store(true, Ordering::Relaxed);
        }
    }
}
