use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
    fn serialize<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
        rmp_serde::to_vec_named(value)
            .map(Bytes::from)
            .map_err(SerdeError::serialize::<T>)
    }

    fn deserialize<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, SerdeError> {
        rmp_serde::from_slice(bytes).map_err(|error| SerdeError::deserialize::<T>(bytes, error))
    }
}
