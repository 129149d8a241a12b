use eventstore_core::{EventNumber, SubscriptionInfo};
use serde::Serialize;
use utoipa::ToSchema;

/// A persistent subscription.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct SubscriptionView {
    /// Its id in storage.
    pub(crate) id: i64,
    /// The stream that is subscribed to.
    pub(crate) stream: String,
    /// Its name.
    pub(crate) name: String,
    /// The number up to which every event has been acknowledged.
    pub(crate) checkpoint: u64,
    /// The number of the last event of its stream, if there is a stream.
    pub(crate) head: Option<u64>,
    /// How many events it has before it.
    pub(crate) lag: Option<u64>,
    /// Whether a process holds it.
    pub(crate) is_held: bool,
    /// Whether its checkpoint is beyond the end of its stream.
    pub(crate) is_beyond_head: bool,
    /// When it was created, as RFC 3339 writes it.
    pub(crate) created_at: String,
    /// How many of its events are parked.
    pub(crate) parked: u64,
}

impl SubscriptionView {
    pub(crate) fn new(info: &SubscriptionInfo, parked: u64) -> Self {
        Self {
            id: info.record.id.get(),
            stream: info.key.selector.to_string(),
            name: info.key.name.to_string(),
            checkpoint: info.record.checkpoint.get(),
            head: info.head.map(EventNumber::get),
            lag: info.lag(),
            is_held: info.is_held,
            is_beyond_head: info.is_beyond_head(),
            created_at: info.created_at.to_string(),
            parked,
        }
    }
}
