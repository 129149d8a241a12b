use eventstore_core::{
    Append, Error, EventId, EventLookup, EventReader, EventWriter, RecordedEvent, Result, SnapshotStore, StreamName,
};
use serde::Serialize;
use uuid::Uuid;

use super::decide::AtOnce;
use super::executed::produced;
use super::retry_limits::pause_or;
use super::{Aggregate, Decide, ExecuteError, Executed, Loaded, Prepared, Repository};
use crate::Serializer;

/// A decision to be made upon one aggregate, with what is known about its events beside their content; made by
/// [`Repository::command`].
#[must_use = "nothing happens until it is executed"]
pub struct Command<'c, A: Aggregate, B: ?Sized, S, M: ?Sized = ()> {
    repository: &'c Repository<A, B, S>,
    stream: StreamName,
    metadata: Option<&'c M>,
    causation_id: Option<Uuid>,
    correlation_id: Option<Uuid>,
    /// By which its events are known if it is executed again.
    id: Option<Uuid>,
}

impl<'c, A: Aggregate, B: ?Sized, S> Command<'c, A, B, S> {
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

impl<'c, A: Aggregate, B: ?Sized, S, M: ?Sized> Command<'c, A, B, S, M> {
    /// Its events have this metadata: a struct, or a map.
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

    /// Its events are caused by this message.
    pub fn with_causation_id(self, id: Uuid) -> Self {
        Self {
            causation_id: Some(id),
            ..self
        }
    }

    /// Its events are part of this conversation.
    pub fn with_correlation_id(self, id: Uuid) -> Self {
        Self {
            correlation_id: Some(id),
            ..self
        }
    }

    /// Its events are caused by this event, and part of its conversation; one that has none begins a conversation.
    pub fn caused_by(self, cause: &RecordedEvent) -> Self {
        let id = cause.event_id.as_uuid();
        self.with_causation_id(id)
            .with_correlation_id(cause.correlation_id.unwrap_or(id))
    }
}

impl<A, B, S, M> Command<'_, A, B, S, M>
where
    A: Aggregate,
    B: EventReader + EventWriter + SnapshotStore + ?Sized,
    S: Serializer,
    M: Serialize + Sync + ?Sized,
{
    /// Decides by a closure; otherwise as [`execute_by`](Self::execute_by).
    ///
    /// # Errors
    ///
    /// As of [`execute_by`](Self::execute_by).
    pub async fn execute<R: Send>(
        self,
        decide: impl Fn(&A) -> Result<Vec<A::Event>, R> + Sync,
    ) -> Result<Executed<A, A::Event>, ExecuteError<R>> {
        self.execute_by(&AtOnce(decide)).await
    }

    /// Loads the aggregate, lets it be decided what happens, and appends that if nothing has happened meanwhile; else all
    /// this again.
    ///
    /// What is decided may be nothing. The decision can be asked for several times. An append whose outcome is unknown is
    /// repeated with the same event ids. If the future is dropped, the append that is under way may be carried out.
    ///
    /// # Errors
    ///
    /// - [`ExecuteError::Refused`] with the decision's own error
    /// - [`ExecuteError::Store`], also if the retries did not suffice
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
                // The same command was executed elsewhere at the same time.
                Ok((receipt, true)) if receipt.is_deduplicated => return Ok(self.repeated().await?),
                Ok((receipt, _)) => {
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

    /// Loads the aggregate and decides, once, and appends nothing; see [`Prepared`].
    ///
    /// # Errors
    ///
    /// As of [`execute_by`](Self::execute_by).
    pub async fn prepare<R: Send>(
        self,
        decide: impl Fn(&A) -> Result<Vec<A::Event>, R> + Sync,
    ) -> Result<Prepared<A>, ExecuteError<R>> {
        self.prepare_by(&AtOnce(decide)).await
    }

    /// As [`prepare`](Self::prepare), by a decision that waits for something.
    ///
    /// # Errors
    ///
    /// As of [`execute_by`](Self::execute_by).
    pub async fn prepare_by<D: Decide<A>>(self, decision: &D) -> Result<Prepared<A>, ExecuteError<D::Refusal>> {
        let aggregate = self.repository.load(&self.stream).await?;
        let events = decision.decide(&aggregate.state).await.map_err(ExecuteError::Refused)?;
        let append = self.append_of(&aggregate, &events)?;
        Ok(Prepared { aggregate, append })
    }

    /// At the version that was decided upon; `None` of no events.
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
            Append::new(self.stream.clone(), loaded.version, new)?.idempotent(),
        ))
    }

    async fn repeated(&self) -> Result<Executed<A, A::Event>, Error> {
        Ok(executed(self.repository.load(&self.stream).await?, Vec::new()))
    }

    /// The same each time that the command is executed, and of no other stream.
    fn event_id(&self, command: Uuid, index: usize) -> EventId {
        Uuid::new_v5(&command, format!("{index} {}", self.stream).as_bytes()).into()
    }
}

impl<A, B, S, M> Command<'_, A, B, S, M>
where
    A: Aggregate,
    B: EventReader + EventWriter + EventLookup + SnapshotStore + ?Sized,
    S: Serializer,
    M: Serialize + Sync + ?Sized,
{
    /// As [`execute_by`](Self::execute_by), but only the first time for this id of a command, whoever executes it: each later
    /// time nothing happens, and the answer has no events.
    ///
    /// The ids of the events are made of the command's (UUID version 5), so that it is known by the first of them for as long as
    /// that is stored. A command that led to no events is not known.
    ///
    /// # Errors
    ///
    /// As of [`execute_by`](Self::execute_by).
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
            // Another one may have executed it meanwhile, upon which it is refused, or its ids are those of other events.
            Err(error) if self.was_executed(command).await? => {
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
