use std::cmp::Ordering;

use anyhow::Result;
use eventstore_core::{
    PageStart, StreamInfo, StreamPage, StreamQuery, StreamSelector, StreamSort, StreamVersion, Timestamp,
};
use rusqlite::{Row, Transaction};

pub(crate) fn get(db: &Transaction<'_>, selector: &StreamSelector) -> Result<StreamInfo> {
    find(db, selector)?.ok_or_else(|| selector.not_found().into())
}

pub(crate) fn find(db: &Transaction<'_>, selector: &StreamSelector) -> Result<Option<StreamInfo>> {
    let mut statement = db.prepare_cached("SELECT * FROM streams WHERE name = ?1")?;
    statement.query([selector.as_str()])?.next()?.map(info).transpose()
}

/// Sorts all streams for each page, which is good for thousands of them.
pub(crate) fn page(db: &Transaction<'_>, query: &StreamQuery) -> Result<StreamPage> {
    let mut statement = db.prepare_cached("SELECT * FROM streams WHERE instr(name, ?1)")?;
    let mut rows = statement.query([query.search.as_deref().unwrap_or_default()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(info(row)?);
    }
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

fn info(row: &Row<'_>) -> Result<StreamInfo> {
    let (id, name, version, created_at): (_, String, u64, _) = row.try_into()?;
    Ok(StreamInfo {
        selector: StreamSelector::from_storage(name),
        id,
        version: StreamVersion::from_storage(version)?,
        created_at: Timestamp::from_storage(created_at)?,
        deleted_at: None,
    })
}
