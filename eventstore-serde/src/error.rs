use eventstore_core::{BoxError, Error, EventType, RecordedEvent, StreamName, StreamVersion};
use thiserror::Error as ThisError;

/// A value that could not be turned into bytes, or bytes that are no such value.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum SerdeError {
    /// The value cannot be written in the serializer's format.
    #[error("cannot serialize a value of type {type_name}")]
    Serialize {
        /// The Rust type of the value.
        type_name: &'static str,
        /// The format's own error.
        source: BoxError,
    },
    /// The bytes are not a value of the type that was asked for.
    #[error("cannot deserialize {length} bytes into {type_name}")]
    Deserialize {
        /// The Rust type that was asked for.
        type_name: &'static str,
        /// How many bytes there were.
        length: usize,
        /// The format's own error.
        source: BoxError,
    },
    /// A stored event does not hold what was asked for.
    #[error("event {event_type} at version {version} of stream {stream:?}: {source}")]
    Event {
        /// The stream that the event was appended to.
        stream: StreamName,
        /// Its place in that stream.
        version: StreamVersion,
        /// What kind of thing happened.
        event_type: EventType,
        /// Why its payload could not be read.
        source: Box<SerdeError>,
    },
}

impl SerdeError {
    /// A failure to write a `T`.
    pub fn serialize<T: ?Sized>(source: impl Into<BoxError>) -> Self {
        Self::Serialize {
            type_name: std::any::type_name::<T>(),
            source: source.into(),
        }
    }

    /// A failure to read a `T` from `bytes`.
    pub fn deserialize<T>(bytes: &[u8], source: impl Into<BoxError>) -> Self {
        let type_name = std::any::type_name::<T>();
        Self::Deserialize {
            type_name,
            length: bytes.len(),
            source: source.into(),
        }
    }

    /// This failure as one to read the payload of `event`.
    #[must_use]
    pub fn of(self, event: &RecordedEvent) -> Self {
        Self::Event {
            stream: event.stream.clone(),
            version: event.stream_version,
            event_type: event.event_type.clone(),
            source: Box::new(self),
        }
    }
}

impl From<SerdeError> for Error {
    fn from(error: SerdeError) -> Self {
        Self::Payload {
            message: error.to_string(),
            source: error.into(),
        }
    }
}
