use sqlx::PgConnection;
use tokio::sync::{Mutex, MutexGuard};

use crate::connection::{PostgresTransaction, Session, SessionConnection, SessionContext};
use crate::error::Limit;

/// A connection that is not taken from the pool for each call: sessions on it follow one another.
pub(crate) struct CallersConnection<'c> {
    connection: Mutex<&'c mut PgConnection>,
    /// How long each answer may take.
    limit: Limit,
}

impl<'c> CallersConnection<'c> {
    pub(crate) fn new(connection: &'c mut PgConnection, limit: Limit) -> Self {
        Self {
            connection: Mutex::new(connection),
            limit,
        }
    }

    /// On a connection of the store's, whose answers have the time that the store allows.
    pub(crate) fn within(transaction: &'c mut PostgresTransaction) -> Self {
        let limit = transaction.limit();
        Self::new(transaction, limit)
    }

    pub(crate) async fn session<'s>(&'s self, context: &'s SessionContext) -> Session<'s> {
        let connection = MutexGuard::map(self.connection.lock().await, |connection| &mut **connection);
        Session::new(context, SessionConnection::Callers(connection, self.limit))
    }
}
