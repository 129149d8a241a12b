use eventstore_core::Result;
use sqlx::PgConnection;

use super::index_lock::lock_indexes;
use crate::config::PostgresConfig;
use crate::connection::work_for_long;
use crate::error::reading;
use crate::read;
use crate::schema::{Creation, Removal};
use crate::schema::{find_store, run_script};
use crate::sql::scripts;
use crate::values::{EventIndex, IndexState, Layout, SchemaName};

/// Does the work of [`PostgresAdmin::create_index`](crate::PostgresAdmin::create_index).
pub(crate) async fn create_index(config: &PostgresConfig, index: EventIndex) -> Result<Creation> {
    work_for_long(config, "index", async |connection| {
        let (layout, _) = find_store(connection, config).await?;
        // The lock goes with the connection.
        lock_indexes(connection, config.schema()).await?;
        create_unless_valid(connection, config.schema(), index, layout).await
    })
    .await
}

/// Does the work of [`PostgresAdmin::index_state`](crate::PostgresAdmin::index_state).
pub(crate) async fn index_state(config: &PostgresConfig, index: EventIndex) -> Result<IndexState> {
    work_for_long(config, "index", async |connection| {
        find_store(connection, config).await?;
        find_index(connection, config.schema(), index).await
    })
    .await
}

/// Does the work of [`PostgresAdmin::drop_index`](crate::PostgresAdmin::drop_index).
pub(crate) async fn drop_index(config: &PostgresConfig, index: EventIndex) -> Result<Removal> {
    work_for_long(config, "index", async |connection| {
        find_store(connection, config).await?;
        lock_indexes(connection, config.schema()).await?;
        match find_index(connection, config.schema(), index).await? {
            IndexState::Absent => Ok(Removal::WasAbsent),
            IndexState::Invalid | IndexState::Valid => {
                run_script(connection, drop_script(index), config.schema()).await?;
                Ok(Removal::Removed)
            }
        }
    })
    .await
}

/// Tells whether the index is in the schema.
pub(crate) async fn find_index(
    connection: &mut PgConnection,
    schema: &SchemaName,
    index: EventIndex,
) -> Result<IndexState> {
    read::index_state(connection, schema, index).await.map_err(reading)
}

async fn create_unless_valid(
    connection: &mut PgConnection,
    schema: &SchemaName,
    index: EventIndex,
    layout: Layout,
) -> Result<Creation> {
    match find_index(connection, schema, index).await? {
        IndexState::Valid => return Ok(Creation::AlreadyExisted),
        IndexState::Invalid => run_script(connection, drop_script(index), schema).await?,
        IndexState::Absent => {}
    }
    run_script(connection, create_script(index, layout), schema).await?;
    Ok(Creation::Created)
}

fn create_script(index: EventIndex, layout: Layout) -> &'static str {
    match (index, layout) {
        (EventIndex::Correlation, Layout::Compact) => scripts::CREATE_CORRELATION_INDEX_COMPACT,
        (EventIndex::Correlation, Layout::Original) => scripts::CREATE_CORRELATION_INDEX_ORIGINAL,
        (EventIndex::Causation, Layout::Compact) => scripts::CREATE_CAUSATION_INDEX_COMPACT,
        (EventIndex::Causation, Layout::Original) => scripts::CREATE_CAUSATION_INDEX_ORIGINAL,
    }
}

fn drop_script(index: EventIndex) -> &'static str {
    match index {
        EventIndex::Correlation => scripts::DROP_CORRELATION_INDEX,
        EventIndex::Causation => scripts::DROP_CAUSATION_INDEX,
    }
}
