use bytes::Bytes;
use eventstore_core::{EventType, NewEvent, RecordedEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::SerdeError;

/// The text that stores of other programs keep for missing metadata.
const ENCODED_NULL: &[u8] = b"null";

/// Turns values into the bytes of an event and back.
///
/// # Contract
///
/// - What was serialized deserializes to an equal value.
/// - No input makes either direction panic.
pub trait Serializer: Send + Sync {
    /// Turns a value into bytes.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Serialize`] if the format cannot hold the value.
    fn serialize<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError>;

    /// Turns bytes back into a value.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Deserialize`] if the bytes are not such a value.
    fn deserialize<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, SerdeError>;

    /// A new event of this type with a fresh, time-ordered id (UUID version 7).
    ///
    /// # Errors
    ///
    /// [`SerdeError::Serialize`] if the format cannot hold the data.
    fn event<T: Serialize + ?Sized>(&self, event_type: EventType, data: &T) -> Result<NewEvent, SerdeError> {
        Ok(NewEvent::new(Uuid::now_v7(), event_type, self.serialize(data)?))
    }

    /// The content of a stored event.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Deserialize`] if it is not a `T`.
    fn data<T: DeserializeOwned>(&self, event: &RecordedEvent) -> Result<T, SerdeError> {
        self.deserialize(&event.data).map_err(|error| error.of(event))
    }

    /// The metadata of a stored event; `None` if it has none, or an encoded `null`.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Deserialize`] if it is not a `T`.
    fn metadata<T: DeserializeOwned>(&self, event: &RecordedEvent) -> Result<Option<T>, SerdeError> {
        match event.metadata.as_deref() {
            None | Some(ENCODED_NULL) => Ok(None),
            Some(bytes) => self.deserialize(bytes).map(Some).map_err(|error| error.of(event)),
        }
    }
}
