use std::time::SystemTime;

use eventstore_core::{Append, AppendReceipt, Error, EventNumber, ExpectedVersion, Result, StreamName, StreamVersion};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::DataType;
use crate::error::reading;
use crate::payload::PayloadColumn;
use crate::statements::Sql;

/// The events of one append, column by column, as its statement takes them.
pub(crate) struct Columns<'a> {
    stream: &'a StreamName,
    expected: ExpectedVersion,
    stream_created_at: Option<OffsetDateTime>,
    count: u64,
    created_at: Vec<OffsetDateTime>,
    event_ids: Vec<Uuid>,
    causation_ids: Vec<Option<Uuid>>,
    correlation_ids: Vec<Option<Uuid>>,
    event_types: Vec<&'a str>,
    data: PayloadColumn<'a>,
    metadata: PayloadColumn<'a>,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(append: &'a Append, data_type: DataType) -> Self {
        let now = OffsetDateTime::from(SystemTime::now());
        let events = append.events();
        let happened_at = |at: Option<_>| append.created_at().or(at).map_or(now, OffsetDateTime::from);
        Self {
            stream: append.stream(),
            expected: append.expected(),
            stream_created_at: append.created_at().map(OffsetDateTime::from),
            count: u64::try_from(events.len()).unwrap_or(u64::MAX),
            created_at: events.iter().map(|event| happened_at(event.created_at)).collect(),
            event_ids: events.iter().map(|event| event.id.as_uuid()).collect(),
            causation_ids: events.iter().map(|event| event.causation_id).collect(),
            correlation_ids: events.iter().map(|event| event.correlation_id).collect(),
            event_types: events.iter().map(|event| event.event_type.as_str()).collect(),
            data: PayloadColumn::new(data_type, events.iter().map(|event| Some(&event.data[..]))),
            metadata: PayloadColumn::new(data_type, events.iter().map(|event| event.metadata.as_deref())),
        }
    }

    pub(crate) fn query<'q>(&'q self, sql: &Sql) -> Query<'q, Postgres, PgArguments> {
        sqlx::query(sql.text())
            .bind(self.stream.as_str())
            .bind(i64::try_from(self.count).unwrap_or(i64::MAX))
            .bind(self.expected.required_version().map(StreamVersion::as_i64))
            .bind(self.expected.may_create())
            .bind(&self.created_at)
            .bind(&self.event_ids)
            .bind(&self.causation_ids)
            .bind(&self.correlation_ids)
            .bind(&self.event_types)
            .bind(&self.data)
            .bind(&self.metadata)
            .bind(self.stream_created_at)
    }

    /// Reads the statement's answer.
    pub(crate) fn receipt(&self, row: &PgRow) -> Result<AppendReceipt> {
        let number = |column: &str| row.try_get::<i64, _>(column).map_err(reading);
        let invalid = |error| Error::invalid_input("events", &error);
        let version = StreamVersion::try_from(number("version_before")?).map_err(invalid)?;
        let position = EventNumber::try_from(number("position_before")?).map_err(invalid)?;
        AppendReceipt::following(self.stream.clone(), version, position, self.count)
    }
}
