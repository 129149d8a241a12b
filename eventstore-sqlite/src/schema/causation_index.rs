use eventstore_core::Result;
use sqlx::{Connection, Executor, SqliteConnection};

use super::{Creation, Removal, connect_to_store, inspect};
use crate::config::SqliteConfig;
use crate::connection::connect_to_change;
use crate::error::{commit_failed, failed};
use crate::sql;

/// Does the work of [`SqliteAdmin::create_causation_index`](crate::SqliteAdmin::create_causation_index).
pub(crate) async fn create_causation_index(config: &SqliteConfig) -> Result<Creation> {
    let is_changed = change(config, false, sql::CREATE_CAUSATION_INDEX).await?;
    Ok(if is_changed {
        Creation::Created
    } else {
        Creation::AlreadyExisted
    })
}

/// Does the work of [`SqliteAdmin::drop_causation_index`](crate::SqliteAdmin::drop_causation_index).
pub(crate) async fn drop_causation_index(config: &SqliteConfig) -> Result<Removal> {
    let is_changed = change(config, true, sql::DROP_CAUSATION_INDEX).await?;
    Ok(if is_changed {
        Removal::Removed
    } else {
        Removal::WasAbsent
    })
}

/// Does the work of [`SqliteAdmin::has_causation_index`](crate::SqliteAdmin::has_causation_index).
pub(crate) async fn has_causation_index(config: &SqliteConfig) -> Result<bool> {
    let mut connection = connect_to_store(config).await?;
    let has_index = has_index(&mut connection).await?;
    connection.close().await.map_err(failed)?;
    Ok(has_index)
}

/// Runs the statement if there is an index, or if there is none; tells whether it ran.
async fn change(config: &SqliteConfig, if_there_is_one: bool, statement: &'static str) -> Result<bool> {
    // Looked at first, because the connection that changes it gives the file a write-ahead log, even to one of others.
    connect_to_store(config).await?.close().await.map_err(failed)?;
    let mut connection = connect_to_change(config).await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    inspect(&mut transaction).await?.refuse_others(config)?;
    let is_changed = has_index(&mut transaction).await? == if_there_is_one;
    if is_changed {
        transaction.execute(statement).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(commit_failed)?;
    connection.close().await.map_err(failed)?;
    Ok(is_changed)
}

async fn has_index(connection: &mut SqliteConnection) -> Result<bool> {
    let has_index = sqlx::query_scalar(sql::HAS_CAUSATION_INDEX).fetch_one(connection).await;
    has_index.map_err(failed)
}
