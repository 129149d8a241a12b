use std::cmp::{Ordering, Reverse};
use std::num::NonZeroU32;

use anyhow::Result;
use eventstore_core::{
    PageStart, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector, StreamSort, StreamVersion, Timestamp,
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
    let mut found = all(streams)?;
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

/// The table is in the order of names: what does not begin with the prefix ends the list.
pub(crate) fn by_name(
    streams: &impl ReadableTable<Name, Bytes>,
    prefix: &str,
    after: Option<&StreamName>,
    limit: NonZeroU32,
) -> Result<Vec<StreamInfo>> {
    let start = after.map_or(prefix, |after| prefix.max(after.as_str()));
    let limit = limit.get().try_into()?;
    let mut found = Vec::new();
    for stored in streams.range(start..)? {
        let (name, info) = stored?;
        if found.len() == limit || !name.value().starts_with(prefix) {
            break;
        }
        if name.value() != StreamSelector::ALL && after.is_none_or(|after| after.as_str() != name.value()) {
            found.push(postcard::from_bytes(info.value())?);
        }
    }
    Ok(found)
}

/// As for a page: no table is in the order of ids.
pub(crate) fn newest(
    streams: &impl ReadableTable<Name, Bytes>,
    before: Option<u64>,
    limit: NonZeroU32,
) -> Result<Vec<StreamInfo>> {
    let mut found = all(streams)?;
    found.retain(|info| info.selector != StreamSelector::All && before.is_none_or(|before| info.id < before));
    found.sort_by_key(|info| Reverse(info.id));
    found.truncate(limit.get().try_into()?);
    Ok(found)
}

fn all(streams: &impl ReadableTable<Name, Bytes>) -> Result<Vec<StreamInfo>> {
    let mut found = Vec::new();
    for stored in streams.iter()? {
        found.push(postcard::from_bytes(stored?.1.value())?);
    }
    Ok(found)
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
