mod decoded;
mod upcasters;
mod version_place;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use eventstore_core::backend::PayloadStorage;
use eventstore_core::{BoxError, EventType, NewEvent, RecordedEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub use decoded::Decoded;
pub use version_place::VersionPlace;

use self::upcasters::Upcasters;
use self::version_place::{FIRST, WithVersion, split, version_in_metadata};
use crate::{SerdeError, Serializer, variant};

/// Encodes and decodes the events of a set: a serde enum in which each variant is an event type.
///
/// The (renamed) name of a variant is the event type, and its content is the event's data. Variants of every kind work.
/// Derive the enum without `tag`, `content` and `untagged`, which is serde's default. The data of a unit variant is a
/// struct without fields, and is ignored when the event is read.
///
/// ```
/// # #[cfg(feature = "json")]
/// # fn main() -> Result<(), eventstore_serde::SerdeError> {
/// use eventstore_serde::{EventCodec, Json};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum AccountEvent {
///     #[serde(rename = "AccountOpened")]
///     Opened { owner: String },
///     Deposited(u64),
///     Closed,
/// }
///
/// let codec = EventCodec::<AccountEvent, _>::new(Json);
/// let event = codec.encode(&AccountEvent::Opened { owner: "Ada".to_owned() })?;
/// assert_eq!(event.event_type.as_str(), "AccountOpened");
/// assert_eq!(&event.data[..], br#"{"owner":"Ada"}"#);
/// assert_eq!(&codec.encode(&AccountEvent::Deposited(5))?.data[..], b"5");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "json"))]
/// # fn main() {}
/// ```
pub struct EventCodec<E, S> {
    serializer: S,
    type_prefix: Cow<'static, str>,
    version_place: VersionPlace,
    upcasters: Arc<Upcasters<S>>,
    events: PhantomData<fn() -> E>,
}

impl<E, S: Clone> Clone for EventCodec<E, S> {
    fn clone(&self) -> Self {
        self.with_serializer(self.serializer.clone())
    }
}

impl<E, S> EventCodec<E, S> {
    /// Returns a codec for the same set of events with another serializer of the same type, for example for another
    /// subject.
    #[must_use]
    pub fn with_serializer(&self, serializer: S) -> Self
    where
        S: Clone,
    {
        Self {
            serializer,
            type_prefix: self.type_prefix.clone(),
            version_place: self.version_place,
            upcasters: Arc::clone(&self.upcasters),
            events: PhantomData,
        }
    }

    /// Returns the serializer that produces the payloads.
    pub fn serializer(&self) -> &S {
        &self.serializer
    }
}

impl<E, S: Serializer> EventCodec<E, S> {
    /// Creates a codec whose payloads this serializer produces, with each event type in its first version.
    pub fn new(serializer: S) -> Self {
        Self {
            serializer,
            type_prefix: Cow::Borrowed(""),
            version_place: VersionPlace::default(),
            upcasters: Arc::default(),
            events: PhantomData,
        }
    }

    /// Prefixes the name of each variant with this text, for example `Elixir.Shop.` for event types that the Elixir
    /// EventStore names by its modules. Event types without the prefix are unknown.
    #[must_use]
    pub fn with_type_prefix(self, prefix: impl Into<Cow<'static, str>>) -> Self {
        Self {
            type_prefix: prefix.into(),
            ..self
        }
    }

    /// Keeps versions in this place, instead of in the metadata under `$version`.
    ///
    /// Events that were stored before keep their versions where they are, and are read as first versions.
    #[must_use]
    pub fn with_version_in(self, place: VersionPlace) -> Self {
        Self {
            version_place: place,
            ..self
        }
    }

    /// Reads events of this variant that were written in version `from` (counted from 1) by converting them to the next
    /// version.
    ///
    /// Steps are chained up to the highest one. Its result is what the variant holds now, which is the version that is
    /// written. `Old` and `New` are structs kept for this purpose, or values of any shape, such as `serde_json::Value`.
    ///
    /// ```
    /// # #[cfg(feature = "json")]
    /// # fn main() {
    /// # use eventstore_serde::{EventCodec, Json};
    /// # #[derive(serde::Serialize, serde::Deserialize)] struct Money { cents: u64, currency: String }
    /// # #[derive(serde::Serialize, serde::Deserialize)] enum AccountEvent { Deposited(Money) }
    /// let codec = EventCodec::<AccountEvent, _>::new(Json)
    ///     .upcast("Deposited", 1, |cents: u64| Ok(serde_json::json!({ "cents": cents })))
    ///     .upcast("Deposited", 2, |mut money: serde_json::Value| {
    ///         money["currency"] = "EUR".into();
    ///         Ok(money)
    ///     });
    /// # }
    /// # #[cfg(not(feature = "json"))]
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn upcast<Old, New, F>(mut self, variant: &str, from: u32, step: F) -> Self
    where
        Old: DeserializeOwned,
        New: Serialize,
        F: Fn(Old) -> Result<New, BoxError> + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.upcasters).add(variant, from, step);
        self
    }

    /// Returns every event type under which events of the set are stored, in any version: a filter must match all of them
    /// for a subscriber to get every event.
    ///
    /// The types that a catch-all variant takes beyond these cannot be listed.
    ///
    /// ```
    /// # #[cfg(feature = "json")]
    /// # fn main() -> eventstore_core::Result<()> {
    /// # use eventstore_core::EventFilter;
    /// # use eventstore_serde::{EventCodec, Json};
    /// # #[derive(serde::Serialize, serde::Deserialize)] enum AccountEvent { Deposited(u64) }
    /// # let codec = EventCodec::<AccountEvent, _>::new(Json);
    /// let of_accounts = EventFilter::default().with_event_types(codec.stored_types()?)?;
    /// # let _ = of_accounts;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "json"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`SerdeError::NotAnEnum`], [`SerdeError::InvalidEventType`]
    pub fn stored_types(&self) -> Result<BTreeSet<EventType>, SerdeError>
    where
        E: DeserializeOwned,
    {
        let variants = variant::names_of::<E>()?.iter();
        let names = variants.flat_map(|variant| self.version_place.all(variant, self.upcasters.newest(variant)));
        names.map(|name| self.prefixed(&name)).collect()
    }

    /// Returns the codec, or refuses a storage that cannot keep the serializer's payloads.
    ///
    /// # Errors
    ///
    /// [`SerdeError::StorageMismatch`]
    pub fn for_storage(self, storage: &(impl PayloadStorage + ?Sized)) -> Result<Self, SerdeError> {
        self.serializer.check_storage(storage)?;
        Ok(self)
    }

    /// Encodes an event, with a fresh, time-ordered id (UUID version 7).
    ///
    /// # Errors
    ///
    /// - [`SerdeError::Serialize`], [`SerdeError::NotAnEnum`], [`SerdeError::InvalidEventType`]
    /// - [`SerdeError::Erased`] and the errors of the layers
    pub fn encode(&self, event: &E) -> Result<NewEvent, SerdeError>
    where
        E: Serialize,
    {
        self.encode_with(event, None::<&()>)
    }

    /// Encodes an event with metadata, which is a struct or a map.
    ///
    /// # Errors
    ///
    /// The errors of [`encode`](Self::encode).
    pub fn encode_with<M>(&self, event: &E, metadata: Option<&M>) -> Result<NewEvent, SerdeError>
    where
        E: Serialize,
        M: Serialize + ?Sized,
    {
        let (variant, data) = variant::encode(&self.serializer, event)?;
        let version = self.upcasters.newest(variant);
        let new = NewEvent::new(Uuid::now_v7(), self.event_type(variant, version)?, data);
        Ok(match self.metadata(metadata, version)? {
            Some(metadata) => new.with_metadata(metadata),
            None => new,
        })
    }

    /// Decodes a stored event: returns an event of the set, or why there is none that the caller may skip.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Event`] if the event's type is in the set but the event cannot be read.
    pub fn decode(&self, event: &RecordedEvent) -> Result<Decoded<E>, SerdeError>
    where
        E: DeserializeOwned,
    {
        match self.find(event) {
            Ok(Some(found)) => Ok(Decoded::Event(found)),
            Ok(None) => Ok(Decoded::Unknown),
            Err(SerdeError::Erased { subject }) => Ok(Decoded::Erased { subject }),
            Err(error) => Err(error.of(event)),
        }
    }

    /// Decodes a stored event that must be in the set.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Event`] if the event is not in the set or cannot be read; its source says why, for example
    /// [`SerdeError::UnknownEventType`] or [`SerdeError::Erased`].
    pub fn decode_known(&self, event: &RecordedEvent) -> Result<E, SerdeError>
    where
        E: DeserializeOwned,
    {
        let found = self.find(event).and_then(|found| {
            found.ok_or_else(|| SerdeError::UnknownEventType {
                type_name: std::any::type_name::<E>(),
                event_type: event.event_type.to_string(),
            })
        });
        found.map_err(|error| error.of(event))
    }

    fn find(&self, event: &RecordedEvent) -> Result<Option<E>, SerdeError>
    where
        E: DeserializeOwned,
    {
        let Some(name) = event.event_type.as_str().strip_prefix(&*self.type_prefix) else {
            return Ok(None);
        };
        let (name, version) = self.version_of(event, name)?;
        let upcast = self.upcasters.upcast(&self.serializer, name, version, &event.data)?;
        variant::decode(&self.serializer, name, &event.data, upcast)
    }

    /// The name of the variant, and the version. A type that no upcaster is there for has no version at its end.
    fn version_of<'e>(&self, event: &'e RecordedEvent, name: &'e str) -> Result<(&'e str, u32), SerdeError>
    where
        E: DeserializeOwned,
    {
        Ok(match self.version_place {
            VersionPlace::TypeSuffix(separator) => {
                let (variant, version) = split(name, separator);
                let is_known = self.upcasters.has(variant);
                if is_known { (variant, version) } else { (name, FIRST) }
            }
            // A type without upcasters is of its first version here, and of a later one if a newer program wrote it.
            VersionPlace::Metadata(key) if self.knows(name) => {
                (name, version_in_metadata(&self.serializer, event, key)?)
            }
            VersionPlace::Metadata(_) => (name, FIRST),
        })
    }

    fn knows(&self, name: &str) -> bool
    where
        E: DeserializeOwned,
    {
        self.upcasters.has(name) || variant::names_of::<E>().is_ok_and(|names| names.contains(&name))
    }

    fn event_type(&self, variant: &'static str, version: u32) -> Result<EventType, SerdeError> {
        self.prefixed(&self.version_place.versioned(variant, version))
    }

    fn prefixed(&self, name: &str) -> Result<EventType, SerdeError> {
        if self.type_prefix.is_empty() {
            return Ok(EventType::new(name)?);
        }
        Ok(EventType::new([&*self.type_prefix, name].concat())?)
    }

    fn metadata<M>(&self, metadata: Option<&M>, version: u32) -> Result<Option<Bytes>, SerdeError>
    where
        M: Serialize + ?Sized,
    {
        match (self.version_place, metadata) {
            (VersionPlace::Metadata(key), _) if version > FIRST => {
                let with_version = WithVersion::new(&metadata, key, version);
                self.serializer.serialize(&with_version).map(Some)
            }
            (_, Some(metadata)) => self.serializer.serialize(metadata).map(Some),
            (_, None) => Ok(None),
        }
    }
}
