mod decoded;
mod upcasters;
mod version_place;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use eventstore_core::{BoxError, EventType, NewEvent, PayloadStorage, RecordedEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub use decoded::Decoded;
pub use version_place::VersionPlace;

use self::upcasters::Upcasters;
use self::version_place::{FIRST, WithVersion, split, version_in_metadata};
use crate::{SerdeError, Serializer, variant};

/// A set of event types: a serde enum, each variant of which is a type of event.
///
/// The (renamed) name of the variant is the type of the event, its content the data. Variants of every kind will do; the
/// enum is derived without `tag`, `content` and `untagged`, as serde has it unless told otherwise. The data of a unit
/// variant is a struct without fields, and is not looked at when it is read.
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
    /// The same set of events, written by another serializer of the same kind: one for another subject, for instance.
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

    /// What payloads are made by.
    pub fn serializer(&self) -> &S {
        &self.serializer
    }
}

impl<E, S: Serializer> EventCodec<E, S> {
    /// Events whose payloads this serializer makes, each in its first version.
    pub fn new(serializer: S) -> Self {
        Self {
            serializer,
            type_prefix: Cow::Borrowed(""),
            version_place: VersionPlace::default(),
            upcasters: Arc::default(),
            events: PhantomData,
        }
    }

    /// Puts this text before the name of each variant: `Elixir.Shop.` for what the Elixir EventStore calls by its modules.
    /// Events without it are unknown.
    #[must_use]
    pub fn with_type_prefix(self, prefix: impl Into<Cow<'static, str>>) -> Self {
        Self {
            type_prefix: prefix.into(),
            ..self
        }
    }

    /// Keeps versions there, instead of in the metadata under `$version`.
    ///
    /// Events that were stored before keep their versions where they are, and are read as of the first one.
    #[must_use]
    pub fn with_version_in(self, place: VersionPlace) -> Self {
        Self {
            version_place: place,
            ..self
        }
    }

    /// Reads events of this variant that were written in version `from`, counted from 1, by this step to the next version.
    ///
    /// Steps are chained up to the highest one, whose result is what the variant holds now: the version that is written.
    /// `Old` and `New` are structs kept for this purpose, or values of any shape, such as `serde_json::Value`.
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

    /// Every type under which events of the set are stored, whatever version they were written in: what a filter has to let
    /// through, so that a subscriber gets them all.
    ///
    /// What a catch-all variant takes beyond that has no type that could be told.
    ///
    /// ```
    /// # #[cfg(feature = "json")]
    /// # fn main() -> eventstore_core::Result<()> {
    /// # use eventstore_core::EventFilter;
    /// # use eventstore_serde::{EventCodec, Json};
    /// # #[derive(serde::Serialize, serde::Deserialize)] enum AccountEvent { Deposited(u64) }
    /// # let codec = EventCodec::<AccountEvent, _>::new(Json);
    /// let of_accounts = EventFilter::default().event_types(codec.stored_types()?);
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

    /// Refuses a storage that cannot keep what the serializer makes.
    ///
    /// # Errors
    ///
    /// [`SerdeError::StorageMismatch`]
    pub fn for_storage(self, storage: &(impl PayloadStorage + ?Sized)) -> Result<Self, SerdeError> {
        self.serializer.check_storage(storage)?;
        Ok(self)
    }

    /// The event with a fresh, time-ordered id (UUID version 7).
    ///
    /// # Errors
    ///
    /// - [`SerdeError::Serialize`], [`SerdeError::NotAnEnum`], [`SerdeError::InvalidEventType`]
    /// - [`SerdeError::Erased`] and what the layers tell
    pub fn encode(&self, event: &E) -> Result<NewEvent, SerdeError>
    where
        E: Serialize,
    {
        self.encode_with(event, None::<&()>)
    }

    /// The event with metadata: a struct, or a map.
    ///
    /// # Errors
    ///
    /// As of [`encode`](Self::encode).
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

    /// What the stored event holds: an event of the set, or a sign why there is none that the caller may pass over.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Event`] if the event is of a type of the set, and cannot be read.
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

    /// The event of the set that the stored one holds.
    ///
    /// # Errors
    ///
    /// [`SerdeError::Event`] if there is none; its source tells why, [`SerdeError::UnknownEventType`] and
    /// [`SerdeError::Erased`] among the reasons.
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
