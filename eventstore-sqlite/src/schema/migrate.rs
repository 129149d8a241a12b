use eventstore_core::Result;
use sqlx::{Connection, Executor, SqliteConnection};

use super::connect_to_store;
use crate::config::SqliteConfig;
use crate::connection::connect_to_change;
use crate::error::failed;
use crate::sql;

/// Does the work of [`SqliteAdmin::migrate`](crate::SqliteAdmin::migrate).
pub(crate) async fn migrate(config: &SqliteConfig) -> Result<()> {
    if is_migrated(config).await? {
        return Ok(());
    }
    let mut connection = connect_to_change(config).await?;
    add_statuses(&mut connection).await?;
    connection.close().await.map_err(failed)
}

/// Does the work of [`SqliteAdmin::is_migrated`](crate::SqliteAdmin::is_migrated).
pub(crate) async fn is_migrated(config: &SqliteConfig) -> Result<bool> {
    let mut connection = connect_to_store(config).await?;
    let has_statuses = has_statuses(&mut connection).await?;
    connection.close().await.map_err(failed)?;
    Ok(has_statuses)
}

/// Whether the file has the table of what holders report.
pub(crate) async fn has_statuses(connection: &mut SqliteConnection) -> Result<bool> {
    sqlx::query_scalar(sql::HAS_STATUSES)
        .fetch_one(connection)
        .await
        .map_err(failed)
}

/// Makes that table unless it is there. One of before is made again: the next report is soon (ADR 65).
pub(super) async fn add_statuses(connection: &mut SqliteConnection) -> Result<()> {
    if !has_statuses(connection).await? {
        let dropped = connection.execute(sql::DROP_SUBSCRIPTION_STATUSES).await;
        dropped.map_err(failed)?;
    }
    connection
        .execute(sql::CREATE_SUBSCRIPTION_STATUSES)
        .await
        .map(drop)
        .map_err(failed)
}
