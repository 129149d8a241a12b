use std::collections::HashMap;
use std::num::NonZeroU32;

use eventstore_backend::end_of_prefix;
use eventstore_core::backend::StreamState;
use eventstore_core::{
    Error, PageStart, Result, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector, StreamSort,
    StreamVersion, Timestamp,
};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use time::OffsetDateTime;

use crate::connection::Session;
use crate::error::{damaged, reading};
use crate::values::StoredTimestamp;

impl Session<'_> {
    pub(crate) async fn stream_info(&mut self, selector: &StreamSelector) -> Result<StreamInfo> {
        let info = self.find_stream(selector).await?.ok_or_else(|| selector.not_found())?;
        match (selector, info.deleted_at) {
            (StreamSelector::Stream(stream), Some(_)) => Err(Error::StreamDeleted { stream: stream.clone() }),
            _ => Ok(info),
        }
    }

    pub(crate) async fn list_streams(&mut self, query: &StreamQuery) -> Result<StreamPage> {
        if query.search.as_deref().is_some_and(is_in_no_name) {
            return Ok(StreamPage::new(query, Vec::new(), 0));
        }
        let statements = self.statements();
        let sql = if query.is_descending {
            &statements.list_streams_descending
        } else {
            &statements.list_streams_ascending
        };
        let start = Start::new(query);
        let statement = sql
            .query()
            .bind(query.search.as_deref().filter(|search| !search.is_empty()))
            .bind(sort_key(query.sort))
            .bind(start.name)
            .bind(start.version)
            .bind(start.time)
            .bind(start.id)
            .bind(start.offset)
            .bind(i64::from(query.page_size.get()));
        let rows = self
            .read(async |connection| statement.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        decode_page(query, &rows)
    }

    /// Names that begin so are a range of the index, where that is in the order of their bytes (ADR 61).
    pub(crate) async fn streams_by_name(
        &mut self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        if is_in_no_name(prefix) {
            return Ok(Vec::new());
        }
        let after = after.map(StreamName::as_str);
        let query = self
            .statements()
            .streams_by_name
            .query()
            .bind(after.map_or(prefix, |after| prefix.max(after)))
            .bind(end_of_prefix(prefix))
            .bind(after)
            .bind(i64::from(limit.get()));
        self.fetch_streams(query).await
    }

    pub(crate) async fn newest_streams(&mut self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        let before = before.and_then(|before| i64::try_from(before).ok());
        let query = self
            .statements()
            .newest_streams
            .query()
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit.get()));
        self.fetch_streams(query).await
    }

    async fn fetch_streams(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<StreamInfo>> {
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.iter().map(decode_stream).collect()
    }

    async fn find_stream(&mut self, selector: &StreamSelector) -> Result<Option<StreamInfo>> {
        let query = self.statements().stream_info.query().bind(selector.as_str());
        let row = self
            .read(async |connection| query.fetch_optional(connection).await)
            .await
            .map_err(reading)?;
        row.map(|row| decode_stream(&row)).transpose()
    }

    pub(crate) async fn find_state(&mut self, stream: &StreamName) -> Result<StreamState> {
        Ok(match self.find_stream(&stream.clone().into()).await? {
            // To a writer, `$all` does not exist.
            None
            | Some(StreamInfo {
                selector: StreamSelector::All,
                ..
            }) => StreamState::Absent,
            Some(StreamInfo {
                deleted_at: Some(_), ..
            }) => StreamState::Deleted,
            Some(StreamInfo { version, .. }) => StreamState::Present { version },
        })
    }

    /// The states of the streams with these names; nothing for names that no stream has.
    pub(crate) async fn find_states(&mut self, streams: &[&StreamName]) -> Result<HashMap<StreamName, StreamState>> {
        let names: Vec<_> = streams.iter().map(|stream| stream.as_str()).collect();
        let query = self
            .statements()
            .find_states
            .query_as::<(String, i64, i64, bool)>()
            .bind(names);
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.into_iter()
            .map(|(name, _, version, is_deleted)| {
                let version = StreamVersion::try_from(version).map_err(damaged)?;
                let present = StreamState::Present { version };
                let state = if is_deleted { StreamState::Deleted } else { present };
                Ok((StreamName::from_storage(name), state))
            })
            .collect()
    }
}

/// The server refuses to search for a NUL character.
fn is_in_no_name(search: &str) -> bool {
    search.contains('\0')
}

/// Where a page of streams begins, as its statement takes it.
struct Start {
    name: String,
    version: i64,
    /// Without one, that of a stream which has none: before all others, or after them if it is not deleted.
    time: Option<OffsetDateTime>,
    id: Option<i64>,
    offset: i64,
}

impl Start {
    fn new(query: &StreamQuery) -> Self {
        match &query.start {
            PageStart::Number(number) => {
                let pages_before = i64::from(number.get()) - 1;
                let offset = pages_before.saturating_mul(query.page_size.get().into());
                Self {
                    name: String::new(),
                    version: 0,
                    time: None,
                    id: None,
                    offset,
                }
            }
            PageStart::After(last) => Self::after(query.sort, last),
        }
    }

    /// Beside the key that is sorted by, all keys are as the statement makes them for every stream.
    fn after(sort: StreamSort, last: &StreamInfo) -> Self {
        let time = match sort {
            StreamSort::CreatedAt => Some(last.created_at),
            StreamSort::DeletedAt => last.deleted_at,
            _ => None,
        };
        Self {
            name: if sort == StreamSort::Name {
                last.selector.to_string()
            } else {
                String::new()
            },
            version: if sort == StreamSort::Version {
                last.version.as_i64()
            } else {
                0
            },
            time: time.map(OffsetDateTime::from),
            id: Some(i64::try_from(last.id).unwrap_or(i64::MAX)),
            offset: 0,
        }
    }
}

fn sort_key(sort: StreamSort) -> &'static str {
    match sort {
        StreamSort::Id => "id",
        StreamSort::Name => "name",
        StreamSort::Version => "version",
        StreamSort::CreatedAt => "created_at",
        StreamSort::DeletedAt => "deleted_at",
    }
}

/// A page without streams answers with one row that holds the total only.
fn decode_page(query: &StreamQuery, rows: &[PgRow]) -> Result<StreamPage> {
    let total = match rows.first() {
        Some(row) => row.try_get::<i64, _>("total_streams").map_err(reading)?,
        None => 0,
    };
    let is_stream = |row: &&PgRow| row.try_get::<Option<i64>, _>("stream_id").is_ok_and(|id| id.is_some());
    let streams = rows
        .iter()
        .filter(is_stream)
        .map(decode_stream)
        .collect::<Result<_>>()?;
    Ok(StreamPage::new(query, streams, u64::try_from(total).map_err(damaged)?))
}

fn decode_stream(row: &PgRow) -> Result<StreamInfo> {
    let id: i64 = row.try_get("stream_id").map_err(reading)?;
    let name: &str = row.try_get("stream_uuid").map_err(reading)?;
    let version: i64 = row.try_get("stream_version").map_err(reading)?;
    let created_at: StoredTimestamp = row.try_get("created_at").map_err(reading)?;
    let deleted_at: Option<StoredTimestamp> = row.try_get("deleted_at").map_err(reading)?;
    Ok(StreamInfo {
        selector: match id {
            0 => StreamSelector::All,
            _ => StreamName::from_storage(name).into(),
        },
        id: u64::try_from(id).map_err(damaged)?,
        version: StreamVersion::try_from(version).map_err(damaged)?,
        created_at: Timestamp::try_from(created_at).map_err(damaged)?,
        deleted_at: deleted_at.map(Timestamp::try_from).transpose().map_err(damaged)?,
    })
}
