use std::sync::Arc;

use eventstore_core::{Delete, Deletion, Error, ExpectedVersion, StreamSelector};

use super::{ROUNDS, assert_does_not_exist, hard_delete, race_with_deletion};
use crate::conformance::Harness;
use crate::conformance::sample::{ids_in, link, link_any, read_whole, stream, stream_of, version_of};
use crate::conformance::soundness::assert_is_sound;

/// A link that races with the hard delete of its events comes before it, and vanishes, or finds none of them.
///
/// Behaviours: R4.14.
pub async fn links_before_a_hard_delete_of_the_events_or_not_at_all(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for _ in 0..ROUNDS {
        let (source, target) = (stream_of(&*store, "source", 3).await, stream("s"));
        let ids = ids_in(&*store, source.clone()).await;
        let (here, into, wanted) = (Arc::clone(&store), target.clone(), ids.clone());
        let call = async move { link(&*here, &into, ExpectedVersion::Any, wanted).await };
        let (linked, deleted) = race_with_deletion(call, &other, Delete::new(source.clone(), Deletion::Hard)).await;
        deleted.unwrap();
        match linked {
            Ok(receipt) => {
                assert_eq!(receipt.last_version, 3.into());
                assert!(read_whole(&*store, target.clone()).await.is_empty());
                assert_eq!(version_of(&*store, target.clone()).await, 3.into());
                hard_delete(&*store, &target).await;
            }
            Err(Error::EventsNotFound { event_ids }) => {
                assert_eq!(event_ids.len(), ids.len(), "{event_ids:?}");
                assert_does_not_exist(&*store, &target).await;
            }
            Err(error) => panic!("the link was refused otherwise: {error:?}"),
        }
        assert_is_sound(&*store).await;
    }
}

/// A link that races with the hard delete of its target comes before it, and is gone, or re-creates the target.
///
/// Behaviours: R4.14.
pub async fn links_before_or_after_a_hard_delete_of_the_target(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let source = stream_of(&*store, "source", 3).await;
    let ids = ids_in(&*store, source.clone()).await;
    for _ in 0..ROUNDS {
        let target = stream_of(&*store, "s", 2).await;
        let (here, into, wanted) = (Arc::clone(&store), target.clone(), ids.clone());
        let call = async move { link(&*here, &into, ExpectedVersion::Any, wanted).await };
        let (linked, deleted) = race_with_deletion(call, &other, Delete::new(target.clone(), Deletion::Hard)).await;
        deleted.unwrap();
        if linked.unwrap().first_version == 3.into() {
            assert_does_not_exist(&*store, &target).await;
        } else {
            assert_eq!(ids_in(&*store, target.clone()).await, ids);
            hard_delete(&*store, &target).await;
        }
        assert_eq!(ids_in(&*store, source.clone()).await, ids);
        assert_is_sound(&*store).await;
    }
}

/// A link that races with the soft delete of its target comes before it or is refused.
///
/// Behaviours: R3.9, T8.
pub async fn links_before_a_soft_delete_of_the_target_or_not_at_all(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let source = stream_of(&*store, "source", 3).await;
    let ids = ids_in(&*store, source).await;
    for _ in 0..ROUNDS {
        let target = stream_of(&*store, "s", 2).await;
        let (here, into, wanted) = (Arc::clone(&store), target.clone(), ids.clone());
        let call = async move { link(&*here, &into, ExpectedVersion::Any, wanted).await };
        let (linked, deleted) = race_with_deletion(call, &other, Delete::new(target.clone(), Deletion::Soft)).await;
        deleted.unwrap();
        store.undelete(&target).await.unwrap();
        let version = version_of(&*store, target.clone()).await;
        match linked {
            Ok(receipt) => assert_eq!((receipt.last_version, version), (5.into(), 5.into())),
            Err(Error::StreamDeleted { .. }) => assert_eq!(version, 2.into()),
            Err(error) => panic!("the link was refused otherwise: {error:?}"),
        }
        assert_is_sound(&*store).await;
        hard_delete(&*store, &target).await;
    }
}

/// Streams with links to each other can be hard-deleted at the same time.
pub async fn hard_deletes_linked_streams_at_the_same_time(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for _ in 0..ROUNDS {
        let (a, b) = (stream_of(&*store, "a", 3).await, stream_of(&*store, "b", 3).await);
        let (of_a, of_b) = (ids_in(&*store, a.clone()).await, ids_in(&*store, b.clone()).await);
        link_any(&*store, &a, of_b).await;
        link_any(&*store, &b, of_a).await;
        let (here, first) = (Arc::clone(&store), Delete::new(a.clone(), Deletion::Hard));
        let call = async move { here.delete(first).await };
        let (first, second) = race_with_deletion(call, &other, Delete::new(b.clone(), Deletion::Hard)).await;
        first.unwrap();
        second.unwrap();
        assert_does_not_exist(&*store, &a).await;
        assert_does_not_exist(&*store, &b).await;
        assert!(read_whole(&*store, StreamSelector::All).await.is_empty());
    }
}
