use std::cmp::Ordering;

use eventstore_core::backend::{CheckpointOutcome, LeaseToken, SubscriptionRecord};
use eventstore_core::{Error, EventNumber, Result, SubscriptionId, SubscriptionKey};
use sqlx::Row;

use crate::connection::Session;
use crate::error::{damaged, reading, writing};
use crate::subscriptions::lease::{Range, StoreLocks};

impl Session<'_> {
    pub(crate) async fn find_or_create_subscription(
        &mut self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        let mut attempts = self.attempts();
        loop {
            let attempt = match self.find_subscription(key).await {
                Ok(None) => self.create_subscription(key, start_after).await.map(|()| None),
                settled => settled,
            };
            if let Some(record) = attempts.judge(attempt).await? {
                return Ok(record);
            }
        }
    }

    /// In a transaction of the caller's, who may undo it, the holder is not known to have stored the checkpoint.
    pub(crate) async fn save_checkpoint(
        &mut self,
        locks: &StoreLocks,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        loop {
            let range = locks.attempt(lease, checkpoint);
            let outcome = self.save_within(lease, checkpoint, range).await;
            match outcome {
                Ok(CheckpointOutcome::Saved) if self.is_in_callers_transaction() => {}
                Ok(CheckpointOutcome::Saved) => locks.confirm(lease, checkpoint),
                // The checkpoint may be stored, so it remains an attempt (ADR 40).
                Err(Error::OutcomeUnknown { .. }) => {}
                _ => locks.withdraw(lease, checkpoint),
            }
            // What the same holder has stored at the same time is not another one's.
            let is_own = matches!(outcome, Ok(CheckpointOutcome::Fenced)) && locks.range(lease) != range;
            if !is_own {
                return outcome;
            }
        }
    }

    async fn save_within(
        &mut self,
        lease: LeaseToken,
        checkpoint: EventNumber,
        range: Range,
    ) -> Result<CheckpointOutcome> {
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_save_checkpoint(lease, checkpoint, range).await;
            if let Some(outcome) = attempts.judge(attempt).await? {
                return Ok(outcome);
            }
        }
    }

    async fn find_subscription(&mut self, key: &SubscriptionKey) -> Result<Option<SubscriptionRecord>> {
        let query = self
            .statements()
            .find_subscription
            .query()
            .bind(key.selector.as_str())
            .bind(key.name.as_str());
        let row = self
            .read(async |connection| query.fetch_optional(connection).await)
            .await
            .map_err(reading)?;
        row.map(|row| {
            let checkpoint: i64 = row.try_get("checkpoint").map_err(reading)?;
            Ok(SubscriptionRecord {
                id: SubscriptionId::new(row.try_get("subscription_id").map_err(reading)?),
                checkpoint: EventNumber::try_from(checkpoint).map_err(damaged)?,
            })
        })
        .transpose()
    }

    async fn create_subscription(&mut self, key: &SubscriptionKey, start_after: EventNumber) -> Result<()> {
        let query = self
            .statements()
            .create_subscription
            .query()
            .bind(key.selector.as_str())
            .bind(key.name.as_str())
            .bind(start_after.as_i64());
        self.write(async |connection| query.execute(connection).await)
            .await
            .map_err(writing)?;
        Ok(())
    }

    /// `None` if the row moved between the snapshot and the update, so that what was read is not what refused.
    async fn try_save_checkpoint(
        &mut self,
        lease: LeaseToken,
        checkpoint: EventNumber,
        range: Range,
    ) -> Result<Option<CheckpointOutcome>> {
        let sql = if self.has_additions() {
            &self.statements().save_checkpoint
        } else {
            &self.statements().save_checkpoint_without_additions
        };
        let query = sql
            .query_as::<(Option<i64>, Option<i64>, Option<bool>)>()
            .bind(lease.id.get())
            .bind(lease.epoch.get())
            .bind(checkpoint.as_i64())
            .bind(range.lowest)
            .bind(range.highest);
        let (saved, stored, is_latest) = self
            .write(async |connection| query.fetch_one(connection).await)
            .await
            .map_err(writing)?;
        let stored = match (saved, stored) {
            (Some(_), _) => return Ok(Some(CheckpointOutcome::Saved)),
            (None, None) => return Ok(Some(CheckpointOutcome::SubscriptionGone)),
            (None, Some(stored)) => EventNumber::try_from(stored).map_err(damaged)?,
        };
        Ok(match stored.cmp(&checkpoint) {
            _ if is_latest != Some(true) => Some(CheckpointOutcome::Fenced),
            Ordering::Greater => Some(CheckpointOutcome::Superseded(stored)),
            Ordering::Equal => Some(CheckpointOutcome::Saved),
            Ordering::Less => None,
        })
    }
}
