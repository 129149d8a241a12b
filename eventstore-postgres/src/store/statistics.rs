use async_trait::async_trait;
use eventstore_core::{Result, StatisticsSource, StoreStatistics};
use sqlx::Row;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgRow;

use crate::PostgresStore;
use crate::error::reading;
use crate::store::sessions::Sessions;

/// The code of an error about a missing right.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

#[async_trait]
impl StatisticsSource for PostgresStore {
    async fn statistics(&self) -> Result<StoreStatistics> {
        self.label().observed("statistics", self.ask_for_statistics()).await
    }
}

impl PostgresStore {
    async fn ask_for_statistics(&self) -> Result<StoreStatistics> {
        let mut session = self.session().await?;
        let context = self.sessions.context();
        let query = context
            .statements
            .statistics
            .query()
            .bind(context.config.schema().as_str())
            .bind(context.tables.layout.tables());
        let answer = session.read(async |connection| query.fetch_one(connection).await).await;
        match answer {
            // Every role may read the views of the server, unless that right has been taken from it.
            Err(error) if is_refused(&error) => Ok(StoreStatistics::default()),
            answer => answer.and_then(|row| decode(&row)).map_err(reading),
        }
    }
}

fn is_refused(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == INSUFFICIENT_PRIVILEGE)
}

fn decode(row: &PgRow) -> sqlx::Result<StoreStatistics> {
    let number = |column| {
        row.try_get(column)
            .map(|number: Option<i64>| number.map(i64::unsigned_abs))
    };
    let mut statistics = StoreStatistics::default();
    statistics.bytes_on_disk = number("bytes_on_disk")?;
    statistics.connections = number("connections")?;
    statistics.connection_limit = number("connection_limit")?;
    statistics.commits = number("commits")?;
    statistics.rows_read = number("rows_read")?;
    statistics.rows_appended = number("rows_appended")?;
    Ok(statistics)
}
