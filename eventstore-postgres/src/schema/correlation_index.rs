use eventstore_core::Result;
use sqlx::PgConnection;

use super::index_lock::lock_indexes;
use crate::config::PostgresConfig;
use crate::connection::work_for_long;
use crate::error::reading;
use crate::schema::{Creation, Removal};
use crate::schema::{find_store, run_script};
use crate::sql::scripts;
use crate::values::{Layout, SchemaName};

/// The state of the index on correlation ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrelationIndex {
    /// There is no index.
    Absent,
    /// A creation that was cut off left it behind: it costs as much as a valid index, and is of no use.
    Invalid,
    /// The index is valid; stores that connected after its creation use it.
    Valid,
}

/// Does the work of [`PostgresAdmin::create_correlation_index`](crate::PostgresAdmin::create_correlation_index).
pub(crate) async fn create_correlation_index(config: &PostgresConfig) -> Result<Creation> {
    work_for_long(config, "index", async |connection| {
        let (layout, _) = find_store(connection, config).await?;
        // The lock goes with the connection.
        lock_indexes(connection, config.schema()).await?;
        create_unless_valid(connection, config.schema(), layout).await
    })
    .await
}

/// Does the work of [`PostgresAdmin::correlation_index`](crate::PostgresAdmin::correlation_index).
pub(crate) async fn correlation_index(config: &PostgresConfig) -> Result<CorrelationIndex> {
    work_for_long(config, "index", async |connection| {
        find_store(connection, config).await?;
        find_correlation_index(connection, config.schema()).await
    })
    .await
}

/// Does the work of [`PostgresAdmin::drop_correlation_index`](crate::PostgresAdmin::drop_correlation_index).
pub(crate) async fn drop_correlation_index(config: &PostgresConfig) -> Result<Removal> {
    work_for_long(config, "index", async |connection| {
        find_store(connection, config).await?;
        lock_indexes(connection, config.schema()).await?;
        match find_correlation_index(connection, config.schema()).await? {
            CorrelationIndex::Absent => Ok(Removal::WasAbsent),
            CorrelationIndex::Invalid | CorrelationIndex::Valid => {
                run_script(connection, scripts::DROP_CORRELATION_INDEX, config.schema()).await?;
                Ok(Removal::Removed)
            }
        }
    })
    .await
}

/// Tells whether the index is in the schema.
pub(crate) async fn find_correlation_index(
    connection: &mut PgConnection,
    schema: &SchemaName,
) -> Result<CorrelationIndex> {
    let is_valid = sqlx::query_scalar::<_, bool>(scripts::FIND_CORRELATION_INDEX)
        .persistent(false)
        .bind(schema.quoted())
        .fetch_optional(connection)
        .await
        .map_err(reading)?;
    Ok(match is_valid {
        None => CorrelationIndex::Absent,
        Some(false) => CorrelationIndex::Invalid,
        Some(true) => CorrelationIndex::Valid,
    })
}

async fn create_unless_valid(connection: &mut PgConnection, schema: &SchemaName, layout: Layout) -> Result<Creation> {
    match find_correlation_index(connection, schema).await? {
        CorrelationIndex::Valid => return Ok(Creation::AlreadyExisted),
        CorrelationIndex::Invalid => run_script(connection, scripts::DROP_CORRELATION_INDEX, schema).await?,
        CorrelationIndex::Absent => {}
    }
    let create = match layout {
        Layout::Compact => scripts::CREATE_CORRELATION_INDEX_COMPACT,
        Layout::Original => scripts::CREATE_CORRELATION_INDEX_ORIGINAL,
    };
    run_script(connection, create, schema).await?;
    Ok(Creation::Created)
}
