use std::sync::Arc;

use deadpool::managed::Object;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, Postgres};

use crate::connection::{Begin, Ending, Manager, Room, Steps};
use crate::error::{Limit, leaves_connection_usable};

const TAKEN: &str = "the connection is there until the client is dropped";

/// A connection from a pool: returns there when dropped, or is closed if a statement on it was cut off.
pub(crate) struct Client {
    /// `Some` until the client is dropped.
    pooled: Option<Pooled>,
    begin: Begin,
    limit: Limit,
    is_in_order: bool,
}

pub(crate) enum Pooled {
    Own(Object<Manager>, Arc<Room>),
    Shared(PoolConnection<Postgres>),
}

#[expect(clippy::expect_used, reason = "only the drop takes the connection")]
impl Client {
    pub(crate) fn new(pooled: Pooled, begin: Begin, limit: Limit) -> Self {
        Self {
            pooled: Some(pooled),
            begin,
            limit,
            is_in_order: true,
        }
    }

    pub(crate) fn connection(&self) -> &PgConnection {
        match self.pooled.as_ref().expect(TAKEN) {
            Pooled::Own(connection, _) => connection,
            Pooled::Shared(connection) => connection,
        }
    }

    pub(crate) fn connection_mut(&mut self) -> &mut PgConnection {
        match self.pooled.as_mut().expect(TAKEN) {
            Pooled::Own(connection, _) => connection,
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

    /// Runs statements in a transaction, which is rolled back if they fail; each statement has the configured time.
    pub(crate) async fn transact<T>(
        &mut self,
        statements: impl AsyncFnOnce(&mut Steps<'_>) -> Result<Ending<T>, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let (begin, limit) = (self.begin.clone(), self.limit);
        // Until the answer is here, the connection is out of order: if this future is dropped, the statement is cut
        // off, and the drop of the client closes the connection.
        self.is_in_order = false;
        let answer = begin.transact(self.connection_mut(), limit, statements).await;
        self.settle(answer)
    }

    /// How long an answer may take.
    pub(crate) fn limit(&self) -> Limit {
        self.limit
    }

    /// Begins a transaction: until it has ended, the connection does not return to the pool.
    pub(crate) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let begin = self.begin.clone();
        self.run(async |connection| begin.leave_open(connection).await).await
    }

    /// Runs statements within the configured time. The connection is kept only if the server answered, and if no
    /// transaction was left open.
    pub(crate) async fn run<T>(
        &mut self,
        statements: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        self.is_in_order = false;
        let limit = self.limit;
        let answer = limit.hold(statements(self.connection_mut())).await;
        self.settle(answer)
    }

    fn settle<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.is_in_order =
            answer.as_ref().err().is_none_or(leaves_connection_usable) && !self.connection().is_in_transaction();
        answer
    }
}

impl Drop for Client {
    /// Closes a connection that cannot be used again immediately: until then, a read that was cut off holds its snapshot.
    fn drop(&mut self) {
        match self.pooled.take() {
            Some(Pooled::Own(connection, room)) => {
                if self.is_in_order {
                    drop(connection);
                } else {
                    drop(Object::take(connection));
                }
                // After the connection is back in the pool or closed, so that the call that wakes up finds the place
                // free.
                room.returned();
            }
            Some(Pooled::Shared(cut_off)) if !self.is_in_order => drop(cut_off.detach()),
            Some(Pooled::Shared(_)) | None => {}
        }
    }
}
