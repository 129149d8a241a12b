use std::collections::HashMap;
use std::num::NonZeroU32;

use eventstore_core::{
    Error, EventNumber, EventReaderExt, PageStart, Read, RecordedEvent, StreamDirectory, StreamInfo, StreamName,
    StreamQuery, StreamSelector, StreamSort,
};
use eventstore_postgres::PostgresStore;
use futures_util::TryStreamExt;

use crate::failure::Failure;
use crate::output::{Output, PortableLine, Progress};

/// How many streams are listed at once.
const STREAMS_PER_PAGE: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// Prints events in the order of `$all`, and each link just before the event that comes after it in its stream.
pub(super) struct Exporter {
    store: PostgresStore,
    output: Output,
    /// For each stream the number up to which its events and links have been printed.
    printed: HashMap<StreamName, u64>,
    /// So many streams hold links that cannot be read, since the streams are deleted.
    unreadable: u64,
}

impl Exporter {
    pub(super) fn new(store: PostgresStore, output: Output) -> Self {
        Self {
            store,
            output,
            printed: HashMap::new(),
            unreadable: 0,
        }
    }

    /// Prints the events that are there now, all links, and which streams are deleted.
    pub(super) async fn everything(&mut self) -> Result<(), Failure> {
        let store = self.store.clone();
        let head = store.stream_info(&StreamSelector::All).await?.version.get();
        let progress = self.output.progress("events", Some(head));
        let mut events = store.events(Read::all());
        while let Some(event) = events.try_next().await? {
            if event.event_number.get() > head {
                break;
            }
            self.event(&event, &progress).await?;
        }
        self.rest_of_streams().await
    }

    /// Prints the events of one stream, those that stand there by links as links.
    pub(super) async fn stream(&mut self, stream: &StreamName) -> Result<(), Failure> {
        let store = self.store.clone();
        let mut events = store.events(Read::stream(stream.clone()));
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

    async fn event(&mut self, event: &RecordedEvent, progress: &Progress) -> Result<(), Failure> {
        let version = event.stream_version.get();
        self.links_before(&event.stream, version).await?;
        self.output.portable(&PortableLine::Event(event))?;
        self.printed.insert(event.stream.clone(), version);
        progress.advance(1);
        Ok(())
    }

    /// Prints what stands between what has been printed of a stream and this number: links.
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
        let store = self.store.clone();
        let from = EventNumber::try_from(from).map_err(|error| Error::invalid_input("version", &error))?;
        let mut events = store.events(Read::stream(stream.clone()).from(from));
        while let Some(event) = events.try_next().await? {
            if event.event_number.get() >= end {
                break;
            }
            if event.stream != *stream {
                self.link(stream, &event)?;
            }
        }
        Ok(())
    }

    fn link(&mut self, stream: &StreamName, event: &RecordedEvent) -> Result<(), Failure> {
        let stream = stream.as_str();
        self.output.portable(&PortableLine::Link { stream, event })
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
        if info.deleted_at.is_some() {
            let stream = stream.as_str();
            self.output.portable(&PortableLine::Deleted { stream })?;
        }
        Ok(())
    }
}
