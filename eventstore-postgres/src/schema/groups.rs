use eventstore_core::Result;
use sqlx::PgConnection;

use crate::connection::Rights;
use crate::error::reading;
use crate::schema::run_script;
use crate::sql::scripts;
use crate::values::SchemaName;

/// Returns what this role can do with the tables of groups.
pub(crate) async fn find_groups(connection: &mut PgConnection, schema: &SchemaName) -> Result<Rights> {
    let (are_there, can_read, can_write) = sqlx::query_as(scripts::FIND_GROUPS)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)?;
    Ok(Rights {
        are_there,
        can_read,
        can_write,
    })
}

/// Whether the schema holds the tables, with or without the right to use them.
pub(super) async fn has_groups(connection: &mut PgConnection, schema: &SchemaName) -> Result<bool> {
    sqlx::query_scalar(scripts::HAS_GROUPS)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)
}

/// Makes the tables unless they are there, in a transaction of the caller's.
pub(super) async fn add_groups(connection: &mut PgConnection, schema: &SchemaName) -> Result<()> {
    if has_groups(connection, schema).await? {
        return Ok(());
    }
    super::call(connection, scripts::SET_SCHEMA, &schema.quoted()).await?;
    for script in scripts::ADD_GROUPS {
        run_script(connection, script, schema).await?;
    }
    Ok(())
}
