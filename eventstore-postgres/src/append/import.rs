use eventstore_core::backend::{ImportConflicts, ImportRun, Imported};
use eventstore_core::{Error, Result, StreamName};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::append::columns::ImportColumns;
use crate::connection::{Ending, Session, Suspect};
use crate::error::{is_about_values, is_duplicate};

enum Outcome {
    Imported(Imported),
    /// What conflicts, in words.
    Conflicts(String),
    Deleted(String),
    /// Another process has stored one of the events meanwhile.
    Duplicate,
    Unfit(sqlx::Error),
}

impl Session<'_> {
    pub(crate) async fn import(&mut self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        self.config()
            .refuse_other_event_types(runs.iter().map(ImportRun::append))?;
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_import(runs, conflicts).await;
            if let Some(imported) = attempts.judge(attempt).await? {
                return Ok(imported);
            }
        }
    }

    async fn try_import(&mut self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Option<Imported>> {
        let columns = ImportColumns::new(runs, self.data_type());
        match self.run_import(&columns, conflicts).await? {
            Outcome::Imported(imported) => Ok(Some(imported)),
            Outcome::Conflicts(conflicts) => Err(Error::invalid_input("events", &conflicts)),
            Outcome::Deleted(stream) => Err(Error::StreamDeleted {
                stream: StreamName::from_storage(stream),
            }),
            // The next attempt has a newer snapshot, finds the event, and leaves it out.
            Outcome::Duplicate => Ok(None),
            Outcome::Unfit(error) => {
                let suspects = runs.iter().flat_map(|run| Suspect::of_append(run.append()));
                Err(self.explain_failure(error, suspects).await)
            }
        }
    }

    async fn run_import(&mut self, columns: &ImportColumns<'_>, conflicts: ImportConflicts) -> Result<Outcome> {
        let (statements, layout) = (self.statements(), self.layout());
        self.transact(async |steps| {
            let lock = columns.lock(&statements.lock_streams);
            steps.run(async |connection| lock.execute(connection).await).await?;
            let import = columns.query(&statements.import);
            let outcome = match steps.run(async |connection| import.fetch_one(connection).await).await {
                Ok(row) => outcome(&row, columns.count(), conflicts)?,
                Err(error) if is_duplicate(&error, layout) => Outcome::Duplicate,
                Err(error) if is_about_values(&error) => Outcome::Unfit(error),
                Err(error) => return Err(error),
            };
            // A stream that was created for nothing goes again.
            Ok(match outcome {
                Outcome::Imported(Imported { stored: 1.., .. }) => Ending::Commit(outcome),
                _ => Ending::RollBack(outcome),
            })
        })
        .await
    }
}

fn outcome(row: &PgRow, total: usize, conflicts: ImportConflicts) -> Result<Outcome, sqlx::Error> {
    let count = |column: &str| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    let (stored, elsewhere, renumbered) = (count("imported")?, count("elsewhere")?, count("renumbered")?);
    if let Some(deleted) = row.try_get::<Option<String>, _>("deleted")? {
        return Ok(Outcome::Deleted(deleted));
    }
    if conflicts == ImportConflicts::Refuse && elsewhere + renumbered > 0 {
        return conflicts_in_words(row, elsewhere, renumbered).map(Outcome::Conflicts);
    }
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    Ok(Outcome::Imported(Imported {
        stored,
        skipped: total.saturating_sub(stored + elsewhere),
        elsewhere,
        renumbered,
    }))
}

fn conflicts_in_words(row: &PgRow, elsewhere: u64, renumbered: u64) -> Result<String, sqlx::Error> {
    let first = |column: &str| row.try_get::<Option<&str>, _>(column);
    let elsewhere =
        first("first_elsewhere")?.map(|first| format!("{elsewhere} ids are stored in other streams ({first})"));
    let renumbered = first("first_renumbered")?.map(|first| format!("{renumbered} versions would change ({first})"));
    let conflicts: Vec<_> = [elsewhere, renumbered].into_iter().flatten().collect();
    Ok(conflicts.join("; "))
}
