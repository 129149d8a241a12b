use eventstore_core::{Error, Result};
use sqlx::{Connection, SqliteConnection};

use crate::config::SqliteConfig;
use crate::connection::connect_to_inspect;
use crate::error::failed;
use crate::sql;

/// The version of the tables that this version of the crate makes and works on.
pub(super) const VERSION: i64 = 1;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// No store, but perhaps tables of others.
    NoStore,
    /// A store whose tables have this version.
    Store(i64),
}

pub(crate) async fn inspect(connection: &mut SqliteConnection) -> Result<Contents> {
    let has_store: bool = sqlx::query_scalar(sql::HAS_STORE)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if !has_store {
        return Ok(Contents::NoStore);
    }
    let version = sqlx::query_scalar(sql::FIND_VERSION).fetch_optional(connection).await;
    Ok(version.map_err(failed)?.map_or(Contents::NoStore, Contents::Store))
}

/// Does the work of [`SqliteAdmin::has_store`](crate::SqliteAdmin::has_store).
pub(crate) async fn has_store(config: &SqliteConfig) -> Result<bool> {
    if !config.path().exists() {
        return Ok(false);
    }
    let mut connection = connect_to_inspect(config).await?;
    let contents = inspect(&mut connection).await?;
    connection.close().await.map_err(failed)?;
    Ok(contents != Contents::NoStore)
}

/// Opens a connection to a file that must hold a store which this version works on.
pub(super) async fn connect_to_store(config: &SqliteConfig) -> Result<SqliteConnection> {
    let mut connection = connect_to_inspect(config).await?;
    inspect(&mut connection).await?.refuse_others(config)?;
    Ok(connection)
}

impl Contents {
    /// Refuses what this version cannot work on.
    pub(crate) fn refuse_others(self, config: &SqliteConfig) -> Result<()> {
        let path = config.path();
        let message = match self {
            Self::Store(VERSION) => return Ok(()),
            Self::Store(version) => format!(
                "the store in {} has version {version} of the tables, and this version of the library works on version {VERSION}",
                path.display()
            ),
            Self::NoStore => format!("there is no event store in {}: initialize one", path.display()),
        };
        Err(Error::NotInitialized { message })
    }
}
