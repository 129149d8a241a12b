use std::collections::HashSet;

use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Direction, Error, EventNumber, EventReader, ParkedEvent, ParkedEventStore, PartitionKey, RecordedEvent,
    SubscriptionAdmin, SubscriptionId, SubscriptionKey,
};

use crate::Delivery;
use crate::parked_gauge::ParkedGauge;

/// How many parked events are listed at once.
const LISTED: u32 = 100;

/// The outcome of a replay of a subscription's parked events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed<E> {
    /// The number of events that were handled and are no longer parked.
    pub done: u64,
    /// The events that failed again, each with its number in the stream subscribed to and the reason.
    pub failed: Vec<(EventNumber, E)>,
    /// The number of events that were left parked because an earlier event of their partition failed.
    pub waiting: u64,
}

/// Replays the parked events of a subscription through a handler, in order, and unparks each event that the handler
/// accepts.
///
/// An event that fails stays parked, as do the later events of its partition; all others continue. The subscription may
/// run meanwhile. Events that it parks during the replay are replayed too. Once every parked event of a partition is
/// handled, the subscription delivers that partition's events itself again. An event that could not be unparked because
/// the storage failed is replayed again next time. To discard an event instead, call [`ParkedEventStore::unpark`].
///
/// The handler may borrow, even in its own task:
///
/// ```
/// # use eventstore_core::{Error, RecordedEvent, SubscriptionKey};
/// # use eventstore_testkit::MemoryStore;
/// # use eventstore_subscriptions::{Replayed, replay_parked};
/// struct Invoices;
///
/// impl Invoices {
///     async fn send(&self, event: &RecordedEvent) -> Result<(), std::io::Error> {
///         # let _ = event;
///         Ok(())
///     }
/// }
///
/// async fn replay(store: MemoryStore, key: SubscriptionKey) -> Result<Replayed<std::io::Error>, Error> {
///     let replaying = tokio::spawn(async move {
///         let invoices = Invoices;
///         replay_parked(&store, &key, async |event| invoices.send(&event).await).await
///     });
///     replaying.await.expect("replaying does not panic")
/// }
/// ```
///
/// If the future is dropped, the event in hand stays parked unless it is just being removed. What was handled before
/// stays handled.
///
/// # Errors
///
/// - [`SubscriptionNotFound`](Error::SubscriptionNotFound)
/// - [`Unavailable`](Error::Unavailable), [`OutcomeUnknown`](Error::OutcomeUnknown) and failures of the storage: what was
///   handled before stays handled
pub async fn replay_parked<S, H, F, E>(store: &S, key: &SubscriptionKey, handler: H) -> Result<Replayed<E>, Error>
where
    S: EventReader + ParkedEventStore + SubscriptionAdmin + ?Sized,
    // Not `AsyncFnMut`: there is no way to require that the future it returns is `Send` for every lifetime.
    H: FnMut(Delivery) -> F,
    F: Future<Output = Result<(), E>>,
{
    let id = store.subscription_info(key).await?.record.id;
    let replayed = replay(store, key, id, handler).await;
    ParkedGauge::new(store.metrics_label(), key).tell(store, id).await;
    replayed
}

async fn replay<S, H, F, E>(
    store: &S,
    key: &SubscriptionKey,
    id: SubscriptionId,
    mut handler: H,
) -> Result<Replayed<E>, Error>
where
    S: EventReader + ParkedEventStore + ?Sized,
    H: FnMut(Delivery) -> F,
    F: Future<Output = Result<(), E>>,
{
    let mut replay = Replay::new();
    loop {
        let parked = store.list_parked(id, replay.last, LISTED).await?;
        if parked.is_empty() {
            return Ok(replay.replayed);
        }
        for event in parked {
            replay.last = event.number;
            if replay.is_blocked(&event) {
                replay.replayed.waiting += 1;
            } else if let Some(recorded) = find(store, key, &event).await? {
                match handler(Delivery::again(&event, recorded)).await {
                    Ok(()) => replay.replayed.done += u64::from(store.unpark(id, event.number).await?),
                    Err(error) => replay.fail(event, error),
                }
            }
        }
    }
}

/// How far a replay has come.
struct Replay<E> {
    last: EventNumber,
    blocked: HashSet<PartitionKey>,
    replayed: Replayed<E>,
}

impl<E> Replay<E> {
    fn new() -> Self {
        Self {
            last: EventNumber::ZERO,
            blocked: HashSet::new(),
            replayed: Replayed {
                done: 0,
                failed: Vec::new(),
                waiting: 0,
            },
        }
    }

    fn is_blocked(&self, event: &ParkedEvent) -> bool {
        event.partition.as_ref().is_some_and(|key| self.blocked.contains(key))
    }

    fn fail(&mut self, event: ParkedEvent, error: E) {
        self.replayed.failed.push((event.number, error));
        self.blocked.extend(event.partition);
    }
}

/// Finds the event in its own stream; `None` if it was hard-deleted since it was listed.
async fn find<S>(store: &S, key: &SubscriptionKey, event: &ParkedEvent) -> Result<Option<RecordedEvent>, Error>
where
    S: EventReader + ?Sized,
{
    let request = PageRequest::new(key.selector.clone(), Direction::Forward, event.number, 1);
    let found = store.read_page(request).await?.events.into_iter().next();
    Ok(found
        .filter(|found| found.event_id == event.event_id)
        .map(RecordedEvent::from))
}
