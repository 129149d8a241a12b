use eventstore_core::backend::SubscriptionRecord;
use eventstore_core::{
    Error, EventNumber, HolderPolicy, Result, StreamSelector, SubscriptionId, SubscriptionInfo, SubscriptionKey,
    SubscriptionName, Timestamp,
};
use sqlx::SqliteConnection;

use super::Clock;
use crate::connection::{Database, SqliteTransaction};
use crate::error::failed;
use crate::sql;

/// Stream, name, id, checkpoint, time of creation, head, and the columns of the lease.
type Row = (String, String, i64, i64, i64, Option<i64>, Option<String>, Option<i64>);

impl Database {
    pub(crate) async fn list_subscriptions(&self, clock: &Clock) -> Result<Vec<SubscriptionInfo>> {
        find_subscriptions(&mut *self.reader().await?, clock, None).await
    }

    pub(crate) async fn subscription_info(&self, clock: &Clock, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        let found = find_subscriptions(&mut *self.reader().await?, clock, Some(key))
            .await?
            .pop();
        found.ok_or_else(|| not_found(key))
    }

    pub(crate) async fn delete_subscription(
        &self,
        clock: &Clock,
        key: &SubscriptionKey,
        policy: HolderPolicy,
    ) -> Result<()> {
        let (mut transaction, found) = self.begin_to_change(clock, key, policy).await?;
        let Some(found) = found else { return Ok(()) };
        if self.has_statuses() {
            let delete = sqlx::query(sql::DELETE_STATUS).bind(found.record.id.get());
            delete.execute(&mut *transaction).await.map_err(failed)?;
        }
        for delete in [sql::DELETE_PARKED_EVENTS, sql::DELETE_SUBSCRIPTION] {
            let delete = sqlx::query(delete).bind(found.record.id.get());
            delete.execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await
    }

    /// From now on, late writes of an earlier holder are refused.
    pub(crate) async fn set_checkpoint(
        &self,
        clock: &Clock,
        key: &SubscriptionKey,
        checkpoint: EventNumber,
        policy: HolderPolicy,
    ) -> Result<()> {
        let (mut transaction, found) = self.begin_to_change(clock, key, policy).await?;
        let found = found.ok_or_else(|| not_found(key))?;
        let head = found.head.unwrap_or(EventNumber::ZERO);
        if policy == HolderPolicy::Respect && checkpoint > head {
            let key = key.clone();
            return Err(Error::BeyondHead { key, checkpoint, head });
        }
        let set = sqlx::query(sql::SET_CHECKPOINT).bind(found.record.id.get());
        let set = set.bind(checkpoint.as_i64()).execute(&mut *transaction);
        set.await.map_err(failed)?;
        transaction.commit().await
    }

    /// Begins a change of a subscription, if it exists and may be changed.
    async fn begin_to_change(
        &self,
        clock: &Clock,
        key: &SubscriptionKey,
        policy: HolderPolicy,
    ) -> Result<(SqliteTransaction, Option<SubscriptionInfo>)> {
        let mut transaction = self.begin().await?;
        let found = find_subscriptions(&mut transaction, clock, Some(key)).await?.pop();
        match &found {
            Some(found) if found.is_held && policy == HolderPolicy::Respect => {
                Err(Error::SubscriptionHeld { key: key.clone() })
            }
            _ => Ok((transaction, found)),
        }
    }
}

async fn find_subscriptions(
    connection: &mut SqliteConnection,
    clock: &Clock,
    key: Option<&SubscriptionKey>,
) -> Result<Vec<SubscriptionInfo>> {
    let rows: Vec<Row> = sqlx::query_as(sql::LIST_SUBSCRIPTIONS)
        .bind(key.map(|key| key.selector.as_str()))
        .bind(key.map(|key| key.name.as_str()))
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    rows.into_iter().map(|row| decode(clock, row)).collect()
}

fn decode(
    clock: &Clock,
    (stream, name, id, checkpoint, created_at, head, lease_boot, lease_until): Row,
) -> Result<SubscriptionInfo> {
    Ok(SubscriptionInfo {
        key: SubscriptionKey {
            selector: StreamSelector::from_storage(stream),
            name: SubscriptionName::from_storage(name),
        },
        record: SubscriptionRecord {
            id: SubscriptionId::new(id),
            checkpoint: EventNumber::from_storage(checkpoint)?,
        },
        created_at: Timestamp::from_storage(created_at)?,
        is_held: clock.is_held(lease_boot.as_deref(), lease_until),
        head: head.map(EventNumber::from_storage).transpose()?,
    })
}

fn not_found(key: &SubscriptionKey) -> Error {
    Error::SubscriptionNotFound { key: key.clone() }
}
