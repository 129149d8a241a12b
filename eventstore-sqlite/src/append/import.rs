use std::collections::{BTreeSet, HashMap};

use eventstore_core::backend::{ImportConflicts, ImportRun, Imported};
use eventstore_core::{Append, AppendReceipt, Error, EventId, NewEvent, Result, StreamName, StreamVersion, Timestamp};

use crate::changes::{EventRow, Plan, StoredEvent, find_stored, write};
use crate::connection::{Database, Writer};
use crate::error::{failed, is_duplicate};
use crate::values::now;

impl Database {
    pub(crate) async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        let runs = runs.to_vec();
        self.change_in_place(move |writer| import(writer, &runs, conflicts))
            .await
    }
}

fn import(writer: &mut Writer, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
    let change = writer.begin()?;
    let now = now()?;
    let appends = runs.iter().map(ImportRun::append);
    let stored = find_stored(&change, appends.clone())?;
    let streams: BTreeSet<_> = appends.map(Append::stream).collect();
    let plan = Plan::about(&change, streams, now)?;
    let mut import = Import::new(plan, stored, now);
    for run in runs {
        import.add(run)?;
    }
    if conflicts == ImportConflicts::Refuse {
        import.refuse_conflicts()?;
    }
    import.refuse_deleted()?;
    if import.imported.stored > 0 {
        write(&change, &import.plan).map_err(not_written)?;
        change.commit()?;
    }
    Ok(import.imported)
}

/// No other process can have stored an id that was not found before. So it occurs twice in the call.
fn not_written(error: rusqlite::Error) -> Error {
    if is_duplicate(&error) {
        return Error::Aborted { source: error.into() };
    }
    failed(error)
}

/// What an import is to do, decided event by event.
struct Import<'a> {
    plan: Plan<'a>,
    stored: HashMap<EventId, StoredEvent>,
    now: Timestamp,
    imported: Imported,
    first_elsewhere: Option<String>,
    first_renumbered: Option<String>,
    first_deleted: Option<&'a StreamName>,
}

impl<'a> Import<'a> {
    fn new(plan: Plan<'a>, stored: Vec<StoredEvent>, now: Timestamp) -> Self {
        Self {
            plan,
            stored: stored.into_iter().map(|event| (event.id, event)).collect(),
            now,
            imported: Imported::default(),
            first_elsewhere: None,
            first_renumbered: None,
            first_deleted: None,
        }
    }

    fn add(&mut self, run: &'a ImportRun) -> Result<()> {
        let stream = run.append().stream();
        let mut versions = run.versions().iter().copied();
        let mut version = self
            .plan
            .stream(stream)
            .map_or(StreamVersion::ZERO, |stream| stream.version);
        let mut new = Vec::new();
        for event in run.append().events() {
            let wanted = versions.next();
            let given = match self.stored.get(&event.id) {
                Some(stored) if stored.stream != *stream => {
                    let elsewhere = stored.stream.clone();
                    self.is_elsewhere(event, &elsewhere);
                    continue;
                }
                Some(stored) => {
                    self.imported.skipped += 1;
                    stored.version
                }
                None => {
                    new.push(event);
                    version = version.next();
                    version
                }
            };
            if let Some(wanted) = wanted.filter(|wanted| *wanted != given) {
                self.is_renumbered(event, stream, wanted, given);
            }
        }
        self.store(run.append(), new)
    }

    /// Plans to store these events of the run.
    fn store(&mut self, run: &'a Append, events: Vec<&'a NewEvent>) -> Result<()> {
        let Some(first) = events.first() else {
            return Ok(());
        };
        let stream = run.stream();
        let created_at = |event: &NewEvent| run.created_at().or(event.created_at).unwrap_or(self.now);
        let before = self.plan.stream(stream);
        if before.is_some_and(|before| before.is_deleted) {
            self.first_deleted.get_or_insert(stream);
        }
        let version = before.map_or(StreamVersion::ZERO, |before| before.version);
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        let receipt = AppendReceipt::following(stream.clone(), version, self.plan.head, count)?;
        let stream_id = self.plan.move_stream(stream, receipt.last_version, created_at(first));
        let (mut position, mut version) = (receipt.first_position, receipt.first_version);
        for event in events {
            self.plan.events.push(EventRow {
                position,
                stream_id,
                version,
                created_at: created_at(event),
                event,
            });
            (position, version) = (position.next(), version.next());
        }
        self.plan.head = receipt.last_position;
        self.imported.stored += count;
        Ok(())
    }

    fn is_elsewhere(&mut self, event: &NewEvent, stream: &StreamName) {
        self.imported.elsewhere += 1;
        let words = || format!("event {} of the stream {stream}", event.id);
        self.first_elsewhere.get_or_insert_with(words);
    }

    fn is_renumbered(&mut self, event: &NewEvent, stream: &StreamName, wanted: StreamVersion, given: StreamVersion) {
        self.imported.renumbered += 1;
        let words = || format!("event {} of the stream {stream}: {wanted} would be {given}", event.id);
        self.first_renumbered.get_or_insert_with(words);
    }

    fn refuse_conflicts(&self) -> Result<()> {
        let Imported {
            elsewhere, renumbered, ..
        } = self.imported;
        let elsewhere = self
            .first_elsewhere
            .as_ref()
            .map(|first| format!("{elsewhere} ids are stored in other streams ({first})"));
        let renumbered = self
            .first_renumbered
            .as_ref()
            .map(|first| format!("{renumbered} versions would change ({first})"));
        let conflicts: Vec<_> = [elsewhere, renumbered].into_iter().flatten().collect();
        if conflicts.is_empty() {
            return Ok(());
        }
        Err(Error::invalid_input("events", &conflicts.join("; ")))
    }

    fn refuse_deleted(&self) -> Result<()> {
        match self.first_deleted {
            Some(stream) => Err(Error::StreamDeleted { stream: stream.clone() }),
            None => Ok(()),
        }
    }
}
