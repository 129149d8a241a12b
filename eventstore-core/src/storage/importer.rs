use async_trait::async_trait;

use crate::{Append, Result};

/// What became of events that were to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Imported {
    /// How many were stored.
    pub stored: u64,
    /// How many the store held already, by their ids.
    pub skipped: u64,
}

/// Takes over events of another store.
///
/// # Contract
///
/// - The events that are not stored yet are stored all or none, in their order in `$all`; each keeps its id and its time.
/// - An event whose id is stored is skipped, so that repeating a call changes nothing.
/// - A stream that is created has the time of its first event.
#[async_trait]
pub trait EventImporter: Send + Sync {
    /// Stores the events that are not stored yet.
    ///
    /// Each append is a run of events of one stream, which may come again in a later run; the expected versions do not
    /// matter.
    ///
    /// # Errors
    ///
    /// - [`StreamDeleted`](crate::Error::StreamDeleted) if a stream is deleted that an event is to be put into
    /// - [`InvalidInput`](crate::Error::InvalidInput) naming `data` or `metadata`, and the event, if the store cannot keep it
    /// - [`Aborted`](crate::Error::Aborted) if an id occurs twice in the call, or others store the same events at the same
    ///   time
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which a call with the same arguments makes sure of it,
    ///   [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn import(&self, runs: &[Append]) -> Result<Imported>;
}
