use async_trait::async_trait;
use eventstore_postgres::{PostgresStore, PostgresTransaction};
use sqlx::{Connection, PgConnection};

use crate::database::{AddTotals, Database};
use crate::projection::{ROWS, TABLE, TotalsByStream};
use crate::totals::Totals;

/// Takes all rows at once: each statement is a way to the server and back.
const ADD: &str = "
    INSERT INTO git_history_totals AS known (stream, path, changes, added, removed)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
    ON CONFLICT (stream) DO UPDATE SET
        changes = known.changes + excluded.changes,
        added = known.added + excluded.added,
        removed = known.removed + excluded.removed";

/// The database of a store on PostgreSQL.
pub(crate) struct PostgresDatabase {
    store: PostgresStore,
    connection: PgConnection,
}

#[async_trait]
impl Database for PostgresDatabase {
    type Store = PostgresStore;

    async fn open(url: &str) -> anyhow::Result<Self> {
        let store = PostgresStore::open(url).await?;
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query(TABLE).execute(&mut connection).await?;
        Ok(Self { store, connection })
    }

    fn store(&self) -> &PostgresStore {
        &self.store
    }

    async fn rows(&mut self) -> anyhow::Result<Vec<(String, i64, i64, i64)>> {
        Ok(sqlx::query_as(ROWS).fetch_all(&mut self.connection).await?)
    }
}

#[async_trait]
impl AddTotals for PostgresTransaction {
    async fn add(&mut self, streams: &TotalsByStream<'_>) -> Result<(), sqlx::Error> {
        let column = |value: fn(&Totals) -> i64| streams.values().map(|(_, totals)| value(totals)).collect::<Vec<_>>();
        sqlx::query(ADD)
            .bind(streams.keys().copied().collect::<Vec<_>>())
            .bind(streams.values().map(|(path, _)| path.as_str()).collect::<Vec<_>>())
            .bind(column(|totals| totals.changes))
            .bind(column(|totals| totals.added))
            .bind(column(|totals| totals.removed))
            .execute(&mut **self)
            .await?;
        Ok(())
    }
}
