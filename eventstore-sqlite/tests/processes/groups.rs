//! Processes that share the partitions of a group, and what befalls them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::BoxError;
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use eventstore_testkit::conformance::Backend;
use eventstore_testkit::group_trial::{self, GroupSite};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::scale::{deliveries, faults};
use crate::trials::trials;

trials! {
    members_share_partitions_whatever_befalls_them,
    an_event_that_ends_its_process_is_parked_and_no_other,
}

/// Longer than any member writes at once that is not stopped.
const PROBE: Duration = Duration::from_secs(1);

async fn members_share_partitions_whatever_befalls_them() {
    let faults = usize::try_from(faults(12)).unwrap();
    group_trial::survives(faults, deliveries(12_000), Site::open).await;
}

async fn an_event_that_ends_its_process_is_parked_and_no_other() {
    group_trial::an_event_that_ends_its_process_is_parked_and_no_other(Site::open().await).await;
}

/// What a member does to use the file.
pub(crate) async fn connect(path: &str) -> Result<SqliteStore, BoxError> {
    Ok(SqliteStore::connect(SqliteConfig::new(path)?).await?)
}

struct Site {
    store: SqliteStore,
    connection: Mutex<SqliteConnection>,
    folder: TempDir,
}

impl Site {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let config = SqliteConfig::new(folder.path().join("events.db")).unwrap();
        let options = SqliteConnectOptions::new().filename(config.path()).busy_timeout(PROBE);
        Self {
            store: SqliteStore::open_with(config).await.unwrap(),
            connection: Mutex::new(options.connect().await.unwrap()),
            folder,
        }
    }
}

#[async_trait]
impl GroupSite for Site {
    fn place(&self) -> String {
        self.folder.path().join("events.db").display().to_string()
    }

    fn store(&self) -> Arc<dyn Backend> {
        Arc::new(self.store.clone())
    }

    async fn can_write(&self) -> bool {
        let mut connection = self.connection.lock().await;
        match connection.begin_with("BEGIN IMMEDIATE").await {
            Ok(transaction) => transaction.rollback().await.is_ok(),
            Err(_) => false,
        }
    }
}
