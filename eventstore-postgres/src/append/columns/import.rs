use std::collections::BTreeMap;

use eventstore_core::StreamName;
use eventstore_core::backend::ImportRun;
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use time::OffsetDateTime;

use super::EventColumns;
use crate::sql::Sql;
use crate::values::DataType;

/// Events of several streams, in the order that they are to have in `$all`.
pub(crate) struct ImportColumns<'a> {
    events: EventColumns<'a>,
    /// For each event the name of its stream.
    names: Vec<&'a str>,
    /// For each event its version where it comes from, as far as that is known.
    versions: Vec<Option<i64>>,
    /// The streams, and when those are created that are not there.
    streams: BTreeMap<&'a StreamName, Option<OffsetDateTime>>,
}

impl<'a> ImportColumns<'a> {
    pub(crate) fn new(runs: &'a [ImportRun], data_type: DataType) -> Self {
        let mut streams = BTreeMap::new();
        let appends = runs.iter().map(ImportRun::append);
        for run in appends.clone() {
            let begins = run.events().first().and_then(|event| event.created_at);
            streams
                .entry(run.stream())
                .or_insert_with(|| run.created_at().or(begins).map(OffsetDateTime::from));
        }
        let names = appends
            .clone()
            .flat_map(|run| run.events().iter().map(|_| run.stream().as_str()));
        Self {
            events: EventColumns::new(&appends, data_type),
            names: names.collect(),
            versions: runs.iter().flat_map(versions).collect(),
            streams,
        }
    }

    /// How many events there are.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// The statement that locks the streams in the order of their names, new ones included.
    pub(crate) fn lock<'q>(&'q self, sql: &Sql) -> Query<'q, Postgres, PgArguments> {
        sql.query()
            .bind(self.streams.keys().map(|stream| stream.as_str()).collect::<Vec<_>>())
            .bind(vec![true; self.streams.len()])
            .bind(self.streams.values().copied().collect::<Vec<_>>())
    }

    pub(crate) fn query<'q>(&'q self, sql: &Sql) -> Query<'q, Postgres, PgArguments> {
        self.events.bind(sql.query()).bind(&self.names).bind(&self.versions)
    }
}

fn versions(run: &ImportRun) -> impl Iterator<Item = Option<i64>> {
    let count = run.append().events().len();
    (0..count).map(|index| run.versions().get(index).map(|version| version.as_i64()))
}
