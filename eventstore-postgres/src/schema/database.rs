use eventstore_core::{Error, Result};
use sqlx::{AssertSqlSafe, Connection};

use crate::config::PostgresConfig;
use crate::connection::connect;
use crate::error::{is_existing_database, reading};
use crate::schema::{Creation, Removal};
use crate::sql::scripts;

/// Creates the configured database with the encoding UTF-8, unless it exists.
///
/// It connects to the database `postgres` on the same server as the configured user.
///
/// # Errors
///
/// [`AccessDenied`](eventstore_core::Error::AccessDenied) if the user may not create databases, otherwise
/// [`Unavailable`](eventstore_core::Error::Unavailable) or [`Storage`](eventstore_core::Error::Storage).
pub async fn create_database(config: &PostgresConfig) -> Result<Creation> {
    let mut connection = connect(&config.for_maintenance(), "create").await?;
    // A name cannot be a parameter of this statement; doubling the quotes makes any name safe.
    let name = config.clone().bypassing_pooler().database().replace('"', "\"\"");
    let sql = AssertSqlSafe(format!("CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0"));
    let created = config.answer_limit().hold(sqlx::raw_sql(sql).execute(&mut connection));
    let creation = match created.await {
        Ok(_) => Ok(Creation::Created),
        Err(error) if is_existing_database(&error) => Ok(Creation::AlreadyExisted),
        Err(error) => Err(reading(error)),
    };
    // The answer is known: how the connection ends no longer matters.
    let _ = connection.close().await;
    creation
}

/// Removes the configured database if no tables are left in it; [drop](crate::drop_store) the event store first.
///
/// # Errors
///
/// - [`Error::InvalidInput`] naming `database` if it holds tables
/// - [`Error::AccessDenied`] unless the user owns it
/// - [`Error::Storage`] while others are connected to it, and [`Error::Unavailable`]
pub async fn drop_database(config: &PostgresConfig) -> Result<Removal> {
    if !refuse_tables(config).await? {
        return Ok(Removal::WasAbsent);
    }
    let mut connection = connect(&config.for_maintenance(), "drop").await?;
    let name = config.clone().bypassing_pooler().database().replace('"', "\"\"");
    let sql = AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{name}\""));
    let dropped = config.answer_limit().hold(sqlx::raw_sql(sql).execute(&mut connection));
    dropped.await.map_err(reading)?;
    // The answer is known: how the connection ends no longer matters.
    let _ = connection.close().await;
    Ok(Removal::Removed)
}

/// Whether there is such a database, in which there must be no tables.
async fn refuse_tables(config: &PostgresConfig) -> Result<bool> {
    let mut connection = match connect(config, "drop").await {
        Err(Error::NotInitialized { .. }) => return Ok(false),
        connected => connected?,
    };
    let table = sqlx::query_scalar(scripts::FIND_FOREIGN_TABLES).persistent(false);
    let table = config.answer_limit().hold(table.fetch_optional(&mut connection));
    let table: Option<String> = table.await.map_err(reading)?;
    // The database cannot be dropped while this one is connected to it.
    config.answer_limit().hold(connection.close()).await.map_err(reading)?;
    match table {
        Some(table) => Err(Error::invalid_input(
            "database",
            &format!("it holds other tables, such as {table}"),
        )),
        None => Ok(true),
    }
}
