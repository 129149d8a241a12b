//! A store of its own for each test.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{Append, EventType, ExpectedVersion, NewEvent, StreamName};
use eventstore_sqlite::{SqliteConfig, SqliteStore, Synchronous};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// The name of the file in its folder.
const FILE: &str = "events.db";

/// A store in a folder that is removed with the last clone.
#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) store: SqliteStore,
    pub(crate) config: SqliteConfig,
    configure: fn(SqliteConfig) -> SqliteConfig,
    // Dropped after the store that uses it.
    pub(crate) folder: Arc<TempDir>,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(SqliteConfig::enable_hard_deletes).await
    }

    /// A store with settings of its own.
    pub(crate) async fn with(configure: fn(SqliteConfig) -> SqliteConfig) -> Self {
        Self::open_in(Arc::new(TempDir::new().unwrap()), configure).await
    }

    async fn open_in(folder: Arc<TempDir>, configure: fn(SqliteConfig) -> SqliteConfig) -> Self {
        let config = SqliteConfig::new(folder.path().join(FILE)).unwrap();
        // Most tests end no machine, and syncs are what would take most of their time.
        let config = configure(config.with_synchronous(Synchronous::Off));
        let store = SqliteStore::open_with(config.clone()).await.unwrap();
        Self {
            store,
            config,
            configure,
            folder,
        }
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> PathBuf {
        self.config.path()
    }

    /// A connection of another application.
    pub(crate) async fn connection(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new()
            .filename(self.path())
            .busy_timeout(Duration::from_secs(30));
        options.connect().await.unwrap()
    }

    /// Opens the file once more, as another process would, with the settings that this makes of those of the fixture.
    pub(crate) async fn another_store(&self, configure: impl FnOnce(SqliteConfig) -> SqliteConfig) -> SqliteStore {
        SqliteStore::connect(configure(self.config.clone())).await.unwrap()
    }

    /// The store as it is opened again after its owner has closed it.
    pub(crate) async fn reopened(self) -> Self {
        self.store.close().await;
        let store = self.another_store(|config| config).await;
        Self { store, ..self }
    }

    /// The store as a killed process leaves it: a copy of its files, made while it is open.
    pub(crate) async fn killed(&self) -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        self.copy_to(&folder).await;
        Self::open_in(folder, self.configure).await
    }

    /// While a read lasts, what its snapshot needs is overwritten neither in the file nor in the log: whatever of the log is being copied
    /// into the file is copied again when the copy is opened.
    async fn copy_to(&self, folder: &TempDir) {
        let mut connection = self.connection().await;
        connection.execute("BEGIN").await.unwrap();
        connection
            .execute("SELECT version FROM eventstore_schema")
            .await
            .unwrap();
        for file in [FILE.to_owned(), format!("{FILE}-wal")] {
            fs::copy(self.folder.path().join(&file), folder.path().join(&file)).unwrap();
        }
    }
}

pub(crate) fn append(stream: &str, expected: ExpectedVersion, events: usize) -> Append {
    let events = (0..events).map(|_| event());
    Append::new(StreamName::new(stream).unwrap(), expected, events).unwrap()
}

pub(crate) fn event() -> NewEvent {
    NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}")
}
