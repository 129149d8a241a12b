use std::convert::Infallible;

use eventstore_core::{EventReader, EventReaderExt, Read};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::apart::{Apart, Task, tell};
use super::subscriber::unsound;
use crate::error::Result;
use crate::measure::Caller;
use crate::server::{Schema, peak_rss_mb};

/// Reads all events of the store lazily.
pub(crate) struct Replayer<S> {
    store: S,
    /// At least as many have to come.
    events: u64,
}

/// What a process that replayed tells.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Replayed {
    pub(crate) events: u64,
    pub(crate) peak_rss_mb: Option<f64>,
}

impl<S: EventReader + 'static> Replayer<S> {
    pub(crate) fn new(store: S, events: u64) -> Self {
        Self { store, events }
    }

    /// Replays until it is stopped.
    pub(super) async fn go_on(mut self) -> Result<Infallible> {
        loop {
            self.call().await?;
        }
    }
}

impl<S: EventReader + 'static> Caller for Replayer<S> {
    async fn call(&mut self) -> Result<u64> {
        let mut all = self.store.numbered(Read::all());
        let mut last = 0;
        while let Some(event) = all.try_next().await? {
            if event.number.get() != last + 1 {
                return Err(unsound(format!("position {} came after {last}", event.number)));
            }
            last = event.number.get();
        }
        if last < self.events {
            return Err(unsound(format!("{last} of {} events came", self.events)));
        }
        Ok(last)
    }
}

/// Replays the store in a process of its own, whose memory no one else has used.
pub(super) async fn replay_apart(schema: &Schema, events: u64) -> Result<Replayed> {
    Apart::start(schema, &Task::Replay { events })?.end().await
}

/// What that process does: replays once and tells what it took.
pub(super) async fn replay_once(store: impl EventReader + 'static, events: u64) -> Result<()> {
    tell(&Replayed {
        events: Replayer::new(store, events).call().await?,
        peak_rss_mb: peak_rss_mb(),
    })
}
