//! Lists of streams: which ones, in which order, page by page.

mod keyset;
mod order;
mod pages;
mod search;
mod streams;

pub use keyset::*;
pub use order::*;
pub use pages::*;
pub use search::*;
pub use streams::*;

use std::num::NonZeroU32;

use eventstore_core::{PageStart, StreamInfo, StreamPage, StreamQuery};

use super::Backend;

async fn list(store: &dyn Backend, query: StreamQuery) -> StreamPage {
    store.list_streams(query).await.unwrap()
}

fn names_of(streams: &[StreamInfo]) -> Vec<&str> {
    streams.iter().map(|info| info.selector.as_str()).collect()
}

fn count(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn page(number: u32) -> PageStart {
    PageStart::Number(count(number))
}

fn after(info: &StreamInfo) -> PageStart {
    PageStart::After(Box::new(info.clone()))
}

/// Goes through all pages, each after the last stream of the one before.
async fn walk(store: &dyn Backend, query: &StreamQuery) -> Vec<StreamInfo> {
    let mut streams: Vec<StreamInfo> = Vec::new();
    loop {
        let start = streams.last().map_or(query.start.clone(), after);
        let page = list(store, StreamQuery { start, ..query.clone() }).await;
        assert!(page.streams.len() <= usize::try_from(query.page_size.get()).unwrap());
        if page.streams.is_empty() {
            return streams;
        }
        streams.extend(page.streams);
        assert!(
            streams.len() <= 1_000,
            "the pages have no end: {:?}",
            names_of(&streams)
        );
    }
}
