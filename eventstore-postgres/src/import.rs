use eventstore_core::{Append, Error, Result, StreamName};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::PostgresStore;
use crate::columns::ImportColumns;
use crate::connection::{Ending, Session};
use crate::error::{is_about_values, is_duplicate};
use crate::refused_payload::Suspect;

/// What became of events that were to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Imported {
    /// So many were stored.
    pub stored: u64,
    /// So many stood in the store already, by their ids.
    pub skipped: u64,
}

impl PostgresStore {
    /// Puts events of another store into this one, all or none of those that are not there yet, in this order in `$all`.
    ///
    /// Each append is a run of events of one stream, which may come again; what it expects does not matter. A stream that is
    /// created has the time of its first event. Repeating the call changes nothing.
    ///
    /// # Errors
    ///
    /// - [`Error::StreamDeleted`] if a stream is deleted that an event is to be put into
    /// - [`Error::InvalidInput`] naming `data` or `metadata`, and the event, if the store cannot keep it
    /// - [`Error::Aborted`] if an id stands twice in the call, or others store the same events at the same time
    /// - [`Error::OutcomeUnknown`], [`Error::Unavailable`] and failures of the storage
    pub async fn import(&self, runs: &[Append]) -> Result<Imported> {
        let mut session = self.session_for_change().await?;
        let mut attempts = session.attempts();
        loop {
            let attempt = session.try_import(runs).await;
            if let Some(imported) = attempts.judge(attempt).await? {
                return Ok(imported);
            }
        }
    }
}

enum Outcome {
    Imported(u64),
    Deleted(String),
    /// Somebody else has stored one of the events meanwhile.
    Duplicate,
    Unfit(sqlx::Error),
}

impl Session<'_> {
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
