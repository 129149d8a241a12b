use std::env;
use std::sync::Arc;

use eventstore_core::{Error, EventStore, Result};
use eventstore_postgres::PostgresStore;
use eventstore_sqlite::SqliteStore;
use tempfile::TempDir;

/// The URL of a store, by its backend.
#[derive(Clone)]
pub enum StoreUrl {
    /// In a SQLite file, such as `sqlite:events.db`.
    Sqlite(String),
    /// On a PostgreSQL server, such as `postgres://localhost/events`.
    Postgres(String),
}

impl StoreUrl {
    /// Takes the URL from `EVENTSTORE_URL`, or makes one of a new file, and says which store that is.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if there is no folder for temporary files.
    pub fn find() -> Result<Self> {
        let Ok(url) = env::var("EVENTSTORE_URL") else {
            return Self::new_file();
        };
        let url = Self::of(url);
        match &url {
            Self::Sqlite(url) => eprintln!("the store is the SQLite file {url}, as EVENTSTORE_URL says"),
            // It may hold a password.
            Self::Postgres(_) => eprintln!("the store is the PostgreSQL database that EVENTSTORE_URL names"),
        }
        Ok(url)
    }

    fn of(url: String) -> Self {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::Postgres(url)
        } else {
            Self::Sqlite(url)
        }
    }

    /// Names a file in a folder for temporary files, where the reader can have a look at it.
    fn new_file() -> Result<Self> {
        let folder = TempDir::with_prefix("eventstore-").map_err(|error| Error::Unavailable {
            message: "no temporary folder could be created".to_owned(),
            source: Some(error.into()),
        })?;
        let url = format!("sqlite:{}", folder.keep().join("events.db").display());
        eprintln!("the store is the SQLite file {url}; EVENTSTORE_URL names another store");
        Ok(Self::Sqlite(url))
    }

    /// Opens the store; what is missing is created.
    ///
    /// # Errors
    ///
    /// The errors of [`SqliteStore::open`] and [`PostgresStore::open`].
    pub async fn open(&self) -> Result<Arc<dyn EventStore>> {
        Ok(match self {
            Self::Sqlite(url) => Arc::new(SqliteStore::open(url).await?),
            Self::Postgres(url) => Arc::new(PostgresStore::open(url).await?),
        })
    }
}
