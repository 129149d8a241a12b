use std::num::NonZeroU32;

use async_trait::async_trait;
use clap::ValueEnum;
use eventstore_core::backend::{NumberedEvent, Page, PageRequest};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Error, EventNumber, EventReader, EventWriter, Result, StreamDirectory,
    StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector, Timestamp,
};
use eventstore_testkit::MemoryStore;
use uuid::Uuid;

/// What is broken in the way in which a store is read. It concerns the event with position, or version, 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Damage {
    /// `$all` leaves it out.
    LosesPosition,
    /// Its stream leaves it out.
    LosesVersion,
    /// Its stream gives it the number of the event before.
    RepeatsVersion,
    /// `$all` gives it the id of the first event.
    RepeatsId,
    /// It has another id wherever it is linked.
    BreaksLinks,
    /// The streams cannot be found.
    LosesStreams,
    /// The streams are said to be shorter.
    ForgetsVersions,
    /// `$all` cannot be read.
    CannotRead,
}

/// A store of which what is read is not right.
pub(crate) struct Damaged {
    store: MemoryStore,
    damage: Option<Damage>,
}

impl Damaged {
    pub(crate) fn new(store: MemoryStore, damage: Option<Damage>) -> Self {
        Self { store, damage }
    }

    /// The event as it is given; nothing if it is left out.
    fn event(&self, selector: &StreamSelector, first: EventNumber, mut event: NumberedEvent) -> Option<NumberedEvent> {
        let is_all = *selector == StreamSelector::All;
        let is_link = !is_all && StreamSelector::from(event.stream.clone()) != *selector;
        let is_second = event.number == first.next();
        match self.damage? {
            Damage::LosesPosition if is_all && is_second => None,
            Damage::LosesVersion if !is_all && is_second => None,
            Damage::RepeatsVersion if !is_all && is_second => {
                event.number = first;
                Some(event)
            }
            Damage::RepeatsId if is_all && is_second => {
                event.event_id = Uuid::nil().into();
                Some(event)
            }
            Damage::RepeatsId if is_all && event.number == first => {
                event.event_id = Uuid::nil().into();
                Some(event)
            }
            Damage::BreaksLinks if is_link => {
                event.event_id = Uuid::nil().into();
                Some(event)
            }
            _ => Some(event),
        }
    }

    fn info(&self, info: StreamInfo) -> StreamInfo {
        match (self.damage, &info.selector) {
            (Some(Damage::ForgetsVersions), StreamSelector::Stream(_)) => StreamInfo {
                version: info.version.previous(),
                ..info
            },
            _ => info,
        }
    }
}

#[async_trait]
impl EventWriter for Damaged {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.store.append(append).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.store.append_set(set).await
    }
}

#[async_trait]
impl EventReader for Damaged {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        let selector = request.selector.clone();
        if self.damage == Some(Damage::CannotRead) && selector == StreamSelector::All {
            return Err(Error::Storage {
                message: "a page is damaged".to_owned(),
                source: "checksum".into(),
            });
        }
        let mut page = self.store.read_page(request).await?;
        if self.damage.is_some() {
            let events = page.events.into_iter();
            page.events = events
                .filter_map(|event| self.event(&selector, EventNumber::FIRST, event))
                .collect();
        }
        Ok(page)
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        self.store.number_at(selector, at).await
    }
}

#[async_trait]
impl StreamDirectory for Damaged {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        match (self.damage, selector) {
            (Some(Damage::LosesStreams), StreamSelector::Stream(stream)) => {
                Err(Error::StreamNotFound { stream: stream.clone() })
            }
            _ => Ok(self.info(self.store.stream_info(selector).await?)),
        }
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        let mut page = self.store.list_streams(query).await?;
        if self.damage == Some(Damage::LosesStreams) {
            page.streams.retain(|info| info.selector == StreamSelector::All);
        }
        page.streams = page.streams.into_iter().map(|info| self.info(info)).collect();
        Ok(page)
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        self.store.streams_by_name(prefix, after, limit).await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        self.store.newest_streams(before, limit).await
    }
}
