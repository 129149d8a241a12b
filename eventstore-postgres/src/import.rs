use eventstore_core::{Append, Error, Imported, Result, StreamName};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::columns::ImportColumns;
use crate::connection::{Ending, Session};
use crate::error::{is_about_values, is_duplicate};
use crate::refused_payload::Suspect;

enum Outcome {
    Imported(u64),
    Deleted(String),
    /// Somebody else has stored one of the events meanwhile.
    Duplicate,
    Unfit(sqlx::Error),
}

impl Session<'_> {
    pub(crate) async fn import(&mut self, runs: &[Append]) -> Result<Imported> {
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_import(runs).await;
            if let Some(imported) = attempts.judge(attempt).await? {
                return Ok(imported);
            }
        }
    }

    async fn try_import(&mut self, runs: &[Append]) -> Result<Option<Imported>> {
        let columns = ImportColumns::new(runs, self.data_type());
        let total = u64::try_from(columns.count()).unwrap_or(u64::MAX);
        match self.run_import(&columns).await? {
            Outcome::Imported(stored) => Ok(Some(Imported {
                stored,
                skipped: total.saturating_sub(stored),
            })),
            Outcome::Deleted(stream) => Err(Error::StreamDeleted {
                stream: StreamName::from_storage(stream),
            }),
            Outcome::Duplicate => Ok(None),
            Outcome::Unfit(error) => Err(self
                .explain_failure(error, runs.iter().flat_map(Suspect::of_append))
                .await),
        }
    }

    async fn run_import(&mut self, columns: &ImportColumns<'_>) -> Result<Outcome> {
        let (statements, layout) = (self.statements(), self.layout());
        self.transact(async |steps| {
            let lock = columns.lock(&statements.lock_streams);
            steps.run(async |connection| lock.execute(connection).await).await?;
            let import = columns.query(&statements.import);
            let outcome = match steps.run(async |connection| import.fetch_one(connection).await).await {
                Ok(row) => outcome(&row)?,
                Err(error) if is_duplicate(&error, layout) => Outcome::Duplicate,
                Err(error) if is_about_values(&error) => Outcome::Unfit(error),
                Err(error) => return Err(error),
            };
            // A stream that was created for nothing goes again.
            Ok(match outcome {
                Outcome::Imported(1..) => Ending::Commit(outcome),
                _ => Ending::RollBack(outcome),
            })
        })
        .await
    }
}

fn outcome(row: &PgRow) -> Result<Outcome, sqlx::Error> {
    let imported: i64 = row.try_get("imported")?;
    let deleted: Option<String> = row.try_get("deleted")?;
    Ok(match deleted {
        Some(stream) => Outcome::Deleted(stream),
        None => Outcome::Imported(imported.unsigned_abs()),
    })
}
