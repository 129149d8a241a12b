use eventstore_core::backend::{AppendGroup, QueuedAppend};
use eventstore_core::{Append, AppendReceipt, Position, Result, StreamVersion};
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use time::OffsetDateTime;

use super::EventColumns;
use crate::error::damaged;
use crate::sql::Sql;
use crate::values::DataType;

/// A group of appends; those to one stream are one fold, a row of the statement.
pub(crate) struct GroupColumns<'a> {
    folds: Vec<&'a [QueuedAppend]>,
    events: EventColumns<'a>,
    /// For each event the number of its fold, and its own in it, both from 1 on.
    fold_numbers: Vec<i32>,
    event_numbers: Vec<i32>,
}

impl<'a> GroupColumns<'a> {
    /// Streams are locked, and created, in the order of their names.
    pub(crate) fn new(group: &'a AppendGroup, data_type: DataType) -> Self {
        let mut folds: Vec<_> = group.folds().collect();
        // Byte by byte, as `COLLATE "C"` does in the statements: all writers need the same order, or they wait for each
        // other.
        folds.sort_unstable_by_key(|fold| first(fold).stream().as_str());
        let appends = folds.iter().flat_map(|fold| fold.iter().map(QueuedAppend::append));
        let events = EventColumns::new(&appends, data_type);
        let numbers = (1..)
            .zip(&folds)
            .flat_map(|(number, fold)| (1..=count(fold)).map(move |event| (number, event)));
        let (fold_numbers, event_numbers) = numbers.unzip();
        Self {
            folds,
            events,
            fold_numbers,
            event_numbers,
        }
    }

    /// For the statement that appends to streams that are there.
    pub(crate) fn query<'q>(&'q self, sql: &Sql, lock_timeout: &'q str) -> Query<'q, Postgres, PgArguments> {
        let required_version = |append: &Append| append.expected().required_version().map(StreamVersion::as_i64);
        let query = sql
            .query()
            .bind(self.firsts().map(|append| append.stream().as_str()).collect::<Vec<_>>())
            .bind(self.folds.iter().map(|fold| count(fold)).collect::<Vec<_>>())
            .bind(self.firsts().map(required_version).collect::<Vec<_>>())
            .bind((1..).zip(&self.folds).map(|(number, _)| number).collect::<Vec<i32>>())
            .bind(lock_timeout);
        self.events
            .bind(query)
            .bind(&self.fold_numbers)
            .bind(&self.event_numbers)
    }

    /// For the statement that creates streams as well.
    pub(crate) fn careful_query<'q>(&'q self, sql: &Sql, lock_timeout: &'q str) -> Query<'q, Postgres, PgArguments> {
        let created_at = |append: &Append| append.created_at().map(OffsetDateTime::from);
        let may_create = |append: &Append| append.expected().may_create();
        self.query(sql, lock_timeout)
            .bind(self.firsts().map(may_create).collect::<Vec<_>>())
            .bind(self.firsts().map(created_at).collect::<Vec<_>>())
    }

    /// What all of a fold expect of their stream, and how it is created, is in the first of them.
    fn firsts(&self) -> impl Iterator<Item = &'a Append> {
        self.folds.iter().map(|fold| first(fold))
    }

    /// The receipts for the appends of these folds, the first of which begins after this position and each after its
    /// version.
    pub(crate) fn receipts(
        &self,
        folds: Vec<i32>,
        versions_before: Vec<i64>,
        mut position: i64,
    ) -> impl Iterator<Item = (&'a QueuedAppend, Result<AppendReceipt>)> {
        let fold = |number: i32| self.folds.get(usize::try_from(number - 1).ok()?).copied();
        let appended = folds.into_iter().zip(versions_before);
        let appended = appended.filter_map(move |(number, version)| Some((fold(number)?, version)));
        appended.flat_map(move |(fold, mut version)| {
            let receipts = fold.iter().map(|queued| {
                let receipt = receipt(queued.append(), version, position);
                let events = i64::from(count(std::slice::from_ref(queued)));
                version += events;
                position += events;
                (queued, receipt)
            });
            receipts.collect::<Vec<_>>()
        })
    }
}

fn first(fold: &[QueuedAppend]) -> &Append {
    fold[0].append()
}

fn count(fold: &[QueuedAppend]) -> i32 {
    let events = fold.iter().map(|queued| queued.append().events().len()).sum::<usize>();
    i32::try_from(events).unwrap_or(i32::MAX)
}

fn receipt(append: &Append, version: i64, position: i64) -> Result<AppendReceipt> {
    AppendReceipt::following(
        append.stream().clone(),
        StreamVersion::try_from(version).map_err(damaged)?,
        Position::try_from(position).map_err(damaged)?,
        u64::try_from(append.events().len()).unwrap_or(u64::MAX),
    )
}
