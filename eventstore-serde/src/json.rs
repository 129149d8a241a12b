use bytes::Bytes;
use eventstore_core::backend::PayloadFormat;
use serde::Serialize;
use serde::de::DeserializeSeed;

use crate::{SerdeError, Serializer};

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
