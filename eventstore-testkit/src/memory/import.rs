use std::collections::HashMap;

use eventstore_core::backend::{ImportConflicts, ImportRun, Imported, StreamState};
use eventstore_core::{Append, Error, ExpectedVersion, NewEvent, Result, StreamName, StreamVersion, Timestamp};

use super::append::count;
use super::node::Node;
use super::state::State;

impl State {
    /// Everything is checked before anything is changed.
    pub(super) fn import(
        &mut self,
        runs: &[ImportRun],
        conflicts: ImportConflicts,
        now: Timestamp,
        by: &Node,
    ) -> Result<Imported> {
        let plan = Plan::of(self, runs)?;
        if conflicts == ImportConflicts::Refuse {
            plan.refuse_conflicts()?;
        }
        for run in &plan.new {
            self.check_run(run)?;
        }
        let mut stored = 0;
        for run in &plan.new {
            let first = run.events().first().and_then(|event| event.created_at);
            self.stream_or_new(run.stream(), first.unwrap_or(now));
            stored += self.append(run, now, by)?.count();
        }
        Ok(Imported {
            stored,
            ..plan.imported
        })
    }

    fn check_run(&self, run: &Append) -> Result<()> {
        let stream = run.stream();
        if self.state_of(stream) == StreamState::Deleted {
            return Err(Error::StreamDeleted { stream: stream.clone() });
        }
        self.payloads.of_append(run).map(drop)
    }

    fn version_of(&self, stream: &StreamName) -> u64 {
        self.streams.get(stream).map_or(0, |stream| stream.version().get())
    }
}

/// What an import is to do.
#[derive(Default)]
struct Plan {
    /// The runs without the events that are stored.
    new: Vec<Append>,
    imported: Imported,
    /// The versions of the streams after what was planned so far.
    versions: HashMap<StreamName, u64>,
}

impl Plan {
    fn of(state: &State, runs: &[ImportRun]) -> Result<Self> {
        let mut plan = Self::default();
        for run in runs {
            plan.add(state, run)?;
        }
        let total = runs.iter().map(|run| count(run.append())).sum::<Result<u64>>()?;
        let new = plan.new.iter().map(count).sum::<Result<u64>>()?;
        plan.imported.skipped = total - new - plan.imported.elsewhere;
        Ok(plan)
    }

    fn add(&mut self, state: &State, run: &ImportRun) -> Result<()> {
        let append = run.append();
        let mut events = Vec::new();
        for (index, event) in append.events().iter().enumerate() {
            let version = run.versions().get(index).copied();
            events.extend(self.place(state, append, event, version));
        }
        if !events.is_empty() {
            let stream = append.stream().clone();
            self.new.push(Append::new(stream, ExpectedVersion::Any, events)?);
        }
        Ok(())
    }

    /// The event, if it is to be stored.
    fn place(
        &mut self,
        state: &State,
        run: &Append,
        event: &NewEvent,
        version: Option<StreamVersion>,
    ) -> Option<NewEvent> {
        let given = match state.events.get(&event.id) {
            Some(stored) if stored.stream != *run.stream() => {
                self.imported.elsewhere += 1;
                return None;
            }
            Some(stored) => (stored.stream_version.get(), None),
            None => (self.next(state, run.stream()), Some(event)),
        };
        let (given, new) = given;
        self.imported.renumbered += u64::from(version.is_some_and(|version| version.get() != given));
        new.cloned().map(|mut event| {
            event.created_at = run.created_at().or(event.created_at);
            event
        })
    }

    fn next(&mut self, state: &State, stream: &StreamName) -> u64 {
        let version = self
            .versions
            .entry(stream.clone())
            .or_insert_with(|| state.version_of(stream));
        *version += 1;
        *version
    }

    fn refuse_conflicts(&self) -> Result<()> {
        let Imported {
            elsewhere, renumbered, ..
        } = self.imported;
        if elsewhere + renumbered == 0 {
            return Ok(());
        }
        let reason = format!("{elsewhere} ids are stored in other streams, {renumbered} versions would change");
        Err(Error::invalid_input("events", &reason))
    }
}
