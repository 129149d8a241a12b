use std::num::NonZeroU32;

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{StreamInfo, StreamQuery};

use super::Backend;
use super::sample::read_whole;

/// All that can be seen of the streams of a store.
#[derive(Debug, PartialEq)]
pub(super) struct Contents(Vec<(StreamInfo, Vec<NumberedEvent>)>);

impl Contents {
    pub(super) async fn of(store: &dyn Backend) -> Self {
        let mut streams = Vec::new();
        for info in all_streams(store).await {
            let events = match info.deleted_at {
                None => read_whole(store, info.selector.clone()).await,
                Some(_) => Vec::new(),
            };
            streams.push((info, events));
        }
        Self(streams)
    }

    pub(super) fn streams(&self) -> &[(StreamInfo, Vec<NumberedEvent>)] {
        &self.0
    }
}

/// Every stream of the store on one page: `$all`, soft-deleted ones and all others, by their ids.
pub(super) async fn all_streams(store: &dyn Backend) -> Vec<StreamInfo> {
    let query = StreamQuery {
        page_size: NonZeroU32::new(10_000).unwrap(),
        ..StreamQuery::default()
    };
    store.list_streams(query).await.unwrap().streams
}
