use eventstore_core::{
    Append, Error, EventId, EventLookup, EventReader, EventWriter, Idempotence, RecordedEvent, Result, SnapshotStore,
    StreamName,
};
use serde::Serialize;
use uuid::Uuid;

use super::decide::AtOnce;
use super::executed::produced;
use super::retry_limits::pause_or;
use super::{Aggregate, Decide, ExecuteError, Executed, Loaded, Prepared, Repository};
use crate::Serializer;

/// A decision to be made on one aggregate, with the metadata, the cause and the conversation of its events.
///
/// [`Repository::command`] makes one.
#[must_use = "nothing happens until it is executed"]
pub struct Command<'c, A: Aggregate, B, S, M: ?Sized = ()> {
    repository: &'c Repository<A, B, S>,
    stream: StreamName,
    metadata: Option<&'c M>,
    causation_id: Option<Uuid>,
    correlation_id: Option<Uuid>,
    /// The ids of its events are derived from it, so that they are recognized if the command is executed again.
    id: Option<Uuid>,
}

impl<'c, A: Aggregate, B, S> Command<'c, A, B, S> {
    pub(super) fn new(repository: &'c Repository<A, B, S>, stream: StreamName) -> Self {
        Self {
            repository,
            stream,
            metadata: None,
            causation_id: None,
            correlation_id: None,
            id: None,
        }
    }
}

impl<'c, A: Aggregate, B, S, M: ?Sized> Command<'c, A, B, S, M> {
    /// Stores this metadata with its events: a struct or a map.
    pub fn with_metadata<N: ?Sized>(self, metadata: &'c N) -> Command<'c, A, B, S, N> {
        Command {
            repository: self.repository,
            stream: self.stream,
            metadata: Some(metadata),
            causation_id: self.causation_id,
            correlation_id: self.correlation_id,
            id: self.id,
        }
    }

    /// Records the message with this id as the cause of its events.
    pub fn with_causation_id(self, id: Uuid) -> Self {
        Self {
            causation_id: Some(id),
            ..self
        }
    }

    /// Makes its events part of the conversation with this id.
    pub fn with_correlation_id(self, id: Uuid) -> Self {
        Self {
            correlation_id: Some(id),
            ..self
        }
    }

    /// Records this event as the cause of the command's events, and makes them part of the cause's conversation.
    ///
    /// If the cause is part of no conversation, it begins one: its own id becomes the correlation id.
    pub fn caused_by(self, cause: &RecordedEvent) -> Self {
        let id = cause.event_id.as_uuid();
        self.with_causation_id(id)
            .with_correlation_id(cause.correlation_id.unwrap_or(id))
    }
}

impl<A, B, S, M> Command<'_, A, B, S, M>
where
    A: Aggregate,
    B: EventReader + EventWriter + SnapshotStore,
    S: Serializer,
    M: Serialize + Sync + ?Sized,
{
    /// The same as [`execute_by`](Self::execute_by), with a closure as the decision.
    ///
    /// # Errors
    ///
    /// Those of [`execute_by`](Self::execute_by).
    pub async fn execute<R: Send>(
        self,
        decide: impl Fn(&A) -> Result<Vec<A::Event>, R> + Sync,
    ) -> Result<Executed<A, A::Event>, ExecuteError<R>> {
        self.execute_by(&AtOnce(decide)).await
    }

    /// Loads the aggregate, asks for the decision, and appends its events. If other events were appended meanwhile, it starts
    /// over.
    ///
    /// The decision may return no events. It may be asked for several times. An append whose outcome is unknown is sent again
    /// with the same event ids. If the future is dropped, the append that is under way may be carried out.
    ///
    /// # Errors
    ///
    /// - [`ExecuteError::Refused`] with the decision's own error
    /// - [`ExecuteError::Store`], also if all retries are used up
    pub async fn execute_by<D: Decide<A>>(
        self,
        decision: &D,
    ) -> Result<Executed<A, A::Event>, ExecuteError<D::Refusal>> {
        let mut pauses = self.repository.retry_limits().pauses();
        let mut loaded = self.repository.load(&self.stream).await?;
        loop {
            let events = decision.decide(&loaded.state).await.map_err(ExecuteError::Refused)?;
            let Some(append) = self.append_of(&loaded, &events)? else {
                return Ok(executed(loaded, Vec::new()));
            };
            match self.repository.append(&append, &mut pauses).await {
                // Another process may have stored other events under the ids of this command.
                Ok(receipt) if receipt.is_deduplicated && self.id.is_some() => return Ok(self.repeated().await?),
                Ok(receipt) => {
                    let before = loaded.version;
                    loaded.advance(&events, &append, &receipt);
                    self.repository
                        .record_snapshot_if_due(&self.stream, &loaded, before)
                        .await;
                    return Ok(executed(loaded, produced(events, &append, &receipt)));
                }
                Err(error) if error.is_conflict() => pause_or(error, &mut pauses).await?,
                Err(error) => return Err(error.into()),
            }
            loaded = self.repository.reload(&self.stream, loaded).await?;
        }
    }

    /// Loads the aggregate and asks for the decision once, and appends nothing; see [`Prepared`].
    ///
    /// # Errors
    ///
    /// Those of [`execute_by`](Self::execute_by).
    pub async fn prepare<R: Send>(
        self,
        decide: impl Fn(&A) -> Result<Vec<A::Event>, R> + Sync,
    ) -> Result<Prepared<A>, ExecuteError<R>> {
        self.prepare_by(&AtOnce(decide)).await
    }

    /// The same as [`prepare`](Self::prepare), with a decision that waits for something.
    ///
    /// # Errors
    ///
    /// Those of [`execute_by`](Self::execute_by).
    pub async fn prepare_by<D: Decide<A>>(self, decision: &D) -> Result<Prepared<A>, ExecuteError<D::Refusal>> {
        let aggregate = self.repository.load(&self.stream).await?;
        let events = decision.decide(&aggregate.state).await.map_err(ExecuteError::Refused)?;
        let append = self.append_of(&aggregate, &events)?;
        Ok(Prepared { aggregate, append })
    }

    /// Appends at the version that the decision was made on; `None` if there are no events.
    fn append_of(&self, loaded: &Loaded<A>, events: &[A::Event]) -> Result<Option<Append>> {
        if events.is_empty() {
            return Ok(None);
        }
        let mut new = Vec::with_capacity(events.len());
        for (event, index) in events.iter().zip(0..) {
            let mut encoded = self.repository.store().codec().encode_with(event, self.metadata)?;
            encoded.causation_id = self.causation_id;
            encoded.correlation_id = self.correlation_id;
            if let Some(command) = self.id {
                encoded.id = self.event_id(command, index);
            }
            new.push(encoded);
        }
        Ok(Some(
            Append::new(self.stream.clone(), loaded.version, new)?.with_idempotence(Idempotence::ByIds),
        ))
    }

    async fn repeated(&self) -> Result<Executed<A, A::Event>, Error> {
        Ok(executed(self.repository.load(&self.stream).await?, Vec::new()))
    }

    /// The same each time the command is executed on this stream, and different on every other stream.
    fn event_id(&self, command: Uuid, index: usize) -> EventId {
        Uuid::new_v5(&command, format!("{index} {}", self.stream).as_bytes()).into()
    }
}

impl<A, B, S, M> Command<'_, A, B, S, M>
where
    A: Aggregate,
    B: EventReader + EventWriter + EventLookup + SnapshotStore,
    S: Serializer,
    M: Serialize + Sync + ?Sized,
{
    /// The same as [`execute_by`](Self::execute_by), but only once for each id of a command, no matter which process executes
    /// it. Every later call changes nothing, and its result has no events.
    ///
    /// The ids of the events are derived from the command's id (UUID version 5). The command is recognized by its first event,
    /// for as long as that event is stored. A command that led to no events is not recognized.
    ///
    /// If the future is dropped, the command may be executed. Another call with the same id executes it unless it was.
    ///
    /// # Errors
    ///
    /// Those of [`execute_by`](Self::execute_by).
    pub async fn execute_once<D: Decide<A>>(
        self,
        command: Uuid,
        decision: &D,
    ) -> Result<Executed<A, A::Event>, ExecuteError<D::Refusal>> {
        if self.was_executed(command).await? {
            return Ok(self.repeated().await?);
        }
        let known = Self {
            stream: self.stream.clone(),
            id: Some(command),
            ..self
        };
        match known.execute_by(decision).await {
            // Another process may have executed it meanwhile: this call is refused, or its ids are those of other events.
            Err(error) if self.was_executed(command).await.unwrap_or(false) => {
                tracing::debug!(%command, "a command was executed elsewhere at the same time");
                drop(error);
                Ok(self.repeated().await?)
            }
            outcome => outcome,
        }
    }

    async fn was_executed(&self, command: Uuid) -> Result<bool> {
        let first = self.event_id(command, 0);
        Ok(self.repository.store().backend().find_event(first).await?.is_some())
    }
}

fn executed<A>(loaded: Loaded<A>, events: Vec<super::ProducedEvent<A::Event>>) -> Executed<A, A::Event>
where
    A: Aggregate,
{
    Executed {
        state: loaded.state,
        version: loaded.version,
        events,
    }
}
