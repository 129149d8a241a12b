use eventstore_core::Result;
use sqlx::{AssertSqlSafe, Connection};

use crate::connection::connect;
use crate::error::reading;
use crate::{Creation, PostgresConfig};

/// The SQLSTATE of a database that exists, or is being created by another session.
const ALREADY_EXISTS: [&str; 2] = ["42P04", "23505"];

/// Creates the configured database, with the encoding UTF-8, unless it exists.
///
/// Connects to the database `postgres` of the same server with the configured user.
///
/// # Errors
///
/// [`AccessDenied`](eventstore_core::Error::AccessDenied) if the user may not create databases, else
/// [`Unavailable`](eventstore_core::Error::Unavailable) or [`Storage`](eventstore_core::Error::Storage).
pub async fn create_database(config: &PostgresConfig) -> Result<Creation> {
    let mut connection = connect(&config.for_maintenance(), "create").await?;
    // A name cannot be a parameter of this statement; doubling the quotes makes any name safe.
    let name = config.database().replace('"', "\"\"");
    let sql = AssertSqlSafe(format!("CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0"));
    let creation = match sqlx::raw_sql(sql).execute(&mut connection).await {
        Ok(_) => Ok(Creation::Created),
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| ALREADY_EXISTS.contains(&&*code)) => {
            Ok(Creation::AlreadyExisted)
        }
        Err(error) => Err(reading(error)),
    };
    // The answer is known: how the connection ends no longer matters.
    let _ = connection.close().await;
    creation
}
