use eventstore_core::{CheckpointOutcome, EventNumber, Result, SubscriptionId, SubscriptionKey, SubscriptionRecord};
use sqlx::Row;

use crate::connection::Session;
use crate::error::{damaged, reading, writing};

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

    pub(crate) async fn save_checkpoint(
        &mut self,
        id: SubscriptionId,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        let mut attempts = self.attempts();
        loop {
            let attempt = match self.try_save_checkpoint(id, checkpoint).await {
                // The row moved between the snapshot and the update, so the number read is not the one that refused.
                Ok(CheckpointOutcome::Superseded(stored)) if stored < checkpoint => Ok(None),
                Ok(CheckpointOutcome::Superseded(stored)) if stored == checkpoint => Ok(Some(CheckpointOutcome::Saved)),
                outcome => outcome.map(Some),
            };
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

    async fn try_save_checkpoint(&mut self, id: SubscriptionId, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        let query = self
            .statements()
            .save_checkpoint
            .query_as::<(Option<i64>, Option<i64>)>()
            .bind(id.get())
            .bind(checkpoint.as_i64());
        match self
            .write(async |connection| query.fetch_one(connection).await)
            .await
            .map_err(writing)?
        {
            (Some(_), _) => Ok(CheckpointOutcome::Saved),
            (None, None) => Ok(CheckpointOutcome::SubscriptionGone),
            (None, Some(stored)) => EventNumber::try_from(stored)
                .map(CheckpointOutcome::Superseded)
                .map_err(damaged),
        }
    }
}
