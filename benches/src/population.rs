use eventstore_postgres::Layout;
use sqlx::PgConnection;

use crate::error::{LoadError, Result};
use crate::sample;

/// Streams of the same length, written past the store, but as it would have.
///
/// The events of a stream follow each other in `$all`. Streams are numbered from 1 on, over all populations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Population {
    pub(crate) streams: u32,
    pub(crate) events_per_stream: u32,
}

/// How many events are written in one transaction.
const CHUNK: u64 = 100_000;

impl Population {
    /// This many streams without events.
    pub(crate) fn empty(streams: u32) -> Self {
        Self {
            streams,
            events_per_stream: 0,
        }
    }

    /// About this many events in streams of ten.
    pub(crate) fn in_tens(events: u32) -> Result<Self> {
        const EVENTS_PER_STREAM: u32 = 10;
        let streams = events / EVENTS_PER_STREAM;
        if streams == 0 {
            let reason = format!("it must be at least {EVENTS_PER_STREAM}");
            return Err(LoadError::invalid("--events", reason));
        }
        Ok(Self {
            streams,
            events_per_stream: EVENTS_PER_STREAM,
        })
    }

    pub(crate) fn events(self) -> u64 {
        u64::from(self.streams) * u64::from(self.events_per_stream)
    }

    /// Writes them all into an empty store.
    pub(crate) async fn settle(populations: &[Self], connection: &mut PgConnection, layout: Layout) -> Result<()> {
        let sql = Sql::of(layout);
        run(sql.begin, connection).await?;
        let (mut streams, mut events) = (0, 0);
        for population in populations {
            population.write(connection, sql, streams, events).await?;
            streams += u64::from(population.streams);
            events += population.events();
        }
        run(sql.end, connection).await?;
        for (statement, number) in [(SET_HEAD, events), (SET_SEQUENCE, streams)] {
            sqlx::query(statement)
                .bind(signed(number))
                .execute(&mut *connection)
                .await?;
        }
        // Of a table that is known to be empty, plans that are kept read all rows, however many there are later.
        if events > 0 {
            sqlx::raw_sql(sql.vacuum).execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Makes a store with nothing else in it.
    #[cfg(test)]
    pub(crate) async fn settle_alone(self, schema: &crate::server::Schema, layout: Layout) -> Result<()> {
        schema.initialize(layout).await?;
        Self::settle(&[self], &mut schema.connect().await?, layout).await
    }

    async fn write(self, connection: &mut PgConnection, sql: Sql, streams: u64, events: u64) -> Result<()> {
        sqlx::query(STREAMS)
            .bind(signed(streams + 1))
            .bind(signed(streams + u64::from(self.streams)))
            .bind(i64::from(self.events_per_stream))
            .execute(&mut *connection)
            .await?;
        let mut written = 0;
        while written < self.events() {
            let last = self.events().min(written + CHUNK);
            sqlx::query(sql.events)
                .bind(signed(written + 1))
                .bind(signed(last))
                .bind(signed(streams))
                .bind(signed(events))
                .bind(i64::from(self.events_per_stream))
                .bind(sample::EVENT_TYPE)
                .bind(&sample::DATA[..])
                .execute(&mut *connection)
                .await?;
            written = last;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Sql {
    /// Takes away what would slow each row down.
    begin: Option<&'static str>,
    events: &'static str,
    /// Puts it back.
    end: Option<&'static str>,
    vacuum: &'static str,
}

const STREAMS: &str = include_str!("sql/shared/populate_streams.sql");
const SET_HEAD: &str = include_str!("sql/shared/set_head.sql");
const SET_SEQUENCE: &str = include_str!("sql/shared/set_sequence.sql");

impl Sql {
    const COMPACT: Self = Self {
        begin: None,
        events: include_str!("sql/compact/populate_events.sql"),
        end: None,
        vacuum: include_str!("sql/compact/vacuum.sql"),
    };

    const ORIGINAL: Self = Self {
        begin: Some(include_str!("sql/original/populate_begin.sql")),
        events: include_str!("sql/original/populate_events.sql"),
        end: Some(include_str!("sql/original/populate_end.sql")),
        vacuum: include_str!("sql/original/vacuum.sql"),
    };

    fn of(layout: Layout) -> Self {
        if layout == Layout::Original {
            Self::ORIGINAL
        } else {
            Self::COMPACT
        }
    }
}

async fn run(statements: Option<&'static str>, connection: &mut PgConnection) -> Result<()> {
    if let Some(statements) = statements {
        sqlx::raw_sql(statements).execute(connection).await?;
    }
    Ok(())
}

pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
