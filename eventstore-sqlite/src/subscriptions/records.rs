use eventstore_core::backend::SubscriptionRecord;
use eventstore_core::{Error, EventNumber, Result, SubscriptionId, SubscriptionKey, Timestamp};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::values::now;

impl Database {
    pub(crate) async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        let mut reader = self.reader().await?;
        if let Some(found) = find_subscription(&mut reader, key).await? {
            return Ok(found);
        }
        drop(reader);
        let mut transaction = self.begin().await?;
        create_subscriptions(&mut transaction, &[(key, start_after)], now()?).await?;
        let found = find_subscription(&mut transaction, key).await?;
        transaction.commit().await?;
        found.ok_or_else(|| Error::corrupt("a subscription was created, but is not found"))
    }

    /// Whether the stream of a subscription exists.
    pub(super) async fn has_stream_of(&self, id: SubscriptionId) -> Result<bool> {
        let mut reader = self.reader().await?;
        let has_stream = sqlx::query_scalar(sql::HAS_STREAM_OF).bind(id.get());
        has_stream.fetch_one(&mut *reader).await.map_err(failed)
    }
}

/// Creates those that do not exist.
pub(super) async fn create_subscriptions(
    connection: &mut SqliteConnection,
    subscriptions: &[(&SubscriptionKey, EventNumber)],
    now: Timestamp,
) -> Result<()> {
    let rows = subscriptions
        .iter()
        .map(|(key, start_after)| json!([key.selector.as_str(), key.name.as_str(), start_after.as_i64()]));
    sqlx::query(sql::CREATE_SUBSCRIPTIONS)
        .bind(rows.collect::<Value>().to_string())
        .bind(now.unix_micros())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

async fn find_subscription(
    connection: &mut SqliteConnection,
    key: &SubscriptionKey,
) -> Result<Option<SubscriptionRecord>> {
    let found: Option<(i64, i64)> = sqlx::query_as(sql::FIND_SUBSCRIPTION)
        .bind(key.selector.as_str())
        .bind(key.name.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    let record = found.map(|(id, checkpoint)| {
        Ok(SubscriptionRecord {
            id: SubscriptionId::new(id),
            checkpoint: EventNumber::from_storage(checkpoint)?,
        })
    });
    record.transpose()
}
