//! What a backend knows of itself.

use bytes::Bytes;
use eventstore_core::{Error, ExpectedVersion, NewEvent, StoreStatistics};
use uuid::Uuid;

use super::sample::{append, event_type, stream, stream_of};
use super::wait::soon;
use super::{Backend, Harness, expect_error};

/// A store takes some bytes on disk. If it knows how many, an append of a megabyte does not make them fewer.
pub async fn tells_what_a_store_takes_on_disk(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "s", 1).await;
    let before = bytes_on_disk(&*store).await;
    append_a_megabyte(&*store).await;
    let after = bytes_on_disk(&*store).await;
    assert_eq!(before.is_some(), after.is_some(), "{before:?}, then {after:?}");
    assert!(before.is_none_or(|bytes| bytes > 0), "a store that takes no bytes");
    assert!(after >= before, "{before:?} bytes, and {after:?} after an append");
}

/// No counter is lower after an append and a read than before, on any node.
pub async fn never_counts_down(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    stream_of(&*store, "s", 1).await;
    let before = counters(&store.statistics().await.unwrap());
    append_a_megabyte(&*store).await;
    for node in [&store, &other] {
        let after = counters(&node.statistics().await.unwrap());
        for (before, after) in before.iter().zip(after) {
            assert!(after >= *before, "{before:?}, then {after:?}");
        }
    }
}

/// A closed store refuses to tell its statistics; another node goes on.
pub async fn refuses_to_tell_statistics_once_it_is_closed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    soon("the end of the store", harness.close_store()).await;
    expect_error!(store.statistics().await, Error::StoreClosed);
    other.statistics().await.unwrap();
}

async fn bytes_on_disk(store: &dyn Backend) -> Option<u64> {
    store.statistics().await.unwrap().bytes_on_disk
}

fn counters(statistics: &StoreStatistics) -> [Option<u64>; 3] {
    [statistics.commits, statistics.rows_read, statistics.rows_appended]
}

/// As JSON, and so that no storage can make it much smaller.
async fn append_a_megabyte(store: &dyn Backend) {
    let random: String = (0..32_768).map(|_| Uuid::now_v7().simple().to_string()).collect();
    let large = NewEvent::new(
        Uuid::now_v7(),
        event_type("Large"),
        Bytes::from(format!("\"{random}\"")),
    );
    append(store, &stream("large"), ExpectedVersion::Any, vec![large])
        .await
        .unwrap();
}
