use std::iter;

use eventstore_core::{Append, AppendReceipt, Error, Position, Result, StreamVersion};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use time::OffsetDateTime;

use super::EventColumns;
use crate::error::reading;
use crate::sql::Sql;
use crate::values::DataType;

/// One append.
pub(crate) struct AppendColumns<'a> {
    append: &'a Append,
    count: u64,
    events: EventColumns<'a>,
}

impl<'a> AppendColumns<'a> {
    pub(crate) fn new(append: &'a Append, data_type: DataType) -> Self {
        Self {
            append,
            count: u64::try_from(append.events().len()).unwrap_or(u64::MAX),
            events: EventColumns::new(&iter::once(append), data_type),
        }
    }

    /// The statement, which waits for each lock as long as the session does, or only for this time.
    pub(crate) fn query<'q>(&'q self, sql: &Sql, lock_timeout: Option<&'q str>) -> Query<'q, Postgres, PgArguments> {
        let expected = self.append.expected();
        let query = sql
            .query()
            .bind(self.append.stream().as_str())
            .bind(i64::try_from(self.count).unwrap_or(i64::MAX))
            .bind(expected.required_version().map(StreamVersion::as_i64))
            .bind(expected.may_create())
            .bind(self.append.created_at().map(OffsetDateTime::from))
            .bind(lock_timeout);
        self.events.bind(query)
    }

    /// Reads the statement's answer.
    pub(crate) fn receipt(&self, row: &PgRow) -> Result<AppendReceipt> {
        let number = |column: &str| row.try_get::<i64, _>(column).map_err(reading);
        let invalid = |error| Error::invalid_input("events", &error);
        let version = StreamVersion::try_from(number("version_before")?).map_err(invalid)?;
        let position = Position::try_from(number("position_before")?).map_err(invalid)?;
        AppendReceipt::following(self.append.stream().clone(), version, position, self.count)
    }
}
