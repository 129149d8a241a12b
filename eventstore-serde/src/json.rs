use std::collections::BTreeMap;

use bytes::Bytes;
use eventstore_core::NewEvent;
use eventstore_core::backend::PayloadFormat;
use serde::Serialize;
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use crate::serializer::ENCODED_NULL;
use crate::{SerdeError, Serializer, TraceContext};

/// JSON text (RFC 8259) by `serde_json`, for stores that keep bytes and for those that keep JSON values.
///
/// ```
/// use eventstore_serde::{Json, Serializer};
///
/// let bytes = Json.serialize(&vec![1, 2, 3])?;
/// assert_eq!(&bytes[..], b"[1,2,3]");
/// assert_eq!(Json.deserialize::<Vec<u8>>(&bytes)?, [1, 2, 3]);
/// # Ok::<(), eventstore_serde::SerdeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Json;

/// The members of a JSON object, each as it is written.
type Members<'a> = BTreeMap<String, &'a RawValue>;

impl Json {
    /// Puts the trace context into the metadata of an event, in place of one that is there; all other metadata is kept.
    ///
    /// ```
    /// use eventstore_core::{EventType, NewEvent};
    /// use eventstore_serde::{Json, TraceContext};
    /// # use uuid::Uuid;
    ///
    /// let context = TraceContext::new("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None)?;
    /// let mut event = NewEvent::new(Uuid::now_v7(), EventType::new("OrderPlaced")?, "{}");
    /// Json.set_trace_context(&mut event, &context)?;
    /// assert_eq!(
    ///     event.metadata.as_deref(),
    ///     Some(&br#"{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#[..])
    /// );
    /// # Ok::<(), eventstore_core::Error>(())
    /// ```
    ///
    /// For another format, and for metadata with layers around it, make the [`TraceContext`] a part of the metadata before it is encoded.
    ///
    /// # Errors
    ///
    /// [`SerdeError::MetadataNotAnObject`] if the event has metadata that is not a JSON object; then the event is not changed.
    pub fn set_trace_context(&self, event: &mut NewEvent, context: &TraceContext) -> Result<(), SerdeError> {
        let mut members = members(event.metadata.as_deref())?;
        // A `tracestate` belongs to its own `traceparent`.
        members.retain(|name, _| !matches!(&**name, "traceparent" | "tracestate"));
        event.metadata = Some(self.serialize(&WithContext { members, context })?);
        Ok(())
    }
}

fn members(metadata: Option<&[u8]>) -> Result<Members<'_>, SerdeError> {
    match metadata {
        None | Some(ENCODED_NULL) => Ok(Members::new()),
        Some(bytes) => {
            serde_json::from_slice(bytes).map_err(|error| SerdeError::MetadataNotAnObject { source: error.into() })
        }
    }
}

/// Metadata with a trace context beside what is there.
#[derive(Serialize)]
struct WithContext<'a> {
    #[serde(flatten)]
    members: Members<'a>,
    #[serde(flatten)]
    context: &'a TraceContext,
}

impl Serializer for Json {
    #[inline]
    fn serialize_plain<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
        serde_json::to_vec(value)
            .map(Bytes::from)
            .map_err(SerdeError::serialize::<T>)
    }

    #[inline]
    fn deserialize_plain<'de, T: DeserializeSeed<'de>>(
        &self,
        seed: T,
        bytes: &'de [u8],
    ) -> Result<T::Value, SerdeError> {
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        let value = seed.deserialize(&mut deserializer);
        value
            .and_then(|value| deserializer.end().map(|()| value))
            .map_err(|error| SerdeError::deserialize::<T::Value>(bytes, error))
    }

    fn fits(&self, _: PayloadFormat) -> bool {
        true
    }
}
