use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::{BoxError, EventNumber, PartitionCount, PartitionKey, SubscriptionKey};
use eventstore_subscriptions::{Delivery, GiveUp, Replayed, RetryPolicy, replay_parked};

use super::{Team, group_key};
use crate::conformance::sample::{grow, numbers, stream};
use crate::conformance::wait::until_some;
use crate::conformance::{Backend, Harness};

/// An event whose handler fails for good is parked in its partition, with what follows of its key; other keys go on, and so does this one
/// once its parked events are replayed.
pub async fn parks_a_refused_event_in_its_partition_until_it_is_replayed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let policy = RetryPolicy::new(NonZeroU32::MIN, GiveUp::Park);
    let mut team = Team::of(4);
    team.parks = true;
    team.request = team.request.with_retry_policy(policy);
    for name in ["bad", "good", "bad", "other"] {
        grow(&*store, &stream(name), 1).await;
    }
    let refuse = async |event: Delivery| match (event.stream.as_str(), event.stream_version.get()) {
        ("bad", 1) => Err(BoxError::from("no such account")),
        _ => Ok(()),
    };
    let member = team.join_with(&store, Arc::clone(&store), "only", refuse);
    team.journal.until(2).await;
    let bad = partition_of("bad");
    until_parked(&*store, &bad, &[1, 3]).await;
    for name in ["bad", "good"] {
        grow(&*store, &stream(name), 1).await;
    }
    team.journal.until(3).await;
    until_parked(&*store, &bad, &[1, 3, 5]).await;

    let replayed = replay_parked(&*other, &bad, async |_| Ok::<_, BoxError>(()))
        .await
        .unwrap();
    let Replayed { done, failed, waiting } = replayed;
    assert_eq!((done, failed.len(), waiting), (3, 0, 0));
    until_parked(&*store, &bad, &[]).await;
    grow(&*store, &stream("bad"), 1).await;
    team.journal.until(4).await;
    assert_eq!(team.journal.numbers().last(), Some(&EventNumber::from(7_u32)));
    until_parked(&*store, &bad, &[]).await;
    member.stop().await;
}

/// The key of the partition of a stream, of four.
fn partition_of(name: &str) -> SubscriptionKey {
    let count = PartitionCount::new(4).unwrap();
    let partition = count.partition_of(&PartitionKey::new(name));
    partition.key(&group_key(), count).unwrap()
}

async fn until_parked(store: &dyn Backend, key: &SubscriptionKey, expected: &[u32]) {
    let expected = numbers(expected.iter().copied());
    until_some(&format!("{expected:?} parked"), async || {
        let id = store.subscription_info(key).await.unwrap().record.id;
        let parked = store.list_parked(id, EventNumber::ZERO, 100).await.unwrap();
        let parked: Vec<_> = parked.iter().map(|event| event.number).collect();
        (parked == expected).then_some(())
    })
    .await;
}
