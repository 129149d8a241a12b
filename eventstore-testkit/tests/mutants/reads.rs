//! Reads that break a rule.

use async_trait::async_trait;
use eventstore_core::backend::{NumberedEvent, Page, PageRequest};
use eventstore_core::{
    Delete, Deletion, Direction, Error, EventNumber, EventReader, Result, StreamDeleter, StreamDirectory, StreamInfo,
    StreamSelector,
};
use eventstore_testkit::MemoryStore;

use crate::mutation::Mutation;

pub(crate) struct LeavesOutEverySeventhEvent;

#[async_trait]
impl Mutation for LeavesOutEverySeventhEvent {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let mut page = store.read_page(request).await?;
        page.events.retain(|event| event.number.get() % 7 != 0);
        Ok(page)
    }
}

pub(crate) struct TellsNoPositions;

#[async_trait]
impl Mutation for TellsNoPositions {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let is_all = request.selector == StreamSelector::All;
        let mut page = store.read_page(request).await?;
        for event in page.events.iter_mut().filter(|_| !is_all) {
            event.position = None;
        }
        Ok(page)
    }
}

pub(crate) struct TellsNoLinks;

#[async_trait]
impl Mutation for TellsNoLinks {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let mut page = store.read_page(request).await?;
        for event in &mut page.events {
            event.link = None;
        }
        Ok(page)
    }
}

pub(crate) struct StartsAfterTheStart;

#[async_trait]
impl Mutation for StartsAfterTheStart {
    async fn read_page(&self, store: &MemoryStore, mut request: PageRequest) -> Result<Page> {
        if request.direction == Direction::Forward && request.from > EventNumber::FIRST {
            request.from = request.from.next();
        }
        store.read_page(request).await
    }
}

pub(crate) struct CallsAFullPageTheLast;

#[async_trait]
impl Mutation for CallsAFullPageTheLast {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let page = store.read_page(request).await?;
        Ok(Page { is_last: true, ..page })
    }
}

pub(crate) struct SaysItScannedToTheEnd;

#[async_trait]
impl Mutation for SaysItScannedToTheEnd {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let forward = request.direction == Direction::Forward;
        let head = store.stream_info(&request.selector).await?.version;
        let page = store.read_page(request).await?;
        Ok(if forward {
            let scanned_to = page.scanned_to.max(head.into());
            Page { scanned_to, ..page }
        } else {
            page
        })
    }
}

pub(crate) struct IgnoresTheLimit;

#[async_trait]
impl Mutation for IgnoresTheLimit {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        store
            .read_page(PageRequest {
                limit: 1_000,
                ..request
            })
            .await
    }
}

pub(crate) struct IgnoresTheBytes;

#[async_trait]
impl Mutation for IgnoresTheBytes {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let max_bytes = None;
        store.read_page(PageRequest { max_bytes, ..request }).await
    }
}

/// As if a page that is shorter than its limit were always the last.
pub(crate) struct CallsAPageWithoutRoomTheLast;

#[async_trait]
impl Mutation for CallsAPageWithoutRoomTheLast {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let limit = request.limit;
        let page = store.read_page(request).await?;
        let is_full = page.events.len() == usize::try_from(limit).unwrap();
        Ok(Page {
            is_last: page.is_last || !is_full,
            ..page
        })
    }
}

pub(crate) struct LeavesOutWhatIsLargerThanAPage;

#[async_trait]
impl Mutation for LeavesOutWhatIsLargerThanAPage {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let most = request.max_bytes;
        let mut page = store.read_page(request).await?;
        let fits = |event: &NumberedEvent| most.is_none_or(|most| event.payload_bytes() <= most.get());
        page.events.retain(fits);
        Ok(page)
    }
}

pub(crate) struct FindsAMissingStreamEmpty;

#[async_trait]
impl Mutation for FindsAMissingStreamEmpty {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        match store.read_page(request).await {
            Err(Error::StreamNotFound { .. }) => Ok(Page {
                events: vec![],
                scanned_to: EventNumber::ZERO,
                is_last: true,
            }),
            answer => answer,
        }
    }
}

pub(crate) struct ReadsADeletedStream;

#[async_trait]
impl Mutation for ReadsADeletedStream {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        match store.read_page(request.clone()).await {
            Err(Error::StreamDeleted { stream }) => {
                store.undelete(&stream).await?;
                let page = store.read_page(request).await;
                store.delete(Delete::new(stream, Deletion::Soft)).await?;
                page
            }
            answer => answer,
        }
    }
}

pub(crate) struct HidesSoftDeletedEventsInAllStreams;

#[async_trait]
impl Mutation for HidesSoftDeletedEventsInAllStreams {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let mut page = store.read_page(request).await?;
        let mut visible = Vec::new();
        for event in page.events {
            let info = store.stream_info(&event.stream.clone().into()).await;
            if !matches!(info, Err(Error::StreamDeleted { .. })) {
                visible.push(event);
            }
        }
        page.events = visible;
        Ok(page)
    }
}

/// As if a position that was freed were given again.
pub(crate) struct ClosesTheGapsOfAllStreams;

#[async_trait]
impl Mutation for ClosesTheGapsOfAllStreams {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let is_from_the_start = request.selector == StreamSelector::All && request.from <= EventNumber::FIRST;
        let mut page = store.read_page(request).await?;
        if is_from_the_start {
            let mut number = EventNumber::FIRST;
            for event in &mut page.events {
                event.number = number;
                number = number.next();
            }
        }
        Ok(page)
    }
}

pub(crate) struct NumbersLinksAsTheirEvents;

#[async_trait]
impl Mutation for NumbersLinksAsTheirEvents {
    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        let is_all = request.selector == StreamSelector::All;
        let mut page = store.read_page(request).await?;
        for event in page.events.iter_mut().filter(|_| !is_all) {
            event.number = event.stream_version.into();
        }
        Ok(page)
    }
}

pub(crate) struct CountsOneVersionTooFew;

#[async_trait]
impl Mutation for CountsOneVersionTooFew {
    async fn stream_info(&self, store: &MemoryStore, selector: &StreamSelector) -> Result<StreamInfo> {
        let info = store.stream_info(selector).await?;
        Ok(StreamInfo {
            version: info.version.previous(),
            ..info
        })
    }
}
