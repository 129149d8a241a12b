//! Events that are parked.

use eventstore_core::backend::{EventToPark, Lease, ParkOutcome, ParkedBacklog, Parking};
use eventstore_core::{
    Delete, Deletion, Error, EventId, EventNumber, ParkCause, ParkedEvent, PartitionKey, SubscriptionKey,
};
use futures_util::future::join;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::dropping::dropped_after;
use super::reopening::reopened;
use super::sample::{
    checkpoint, hold, ids_in, number, numbers, read_whole, save, stream_of, subscription, subscription_key,
    unknown_lease, version_of,
};
use super::wait::soon;
use super::{Backend, Harness, Stop, expect_error};

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

/// A holder that is behind the stored checkpoint parks nothing, and is told where the checkpoint is.
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
    store.delete(Delete::new(gone, Deletion::Hard)).await.unwrap();
    assert_eq!(numbers_parked(&*store, &key).await, numbers([3]));
    let backlog = store.parked_backlog(id).await.unwrap();
    assert_eq!(backlog.partitions, partitions(["kept"]));
    assert_eq!(backlog.numbers, numbers([3]));

    let events = vec![rejected(2, ids[1], None), rejected(4, Uuid::now_v7().into(), None)];
    assert_eq!(park(&*store, &key, events, 4).await, ParkOutcome::Parked);
    assert_eq!(numbers_parked(&*store, &key).await, numbers([3]));
    assert_eq!(checkpoint(&*store, &key).await, number(4));
}

/// A park that is refused by the dead-letter stream stores no checkpoint either.
pub async fn stores_no_checkpoint_of_a_refused_parking(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 3).await;
    park(&*store, &key, vec![rejected(1, ids[0], None)], 1).await;
    store
        .delete(Delete::new(key.dead_letters().unwrap(), Deletion::Soft))
        .await
        .unwrap();
    let lease = hold(&*store, &key).await;
    let parking = parking_of(&*lease, &key, vec![rejected(3, ids[2], None)], 3);
    expect_error!(store.park(&parking).await, Error::StreamDeleted { .. });
    assert_eq!(
        checkpoint(&*store, &key).await,
        number(1),
        "the checkpoint after a refusal"
    );
    assert_eq!(numbers_parked(&*store, &key).await, numbers([1]));
}

/// Nobody sees a checkpoint without the events that were parked with it, nor these without the checkpoint.
pub async fn shows_parked_events_and_their_checkpoint_together(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, ids) = subscription_to(&*store, 20).await;
    let lease = hold(&*store, &key).await;
    let parks = async {
        for (number, id) in (1..).zip(&ids) {
            let parking = parking_of(&*lease, &key, vec![rejected(number, *id, None)], number);
            assert_eq!(store.park(&parking).await.unwrap(), ParkOutcome::Parked);
        }
    };
    let looks = async {
        loop {
            let before = checkpoint(&*other, &key).await;
            let last = numbers_parked(&*other, &key).await.last().copied().unwrap_or_default();
            let after = checkpoint(&*other, &key).await;
            assert!(
                before <= last,
                "the checkpoint {before} is stored, but parked is only {last}"
            );
            assert!(last <= after, "{last} is parked, but the checkpoint is only {after}");
            if after == number(20) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    join(parks, looks).await;
}

/// A park that is dropped half-way stores its events with the checkpoint, or neither; called again, it makes sure.
pub async fn stores_a_dropped_parking_as_a_whole_or_not_at_all(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, ids) = subscription_to(&*store, 8).await;
    let lease = hold(&*store, &key).await;
    for (number_, (polls, id)) in (1..).zip((0..8).zip(&ids)) {
        let parking = parking_of(&*lease, &key, vec![rejected(number_, *id, None)], number_);
        dropped_after(polls, store.park(&parking)).await;
        let before = checkpoint(&*other, &key).await;
        let parked = numbers_parked(&*other, &key).await.last().copied().unwrap_or_default();
        assert!(
            before <= parked,
            "after {polls} polls: the checkpoint {before} is stored, but parked is only {parked}"
        );
        let after = checkpoint(&*other, &key).await;
        assert!(
            parked <= after,
            "after {polls} polls: {parked} is parked, but the checkpoint is only {after}"
        );
        assert_eq!(
            store.park(&parking).await.unwrap(),
            ParkOutcome::Parked,
            "after {polls} polls"
        );
        assert_eq!(checkpoint(&*other, &key).await, number(number_), "after {polls} polls");
    }
}

/// Drained partitions are told once each, in the order of their bytes, whatever their events' order is.
pub async fn tells_drained_partitions_in_the_order_of_their_bytes(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 8).await;
    let names = ["b", "ä", "B", "a", "b", "", "a-", "A"];
    let events = (1..)
        .zip(&ids)
        .zip(names)
        .map(|((number, id), name)| follower(number, *id, name));
    let outcome = park(&*store, &key, events.collect(), 8).await;
    assert_eq!(
        outcome,
        ParkOutcome::Drained(partitions(["", "A", "B", "a", "a-", "b", "ä"]))
    );
}

/// Who goes on after a parked event whose parking has ended meanwhile misses none of the others and sees none twice.
pub async fn goes_on_after_a_parked_event_that_is_gone(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 5).await;
    let id = subscription(&*store, &key).await;
    let events = (1..).zip(&ids).map(|(number, id)| rejected(number, *id, None));
    park(&*store, &key, events.collect(), 5).await;
    for gone in [2_u32, 3, 4] {
        assert!(store.unpark(id, number(gone)).await.unwrap(), "{gone} was parked");
        for limit in [1, 9] {
            let rest = store.list_parked(id, number(gone), limit).await.unwrap();
            let found: Vec<_> = rest.iter().map(|event| event.number).collect();
            let expected: Vec<_> = numbers(gone + 1..=5)
                .into_iter()
                .take(usize::try_from(limit).unwrap())
                .collect();
            assert_eq!(found, expected, "after {gone}, which is gone");
        }
    }
}

/// Parked events are parked when the storage is opened again, with their checkpoint.
pub async fn keeps_parked_events_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    let (key, ids) = subscription_to(&*store, 4).await;
    for (stop, first) in Stop::ALL.into_iter().zip([1_u32, 3]) {
        let events = (first..).zip(&ids[usize::try_from(first).unwrap() - 1..]).take(2);
        let events = events.map(|(number, id)| rejected(number, *id, Some("a"))).collect();
        assert_eq!(park(&*store, &key, events, first + 1).await, ParkOutcome::Parked);
        let id = subscription(&*store, &key).await;
        store.unpark(id, number(first)).await.unwrap();
        let before = parked(&*store, &key).await;
        store = reopened(harness, store, stop).await;
        assert_eq!(parked(&*store, &key).await, before, "after the end {stop:?}");
        assert_eq!(
            checkpoint(&*store, &key).await,
            number(first + 1),
            "after the end {stop:?}"
        );
    }
}

/// Whatever is called once the store has been closed is refused as such.
pub async fn refuses_calls_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    let (key, ids) = subscription_to(&*store, 2).await;
    park(&*store, &key, vec![rejected(1, ids[0], None)], 1).await;
    let id = subscription(&*store, &key).await;
    let lease = hold(&*store, &key).await;
    soon("the end of the store", harness.close_store()).await;
    let parking = parking_of(&*lease, &key, vec![rejected(2, ids[1], None)], 2);
    // Until then, its last events are parked.
    soon("the release", lease.release()).await;
    expect_error!(store.park(&parking).await, Error::StoreClosed);
    expect_error!(store.parked_backlog(id).await, Error::StoreClosed);
    expect_error!(store.count_parked(id).await, Error::StoreClosed);
    expect_error!(store.list_parked(id, number(0), 9).await, Error::StoreClosed);
    expect_error!(store.unpark(id, number(1)).await, Error::StoreClosed);
}

fn parking_of(lease: &dyn Lease, key: &SubscriptionKey, events: Vec<EventToPark>, checkpoint: u32) -> Parking {
    Parking {
        lease: lease.token(),
        key: key.clone(),
        events,
        checkpoint: number(checkpoint),
    }
}

/// A subscription to a stream with this many events, and their ids.
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
