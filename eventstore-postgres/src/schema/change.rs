use eventstore_core::Result;
use sqlx::{Connection, PgConnection};

use crate::config::PostgresConfig;
use crate::connection::work_for_long;
use crate::error::reading;
use crate::sql::{Statements, scripts};
use crate::values::SchemaName;

/// How long a change waits for a table that another transaction uses, in the server's syntax: every later transaction
/// waits behind it.
const LOCK_TIMEOUT: &str = "10s";

/// Makes changes to the configured schema in one transaction, all or none; one process at a time does so.
pub(crate) async fn change_schema<T>(
    config: &PostgresConfig,
    purpose: &str,
    changes: impl AsyncFnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    work_for_long(config, purpose, async |connection| {
        let mut transaction = connection.begin().await.map_err(reading)?;
        // Before the lock timeout is set, which would also end this wait: the change of another process may take long.
        call(&mut transaction, scripts::LOCK_SCHEMA, config.schema().as_str()).await?;
        call(&mut transaction, scripts::SET_LOCK_TIMEOUT, LOCK_TIMEOUT).await?;
        let done = changes(&mut transaction).await?;
        transaction.commit().await.map_err(reading)?;
        Ok(done)
    })
    .await
}

/// Calls functions of the server with one argument.
pub(crate) async fn call(connection: &mut PgConnection, statement: &'static str, argument: &str) -> Result<()> {
    sqlx::query(statement)
        .persistent(false)
        .bind(argument)
        .execute(connection)
        .await
        .map(drop)
        .map_err(reading)
}

/// Runs the statements of a script.
pub(crate) async fn run_script(connection: &mut PgConnection, script: &str, schema: &SchemaName) -> Result<()> {
    sqlx::raw_sql(Statements::once(script, schema))
        .execute(connection)
        .await
        .map(drop)
        .map_err(reading)
}
