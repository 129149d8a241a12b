use sqlx::PgConnection;

use crate::error::Limit;

/// The statements of a transaction, each of which has the time of a single statement.
pub(crate) struct Steps<'c> {
    connection: &'c mut PgConnection,
    limit: Limit,
}

impl<'c> Steps<'c> {
    pub(super) fn new(connection: &'c mut PgConnection, limit: Limit) -> Self {
        Self { connection, limit }
    }

    pub(crate) async fn run<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        self.limit.hold(statement(self.connection)).await
    }
}
