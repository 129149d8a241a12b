use async_trait::async_trait;
use eventstore_backend::ReadAhead;
use eventstore_core::backend::{Page, PageCursor, PageRequest, PageStream};
use eventstore_core::{EventId, EventLookup, EventNumber, EventReader, FoundEvent, Result, StreamSelector, Timestamp};

use crate::store::sessions::Sessions;
use crate::{OnConnection, PostgresStore};

#[async_trait]
impl EventReader for PostgresStore {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        read_page(self, &request).await
    }

    fn read_pages(&self, cursor: PageCursor) -> PageStream<'_> {
        ReadAhead::pages(self, cursor)
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        number_at(self, selector, at).await
    }

    fn metrics_label(&self) -> &str {
        self.label().as_str()
    }
}

#[async_trait]
impl EventReader for OnConnection<'_> {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        read_page(self, &request).await
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        number_at(self, selector, at).await
    }

    fn metrics_label(&self) -> &str {
        self.label().as_str()
    }
}

#[async_trait]
impl EventLookup for PostgresStore {
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        find_event(self, id).await
    }
}

#[async_trait]
impl EventLookup for OnConnection<'_> {
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        find_event(self, id).await
    }
}

async fn read_page(store: &impl Sessions, request: &PageRequest) -> Result<Page> {
    let call = async { store.session().await?.read_page(request).await };
    store.label().observed("read_page", call).await
}

async fn number_at(store: &impl Sessions, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
    let call = async { store.session().await?.number_at(selector, at).await };
    store.label().observed("number_at", call).await
}

async fn find_event(store: &impl Sessions, id: EventId) -> Result<Option<FoundEvent>> {
    let call = async { store.session().await?.find_event(id).await };
    store.label().observed("find_event", call).await
}
