use std::num::NonZeroU32;

use eventstore_backend::end_of_prefix;
use eventstore_core::{
    Error, PageStart, Result, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector, StreamSort,
    StreamVersion, Timestamp,
};
use sqlx::Sqlite;
use sqlx::query::QueryAs;
use sqlx::sqlite::SqliteArguments;

use crate::connection::Database;
use crate::error::failed;
use crate::sql;

/// The key of a stream that is not deleted, where streams are sorted by the time of their deletion.
const NOT_DELETED: i64 = i64::MAX;

type StreamRow = (i64, String, i64, i64, Option<i64>);

/// How many streams there are, and one of them; none if the page is empty.
type ListedRow = (i64, Option<i64>, Option<String>, Option<i64>, Option<i64>, Option<i64>);

impl Database {
    pub(crate) async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        let row: Option<StreamRow> = sqlx::query_as(sql::STREAM_INFO)
            .bind(selector.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        let info = info(row.ok_or_else(|| selector.not_found())?)?;
        match (selector, info.deleted_at) {
            (StreamSelector::Stream(stream), Some(_)) => Err(Error::StreamDeleted { stream: stream.clone() }),
            _ => Ok(info),
        }
    }

    pub(crate) async fn list_streams(&self, query: &StreamQuery) -> Result<StreamPage> {
        let sql = if query.is_descending {
            sql::LIST_STREAMS_DESCENDING
        } else {
            sql::LIST_STREAMS_ASCENDING
        };
        let statement = sqlx::query_as(sql)
            .bind(query.search.as_deref())
            .bind(column(query.sort));
        let rows = bind_start(statement, query)
            .bind(i64::from(query.page_size.get()))
            .fetch_all(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        page(query, rows)
    }

    /// Names that begin so are a range of the index (ADR 61).
    pub(crate) async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        let after = after.map(StreamName::as_str);
        let rows: Vec<StreamRow> = sqlx::query_as(sql::STREAMS_BY_NAME)
            .bind(after.map_or(prefix, |after| prefix.max(after)))
            .bind(end_of_prefix(prefix))
            .bind(after)
            .bind(i64::from(limit.get()))
            .fetch_all(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        rows.into_iter().map(info).collect()
    }

    pub(crate) async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        let before = before.and_then(|before| i64::try_from(before).ok());
        let rows: Vec<StreamRow> = sqlx::query_as(sql::NEWEST_STREAMS)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit.get()))
            .fetch_all(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        rows.into_iter().map(info).collect()
    }
}

fn column(sort: StreamSort) -> &'static str {
    match sort {
        StreamSort::Id => "id",
        StreamSort::Name => "name",
        StreamSort::Version => "version",
        StreamSort::CreatedAt => "created_at",
        StreamSort::DeletedAt => "deleted_at",
    }
}

type Listing<'q> = QueryAs<'q, Sqlite, ListedRow, SqliteArguments>;

/// Binds the key and the id of the stream before the page, and how many streams come before it.
fn bind_start<'q>(statement: Listing<'q>, query: &'q StreamQuery) -> Listing<'q> {
    match &query.start {
        PageStart::Number(number) => {
            let pages_before = i64::from(number.get()) - 1;
            let streams_before = pages_before.saturating_mul(query.page_size.get().into());
            statement.bind(None::<i64>).bind(None::<i64>).bind(streams_before)
        }
        PageStart::After(last) => {
            let id = i64::try_from(last.id).unwrap_or(i64::MAX);
            let statement = match query.sort {
                StreamSort::Id => statement.bind(id),
                StreamSort::Name => statement.bind(last.selector.as_str()),
                StreamSort::Version => statement.bind(last.version.as_i64()),
                StreamSort::CreatedAt => statement.bind(last.created_at.unix_micros()),
                StreamSort::DeletedAt => statement.bind(last.deleted_at.map_or(NOT_DELETED, Timestamp::unix_micros)),
            };
            statement.bind(id).bind(0)
        }
    }
}

fn page(query: &StreamQuery, rows: Vec<ListedRow>) -> Result<StreamPage> {
    let total = rows.first().map_or(0, |(total, ..)| *total);
    let streams = rows.into_iter().filter_map(listed).map(info).collect::<Result<_>>()?;
    Ok(StreamPage::new(query, streams, total.unsigned_abs()))
}

fn listed((_, id, name, version, created_at, deleted_at): ListedRow) -> Option<StreamRow> {
    Some((id?, name?, version?, created_at?, deleted_at))
}

fn info((id, name, version, created_at, deleted_at): StreamRow) -> Result<StreamInfo> {
    Ok(StreamInfo {
        selector: StreamSelector::from_storage(name),
        id: u64::try_from(id).map_err(Error::corrupt)?,
        version: StreamVersion::from_storage(version)?,
        created_at: Timestamp::from_storage(created_at)?,
        deleted_at: deleted_at.map(Timestamp::from_storage).transpose()?,
    })
}
