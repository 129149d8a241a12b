use std::collections::HashSet;

use eventstore_core::{
    Append, Delete, Error, EventId, EventLinker, ExpectedVersion, Link, NewEvent, StreamDeleter, StreamName,
};
use eventstore_postgres::PostgresStore;
use serde::Serialize;

use super::line::Entry;
use crate::failure::Failure;
use crate::output::TableRow;

/// At most this many events, or links, go in one transaction.
const BATCH: usize = 1_000;

/// A transaction is begun when the payloads of so many bytes are at hand.
const BATCH_BYTES: usize = 4 << 20;

/// Stores the entries of an export in their order, those of one kind together.
pub(super) struct Importer {
    store: PostgresStore,
    events: Vec<(StreamName, Vec<NewEvent>)>,
    event_ids: HashSet<EventId>,
    bytes: usize,
    links: Option<(StreamName, Vec<EventId>)>,
    summary: Summary,
}

/// What an import has done.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    events: u64,
    links: u64,
    deleted_streams: u64,
    skipped: u64,
}

impl TableRow for Summary {
    const HEAD: &'static [&'static str] = &["EVENTS", "LINKS", "DELETED STREAMS", "THERE ALREADY"];

    fn cells(&self) -> Vec<String> {
        [self.events, self.links, self.deleted_streams, self.skipped]
            .map(|number| number.to_string())
            .into()
    }
}

impl Importer {
    pub(super) fn new(store: PostgresStore) -> Self {
        Self {
            store,
            events: Vec::new(),
            event_ids: HashSet::new(),
            bytes: 0,
            links: None,
            summary: Summary::default(),
        }
    }

    pub(super) async fn take(&mut self, entry: Entry) -> Result<(), Failure> {
        match entry {
            Entry::Event { stream, event } => self.take_event(stream, event).await,
            Entry::Link { stream, event_id } => self.take_link(stream, event_id).await,
            Entry::Deleted { stream } => self.delete(stream).await,
        }
    }

    pub(super) async fn finish(mut self) -> Result<Summary, Failure> {
        self.store_events().await?;
        self.store_links().await?;
        Ok(self.summary)
    }

    async fn take_event(&mut self, stream: StreamName, event: NewEvent) -> Result<(), Failure> {
        self.store_links().await?;
        if !self.event_ids.insert(event.id) {
            self.summary.skipped += 1;
            return Ok(());
        }
        self.bytes += event.data.len() + event.metadata.as_deref().map_or(0, <[u8]>::len);
        match self.events.last_mut() {
            Some((last, run)) if *last == stream => run.push(event),
            _ => self.events.push((stream, vec![event])),
        }
        if self.event_ids.len() >= BATCH || self.bytes >= BATCH_BYTES {
            self.store_events().await?;
        }
        Ok(())
    }

    async fn store_events(&mut self) -> Result<(), Failure> {
        let runs = std::mem::take(&mut self.events).into_iter();
        let runs = runs.map(|(stream, run)| Append::new(stream, ExpectedVersion::Any, run));
        let runs = runs.collect::<Result<Vec<_>, _>>()?;
        self.event_ids.clear();
        self.bytes = 0;
        if runs.is_empty() {
            return Ok(());
        }
        let imported = self.store.import(&runs).await?;
        self.summary.events += imported.stored;
        self.summary.skipped += imported.skipped;
        Ok(())
    }

    async fn take_link(&mut self, stream: StreamName, event_id: EventId) -> Result<(), Failure> {
        self.store_events().await?;
        match &mut self.links {
            Some((target, ids)) if *target == stream && ids.len() < BATCH && !ids.contains(&event_id) => {
                ids.push(event_id);
            }
            _ => {
                self.store_links().await?;
                self.links = Some((stream, vec![event_id]));
            }
        }
        Ok(())
    }

    async fn store_links(&mut self) -> Result<(), Failure> {
        let Some((stream, ids)) = self.links.take() else {
            return Ok(());
        };
        let count = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        match self.link(&stream, ids.clone()).await {
            Ok(()) => self.summary.links += count,
            Err(Error::DuplicateEvent { .. }) => self.store_links_one_by_one(&stream, ids).await?,
            Err(Error::StreamDeleted { .. }) => self.summary.skipped += count,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn store_links_one_by_one(&mut self, stream: &StreamName, ids: Vec<EventId>) -> Result<(), Failure> {
        for id in ids {
            match self.link(stream, vec![id]).await {
                Ok(()) => self.summary.links += 1,
                Err(Error::DuplicateEvent { .. }) => self.summary.skipped += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn link(&self, stream: &StreamName, ids: Vec<EventId>) -> Result<(), Error> {
        let link = Link::new(stream.clone(), ExpectedVersion::Any, ids)?;
        self.store.link(link).await.map(drop)
    }

    /// A stream that never held anything need not be there.
    async fn delete(&mut self, stream: StreamName) -> Result<(), Failure> {
        self.store_events().await?;
        self.store_links().await?;
        match self.store.delete(Delete::soft(stream)).await {
            Ok(()) => self.summary.deleted_streams += 1,
            Err(Error::StreamDeleted { .. } | Error::StreamNotFound { .. }) => self.summary.skipped += 1,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
