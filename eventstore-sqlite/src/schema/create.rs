use eventstore_core::{Error, Result};
use sqlx::{Connection, Executor, SqliteConnection};

use super::migrate::add_tables;
use super::{Contents, VERSION, inspect};
use crate::config::SqliteConfig;
use crate::connection::{connect_to_create, connect_to_inspect};
use crate::error::{commit_failed, failed};
use crate::sql;
use crate::values::now;

/// Whether something had to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Creation {
    /// It was created.
    Created,
    /// It already existed.
    AlreadyExisted,
}

/// Does the work of [`SqliteAdmin::initialize`](crate::SqliteAdmin::initialize).
pub(crate) async fn create(config: &SqliteConfig) -> Result<Creation> {
    if is_created(config).await? {
        return Ok(Creation::AlreadyExisted);
    }
    let mut connection = connect_to_create(config).await?;
    let created = create_in(&mut connection, config).await?;
    connection.close().await.map_err(failed)?;
    Ok(created)
}

/// Refuses a file of others as it is, before the connection that creates gives it a write-ahead log.
async fn is_created(config: &SqliteConfig) -> Result<bool> {
    if !config.path().exists() {
        return Ok(false);
    }
    let mut connection = connect_to_inspect(config).await?;
    let contents = inspect(&mut connection).await?;
    match contents {
        Contents::NoStore => refuse_other_encodings(&mut connection).await?,
        Contents::Store(_) => contents.refuse_others(config)?,
    }
    connection.close().await.map_err(failed)?;
    Ok(contents != Contents::NoStore)
}

/// Several processes may do this at the same time: the first one creates, and the others find the tables.
async fn create_in(connection: &mut SqliteConnection, config: &SqliteConfig) -> Result<Creation> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let contents = inspect(&mut transaction).await?;
    if contents != Contents::NoStore {
        contents.refuse_others(config)?;
        return Ok(Creation::AlreadyExisted);
    }
    refuse_other_encodings(&mut transaction).await?;
    transaction.execute(sql::CREATE).await.map_err(failed)?;
    add_tables(&mut transaction).await?;
    let created_at = now()?.unix_micros();
    let record = sqlx::query(sql::RECORD_VERSION).bind(created_at).bind(VERSION);
    record.execute(&mut *transaction).await.map_err(failed)?;
    let all = sqlx::query(sql::CREATE_ALL).bind(created_at);
    all.execute(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(commit_failed)?;
    Ok(Creation::Created)
}

/// Pages of events are read as bytes that SQLite takes for UTF-8. The encoding of a file never changes once it has a table.
async fn refuse_other_encodings(connection: &mut SqliteConnection) -> Result<()> {
    let encoding: String = sqlx::query_scalar(sql::ENCODING)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    if encoding == "UTF-8" {
        return Ok(());
    }
    Err(Error::NotInitialized {
        message: format!("the file holds texts in {encoding}, and an event store needs UTF-8: take another file"),
    })
}
