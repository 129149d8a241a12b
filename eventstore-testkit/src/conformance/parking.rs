//! Events that are put aside.

use eventstore_core::{
    Delete, EventId, EventNumber, EventToPark, ParkCause, ParkOutcome, ParkedBacklog, ParkedEvent, Parking,
    PartitionKey, SubscriptionKey,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::sample::{
    checkpoint, hold, ids_in, number, numbers, read_whole, save, stream_of, subscription, subscription_key, unknown_lease,
    version_of,
};
use super::{Backend, Harness};

/// Events are parked together with the checkpoint, which every node sees.
pub async fn parks_an_event_with_its_checkpoint(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, ids) = subscription_to(&*store, 3).await;
    let outcome = park(&*store, &key, vec![rejected(2, ids[1], None)], 2).await;
    assert_eq!(outcome, ParkOutcome::Parked);
    assert_eq!(numbers_parked(&*other, &key).await, numbers([2]));
    assert_eq!(checkpoint(&*other, &key).await, number(2));
}

/// Parked events are linked into the dead letters once, also when parked again; `$all` does not change.
pub async fn links_parked_events_into_the_dead_letters(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 4).await;
    let dead_letters = key.dead_letters().unwrap();
    let parkings = [vec![(1, ids[0]), (3, ids[2])], vec![(1, ids[0]), (2, ids[1])]];
    for parking in parkings {
        let events = parking.into_iter().map(|(number, id)| rejected(number, id, None));
        park(&*store, &key, events.collect(), 0).await;
    }
    assert_eq!(ids_in(&*store, dead_letters.clone()).await, [ids[0], ids[2], ids[1]]);
    store
        .unpark(subscription(&*store, &key).await, number(1))
        .await
        .unwrap();
    let linked = read_whole(&*store, dead_letters).await;
    assert_eq!(linked.len(), 3);
    assert!(linked.iter().all(|event| event.stream.as_str() == "s"));
    assert_eq!(
        version_of(&*store, eventstore_core::StreamSelector::All).await,
        4.into()
    );
}

/// Number, id, partition, cause and time of a parked event are kept.
pub async fn keeps_what_is_said_about_a_parked_event(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 3).await;
    let events = vec![
        rejected(1, ids[0], Some("Größe, \0 配列 🇪🇺")),
        EventToPark {
            cause: ParkCause::Rejected {
                reason: String::new(),
                attempts: u32::MAX,
            },
            ..rejected(2, ids[1], Some(""))
        },
        follower(3, ids[2], ""),
    ];
    park(&*store, &key, events.clone(), 3).await;
    let parked = parked(&*store, &key).await;
    assert_eq!(parked.iter().map(told).collect::<Vec<_>>(), events);
    let appended = read_whole(&*store, key.selector).await;
    assert!(parked.iter().all(|event| event.parked_at >= appended[0].created_at));
}

/// Parked events are listed by their numbers, page by page.
pub async fn lists_parked_events_in_pages(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 6).await;
    let id = subscription(&*store, &key).await;
    for index in [5, 1, 3, 2_u32] {
        let event = rejected(index, ids[usize::try_from(index).unwrap() - 1], None);
        park(&*store, &key, vec![event], 0).await;
    }
    let page = async |after, limit| {
        let parked = store.list_parked(id, number(after), limit).await.unwrap();
        parked.into_iter().map(|event| event.number).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 2).await, numbers([1, 2]));
    assert_eq!(page(2, 2).await, numbers([3, 5]));
    assert_eq!(page(5, 2).await, numbers([]));
    assert_eq!(page(0, 0).await, numbers([]));
}

/// Parked events are counted, until they are replayed or discarded.
pub async fn counts_parked_events(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, ids) = subscription_to(&*store, 3).await;
    let id = subscription(&*store, &key).await;
    assert_eq!(store.count_parked(id).await.unwrap(), 0);
    for again in [2, 1] {
        let events = vec![rejected(again, ids[0], Some("a")), follower(3, ids[2], "a")];
        let events = events.into_iter().map(|event| EventToPark {
            event_id: ids[usize::try_from(event.number.get()).unwrap() - 1],
            ..event
        });
        park(&*store, &key, events.collect(), 3).await;
    }
    assert_eq!(other.count_parked(id).await.unwrap(), 3);
    store.unpark(id, number(2)).await.unwrap();
    assert_eq!(store.count_parked(id).await.unwrap(), 2);
}

/// An event that is parked again keeps its place and its time, with the latest cause.
pub async fn parks_an_event_once_with_the_latest_cause(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 1).await;
    park(&*store, &key, vec![rejected(1, ids[0], None)], 0).await;
    let first = parked(&*store, &key).await;
    let again = EventToPark {
        cause: ParkCause::Rejected {
            reason: "another one".to_owned(),
            attempts: 7,
        },
        ..rejected(1, ids[0], None)
    };
    park(&*store, &key, vec![again.clone()], 1).await;
    let second = parked(&*store, &key).await;
    assert_eq!(second.iter().map(told).collect::<Vec<_>>(), [again]);
    assert_eq!(second[0].parked_at, first[0].parked_at);
}

/// A follower is parked while an earlier event of its partition is, parked before or with it.
pub async fn parks_followers_while_their_partition_is_parked(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 5).await;
    let first = vec![rejected(1, ids[0], Some("a")), follower(2, ids[1], "a")];
    assert_eq!(park(&*store, &key, first, 2).await, ParkOutcome::Parked);
    let second = vec![
        follower(3, ids[2], "a"),
        rejected(4, ids[3], Some("b")),
        follower(5, ids[4], "b"),
    ];
    for _ in 0..2 {
        assert_eq!(park(&*store, &key, second.clone(), 5).await, ParkOutcome::Parked);
    }
    assert_eq!(numbers_parked(&*store, &key).await, numbers(1..=5));
}

/// Where nothing before a follower is parked, nothing is changed, and the caller is told the partitions.
pub async fn parks_no_follower_of_a_drained_partition(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 6).await;
    let id = subscription(&*store, &key).await;
    let first = vec![rejected(1, ids[0], Some("a")), rejected(5, ids[4], Some("b"))];
    park(&*store, &key, first, 1).await;
    let second = vec![
        follower(2, ids[1], "b"),
        follower(3, ids[2], "a"),
        follower(4, ids[3], "c"),
        rejected(6, ids[5], None),
    ];
    let outcome = park(&*store, &key, second.clone(), 6).await;
    assert_eq!(outcome, ParkOutcome::Drained(partitions(["b", "c"])));
    store.unpark(id, number(1)).await.unwrap();
    let outcome = park(&*store, &key, second, 6).await;
    assert_eq!(outcome, ParkOutcome::Drained(partitions(["a", "b", "c"])));
    assert_eq!(numbers_parked(&*store, &key).await, numbers([5]));
    assert_eq!(checkpoint(&*store, &key).await, number(1));
}

/// Whoever stands behind the stored checkpoint parks nothing, and is told where it stands.
///
/// Behaviours: T13.
pub async fn parks_nothing_behind_a_later_checkpoint(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, ids) = subscription_to(&*store, 3).await;
    save(&*other, &key, 3).await;
    let outcome = park(&*store, &key, vec![rejected(2, ids[1], None)], 2).await;
    assert_eq!(outcome, ParkOutcome::Superseded(number(3)));
    assert_eq!(parked(&*store, &key).await, []);
    assert_eq!(checkpoint(&*store, &key).await, number(3));
}

/// Nothing is parked for a subscription that does not exist.
pub async fn parks_nothing_of_a_missing_subscription(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 1).await;
    let lease = unknown_lease();
    let parking = Parking {
        lease,
        key,
        events: vec![rejected(1, ids[0], None)],
        checkpoint: number(1),
    };
    assert_eq!(store.park(&parking).await.unwrap(), ParkOutcome::SubscriptionGone);
    assert_eq!(store.list_parked(lease.id, EventNumber::ZERO, 9).await.unwrap(), []);
    assert_eq!(store.parked_backlog(lease.id).await.unwrap(), ParkedBacklog::default());
}

/// The parking of an event ends once.
pub async fn unparks_an_event_once(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, ids) = subscription_to(&*store, 2).await;
    let id = subscription(&*store, &key).await;
    let events = vec![rejected(1, ids[0], None), rejected(2, ids[1], None)];
    park(&*store, &key, events, 2).await;
    assert!(other.unpark(id, number(1)).await.unwrap());
    assert!(!store.unpark(id, number(1)).await.unwrap());
    assert!(!store.unpark(id, number(7)).await.unwrap());
    assert_eq!(numbers_parked(&*store, &key).await, numbers([2]));
}

/// A subscription that begins is told its parked partitions, and the parked events that it would read again.
pub async fn tells_what_is_parked_beyond_the_checkpoint(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 6).await;
    let id = subscription(&*store, &key).await;
    let events = vec![
        rejected(1, ids[0], Some("b")),
        rejected(2, ids[1], None),
        rejected(4, ids[3], Some("a")),
        follower(5, ids[4], "a"),
        rejected(6, ids[5], None),
    ];
    park(&*store, &key, events, 2).await;
    let backlog = async || store.parked_backlog(id).await.unwrap();
    let expected = ParkedBacklog {
        partitions: partitions(["a", "b"]),
        numbers: numbers([4, 5, 6]),
    };
    assert_eq!(backlog().await, expected);
    store.unpark(id, number(1)).await.unwrap();
    store.unpark(id, number(5)).await.unwrap();
    save(&*store, &key, 5).await;
    let expected = ParkedBacklog {
        partitions: partitions(["a"]),
        numbers: numbers([6]),
    };
    assert_eq!(backlog().await, expected);
}

/// What one subscription parks is not parked for another one.
pub async fn keeps_parked_events_of_subscriptions_apart(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 2).await;
    let other = subscription_key("s", "other");
    park(&*store, &key, vec![rejected(1, ids[0], Some("a"))], 1).await;
    let outcome = park(&*store, &other, vec![follower(2, ids[1], "a")], 2).await;
    assert_eq!(outcome, ParkOutcome::Drained(partitions(["a"])));
    assert_eq!(parked(&*store, &other).await, []);
    assert_ne!(key.dead_letters().unwrap(), other.dead_letters().unwrap());
}

/// While a replay drains a partition, a follower is either parked behind it or told that it is drained.
pub async fn parks_followers_or_finds_their_partition_drained(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let (key, ids) = subscription_to(&*nodes[0], 12).await;
    let id = subscription(&*nodes[0], &key).await;
    park(&*nodes[0], &key, vec![rejected(1, ids[0], Some("a"))], 1).await;
    let (parker, followed) = (nodes[0].clone(), key.clone());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        for (next, event) in (2..).zip(&ids[1..]) {
            let outcome = park(&*parker, &followed, vec![follower(next, *event, "a")], next).await;
            if outcome != ParkOutcome::Parked {
                assert_eq!(outcome, ParkOutcome::Drained(partitions(["a"])));
                return;
            }
        }
    });
    let store = nodes[1].clone();
    tasks.spawn(async move {
        while let [next, ..] = &store.list_parked(id, EventNumber::ZERO, 1).await.unwrap()[..] {
            assert!(store.unpark(id, next.number).await.unwrap());
        }
    });
    tasks.join_all().await;
    let left = numbers_parked(&*nodes[0], &key).await;
    let reached = checkpoint(&*nodes[0], &key).await;
    assert!(left.windows(2).all(|pair| pair[1] == pair[0].next()), "{left:?}");
    assert!(
        left.last().is_none_or(|last| *last == reached),
        "{left:?} up to {reached}"
    );
}

/// Events that were deleted for good are parked no longer, and are not parked.
pub async fn forgets_parked_events_that_were_deleted_for_good(harness: &dyn Harness) {
    let store = harness.store();
    let gone = stream_of(&*store, "gone", 2).await;
    let kept = stream_of(&*store, "kept", 1).await;
    let ids = [ids_in(&*store, gone.clone()).await, ids_in(&*store, kept).await].concat();
    let key = subscription_key("$all", "a");
    let id = subscription(&*store, &key).await;
    let events = vec![rejected(1, ids[0], Some("gone")), rejected(3, ids[2], Some("kept"))];
    park(&*store, &key, events, 0).await;
    store.delete(Delete::hard(gone)).await.unwrap();
    assert_eq!(numbers_parked(&*store, &key).await, numbers([3]));
    let backlog = store.parked_backlog(id).await.unwrap();
    assert_eq!(backlog.partitions, partitions(["kept"]));
    assert_eq!(backlog.numbers, numbers([3]));

    let events = vec![rejected(2, ids[1], None), rejected(4, Uuid::now_v7().into(), None)];
    assert_eq!(park(&*store, &key, events, 4).await, ParkOutcome::Parked);
    assert_eq!(numbers_parked(&*store, &key).await, numbers([3]));
    assert_eq!(checkpoint(&*store, &key).await, number(4));
}

/// A subscription to a stream with so many events, and their ids.
async fn subscription_to(store: &dyn Backend, events: usize) -> (SubscriptionKey, Vec<EventId>) {
    let stream = stream_of(store, "s", events).await;
    (subscription_key("s", "a"), ids_in(store, stream).await)
}

/// Parks under a lease that is given back at once.
pub(super) async fn park(
    store: &dyn Backend,
    key: &SubscriptionKey,
    events: Vec<EventToPark>,
    checkpoint: u32,
) -> ParkOutcome {
    let lease = hold(store, key).await;
    let parking = Parking {
        lease: lease.token(),
        key: key.clone(),
        events,
        checkpoint: number(checkpoint),
    };
    let outcome = store.park(&parking).await.unwrap();
    lease.release().await;
    outcome
}

pub(super) fn rejected(event_number: u32, event_id: EventId, partition: Option<&str>) -> EventToPark {
    EventToPark {
        number: number(event_number),
        event_id,
        partition: partition.map(PartitionKey::new),
        cause: ParkCause::Rejected {
            reason: "it could not be dealt with".to_owned(),
            attempts: 3,
        },
    }
}

fn follower(event_number: u32, event_id: EventId, partition: &str) -> EventToPark {
    EventToPark {
        cause: ParkCause::Follows,
        ..rejected(event_number, event_id, Some(partition))
    }
}

fn partitions<const N: usize>(keys: [&str; N]) -> Vec<PartitionKey> {
    keys.map(PartitionKey::new).into()
}

fn told(event: &ParkedEvent) -> EventToPark {
    EventToPark {
        number: event.number,
        event_id: event.event_id,
        partition: event.partition.clone(),
        cause: event.cause.clone(),
    }
}

async fn parked(store: &dyn Backend, key: &SubscriptionKey) -> Vec<ParkedEvent> {
    let id = subscription(store, key).await;
    store.list_parked(id, EventNumber::ZERO, 100).await.unwrap()
}

async fn numbers_parked(store: &dyn Backend, key: &SubscriptionKey) -> Vec<EventNumber> {
    parked(store, key).await.iter().map(|event| event.number).collect()
}
