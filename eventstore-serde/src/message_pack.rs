use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeSeed;

use crate::{SerdeError, Serializer};

/// [MessagePack](https://github.com/msgpack/msgpack/blob/master/spec.md) by `rmp-serde`, structs as maps with named fields.
///
/// ```
/// use eventstore_serde::{MessagePack, Serializer};
///
/// let bytes = MessagePack.serialize("moved")?;
/// assert_eq!(MessagePack.deserialize::<String>(&bytes)?, "moved");
/// # Ok::<(), eventstore_serde::SerdeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessagePack;

impl Serializer for MessagePack {
    #[inline]
    fn serialize_plain<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
        rmp_serde::to_vec_named(value)
            .map(Bytes::from)
            .map_err(SerdeError::serialize::<T>)
    }

    #[inline]
    fn deserialize_plain<'de, T: DeserializeSeed<'de>>(
        &self,
        seed: T,
        bytes: &'de [u8],
    ) -> Result<T::Value, SerdeError> {
        let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
        seed.deserialize(&mut deserializer)
            .map_err(|error| SerdeError::deserialize::<T::Value>(bytes, error))
    }
}
