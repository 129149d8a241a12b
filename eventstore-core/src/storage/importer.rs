use async_trait::async_trait;

use crate::{Append, Error, Result, StreamVersion};

/// A run of events of one stream to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRun {
    append: Append,
    versions: Vec<StreamVersion>,
}

impl ImportRun {
    /// Creates a run from the events, their stream, and the versions that the events have in their source store.
    ///
    /// The expected version of the append does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `versions` unless there is one version for each event.
    pub fn with_versions(append: Append, versions: Vec<StreamVersion>) -> Result<Self> {
        if versions.len() != append.events().len() {
            return Err(Error::invalid_input("versions", "expected one for each event"));
        }
        Ok(Self { append, versions })
    }

    /// Returns the events and their stream.
    pub fn append(&self) -> &Append {
        &self.append
    }

    /// Returns the versions of the events in their source store; empty if they are not known.
    pub fn versions(&self) -> &[StreamVersion] {
        &self.versions
    }
}

impl From<Append> for ImportRun {
    /// Creates a run whose versions are not known: the events take the versions that follow in the stream.
    fn from(append: Append) -> Self {
        Self {
            append,
            versions: Vec::new(),
        }
    }
}

/// What to do with events that cannot be imported unchanged: their id is stored in another stream, or their version in this store is
/// different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ImportConflicts {
    /// Import nothing.
    #[default]
    Refuse,
    /// Leave out events whose id is stored in another stream, and give the others the version that follows in their stream.
    Skip,
}

/// What happened to the events of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Imported {
    /// The number of events that were stored.
    pub stored: u64,
    /// The number of events that their stream already held, by their ids.
    pub skipped: u64,
    /// The number of events that were left out because their ids are stored in other streams.
    pub elsewhere: u64,
    /// The number of events, stored now or before, whose version differs from the one in their source store.
    pub renumbered: u64,
}

/// Imports events from another store.
///
/// # Contract
///
/// - All events that are not stored yet are stored, or none of them, in their order in `$all`; each keeps its id and its time.
/// - An event whose id is stored in its stream is skipped, so that repeating a call changes nothing.
/// - An event whose id is stored in another stream, or whose version would be different, is a conflict. A conflict is never ignored
///   silently.
/// - A stream that is created has the time of its first event.
#[async_trait]
pub trait EventImporter: Send + Sync {
    /// Stores the events that are not stored yet.
    ///
    /// A later run may name the stream of an earlier one again.
    ///
    /// If the future is dropped, all events that are not stored yet are stored, or none. Repeating the call settles the outcome.
    ///
    /// # Errors
    ///
    /// - [`StreamDeleted`](crate::Error::StreamDeleted) if an event is to be stored in a deleted stream
    /// - [`InvalidInput`](crate::Error::InvalidInput) naming `events` if some events conflict with what is stored, unless conflicts are to
    ///   be skipped
    /// - [`InvalidInput`](crate::Error::InvalidInput) naming `data` or `metadata`, and the event, if the store cannot keep it
    /// - [`Aborted`](crate::Error::Aborted) if an id occurs twice in the call, or other callers store the same events at the same time
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which repeating the call with the same arguments settles the outcome
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported>;
}
