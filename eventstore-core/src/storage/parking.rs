use std::collections::HashSet;

use async_trait::async_trait;

use crate::{
    EventId, EventNumber, InvalidStreamName, LeaseToken, PartitionKey, Result, StreamName, SubscriptionId,
    SubscriptionKey, Timestamp,
};

/// Why an event is put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ParkCause {
    /// It could not be dealt with.
    Rejected {
        /// What its subscriber says about it.
        reason: String,
        /// How often it was delivered.
        attempts: u32,
    },
    /// An earlier event of its partition is parked: it is parked only while that is so.
    Follows,
}

/// An event of a subscription that is to be put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventToPark {
    /// Its number in the stream that is subscribed to.
    pub number: EventNumber,
    /// Its id.
    pub event_id: EventId,
    /// Its partition, if it has one.
    pub partition: Option<PartitionKey>,
    /// Why it is put aside.
    pub cause: ParkCause,
}

/// Events that a subscription puts aside, and where it stands then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parking {
    /// The lease under which they are parked.
    pub lease: LeaseToken,
    /// What identifies the subscription.
    pub key: SubscriptionKey,
    /// The events, ordered by their numbers.
    pub events: Vec<EventToPark>,
    /// The checkpoint that goes with it: parked events count as acknowledged.
    pub checkpoint: EventNumber,
}

impl Parking {
    /// The followers that no event before them in this parking puts aside: whether they are to be parked depends on what is
    /// parked already.
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

/// What became of events that were to be parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParkOutcome {
    /// They are parked, and the checkpoint is stored.
    Parked,
    /// Nothing was changed: of these partitions nothing is parked any more, so that their events can be delivered. Each is
    /// told once, in the order of their bytes.
    Drained(Vec<PartitionKey>),
    /// Nothing was changed: a later checkpoint, this one, stands in storage.
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
    /// Its number in the stream that is subscribed to.
    pub number: EventNumber,
    /// Its id.
    pub event_id: EventId,
    /// Its partition, if it has one.
    pub partition: Option<PartitionKey>,
    /// Why it was put aside.
    pub cause: ParkCause,
    /// When it was put aside.
    pub parked_at: Timestamp,
}

/// What a subscription has to know of its parked events when it begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParkedBacklog {
    /// The partitions of which something is parked, each once, in the order of their bytes.
    pub partitions: Vec<PartitionKey>,
    /// The numbers of parked events beyond the checkpoint, in their order: they are not delivered again.
    pub numbers: Vec<EventNumber>,
}

/// Keeps events of subscriptions that could not be dealt with, until they are replayed or discarded.
///
/// # Contract
///
/// - Events are parked together with the checkpoint, or neither is stored, also if the future is dropped: nobody sees the one
///   without the other.
/// - Each parked event is linked into the [dead-letter stream](SubscriptionKey::dead_letters) of its subscription, where it
///   stays. `$all` does not change.
/// - An event is parked once: parked again, it keeps its place, with the latest cause.
/// - A follower is parked only while an earlier event of its partition is, also against concurrent removals.
/// - A stored checkpoint never moves backwards, and whoever stands behind it parks nothing.
/// - Only the holder of the latest lease parks: see [`SubscriptionLocks`](crate::SubscriptionLocks).
/// - Events that were deleted for good are not parked, and are parked no longer.
#[async_trait]
pub trait ParkedEventStore: Send + Sync {
    /// Puts events aside and stores the checkpoint that goes with it.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::Error::InvalidInput) if the dead-letter stream would have no valid name
    /// - [`StreamDeleted`](crate::Error::StreamDeleted) if the dead-letter stream has been deleted softly
    /// - [`Unavailable`](crate::Error::Unavailable), [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which a call with
    ///   the same arguments makes sure of it, and failures of the storage
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome>;

    /// What a subscription has to know when it begins.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog>;

    /// How many events are parked.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn count_parked(&self, id: SubscriptionId) -> Result<u64>;

    /// At most so many parked events after this number, ordered by their numbers; none, if the limit is 0. The event of that
    /// number need not be parked any more.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>>;

    /// Ends the parking of an event that has been replayed, or is discarded; whether it was parked.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable), [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which a call with
    /// the same arguments makes sure of it, and failures of the storage.
    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool>;
}

impl SubscriptionKey {
    /// The stream into which the parked events of this subscription are linked.
    ///
    /// # Errors
    ///
    /// [`InvalidStreamName::TooLong`] if the names of the subscription and of its stream are too long together.
    pub fn dead_letters(&self) -> Result<StreamName, InvalidStreamName> {
        StreamName::new(format!("dead-letters:{}:{}", self.name, self.selector))
    }
}
