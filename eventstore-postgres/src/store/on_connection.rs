use eventstore_core::backend::{PayloadFormat, PayloadStorage};
use sqlx::PgConnection;

use crate::PostgresStore;
use crate::connection::{CallersConnection, Session};

/// An event store on one connection of the caller's, made by [`PostgresStore::on`].
///
/// In a transaction that the caller has begun with [`sqlx::Connection::begin`], every call belongs to that transaction:
/// others see its effects, and are notified of them, when the caller commits. Each call that writes uses its own
/// savepoint, so a failed call leaves the transaction as it was before. Without a transaction, each call is its own
/// transaction.
///
/// Concurrent calls run one after another. No timeout of the store applies; those of the session do. To limit how long an
/// answer may take, even from a server that is gone, create this value from a handle [with a
/// timeout](PostgresStore::with_timeout).
///
/// # Locks
///
/// After an append, the transaction holds the row of `$all`: until it ends, every other append to the store waits. Keep
/// the transaction short, and append last. To append to several streams, use one
/// [`AppendSet`](eventstore_core::AppendSet). Successive appends can deadlock with other transactions; the call then
/// fails with [`Error::Aborted`](eventstore_core::Error::Aborted). It also fails this way if the isolation level is
/// stricter than read committed and others have changed the stream, or `$all`, since the transaction began.
///
/// A process that stops in the middle of the transaction must not keep all others from appending. Therefore each call
/// that writes sets `idle_in_transaction_session_timeout` to 3 seconds for the rest of the transaction, unless it is
/// already less. Do anything that takes longer before the first such call.
///
/// ```no_run
/// # use eventstore_core::{Append, Error, EventWriter};
/// # use eventstore_postgres::PostgresStore;
/// # async fn example(store: PostgresStore, pool: sqlx::PgPool, append: Append) -> Result<(), Box<dyn std::error::Error>> {
/// let mut transaction = pool.begin().await?;
/// sqlx::query("UPDATE balances SET cents = cents - 100").execute(&mut *transaction).await?;
/// store.on(&mut transaction).append(append).await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
pub struct OnConnection<'c> {
    pub(super) store: PostgresStore,
    connection: CallersConnection<'c>,
}

impl PostgresStore {
    /// Returns the same store on a connection of the caller's; what it does there belongs to the caller's transaction.
    pub fn on<'c>(&self, connection: &'c mut PgConnection) -> OnConnection<'c> {
        OnConnection {
            store: self.clone(),
            connection: CallersConnection::new(connection, self.sessions.answer_limit()),
        }
    }
}

impl OnConnection<'_> {
    pub(super) async fn session_while_closing(&self) -> Session<'_> {
        self.connection.session(self.store.sessions.context()).await
    }
}

impl PayloadStorage for OnConnection<'_> {
    fn payload_format(&self) -> PayloadFormat {
        self.store.payload_format()
    }
}
