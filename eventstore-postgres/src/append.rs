use std::time::SystemTime;

use async_trait::async_trait;
use eventstore_core::{
    Append, AppendReceipt, Error, EventNumber, EventWriter, NewEvent, Result, StreamState, StreamVersion,
};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::{reading, writing};
use crate::{Layout, PostgresStore};

/// How often an append is tried whose stream was moved, or whose transaction was aborted, by others meanwhile.
const ATTEMPTS: u32 = 10;

/// The SQLSTATE of a violated unique constraint.
const UNIQUE_VIOLATION: &str = "23505";

#[async_trait]
impl EventWriter for PostgresStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        let columns = Columns::new(append.events());
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.try_append(&append, &columns).await {
                Ok(Some(receipt)) => return Ok(receipt),
                Ok(None) => self.explain_refusal(&append).await?,
                Err(aborted @ Error::Aborted { .. }) => last = Some(aborted),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(too_much_contention))
    }
}

impl PostgresStore {
    /// `None` if the stream did not meet the expectation in the statement's snapshot.
    async fn try_append(&self, append: &Append, columns: &Columns<'_>) -> Result<Option<AppendReceipt>> {
        let query = columns.bind(self.statements().append.text(), append);
        let answer = self
            .client()
            .await?
            .run(async |connection| query.fetch_optional(connection).await)
            .await;
        match answer {
            Ok(row) => row.map(|row| receipt(append, columns.count, &row)).transpose(),
            Err(error) if is_duplicate(&error, self.layout()) => Err(self.find_duplicate(append, error).await),
            Err(error) => Err(writing(error)),
        }
    }

    /// Looks at the stream once more, in a fresh snapshot; no error means that the append deserves another attempt.
    async fn explain_refusal(&self, append: &Append) -> Result<()> {
        let state = match self.find_stream(append.stream().as_str()).await? {
            None => StreamState::Absent,
            Some(row) if row.is_deleted => StreamState::Deleted,
            Some(row) => StreamState::Present { version: row.version },
        };
        let checked = append.expected().check(state);
        checked
            .map(|_| ())
            .map_err(|refusal| append.expected().refused(append.stream(), state, refusal))
    }

    async fn find_duplicate(&self, append: &Append, violation: sqlx::Error) -> Error {
        let ids: Vec<Uuid> = append.events().iter().map(|event| event.id.as_uuid()).collect();
        let query = sqlx::query_scalar::<_, Uuid>(self.statements().find_duplicate.text()).bind(ids);
        let mut client = match self.client().await {
            Ok(client) => client,
            Err(error) => return error,
        };
        match client
            .run(async |connection| query.fetch_optional(connection).await)
            .await
        {
            Ok(Some(id)) => Error::DuplicateEvent { event_id: id.into() },
            // The other append was undone, or its events deleted, since it stood in the way.
            Ok(None) => Error::Aborted {
                source: Box::new(violation),
            },
            Err(error) => reading(error),
        }
    }
}

fn is_duplicate(error: &sqlx::Error, layout: Layout) -> bool {
    error.as_database_error().is_some_and(|error| {
        let constraint = error.constraint().unwrap_or_default();
        error.code().as_deref() == Some(UNIQUE_VIOLATION) && layout.duplicate_constraints().contains(&constraint)
    })
}

fn receipt(append: &Append, count: u64, row: &PgRow) -> Result<AppendReceipt> {
    let number = |column: &str| row.try_get::<i64, _>(column).map_err(reading);
    let invalid = |error| Error::invalid_input("events", &error);
    let version = StreamVersion::try_from(number("version_before")?).map_err(invalid)?;
    let position = EventNumber::try_from(number("position_before")?).map_err(invalid)?;
    AppendReceipt::following(append.stream().clone(), version, position, count)
}

fn too_much_contention() -> Error {
    Error::Aborted {
        source: format!("the stream was changed by others during {ATTEMPTS} attempts").into(),
    }
}

/// The events of one append, column by column.
struct Columns<'a> {
    count: u64,
    created_at: Vec<OffsetDateTime>,
    event_ids: Vec<Uuid>,
    causation_ids: Vec<Option<Uuid>>,
    correlation_ids: Vec<Option<Uuid>>,
    event_types: Vec<&'a str>,
    data: Vec<&'a [u8]>,
    metadata: Vec<Option<&'a [u8]>>,
}

impl<'a> Columns<'a> {
    fn new(events: &'a [NewEvent]) -> Self {
        let now = OffsetDateTime::from(SystemTime::now());
        Self {
            count: u64::try_from(events.len()).unwrap_or(u64::MAX),
            created_at: events
                .iter()
                .map(|event| event.created_at.map_or(now, OffsetDateTime::from))
                .collect(),
            event_ids: events.iter().map(|event| event.id.as_uuid()).collect(),
            causation_ids: events.iter().map(|event| event.causation_id).collect(),
            correlation_ids: events.iter().map(|event| event.correlation_id).collect(),
            event_types: events.iter().map(|event| event.event_type.as_str()).collect(),
            data: events.iter().map(|event| &event.data[..]).collect(),
            metadata: events.iter().map(|event| event.metadata.as_deref()).collect(),
        }
    }

    fn bind<'q>(&'q self, sql: impl sqlx::SqlSafeStr, append: &'q Append) -> Query<'q, Postgres, PgArguments> {
        let expected = append.expected();
        sqlx::query(sql)
            .bind(append.stream().as_str())
            .bind(i64::try_from(self.count).unwrap_or(i64::MAX))
            .bind(expected.required_version().map(StreamVersion::as_i64))
            .bind(expected.may_create())
            .bind(&self.created_at)
            .bind(&self.event_ids)
            .bind(&self.causation_ids)
            .bind(&self.correlation_ids)
            .bind(&self.event_types)
            .bind(&self.data)
            .bind(&self.metadata)
    }
}
