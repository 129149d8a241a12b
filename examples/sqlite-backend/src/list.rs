use std::cmp::Ordering;

use eventstore_core::{PageStart, StreamInfo, StreamPage, StreamQuery, StreamSort};
use rusqlite::Transaction;

use crate::failure::{Failure, stored};
use crate::streams;

/// Sorts all streams for each page: good for thousands of them.
pub(crate) fn page(transaction: &Transaction<'_>, query: &StreamQuery) -> Result<StreamPage, Failure> {
    let search = query.search.as_deref().unwrap_or_default();
    let mut found = streams::all(transaction)?;
    found.retain(|info| info.selector.as_str().contains(search));
    found.sort_by(|a, b| order(query, a, b));
    let total = stored(found.len())?;
    let size: usize = stored(query.page_size.get())?;
    let before = match &query.start {
        PageStart::Number(number) => size.saturating_mul(stored::<usize, _>(number.get() - 1)?),
        PageStart::After(last) => found.partition_point(|info| order(query, info, last) != Ordering::Greater),
    };
    let streams = found.into_iter().skip(before).take(size).collect();
    Ok(StreamPage::new(query, streams, total))
}

fn order(query: &StreamQuery, a: &StreamInfo, b: &StreamInfo) -> Ordering {
    let by_key = match query.sort {
        // No stream has been deleted.
        StreamSort::Id | StreamSort::DeletedAt => Ordering::Equal,
        StreamSort::Name => a.selector.as_str().cmp(b.selector.as_str()),
        StreamSort::Version => a.version.cmp(&b.version),
        StreamSort::CreatedAt => a.created_at.cmp(&b.created_at),
    };
    let ascending = by_key.then(a.id.cmp(&b.id));
    if query.is_descending {
        ascending.reverse()
    } else {
        ascending
    }
}
