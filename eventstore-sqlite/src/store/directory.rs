use async_trait::async_trait;
use eventstore_core::{Result, StreamDirectory, StreamInfo, StreamPage, StreamQuery, StreamSelector};

use crate::SqliteStore;

#[async_trait]
impl StreamDirectory for SqliteStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        self.database()
            .label()
            .observed("stream_info", self.database().stream_info(selector))
            .await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        self.database()
            .label()
            .observed("list_streams", self.database().list_streams(&query))
            .await
    }
}
