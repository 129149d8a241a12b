use std::fmt;
use std::ops::{Deref, DerefMut};

use eventstore_core::Result;
use sqlx::PgConnection;
use sqlx::postgres::PgTransactionManager;
use sqlx_core::transaction::TransactionManager;

use crate::connection::Client;
use crate::error::{Limit, reading, writing};

/// A transaction on one of the store's connections, for the caller's statements; [`PostgresStore::on`] works on it as
/// well.
///
/// Dropping it closes the connection, which rolls everything back at once.
///
/// Behind a pooler that assigns a server connection to each
/// [transaction](crate::PostgresConfig::with_transaction_pooling), nothing may be prepared for a later transaction: send
/// your own statements with `sqlx::query(…).persistent(false)`.
///
/// [`PostgresStore::on`]: crate::PostgresStore::on
pub struct PostgresTransaction {
    client: Client,
}

impl PostgresTransaction {
    pub(crate) async fn begin(mut client: Client) -> Result<Self> {
        client.begin().await.map_err(reading)?;
        Ok(Self { client })
    }

    /// Runs statements within the time that the store allows for an answer.
    pub(crate) async fn run<T>(
        &mut self,
        statements: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        self.client.run(statements).await
    }

    /// How long the answer to a statement of the store may take.
    pub(crate) fn limit(&self) -> Limit {
        self.client.limit()
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        let commit = self
            .client
            .run(async |connection| PgTransactionManager::commit(connection).await);
        commit.await.map_err(writing)
    }

    pub(crate) async fn rollback(mut self) -> Result<()> {
        let rollback = self
            .client
            .run(async |connection| PgTransactionManager::rollback(connection).await);
        rollback.await.map_err(reading)
    }
}

impl Deref for PostgresTransaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.client.connection()
    }
}

impl DerefMut for PostgresTransaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.client.connection_mut()
    }
}

impl fmt::Debug for PostgresTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresTransaction").finish_non_exhaustive()
    }
}
