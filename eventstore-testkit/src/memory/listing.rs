use std::cmp::{Ordering, Reverse};
use std::num::NonZeroU32;

use eventstore_core::{PageStart, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSort};

use super::state::State;
use super::stream::MemoryStream;

impl State {
    pub(super) fn list_streams(&self, query: &StreamQuery) -> StreamPage {
        let mut found: Vec<_> = self
            .all_streams()
            .map(MemoryStream::info)
            .filter(|info| is_searched_for(query, info))
            .cloned()
            .collect();
        found.sort_by(|a, b| order(query, a, b));
        let total_streams = found.len().try_into().unwrap_or(u64::MAX);

        let page_size = index(query.page_size.get());
        let page = found.into_iter();
        let page = match &query.start {
            PageStart::Number(number) => page
                .skip(page_size.saturating_mul(index(number.get()) - 1))
                .take(page_size)
                .collect(),
            PageStart::After(last) => page
                .skip_while(|info| order(query, info, last) != Ordering::Greater)
                .take(page_size)
                .collect(),
        };
        StreamPage::new(query, page, total_streams)
    }

    pub(super) fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Vec<StreamInfo> {
        let mut found: Vec<_> = self
            .streams
            .iter()
            .filter(|(name, _)| name.as_str().starts_with(prefix) && after.is_none_or(|after| *name > after))
            .collect();
        found.sort_by_key(|(name, _)| *name);
        infos(found.into_iter().map(|(_, stream)| stream), limit)
    }

    pub(super) fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Vec<StreamInfo> {
        let mut found: Vec<_> = self
            .streams
            .values()
            .filter(|stream| before.is_none_or(|before| stream.info().id < before))
            .collect();
        found.sort_by_key(|stream| Reverse(stream.info().id));
        infos(found, limit)
    }
}

fn infos<'s>(streams: impl IntoIterator<Item = &'s MemoryStream>, limit: NonZeroU32) -> Vec<StreamInfo> {
    let infos = streams.into_iter().map(MemoryStream::info);
    infos.take(index(limit.get())).cloned().collect()
}

fn is_searched_for(query: &StreamQuery, info: &StreamInfo) -> bool {
    let search = query.search.as_deref().unwrap_or_default();
    info.selector.as_str().contains(search)
}

/// Descending is ascending backwards, down to the streams that sort alike.
fn order(query: &StreamQuery, a: &StreamInfo, b: &StreamInfo) -> Ordering {
    let ascending = by_key(query.sort, a, b).then(a.id.cmp(&b.id));
    if query.is_descending {
        ascending.reverse()
    } else {
        ascending
    }
}

fn by_key(sort: StreamSort, a: &StreamInfo, b: &StreamInfo) -> Ordering {
    match sort {
        StreamSort::Id => a.id.cmp(&b.id),
        StreamSort::Name => a.selector.as_str().cmp(b.selector.as_str()),
        StreamSort::Version => a.version.cmp(&b.version),
        StreamSort::CreatedAt => a.created_at.cmp(&b.created_at),
        // No time at all comes after every time.
        StreamSort::DeletedAt => (a.deleted_at.is_none(), a.deleted_at).cmp(&(b.deleted_at.is_none(), b.deleted_at)),
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
