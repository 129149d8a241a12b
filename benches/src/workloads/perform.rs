use std::env;
use std::num::NonZeroUsize;

use eventstore_sqlite::SqliteStore;

use super::apart::{SCHEMA, Task, URL, ordered_to_end};
use super::{echo, idle, replayer};
use crate::error::{LoadError, Result};
use crate::server::Schema;
use crate::sqlite::SCHEME;

/// What the process does.
pub(crate) async fn perform(task: &str) -> Result<()> {
    let url = variable(URL)?;
    if url.starts_with(SCHEME) {
        return perform_on_file(task, &url).await;
    }
    let store = Schema::at(&url, &variable(SCHEMA)?)?.store(NonZeroUsize::MIN).await?;
    match serde_json::from_str(task)? {
        Task::Replay { events } => replayer::replay_once(store, events).await,
        Task::Echo => until_ordered_to_end(echo::echo(store)).await,
        Task::Idle { subscriptions } => idle::idle(store, subscriptions).await,
        Task::Stall => idle::stall(store).await,
    }
}

/// A store in a file is only replayed.
async fn perform_on_file(task: &str, url: &str) -> Result<()> {
    match serde_json::from_str(task)? {
        Task::Replay { events } => replayer::replay_once(SqliteStore::open(url).await?, events).await,
        _ => Err(LoadError::invalid("--apart", "only a server has it")),
    }
}

async fn until_ordered_to_end(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::select! {
        done = work => done,
        ended = ordered_to_end() => ended,
    }
}

fn variable(name: &str) -> Result<String> {
    env::var(name).map_err(|_| LoadError::invalid("--apart", format!("{name} is not set")))
}
