use std::collections::HashSet;

use eventstore_core::EventStore;
use eventstore_core::{ParkedEvent, PartitionKey};
use serde::Serialize;

use super::{Exec, Selected, Which};
use crate::failure::Failure;
use crate::output::{Output, TableRow};

/// What became of parked events.
#[derive(Default, Serialize)]
struct Summary {
    replayed: u64,
    failed: u64,
    /// Later events of a partition of which one failed.
    waiting: u64,
}

impl TableRow for Summary {
    const HEAD: &'static [&'static str] = &["REPLAYED", "FAILED", "WAITING"];

    fn cells(&self) -> Vec<String> {
        [self.replayed, self.failed, self.waiting]
            .map(|count| count.to_string())
            .into()
    }
}

/// Parked events that a command is to deal with.
pub(super) struct Replay<'r, B> {
    store: &'r B,
    exec: &'r Exec,
    selected: &'r Selected,
    blocked: HashSet<PartitionKey>,
    summary: Summary,
}

impl<B: EventStore> Replay<'_, B> {
    /// Runs the command for each, in their order; within a partition none comes after one that failed.
    pub(super) async fn run(store: &B, which: Which, exec: &Exec, mut output: Output) -> Result<(), Failure> {
        let selected = which.select(store).await?;
        let mut replay = Replay {
            store,
            exec,
            selected: &selected,
            blocked: HashSet::new(),
            summary: Summary::default(),
        };
        for parked in &selected.events {
            replay.take(parked, &output).await?;
        }
        let failed = replay.summary.failed;
        output.rows([replay.summary])?;
        output.flush()?;
        if failed > 0 {
            return Err(Failure::NotReplayed(failed));
        }
        Ok(())
    }

    async fn take(&mut self, parked: &ParkedEvent, output: &Output) -> Result<(), Failure> {
        if parked.partition.as_ref().is_some_and(|key| self.blocked.contains(key)) {
            self.summary.waiting += 1;
            return Ok(());
        }
        let Some(event) = self.selected.find(self.store, parked).await? else {
            return Ok(());
        };
        let input = Output::event_as_json(&event)?;
        let status = self.exec.run(input).await.map_err(Failure::Start)?;
        if status.success() {
            self.store.unpark(self.selected.id, parked.number).await?;
            self.summary.replayed += 1;
        } else {
            let (number, id) = (parked.number, parked.event_id);
            output.note(&format!(
                "event {number} ({id}) stays parked: the command ended with {status}"
            ));
            self.summary.failed += 1;
            self.blocked.extend(parked.partition.clone());
        }
        Ok(())
    }
}
