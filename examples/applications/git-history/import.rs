use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    Append, Direction, EventNumber, EventReaderExt, EventStore, ExpectedVersion, Read, StreamVersion,
};
use futures_util::TryStreamExt;
use indicatif::ProgressBar;
use tokio::sync::mpsc;

use crate::change::Change;
use crate::repository::Repository;
use crate::rows::Rows;

/// How many changes are appended, and then inserted as rows, before the next ones.
///
/// Short turns: whatever else the machine does slows both down alike.
const TURN: usize = 250;

/// What became of an import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Imported {
    /// How many events were in the store before.
    pub(crate) skipped: u64,
    pub(crate) appended: u64,
    /// How long the appends took.
    pub(crate) took: Duration,
}

/// A change and where its event belongs.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) change: Change,
    /// The version of the stream before the event.
    pub(crate) version: StreamVersion,
    /// The event's position among all.
    pub(crate) position: EventNumber,
}

/// An import that goes on after the part of the history that is already stored.
///
/// The history always comes in the same order, and nothing else is in the store: the event at position n is the n-th
/// change. The newest event therefore tells where an earlier run stopped, be it in the middle of a commit.
pub(crate) struct Import {
    changes: mpsc::Receiver<anyhow::Result<Change>>,
    /// The version of the stream of each path.
    versions: HashMap<Vec<u8>, StreamVersion>,
    position: EventNumber,
}

impl Import {
    /// Skips what is in the store, and makes sure that it is the beginning of this history.
    pub(crate) async fn resume(store: &impl EventStore, repository: &Repository) -> anyhow::Result<Self> {
        let mut import = Self {
            changes: repository.changes(),
            versions: HashMap::new(),
            position: EventNumber::ZERO,
        };
        if let Some(newest) = newest_event(store).await? {
            let last = import.skip_to(newest.number).await?;
            let is_known = last.is_some_and(|change| change.event_id() == newest.event_id.as_uuid());
            ensure!(is_known, other_history(newest.number));
        }
        Ok(import)
    }

    /// Appends the rest of the history, and takes turns with plain rows if there are any to compare with.
    pub(crate) async fn run(
        mut self,
        store: &impl EventStore,
        mut rows: Option<&mut Rows>,
        bar: &ProgressBar,
    ) -> anyhow::Result<Imported> {
        let skipped = self.position;
        let mut took = Duration::ZERO;
        loop {
            let turn = self.next_turn().await?;
            let Some(last) = turn.last() else { break };
            let started = Instant::now();
            for place in &turn {
                append(store, place).await?;
            }
            took += started.elapsed();
            if let Some(rows) = &mut rows {
                rows.insert(&turn).await?;
            }
            bar.set_position(last.change.commit.number);
        }
        bar.finish();
        Ok(Imported {
            skipped: skipped.get(),
            appended: self.position.distance_from(skipped),
            took,
        })
    }

    /// The change at this position; `None` if the history is not that long.
    async fn skip_to(&mut self, position: EventNumber) -> anyhow::Result<Option<Change>> {
        while let Some(place) = self.next().await? {
            if place.position == position {
                return Ok(Some(place.change));
            }
        }
        Ok(None)
    }

    async fn next_turn(&mut self) -> anyhow::Result<Vec<Place>> {
        let mut turn = Vec::with_capacity(TURN);
        while turn.len() < TURN {
            let Some(place) = self.next().await? else { break };
            turn.push(place);
        }
        Ok(turn)
    }

    async fn next(&mut self) -> anyhow::Result<Option<Place>> {
        let Some(change) = self.changes.recv().await.transpose()? else {
            return Ok(None);
        };
        self.position = self.position.next();
        let known = self.versions.entry(change.path.clone()).or_default();
        let version = *known;
        *known = version.next();
        Ok(Some(Place {
            change,
            version,
            position: self.position,
        }))
    }
}

async fn newest_event(store: &impl EventStore) -> anyhow::Result<Option<NumberedEvent>> {
    Ok(store
        .numbered(Read::all().with_direction(Direction::Backward).with_limit(1))
        .try_next()
        .await?)
}

fn other_history(stored: EventNumber) -> String {
    format!(
        "the store holds {stored} events that are not the beginning of this repository's history: \
         take a store of its own for each repository, and a new one after a rewrite of the history"
    )
}

async fn append(store: &impl EventStore, place: &Place) -> anyhow::Result<()> {
    let Place {
        change,
        version,
        position,
    } = place;
    let append = Append::new(
        change.stream()?,
        ExpectedVersion::Exact(*version),
        vec![change.event()?],
    )?;
    let receipt = store
        .append(append)
        .await
        .with_context(|| format!("event {position} was not appended; the next run goes on here"))?;
    ensure!(
        receipt.last_position == (*position).into(),
        "another program appends to the same store: event {position} is at {}",
        receipt.last_position
    );
    Ok(())
}
