use async_trait::async_trait;

use crate::{Append, Error, Result, StreamVersion};

/// A run of events of one stream that are to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRun {
    append: Append,
    versions: Vec<StreamVersion>,
}

impl ImportRun {
    /// The events and their stream, and the versions that the events have in the store that they come from; what the append
    /// expects does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `versions` unless there is one for each event.
    pub fn with_versions(append: Append, versions: Vec<StreamVersion>) -> Result<Self> {
        if versions.len() != append.events().len() {
            return Err(Error::invalid_input("versions", "expected one for each event"));
        }
        Ok(Self { append, versions })
    }

    /// The events and their stream.
    pub fn append(&self) -> &Append {
        &self.append
    }

    /// The versions of the events where they come from; none if they are not known.
    pub fn versions(&self) -> &[StreamVersion] {
        &self.versions
    }
}

impl From<Append> for ImportRun {
    /// A run whose versions are not known: the events take those that follow in the stream.
    fn from(append: Append) -> Self {
        Self {
            append,
            versions: Vec::new(),
        }
    }
}

/// What to do with events that cannot be imported as they were: their id is stored in another stream, or their version in
/// this store is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ImportConflicts {
    /// Import nothing.
    #[default]
    Refuse,
    /// Leave those out whose id is stored in another stream, and give others the version that follows in theirs.
    Skip,
}

/// What became of events that were to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Imported {
    /// How many were stored.
    pub stored: u64,
    /// How many their stream held already, by their ids.
    pub skipped: u64,
    /// How many were left out since their ids are stored in other streams.
    pub elsewhere: u64,
    /// How many of those that were stored, now or before, have another version than where they come from.
    pub renumbered: u64,
}

/// Takes over events of another store.
///
/// # Contract
///
/// - The events that are not stored yet are stored all or none, in their order in `$all`; each keeps its id and its time.
/// - An event whose id is stored in its stream is skipped, so that repeating a call changes nothing.
/// - An event whose id is stored in another stream, or whose version would be another one, is a conflict, and never passed
///   over in silence.
/// - A stream that is created has the time of its first event.
#[async_trait]
pub trait EventImporter: Send + Sync {
    /// Stores the events that are not stored yet.
    ///
    /// The stream of a run may come again in a later one.
    ///
    /// # Errors
    ///
    /// - [`StreamDeleted`](crate::Error::StreamDeleted) if a stream is deleted that an event is to be put into
    /// - [`InvalidInput`](crate::Error::InvalidInput) naming `events` if some conflict with what is stored, unless conflicts
    ///   are to be skipped
    /// - [`InvalidInput`](crate::Error::InvalidInput) naming `data` or `metadata`, and the event, if the store cannot keep it
    /// - [`Aborted`](crate::Error::Aborted) if an id occurs twice in the call, or others store the same events at the same
    ///   time
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which a call with the same arguments makes sure of it,
    ///   [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported>;
}
