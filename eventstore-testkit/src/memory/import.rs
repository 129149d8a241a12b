use eventstore_core::{Append, Error, ExpectedVersion, Imported, NewEvent, Result, StreamState, Timestamp};

use super::append::count;
use super::node::Node;
use super::state::State;

impl State {
    /// Everything is checked before anything is changed.
    pub(super) fn import(&mut self, runs: &[Append], now: Timestamp, by: &Node) -> Result<Imported> {
        let new = self.new_runs(runs)?;
        for run in &new {
            self.check_run(run)?;
        }
        let mut stored = 0;
        for run in &new {
            let first = run.events().first().and_then(|event| event.created_at);
            self.stream_or_new(run.stream(), first.unwrap_or(now));
            stored += self.append(run, now, by)?.count();
        }
        let total = runs.iter().map(count).sum::<Result<u64>>()?;
        Ok(Imported {
            stored,
            skipped: total - stored,
        })
    }

    /// The runs without the events that are stored.
    fn new_runs(&self, runs: &[Append]) -> Result<Vec<Append>> {
        let new_events = |run: &Append| -> Vec<NewEvent> {
            let events = run.events().iter().filter(|event| !self.events.contains_key(&event.id));
            let timed = events.map(|event| NewEvent {
                created_at: run.created_at().or(event.created_at),
                ..event.clone()
            });
            timed.collect()
        };
        runs.iter()
            .map(|run| (run, new_events(run)))
            .filter(|(_, events)| !events.is_empty())
            .map(|(run, events)| Append::new(run.stream().clone(), ExpectedVersion::Any, events))
            .collect()
    }

    fn check_run(&self, run: &Append) -> Result<()> {
        let stream = run.stream();
        if self.state_of(stream) == StreamState::Deleted {
            return Err(Error::StreamDeleted { stream: stream.clone() });
        }
        self.payloads.of_append(run).map(drop)
    }
}
