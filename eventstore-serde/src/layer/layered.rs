use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeSeed;

use super::Layer;
use crate::{SerdeError, Serializer};

/// A serializer with a layer around it, made by [`Serializer::with_layer`]. It yields bytes, whatever the inner format
/// is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layered<S, L> {
    inner: S,
    layer: L,
}

impl<S, L> Layered<S, L> {
    pub(crate) fn new(inner: S, layer: L) -> Self {
        Self { inner, layer }
    }

    /// Returns the inner serializer.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Returns the layer around it.
    pub fn layer(&self) -> &L {
        &self.layer
    }
}

impl<S: Serializer, L: Layer> Serializer for Layered<S, L> {
    #[inline]
    fn serialize_plain<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
        self.inner.serialize_plain(value)
    }

    #[inline]
    fn deserialize_plain<'de, T: DeserializeSeed<'de>>(
        &self,
        seed: T,
        bytes: &'de [u8],
    ) -> Result<T::Value, SerdeError> {
        self.inner.deserialize_plain(seed, bytes)
    }

    fn seal(&self, bytes: Bytes) -> Result<Bytes, SerdeError> {
        self.layer.seal(self.inner.seal(bytes)?)
    }

    fn open<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, SerdeError> {
        match self.layer.open(bytes)? {
            Cow::Borrowed(inner) => self.inner.open(inner),
            Cow::Owned(inner) => Ok(match self.inner.open(&inner)? {
                Cow::Owned(innermost) => Cow::Owned(innermost),
                Cow::Borrowed(same) if same.len() == inner.len() => Cow::Owned(inner),
                Cow::Borrowed(part) => Cow::Owned(part.to_vec()),
            }),
        }
    }
}
