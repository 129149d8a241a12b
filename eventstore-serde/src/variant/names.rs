use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::SerdeError;

/// The names of all variants of an enum, aliases among them.
pub(crate) fn names_of<E: DeserializeOwned>() -> Result<&'static [&'static str], SerdeError> {
    match E::deserialize(FindNames) {
        Err(Finding::Names(names)) => Ok(names),
        _ => Err(SerdeError::NotAnEnum {
            type_name: std::any::type_name::<E>(),
        }),
    }
}

/// Takes note of what an enum asks for, and gives it nothing.
struct FindNames;

/// The result, which serde takes for an error.
#[derive(Debug)]
enum Finding {
    Names(&'static [&'static str]),
    NoEnum,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no more has to be deserialized")
    }
}

impl std::error::Error for Finding {}

impl de::Error for Finding {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::NoEnum
    }
}

impl<'de> Deserializer<'de> for FindNames {
    type Error = Finding;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Finding> {
        Err(Finding::NoEnum)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Finding> {
        Err(Finding::Names(variants))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Finding> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}
