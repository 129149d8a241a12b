use eventstore_core::Result;
use sqlx::{Connection, Executor, SqliteConnection};

use super::connect_to_store;
use crate::config::SqliteConfig;
use crate::connection::{Additions, connect_to_change};
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
    let additions = additions(&mut connection).await?;
    connection.close().await.map_err(failed)?;
    Ok(additions.are_complete())
}

/// Which tables the file has that are of no version.
pub(super) async fn additions(connection: &mut SqliteConnection) -> Result<Additions> {
    Ok(Additions {
        has_statuses: has(connection, sql::HAS_STATUSES).await?,
        has_groups: has(connection, sql::HAS_GROUPS).await?,
        has_projections: has(connection, sql::HAS_PROJECTIONS).await?,
    })
}

async fn has(connection: &mut SqliteConnection, statement: &'static str) -> Result<bool> {
    let found = sqlx::query_scalar(statement).fetch_one(connection).await;
    found.map_err(failed)
}

/// Makes the tables that are of no version, unless they are there: earlier versions of the library work beside them.
pub(super) async fn add_tables(connection: &mut SqliteConnection) -> Result<()> {
    add_statuses(connection).await?;
    for tables in [sql::CREATE_GROUPS, sql::CREATE_PROJECTIONS] {
        connection.execute(tables).await.map_err(failed)?;
    }
    Ok(())
}

/// Makes the table of what holders report unless it is there. One of before is made again: the next report is soon (ADR 65).
async fn add_statuses(connection: &mut SqliteConnection) -> Result<()> {
    if !has(connection, sql::HAS_STATUSES).await? {
        let dropped = connection.execute(sql::DROP_SUBSCRIPTION_STATUSES).await;
        dropped.map_err(failed)?;
    }
    connection
        .execute(sql::CREATE_SUBSCRIPTION_STATUSES)
        .await
        .map(drop)
        .map_err(failed)
}
