use std::collections::HashSet;

use eventstore_core::backend::{ImportConflicts, ImportRun};
use eventstore_core::{
    Append, Delete, Deletion, Error, EventId, EventStore, ExpectedVersion, Link, NewEvent, Snapshot, SnapshotOutcome,
    SnapshotPolicy, StreamName, StreamSelector, StreamVersion, SubscriptionKey,
};

use super::entry::{Entry, SubscriptionEntry};
use super::subscriptions::SubscriptionImporter;
use super::summary::Summary;
use crate::command::lines::Lines;
use crate::failure::Failure;
use crate::portable::LastFolded;

/// At most this many events, or links, go in one transaction.
const BATCH: usize = 1_000;

/// A transaction begins once payloads of this many bytes have been read.
const BATCH_BYTES: usize = 4 << 20;

/// Stores the entries of an export in their order, those of one kind together.
pub(super) struct Importer<B> {
    store: B,
    events: Vec<Run>,
    conflicts: ImportConflicts,
    event_ids: HashSet<EventId>,
    lines: Lines,
    bytes: usize,
    links: Option<(StreamName, Vec<EventId>)>,
    subscriptions: Option<(StreamSelector, Vec<SubscriptionEntry>)>,
    begun_anew: Vec<SubscriptionKey>,
    summary: Summary,
}

/// Events of one stream that come one after the other, all with their versions or all without.
struct Run {
    stream: StreamName,
    versions: Vec<StreamVersion>,
    events: Vec<NewEvent>,
}

impl Run {
    fn takes(&self, stream: &StreamName, version: Option<StreamVersion>) -> bool {
        self.stream == *stream && self.versions.is_empty() == version.is_none()
    }

    fn into_import(self) -> Result<ImportRun, Error> {
        let append = Append::new(self.stream, ExpectedVersion::Any, self.events)?;
        if self.versions.is_empty() {
            return Ok(append.into());
        }
        ImportRun::with_versions(append, self.versions)
    }
}

impl<B: EventStore> Importer<B> {
    pub(super) fn new(store: B, conflicts: ImportConflicts) -> Self {
        Self {
            store,
            events: Vec::new(),
            conflicts,
            event_ids: HashSet::new(),
            lines: Lines::default(),
            bytes: 0,
            links: None,
            subscriptions: None,
            begun_anew: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// Takes what is on this line.
    pub(super) async fn take(&mut self, entry: Entry, line: u64) -> Result<(), Failure> {
        match entry {
            Entry::Event { stream, version, event } => self.take_event(stream, version, event, line).await,
            Entry::Link { stream, event_id } => self.take_link(stream, event_id).await,
            Entry::Deleted { stream } => self.delete(stream).await,
            Entry::Snapshot { snapshot, event_id } => self.record_snapshot(snapshot, event_id).await,
            Entry::Subscription(subscription) => self.take_subscription(subscription).await,
        }
    }

    /// What was done, and the subscriptions that begin again at the origin.
    pub(super) async fn finish(mut self) -> Result<(Summary, Vec<SubscriptionKey>), Failure> {
        self.store_all().await?;
        Ok((self.summary, self.begun_anew))
    }

    async fn store_all(&mut self) -> Result<(), Failure> {
        self.store_events().await?;
        self.store_links().await?;
        self.store_subscriptions().await
    }

    async fn take_event(
        &mut self,
        stream: StreamName,
        version: Option<StreamVersion>,
        event: NewEvent,
        line: u64,
    ) -> Result<(), Failure> {
        self.store_links().await?;
        self.store_subscriptions().await?;
        if !self.event_ids.insert(event.id) {
            // The store tells whether it is the same event of the same stream.
            self.store_events().await?;
            self.event_ids.insert(event.id);
        }
        self.lines.put(event.id, line);
        self.bytes += event.data.len() + event.metadata.as_deref().map_or(0, <[u8]>::len);
        match self.events.last_mut() {
            Some(run) if run.takes(&stream, version) => {
                run.versions.extend(version);
                run.events.push(event);
            }
            _ => self.events.push(Run {
                stream,
                versions: version.into_iter().collect(),
                events: vec![event],
            }),
        }
        if self.event_ids.len() >= BATCH || self.bytes >= BATCH_BYTES {
            self.store_events().await?;
        }
        Ok(())
    }

    async fn store_events(&mut self) -> Result<(), Failure> {
        let runs = std::mem::take(&mut self.events).into_iter();
        let runs = runs.map(Run::into_import).collect::<Result<Vec<_>, _>>()?;
        self.event_ids.clear();
        let lines = std::mem::take(&mut self.lines);
        self.bytes = 0;
        if runs.is_empty() {
            return Ok(());
        }
        let imported = self
            .store
            .import(&runs, self.conflicts)
            .await
            .map_err(|error| lines.name(error))?;
        self.summary.events += imported.stored;
        self.summary.skipped += imported.skipped;
        self.summary.elsewhere += imported.elsewhere;
        self.summary.renumbered += imported.renumbered;
        Ok(())
    }

    async fn take_link(&mut self, stream: StreamName, event_id: EventId) -> Result<(), Failure> {
        self.store_events().await?;
        self.store_subscriptions().await?;
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
        self.store_all().await?;
        match self.store.delete(Delete::new(stream, Deletion::Soft)).await {
            Ok(()) => self.summary.deleted_streams += 1,
            Err(Error::StreamDeleted { .. } | Error::StreamNotFound { .. }) => self.summary.skipped += 1,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// A snapshot fits only if the stream holds the same events before it as the stream in which it was made.
    async fn record_snapshot(&mut self, snapshot: Snapshot, event_id: Option<EventId>) -> Result<(), Failure> {
        self.store_all().await?;
        let recorded = self.store.read_snapshot(&snapshot.source).await?;
        let is_there = recorded.is_some_and(|recorded| recorded.snapshot.version >= snapshot.version);
        let last_folded = event_id.map_or(LastFolded::NoStream, LastFolded::Event);
        let outcome = if is_there || LastFolded::of(&self.store, &snapshot).await? != last_folded {
            SnapshotOutcome::Superseded(snapshot.version)
        } else {
            self.store.record_snapshot(snapshot, SnapshotPolicy::KeepNewest).await?
        };
        match outcome {
            SnapshotOutcome::Recorded => self.summary.snapshots += 1,
            SnapshotOutcome::Superseded(_) => self.summary.skipped += 1,
        }
        Ok(())
    }

    async fn take_subscription(&mut self, subscription: SubscriptionEntry) -> Result<(), Failure> {
        self.store_events().await?;
        self.store_links().await?;
        match &mut self.subscriptions {
            Some((stream, subscriptions)) if *stream == subscription.key.selector => subscriptions.push(subscription),
            _ => {
                self.store_subscriptions().await?;
                self.subscriptions = Some((subscription.key.selector.clone(), vec![subscription]));
            }
        }
        Ok(())
    }

    async fn store_subscriptions(&mut self) -> Result<(), Failure> {
        let Some((stream, subscriptions)) = self.subscriptions.take() else {
            return Ok(());
        };
        let mut importer = SubscriptionImporter {
            store: &self.store,
            summary: &mut self.summary,
            begun_anew: &mut self.begun_anew,
        };
        Ok(importer.run(&stream, subscriptions).await?)
    }
}
