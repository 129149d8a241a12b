use std::sync::Arc;

use eventstore_core::backend::PayloadStorage;
use eventstore_core::{
    Append, AppendReceipt, Error, EventReader, EventReaderExt, EventWriter, ExpectedVersion, NewEvent, Read,
    RecordedEvent, Result, StreamName,
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Decoded, EventCodec, SerdeError, Serializer};

/// A store whose events belong to one set.
///
/// ```
/// # #[cfg(feature = "json")]
/// # mod example {
/// use eventstore_core::{EventWriter, ExpectedVersion, Result};
/// use eventstore_core::backend::PayloadStorage;
/// use eventstore_serde::{EventCodec, Json, TypedStore};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// enum AccountEvent {
///     Opened { owner: String },
/// }
///
/// async fn open<B: EventWriter + PayloadStorage>(backend: B) -> Result<()> {
///     let accounts = TypedStore::new(backend, EventCodec::<AccountEvent, _>::new(Json))?;
///     let opened = AccountEvent::Opened { owner: "Ada".to_owned() };
///     accounts.append("account-1", ExpectedVersion::NoStream, &[opened]).await?;
///     Ok(())
/// }
/// # }
/// # fn main() {}
/// ```
pub struct TypedStore<B, E, S> {
    backend: Arc<B>,
    codec: EventCodec<E, S>,
}

/// A stored event with its decoded content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedEvent<E> {
    /// The decoded content.
    pub event: Decoded<E>,
    /// The event as it is stored.
    pub recorded: RecordedEvent,
}

impl<B, E, S: Clone> Clone for TypedStore<B, E, S> {
    fn clone(&self) -> Self {
        Self {
            backend: Arc::clone(&self.backend),
            codec: self.codec.clone(),
        }
    }
}

impl<B, E, S: Serializer> TypedStore<B, E, S> {
    /// Creates a typed store, and refuses a backend that cannot keep the codec's payloads.
    ///
    /// # Errors
    ///
    /// [`SerdeError::StorageMismatch`]
    pub fn new(backend: B, codec: EventCodec<E, S>) -> Result<Self, SerdeError>
    where
        B: PayloadStorage,
    {
        let codec = codec.for_storage(&backend)?;
        Ok(Self {
            backend: Arc::new(backend),
            codec,
        })
    }

    /// Returns the backend that stores the events.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// Returns the codec that encodes and decodes the events.
    pub fn codec(&self) -> &EventCodec<E, S> {
        &self.codec
    }

    /// Appends events without metadata.
    ///
    /// If the future is dropped, the events are appended as a whole or not at all.
    ///
    /// # Errors
    ///
    /// The errors of [`EventCodec::encode`], [`Append::new`] and [`EventWriter::append`].
    pub async fn append(
        &self,
        stream: impl TryInto<StreamName, Error: Into<Error>>,
        expected: impl TryInto<ExpectedVersion, Error: Into<Error>>,
        events: &[E],
    ) -> Result<AppendReceipt>
    where
        B: EventWriter,
        E: Serialize,
    {
        self.append_with(stream, expected, events, |event| event).await
    }

    /// Appends events, each of them prepared by this function: with metadata, a cause or a conversation.
    ///
    /// ```
    /// # #[cfg(feature = "json")]
    /// # mod example {
    /// # use eventstore_core::{EventWriter, RecordedEvent, Result};
    /// # use eventstore_serde::{Json, TypedStore};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # enum AccountEvent { Opened { owner: String } }
    /// # async fn example<B: EventWriter>(accounts: TypedStore<B, AccountEvent, Json>, asked: RecordedEvent) -> Result<()> {
    /// let opened = AccountEvent::Opened { owner: "Ada".to_owned() };
    /// accounts.append_with("account-1", "none", &[opened], |event| event.caused_by(&asked)).await?;
    /// # Ok(())
    /// # }
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// If the future is dropped, the events are appended as a whole or not at all.
    ///
    /// # Errors
    ///
    /// The errors of [`append`](Self::append).
    pub async fn append_with(
        &self,
        stream: impl TryInto<StreamName, Error: Into<Error>>,
        expected: impl TryInto<ExpectedVersion, Error: Into<Error>>,
        events: &[E],
        prepare: impl Fn(NewEvent) -> NewEvent,
    ) -> Result<AppendReceipt>
    where
        B: EventWriter,
        E: Serialize,
    {
        let events = events.iter().map(|event| self.codec.encode(event).map(&prepare));
        let append = Append::new(stream, expected, events.collect::<Result<Vec<_>, _>>()?)?;
        self.backend.append(append).await
    }

    /// Reads events lazily: those of a stream, of `$all`, or as a [`Read`] says. An event that cannot be decoded yields an error in its
    /// place, and the next event follows.
    pub fn read(&self, read: impl TryInto<Read, Error: Into<Error>>) -> impl Stream<Item = Result<TypedEvent<E>>> + Send
    where
        B: EventReader,
        E: DeserializeOwned,
    {
        self.backend
            .read(read)
            .map(|recorded| recorded.and_then(|recorded| self.decode(recorded)))
    }

    /// Decodes a stored event, and returns the content together with the stored event.
    ///
    /// # Errors
    ///
    /// The errors of [`EventCodec::decode`].
    pub fn decode(&self, recorded: RecordedEvent) -> Result<TypedEvent<E>>
    where
        E: DeserializeOwned,
    {
        let event = self.codec.decode(&recorded)?;
        Ok(TypedEvent { event, recorded })
    }
}
