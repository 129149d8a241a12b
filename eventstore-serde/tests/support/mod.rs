//! Stored events without a store, and a serializer of a user's own.
#![allow(
    clippy::allow_attributes,
    dead_code,
    reason = "each test uses some of it, by the features that there are"
)]

use bytes::Bytes;
use eventstore_core::{EventType, NewEvent, RecordedEvent, StreamName, StreamVersion, Timestamp};
use eventstore_serde::{SerdeError, Serializer};
use serde::Serialize;
use serde::de::DeserializeSeed;
use uuid::Uuid;

pub(crate) fn recorded(event_type: &str, data: &[u8], metadata: Option<&[u8]>) -> RecordedEvent {
    let mut event = NewEvent::new(Uuid::nil(), EventType::new(event_type).unwrap(), data.to_vec());
    event.metadata = metadata.map(Bytes::copy_from_slice);
    let at = Timestamp::from_unix_micros(0).unwrap();
    RecordedEvent::new(event, StreamName::new("s").unwrap(), StreamVersion::FIRST, at)
}

/// The event as it is read back.
pub(crate) fn stored(event: &NewEvent) -> RecordedEvent {
    recorded(event.event_type.as_str(), &event.data, event.metadata.as_deref())
}

/// A format that describes nothing of itself: its schema is the Rust type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Postcard;

impl Serializer for Postcard {
    fn serialize_plain<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
        let bytes = postcard::to_stdvec(value).map_err(SerdeError::serialize::<T>)?;
        Ok(bytes.into())
    }

    fn deserialize_plain<'de, T: DeserializeSeed<'de>>(
        &self,
        seed: T,
        bytes: &'de [u8],
    ) -> Result<T::Value, SerdeError> {
        let mut deserializer = postcard::Deserializer::from_bytes(bytes);
        seed.deserialize(&mut deserializer)
            .map_err(|error| SerdeError::deserialize::<T::Value>(bytes, error))
    }
}

/// Encrypts for a subject that has a key.
#[cfg(feature = "encryption")]
pub(crate) fn encrypted<S: Serializer + Clone>(
    inner: S,
) -> eventstore_serde::Layered<S, eventstore_serde::Encryption<eventstore_serde::KeyRing>> {
    let keys = std::sync::Arc::new(eventstore_serde::KeyRing::new());
    keys.rotate("somebody").unwrap();
    inner
        .with_layer(eventstore_serde::Encryption::new(keys))
        .for_subject("somebody")
}
