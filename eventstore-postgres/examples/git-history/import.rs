use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use eventstore_core::{
    Append, EventNumber, EventReaderExt, EventWriter, ExpectedVersion, Read, RecordedEvent, StreamVersion,
};
use eventstore_postgres::PostgresStore;
use futures_util::TryStreamExt;
use indicatif::ProgressBar;
use tokio::sync::mpsc;

use crate::change::Change;
use crate::repository::Repository;

/// What became of an import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Imported {
    /// How many events were in the store before.
    pub(crate) skipped: u64,
    pub(crate) appended: u64,
    /// How long the appends took, the reading of their changes included.
    pub(crate) took: Duration,
}

/// An import that stands behind the part of the history that is in the store already.
///
/// The history always comes in the same order, and nothing else is in the store: the event at position n is the n-th
/// change. The newest event therefore tells where an earlier run stopped, be it in the middle of a commit.
pub(crate) struct Import {
    changes: mpsc::Receiver<anyhow::Result<Change>>,
    /// Where the stream of each path stands.
    versions: HashMap<Vec<u8>, StreamVersion>,
    position: EventNumber,
}

impl Import {
    /// Skips what is in the store, and makes sure that it is the beginning of this history.
    pub(crate) async fn resume(store: &PostgresStore, repository: &Repository) -> anyhow::Result<Self> {
        let mut import = Self {
            changes: repository.changes(),
            versions: HashMap::new(),
            position: EventNumber::ZERO,
        };
        if let Some(newest) = newest_event(store).await? {
            let last = import.skip_to(newest.event_number).await?;
            let is_known = last.is_some_and(|change| change.event_id() == newest.event_id.as_uuid());
            ensure!(is_known, other_history(newest.event_number));
        }
        Ok(import)
    }

    /// Appends the rest of the history.
    pub(crate) async fn run(mut self, store: &PostgresStore, bar: &ProgressBar) -> anyhow::Result<Imported> {
        let skipped = self.position;
        let started = Instant::now();
        while let Some((change, version)) = self.next().await? {
            append(store, &change, version, self.position).await?;
            bar.set_position(change.commit.number);
        }
        bar.finish();
        Ok(Imported {
            skipped: skipped.get(),
            appended: self.position.distance_from(skipped),
            took: started.elapsed(),
        })
    }

    /// The change at this position; `None` if the history is not that long.
    async fn skip_to(&mut self, position: EventNumber) -> anyhow::Result<Option<Change>> {
        while let Some((change, _)) = self.next().await? {
            if self.position == position {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    /// The next change, and where its stream stands before it.
    async fn next(&mut self) -> anyhow::Result<Option<(Change, StreamVersion)>> {
        let Some(change) = self.changes.recv().await.transpose()? else {
            return Ok(None);
        };
        self.position = self.position.next();
        let version = self.versions.entry(change.path.clone()).or_default();
        let before = *version;
        *version = before.next();
        Ok(Some((change, before)))
    }
}

async fn newest_event(store: &PostgresStore) -> anyhow::Result<Option<RecordedEvent>> {
    Ok(store.events(Read::all().backward().limit(1)).try_next().await?)
}

fn other_history(stored: EventNumber) -> String {
    format!(
        "the store holds {stored} events that are not the beginning of this repository's history: \
         take a database of its own for each repository, and a new one after a rewrite of the history"
    )
}

async fn append(
    store: &PostgresStore,
    change: &Change,
    version: StreamVersion,
    position: EventNumber,
) -> anyhow::Result<()> {
    let append = Append::new(change.stream()?, ExpectedVersion::Exact(version), vec![change.event()?])?;
    let receipt = store
        .append(append)
        .await
        .with_context(|| format!("event {position} was not appended; the next run goes on here"))?;
    ensure!(
        receipt.last_position == position,
        "another program appends to the same store: event {position} stands at {}",
        receipt.last_position
    );
    Ok(())
}
