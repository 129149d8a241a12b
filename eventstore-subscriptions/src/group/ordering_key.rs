use std::fmt;
use std::sync::Arc;

use eventstore_core::{PartitionKey, RecordedEvent, StatusText};

use crate::subscribe::PartitionBy;

/// Which events of a group are handled one after another: those with the same key.
///
/// The name is stored with the group, so that two processes cannot disagree about it unnoticed. An event without a key is ordered by its
/// stream.
#[derive(Clone)]
pub struct OrderingKey {
    name: StatusText,
    key: PartitionBy,
}

impl OrderingKey {
    /// Orders the events of each stream; the name is `stream`.
    pub fn stream() -> Self {
        Self::named("stream", |event| Some((&event.stream).into()))
    }

    /// Orders the events of each category, which is the name of the stream up to the first `-`; the name is `category`.
    pub fn category() -> Self {
        Self::named("category", |event| {
            let stream = event.stream.as_str();
            let category = stream.split_once('-').map_or(stream, |(category, _)| category);
            Some(category.into())
        })
    }

    /// Orders the events with the same correlation id; the name is `correlation id`.
    pub fn correlation_id() -> Self {
        Self::named("correlation id", |event| {
            event.correlation_id.map(|id| id.to_string().into())
        })
    }

    /// Orders the events for which this function returns the same key, such as a field of their metadata.
    ///
    /// The function must return the same key for the same event in every process and version: change the name with the function. It must be
    /// quick, because the group waits for it. If it panics, the group ends.
    pub fn by(
        name: impl Into<StatusText>,
        key: impl Fn(&RecordedEvent) -> Option<PartitionKey> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: StatusText::new(format!("by {}", name.into())),
            key: Arc::new(key),
        }
    }

    /// Returns the name under which it is stored: the one given to [`by`](Self::by) has `by ` before it.
    pub fn name(&self) -> &StatusText {
        &self.name
    }

    /// Returns the key of an event.
    pub fn key_of(&self, event: &RecordedEvent) -> PartitionKey {
        (self.key)(event).unwrap_or_else(|| (&event.stream).into())
    }

    fn named(name: &str, key: impl Fn(&RecordedEvent) -> Option<PartitionKey> + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            key: Arc::new(key),
        }
    }
}

impl fmt::Debug for OrderingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OrderingKey").field(&self.name).finish()
    }
}
