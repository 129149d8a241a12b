use eventstore_core::backend::SubscriptionRecord;
use eventstore_core::{
    Error, EventNumber, HolderPolicy, Result, StreamSelector, SubscriptionId, SubscriptionInfo, SubscriptionKey,
    SubscriptionName, Timestamp,
};
use sqlx::SqliteConnection;

use super::Clock;
use super::group::{Moment, PartInGroup, delete_group, free_partition, set_partitions};
use crate::connection::{Database, SqliteTransaction};
use crate::error::failed;
use crate::sql;

/// Stream, name, id, checkpoint, time of creation, head, the columns of the lease, and whether a member of a group holds it.
type Row = (
    String,
    String,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<i64>,
    bool,
);

/// A change of a subscription that exists and may be changed.
struct Begun {
    transaction: SqliteTransaction,
    found: SubscriptionInfo,
    part: PartInGroup,
}

impl Database {
    pub(crate) async fn list_subscriptions(&self, clock: &Clock) -> Result<Vec<SubscriptionInfo>> {
        self.find_subscriptions(&mut *self.reader().await?, clock, None).await
    }

    pub(crate) async fn subscription_info(&self, clock: &Clock, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        let mut reader = self.reader().await?;
        let found = self.find_subscriptions(&mut reader, clock, Some(key)).await?.pop();
        found.ok_or_else(|| not_found(key))
    }

    pub(crate) async fn delete_subscription(
        &self,
        clock: &Clock,
        key: &SubscriptionKey,
        policy: HolderPolicy,
    ) -> Result<()> {
        let Some(begun) = self.begin_to_change(clock, key).await? else {
            return Ok(());
        };
        let Begun {
            mut transaction,
            found,
            part,
        } = begun;
        if matches!(part, PartInGroup::PartitionOf(_)) {
            let reason = "it is a partition of a group: delete the group";
            return Err(Error::invalid_input("subscription", reason));
        }
        refuse_held(&found, policy)?;
        if part == PartInGroup::Group {
            delete_group(&mut transaction, found.record.id).await?;
        }
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
        let begun = self.begin_to_change(clock, key).await?;
        let Begun {
            mut transaction,
            found,
            part,
        } = begun.ok_or_else(|| not_found(key))?;
        refuse_held(&found, policy)?;
        let head = found.head.unwrap_or(EventNumber::ZERO);
        if policy == HolderPolicy::Respect && checkpoint > head {
            let key = key.clone();
            return Err(Error::BeyondHead { key, checkpoint, head });
        }
        let id = found.record.id;
        match part {
            PartInGroup::Alone => {}
            PartInGroup::Group => set_partitions(&mut transaction, id, checkpoint).await?,
            PartInGroup::PartitionOf(group) => free_partition(&mut transaction, group, id, checkpoint).await?,
        }
        let set = sqlx::query(sql::SET_CHECKPOINT).bind(id.get());
        let set = set.bind(checkpoint.as_i64()).execute(&mut *transaction);
        set.await.map_err(failed)?;
        transaction.commit().await
    }

    /// Begins a change of a subscription, if it exists.
    async fn begin_to_change(&self, clock: &Clock, key: &SubscriptionKey) -> Result<Option<Begun>> {
        let mut transaction = self.begin().await?;
        let found = self.find_subscriptions(&mut transaction, clock, Some(key)).await?.pop();
        let Some(found) = found else { return Ok(None) };
        let part = if self.has_groups() {
            PartInGroup::of(&mut transaction, found.record.id).await?
        } else {
            PartInGroup::Alone
        };
        Ok(Some(Begun {
            transaction,
            found,
            part,
        }))
    }

    async fn find_subscriptions(
        &self,
        connection: &mut SqliteConnection,
        clock: &Clock,
        key: Option<&SubscriptionKey>,
    ) -> Result<Vec<SubscriptionInfo>> {
        let has_groups = self.has_groups();
        let statement = if has_groups {
            sql::LIST_SUBSCRIPTIONS_AND_GROUPS
        } else {
            sql::LIST_SUBSCRIPTIONS
        };
        let mut find = sqlx::query_as(statement)
            .bind(key.map(|key| key.selector.as_str()))
            .bind(key.map(|key| key.name.as_str()));
        if has_groups {
            let moment = Moment::of_a_read(clock);
            find = find.bind(moment.boot).bind(moment.now).bind(moment.latest_end);
        }
        let rows: Vec<Row> = find.fetch_all(connection).await.map_err(failed)?;
        rows.into_iter().map(|row| decode(clock, row)).collect()
    }
}

fn refuse_held(found: &SubscriptionInfo, policy: HolderPolicy) -> Result<()> {
    if found.is_held && policy == HolderPolicy::Respect {
        let key = found.key.clone();
        return Err(Error::SubscriptionHeld { key });
    }
    Ok(())
}

fn decode(
    clock: &Clock,
    (stream, name, id, checkpoint, created_at, head, lease_boot, lease_until, has_member): Row,
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
        is_held: has_member || clock.is_held(lease_boot.as_deref(), lease_until),
        head: head.map(EventNumber::from_storage).transpose()?,
    })
}

fn not_found(key: &SubscriptionKey) -> Error {
    Error::SubscriptionNotFound { key: key.clone() }
}
