use eventstore_core::Result;
use sqlx::PgConnection;

use crate::error::reading;
use crate::schema::SchemaName;
use crate::statements::{self, Statements};

/// Tells whether the tables stand in the schema that are not shared with the other library.
pub(crate) async fn find_additions(connection: &mut PgConnection, schema: &SchemaName) -> Result<bool> {
    sqlx::query_scalar(statements::FIND_ADDITIONS)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)
}

/// Makes those tables unless they are there, in a transaction of the caller's.
pub(crate) async fn add_additions(connection: &mut PgConnection, schema: &SchemaName) -> Result<()> {
    if find_additions(&mut *connection, schema).await? {
        return Ok(());
    }
    let tables = Statements::once(statements::CREATE_ADDITIONS, schema);
    sqlx::raw_sql(tables).execute(connection).await.map_err(reading)?;
    Ok(())
}
