use eventstore_core::Result;
use sqlx::PgConnection;

use super::migration::ADDITIONS;
use crate::error::reading;
use crate::sql::{Statements, scripts};
use crate::values::{DataType, SchemaName};

/// Returns whether the schema holds the tables that are not shared with the other library.
pub(crate) async fn find_additions(connection: &mut PgConnection, schema: &SchemaName) -> Result<bool> {
    sqlx::query_scalar(scripts::FIND_ADDITIONS)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)
}

/// Makes what this library keeps beside the tables of the other one unless it is there, in a transaction of the caller's.
pub(crate) async fn add_additions(
    connection: &mut PgConnection,
    schema: &SchemaName,
    data_type: DataType,
) -> Result<()> {
    if find_additions(&mut *connection, schema).await? {
        return Ok(());
    }
    for script in ADDITIONS {
        let script = Statements::creation(script, schema, data_type);
        sqlx::raw_sql(script).execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}
