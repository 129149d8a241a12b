use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::EventStore;
use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    Error, EventNumber, EventReaderExt, GroupSettings, PageStart, ParkedEvent, Read, StreamInfo, StreamName,
    StreamQuery, StreamSelector, StreamSort, SubscriptionId,
};
use futures_util::TryStreamExt;

use super::acknowledged::Acknowledged;
use crate::failure::Failure;
use crate::output::{Output, PortableLine, Progress};
use crate::portable::LastFolded;

/// How many streams are listed at once.
const STREAMS_PER_PAGE: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// How many snapshots, or parked events, are listed at once.
const LISTED_AT_ONCE: u32 = 100;

/// Prints events in the order of `$all`, and each link just before the event that comes after it in its stream.
pub(super) struct Exporter<B> {
    store: Arc<B>,
    output: Output,
    /// For each stream the number up to which its events and links have been printed.
    printed: HashMap<StreamName, u64>,
    /// For each stream, and for `$all`, the subscriptions to it that have not been printed.
    acknowledged: HashMap<StreamSelector, Acknowledged>,
    /// What the members of each group agree on, by the id of the group's subscription.
    groups: HashMap<SubscriptionId, GroupSettings>,
    /// How many streams hold links that cannot be read, because the streams are deleted.
    unreadable: u64,
}

impl<B: EventStore> Exporter<B> {
    pub(super) fn new(store: B, output: Output) -> Self {
        Self {
            store: Arc::new(store),
            output,
            printed: HashMap::new(),
            acknowledged: HashMap::new(),
            groups: HashMap::new(),
            unreadable: 0,
        }
    }

    /// Prints the events that are there now, all links, which streams are deleted, subscriptions and snapshots.
    pub(super) async fn everything(&mut self) -> Result<(), Failure> {
        let store = Arc::clone(&self.store);
        // Before the head is known, so that no checkpoint is beyond what is printed.
        self.find_subscriptions().await?;
        let head = store.stream_info(&StreamSelector::All).await?.version.get();
        let progress = self.output.progress("events", Some(head));
        let mut events = store.numbered(Read::all());
        while let Some(event) = events.try_next().await? {
            if event.number.get() > head {
                break;
            }
            self.event(&event, &progress).await?;
        }
        self.rest_of_streams().await?;
        self.rest_of_subscriptions().await?;
        self.snapshots().await
    }

    /// Prints the events of one stream; linked events are printed as links.
    pub(super) async fn stream(&mut self, stream: &StreamName) -> Result<(), Failure> {
        let store = Arc::clone(&self.store);
        let mut events = store.numbered(Read::new(stream.clone()));
        while let Some(event) = events.try_next().await? {
            if event.stream == *stream {
                self.output.portable(&PortableLine::Event(&event))?;
            } else {
                self.link(stream, &event)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.output.flush()?;
        if self.unreadable > 0 {
            self.output.note(&format!(
                "left out: the links in deleted streams; undelete them first to keep the links (streams: {})",
                self.unreadable
            ));
        }
        Ok(())
    }

    async fn event(&mut self, event: &NumberedEvent, progress: &Progress) -> Result<(), Failure> {
        let version = event.stream_version.get();
        self.links_before(&event.stream, version).await?;
        self.output.portable(&PortableLine::Event(event))?;
        self.pass(&StreamSelector::All, event.number.get(), event);
        self.pass(&event.stream.clone().into(), version, event);
        self.printed.insert(event.stream.clone(), version);
        progress.advance(1);
        Ok(())
    }

    /// Prints the links of a stream between what has been printed and this number.
    async fn links_before(&mut self, stream: &StreamName, number: u64) -> Result<(), Failure> {
        let printed = self.printed.get(stream).copied().unwrap_or(0);
        if number <= printed + 1 {
            return Ok(());
        }
        match self.links(stream, printed + 1, number).await {
            Err(Failure::Store(Error::StreamDeleted { .. })) => self.unreadable += 1,
            Err(Failure::Store(Error::StreamNotFound { .. })) => {}
            printed => printed?,
        }
        Ok(())
    }

    async fn links(&mut self, stream: &StreamName, from: u64, end: u64) -> Result<(), Failure> {
        let store = Arc::clone(&self.store);
        let from = EventNumber::try_from(from).map_err(|error| Error::invalid_input("version", &error))?;
        let mut events = store.numbered(Read::new(stream.clone()).with_start(from));
        while let Some(event) = events.try_next().await? {
            if event.number.get() >= end {
                break;
            }
            if event.stream != *stream {
                self.link(stream, &event)?;
            }
        }
        Ok(())
    }

    fn link(&mut self, stream: &StreamName, event: &NumberedEvent) -> Result<(), Failure> {
        self.pass(&stream.clone().into(), event.number.get(), event);
        let stream = stream.as_str();
        self.output.portable(&PortableLine::Link { stream, event })
    }

    fn pass(&mut self, stream: &StreamSelector, number: u64, event: &NumberedEvent) {
        if let Some(acknowledged) = self.acknowledged.get_mut(stream) {
            acknowledged.pass(number, event.event_id);
        }
    }

    async fn find_subscriptions(&mut self) -> Result<(), Failure> {
        let groups = self.store.list_groups().await?;
        self.groups = groups.into_iter().map(|group| (group.id, group.settings)).collect();
        let mut of_streams: HashMap<_, Vec<_>> = HashMap::new();
        for subscription in self.store.list_subscriptions().await? {
            let selector = subscription.key.selector.clone();
            of_streams.entry(selector).or_default().push(subscription);
        }
        self.acknowledged = of_streams
            .into_iter()
            .map(|(selector, subscriptions)| (selector, Acknowledged::by(subscriptions)))
            .collect();
        Ok(())
    }

    /// Prints the subscriptions to a stream of which all was printed.
    async fn subscriptions(&mut self, stream: &StreamSelector) -> Result<(), Failure> {
        let acknowledged = self.acknowledged.remove(stream).unwrap_or_default();
        for (info, acknowledged) in acknowledged.finish() {
            let parked = self.parked(info.record.id).await?;
            self.output.portable(&PortableLine::Subscription {
                info: &info,
                group: self.groups.get(&info.record.id),
                acknowledged: &acknowledged,
                parked: &parked,
            })?;
        }
        Ok(())
    }

    async fn parked(&self, id: SubscriptionId) -> Result<Vec<ParkedEvent>, Failure> {
        let mut parked: Vec<ParkedEvent> = Vec::new();
        loop {
            let after = parked.last().map_or(EventNumber::ZERO, |last| last.number);
            let page = self.store.list_parked(id, after, LISTED_AT_ONCE).await?;
            if page.is_empty() {
                return Ok(parked);
            }
            parked.extend(page);
        }
    }

    /// Prints the subscriptions to `$all` and to streams that do not exist.
    async fn rest_of_subscriptions(&mut self) -> Result<(), Failure> {
        let mut rest: Vec<_> = self.acknowledged.keys().cloned().collect();
        rest.sort();
        for stream in rest {
            self.subscriptions(&stream).await?;
        }
        Ok(())
    }

    async fn snapshots(&mut self) -> Result<(), Failure> {
        let mut last = None;
        loop {
            let page = self.store.list_snapshots(last.as_ref(), LISTED_AT_ONCE).await?;
            let Some(end) = page.last() else { return Ok(()) };
            last = Some(end.snapshot.source.clone());
            for recorded in &page {
                let event_id = match LastFolded::of(&*self.store, &recorded.snapshot).await? {
                    LastFolded::Event(id) => Some(id),
                    LastFolded::NoStream => None,
                    LastFolded::Missing => continue,
                };
                self.output.portable(&PortableLine::Snapshot { recorded, event_id })?;
            }
        }
    }

    /// Prints links at the ends of streams, and which streams are deleted.
    async fn rest_of_streams(&mut self) -> Result<(), Failure> {
        let mut query = StreamQuery {
            sort: StreamSort::Name,
            page_size: STREAMS_PER_PAGE,
            ..StreamQuery::default()
        };
        loop {
            let page = self.store.list_streams(query.clone()).await?;
            let Some(last) = page.streams.last() else { return Ok(()) };
            query.start = PageStart::After(Box::new(last.clone()));
            for info in &page.streams {
                self.rest_of_stream(info).await?;
            }
        }
    }

    async fn rest_of_stream(&mut self, info: &StreamInfo) -> Result<(), Failure> {
        let StreamSelector::Stream(stream) = &info.selector else {
            return Ok(());
        };
        self.links_before(stream, info.version.get() + 1).await?;
        self.subscriptions(&info.selector).await?;
        if info.deleted_at.is_some() {
            let stream = stream.as_str();
            self.output.portable(&PortableLine::Deleted { stream })?;
        }
        Ok(())
    }
}
