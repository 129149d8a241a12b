use eventstore_core::Result;
use sqlx::PgConnection;

use crate::config::PostgresConfig;
use crate::error::reading;
use crate::schema::additions::add_additions;
use crate::schema::groups::add_groups;
use crate::schema::projections::add_projections;
use crate::schema::statuses::add_statuses;
use crate::schema::{Found, change_schema, find_store, inspect_any_version, run_script};
use crate::sql::scripts;
use crate::values::{Layout, SchemaName};

/// Whether something had to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Removal {
    /// It was removed.
    Removed,
    /// It did not exist.
    WasAbsent,
}

/// Does the work of [`PostgresAdmin::drop`](crate::PostgresAdmin::drop).
pub(crate) async fn drop_store(config: &PostgresConfig) -> Result<Removal> {
    let schema = config.schema();
    change_schema(config, "drop", async |connection| {
        let drops = match inspect_any_version(connection, schema).await? {
            Found::Nothing => return Ok(Removal::WasAbsent),
            Found::Store { layout, .. } => match layout {
                Layout::Compact => [scripts::DROP_KEPT, scripts::DROP_KEY_VAULT, scripts::DROP_COMPACT],
                Layout::Original => [scripts::DROP_COPIES, scripts::DROP_KEY_VAULT, scripts::DROP_ORIGINAL],
            },
        };
        for drop in drops {
            run_script(connection, drop, schema).await?;
        }
        if schema != &SchemaName::default() && is_empty(connection, schema).await? {
            run_script(connection, scripts::DROP_SCHEMA, schema).await?;
        }
        Ok(Removal::Removed)
    })
    .await
}

/// Does the work of [`PostgresAdmin::reset`](crate::PostgresAdmin::reset).
pub(crate) async fn reset_store(config: &PostgresConfig) -> Result<()> {
    change_schema(config, "reset", async |connection| {
        let (layout, data_type) = find_store(connection, config).await?;
        add_additions(connection, config.schema(), data_type).await?;
        add_statuses(connection, config.schema()).await?;
        add_groups(connection, config.schema()).await?;
        add_projections(connection, config.schema()).await?;
        let resets: &[&str] = match layout {
            Layout::Compact => &[scripts::RESET_COMPACT],
            Layout::Original => &[scripts::DROP_COPIES, scripts::RESET_ORIGINAL],
        };
        for reset in resets {
            run_script(connection, reset, config.schema()).await?;
        }
        Ok(())
    })
    .await
}

async fn is_empty(connection: &mut PgConnection, schema: &SchemaName) -> Result<bool> {
    sqlx::query_scalar(scripts::IS_SCHEMA_EMPTY)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_one(connection)
        .await
        .map_err(reading)
}
