use async_trait::async_trait;
use eventstore_core::{Result, StreamDirectory, StreamInfo, StreamPage, StreamQuery, StreamSelector};

use crate::SqliteStore;
use crate::observe::observed;

#[async_trait]
impl StreamDirectory for SqliteStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        observed(
            self.database().label(),
            "stream_info",
            self.database().stream_info(selector),
        )
        .await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        observed(
            self.database().label(),
            "list_streams",
            self.database().list_streams(&query),
        )
        .await
    }
}
