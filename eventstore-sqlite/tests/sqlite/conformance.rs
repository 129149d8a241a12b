//! The conformance suite, with no case excepted.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventstore_core::{EventNumber, StreamName, StreamSelector};
use eventstore_sqlite::{SqliteAdmin, SqliteConfig, SqliteStore, SqliteTransaction};
use eventstore_testkit::conformance::{Role, Setup, Stop};
use sqlx::Executor;

use crate::support::Fixture;

/// How many numbers the store scans at once: so few that filtered pages without events occur.
const SCAN_WINDOW: NonZeroU32 = NonZeroU32::new(7).unwrap();

/// How many the other nodes scan, by turns: as many as usual, and as many as to meet what cases put there on purpose.
const SCAN_WINDOWS: [NonZeroU32; 4] = [
    SqliteConfig::DEFAULT_SCAN_WINDOW,
    NonZeroU32::new(1_000).unwrap(),
    NonZeroU32::new(1_024).unwrap(),
    NonZeroU32::new(2_048).unwrap(),
];

/// The storage, as it was opened last.
type Storage = RefCell<Fixture>;

eventstore_testkit::conformance!(open);

#[test]
fn agrees_with_the_reference() {
    eventstore_testkit::agrees_with_the_reference(&Role::ALL, 25, open);
}

async fn open() -> Setup<Storage> {
    let fixture = Fixture::with(|config| config.enable_hard_deletes().with_scan_window(SCAN_WINDOW)).await;
    let create_effects = "CREATE TABLE effects (number INTEGER NOT NULL) STRICT";
    fixture.connection().await.execute(create_effects).await.unwrap();
    let other_nodes = AtomicUsize::new(0);
    Setup::new(RefCell::new(fixture), |storage| storage.borrow().store.clone())
        .another_node(async move |storage| {
            let nth = other_nodes.fetch_add(1, Ordering::Relaxed);
            node(storage, |config| {
                config.with_scan_window(SCAN_WINDOWS[nth % SCAN_WINDOWS.len()])
            })
            .await
        })
        .store_without_hard_deletes(async |storage| {
            let scan_window = SqliteConfig::DEFAULT_SCAN_WINDOW;
            node(storage, |config| {
                config.with_hard_deletes(false).with_scan_window(scan_window)
            })
            .await
        })
        .put_empty_stream(put_empty_stream)
        .indexes_for_tracing(async |storage| {
            let admin = SqliteAdmin::new(current(storage).config.clone());
            admin.create_causation_index().await.unwrap();
        })
        .cut_notifications(async |storage| current(storage).store.cut_notifications())
        .cut_leases(async |storage| take_leases(&current(storage)).await)
        .close_store(async |storage| current(storage).store.close().await)
        .reopen(reopen)
        .effects(make_effect, effects)
        .forge_hint(forge_hint)
}

fn current(storage: &Storage) -> Fixture {
    storage.borrow().clone()
}

async fn node(storage: &Storage, configure: impl FnOnce(SqliteConfig) -> SqliteConfig) -> SqliteStore {
    current(storage).another_store(configure).await
}

async fn put_empty_stream(storage: &Storage, stream: &StreamName) {
    let insert = "INSERT INTO eventstore_streams (name, version, created_at) VALUES (?, 0, unixepoch() * 1000000)";
    let insert = sqlx::query(insert).bind(stream.as_str());
    insert.execute(&mut current(storage).connection().await).await.unwrap();
}

/// Gives all leases to another process, as it may take those of a process that was stopped for long.
async fn take_leases(fixture: &Fixture) {
    let take =
        "UPDATE eventstore_subscriptions SET lease_epoch = lease_epoch + 1, lease_boot = NULL, lease_until = NULL";
    fixture.connection().await.execute(take).await.unwrap();
}

async fn forge_hint(storage: &Storage, selector: &StreamSelector, number: EventNumber) {
    let fixture = current(storage);
    let stream_id = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM eventstore_streams WHERE name = ?");
    let stream_id = stream_id.bind(selector.as_str());
    let stream_id = stream_id.fetch_one(&mut fixture.connection().await).await.unwrap();
    fixture.store.forge_hint(selector, stream_id, number);
}

async fn reopen(storage: &Storage, stop: Stop) -> SqliteStore {
    let fixture = current(storage);
    let reopened = match stop {
        Stop::Clean => fixture.reopened().await,
        Stop::Killed => fixture.killed().await,
    };
    let store = reopened.store.clone();
    storage.replace(reopened);
    store
}

async fn make_effect(_: &Storage, transaction: &mut SqliteTransaction, effect: u32) {
    let insert = sqlx::query("INSERT INTO effects VALUES (?)").bind(effect);
    insert.execute(&mut **transaction).await.unwrap();
}

async fn effects(storage: &Storage) -> Vec<u32> {
    let select = sqlx::query_scalar("SELECT number FROM effects ORDER BY number");
    select
        .fetch_all(&mut current(storage).connection().await)
        .await
        .unwrap()
}
