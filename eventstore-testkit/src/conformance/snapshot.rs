//! Snapshots: one for each source.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eventstore_core::{
    Delete, Deletion, Error, RecordedSnapshot, Snapshot, SnapshotOutcome, SnapshotPolicy, StreamName, StreamVersion,
};
use tokio::task::JoinSet;

use super::payloads::{json, no_json};
use super::reopening::reopened;
use super::sample::{event_type, stream, stream_of};
use super::wait::soon;
use super::{Backend, Harness, Payloads, Stop, expect_error};

/// A source without a snapshot has none.
///
/// Behaviours: R6.2.
pub async fn knows_no_snapshot_of_a_new_source(harness: &dyn Harness) {
    let store = harness.store();
    record(&*store, snapshot("other", 1)).await;
    assert_eq!(store.read_snapshot(&stream("s")).await.unwrap(), None);
}

/// A snapshot is read back as it was recorded, on every node, with the time of its recording.
///
/// Behaviours: R6.1, R6.2, R14.4.
pub async fn reads_a_snapshot_back(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for (data, metadata) in [("{ \"b\" :1 }", Some("{\"m\":2}")), ("null", None)] {
        for snapshot_type in ["Balance", "", "Größe 配列 🇪🇺"] {
            let recorded = Snapshot {
                snapshot_type: event_type(snapshot_type),
                data: Bytes::from(data),
                metadata: metadata.map(Bytes::from),
                ..snapshot("s", 7)
            };
            record(&*store, recorded.clone()).await;
            for node in [&store, &other] {
                assert_recorded(harness, &**node, "s", &recorded).await;
            }
        }
    }
}

/// Data and metadata are read back byte for byte, or as the same value where JSON is kept.
///
/// Behaviours: R6.1.
pub async fn keeps_payloads(harness: &dyn Harness) {
    let store = harness.store();
    for data in json() {
        let recorded = Snapshot {
            // As metadata the value null may mean none.
            metadata: (data != "null").then(|| data.clone()),
            data,
            ..snapshot("s", 7)
        };
        record(&*store, recorded.clone()).await;
        assert_recorded(harness, &*store, "s", &recorded).await;
    }
}

/// What is no JSON is kept byte for byte, or refused by name where JSON is kept, and then the one before stays.
///
/// Behaviours: T56.
pub async fn keeps_or_refuses_what_is_no_json(harness: &dyn Harness) {
    let store = harness.store();
    record(&*store, snapshot("s", 1)).await;
    for (what, bytes) in no_json() {
        let (data, metadata) = (bytes.clone(), Some(bytes));
        for (place, new) in [
            (
                "data",
                Snapshot {
                    data,
                    ..snapshot("s", 1)
                },
            ),
            (
                "metadata",
                Snapshot {
                    metadata,
                    ..snapshot("s", 1)
                },
            ),
        ] {
            let before = read(&*store, "s").await;
            let outcome = store.record_snapshot(new.clone(), SnapshotPolicy::KeepNewest).await;
            match harness.payloads() {
                Payloads::Bytes => assert_recorded(harness, &*store, "s", &new).await,
                Payloads::Json => {
                    assert!(
                        matches!(outcome, Err(Error::InvalidInput { argument, .. }) if argument == place),
                        "{what} as {place}: {outcome:?}"
                    );
                    assert_eq!(read(&*store, "s").await, before);
                }
            }
        }
    }
}

/// Versions from 0 to the highest one can be recorded.
///
/// Behaviours: R6.1.
pub async fn records_any_version(harness: &dyn Harness) {
    let store = harness.store();
    for (name, version) in [("first", StreamVersion::ZERO), ("last", StreamVersion::MAX)] {
        let recorded = Snapshot {
            version,
            ..snapshot(name, 0)
        };
        record(&*store, recorded.clone()).await;
        assert_recorded(harness, &*store, name, &recorded).await;
    }
}

/// The source need not be a stream, and snapshots of different sources are independent, whatever their names.
///
/// Behaviours: R6.1.
pub async fn keeps_snapshots_of_different_sources_apart(harness: &dyn Harness) {
    let store = harness.store();
    let names = ["", "s", "S", "s%", "s_", "a,b:c", "Größe/配列 🇪🇺"];
    for (name, version) in names.into_iter().zip(1..) {
        record(&*store, snapshot(name, version)).await;
    }
    store.delete_snapshot(&stream("s_")).await.unwrap();
    for (name, version) in names.into_iter().zip(1..) {
        match name {
            "s_" => assert_eq!(store.read_snapshot(&stream(name)).await.unwrap(), None),
            _ => assert_recorded(harness, &*store, name, &snapshot(name, version)).await,
        }
    }
}

/// Snapshots are listed page by page, each once and whole, as many as there are and no more than wanted.
pub async fn lists_snapshots_in_pages(harness: &dyn Harness) {
    let store = harness.store();
    assert_eq!(store.list_snapshots(None, 3).await.unwrap(), []);
    let names = ["", "s", "S", "s%", "a,b:c", "Größe/配列 🇪🇺", "deleted"];
    for (name, version) in names.into_iter().zip(1..) {
        record(&*store, snapshot(name, version)).await;
    }
    store.delete_snapshot(&stream("deleted")).await.unwrap();
    let mut listed: Vec<RecordedSnapshot> = Vec::new();
    for size in [4, 2, 0] {
        let last = listed.last().map(|last| last.snapshot.source.clone());
        let page = store.list_snapshots(last.as_ref(), 4).await.unwrap();
        assert_eq!(page.len(), size, "{page:?} after {last:?}");
        listed.extend(page);
    }
    for name in &names[..6] {
        assert!(listed.contains(&read(&*store, name).await), "{name:?} in {listed:?}");
    }
}

/// A later snapshot replaces the one before, and refreshes its time.
///
/// Behaviours: R6.3, T35.
pub async fn replaces_an_older_snapshot(harness: &dyn Harness) {
    replaces(harness, 2, SnapshotPolicy::KeepNewest).await;
}

/// A snapshot of the same version replaces the one before, and refreshes its time.
///
/// Behaviours: R6.3, T35.
pub async fn replaces_a_snapshot_of_the_same_version(harness: &dyn Harness) {
    replaces(harness, 1, SnapshotPolicy::KeepNewest).await;
}

/// An older snapshot replaces a newer one if it is told to, and refreshes its time.
///
/// Behaviours: R6.3, T35.
pub async fn replaces_a_newer_snapshot_if_told_to(harness: &dyn Harness) {
    replaces(harness, 0, SnapshotPolicy::Replace).await;
}

/// An older snapshot does not replace a newer one, and the caller is told the version of the newer one.
///
/// Behaviours: R6.3, T35.
pub async fn keeps_a_newer_snapshot(harness: &dyn Harness) {
    let store = harness.store();
    record(&*store, snapshot("s", 5)).await;
    let before = read(&*store, "s").await;
    for older in [0, 4] {
        let older = Snapshot {
            data: Bytes::from_static(b"\"older\""),
            ..snapshot("s", older)
        };
        let outcome = store.record_snapshot(older, SnapshotPolicy::KeepNewest).await.unwrap();
        assert_eq!(outcome, SnapshotOutcome::Superseded(5.into()));
        assert_eq!(read(&*store, "s").await, before);
    }
}

/// Of snapshots that are recorded at once, the newest stays.
///
/// Behaviours: R6.3, T35.
pub async fn keeps_the_newest_of_concurrent_snapshots(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let mut writers = JoinSet::new();
    for (index, version) in (1..=20).enumerate() {
        let store = Arc::clone(&nodes[index % 2]);
        writers.spawn(async move {
            let policy = SnapshotPolicy::KeepNewest;
            match store.record_snapshot(snapshot("s", version), policy).await.unwrap() {
                SnapshotOutcome::Recorded => {}
                SnapshotOutcome::Superseded(later) => assert!(later > version.into()),
            }
        });
    }
    writers.join_all().await;
    assert_recorded(harness, &*nodes[0], "s", &snapshot("s", 20)).await;
}

/// A deleted snapshot is gone, and an older one can be recorded after it.
///
/// Behaviours: R6.4.
pub async fn deletes_a_snapshot(harness: &dyn Harness) {
    let store = harness.store();
    record(&*store, snapshot("s", 5)).await;
    store.delete_snapshot(&stream("s")).await.unwrap();
    assert_eq!(store.read_snapshot(&stream("s")).await.unwrap(), None);
    record(&*store, snapshot("s", 1)).await;
    assert_recorded(harness, &*store, "s", &snapshot("s", 1)).await;
}

/// The deletion of a snapshot that does not exist changes nothing.
///
/// Behaviours: R6.4.
pub async fn deletes_no_snapshot_of_a_new_source(harness: &dyn Harness) {
    let store = harness.store();
    record(&*store, snapshot("other", 1)).await;
    store.delete_snapshot(&stream("s")).await.unwrap();
    store.delete_snapshot(&stream("s")).await.unwrap();
    assert_recorded(harness, &*store, "other", &snapshot("other", 1)).await;
}

/// A snapshot stays when the stream of the same name is soft-deleted: the stream can be undeleted.
///
/// Behaviours: R4.15.
pub async fn keeps_the_snapshot_of_a_soft_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "s", 3).await;
    record(&*store, snapshot("s", 3)).await;
    store.delete(Delete::new(source, Deletion::Soft)).await.unwrap();
    assert_recorded(harness, &*store, "s", &snapshot("s", 3)).await;
}

/// A hard delete takes the snapshot of the stream along, and no other one: nothing of what the stream held is left, and a
/// stream that is re-created under its name is not taken for it.
pub async fn removes_the_snapshot_of_a_hard_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["s", "S", "other"] {
        stream_of(&*store, name, 3).await;
        record(&*store, snapshot(name, 3)).await;
    }
    for name in ["s", "S"] {
        store.delete(Delete::new(stream(name), Deletion::Hard)).await.unwrap();
        assert_eq!(
            store.read_snapshot(&stream(name)).await.unwrap(),
            None,
            "the snapshot of {name:?}"
        );
    }
    assert_recorded(harness, &*store, "other", &snapshot("other", 3)).await;
    stream_of(&*store, "s", 1).await;
    assert_eq!(store.read_snapshot(&stream("s")).await.unwrap(), None);
    record(&*store, snapshot("s", 1)).await;
    assert_recorded(harness, &*store, "s", &snapshot("s", 1)).await;
}

/// Who goes on after a snapshot that has been deleted meanwhile, or never was, misses none of the others and sees none twice.
pub async fn goes_on_after_a_snapshot_that_is_gone(harness: &dyn Harness) {
    let store = harness.store();
    for source in ["a", "b", "c", "d", "e"] {
        record(&*store, snapshot(source, 1)).await;
    }
    let listed = async |after: Option<&StreamName>, limit| {
        let page = store.list_snapshots(after, limit).await.unwrap();
        page.into_iter().map(|found| found.snapshot.source).collect::<Vec<_>>()
    };
    let whole = listed(None, 10).await;
    for index in 1..4 {
        store.delete_snapshot(&whole[index]).await.unwrap();
        assert_eq!(
            listed(Some(&whole[index]), 10).await,
            whole[index + 1..],
            "after {}",
            whole[index]
        );
        assert_eq!(
            listed(Some(&whole[index]), 1).await,
            whole[index + 1..index + 2],
            "after {}",
            whole[index]
        );
    }
    assert_eq!(listed(None, 10).await, [whole[0].clone(), whole[4].clone()]);
}

/// A page of no snapshots holds none.
pub async fn lists_no_snapshot_on_a_page_of_none(harness: &dyn Harness) {
    let store = harness.store();
    record(&*store, snapshot("a", 1)).await;
    for after in [None, Some(&stream("0"))] {
        assert_eq!(store.list_snapshots(after, 0).await.unwrap(), [], "after {after:?}");
    }
}

/// Snapshots are there when the storage is opened again, and so is which of them is the newest.
pub async fn keeps_snapshots_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    for stop in Stop::ALL {
        let (kept, gone) = (format!("kept {stop:?}"), format!("gone {stop:?}"));
        record(&*store, snapshot(&gone, 7)).await;
        store.delete_snapshot(&stream(&gone)).await.unwrap();
        record(&*store, snapshot(&kept, 7)).await;
        let before = store.list_snapshots(None, 100).await.unwrap();
        store = reopened(harness, store, stop).await;
        let after = store.list_snapshots(None, 100).await.unwrap();
        assert_eq!(after, before, "after the end {stop:?}");
        let older = store
            .record_snapshot(snapshot(&kept, 6), SnapshotPolicy::KeepNewest)
            .await;
        assert_eq!(
            older.unwrap(),
            SnapshotOutcome::Superseded(7.into()),
            "after the end {stop:?}"
        );
    }
}

/// Whatever is called once the store has been closed is refused as such.
pub async fn refuses_calls_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    record(&*store, snapshot("a", 1)).await;
    soon("the end of the store", harness.close_store()).await;
    let source = stream("a");
    let recorded = store.record_snapshot(snapshot("a", 2), SnapshotPolicy::Replace).await;
    expect_error!(recorded, Error::StoreClosed);
    expect_error!(store.read_snapshot(&source).await, Error::StoreClosed);
    expect_error!(store.list_snapshots(None, 10).await, Error::StoreClosed);
    expect_error!(store.delete_snapshot(&source).await, Error::StoreClosed);
}

/// Records a snapshot of version 1, and another one in its place.
async fn replaces(harness: &dyn Harness, version: u32, policy: SnapshotPolicy) {
    let store = harness.store();
    let full = Snapshot {
        metadata: Some(Bytes::from_static(b"{\"m\": 1}")),
        ..snapshot("s", 1)
    };
    record(&*store, full).await;
    let before = read(&*store, "s").await;
    tokio::time::sleep(Duration::from_millis(10)).await;

    let new = Snapshot {
        snapshot_type: event_type("Other"),
        data: Bytes::from_static(b"{\"new\": 1}"),
        metadata: None,
        ..snapshot("s", version)
    };
    let outcome = store.record_snapshot(new.clone(), policy).await.unwrap();
    assert_eq!(outcome, SnapshotOutcome::Recorded);
    let after = read(&*store, "s").await;
    harness.payloads().assert_same_snapshot(&after.snapshot, &new);
    assert!(after.created_at > before.created_at, "{after:?} after {before:?}");
}

async fn record(store: &dyn Backend, snapshot: Snapshot) {
    let outcome = store
        .record_snapshot(snapshot, SnapshotPolicy::KeepNewest)
        .await
        .unwrap();
    assert_eq!(outcome, SnapshotOutcome::Recorded);
}

async fn assert_recorded(harness: &dyn Harness, store: &dyn Backend, source: &str, expected: &Snapshot) {
    let found = read(store, source).await.snapshot;
    harness.payloads().assert_same_snapshot(&found, expected);
}

async fn read(store: &dyn Backend, source: &str) -> RecordedSnapshot {
    store.read_snapshot(&stream(source)).await.unwrap().unwrap()
}

fn snapshot(source: &str, version: u32) -> Snapshot {
    Snapshot {
        source: stream(source),
        version: version.into(),
        snapshot_type: event_type("Balance"),
        data: Bytes::from_static(b"{\"balance\": 7}"),
        metadata: None,
    }
}
