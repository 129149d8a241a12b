use std::env;
use std::num::NonZeroUsize;

use super::apart::{SCHEMA, Task, URL, ordered_to_end};
use super::{echo, idle, replayer};
use crate::error::{LoadError, Result};
use crate::server::Schema;

/// What the process does.
pub(crate) async fn perform(task: &str) -> Result<()> {
    let store = Schema::at(&variable(URL)?, &variable(SCHEMA)?)?
        .store(NonZeroUsize::MIN)
        .await?;
    match serde_json::from_str(task)? {
        Task::Replay { events } => replayer::replay_once(store, events).await,
        Task::Echo => until_ordered_to_end(echo::echo(store)).await,
        Task::Idle { subscriptions } => idle::idle(store, subscriptions).await,
        Task::Stall => idle::stall(store).await,
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
