use eventstore_core::{Error, Result};
use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};

use super::{LayoutMigration, LayoutProgress, LayoutStage};
use crate::connection::PooledSessions;
use crate::error::reading;
use crate::schema::{find_index, run_script};
use crate::sql::{Statements, scripts};
use crate::values::{EventIndex, IndexState, SchemaName};
use crate::verify::{Finding, Observation, Severity, verify_tables};

/// Copies the original tables into tables of the compact layout, while no one can write (ADR 35).
///
/// The copies themselves record how far it has come.
pub(super) struct Copier<'c, O> {
    pub(super) connection: &'c mut PgConnection,
    pub(super) sessions: &'c PooledSessions,
    pub(super) entries_per_batch: i64,
    pub(super) observe: O,
}

/// The place of an event or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    stream_id: i64,
    version: i64,
}

/// How much there is to copy, about, and up to which position an earlier attempt has copied.
struct Sizes {
    positions: i64,
    versions: i64,
    copied: i64,
}

impl<'c, O: FnMut(LayoutProgress) + Send> Copier<'c, O> {
    pub(super) async fn run(mut self) -> Result<LayoutMigration> {
        self.create_tables().await?;
        let found = self.sizes().await?;
        self.begin(LayoutStage::Events, found.positions);
        if found.copied > 0 {
            self.delete_stale().await?;
        }
        let sizes = self.sizes().await?;
        self.events(&sizes).await?;
        self.links(&sizes).await?;
        self.indexes().await?;
        let notices = Box::pin(self.verify(&sizes)).await?;
        self.compare(notices).await
    }

    async fn create_tables(&mut self) -> Result<()> {
        let script = Statements::creation(
            scripts::CREATE_COPIES,
            self.schema(),
            self.sessions.context().tables.data_type,
        );
        let script = sqlx::raw_sql(script).execute(&mut *self.connection);
        script.await.map(drop).map_err(reading)
    }

    /// Takes out of the copies what was deleted since it was copied.
    async fn delete_stale(&mut self) -> Result<()> {
        for delete in scripts::DELETE_STALE_COPIES {
            run_script(self.connection, delete, self.schema()).await?;
        }
        Ok(())
    }

    async fn sizes(&mut self) -> Result<Sizes> {
        let row = self.fetch(scripts::SIZES).await?;
        Ok(Sizes {
            positions: number(&row, "positions")?,
            versions: number(&row, "versions")?,
            copied: number(&row, "copied")?,
        })
    }

    /// Events are copied in the order of their positions: what comes later has a higher one.
    async fn events(&mut self, sizes: &Sizes) -> Result<()> {
        self.advance(sizes.copied);
        let copied = Place {
            stream_id: 0,
            version: sizes.copied,
        };
        self.copy(scripts::COPY_EVENTS, copied).await
    }

    /// Since an earlier attempt, a link may have been added to any stream: all places are scanned.
    async fn links(&mut self, sizes: &Sizes) -> Result<()> {
        self.begin(LayoutStage::Links, sizes.versions);
        let all = Place {
            stream_id: 0,
            version: i64::MAX,
        };
        self.copy(scripts::COPY_LINKS, all).await
    }

    async fn copy(&mut self, statement: &'static str, mut after: Place) -> Result<()> {
        while let Some((last, entries)) = self.copy_batch(statement, after).await? {
            self.advance(entries);
            after = last;
        }
        Ok(())
    }

    /// Copies a batch, all of it or nothing; returns the last place that was scanned, and how many were.
    async fn copy_batch(&mut self, statement: &'static str, after: Place) -> Result<Option<(Place, i64)>> {
        let statement = Statements::creation(statement, self.schema(), self.sessions.context().tables.data_type);
        let mut transaction = self.connection.begin().await.map_err(reading)?;
        let row = sqlx::query(statement)
            .bind(after.stream_id)
            .bind(after.version)
            .bind(self.entries_per_batch)
            .fetch_one(&mut *transaction)
            .await
            .map_err(reading)?;
        if number(&row, "copied")? != number(&row, "expected")? {
            let Place { stream_id, version } = after;
            return Err(damaged(&format!(
                "after version {version} of the stream with the id {stream_id}"
            )));
        }
        transaction.commit().await.map_err(reading)?;
        let entries = number(&row, "entries")?;
        if entries == 0 {
            return Ok(None);
        }
        let last = Place {
            stream_id: number(&row, "last_stream_id")?,
            version: number(&row, "last_version")?,
        };
        Ok(Some((last, entries)))
    }

    async fn indexes(&mut self) -> Result<()> {
        let schema = self.schema();
        let mut indexes = scripts::INDEX_COPIES.to_vec();
        for (index, of_copy) in [
            (EventIndex::Correlation, scripts::INDEX_CORRELATION_IDS_OF_COPY),
            (EventIndex::Causation, scripts::INDEX_CAUSATION_IDS_OF_COPY),
        ] {
            if find_index(self.connection, schema, index).await? == IndexState::Valid {
                indexes.push(of_copy);
            }
        }
        self.begin(LayoutStage::Indexes, i64::try_from(indexes.len()).unwrap_or_default());
        for index in indexes {
            run_script(self.connection, index, schema).await?;
            self.advance(1);
        }
        run_script(self.connection, scripts::ANALYZE_COPIES, schema).await
    }

    /// Refuses copies that are damaged; returns how much there is to notice.
    async fn verify(&mut self, sizes: &Sizes) -> Result<u64> {
        self.begin(LayoutStage::Verification, sizes.positions + sizes.versions);
        let copies = Statements::on_copies(self.schema(), self.sessions.context().tables.data_type);
        let (mut notices, mut damage) = (0, None);
        let observe = |observation| match observation {
            Observation::LookedAt(entries) => (self.observe)(LayoutProgress::Advanced(entries)),
            Observation::Found(Finding {
                severity: Severity::Notice,
                ..
            }) => notices += 1,
            Observation::Found(finding) => drop(damage.get_or_insert(finding)),
        };
        verify_tables(self.sessions, &copies, observe).await?;
        match damage {
            Some(finding) => Err(damaged(&finding.to_string())),
            None => Ok(notices),
        }
    }

    /// Refuses copies in which something is missing: each event has two places, and each link has one.
    async fn compare(&mut self, notices: u64) -> Result<LayoutMigration> {
        let row = self.fetch(scripts::COMPARE_COPIES).await?;
        let [stored, placed, events, links] = [
            number(&row, "stored")?,
            number(&row, "placed")?,
            number(&row, "events")?,
            number(&row, "links")?,
        ];
        if placed != 2 * events + links || stored < events {
            return Err(damaged(&format!(
                "{placed} places, but {events} events and {links} links"
            )));
        }
        Ok(LayoutMigration::Migrated {
            events: events.unsigned_abs(),
            links: links.unsigned_abs(),
            left_out: (stored - events).unsigned_abs(),
            notices,
        })
    }

    async fn fetch(&mut self, statement: &'static str) -> Result<PgRow> {
        let statement = sqlx::query(Statements::once(statement, self.schema()));
        statement.fetch_one(&mut *self.connection).await.map_err(reading)
    }

    fn schema(&self) -> &'c SchemaName {
        self.sessions.context().config.schema()
    }

    fn begin(&mut self, stage: LayoutStage, total: i64) {
        let total = total.unsigned_abs();
        (self.observe)(LayoutProgress::Began { stage, total });
    }

    fn advance(&mut self, entries: i64) {
        (self.observe)(LayoutProgress::Advanced(entries.unsigned_abs()));
    }
}

fn number(row: &PgRow, column: &str) -> Result<i64> {
    row.try_get(column).map_err(reading)
}

fn damaged(what: &str) -> Error {
    Error::Storage {
        message: "the event store is damaged and stays in the layout original, see `verify`".to_owned(),
        source: what.into(),
    }
}
