use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{
    EventNumber, EventStore, ParkedEvent, PartitionKey, RecordedEvent, SubscriptionId, SubscriptionKey,
};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::problem::Problem;

/// How many parked events are listed at once.
const LISTED: u32 = 100;

/// How long an event may take: a replay that never ends would keep every other one waiting.
const HANDLED_WITHIN: Duration = Duration::from_mins(10);

/// Handles parked events that someone replays on a page, as the subscription's own handler would.
#[async_trait]
pub trait ParkedEventHandler: Send + Sync + 'static {
    /// Whether it handles the events of this subscription; otherwise the pages offer no replay for it.
    fn handles(&self, key: &SubscriptionKey) -> bool;

    /// Handles one event, which has this number in the stream that is subscribed to; it is no longer parked afterwards.
    ///
    /// The future is dropped if it is not ready within ten minutes; the event then stays parked.
    ///
    /// # Errors
    ///
    /// The reason why it is not handled: it stays parked.
    async fn handle(&self, key: &SubscriptionKey, number: EventNumber, event: RecordedEvent) -> Result<(), String>;
}

/// Which parked events are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    One(EventNumber),
    First(u32),
}

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Replayed {
    pub(crate) handled: u64,
    /// The number of each event that failed again, and why.
    pub(crate) failed: Vec<(u64, String)>,
    /// How many stayed parked because an earlier event of their partition did.
    pub(crate) waiting: u64,
    /// Why the replay ended before the last event, if it did.
    pub(crate) stopped: Option<String>,
}

/// The parked events that are meant, in order.
pub(crate) async fn select(
    store: &dyn EventStore,
    id: SubscriptionId,
    selection: Selection,
) -> Result<Vec<ParkedEvent>, Problem> {
    match selection {
        Selection::One(number) => {
            let listed = store.list_parked(id, number.previous(), 1).await?;
            let found = listed.into_iter().find(|parked| parked.number == number);
            let missing = || Problem::conflict(format!("event {number} is not parked any more"));
            found.map(|parked| vec![parked]).ok_or_else(missing)
        }
        Selection::First(count) => {
            let mut selected = Vec::new();
            while let Some(missing) = u32::try_from(selected.len())
                .ok()
                .and_then(|found| count.checked_sub(found))
            {
                let after = selected
                    .last()
                    .map_or(EventNumber::ZERO, |parked: &ParkedEvent| parked.number);
                let listed = store.list_parked(id, after, missing.min(LISTED)).await?;
                if listed.is_empty() {
                    break;
                }
                selected.extend(listed);
            }
            Ok(selected)
        }
    }
}

/// Replays parked events in order. Of a partition, no event is replayed before an earlier one that is still parked.
pub(crate) async fn replay(
    store: &dyn EventStore,
    handler: &dyn ParkedEventHandler,
    subscription: (&SubscriptionKey, SubscriptionId),
    selected: Vec<ParkedEvent>,
) -> Replayed {
    let mut replayed = Replayed::default();
    // What was handled before the storage failed is handled.
    if let Err(problem) = replay_in_order(store, handler, subscription, selected, &mut replayed).await {
        replayed.stopped = Some(problem.message);
    }
    replayed
}

async fn replay_in_order(
    store: &dyn EventStore,
    handler: &dyn ParkedEventHandler,
    (key, id): (&SubscriptionKey, SubscriptionId),
    selected: Vec<ParkedEvent>,
    replayed: &mut Replayed,
) -> Result<(), Problem> {
    let mut closed = HashSet::new();
    if let Some(first) = selected.first() {
        closed = partitions_before(store, id, first.number).await?;
    }
    for parked in selected {
        let is_closed = |partition| closed.contains(partition);
        if parked.partition.as_ref().is_some_and(is_closed) {
            replayed.waiting += 1;
        } else if is_parked(store, id, parked.number).await? {
            match handle(store, handler, key, &parked).await? {
                Ok(()) => replayed.handled += u64::from(store.unpark(id, parked.number).await?),
                Err(reason) => {
                    closed.extend(parked.partition);
                    replayed.failed.push((parked.number.get(), reason));
                }
            }
        }
    }
    Ok(())
}

/// Whether the event is still parked: someone else may have discarded or replayed it meanwhile.
async fn is_parked(store: &dyn EventStore, id: SubscriptionId, number: EventNumber) -> Result<bool, Problem> {
    let listed = store.list_parked(id, number.previous(), 1).await?;
    Ok(listed.first().is_some_and(|parked| parked.number == number))
}

async fn handle(
    store: &dyn EventStore,
    handler: &dyn ParkedEventHandler,
    key: &SubscriptionKey,
    parked: &ParkedEvent,
) -> Result<Result<(), String>, Problem> {
    let Some(found) = store.find_event(parked.event_id).await? else {
        return Ok(Err("the event does not exist any more".to_owned()));
    };
    let handling = AssertUnwindSafe(handler.handle(key, parked.number, found.event)).catch_unwind();
    Ok(match timeout(HANDLED_WITHIN, handling).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err("the handler panicked".to_owned()),
        Err(_) => Err(format!("it was not handled within {HANDLED_WITHIN:?}")),
    })
}

/// The partitions with parked events below this number.
async fn partitions_before(
    store: &dyn EventStore,
    id: SubscriptionId,
    number: EventNumber,
) -> Result<HashSet<PartitionKey>, Problem> {
    let (mut partitions, mut after) = (HashSet::new(), EventNumber::ZERO);
    loop {
        let listed = store.list_parked(id, after, LISTED).await?;
        let earlier: Vec<_> = listed.into_iter().take_while(|parked| parked.number < number).collect();
        let Some(last) = earlier.last() else {
            return Ok(partitions);
        };
        after = last.number;
        partitions.extend(earlier.into_iter().filter_map(|parked| parked.partition));
    }
}
