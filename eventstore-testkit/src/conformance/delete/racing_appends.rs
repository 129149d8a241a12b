use std::sync::Arc;

use eventstore_core::{
    Append, AppendReceipt, AppendSet, Delete, Deletion, Error, ExpectedVersion, NewEvent, Result, StreamName,
    StreamSelector,
};

use super::{ROUNDS, assert_does_not_exist, race_with_deletion};
use crate::conformance::sample::{append, events, exactly, ids_in, new_ids_of, stream, stream_of, version_of};
use crate::conformance::soundness::assert_is_sound;
use crate::conformance::{Backend, Harness};

/// An append that races with a soft delete comes before it or is refused.
///
/// Behaviours: R1.24, T8.
pub async fn appends_before_a_soft_delete_or_not_at_all(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let store = &*nodes[0];
    for expected in [ExpectedVersion::Any, ExpectedVersion::StreamExists, exactly(3)] {
        for _ in 0..ROUNDS {
            let round = Round::start(&nodes, expected, |stream| Delete::new(stream, Deletion::Soft)).await;
            round.deleted.unwrap();
            store.undelete(&round.target).await.unwrap();
            let version = version_of(store, round.target.clone()).await;
            match round.appended {
                Ok(receipt) => assert_eq!((receipt.first_version, version), (4.into(), 5.into())),
                Err(Error::StreamDeleted { .. }) => assert_eq!(version, 3.into()),
                Err(error) => panic!("the append was refused otherwise: {error:?}"),
            }
            assert_is_sound(store).await;
            clear(store, &round.target, &round.new).await;
        }
    }
}

/// A soft delete that expects a version never deletes what an append put there meanwhile.
///
/// Behaviours: R4.3, T8.
pub async fn soft_deletes_no_unseen_event(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let store = &*nodes[0];
    for _ in 0..ROUNDS {
        let delete = |target| Delete::new(target, Deletion::Soft).with_expected_version(exactly(3));
        let round = Round::start(&nodes, ExpectedVersion::Any, delete).await;
        match (round.appended, round.deleted) {
            (Ok(receipt), Err(Error::WrongExpectedVersion { actual, .. })) => {
                assert_eq!((receipt.last_version, actual), (5.into(), Some(5.into())));
                assert_eq!(version_of(store, round.target.clone()).await, 5.into());
            }
            (Err(Error::StreamDeleted { .. }), Ok(())) => {
                store.undelete(&round.target).await.unwrap();
                assert_eq!(version_of(store, round.target.clone()).await, 3.into());
            }
            outcomes => panic!("one of the two was to win: {outcomes:?}"),
        }
        assert_is_sound(store).await;
        clear(store, &round.target, &round.new).await;
    }
}

/// An append that races with a hard delete comes before it, and is gone, or after it, and re-creates the stream.
///
/// Behaviours: R1.25, R4.14, T3.
pub async fn appends_before_or_after_a_hard_delete(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let store = &*nodes[0];
    for _ in 0..ROUNDS {
        let round = Round::start(&nodes, ExpectedVersion::Any, |stream| {
            Delete::new(stream, Deletion::Hard)
        })
        .await;
        round.deleted.unwrap();
        let receipt = round.appended.unwrap();
        if receipt.first_version == 4.into() {
            assert_does_not_exist(store, &round.target).await;
        } else {
            assert_eq!((receipt.first_version, receipt.last_version), (1.into(), 2.into()));
            assert_eq!(ids_in(store, round.target.clone()).await, new_ids_of(&round.new));
        }
        assert_is_sound(store).await;
        clear(store, &round.target, &round.new).await;
    }
}

/// An append that expects the stream to be there comes before a hard delete or is refused.
///
/// Behaviours: R1.25, R4.14, T3.
pub async fn appends_before_a_hard_delete_or_not_at_all(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let store = &*nodes[0];
    for expected in [ExpectedVersion::StreamExists, exactly(3)] {
        for _ in 0..ROUNDS {
            let round = Round::start(&nodes, expected, |stream| Delete::new(stream, Deletion::Hard)).await;
            round.deleted.unwrap();
            match round.appended {
                Ok(receipt) => assert_eq!(receipt.first_version, 4.into()),
                Err(Error::StreamNotFound { .. }) if expected == ExpectedVersion::StreamExists => {}
                Err(Error::WrongExpectedVersion { actual: None, .. }) if expected == exactly(3) => {}
                Err(error) => panic!("the append was refused otherwise: {error:?}"),
            }
            assert_does_not_exist(store, &round.target).await;
            assert_is_sound(store).await;
            clear(store, &round.target, &round.new).await;
        }
    }
}

/// An append that expects no stream comes after a hard delete or is refused.
///
/// Behaviours: R1.20, R1.25, R4.14, T3.
pub async fn appends_after_a_hard_delete_or_not_at_all(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let store = &*nodes[0];
    for expected in [ExpectedVersion::NoStream, exactly(0)] {
        for _ in 0..ROUNDS {
            let round = Round::start(&nodes, expected, |stream| Delete::new(stream, Deletion::Hard)).await;
            round.deleted.unwrap();
            match round.appended {
                Ok(receipt) => {
                    assert_eq!((receipt.first_version, receipt.last_version), (1.into(), 2.into()));
                    assert_eq!(ids_in(store, round.target.clone()).await, new_ids_of(&round.new));
                }
                Err(Error::StreamAlreadyExists { version, .. }) if expected == ExpectedVersion::NoStream => {
                    assert_eq!(version, 3.into());
                    assert_does_not_exist(store, &round.target).await;
                }
                Err(Error::WrongExpectedVersion { actual, .. }) if expected == exactly(0) => {
                    assert_eq!(actual, Some(3.into()));
                    assert_does_not_exist(store, &round.target).await;
                }
                Err(error) => panic!("the append was refused otherwise: {error:?}"),
            }
            assert_is_sound(store).await;
            clear(store, &round.target, &round.new).await;
        }
    }
}

/// A hard delete that expects a version never deletes what an append put there meanwhile.
///
/// Behaviours: R4.3, T8.
pub async fn hard_deletes_no_unseen_event(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let store = &*nodes[0];
    for _ in 0..ROUNDS {
        let delete = |target| Delete::new(target, Deletion::Hard).with_expected_version(exactly(3));
        let round = Round::start(&nodes, ExpectedVersion::Any, delete).await;
        let receipt = round.appended.unwrap();
        match round.deleted {
            Ok(()) => assert_eq!(receipt.first_version, 1.into()),
            Err(Error::WrongExpectedVersion { actual, .. }) => {
                assert_eq!((receipt.last_version, actual), (5.into(), Some(5.into())));
            }
            Err(error) => panic!("the deletion was refused otherwise: {error:?}"),
        }
        assert_eq!(version_of(store, round.target.clone()).await, receipt.last_version);
        assert_is_sound(store).await;
        clear(store, &round.target, &round.new).await;
    }
}

/// A set that races with a hard delete of one of its streams is written as a whole, before it or after it.
///
/// Behaviours: R1.25, T3.
pub async fn appends_sets_before_or_after_a_hard_delete(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for round in 1..=ROUNDS {
        let target = stream_of(&*store, "m", 3).await;
        let appends = ["z", "m", "a"].map(|name| Append::new(stream(name), ExpectedVersion::Any, events(2)).unwrap());
        let set = AppendSet::new(appends.to_vec()).unwrap();
        let here = Arc::clone(&store);
        let call = async move { here.append_set(set).await };
        let (appended, deleted) = race_with_deletion(call, &other, Delete::new(target.clone(), Deletion::Hard)).await;
        deleted.unwrap();
        let receipts = appended.unwrap();
        if receipts[1].first_version == 4.into() {
            assert_does_not_exist(&*store, &target).await;
        } else {
            assert_eq!(version_of(&*store, target.clone()).await, 2.into());
            store.delete(Delete::new(target, Deletion::Hard)).await.unwrap();
        }
        let total = u32::try_from(2 * round).unwrap();
        assert_eq!(version_of(&*store, stream("a")).await, total.into());
        assert_eq!(version_of(&*store, stream("z")).await, total.into());
        assert_is_sound(&*store).await;
    }
}

/// A set that races with a soft delete of one of its streams is written as a whole before it, or not at all.
///
/// Behaviours: R1.24, T8.
pub async fn appends_sets_before_a_soft_delete_or_not_at_all(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "m", 1).await;
    for name in ["a", "z"] {
        stream_of(&*store, name, 1).await;
    }
    for _ in 0..ROUNDS {
        let before = version_of(&*store, target.clone()).await;
        let appends = ["z", "m", "a"].map(|name| Append::new(stream(name), ExpectedVersion::Any, events(1)).unwrap());
        let set = AppendSet::new(appends.to_vec()).unwrap();
        let here = Arc::clone(&store);
        let call = async move { here.append_set(set).await };
        let (appended, deleted) = race_with_deletion(call, &other, Delete::new(target.clone(), Deletion::Soft)).await;
        deleted.unwrap();
        store.undelete(&target).await.unwrap();
        let after = match appended {
            Ok(_) => before.next(),
            Err(Error::StreamDeleted { stream }) if stream == target => before,
            Err(error) => panic!("the set was refused otherwise: {error:?}"),
        };
        for name in ["z", "m", "a"] {
            assert_eq!(version_of(&*store, stream(name)).await, after);
        }
        assert_is_sound(&*store).await;
    }
}

/// An append of two events to a stream of three, and a deletion of it, at once.
struct Round {
    target: StreamName,
    new: Vec<NewEvent>,
    appended: Result<AppendReceipt>,
    deleted: Result<()>,
}

impl Round {
    async fn start(
        nodes: &[Arc<dyn Backend>; 2],
        expected: ExpectedVersion,
        delete: impl Fn(StreamName) -> Delete,
    ) -> Self {
        let [store, other] = nodes;
        let target = stream_of(&**store, "s", 3).await;
        let end = version_of(&**store, StreamSelector::All).await;
        let new = events(2);
        let (here, stream, written) = (Arc::clone(store), target.clone(), new.clone());
        let call = async move { append(&*here, &stream, expected, written).await };
        let (appended, deleted) = race_with_deletion(call, other, delete(target.clone())).await;
        let grown = if appended.is_ok() { 2 } else { 0 };
        assert_eq!(
            version_of(&**other, StreamSelector::All).await,
            end.after(grown).unwrap()
        );
        Self {
            target,
            new,
            appended,
            deleted,
        }
    }
}

/// Removes what a round left; after that its ids are free, whether they were stored or not.
async fn clear(store: &dyn Backend, target: &StreamName, new: &[NewEvent]) {
    match store.delete(Delete::new(target.clone(), Deletion::Hard)).await {
        Ok(()) | Err(Error::StreamNotFound { .. }) => {}
        Err(error) => panic!("the stream could not be removed: {error:?}"),
    }
    append(store, &stream("again"), ExpectedVersion::Any, new.to_vec())
        .await
        .unwrap();
}
