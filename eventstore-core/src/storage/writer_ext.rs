use async_trait::async_trait;

use crate::{Append, AppendReceipt, Error, EventWriter, ExpectedVersion, NewEvent, Result, StreamName};

/// What every [`EventWriter`] can do beyond its minimum.
#[async_trait]
pub trait EventWriterExt: EventWriter {
    /// Appends these events to a stream that is at the expected version; [`EventWriter::append`] says the rest.
    ///
    /// ```
    /// # use eventstore_core::{EventWriter, EventWriterExt, ExpectedVersion, NewEvent, Result};
    /// async fn open(store: &dyn EventWriter, opened: NewEvent, deposited: NewEvent) -> Result<()> {
    ///     let receipt = store.append_events("account-1", ExpectedVersion::NoStream, [opened]).await?;
    ///     store.append_events("account-1", receipt.last_version, [deposited]).await?;
    ///     Ok(())
    /// }
    /// # let _ = open;
    /// ```
    ///
    /// If the future is dropped, the events are appended as a whole or not at all.
    ///
    /// # Errors
    ///
    /// The errors of [`Append::new`] and [`EventWriter::append`].
    async fn append_events<N, V, E>(&self, stream: N, expected: V, events: E) -> Result<AppendReceipt>
    where
        N: TryInto<StreamName, Error: Into<Error>> + Send,
        V: TryInto<ExpectedVersion, Error: Into<Error>> + Send,
        E: IntoIterator<Item = NewEvent> + Send,
    {
        // Made before the first await, so that the future holds nothing of what the caller gave across it.
        let append = Append::new(stream, expected, events);
        self.append(append?).await
    }
}

impl<W: EventWriter + ?Sized> EventWriterExt for W {}
