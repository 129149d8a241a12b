use std::fmt;
use std::ops::{Deref, DerefMut};

use eventstore_core::{Error, Result};
use sqlx::PgConnection;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgTransactionManager;
use sqlx_core::transaction::TransactionManager;

use crate::connection::Client;
use crate::error::{Limit, reading, writing};

/// Releases what [`Begin::leave_open`](crate::connection::Begin::leave_open) has marked.
const RELEASE: &str = "RELEASE SAVEPOINT eventstore_step";

/// A transaction on one of the store's connections, for the caller's statements; [`PostgresStore::on`] works on it as
/// well.
///
/// Dropping it closes the connection, which rolls everything back at once. Once a statement has failed, the server refuses all others, and
/// the transaction cannot be committed: run a statement that may fail in a savepoint (`transaction.begin()` of sqlx). The statements must
/// not end the transaction.
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
        self.refuse_if_over().await?;
        let commit = self
            .client
            .run(async |connection| PgTransactionManager::commit(connection).await);
        commit.await.map_err(writing)
    }

    /// A statement of the caller's may have failed, or ended the transaction. The server would answer the commit as if nothing had
    /// happened, and commit nothing.
    async fn refuse_if_over(&mut self) -> Result<()> {
        let release = async |connection: &mut PgConnection| sqlx::raw_sql(RELEASE).execute(connection).await;
        match self.client.run(release).await {
            Ok(_) => Ok(()),
            Err(error) if is_over(&error) => Err(Error::invalid_input(
                "transaction",
                "one of its statements failed or ended it, so that nothing can be committed: undo a statement that may fail by a savepoint",
            )),
            Err(error) => Err(reading(error)),
        }
    }

    pub(crate) async fn rollback(mut self) -> Result<()> {
        let rollback = self
            .client
            .run(async |connection| PgTransactionManager::rollback(connection).await);
        rollback.await.map_err(reading)
    }
}

/// Whether the transaction failed, has ended, or is another one than the one that was begun.
fn is_over(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, "25P02" | "25P01" | "3B001"))
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
