use std::convert::Infallible;
use std::env;
use std::num::NonZeroUsize;
use std::process::Stdio;

use eventstore_core::{EventReaderExt, Read};
use eventstore_postgres::PostgresStore;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::error::{LoadError, Result};
use crate::measure::{Caller, OURS};
use crate::server::{Schema, peak_rss_mb};

/// Reads all events of the store lazily.
pub(super) struct Replayer {
    store: PostgresStore,
    /// At least as many have to come.
    events: u64,
}

/// What a process that replayed tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Replayed {
    pub(super) events: u64,
    pub(super) peak_rss_mb: Option<f64>,
}

/// Names the store to the process that replays it: its arguments could be seen by others.
const URL: &str = "EVENTSTORE_LOAD_URL";
const SCHEMA: &str = "EVENTSTORE_LOAD_SCHEMA";

impl Replayer {
    pub(super) fn new(store: PostgresStore, events: u64) -> Self {
        Self { store, events }
    }

    /// Replays until somebody stops it.
    pub(super) async fn go_on(mut self) -> Result<Infallible> {
        loop {
            self.call().await?;
        }
    }
}

impl Caller for Replayer {
    async fn call(&mut self) -> Result<u64> {
        let mut all = self.store.events(Read::all());
        let mut last = 0;
        while let Some(event) = all.try_next().await? {
            if event.event_number.get() != last + 1 {
                return Err(unsound(format!("position {} came after {last}", event.event_number)));
            }
            last = event.event_number.get();
        }
        if last < self.events {
            return Err(unsound(format!("{last} of {} events came", self.events)));
        }
        Ok(last)
    }
}

fn unsound(finding: String) -> LoadError {
    LoadError::Unsound {
        what: OURS.to_owned(),
        finding,
    }
}

/// Replays the store in a process of its own, whose memory nobody else has used.
pub(super) async fn replay_apart(schema: &Schema, events: u64) -> Result<Replayed> {
    let output = Command::new(env::current_exe()?)
        .args(["replay", "--replay-once", &events.to_string()])
        .env(URL, schema.url())
        .env(SCHEMA, schema.name())
        .stderr(Stdio::inherit())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    if !output.status.success() {
        return Err(LoadError::Child(output.status.to_string()));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What that process does: replays once and tells what it took.
pub(crate) async fn replay_once(events: u64) -> Result<()> {
    let store = Schema::at(&variable(URL)?, &variable(SCHEMA)?)?
        .store(NonZeroUsize::MIN)
        .await?;
    let replayed = Replayed {
        events: Replayer::new(store, events).call().await?,
        peak_rss_mb: peak_rss_mb(),
    };
    println!("{}", serde_json::to_string(&replayed)?);
    Ok(())
}

fn variable(name: &str) -> Result<String> {
    env::var(name).map_err(|_| LoadError::invalid("--replay-once", format!("{name} is not set")))
}
