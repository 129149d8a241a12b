use std::fmt;

use eventstore_core::{PartitionCount, PartitionKey, PartitionNumber, SubscriptionKey};

use super::LogEvent;

/// A subscription to judge: which events it covers, and in which order they must arrive.
pub struct Watched {
    pub(super) name: String,
    source: Source,
    pub(super) start_after: u64,
    filter: Filter,
    partition: Partition,
}

type Filter = Box<dyn Fn(&LogEvent) -> bool + Send + Sync>;
type Partition = Box<dyn Fn(&LogEvent) -> Option<String> + Send + Sync>;

enum Source {
    All,
    Stream(String),
}

impl Watched {
    /// Watches the subscription of this name to all events, which must arrive in order.
    #[must_use]
    pub fn all(name: impl Into<String>) -> Self {
        Self::new(name.into(), Source::All)
    }

    /// Watches the subscription of this name to one stream without links.
    #[must_use]
    pub fn stream(name: impl Into<String>, stream: impl Into<String>) -> Self {
        Self::new(name.into(), Source::Stream(stream.into()))
    }

    /// Watches each partition of the group with this key, whose events of the same key must arrive in order, one by one. The function returns
    /// the ordering key of an event.
    #[must_use]
    pub fn partitions(group: &SubscriptionKey, count: PartitionCount, key: fn(&LogEvent) -> PartitionKey) -> Vec<Self> {
        let watched = |partition: PartitionNumber| {
            let name = partition_name(group, partition, count);
            Self::all(name).filtered(move |event| count.partition_of(&key(event)) == partition)
        };
        count.partitions().map(watched).collect()
    }

    /// Declares that the subscription begins after the event with this number.
    #[must_use]
    pub fn starting_after(self, number: u64) -> Self {
        Self {
            start_after: number,
            ..self
        }
    }

    /// Declares that only these events are to be delivered.
    #[must_use]
    pub fn filtered(self, filter: impl Fn(&LogEvent) -> bool + Send + Sync + 'static) -> Self {
        Self {
            filter: Box::new(filter),
            ..self
        }
    }

    /// Declares that only events with the same key must arrive in order; events without a key may arrive in any order.
    #[must_use]
    pub fn partitioned_by(self, key: impl Fn(&LogEvent) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            partition: Box::new(key),
            ..self
        }
    }

    fn new(name: String, source: Source) -> Self {
        Self {
            name,
            source,
            start_after: 0,
            filter: Box::new(|_| true),
            partition: Box::new(|_| Some(String::new())),
        }
    }

    /// The event's number for the subscribers; `None` if the subscription is about other streams.
    pub(super) fn number_of(&self, event: &LogEvent) -> Option<u64> {
        match &self.source {
            Source::All => Some(event.position),
            Source::Stream(stream) => (*stream == event.stream).then_some(event.version),
        }
    }

    pub(super) fn wants(&self, event: &LogEvent) -> bool {
        (self.filter)(event)
    }

    pub(super) fn key_of(&self, event: &LogEvent) -> Option<String> {
        (self.partition)(event)
    }
}

/// The name under which the partition of a group is watched: that of its stored subscription.
pub(super) fn partition_name(group: &SubscriptionKey, partition: PartitionNumber, count: PartitionCount) -> String {
    format!("{}[{partition}/{count}]", group.name)
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
