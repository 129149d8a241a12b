use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::backend::NumberedEvent;

use crate::StreamName;

/// The ordering key of events whose relative order matters: such events are delivered one after another, to one subscriber at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionKey(Arc<str>);

impl PartitionKey {
    /// Creates the partition key from a text.
    pub fn new(key: impl Into<Arc<str>>) -> Self {
        Self(key.into())
    }

    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PartitionKey {
    type Err = Infallible;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(key))
    }
}

impl From<&str> for PartitionKey {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

impl From<String> for PartitionKey {
    fn from(key: String) -> Self {
        Self::new(key)
    }
}

impl From<&StreamName> for PartitionKey {
    fn from(stream: &StreamName) -> Self {
        Self::new(stream.as_str())
    }
}

/// An event that was read, with its partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionedEvent {
    /// The event.
    pub event: NumberedEvent,
    /// The event's partition; `None` if its order relative to other events does not matter.
    pub partition: Option<PartitionKey>,
}

/// An event that is delivered to a subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredEvent {
    /// The event.
    pub event: NumberedEvent,
    /// One more than the number of times that this event itself was refused, to be delivered again, under this lease.
    pub attempt: u32,
}

impl From<NumberedEvent> for PartitionedEvent {
    fn from(event: NumberedEvent) -> Self {
        Self { event, partition: None }
    }
}
