use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::SystemTime;

use eventstore_backend::Committer;
use eventstore_core::backend::GroupLimits;
use eventstore_core::{Append, AppendReceipt, Result, Timestamp};

use super::{GroupWriter, LockWaits};
use crate::config::PostgresConfig;
use crate::connection::PooledSessions;
use crate::notify::Hub;

/// The appends of one store, which share transactions.
pub(crate) struct GroupCommit {
    committer: Committer<GroupWriter>,
    config: PostgresConfig,
}

impl GroupCommit {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) fn new(sessions: &PooledSessions, hub: Arc<Hub>) -> Self {
        let config = sessions.context().config.clone();
        let connections = sessions.connections();
        let writer = GroupWriter {
            sessions: sessions.without_limit(),
            waits: LockWaits::new(&config, connections),
            hub,
        };
        Self {
            committer: Committer::new(writer, limits(connections)),
            config,
        }
    }

    pub(crate) async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.config.refuse_other_event_types([&append])?;
        self.committer.append(stamped(append)).await
    }

    /// Refuses further appends, and waits for those that were called.
    pub(crate) async fn close(&self) {
        self.committer.close().await;
    }
}

/// Several groups leave most of a pool to others, if the pool is not too small for that.
fn limits(connections: usize) -> GroupLimits {
    let some_of = |most| NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN);
    GroupLimits {
        prompt_groups: some_of((connections / 2).min(2)),
        patient_groups: some_of(connections / 3),
        ..GroupLimits::default()
    }
}

/// Sets the time of the append once, so that every attempt stores the same.
fn stamped(append: Append) -> Append {
    match Timestamp::try_from(SystemTime::now()) {
        Ok(now) => append.with_default_created_at(now),
        Err(_) => append,
    }
}
