use std::sync::Arc;

use eventstore_core::{
    Append, AppendReceipt, EventReader, EventReaderExt, EventWriter, ExpectedVersion, PayloadStorage, Read,
    RecordedEvent, Result, StreamName,
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Decoded, EventCodec, SerdeError, Serializer};

/// A store whose events are those of one set.
///
/// ```
/// # #[cfg(feature = "json")]
/// # mod example {
/// use std::sync::Arc;
///
/// use eventstore_core::{EventWriter, ExpectedVersion, PayloadStorage, Result, StreamName};
/// use eventstore_serde::{EventCodec, Json, TypedStore};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// enum AccountEvent {
///     Opened { owner: String },
/// }
///
/// async fn open<B: EventWriter + PayloadStorage>(backend: Arc<B>) -> Result<()> {
///     let accounts = TypedStore::new(backend, EventCodec::<AccountEvent, _>::new(Json))?;
///     let opened = AccountEvent::Opened { owner: "Ada".to_owned() };
///     accounts.append(StreamName::new("account-1")?, ExpectedVersion::NoStream, &[opened]).await?;
///     Ok(())
/// }
/// # }
/// # fn main() {}
/// ```
pub struct TypedStore<B: ?Sized, E, S> {
    backend: Arc<B>,
    codec: EventCodec<E, S>,
}

/// An event as it stands in the store, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedEvent<E> {
    /// What it holds.
    pub event: Decoded<E>,
    /// How it stands in the store.
    pub recorded: RecordedEvent,
}

impl<B: ?Sized, E, S: Clone> Clone for TypedStore<B, E, S> {
    fn clone(&self) -> Self {
        Self {
            backend: Arc::clone(&self.backend),
            codec: self.codec.clone(),
        }
    }
}

impl<B: ?Sized, E, S: Serializer> TypedStore<B, E, S> {
    /// Refuses a backend that cannot keep what the codec makes.
    ///
    /// # Errors
    ///
    /// [`SerdeError::StorageMismatch`]
    pub fn new(backend: Arc<B>, codec: EventCodec<E, S>) -> Result<Self, SerdeError>
    where
        B: PayloadStorage,
    {
        let codec = codec.for_storage(&*backend)?;
        Ok(Self { backend, codec })
    }

    /// Where the events are kept.
    pub fn backend(&self) -> &Arc<B> {
        &self.backend
    }

    /// What makes events of values and back.
    pub fn codec(&self) -> &EventCodec<E, S> {
        &self.codec
    }

    /// Appends events without metadata.
    ///
    /// # Errors
    ///
    /// As of [`EventCodec::encode`], [`Append::new`] and [`EventWriter::append`].
    pub async fn append(
        &self,
        stream: StreamName,
        expected: impl Into<ExpectedVersion>,
        events: &[E],
    ) -> Result<AppendReceipt>
    where
        B: EventWriter,
        E: Serialize,
    {
        let events = events.iter().map(|event| self.codec.encode(event));
        let append = Append::new(stream, expected, events.collect::<Result<_, _>>()?)?;
        self.backend.append(append).await
    }

    /// Reads events lazily. One that cannot be decoded is an error in its place, and the next one follows.
    pub fn events(&self, read: Read) -> impl Stream<Item = Result<TypedEvent<E>>> + Send
    where
        B: EventReader,
        E: DeserializeOwned,
    {
        self.backend
            .events(read)
            .map(|recorded| recorded.and_then(|recorded| self.decode(recorded)))
    }

    /// What the stored event holds, beside it.
    ///
    /// # Errors
    ///
    /// As of [`EventCodec::decode`].
    pub fn decode(&self, recorded: RecordedEvent) -> Result<TypedEvent<E>>
    where
        E: DeserializeOwned,
    {
        let event = self.codec.decode(&recorded)?;
        Ok(TypedEvent { event, recorded })
    }
}
