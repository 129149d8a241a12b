//! Finding events by their ids and causes, and imports, that break a rule.

use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::backend::{EventImporter, ImportConflicts, ImportRun, Imported};
use eventstore_core::{
    Append, EventId, EventLookup, EventTracing, ExpectedVersion, FoundEvent, NewEvent, Position, Result, TracedEvents,
};
use eventstore_testkit::MemoryStore;
use uuid::Uuid;

use crate::mutation::Mutation;

pub(crate) struct NamesOnlyTheStreamOfAnEvent;

#[async_trait]
impl Mutation for NamesOnlyTheStreamOfAnEvent {
    async fn find_event(&self, store: &MemoryStore, id: EventId) -> Result<Option<FoundEvent>> {
        let mut found = store.find_event(id).await?;
        if let Some(found) = &mut found {
            found.places.truncate(1);
        }
        Ok(found)
    }
}

pub(crate) struct HidesEventsOfDeletedStreams;

#[async_trait]
impl Mutation for HidesEventsOfDeletedStreams {
    async fn find_event(&self, store: &MemoryStore, id: EventId) -> Result<Option<FoundEvent>> {
        let found = store.find_event(id).await?;
        Ok(found.filter(|found| found.places.iter().any(|place| !place.is_deleted)))
    }
}

pub(crate) struct ForgetsTheTimesOfImports;

#[async_trait]
impl Mutation for ForgetsTheTimesOfImports {
    async fn import(&self, store: &MemoryStore, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        let untimed = |event: &NewEvent| {
            let mut event = event.clone();
            event.created_at = None;
            event
        };
        let without = |run: &ImportRun| {
            let events = run.append().events().iter().map(untimed);
            Append::new(run.append().stream().clone(), ExpectedVersion::Any, events).map(ImportRun::from)
        };
        store
            .import(&runs.iter().map(without).collect::<Result<Vec<_>>>()?, conflicts)
            .await
    }
}

pub(crate) struct ImportsRunByRun;

#[async_trait]
impl Mutation for ImportsRunByRun {
    async fn import(&self, store: &MemoryStore, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        let mut imported = Imported::default();
        for run in runs {
            let of_run = store.import(std::slice::from_ref(run), conflicts).await?;
            imported.stored += of_run.stored;
            imported.skipped += of_run.skipped;
        }
        Ok(imported)
    }
}

pub(crate) struct PassesOverConflictsOfImports;

#[async_trait]
impl Mutation for PassesOverConflictsOfImports {
    async fn import(&self, store: &MemoryStore, runs: &[ImportRun], _: ImportConflicts) -> Result<Imported> {
        store.import(runs, ImportConflicts::Skip).await
    }
}

/// As if an event began the conversation of what it causes.
pub(crate) struct TakesTheConversationForTheCause;

#[async_trait]
impl Mutation for TakesTheConversationForTheCause {
    async fn caused_by(
        &self,
        store: &MemoryStore,
        cause: EventId,
        after: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        store.correlated(cause.as_uuid(), after, limit).await
    }
}

pub(crate) struct TracesFromTheBeginning;

#[async_trait]
impl Mutation for TracesFromTheBeginning {
    async fn correlated(
        &self,
        store: &MemoryStore,
        correlation: Uuid,
        _: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        store.correlated(correlation, None, limit).await
    }
}

/// An answer goes on beyond the bytes of a page.
pub(crate) struct IgnoresTheBytesOfTraces;

#[async_trait]
impl Mutation for IgnoresTheBytesOfTraces {
    async fn caused_by(
        &self,
        store: &MemoryStore,
        cause: EventId,
        mut after: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        let mut all = Vec::new();
        while let TracedEvents::Found(events) = store.caused_by(cause, after, limit).await?
            && let Some(last) = events.last()
        {
            after = last.position;
            all.extend(events);
        }
        Ok(TracedEvents::Found(all))
    }
}

pub(crate) struct NeverHasAnIndex;

#[async_trait]
impl Mutation for NeverHasAnIndex {
    async fn caused_by(&self, _: &MemoryStore, _: EventId, _: Option<Position>, _: NonZeroU32) -> Result<TracedEvents> {
        let remedy = "create it".to_owned();
        Ok(TracedEvents::NeedsIndex { remedy })
    }
}
