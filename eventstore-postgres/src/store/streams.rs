use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::{
    Delete, EventLinker, Link, LinkReceipt, Result, StreamDeleter, StreamDirectory, StreamInfo, StreamName, StreamPage,
    StreamQuery, StreamSelector,
};

use crate::store::sessions::Sessions;
use crate::{OnConnection, PostgresStore};

#[async_trait]
impl EventLinker for PostgresStore {
    async fn link(&self, link: Link) -> Result<LinkReceipt> {
        link_events(self, &link).await
    }
}

#[async_trait]
impl EventLinker for OnConnection<'_> {
    async fn link(&self, link: Link) -> Result<LinkReceipt> {
        link_events(self, &link).await
    }
}

#[async_trait]
impl StreamDeleter for PostgresStore {
    async fn delete(&self, delete: Delete) -> Result<()> {
        delete_stream(self, &delete).await
    }

    async fn undelete(&self, stream: &StreamName) -> Result<()> {
        undelete_stream(self, stream).await
    }
}

#[async_trait]
impl StreamDeleter for OnConnection<'_> {
    async fn delete(&self, delete: Delete) -> Result<()> {
        delete_stream(self, &delete).await
    }

    async fn undelete(&self, stream: &StreamName) -> Result<()> {
        undelete_stream(self, stream).await
    }
}

#[async_trait]
impl StreamDirectory for PostgresStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        stream_info(self, selector).await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        list_streams(self, &query).await
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        streams_by_name(self, prefix, after, limit).await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        newest_streams(self, before, limit).await
    }
}

#[async_trait]
impl StreamDirectory for OnConnection<'_> {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        stream_info(self, selector).await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        list_streams(self, &query).await
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        streams_by_name(self, prefix, after, limit).await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        newest_streams(self, before, limit).await
    }
}

async fn link_events(store: &impl Sessions, link: &Link) -> Result<LinkReceipt> {
    let call = async { store.session_for_change().await?.link(link).await };
    store.label().observed("link", call).await
}

async fn delete_stream(store: &impl Sessions, delete: &Delete) -> Result<()> {
    let call = async { store.session_for_change().await?.delete(delete).await };
    store.label().observed("delete", call).await
}

async fn undelete_stream(store: &impl Sessions, stream: &StreamName) -> Result<()> {
    let call = async { store.session_for_change().await?.undelete(stream).await };
    store.label().observed("undelete", call).await
}

async fn stream_info(store: &impl Sessions, selector: &StreamSelector) -> Result<StreamInfo> {
    let call = async { store.session().await?.stream_info(selector).await };
    store.label().observed("stream_info", call).await
}

async fn list_streams(store: &impl Sessions, query: &StreamQuery) -> Result<StreamPage> {
    let call = async { store.session().await?.list_streams(query).await };
    store.label().observed("list_streams", call).await
}

async fn streams_by_name(
    store: &impl Sessions,
    prefix: &str,
    after: Option<&StreamName>,
    limit: NonZeroU32,
) -> Result<Vec<StreamInfo>> {
    let call = async { store.session().await?.streams_by_name(prefix, after, limit).await };
    store.label().observed("streams_by_name", call).await
}

async fn newest_streams(store: &impl Sessions, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
    let call = async { store.session().await?.newest_streams(before, limit).await };
    store.label().observed("newest_streams", call).await
}
