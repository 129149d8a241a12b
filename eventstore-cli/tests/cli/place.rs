use std::sync::Arc;

use eventstore_core::EventStore;
use eventstore_postgres::{PostgresConfig, PostgresStore};
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use eventstore_testkit::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::kind::Kind;

/// Where the store of one test is; it is removed with this value.
pub(crate) enum Place {
    Database(TestDatabase),
    Folder { url: String, _folder: TempDir },
}

impl Place {
    pub(crate) async fn create(kind: Kind) -> Self {
        match kind {
            Kind::Postgres { .. } => Self::Database(TestDatabase::create().await),
            Kind::Sqlite => {
                let folder = TempDir::new().unwrap();
                let url = format!("sqlite:{}", folder.path().join("events.db").display());
                Self::Folder { url, _folder: folder }
            }
        }
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Database(database) => database.url(),
            Self::Folder { url, .. } => url,
        }
    }

    /// Opens the store by the library.
    pub(crate) async fn connect(&self) -> Arc<dyn EventStore> {
        match self {
            Self::Database(database) => {
                let config = PostgresConfig::from_url(database.url()).unwrap();
                Arc::new(PostgresStore::connect(config).await.unwrap())
            }
            Self::Folder { url, .. } => {
                let config = SqliteConfig::from_url(url).unwrap();
                Arc::new(SqliteStore::connect(config).await.unwrap())
            }
        }
    }

    /// Changes the tables behind the store's back.
    pub(crate) async fn execute(&self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Database(database) => {
                let mut connection = PgConnection::connect(database.url()).await.unwrap();
                sql.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::Folder { url, .. } => {
                let mut connection = SqliteConnection::connect(url).await.unwrap();
                sql.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}
