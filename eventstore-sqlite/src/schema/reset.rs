use eventstore_core::Result;
use sqlx::{Connection, Executor};
use tracing::debug;

use super::migrate::add_tables;
use super::{connect_to_store, inspect};
use crate::config::SqliteConfig;
use crate::connection::connect_to_change;
use crate::error::{commit_failed, failed};
use crate::sql;

/// Does the work of [`SqliteAdmin::reset`](crate::SqliteAdmin::reset).
pub(crate) async fn reset(config: &SqliteConfig) -> Result<()> {
    // Looked at first, because the connection that changes it gives the file a write-ahead log, even to one of others.
    connect_to_store(config).await?.close().await.map_err(failed)?;
    let mut connection = connect_to_change(config).await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    inspect(&mut transaction).await?.refuse_others(config)?;
    add_tables(&mut transaction).await?;
    transaction.execute(sql::RESET).await.map_err(failed)?;
    transaction.commit().await.map_err(commit_failed)?;
    // The store is empty whether this succeeds or not. It fails while another transaction is open.
    if let Err(error) = connection.execute(sql::COMPACT_FILE).await {
        debug!(%error, "the file keeps its free pages");
    }
    connection.close().await.map_err(failed)
}
