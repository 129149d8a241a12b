use async_trait::async_trait;
use eventstore_sqlite::{SqliteConfig, SqliteStore, SqliteTransaction};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::database::{AddTotals, Database};
use crate::projection::{ROWS, TABLE, TotalsByStream};

const ADD: &str = "
    INSERT INTO git_history_totals AS known (stream, path, changes, added, removed)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (stream) DO UPDATE SET
        changes = known.changes + excluded.changes,
        added = known.added + excluded.added,
        removed = known.removed + excluded.removed";

/// The file of a store on SQLite.
pub(crate) struct SqliteDatabase {
    store: SqliteStore,
    connection: SqliteConnection,
}

#[async_trait]
impl Database for SqliteDatabase {
    type Store = SqliteStore;

    async fn open(url: &str) -> anyhow::Result<Self> {
        let config = SqliteConfig::from_url(url)?;
        let file = SqliteConnectOptions::new().filename(config.path());
        let store = SqliteStore::open_with(config).await?;
        let mut connection = SqliteConnection::connect_with(&file).await?;
        sqlx::query(TABLE).execute(&mut connection).await?;
        Ok(Self { store, connection })
    }

    fn store(&self) -> &SqliteStore {
        &self.store
    }

    async fn rows(&mut self) -> anyhow::Result<Vec<(String, i64, i64, i64)>> {
        Ok(sqlx::query_as(ROWS).fetch_all(&mut self.connection).await?)
    }
}

#[async_trait]
impl AddTotals for SqliteTransaction {
    async fn add(&mut self, streams: &TotalsByStream<'_>) -> Result<(), sqlx::Error> {
        for (stream, (path, totals)) in streams {
            sqlx::query(ADD)
                .bind(*stream)
                .bind(path)
                .bind(totals.changes)
                .bind(totals.added)
                .bind(totals.removed)
                .execute(&mut **self)
                .await?;
        }
        Ok(())
    }
}
