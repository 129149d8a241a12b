use async_trait::async_trait;
use eventstore_postgres::{PostgresStore, PostgresTransaction};
use sqlx::{Connection, PgConnection};

use crate::BALANCES;
use crate::database::{Database, Deposits};

/// The database of a store on PostgreSQL.
pub(crate) struct PostgresDatabase {
    store: PostgresStore,
    connection: PgConnection,
}

#[async_trait]
impl Database for PostgresDatabase {
    type Store = PostgresStore;

    async fn open(url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            store: PostgresStore::open(url).await?,
            connection: PgConnection::connect(url).await?,
        })
    }

    fn store(&self) -> &PostgresStore {
        &self.store
    }

    async fn execute(&mut self, statements: &'static str) -> anyhow::Result<()> {
        let mut transaction = self.connection.begin().await?;
        sqlx::raw_sql(statements).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn balances(&mut self) -> anyhow::Result<Vec<(String, i64)>> {
        Ok(sqlx::query_as(BALANCES).fetch_all(&mut self.connection).await?)
    }
}

#[async_trait]
impl Deposits for PostgresTransaction {
    async fn deposit(&mut self, statement: &'static str, account: &str, cents: i64) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(statement).bind(account).bind(cents);
        statement.execute(&mut **self).await?;
        Ok(())
    }
}
