use std::num::NonZeroU64;

use eventstore_core::backend::PayloadStorage;
use eventstore_core::{
    Append, AppendReceipt, Error, EventReader, EventType, EventWriter, Read, RecordedSnapshot, Result, Snapshot,
    SnapshotPolicy, SnapshotStore, StreamName, StreamVersion,
};
use futures_util::TryStreamExt;

use super::retry_limits::{Pauses, pause_or};
use super::snapshot_mark::SnapshotMark;
use super::{Aggregate, Command, ExecuteError, Executed, Loaded, RetryLimits};
use crate::{EventCodec, SerdeError, Serializer, TypedStore};

/// Loads aggregates, and appends what is decided on them. Each aggregate is a stream.
///
/// ```
/// # #[cfg(feature = "json")]
/// # mod example {
/// # use eventstore_core::{EventReader, EventWriter, SnapshotStore, StreamName};
/// # use eventstore_core::backend::PayloadStorage;
/// # use eventstore_serde::{Aggregate, ExecuteError, Json, Repository};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # enum AccountEvent { Withdrawn { cents: u64 } }
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Account { cents: u64 }
/// # impl Aggregate for Account {
/// #     type Event = AccountEvent;
/// #     const SNAPSHOT_TYPE: &'static str = "Account.v1";
/// #     fn apply(&mut self, _: &AccountEvent) {}
/// # }
/// struct NotEnoughMoney;
///
/// async fn withdraw<B>(
///     accounts: &Repository<Account, B, Json>,
///     account: &StreamName,
///     cents: u64,
/// ) -> Result<(), ExecuteError<NotEnoughMoney>>
/// where
///     B: EventReader + EventWriter + SnapshotStore,
/// {
///     let decide = |account: &Account| {
///         let is_covered = account.cents >= cents;
///         is_covered.then(|| vec![AccountEvent::Withdrawn { cents }]).ok_or(NotEnoughMoney)
///     };
///     accounts.execute(account, decide).await.map(drop)
/// }
/// # }
/// # fn main() {}
/// ```
pub struct Repository<A: Aggregate, B, S> {
    store: TypedStore<B, A::Event, S>,
    snapshot_every: Option<NonZeroU64>,
    retry_limits: RetryLimits,
}

impl<A: Aggregate, B, S: Serializer> Repository<A, B, S> {
    /// A repository of aggregates whose events are stored in this backend, without snapshots.
    ///
    /// # Errors
    ///
    /// [`SerdeError::StorageMismatch`] if the backend cannot store what the codec makes.
    pub fn new(backend: B, codec: EventCodec<A::Event, S>) -> Result<Self, SerdeError>
    where
        B: PayloadStorage,
    {
        Ok(Self {
            store: TypedStore::new(backend, codec)?,
            snapshot_every: None,
            retry_limits: RetryLimits::default(),
        })
    }

    /// Records a snapshot whenever an append passes a multiple of this many events. If a snapshot cannot be recorded, a later
    /// one makes up for it.
    #[must_use]
    pub fn with_snapshot_every(self, events: NonZeroU64) -> Self {
        Self {
            snapshot_every: Some(events),
            ..self
        }
    }

    /// Limits how often a call is retried, and how long it waits before each retry.
    #[must_use]
    pub fn with_retry_limits(self, limits: RetryLimits) -> Self {
        Self {
            retry_limits: limits,
            ..self
        }
    }

    /// The same aggregates on another handle of their store. If the handle is on a connection of yours, for instance, what is
    /// decided belongs to the transaction of that connection.
    ///
    /// In a transaction, a conflict remains a conflict, however often the append is tried again: retry the transaction as a
    /// whole. The returned repository therefore retries nothing.
    ///
    /// # Errors
    ///
    /// [`SerdeError::StorageMismatch`] if that handle cannot store what the codec makes.
    pub fn on<C>(&self, backend: C) -> Result<Repository<A, C, S>, SerdeError>
    where
        C: PayloadStorage,
        S: Clone,
    {
        Ok(Repository {
            store: TypedStore::new(backend, self.store.codec().clone())?,
            snapshot_every: self.snapshot_every,
            retry_limits: RetryLimits {
                retries: 0,
                ..self.retry_limits
            },
        })
    }

    /// The store that holds the events.
    pub fn store(&self) -> &TypedStore<B, A::Event, S> {
        &self.store
    }

    /// A command on the aggregate of this stream, whose events can have metadata, a cause and a conversation.
    pub fn command(&self, stream: &StreamName) -> Command<'_, A, B, S> {
        Command::new(self, stream.clone())
    }

    pub(super) fn retry_limits(&self) -> RetryLimits {
        self.retry_limits
    }
}

impl<A, B, S> Repository<A, B, S>
where
    A: Aggregate,
    B: EventReader + EventWriter + SnapshotStore,
    S: Serializer,
{
    /// Loads the aggregate as it is now. If there is no such stream, it is a new aggregate.
    ///
    /// # Errors
    ///
    /// - [`Error::StreamDeleted`]
    /// - [`Error::Payload`] if an event cannot be read, or is of an unknown type
    /// - failures of the storage
    pub async fn load(&self, stream: impl TryInto<StreamName, Error: Into<Error>>) -> Result<Loaded<A>> {
        let stream = &stream.try_into().map_err(Into::into)?;
        let snapshot = match self.snapshot_every {
            Some(_) => self.store.backend().read_snapshot(stream).await?,
            None => None,
        };
        let Some(recorded) = snapshot else {
            return self.reload(stream, Loaded::default()).await;
        };
        let unused = Loaded {
            passed_over_snapshot: true,
            ..Loaded::default()
        };
        self.reload(stream, self.restore(&recorded).unwrap_or(unused)).await
    }

    /// Loads the aggregate, asks for the decision, and appends its events. If other events were appended meanwhile, it starts
    /// over.
    ///
    /// This is short for [`Command::execute`], for events without metadata, cause and conversation.
    ///
    /// If the future is dropped, the append that is under way may be carried out.
    ///
    /// # Errors
    ///
    /// - [`ExecuteError::Refused`] with the decision's own error
    /// - [`ExecuteError::Store`], also if all retries are used up
    pub async fn execute<R: Send>(
        &self,
        stream: impl TryInto<StreamName, Error: Into<Error>>,
        decide: impl Fn(&A) -> Result<Vec<A::Event>, R> + Sync,
    ) -> Result<Executed<A, A::Event>, ExecuteError<R>> {
        let stream: StreamName = stream.try_into().map_err(Into::into)?;
        self.command(&stream).execute(decide).await
    }

    /// Sends the same events again, with the same ids, if it is unknown whether they were stored.
    pub(super) async fn append(&self, append: &Append, pauses: &mut Pauses) -> Result<AppendReceipt> {
        loop {
            match self.store.backend().append(append.clone()).await {
                Err(error) if error.is_retryable() => pause_or(error, pauses).await?,
                answer => return answer,
            }
        }
    }

    /// The aggregate as it is now, starting from what was loaded before.
    pub(super) async fn reload(&self, stream: &StreamName, mut known: Loaded<A>) -> Result<Loaded<A>> {
        if self.catch_up(stream, &mut known).await? {
            return Ok(known);
        }
        // Another stream had the name before; if there is a snapshot, it is of that one.
        let mut loaded = Loaded {
            passed_over_snapshot: true,
            ..Loaded::default()
        };
        self.catch_up(stream, &mut loaded).await?;
        Ok(loaded)
    }

    /// Applies the events that are not in the state yet. `false` if the last event in the state is not in the stream: the stream
    /// was deleted, and perhaps created again.
    async fn catch_up(&self, stream: &StreamName, loaded: &mut Loaded<A>) -> Result<bool> {
        let read = Read::new(stream.clone()).with_start(loaded.version.into());
        let mut events = self.store.read(read);
        let mut is_known = loaded.last_event.is_none();
        loop {
            match events.try_next().await {
                Ok(Some(event)) if is_known => loaded.apply(event)?,
                Ok(Some(event)) if loaded.ends_with(&event.recorded) => is_known = true,
                Ok(Some(_)) => return Ok(false),
                Ok(None) | Err(Error::StreamNotFound { .. }) => return Ok(is_known),
                Err(error) => return Err(error),
            }
        }
    }

    /// The aggregate in a snapshot. `None` if the snapshot has another shape or cannot be read, for instance because its key was
    /// deleted: the aggregate is then loaded from its events.
    fn restore(&self, recorded: &RecordedSnapshot) -> Option<Loaded<A>> {
        let snapshot = &recorded.snapshot;
        let serializer = self.store.codec().serializer();
        if snapshot.snapshot_type.as_str() != A::SNAPSHOT_TYPE {
            return None;
        }
        let mark: SnapshotMark = serializer.optional(snapshot.metadata.as_deref()).ok()??;
        Some(Loaded {
            state: serializer.state(recorded).ok()?,
            version: snapshot.version,
            last_event: Some(mark.last_event()?),
            passed_over_snapshot: false,
        })
    }

    pub(super) async fn record_snapshot_if_due(&self, stream: &StreamName, loaded: &Loaded<A>, before: StreamVersion) {
        let Some(every) = self.snapshot_every else { return };
        if before.get() / every == loaded.version.get() / every {
            return;
        }
        if let Err(error) = self.record_snapshot(stream, loaded).await {
            tracing::warn!(%stream, %error, "cannot record a snapshot");
        }
    }

    async fn record_snapshot(&self, stream: &StreamName, loaded: &Loaded<A>) -> Result<()> {
        let serializer = self.store.codec().serializer();
        let snapshot_type = EventType::new(A::SNAPSHOT_TYPE)?;
        let mark = loaded.last_event.map(SnapshotMark::from);
        let snapshot = Snapshot {
            metadata: mark.map(|mark| serializer.serialize(&mark)).transpose()?,
            ..serializer.snapshot(stream.clone(), loaded.version, snapshot_type, &loaded.state)?
        };
        let backend = self.store.backend();
        let policy = if loaded.passed_over_snapshot {
            SnapshotPolicy::Replace
        } else {
            SnapshotPolicy::KeepNewest
        };
        backend.record_snapshot(snapshot, policy).await?;
        Ok(())
    }
}
