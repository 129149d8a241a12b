//! Processes that share the partitions of a group, and what befalls them.

use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::BoxError;
use eventstore_postgres::{PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use eventstore_testkit::conformance::{Backend, Parts};
use eventstore_testkit::group_trial::{self, GroupSite};

use crate::scale::{deliveries, faults};
use crate::stopped::initialized;
use crate::trials::trials;

trials! {
    members_share_partitions_whatever_befalls_them,
    an_event_that_ends_its_process_is_parked_and_no_other,
}

async fn members_share_partitions_whatever_befalls_them() {
    let faults = usize::try_from(faults(12)).unwrap();
    group_trial::survives(faults, deliveries(12_000), Site::open).await;
}

async fn an_event_that_ends_its_process_is_parked_and_no_other() {
    group_trial::an_event_that_ends_its_process_is_parked_and_no_other(Site::open().await).await;
}

/// What a member does to use the database.
pub(crate) async fn connect(url: &str) -> Result<Parts, BoxError> {
    let store = PostgresStore::connect(PostgresConfig::from_url(url)?).await?;
    Ok(parts_of(&store))
}

/// What a group needs.
fn parts_of(store: &PostgresStore) -> Parts {
    Parts::default()
        .streams(store.clone())
        .subscriptions(store.clone())
        .parking(store.clone())
        .groups(store.clone())
}

struct Site {
    store: Arc<dyn Backend>,
    database: TestDatabase,
}

impl Site {
    async fn open() -> Self {
        let database = initialized().await;
        Self {
            store: Arc::new(connect(database.url()).await.unwrap()),
            database,
        }
    }
}

#[async_trait]
impl GroupSite for Site {
    fn place(&self) -> String {
        self.database.url().to_owned()
    }

    fn store(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.store)
    }
}
