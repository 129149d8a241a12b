use async_trait::async_trait;
use eventstore_core::{
    CheckpointOutcome, Error, EventNumber, Lease, Listener, Notifier, Result, StreamSelector, SubscriptionId,
    SubscriptionKey, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
use sqlx::Row;

use crate::PostgresStore;
use crate::error::{damaged, reading};

/// How often something is tried that others may undo meanwhile.
const ATTEMPTS: u32 = 3;

#[async_trait]
impl SubscriptionStore for PostgresStore {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        for _ in 0..ATTEMPTS {
            if let Some(record) = self.find_subscription(key).await? {
                return Ok(record);
            }
            self.create_subscription(key, start_after).await?;
        }
        Err(Error::Aborted {
            source: "the subscription was deleted as often as it was created".into(),
        })
    }

    async fn save_checkpoint(&self, id: SubscriptionId, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        for _ in 0..ATTEMPTS {
            match self.try_save_checkpoint(id, checkpoint).await? {
                // The row moved between the snapshot and the update, so the number read is not the one that refused.
                CheckpointOutcome::Superseded(stored) if stored < checkpoint => {}
                CheckpointOutcome::Superseded(stored) if stored == checkpoint => return Ok(CheckpointOutcome::Saved),
                outcome => return Ok(outcome),
            }
        }
        Err(Error::Aborted {
            source: "the checkpoint was changed by others".into(),
        })
    }
}

#[async_trait]
impl SubscriptionLocks for PostgresStore {
    async fn try_acquire(&self, id: SubscriptionId) -> Result<Option<Box<dyn Lease>>> {
        self.inner.locks.try_acquire(id).await
    }
}

impl Notifier for PostgresStore {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.inner.hub.listen(selector)
    }
}

impl PostgresStore {
    async fn find_subscription(&self, key: &SubscriptionKey) -> Result<Option<SubscriptionRecord>> {
        let sql = self.statements().find_subscription.text();
        let query = sqlx::query(sql).bind(key.selector.as_str()).bind(key.name.as_str());
        let mut client = self.client().await?;
        let row = client
            .run(async |connection| query.fetch_optional(connection).await)
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

    async fn create_subscription(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<()> {
        let sql = self.statements().create_subscription.text();
        let query = sqlx::query(sql)
            .bind(key.selector.as_str())
            .bind(key.name.as_str())
            .bind(start_after.as_i64());
        let mut client = self.client().await?;
        client
            .run(async |connection| query.execute(connection).await)
            .await
            .map_err(reading)?;
        Ok(())
    }

    async fn try_save_checkpoint(&self, id: SubscriptionId, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        let sql = self.statements().save_checkpoint.text();
        let query = sqlx::query_as::<_, (Option<i64>, Option<i64>)>(sql)
            .bind(id.get())
            .bind(checkpoint.as_i64());
        let mut client = self.client().await?;
        match client
            .run(async |connection| query.fetch_one(connection).await)
            .await
            .map_err(reading)?
        {
            (Some(_), _) => Ok(CheckpointOutcome::Saved),
            (None, None) => Ok(CheckpointOutcome::SubscriptionGone),
            (None, Some(stored)) => EventNumber::try_from(stored)
                .map(CheckpointOutcome::Superseded)
                .map_err(damaged),
        }
    }
}
