use eventstore_core::Result;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, Postgres};

use super::rows::{column, duplicate_finding, lost_findings};
use super::verifier::Verifier;
use crate::Observation;
use crate::error::reading;
use crate::sql::Sql;

/// About how many streams one statement that finds duplicates checks.
const STREAMS_PER_PART: i64 = 1_000_000;

/// In no more parts than there are values of the hash that tells them apart.
const MOST_PARTS: i64 = 1_024;

impl<O: FnMut(Observation) + Send> Verifier<'_, O> {
    /// Names that the unique indexes have let through twice, and those that they do not find.
    ///
    /// An index whose order is another one than that of the server's texts, as after an upgrade of the operating system, does
    /// not show what is wrong with it: duplicates are searched for without any index.
    pub(super) async fn keys(&mut self) -> Result<()> {
        let streams = self.lost_names().await?;
        let parts = (streams / STREAMS_PER_PART + 1).min(MOST_PARTS);
        for part in 0..parts {
            let sql = &self.statements.find_duplicates;
            let rows = self
                .fetch_after(&self.statements.distrust_indexes, sql.query().bind(parts).bind(part))
                .await?;
            let findings = rows.iter().map(duplicate_finding).collect::<Result<Vec<_>>>()?;
            self.found(findings);
        }
        Ok(())
    }

    /// Looks up each stream by its name; returns the last id.
    async fn lost_names(&mut self) -> Result<i64> {
        let mut after = -1_i64;
        loop {
            let sql = &self.statements.verify_names;
            let rows = self
                .fetch_after(&self.statements.trust_indexes, sql.query().bind(after).bind(self.chunk))
                .await?;
            let Some(row) = rows.first() else { return Ok(after) };
            let Some(last) = column::<Option<i64>>(row, "last_stream_id")? else {
                return Ok(after);
            };
            self.found(lost_findings(row)?);
            after = last;
        }
    }

    /// Runs a statement in a transaction with other settings of the planner; returns its rows.
    async fn fetch_after(&self, settings: &Sql, statement: Query<'_, Postgres, PgArguments>) -> Result<Vec<PgRow>> {
        let settings = settings.query();
        let mut session = self.sessions.session().await?;
        session
            .read(async |connection| {
                let mut transaction = connection.begin().await?;
                settings.execute(&mut *transaction).await?;
                let rows = statement.fetch_all(&mut *transaction).await?;
                transaction.rollback().await?;
                Ok(rows)
            })
            .await
            .map_err(reading)
    }
}
