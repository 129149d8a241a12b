use eventstore_core::{Append, Error, Result, StreamName, StreamVersion};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::PostgresStore;
use crate::columns::ImportColumns;
use crate::connection::{Ending, Session};
use crate::error::{is_about_values, is_duplicate};
use crate::refused_payload::Suspect;

/// A run of events of one stream that are to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRun {
    /// The events and their stream; what it expects does not matter.
    pub append: Append,
    /// The versions that the events have in the store that they come from; none if they are not known.
    pub versions: Vec<StreamVersion>,
}

impl From<Append> for ImportRun {
    /// A run whose versions are not known: the events take those that follow in the stream.
    fn from(append: Append) -> Self {
        Self {
            append,
            versions: Vec::new(),
        }
    }
}

/// What to do with events that cannot be imported as they were: their id is stored in another stream, or their version in
/// this store is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ImportConflicts {
    /// Import nothing.
    #[default]
    Refuse,
    /// Leave those out whose id is stored in another stream, and give others the version that follows in theirs.
    Skip,
}

/// What became of events that were to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Imported {
    /// So many were stored.
    pub stored: u64,
    /// So many were in their stream already, by their ids.
    pub skipped: u64,
    /// So many were left out since their ids are stored in other streams.
    pub elsewhere: u64,
    /// So many of those that were stored, now or before, have another version than where they come from.
    pub renumbered: u64,
}

impl PostgresStore {
    /// Puts events of another store into this one, all or none of those that are not there yet, in this order in `$all`.
    ///
    /// The stream of a run may come again. A stream that is created has the time of its first event. Repeating the call
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// - [`Error::StreamDeleted`] if a stream is deleted that an event is to be put into
    /// - [`Error::InvalidInput`] naming `data` or `metadata`, and the event, if the store cannot keep it
    /// - [`Error::InvalidInput`] naming `events` if some conflict with what is stored, unless conflicts are to be skipped, or a run
    ///   has versions for some of its events only
    /// - [`Error::InvalidInput`] naming `event_types` if a type is not one of the [settings](crate::PostgresConfig::with_event_types)
    /// - [`Error::Aborted`] if an id is twice in the call, or others store the same events at the same time
    /// - [`Error::OutcomeUnknown`], [`Error::Unavailable`] and failures of the storage
    pub async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        check(runs)?;
        self.inner
            .config
            .refuse_other_event_types(runs.iter().map(|run| &run.append))?;
        let mut session = self.session_for_change().await?;
        let mut attempts = session.attempts();
        loop {
            let attempt = session.try_import(runs, conflicts).await;
            if let Some(imported) = attempts.judge(attempt).await? {
                return Ok(imported);
            }
        }
    }
}

fn check(runs: &[ImportRun]) -> Result<()> {
    let is_whole = |run: &ImportRun| run.versions.is_empty() || run.versions.len() == run.append.events().len();
    if runs.iter().all(is_whole) {
        return Ok(());
    }
    Err(Error::invalid_input(
        "events",
        "expected a version for each event of a run, or none",
    ))
}

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
    async fn try_import(&mut self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Option<Imported>> {
        let columns = ImportColumns::new(runs, self.data_type());
        match self.run_import(&columns, conflicts).await? {
            Outcome::Imported(imported) => Ok(Some(imported)),
            Outcome::Conflicts(conflicts) => Err(Error::invalid_input("events", &conflicts)),
            Outcome::Deleted(stream) => Err(Error::StreamDeleted {
                stream: StreamName::from_storage(stream),
            }),
            Outcome::Duplicate => Ok(None),
            Outcome::Unfit(error) => {
                let suspects = runs.iter().flat_map(|run| Suspect::of_append(&run.append));
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
