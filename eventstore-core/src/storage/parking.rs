use std::collections::HashSet;

use async_trait::async_trait;

use crate::backend::LeaseToken;
use crate::{
    EventId, EventNumber, InvalidStreamName, PartitionKey, Result, StreamName, SubscriptionId, SubscriptionKey,
    Timestamp,
};

/// Why an event is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ParkCause {
    /// The subscriber rejected it.
    Rejected {
        /// The reason that the subscriber gives.
        reason: String,
        /// How often the event was delivered and refused, this time included.
        attempts: u32,
    },
    /// An earlier event of its partition is parked; the event is parked only while that is so.
    Follows,
}

/// An event of a subscription to park.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventToPark {
    /// The event's number in the stream that is subscribed to.
    pub number: EventNumber,
    /// The event's id.
    pub event_id: EventId,
    /// The event's partition, if it has one.
    pub partition: Option<PartitionKey>,
    /// Why the event is parked.
    pub cause: ParkCause,
}

/// Events that a subscription parks, and the checkpoint to store with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parking {
    /// The lease under which the events are parked.
    pub lease: LeaseToken,
    /// The key that identifies the subscription.
    pub key: SubscriptionKey,
    /// The events, ordered by their numbers.
    pub events: Vec<EventToPark>,
    /// The checkpoint to store with the events: parked events count as acknowledged.
    pub checkpoint: EventNumber,
}

impl Parking {
    /// Returns the followers (`ParkCause::Follows`) without an earlier rejected event of their partition in this call.
    ///
    /// Whether they are to be parked depends on what is already parked.
    pub fn open_followers(&self) -> impl Iterator<Item = (EventNumber, &PartitionKey)> {
        let mut closed = HashSet::new();
        self.events.iter().filter_map(move |event| {
            let partition = event.partition.as_ref()?;
            if event.cause != ParkCause::Follows {
                closed.insert(partition);
            }
            (!closed.contains(partition)).then_some((event.number, partition))
        })
    }
}

/// What happened to events that were to be parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParkOutcome {
    /// The events are parked, and the checkpoint is stored.
    Parked,
    /// Nothing was changed: no event of these partitions is parked any more, so their events can be delivered.
    ///
    /// Each partition is listed once, in byte order.
    Drained(Vec<PartitionKey>),
    /// Nothing was changed: this later checkpoint is already stored.
    Superseded(EventNumber),
    /// Nothing was changed: the subscription has been deleted.
    SubscriptionGone,
    /// Nothing was changed: the lease is not the latest one.
    Fenced,
}

/// A parked event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParkedEvent {
    /// The event's number in the stream that is subscribed to.
    pub number: EventNumber,
    /// The event's id.
    pub event_id: EventId,
    /// The event's partition, if it has one.
    pub partition: Option<PartitionKey>,
    /// Why the event was parked.
    pub cause: ParkCause,
    /// When the event was parked.
    pub parked_at: Timestamp,
}

/// What a subscription must know about its parked events when it starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParkedBacklog {
    /// The partitions with at least one parked event, each once, in byte order.
    pub partitions: Vec<PartitionKey>,
    /// The numbers of parked events beyond the checkpoint, in ascending order; these events are not delivered again.
    pub numbers: Vec<EventNumber>,
}

/// Keeps the parked events of subscriptions until they are replayed or discarded.
///
/// # Contract
///
/// - Events and checkpoint are stored together or not at all, even if the future is dropped: no one sees one without the other.
/// - Each parked event is linked into the [dead-letter stream](SubscriptionKey::dead_letters) of its subscription, and the link stays
///   there. `$all` does not change.
/// - An event is parked once. Parked again, it keeps its place and takes the latest cause.
/// - A follower is parked only while an earlier event of its partition is parked, also against concurrent removals.
/// - A stored checkpoint never moves backwards, and a call with an earlier checkpoint than the stored one parks nothing.
/// - Only the holder of the latest lease parks events: see [`SubscriptionLocks`](crate::backend::SubscriptionLocks).
/// - Hard-deleted events are not parked, and stop being parked when they are deleted.
#[async_trait]
pub trait ParkedEventStore: Send + Sync {
    /// Parks events and stores the checkpoint that goes with them.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::Error::InvalidInput) if the dead-letter stream would have no valid name
    /// - [`StreamDeleted`](crate::Error::StreamDeleted) if the dead-letter stream is soft-deleted
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which repeating the call with the same arguments settles the outcome
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome>;

    /// Returns what a subscription must know about its parked events when it starts.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog>;

    /// Returns the number of parked events.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn count_parked(&self, id: SubscriptionId) -> Result<u64>;

    /// Lists at most `limit` parked events with higher numbers than `after`, ordered by number; none if the limit is 0.
    ///
    /// The event with the number `after` need not be parked any more.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>>;

    /// Removes an event from the parked events after it was replayed or because it is discarded; returns whether it was parked.
    ///
    /// If the future is dropped, the event may be removed.
    ///
    /// # Errors
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which repeating the call with the same arguments settles whether the event
    ///   is parked, but returns `false` if the first call removed it
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool>;
}

impl SubscriptionKey {
    /// Returns the dead-letter stream of this subscription, into which its parked events are linked.
    ///
    /// # Errors
    ///
    /// [`InvalidStreamName::TooLong`] if the names of the subscription and of its stream are too long together.
    pub fn dead_letters(&self) -> Result<StreamName, InvalidStreamName> {
        StreamName::new(format!("dead-letters:{}:{}", self.name, self.selector))
    }
}
