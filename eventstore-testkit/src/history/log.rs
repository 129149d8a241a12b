use eventstore_core::{EventReader, EventReaderExt, Read, RecordedEvent, Result};
use futures_util::TryStreamExt;
use uuid::Uuid;

/// All events of a store, in the order of `$all`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    pub(super) events: Vec<LogEvent>,
}

/// A stored event, as plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Its position in `$all`.
    pub position: u64,
    /// Its id.
    pub event: Uuid,
    /// The stream that it was appended to.
    pub stream: String,
    /// Its version in that stream.
    pub version: u64,
    /// Its type.
    pub event_type: String,
}

impl Log {
    /// Creates a log from events in the order in which they were stored.
    #[must_use]
    pub fn of(events: Vec<LogEvent>) -> Self {
        Self { events }
    }

    /// Reads all events of a store.
    ///
    /// # Errors
    ///
    /// The errors of [`EventReader::read_page`].
    pub async fn read(store: &dyn EventReader) -> Result<Self> {
        let events = store.read(Read::all()).map_ok(LogEvent::from);
        Ok(Self::of(events.try_collect().await?))
    }

    /// Returns the number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Returns whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

impl From<RecordedEvent> for LogEvent {
    fn from(event: RecordedEvent) -> Self {
        Self {
            position: event.position.unwrap_or_default().get(),
            event: event.event_id.as_uuid(),
            stream: event.stream.as_str().to_owned(),
            version: event.stream_version.get(),
            event_type: event.event_type.as_str().to_owned(),
        }
    }
}
