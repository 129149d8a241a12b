//! Finding events by their ids, and imports, that break a rule.

use async_trait::async_trait;
use eventstore_core::{
    Append, EventId, EventImporter, EventLookup, ExpectedVersion, FoundEvent, Imported, NewEvent, Result,
};
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
    async fn import(&self, store: &MemoryStore, runs: &[Append]) -> Result<Imported> {
        let untimed = |event: &NewEvent| NewEvent {
            created_at: None,
            ..event.clone()
        };
        let without = |run: &Append| {
            let events = run.events().iter().map(untimed).collect();
            Append::new(run.stream().clone(), ExpectedVersion::Any, events)
        };
        store
            .import(&runs.iter().map(without).collect::<Result<Vec<_>>>()?)
            .await
    }
}

pub(crate) struct ImportsRunByRun;

#[async_trait]
impl Mutation for ImportsRunByRun {
    async fn import(&self, store: &MemoryStore, runs: &[Append]) -> Result<Imported> {
        let mut imported = Imported::default();
        for run in runs {
            let Imported { stored, skipped } = store.import(std::slice::from_ref(run)).await?;
            imported.stored += stored;
            imported.skipped += skipped;
        }
        Ok(imported)
    }
}
