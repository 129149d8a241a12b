use std::time::Duration;

use deadpool::managed::Object;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, Postgres};
use tokio::time::timeout;

use crate::connection::{Begin, Ending, Manager};
use crate::error::{leaves_connection_usable, timed_out};

const TAKEN: &str = "the connection is there until the client is dropped";

/// A connection out of a pool; goes back there when dropped, or is closed if a statement on it was cut off.
pub(crate) struct Client {
    /// There until the client is dropped.
    pooled: Option<Pooled>,
    begin: Begin,
    answer_timeout: Duration,
    is_in_order: bool,
}

pub(crate) enum Pooled {
    Own(Object<Manager>),
    Shared(PoolConnection<Postgres>),
}

#[expect(clippy::expect_used, reason = "only the drop takes the connection")]
impl Client {
    pub(crate) fn new(pooled: Pooled, begin: Begin, answer_timeout: Duration) -> Self {
        Self {
            pooled: Some(pooled),
            begin,
            answer_timeout,
            is_in_order: true,
        }
    }

    pub(crate) fn connection(&self) -> &PgConnection {
        match self.pooled.as_ref().expect(TAKEN) {
            Pooled::Own(connection) => connection,
            Pooled::Shared(connection) => connection,
        }
    }

    pub(crate) fn connection_mut(&mut self) -> &mut PgConnection {
        match self.pooled.as_mut().expect(TAKEN) {
            Pooled::Own(connection) => connection,
            Pooled::Shared(connection) => connection,
        }
    }

    /// Runs one statement.
    pub(crate) async fn run_one<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let begin = self.begin.clone();
        self.run(async |connection| begin.run(connection, statement).await)
            .await
    }

    /// Runs statements in a transaction, which is rolled back if they fail.
    pub(crate) async fn transact<T>(
        &mut self,
        statements: impl AsyncFnOnce(&mut PgConnection) -> Result<Ending<T>, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let begin = self.begin.clone();
        self.run(async |connection| begin.transact(connection, statements).await)
            .await
    }

    /// Begins a transaction: until it has ended, the connection does not go back to the pool.
    pub(crate) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let begin = self.begin.clone();
        self.run(async |connection| begin.leave_open(connection).await).await
    }

    /// Runs statements within the configured time. The connection survives only an answer of the server, and no
    /// transaction that was left open.
    pub(crate) async fn run<T>(
        &mut self,
        statements: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        self.is_in_order = false;
        let answer_timeout = self.answer_timeout;
        let answer = timeout(answer_timeout, statements(self.connection_mut())).await;
        let answer = answer.unwrap_or_else(|elapsed| Err(timed_out(elapsed)));
        self.is_in_order =
            answer.as_ref().err().is_none_or(leaves_connection_usable) && !self.connection().is_in_transaction();
        answer
    }
}

impl Drop for Client {
    /// Closes at once what cannot be used again: a read that was cut off holds its snapshot until then.
    fn drop(&mut self) {
        match self.pooled.take().filter(|_| !self.is_in_order) {
            Some(Pooled::Own(cut_off)) => drop(Object::take(cut_off)),
            Some(Pooled::Shared(cut_off)) => drop(cut_off.detach()),
            None => {}
        }
    }
}
