//! Finding events by their ids, and imports, that break a rule.

use async_trait::async_trait;
use eventstore_core::backend::{EventImporter, ImportConflicts, ImportRun, Imported};
use eventstore_core::{Append, EventId, EventLookup, ExpectedVersion, FoundEvent, NewEvent, Result};
use eventstore_testkit::MemoryStore;

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
