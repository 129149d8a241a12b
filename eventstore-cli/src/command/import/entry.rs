use eventstore_core::{
    EventId, GroupSettings, NewEvent, ParkCause, PartitionKey, Snapshot, StreamName, StreamVersion, SubscriptionKey,
};

use crate::portable::Prefix;

/// What a line of an export contains.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// An event of this stream, and its version there, if the line tells it.
    Event {
        stream: StreamName,
        version: Option<StreamVersion>,
        event: NewEvent,
    },
    /// A link in this stream.
    Link { stream: StreamName, event_id: EventId },
    /// A stream that is soft-deleted.
    Deleted { stream: StreamName },
    /// A snapshot, and the last event that was folded into it, if its source is a stream.
    Snapshot {
        snapshot: Snapshot,
        event_id: Option<EventId>,
    },
    /// A subscription.
    Subscription(SubscriptionEntry),
}

/// How far a subscription was.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SubscriptionEntry {
    pub(super) key: SubscriptionKey,
    /// Only of a group, whose partitions are subscriptions of their own.
    pub(super) group: Option<GroupSettings>,
    pub(super) acknowledged: Prefix,
    pub(super) parked: Vec<ParkedEntry>,
}

/// An event that a subscription has parked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ParkedEntry {
    pub(super) event_id: EventId,
    pub(super) partition: Option<PartitionKey>,
    pub(super) cause: ParkCause,
}
