use async_trait::async_trait;
use eventstore_sqlite::{SqliteConfig, SqliteStore, SqliteTransaction};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::BALANCES;
use crate::database::{Database, Deposits};

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
        Ok(Self {
            store: SqliteStore::open_with(config).await?,
            connection: SqliteConnection::connect_with(&file).await?,
        })
    }

    fn store(&self) -> &SqliteStore {
        &self.store
    }

    async fn execute(&mut self, statements: &'static str) -> anyhow::Result<()> {
        // One that begins by reading would not wait for another writer, but fail.
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(statements).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn balances(&mut self) -> anyhow::Result<Vec<(String, i64)>> {
        Ok(sqlx::query_as(BALANCES).fetch_all(&mut self.connection).await?)
    }
}

#[async_trait]
impl Deposits for SqliteTransaction {
    async fn deposit(&mut self, statement: &'static str, account: &str, cents: i64) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(statement).bind(account).bind(cents);
        statement.execute(&mut **self).await?;
        Ok(())
    }
}
