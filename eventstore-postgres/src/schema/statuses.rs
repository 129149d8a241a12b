use eventstore_core::Result;
use sqlx::PgConnection;

use crate::connection::Statuses;
use crate::error::reading;
use crate::schema::run_script;
use crate::sql::scripts;
use crate::values::SchemaName;

/// Returns what this role can do with the table of what holders report.
pub(crate) async fn find_statuses(connection: &mut PgConnection, schema: &SchemaName) -> Result<Statuses> {
    let (can_read, can_write) = sqlx::query_as(scripts::FIND_STATUSES)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)?;
    Ok(Statuses { can_read, can_write })
}

/// Whether the schema holds the table, with or without the right to use it.
pub(super) async fn has_statuses(connection: &mut PgConnection, schema: &SchemaName) -> Result<bool> {
    sqlx::query_scalar(scripts::HAS_STATUSES)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)
}

/// Makes the table unless it is there, in a transaction of the caller's.
pub(super) async fn add_statuses(connection: &mut PgConnection, schema: &SchemaName) -> Result<()> {
    if has_statuses(connection, schema).await? {
        return Ok(());
    }
    super::call(connection, scripts::SET_SCHEMA, &schema.quoted()).await?;
    for script in scripts::ADD_STATUSES {
        run_script(connection, script, schema).await?;
    }
    Ok(())
}
