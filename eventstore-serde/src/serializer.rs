use std::borrow::Cow;
use std::marker::PhantomData;

use bytes::Bytes;
use eventstore_core::backend::{PayloadFormat, PayloadStorage};
use eventstore_core::{EventType, NewEvent, RecordedEvent, RecordedSnapshot, Snapshot, StreamName, StreamVersion};
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use uuid::Uuid;

use crate::{Layer, NamedEvent, SerdeError, TraceContext};

/// The text that stores of other programs keep for missing metadata.
pub(crate) const ENCODED_NULL: &[u8] = b"null";

/// Turns values into the payload bytes of an event and back: a serde format, and the [layers](Layer) around it.
///
/// To support your own format, implement two functions, as here for [postcard](https://docs.rs/postcard), whose schema is
/// the Rust type:
///
/// ```
/// use bytes::Bytes;
/// use eventstore_serde::{SerdeError, Serializer};
/// use serde::Serialize;
/// use serde::de::DeserializeSeed;
///
/// #[derive(Debug, Clone, Copy)]
/// struct Postcard;
///
/// impl Serializer for Postcard {
///     fn serialize_plain<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
///         let bytes = postcard::to_stdvec(value).map_err(SerdeError::serialize::<T>)?;
///         Ok(bytes.into())
///     }
///
///     fn deserialize_plain<'de, T: DeserializeSeed<'de>>(&self, seed: T, bytes: &'de [u8]) -> Result<T::Value, SerdeError> {
///         let mut deserializer = postcard::Deserializer::from_bytes(bytes);
///         seed.deserialize(&mut deserializer)
///             .map_err(|error| SerdeError::deserialize::<T::Value>(bytes, error))
///     }
/// }
///
/// let bytes = Postcard.serialize(&(7_u32, "Ada"))?;
/// assert_eq!(Postcard.deserialize::<(u32, String)>(&bytes)?, (7, "Ada".to_owned()));
/// # Ok::<(), SerdeError>(())
/// ```
///
/// # Contract
///
/// - A serialized value deserializes to an equal value.
/// - No input makes either direction panic.
pub trait Serializer: Send + Sync {
    /// Turns a value into bytes of the format alone, without the layers around it.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Serialize`] if the format cannot hold the value.
    fn serialize_plain<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError>;

    /// Turns bytes of the format alone into the value that the seed describes.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Deserialize`] if the bytes are not such a value.
    fn deserialize_plain<'de, T: DeserializeSeed<'de>>(
        &self,
        seed: T,
        bytes: &'de [u8],
    ) -> Result<T::Value, SerdeError>;

    /// Applies the layers to bytes of the format.
    ///
    /// # Errors
    ///
    /// The errors of the layers.
    #[inline]
    fn seal(&self, bytes: Bytes) -> Result<Bytes, SerdeError> {
        Ok(bytes)
    }

    /// Removes the layers, and returns the bytes of the format alone.
    ///
    /// # Errors
    ///
    /// The errors of the layers.
    #[inline]
    fn open<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, SerdeError> {
        Ok(Cow::Borrowed(bytes))
    }

    /// Returns whether a storage that keeps payloads in this format can keep this serializer's payloads.
    fn fits(&self, storage: PayloadFormat) -> bool {
        storage == PayloadFormat::Bytes
    }

    /// Refuses a storage that cannot keep this serializer's payloads; call it when the program starts.
    ///
    /// # Errors
    ///
    /// [`SerdeError::StorageMismatch`]
    fn check_storage(&self, storage: &(impl PayloadStorage + ?Sized)) -> Result<(), SerdeError> {
        let format = storage.payload_format();
        if self.fits(format) {
            return Ok(());
        }
        Err(SerdeError::StorageMismatch {
            serializer: std::any::type_name::<Self>(),
            storage: format,
        })
    }

    /// Turns a value into bytes that can be stored.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Serialize`] if the format cannot hold the value, and the errors of the layers.
    #[inline]
    fn serialize<T: Serialize + ?Sized>(&self, value: &T) -> Result<Bytes, SerdeError> {
        self.seal(self.serialize_plain(value)?)
    }

    /// Turns stored bytes back into a value.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Deserialize`] if the bytes are not such a value, and the errors of the layers.
    #[inline]
    fn deserialize<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, SerdeError> {
        self.deserialize_plain(PhantomData::<T>, &self.open(bytes)?)
    }

    /// Creates a new event of this type with a fresh, time-ordered id (UUID version 7).
    ///
    /// # Errors
    ///
    /// - [`SerdeError::Serialize`] if the format cannot hold the data
    /// - [`SerdeError::InvalidEventType`] if the type holds a NUL character
    fn event<T: Serialize + ?Sized>(
        &self,
        event_type: impl TryInto<EventType, Error: Into<SerdeError>>,
        data: &T,
    ) -> Result<NewEvent, SerdeError> {
        let event_type = event_type.try_into().map_err(Into::into)?;
        Ok(NewEvent::new(Uuid::now_v7(), event_type, self.serialize(data)?))
    }

    /// Creates a new event of the type that the data names, with a fresh, time-ordered id.
    ///
    /// # Errors
    ///
    /// - [`SerdeError::Serialize`] if the format cannot hold the data
    /// - [`SerdeError::InvalidEventType`] if the name holds a NUL character
    fn named_event<T: NamedEvent + Serialize>(&self, data: &T) -> Result<NewEvent, SerdeError> {
        self.event(EventType::new(T::EVENT_TYPE)?, data)
    }

    /// Reads the content of a stored event; returns `None` if the event's type is not the one that `T` names.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Event`] if the event has that type but its content is not a `T`.
    fn named_data<T: NamedEvent + DeserializeOwned>(&self, event: &RecordedEvent) -> Result<Option<T>, SerdeError> {
        let is_named = event.event_type.as_str() == T::EVENT_TYPE;
        is_named.then(|| self.data(event)).transpose()
    }

    /// Reads the content of a stored event.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Event`] if the content is not a `T`.
    fn data<T: DeserializeOwned>(&self, event: &RecordedEvent) -> Result<T, SerdeError> {
        self.deserialize(&event.data).map_err(|error| error.of(event))
    }

    /// Reads the metadata of a stored event, as a struct or a map; returns `None` if there is none, or an encoded `null`.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Event`] if the metadata is not a `T`.
    fn metadata<T: DeserializeOwned>(&self, event: &RecordedEvent) -> Result<Option<T>, SerdeError> {
        self.optional(event.metadata.as_deref())
            .map_err(|error| error.of(event))
    }

    /// Reads the trace context in the metadata of a stored event; returns `None` if there is none that can be read.
    ///
    /// A trace is no reason not to handle an event, so metadata that cannot be read is no error here.
    fn trace_context(&self, event: &RecordedEvent) -> Option<TraceContext> {
        self.optional(event.metadata.as_deref()).ok().flatten()
    }

    /// Creates a snapshot of a state that was folded from the events up to this version.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Serialize`] if the format cannot hold the state.
    fn snapshot<T: Serialize + ?Sized>(
        &self,
        source: StreamName,
        version: StreamVersion,
        snapshot_type: EventType,
        state: &T,
    ) -> Result<Snapshot, SerdeError> {
        Ok(Snapshot {
            source,
            version,
            snapshot_type,
            data: self.serialize(state)?,
            metadata: None,
        })
    }

    /// Reads the state from a recorded snapshot.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Deserialize`] if it is not a `T`, and the errors of the layers.
    fn state<T: DeserializeOwned>(&self, recorded: &RecordedSnapshot) -> Result<T, SerdeError> {
        self.deserialize(&recorded.snapshot.data)
    }

    /// Reads the value of a payload; returns `None` if the payload is missing, or an encoded `null`.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Deserialize`] if it is not a `T`, and the errors of the layers.
    fn optional<T: DeserializeOwned>(&self, payload: Option<&[u8]>) -> Result<Option<T>, SerdeError> {
        match payload {
            None | Some(ENCODED_NULL) => Ok(None),
            Some(bytes) => self.deserialize(bytes).map(Some),
        }
    }

    /// Puts a layer around this serializer.
    fn with_layer<L: Layer>(self, layer: L) -> Layered<Self, L>
    where
        Self: Sized,
    {
        Layered::new(self, layer)
    }
}

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
