use eventstore_core::Result;
use sqlx::{Connection, Executor, SqliteConnection};

use super::connect_to_store;
use crate::config::SqliteConfig;
use crate::connection::connect_to_change;
use crate::error::{commit_failed, failed};
use crate::sql;

/// Does the work of [`SqliteAdmin::migrate`](crate::SqliteAdmin::migrate).
pub(crate) async fn migrate(config: &SqliteConfig) -> Result<()> {
    if is_migrated(config).await? {
        return Ok(());
    }
    let mut connection = connect_to_change(config).await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    add_tables(&mut transaction).await?;
    transaction.commit().await.map_err(commit_failed)?;
    connection.close().await.map_err(failed)
}

/// Does the work of [`SqliteAdmin::is_migrated`](crate::SqliteAdmin::is_migrated).
pub(crate) async fn is_migrated(config: &SqliteConfig) -> Result<bool> {
    let mut connection = connect_to_store(config).await?;
    let has_all = has_statuses(&mut connection).await? && has_groups(&mut connection).await?;
    connection.close().await.map_err(failed)?;
    Ok(has_all)
}

/// Whether the file has the table of what holders report.
pub(crate) async fn has_statuses(connection: &mut SqliteConnection) -> Result<bool> {
    sqlx::query_scalar(sql::HAS_STATUSES)
        .fetch_one(connection)
        .await
        .map_err(failed)
}

/// Whether the file has the tables of groups.
pub(crate) async fn has_groups(connection: &mut SqliteConnection) -> Result<bool> {
    sqlx::query_scalar(sql::HAS_GROUPS)
        .fetch_one(connection)
        .await
        .map_err(failed)
}

/// Makes the tables that are of no version, unless they are there: earlier versions of the library work beside them.
pub(super) async fn add_tables(connection: &mut SqliteConnection) -> Result<()> {
    add_statuses(connection).await?;
    let created = connection.execute(sql::CREATE_GROUPS).await;
    created.map(drop).map_err(failed)
}

/// Makes the table of what holders report unless it is there. One of before is made again: the next report is soon (ADR 65).
async fn add_statuses(connection: &mut SqliteConnection) -> Result<()> {
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
