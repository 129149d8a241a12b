use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::{Result, StreamDirectory, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector};

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

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        let database = self.database();
        let call = database.streams_by_name(prefix, after, limit);
        database.label().observed("streams_by_name", call).await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        let database = self.database();
        let call = database.newest_streams(before, limit);
        database.label().observed("newest_streams", call).await
    }
}
