use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{SerdeError, Serializer};

/// JSON text (RFC 8259) by `serde_json`.
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
    fn serialize<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
        serde_json::to_vec(value)
            .map(Bytes::from)
            .map_err(SerdeError::serialize::<T>)
    }

    fn deserialize<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, SerdeError> {
        serde_json::from_slice(bytes).map_err(|error| SerdeError::deserialize::<T>(bytes, error))
    }
}
