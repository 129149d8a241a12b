use async_trait::async_trait;
use eventstore_backend::ReadAhead;
use eventstore_core::backend::{Page, PageCursor, PageRequest, PageStream, PayloadFormat, PayloadStorage};
use eventstore_core::{EventId, EventLookup, EventNumber, EventReader, FoundEvent, Result, StreamSelector, Timestamp};

use crate::SqliteStore;

#[async_trait]
impl EventReader for SqliteStore {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        self.database()
            .label()
            .observed("read_page", self.database().read_page(request))
            .await
    }

    fn read_pages(&self, cursor: PageCursor) -> PageStream<'_> {
        ReadAhead::pages(self, cursor)
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        self.database()
            .label()
            .observed("number_at", self.database().number_at(selector, at))
            .await
    }

    fn metrics_label(&self) -> &str {
        self.database().label().as_str()
    }
}

#[async_trait]
impl EventLookup for SqliteStore {
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        self.database()
            .label()
            .observed("find_event", self.database().find_event(id))
            .await
    }
}

impl PayloadStorage for SqliteStore {
    fn payload_format(&self) -> PayloadFormat {
        PayloadFormat::Bytes
    }
}
