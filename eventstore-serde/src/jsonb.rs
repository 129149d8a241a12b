use bytes::Bytes;
use eventstore_core::backend::PayloadFormat;
use serde::Serialize;
use serde::de::DeserializeSeed;

use crate::{Json, SerdeError, Serializer};

/// The JSON text of [`Json`], for stores that keep JSON values and for no others: for programs that query payloads with SQL.
///
/// ```
/// use eventstore_core::backend::PayloadFormat;
/// use eventstore_serde::{Jsonb, Serializer};
///
/// assert!(Jsonb.fits(PayloadFormat::Json) && !Jsonb.fits(PayloadFormat::Bytes));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Jsonb;

impl Serializer for Jsonb {
    #[inline]
    fn serialize_plain<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
        Json.serialize_plain(value)
    }

    #[inline]
    fn deserialize_plain<'de, T: DeserializeSeed<'de>>(
        &self,
        seed: T,
        bytes: &'de [u8],
    ) -> Result<T::Value, SerdeError> {
        Json.deserialize_plain(seed, bytes)
    }

    fn fits(&self, storage: PayloadFormat) -> bool {
        storage == PayloadFormat::Json
    }
}
