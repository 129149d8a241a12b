use std::cmp::Ordering;

use anyhow::Result;
use eventstore_core::{
    PageStart, StreamInfo, StreamPage, StreamQuery, StreamSelector, StreamSort, StreamVersion, Timestamp,
};
use redb::{ReadableTable, ReadableTableMetadata, Table};

use crate::tables::{Bytes, Name};

pub(crate) fn find(streams: &impl ReadableTable<Name, Bytes>, selector: &StreamSelector) -> Result<Option<StreamInfo>> {
    let stored = streams.get(selector.as_str())?;
    Ok(stored.map(|stored| postcard::from_bytes(stored.value())).transpose()?)
}

pub(crate) fn get(streams: &impl ReadableTable<Name, Bytes>, selector: &StreamSelector) -> Result<StreamInfo> {
    find(streams, selector)?.ok_or_else(|| selector.not_found().into())
}

/// Sets the version; a new stream has the next id, which is their number, because none is ever deleted.
pub(crate) fn grow(
    streams: &mut Table<'_, Name, Bytes>,
    selector: StreamSelector,
    version: StreamVersion,
    created_at: Timestamp,
) -> Result<()> {
    let known = find(streams, &selector)?;
    let info = StreamInfo {
        id: known.as_ref().map_or(streams.len()?, |known| known.id),
        created_at: known.map_or(created_at, |known| known.created_at),
        version,
        deleted_at: None,
        selector,
    };
    streams.insert(info.selector.as_str(), &*postcard::to_stdvec(&info)?)?;
    Ok(())
}

/// Sorts all streams for each page, which is good for thousands of them.
pub(crate) fn page(streams: &impl ReadableTable<Name, Bytes>, query: &StreamQuery) -> Result<StreamPage> {
    let mut found: Vec<StreamInfo> = Vec::new();
    for stored in streams.iter()? {
        found.push(postcard::from_bytes(stored?.1.value())?);
    }
    let search = query.search.as_deref().unwrap_or_default();
    found.retain(|info| info.selector.as_str().contains(search));
    found.sort_by(|a, b| order(query, a, b));
    let (total, size) = (found.len().try_into()?, query.page_size.get().try_into()?);
    let before = match &query.start {
        PageStart::Number(number) => usize::try_from(number.get() - 1)?.saturating_mul(size),
        PageStart::After(last) => found.partition_point(|info| order(query, info, last) != Ordering::Greater),
    };
    let streams = found.into_iter().skip(before).take(size).collect();
    Ok(StreamPage::new(query, streams, total))
}

fn order(query: &StreamQuery, a: &StreamInfo, b: &StreamInfo) -> Ordering {
    let (a, b) = if query.is_descending { (b, a) } else { (a, b) };
    let by_key = match query.sort {
        // No stream has been deleted.
        StreamSort::Id | StreamSort::DeletedAt => Ordering::Equal,
        StreamSort::Name => a.selector.as_str().cmp(b.selector.as_str()),
        StreamSort::Version => a.version.cmp(&b.version),
        StreamSort::CreatedAt => a.created_at.cmp(&b.created_at),
    };
    by_key.then(a.id.cmp(&b.id))
}
