use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::{SerdeError, Serializer};

/// The variant of this name with this content; `None` if `E` has no such variant.
///
/// The content is the stored data, unless there is already something in its place without layers.
pub(crate) fn decode<E, S>(
    serializer: &S,
    name: &str,
    data: &[u8],
    opened: Option<Vec<u8>>,
) -> Result<Option<E>, SerdeError>
where
    E: DeserializeOwned,
    S: Serializer,
{
    let opened = opened.map_or_else(OnceCell::new, |opened| OnceCell::from(Cow::Owned(opened)));
    let variant = Variant {
        serializer,
        name,
        data,
        opened: &opened,
    };
    match E::deserialize(variant) {
        Ok(event) => Ok(Some(event)),
        Err(Failure::UnknownVariant) => Ok(None),
        Err(Failure::NoEnum) => Err(SerdeError::NotAnEnum {
            type_name: std::any::type_name::<E>(),
        }),
        Err(Failure::Content(error)) => Err(error),
        Err(Failure::Other(message)) => Err(SerdeError::deserialize::<E>(data, message)),
    }
}

/// A stored event, to be deserialized as a variant of an enum.
struct Variant<'de, S> {
    serializer: &'de S,
    name: &'de str,
    data: &'de [u8],
    /// The data without its layers: computed when the data is requested, which never happens for an unknown type.
    opened: &'de OnceCell<Cow<'de, [u8]>>,
}

impl<'de, S: Serializer> Variant<'de, S> {
    fn content<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        self.serializer
            .deserialize_plain(seed, self.open()?)
            .map_err(Failure::Content)
    }

    fn open(&self) -> Result<&'de [u8], Failure> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened = self.serializer.open(self.data).map_err(Failure::Content)?;
        Ok(self.opened.get_or_init(|| opened))
    }
}

impl<'de, S: Serializer> Deserializer<'de> for Variant<'de, S> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Failure> {
        Err(Failure::NoEnum)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, S: Serializer> EnumAccess<'de> for Variant<'de, S> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Failure> {
        let name = BorrowedStrDeserializer::<Failure>::new(self.name);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de, S: Serializer> VariantAccess<'de> for Variant<'de, S> {
    type Error = Failure;

    /// There is nothing to know from the data; a catch-all variant takes whatever is there.
    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        self.content(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        self.content(Tuple { length, visitor })
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Failure> {
        self.content(Struct { fields, visitor })
    }
}

struct Tuple<V> {
    length: usize,
    visitor: V,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Tuple<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_tuple(self.length, self.visitor)
    }
}

struct Struct<V> {
    fields: &'static [&'static str],
    visitor: V,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Struct<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_struct("", self.fields, self.visitor)
    }
}

/// Why an event is not a variant of the enum.
#[derive(Debug)]
enum Failure {
    UnknownVariant,
    NoEnum,
    Content(SerdeError),
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVariant => f.write_str("the type is unknown"),
            Self::NoEnum => f.write_str("no enum was asked for"),
            Self::Content(error) => error.fmt(f),
            Self::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownVariant
    }
}
