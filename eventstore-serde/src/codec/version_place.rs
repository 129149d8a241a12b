use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use eventstore_core::RecordedEvent;
use serde::Serialize;
use serde::de::DeserializeSeed;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::{SerdeError, Serializer};

/// The version of an event that tells none.
pub(super) const FIRST: u32 = 1;

/// Where the version of a stored event is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VersionPlace {
    /// In the metadata, which is a map, under this key. Events without the key are of the first version.
    ///
    /// The event type stays the same, and so do filters on it. The serializer's format must be able to read a map without
    /// knowing its keys, as JSON and `MessagePack` can.
    Metadata(&'static str),
    /// At the end of the event type, after this text: `Deposited.v2`. The first version has the bare name.
    ///
    /// Each version is its own event type: a filter on `Deposited` matches no later version. Take the types for a filter
    /// from [`EventCodec::stored_types`](crate::EventCodec::stored_types).
    TypeSuffix(&'static str),
}

impl Default for VersionPlace {
    /// In the metadata, under `$version`.
    fn default() -> Self {
        Self::Metadata("$version")
    }
}

impl VersionPlace {
    /// Every type under which events of a type are stored, whatever their versions.
    pub(super) fn all(self, name: &str, newest: u32) -> Vec<Cow<'_, str>> {
        match self {
            Self::Metadata(_) => vec![Cow::Borrowed(name)],
            Self::TypeSuffix(_) => (FIRST..=newest).map(|version| self.versioned(name, version)).collect(),
        }
    }

    /// The type under which this version of a type is stored.
    pub(super) fn versioned(self, name: &str, version: u32) -> Cow<'_, str> {
        match self {
            Self::TypeSuffix(separator) if version > FIRST => format!("{name}{separator}{version}").into(),
            _ => Cow::Owned(name.to_owned()),
        }
    }
}

/// The name without a version at its end, and that version.
pub(super) fn split<'a>(name: &'a str, separator: &str) -> (&'a str, u32) {
    name.rsplit_once(separator)
        .and_then(|(name, version)| Some((name, version.parse().ok()?)))
        .unwrap_or((name, FIRST))
}

/// The version in the metadata of an event.
pub(super) fn version_in_metadata<S>(serializer: &S, event: &RecordedEvent, key: &str) -> Result<u32, SerdeError>
where
    S: Serializer,
{
    let Some(metadata) = event.metadata.as_deref().filter(|bytes| *bytes != b"null") else {
        return Ok(FIRST);
    };
    let opened = serializer.open(metadata)?;
    // Most events are of the first version: their metadata, which may be no map, is not parsed.
    if !opened.windows(key.len()).any(|text| text == key.as_bytes()) {
        return Ok(FIRST);
    }
    let version = serializer.deserialize_plain(FindVersion(key), &opened)?;
    Ok(version.unwrap_or(FIRST))
}

/// Finds one entry of a map, whatever else is there.
struct FindVersion<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for FindVersion<'_> {
    type Value = Option<u32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<u32>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FindVersion<'_> {
    type Value = Option<u32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map that may have the key {:?}", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<u32>, A::Error> {
        let mut found = None;
        while let Some(Key(key)) = map.next_key()? {
            if key == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A key of a map, borrowed where the format allows.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Metadata with the version beside what is there.
#[derive(Serialize)]
pub(super) struct WithVersion<'a, M: ?Sized> {
    #[serde(flatten)]
    metadata: &'a M,
    #[serde(flatten)]
    version: BTreeMap<&'static str, u32>,
}

impl<'a, M: ?Sized> WithVersion<'a, M> {
    pub(super) fn new(metadata: &'a M, key: &'static str, version: u32) -> Self {
        Self {
            metadata,
            version: BTreeMap::from([(key, version)]),
        }
    }
}
