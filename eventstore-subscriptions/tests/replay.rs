//! What becomes of parked events that are dealt with once more.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use eventstore_core::backend::{EventToPark, Parking, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{
    Append, Delete, Deletion, Error, EventNumber, EventType, EventWriter, ExpectedVersion, NewEvent, ParkCause,
    ParkedEventStore, PartitionKey, StreamDeleter, StreamName, StreamSelector, SubscriptionId, SubscriptionKey,
    SubscriptionName,
};
use eventstore_subscriptions::{Replayed, replay_parked};
use eventstore_testkit::MemoryStore;
use uuid::Uuid;

#[tokio::test]
async fn deals_with_all_parked_events_in_their_order() {
    let world = World::new().await;
    world.park(&[(1, "a"), (2, "b"), (4, "a")]).await;
    let mut seen = Vec::new();
    let replayed = replay_parked(&world.store, &world.key, |event| {
        seen.push(event.number);
        async { Ok::<_, ()>(()) }
    })
    .await
    .unwrap();
    assert_eq!(seen, numbers([1, 2, 4]));
    assert_eq!(
        replayed,
        Replayed {
            done: 3,
            failed: vec![],
            waiting: 0
        }
    );
    assert_eq!(world.parked().await, numbers([]));
}

/// What the handler borrows does not keep the replay from a task of its own.
#[tokio::test]
async fn runs_in_a_task_with_a_handler_that_borrows() {
    let world = World::new().await;
    world.park(&[(1, "a"), (2, "b")]).await;
    let replaying = tokio::spawn(async move {
        let seen = tokio::sync::Mutex::new(Vec::new());
        let replayed = replay_parked(&world.store, &world.key, async |event| {
            seen.lock().await.push(event.number);
            Ok::<_, ()>(())
        });
        (replayed.await.unwrap().done, seen.into_inner())
    });
    assert_eq!(replaying.await.unwrap(), (2, numbers([1, 2])));
}

#[tokio::test]
async fn leaves_what_fails_and_what_comes_after_it_in_its_partition() {
    let world = World::new().await;
    world.park(&[(1, "a"), (2, "b"), (3, "a"), (4, "a")]).await;
    let replayed = replay_parked(&world.store, &world.key, async |event| match event.number {
        number if number == 3_u32.into() => Err("still wrong"),
        _ => Ok(()),
    })
    .await
    .unwrap();
    let failed = vec![(EventNumber::from(3_u32), "still wrong")];
    assert_eq!(
        replayed,
        Replayed {
            done: 2,
            failed,
            waiting: 1
        }
    );
    assert_eq!(world.parked().await, numbers([3, 4]));
}

#[tokio::test]
async fn deals_with_what_is_parked_meanwhile() {
    let world = World::new().await;
    world.park(&[(1, "a")]).await;
    let mut seen = Vec::new();
    let replayed = replay_parked(&world.store, &world.key, |event| {
        seen.push(event.number);
        let is_first = seen.len() == 1;
        let world = &world;
        async move {
            if is_first {
                world.park(&[(3, "a")]).await;
            }
            Ok::<_, ()>(())
        }
    })
    .await
    .unwrap();
    assert_eq!(seen, numbers([1, 3]));
    assert_eq!(replayed.done, 2);
    assert_eq!(world.parked().await, numbers([]));
}

#[tokio::test]
async fn skips_events_that_were_deleted_for_good() {
    let world = World::new().await;
    world.park(&[(1, "a"), (2, "b")]).await;
    world.store.delete(Delete::new(stream(), Deletion::Hard)).await.unwrap();
    let replayed = replay_parked(&world.store, &world.key, async |_| Err(()))
        .await
        .unwrap();
    assert_eq!(
        replayed,
        Replayed {
            done: 0,
            failed: vec![],
            waiting: 0
        }
    );
}

#[tokio::test]
async fn tells_of_a_subscription_that_is_not_there() {
    let store = MemoryStore::new();
    let error = replay_parked(&store, &key(), async |_| Ok::<_, ()>(()))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::SubscriptionNotFound { .. }), "{error:?}");
}

/// A subscription to all of the five events of a stream.
struct World {
    store: MemoryStore,
    key: SubscriptionKey,
    id: SubscriptionId,
    events: Vec<NewEvent>,
}

impl World {
    async fn new() -> Self {
        let (store, key) = (MemoryStore::new().with_hard_deletes(), key());
        let events: Vec<_> = (0..5)
            .map(|_| NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}"))
            .collect();
        let append = Append::new(stream(), ExpectedVersion::NoStream, events.clone()).unwrap();
        store.append(append).await.unwrap();
        let record = store
            .find_or_create_subscription(&key, EventNumber::ZERO)
            .await
            .unwrap();
        Self {
            store,
            key,
            id: record.id,
            events,
        }
    }

    /// Parks events of these numbers and partitions.
    async fn park(&self, events: &[(u32, &str)]) {
        let events = events.iter().map(|(number, partition)| EventToPark {
            number: (*number).into(),
            event_id: self.events[usize::try_from(*number).unwrap() - 1].id,
            partition: Some(PartitionKey::from(*partition)),
            cause: ParkCause::Rejected {
                reason: "wrong".to_owned(),
                attempts: 1,
            },
        });
        let acquired = self.store.try_acquire(&self.key, EventNumber::ZERO).await;
        let lease = acquired.unwrap().unwrap().lease;
        let parking = Parking {
            lease: lease.token(),
            key: self.key.clone(),
            events: events.collect(),
            checkpoint: 5_u32.into(),
        };
        self.store.park(&parking).await.unwrap();
    }

    async fn parked(&self) -> Vec<EventNumber> {
        let parked = self.store.list_parked(self.id, EventNumber::ZERO, 100).await.unwrap();
        parked.iter().map(|event| event.number).collect()
    }
}

fn key() -> SubscriptionKey {
    SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("s").unwrap(),
    }
}

fn stream() -> StreamName {
    StreamName::new("stream").unwrap()
}

fn numbers<const N: usize>(numbers: [u32; N]) -> Vec<EventNumber> {
    numbers.map(EventNumber::from).to_vec()
}
