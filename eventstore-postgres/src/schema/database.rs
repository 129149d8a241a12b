use eventstore_core::{Error, Result};
use sqlx::{AssertSqlSafe, Connection};

use crate::config::PostgresConfig;
use crate::connection::connect;
use crate::error::{is_existing_database, reading};
use crate::schema::{Creation, Removal};
use crate::sql::scripts;

/// Does the work of [`PostgresAdmin::create_database`](crate::PostgresAdmin::create_database).
pub(crate) async fn create_database(config: &PostgresConfig) -> Result<Creation> {
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

/// Does the work of [`PostgresAdmin::has_database`](crate::PostgresAdmin::has_database).
pub(crate) async fn has_database(config: &PostgresConfig) -> Result<bool> {
    match connect(config, "find").await {
        Err(Error::NotInitialized { .. }) => Ok(false),
        Ok(connection) => {
            // The answer is known: how the connection ends no longer matters.
            let _ = connection.close().await;
            Ok(true)
        }
        Err(error) => Err(error),
    }
}

/// Does the work of [`PostgresAdmin::drop_database`](crate::PostgresAdmin::drop_database).
pub(crate) async fn drop_database(config: &PostgresConfig) -> Result<Removal> {
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
