use std::collections::HashSet;

use eventstore_backend::CheckpointToSave;
use eventstore_core::{Error, Result, SubscriptionId};

use crate::connection::{PooledSessions, Session};
use crate::error::writing;
use crate::subscriptions::lease::{Range, StoreLocks};

/// Stores checkpoints by one statement, and returns whose were stored: a row that is locked is passed over (ADR 48).
pub(crate) async fn save_at_once(
    sessions: &PooledSessions,
    locks: &StoreLocks,
    group: Vec<CheckpointToSave>,
) -> Result<HashSet<SubscriptionId>> {
    let mut session = sessions.session_while_closing().await?;
    let ranges = group
        .iter()
        .map(|to_save| locks.attempt(to_save.lease, to_save.checkpoint))
        .collect();
    let saved = session.save_checkpoints(&group, ranges).await;
    // The checkpoints may be stored, so they remain attempts: if one is found in its row later, no other holder has
    // stored it (ADR 40).
    if let Err(Error::OutcomeUnknown { .. }) = &saved {
        return saved;
    }
    for CheckpointToSave { lease, checkpoint } in group {
        if saved.as_ref().is_ok_and(|saved| saved.contains(&lease.id)) {
            locks.confirm(lease, checkpoint);
        } else {
            locks.withdraw(lease, checkpoint);
        }
    }
    saved
}

impl Session<'_> {
    /// Those that were stored.
    async fn save_checkpoints(
        &mut self,
        group: &[CheckpointToSave],
        ranges: Vec<Range>,
    ) -> Result<HashSet<SubscriptionId>> {
        let sql = if self.has_additions() {
            &self.statements().save_checkpoints
        } else {
            &self.statements().save_checkpoints_without_additions
        };
        let query = sql
            .query_scalar::<i64>()
            .bind(group.iter().map(|to_save| to_save.lease.id.get()).collect::<Vec<_>>())
            .bind(
                group
                    .iter()
                    .map(|to_save| to_save.lease.epoch.get())
                    .collect::<Vec<_>>(),
            )
            .bind(
                group
                    .iter()
                    .map(|to_save| to_save.checkpoint.as_i64())
                    .collect::<Vec<_>>(),
            )
            .bind(ranges.iter().map(|range| range.lowest).collect::<Vec<_>>())
            .bind(ranges.iter().map(|range| range.highest).collect::<Vec<_>>());
        let saved = self
            .write(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(writing)?;
        Ok(saved.into_iter().map(SubscriptionId::new).collect())
    }
}
