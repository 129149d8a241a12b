use eventstore_core::Result;
use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use uuid::Uuid;

use super::rows::{
    checkpoint_finding, column, head_findings, placement_findings, position_findings, sequence_finding,
    stream_findings, time_finding, unplaced_findings,
};
use crate::connection::PooledSessions;
use crate::error::reading;
use crate::sql::Statements;
use crate::verify::Finding;

/// How many entries are checked in one snapshot.
const ENTRIES_PER_CHUNK: i64 = 50_000;

/// An item that a verification reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// Something is wrong with the store.
    Found(Finding),
    /// This many more entries have been checked. An event has one entry in each stream that contains it, `$all` included.
    /// In the layout `original`, each entry is checked twice, and the event once more.
    LookedAt(u64),
}

/// Checks the tables that these statements name, and passes on each finding as soon as it is known.
pub(crate) async fn verify_tables(
    sessions: &PooledSessions,
    statements: &Statements,
    observe: impl FnMut(Observation) + Send,
) -> Result<()> {
    let verifier = Verifier {
        sessions,
        statements,
        observe,
        chunk: ENTRIES_PER_CHUNK,
    };
    verifier.run().await
}

pub(super) struct Verifier<'s, O> {
    pub(super) sessions: &'s PooledSessions,
    pub(super) statements: &'s Statements,
    observe: O,
    /// How many entries make a chunk.
    pub(super) chunk: i64,
}

impl<O: FnMut(Observation) + Send> Verifier<'_, O> {
    async fn run(mut self) -> Result<()> {
        self.positions().await?;
        self.head().await?;
        self.streams().await?;
        self.placements().await?;
        self.unplaced().await?;
        self.keys().await?;
        self.times().await?;
        self.sequences().await?;
        self.checkpoints().await
    }

    async fn positions(&mut self) -> Result<()> {
        let mut after = 0_i64;
        loop {
            let sql = &self.statements.verify_all;
            let rows = self.fetch(sql.query().bind(after).bind(self.chunk)).await?;
            let Some(row) = rows.first() else { return Ok(()) };
            let Some(last) = column::<Option<i64>>(row, "last_position")? else {
                return Ok(());
            };
            self.found(position_findings(row)?);
            self.looked_at(last - after);
            after = last;
        }
    }

    async fn head(&mut self) -> Result<()> {
        let rows = self.fetch(self.statements.verify_head.query()).await?;
        self.found(head_findings(rows.first())?);
        Ok(())
    }

    /// A stream that is longer than a chunk is checked in parts.
    async fn streams(&mut self) -> Result<()> {
        let mut next = StreamPart::default();
        loop {
            let statement = self
                .statements
                .verify_streams
                .query()
                .bind(next.stream_id)
                .bind(next.version_before)
                .bind(next.position_before)
                .bind(self.chunk);
            let rows = self.fetch(statement).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            for row in &rows {
                self.found(stream_findings(row)?);
                let before = if column::<i64>(row, "stream_id")? == next.stream_id {
                    next.version_before
                } else {
                    0
                };
                self.looked_at(column::<i64>(row, "reached")? - before);
            }
            next = next.following(last)?;
        }
    }

    async fn placements(&mut self) -> Result<()> {
        let mut after = (i64::MIN, i64::MIN);
        loop {
            let statement = self
                .statements
                .verify_placements
                .query()
                .bind(after.0)
                .bind(after.1)
                .bind(self.chunk);
            let rows = self.fetch(statement).await?;
            let Some(row) = rows.first() else { return Ok(()) };
            let Some(entries) = column::<Option<i64>>(row, "entries")? else {
                return Ok(());
            };
            self.found(placement_findings(row)?);
            self.looked_at(entries);
            after = (column(row, "last_stream_id")?, column(row, "last_version")?);
        }
    }

    async fn unplaced(&mut self) -> Result<()> {
        let Some(sql) = &self.statements.verify_unplaced else {
            return Ok(());
        };
        let mut after = None::<Uuid>;
        loop {
            let rows = self.fetch(sql.query().bind(after).bind(self.chunk)).await?;
            let Some(row) = rows.first() else { return Ok(()) };
            after = column(row, "last_event_id")?;
            if after.is_none() {
                return Ok(());
            }
            self.found(unplaced_findings(row)?);
            self.looked_at(column(row, "entries")?);
        }
    }

    async fn sequences(&mut self) -> Result<()> {
        let rows = self.fetch(self.statements.verify_sequences.query()).await?;
        let findings = rows.iter().map(sequence_finding).collect::<Result<Vec<_>>>()?;
        self.found(findings);
        Ok(())
    }

    async fn times(&mut self) -> Result<()> {
        let rows = self.fetch(self.statements.verify_times.query()).await?;
        let findings = rows.iter().map(time_finding).collect::<Result<Vec<_>>>()?;
        self.found(findings);
        Ok(())
    }

    async fn checkpoints(&mut self) -> Result<()> {
        let verify = if self.sessions.context().tables.has_additions {
            &self.statements.verify_subscriptions
        } else {
            &self.statements.verify_subscriptions_without_additions
        };
        let rows = self.fetch(verify.query()).await?;
        let findings = rows.iter().map(checkpoint_finding).collect::<Result<Vec<_>>>()?;
        self.found(findings);
        Ok(())
    }

    async fn fetch(&self, statement: Query<'_, Postgres, PgArguments>) -> Result<Vec<PgRow>> {
        let mut session = self.sessions.session().await?;
        session
            .read(async |connection| statement.fetch_all(connection).await)
            .await
            .map_err(reading)
    }

    pub(super) fn found(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            (self.observe)(Observation::Found(finding));
        }
    }

    fn looked_at(&mut self, entries: i64) {
        (self.observe)(Observation::LookedAt(u64::try_from(entries).unwrap_or(0)));
    }
}

/// Where the next chunk of streams begins.
#[derive(Debug, Clone, Copy, Default)]
struct StreamPart {
    stream_id: i64,
    version_before: i64,
    position_before: i64,
}

impl StreamPart {
    fn following(self, last: &PgRow) -> Result<Self> {
        let stream_id = column(last, "stream_id")?;
        if column(last, "is_complete")? {
            return Ok(Self {
                stream_id: stream_id + 1,
                ..Self::default()
            });
        }
        let before = if stream_id == self.stream_id {
            self.position_before
        } else {
            0
        };
        Ok(Self {
            stream_id,
            version_before: column(last, "reached")?,
            position_before: column::<Option<i64>>(last, "last_position")?.unwrap_or(before),
        })
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::{Append, EventLinker, EventType, EventWriter, ExpectedVersion, Link, NewEvent, StreamName};
    use eventstore_testkit::TestDatabase;
    use sqlx::Executor;

    use super::*;
    use crate::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};

    async fn observed(store: &PostgresStore, chunk: i64) -> (Vec<Finding>, u64) {
        let (mut findings, mut entries) = (Vec::new(), 0);
        let observe = |observation| match observation {
            Observation::Found(finding) => findings.push(finding),
            Observation::LookedAt(more) => entries += more,
        };
        let verifier = Verifier {
            sessions: store.sessions(),
            statements: &store.sessions().context().statements,
            observe,
            chunk,
        };
        verifier.run().await.unwrap();
        (findings, entries)
    }

    async fn filled(layout: Layout) -> (TestDatabase, PostgresStore) {
        let database = TestDatabase::create().await;
        let config = PostgresConfig::from_url(database.url()).unwrap();
        PostgresAdmin::new(config.clone())
            .initialize(layout, DataType::Bytea)
            .await
            .unwrap();
        let store = PostgresStore::connect(config).await.unwrap();
        let name = |name: &str| StreamName::new(name).unwrap();
        let mut ids = Vec::new();
        for (stream, count) in [("a", 7), ("b", 1), ("c", 5), ("a", 3)] {
            let event = || NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
            let events: Vec<_> = (0..count).map(|_| event()).collect();
            ids.extend(events.iter().map(|event| event.id));
            let append = Append::new(name(stream), ExpectedVersion::Any, events).unwrap();
            store.append(append).await.unwrap();
        }
        let link = Link::new(name("links"), ExpectedVersion::Any, ids).unwrap();
        store.link(link).await.unwrap();
        (database, store)
    }

    #[tokio::test]
    async fn the_size_of_a_chunk_changes_nothing_that_is_found() {
        for layout in [Layout::Compact, Layout::Original] {
            let (database, store) = filled(layout).await;
            let places = match layout {
                Layout::Compact => "events",
                Layout::Original => "stream_events",
            };
            let damages = format!(
                "SET session_replication_role = 'replica';
                DELETE FROM {places} WHERE stream_id = 1 AND stream_version IN (3, 10);
                UPDATE streams SET stream_version = 9 WHERE stream_uuid = 'c'"
            );
            for damage in ["", &damages] {
                let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(database.url())
                    .await
                    .unwrap();
                connection
                    .execute(sqlx::AssertSqlSafe(damage.to_owned()))
                    .await
                    .unwrap();
                let (expected, entries) = observed(&store, 1_000).await;
                assert_eq!(expected.is_empty(), damage.is_empty(), "{expected:?}");
                assert!(entries > 0);
                for chunk in [1, 2, 3, 7] {
                    // Each part of a stream that is longer than a chunk may have a finding.
                    let (found, _) = observed(&store, chunk).await;
                    let missing: Vec<_> = expected.iter().filter(|finding| !found.contains(finding)).collect();
                    assert!(missing.is_empty(), "{layout} by {chunk}: {missing:?} not in {found:?}");
                    assert_eq!(found.is_empty(), damage.is_empty(), "{layout} by {chunk}: {found:?}");
                }
            }
        }
    }
}
