use std::convert::Infallible;

use eventstore_core::backend::PayloadFormat;
use eventstore_core::{BoxError, Error, EventType, InvalidEventType, RecordedEvent, StreamName, StreamVersion};
use thiserror::Error as ThisError;

/// Why a value could not be turned into bytes, or bytes could not be turned into a value.
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
    /// The bytes are not a value of the requested type.
    #[error("cannot deserialize {length} bytes into {type_name}")]
    Deserialize {
        /// The requested Rust type.
        type_name: &'static str,
        /// The number of bytes.
        length: usize,
        /// The format's own error.
        source: BoxError,
    },
    /// A stored event does not hold what was requested.
    #[error("event {event_type} at version {version} of stream {stream:?}: {source}")]
    Event {
        /// The stream that the event was appended to.
        stream: StreamName,
        /// The event's version in that stream.
        version: StreamVersion,
        /// The event type.
        event_type: EventType,
        /// Why the payload could not be read.
        source: Box<SerdeError>,
    },
    /// The value is not a variant of an externally tagged serde enum, so nothing names its event type.
    #[error("{type_name} is no enum whose variants serde names: derive it without `tag`, `content` or `untagged`")]
    NotAnEnum {
        /// The Rust type of the value.
        type_name: &'static str,
    },
    /// The name of the variant, or of the struct, is not a valid event type.
    #[error(transparent)]
    InvalidEventType(#[from] InvalidEventType),
    /// The enum has no variant for the type of the event.
    #[error("{type_name} has no variant for events of the type {event_type}")]
    UnknownEventType {
        /// The requested Rust type.
        type_name: &'static str,
        /// The type of the event.
        event_type: String,
    },
    /// No upcasting step leads on from the version in which the event was written.
    #[error("no upcaster leads from version {version} of {event_type} to version {newest}")]
    MissingUpcaster {
        /// The type of the event, without prefix and version.
        event_type: String,
        /// The version for which the step is missing.
        version: u32,
        /// The version that is written now.
        newest: u32,
    },
    /// The event was written by a newer program, in a version that this program does not know.
    #[error("version {version} of {event_type} is newer than {newest}, the newest one known")]
    NewerVersion {
        /// The type of the event, without prefix and version.
        event_type: String,
        /// The version in which it was written.
        version: u32,
        /// The version that is written now.
        newest: u32,
    },
    /// An upcasting step refused the content of the event.
    #[error("cannot turn version {version} of {event_type} into the next one")]
    Upcast {
        /// The type of the event, without prefix and version.
        event_type: String,
        /// The version that the step was to convert from.
        version: u32,
        /// The error of the step.
        source: BoxError,
    },
    /// The key of the subject was deleted: what was encrypted with it is lost for good, and nothing more is written for the
    /// subject.
    #[error("the key of subject {subject:?} was deleted")]
    Erased {
        /// The subject whose key was deleted.
        subject: String,
    },
    /// A layer could not be applied to a payload, or found damaged bytes.
    #[error("{layer}: {message}")]
    Layer {
        /// The layer.
        layer: &'static str,
        /// What is wrong.
        message: String,
        /// The error of another library, if there is one.
        source: Option<BoxError>,
    },
    /// The metadata of the event is not a JSON object, so nothing can be added to it.
    #[error("the metadata is not a JSON object")]
    MetadataNotAnObject {
        /// The format's own error.
        source: BoxError,
    },
    /// The storage cannot keep the serializer's payloads.
    #[error("{serializer} does not fit a storage whose payloads are {}", describe(*storage))]
    StorageMismatch {
        /// The Rust type of the serializer.
        serializer: &'static str,
        /// What the storage keeps.
        storage: PayloadFormat,
    },
}

fn describe(format: PayloadFormat) -> &'static str {
    match format {
        PayloadFormat::Bytes => "bytes",
        PayloadFormat::Json => "JSON values",
    }
}

impl From<Infallible> for SerdeError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl SerdeError {
    /// Creates the error for a failure to serialize a `T`.
    #[cold]
    pub fn serialize<T: ?Sized>(source: impl Into<BoxError>) -> Self {
        Self::Serialize {
            type_name: std::any::type_name::<T>(),
            source: source.into(),
        }
    }

    /// Creates the error for a failure to deserialize a `T` from `bytes`.
    #[cold]
    pub fn deserialize<T>(bytes: &[u8], source: impl Into<BoxError>) -> Self {
        let type_name = std::any::type_name::<T>();
        Self::Deserialize {
            type_name,
            length: bytes.len(),
            source: source.into(),
        }
    }

    /// Creates the error for a payload that a layer cannot open, or cannot be applied to.
    pub fn layer(layer: &'static str, message: impl Into<String>) -> Self {
        Self::Layer {
            layer,
            message: message.into(),
            source: None,
        }
    }

    /// Wraps this error as a failure to read the payload of `event`.
    #[must_use]
    pub fn of(self, event: &RecordedEvent) -> Self {
        Self::Event {
            stream: event.stream.clone(),
            version: event.stream_version,
            event_type: event.event_type.clone(),
            source: Box::new(self),
        }
    }

    /// Returns the subject whose key was deleted, if that is why the payload cannot be read.
    pub fn erased_subject(&self) -> Option<&str> {
        match self {
            Self::Erased { subject } => Some(subject),
            Self::Event { source, .. } => source.erased_subject(),
            _ => None,
        }
    }
}

impl From<SerdeError> for Error {
    fn from(error: SerdeError) -> Self {
        match error {
            SerdeError::InvalidEventType(invalid) => invalid.into(),
            SerdeError::MetadataNotAnObject { .. } => Self::invalid_input("metadata", &error),
            SerdeError::StorageMismatch { .. } => Self::invalid_input("serializer", &error),
            error => Self::Payload {
                message: error.to_string(),
                source: error.into(),
            },
        }
    }
}
