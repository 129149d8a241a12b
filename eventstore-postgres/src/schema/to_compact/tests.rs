//! A migration that is broken off, between every two steps, and begun again.

use std::pin::pin;
use std::sync::Arc;

use eventstore_core::{
    Append, Delete, Deletion, Error, EventLinker, EventReaderExt, EventType, EventWriter, ExpectedVersion, Link,
    NewEvent, Read, RecordedEvent, StreamDeleter, StreamName,
};
use eventstore_testkit::TestDatabase;
use futures_util::TryStreamExt;
use tokio::sync::Notify;
use uuid::Uuid;

use super::migrate::migrate_in_batches;
use super::{LayoutMigration, LayoutProgress, abandon_migration_to_compact};
use crate::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore, Removal, Severity};

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

async fn append(store: &PostgresStore, stream: &str, count: usize) -> Vec<NewEvent> {
    let event = || NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
    let events: Vec<_> = (0..count).map(|_| event()).collect();
    let append = Append::new(name(stream), ExpectedVersion::Any, events.clone()).unwrap();
    store.append(append).await.unwrap();
    events
}

/// What happens to the store between two attempts: events and links come, and those of the time before go.
async fn use_between(store: &PostgresStore, round: usize) {
    append(store, "kept", 1).await;
    let events = append(store, &format!("round-{round}"), 3).await;
    let linked = events.iter().map(|event| event.id);
    let link = Link::new(name("links"), ExpectedVersion::Any, linked).unwrap();
    store.link(link).await.unwrap();
    if let Some(before) = round.checked_sub(1) {
        let delete = Delete::new(name(&format!("round-{before}")), Deletion::Hard);
        store.delete(delete).await.unwrap();
    }
}

/// Runs the migration in small batches; gives it up after this many steps. Returns whether it has come to its end.
async fn attempt(config: &PostgresConfig, steps: usize) -> bool {
    let enough = Arc::new(Notify::new());
    let mut seen = 0;
    let observe = |_: LayoutProgress| {
        seen += 1;
        if seen == steps {
            enough.notify_one();
        }
    };
    let mut migration = pin!(migrate_in_batches(config, 4, observe));
    tokio::select! {
        biased;
        () = enough.notified() => false,
        done = &mut migration => matches!(done.unwrap(), LayoutMigration::Migrated { .. }),
    }
}

async fn contents(store: &PostgresStore) -> Vec<RecordedEvent> {
    let mut contents = Vec::new();
    for read in [Read::all(), Read::new(name("kept")), Read::new(name("links"))] {
        let events: Vec<_> = store.read(read.with_positions()).try_collect().await.unwrap();
        assert!(!events.is_empty());
        contents.extend(events);
    }
    contents
}

#[tokio::test]
async fn a_migration_goes_on_wherever_it_was_broken_off_and_whatever_happened_since() {
    let database = TestDatabase::create().await;
    let config = PostgresConfig::from_url(database.url()).unwrap().enable_hard_deletes();
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Original, DataType::Bytea)
        .await
        .unwrap();
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    append(&store, "kept", 9).await;
    let mut attempts = 0;
    let before = loop {
        use_between(&store, attempts).await;
        let before = contents(&store).await;
        attempts += 1;
        if attempt(&config, attempts).await {
            break before;
        }
    };
    assert!(attempts > 15, "{attempts}");
    let migrated = PostgresStore::connect(config).await.unwrap();
    assert_eq!(migrated.layout(), Layout::Compact);
    assert_eq!(contents(&migrated).await, before);
    let findings = migrated.verify().await.unwrap();
    assert!(
        findings.iter().all(|finding| finding.severity == Severity::Notice),
        "{findings:?}"
    );
}

#[tokio::test]
async fn a_migration_that_was_broken_off_is_abandoned_and_begun_anew() {
    let database = TestDatabase::create().await;
    let config = PostgresConfig::from_url(database.url()).unwrap();
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Original, DataType::Bytea)
        .await
        .unwrap();
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    append(&store, "kept", 9).await;
    let events = append(&store, "linked", 1).await;
    let link = Link::new(name("links"), ExpectedVersion::Any, vec![events[0].id]).unwrap();
    store.link(link).await.unwrap();
    let before = contents(&store).await;
    assert_eq!(abandon_migration_to_compact(&config).await.unwrap(), Removal::WasAbsent);
    assert!(!attempt(&config, 6).await);
    assert_eq!(abandon_migration_to_compact(&config).await.unwrap(), Removal::Removed);
    assert_eq!(abandon_migration_to_compact(&config).await.unwrap(), Removal::WasAbsent);
    let untouched = PostgresStore::connect(config.clone()).await.unwrap();
    assert_eq!(contents(&untouched).await, before);
    assert!(attempt(&config, usize::MAX).await);
    let refused = abandon_migration_to_compact(&config).await.unwrap_err();
    assert!(
        matches!(refused, Error::InvalidInput { argument: "layout", .. }),
        "{refused:?}"
    );
    let migrated = PostgresStore::connect(config).await.unwrap();
    assert_eq!(contents(&migrated).await, before);
}
