use eventstore_core::backend::SubscriptionRecord;
use eventstore_core::{
    Error, EventNumber, HolderPolicy, Result, StreamSelector, SubscriptionId, SubscriptionInfo, SubscriptionKey,
    SubscriptionName, Timestamp,
};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::connection::{Ending, Session, Tables};
use crate::error::{damaged, reading};
use crate::sql::Statements;
use crate::subscriptions::groups::{Part, find_part, lock_group_of_partition, make_of_group, make_of_partition};
use crate::subscriptions::lease::lock_key;
use crate::values::StoredTimestamp;

#[derive(Debug, Clone, Copy)]
enum Change {
    Delete,
    SetCheckpoint(EventNumber),
}

impl Change {
    /// Whether it makes the subscription skip what is appended next to a stream that ends with this number.
    fn is_beyond(self, head: i64) -> bool {
        matches!(self, Self::SetCheckpoint(checkpoint) if checkpoint.as_i64() > head)
    }
}

/// A subscription whose row is locked for a change.
#[derive(Debug, Clone, Copy)]
struct Locked {
    id: SubscriptionId,
    /// Where its stream ends; 0 if there is none.
    head: i64,
    part: Part,
    is_held: bool,
}

impl Locked {
    /// Why it is not changed, if it is not.
    fn refusal(&self, change: Change, policy: HolderPolicy) -> Option<Found> {
        match (self.part, change) {
            (Part::PartitionOf(_), Change::Delete) => Some(Found::Partition),
            _ if policy == HolderPolicy::Override => None,
            _ if self.is_held => Some(Found::Held),
            _ => change.is_beyond(self.head).then_some(Found::BeyondHead(self.head)),
        }
    }
}

/// What was found where a subscription was to be changed.
enum Found {
    Nothing,
    Held,
    /// It is a partition of a group, and goes with it.
    Partition,
    /// The stream ends with this number, before the checkpoint that was to be set.
    BeyondHead(i64),
    Changed,
}

impl Session<'_> {
    pub(crate) async fn list_subscriptions(&mut self) -> Result<Vec<SubscriptionInfo>> {
        self.find_subscriptions(None).await
    }

    pub(crate) async fn subscription_info(&mut self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        let found = self.find_subscriptions(Some(key)).await?.pop();
        found.ok_or_else(|| not_found(key))
    }

    pub(crate) async fn delete_subscription(&mut self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        match self.change_subscription(key, policy, Change::Delete).await? {
            Found::Held => Err(Error::SubscriptionHeld { key: key.clone() }),
            Found::Partition => Err(is_partition()),
            Found::Nothing | Found::Changed | Found::BeyondHead(_) => Ok(()),
        }
    }

    pub(crate) async fn set_checkpoint(
        &mut self,
        key: &SubscriptionKey,
        checkpoint: EventNumber,
        policy: HolderPolicy,
    ) -> Result<()> {
        let change = Change::SetCheckpoint(checkpoint);
        match self.change_subscription(key, policy, change).await? {
            Found::Held => Err(Error::SubscriptionHeld { key: key.clone() }),
            Found::Nothing => Err(not_found(key)),
            Found::Partition => Err(is_partition()),
            Found::BeyondHead(head) => Err(Error::BeyondHead {
                key: key.clone(),
                checkpoint,
                head: EventNumber::try_from(head).map_err(damaged)?,
            }),
            Found::Changed => Ok(()),
        }
    }

    /// Changes a subscription under its lease, which ends with the transaction.
    async fn change_subscription(
        &mut self,
        key: &SubscriptionKey,
        policy: HolderPolicy,
        change: Change,
    ) -> Result<Found> {
        let (statements, tables) = (self.statements(), self.tables());
        self.transact(async |steps| {
            let lock = async |connection: &mut PgConnection| lock(connection, statements, tables, key).await;
            let Some(locked) = steps.run(lock).await? else {
                return Ok(Ending::RollBack(Found::Nothing));
            };
            if let Some(refusal) = locked.refusal(change, policy) {
                return Ok(Ending::RollBack(refusal));
            }
            let make = async |connection: &mut PgConnection| make(connection, statements, tables, locked, change).await;
            steps.run(make).await?;
            Ok(Ending::Commit(Found::Changed))
        })
        .await
    }

    async fn find_subscriptions(&mut self, key: Option<&SubscriptionKey>) -> Result<Vec<SubscriptionInfo>> {
        let list = if self.groups().can_read {
            &self.statements().list_subscriptions_with_groups
        } else if self.has_additions() {
            &self.statements().list_subscriptions
        } else {
            &self.statements().list_subscriptions_without_additions
        };
        let query = list
            .query()
            .bind(key.map(|key| key.selector.as_str()))
            .bind(key.map(|key| key.name.as_str()));
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.iter().map(decode).collect()
    }
}

/// Locks the row, then takes the lease unless it is held.
async fn lock(
    connection: &mut PgConnection,
    statements: &Statements,
    tables: Tables,
    key: &SubscriptionKey,
) -> Result<Option<Locked>, sqlx::Error> {
    let group = if tables.groups.can_read {
        lock_group_of_partition(&mut *connection, statements, key).await?
    } else {
        None
    };
    let found: Option<(i64, Option<i64>)> = statements
        .lock_subscription
        .query_as()
        .bind(key.selector.as_str())
        .bind(key.name.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some((id, head)) = found else {
        return Ok(None);
    };
    let (id, head) = (SubscriptionId::new(id), head.unwrap_or(0));
    let (part, has_member) = if tables.groups.can_read {
        find_part(&mut *connection, statements, id, group).await?
    } else {
        (Part::Alone, false)
    };
    // A member that renews its membership meanwhile would take the lock for that of a single holder.
    let is_held = has_member || !try_lock(connection, statements, id).await?;
    Ok(Some(Locked {
        id,
        head,
        part,
        is_held,
    }))
}

async fn try_lock(
    connection: &mut PgConnection,
    statements: &Statements,
    id: SubscriptionId,
) -> Result<bool, sqlx::Error> {
    let lock = statements.try_lock_for_change.query_scalar();
    lock.bind(id.get()).bind(lock_key(id)).fetch_one(connection).await
}

async fn make(
    connection: &mut PgConnection,
    statements: &Statements,
    tables: Tables,
    Locked { id, part, .. }: Locked,
    change: Change,
) -> Result<(), sqlx::Error> {
    match (part, change) {
        (Part::Group, Change::Delete) => make_of_group(&mut *connection, statements, tables, id, None).await?,
        (Part::Group, Change::SetCheckpoint(checkpoint)) => {
            make_of_group(&mut *connection, statements, tables, id, Some(checkpoint)).await?;
        }
        (Part::PartitionOf(group), Change::SetCheckpoint(checkpoint)) => {
            make_of_partition(&mut *connection, statements, (id, group), checkpoint).await?;
        }
        (Part::Alone | Part::PartitionOf(_), _) => {}
    }
    match change {
        Change::Delete => {
            if tables.statuses.can_write {
                let delete = statements.delete_status.query().bind(id.get());
                delete.execute(&mut *connection).await?;
            }
            if tables.has_additions {
                for delete in [&statements.delete_parked_events, &statements.delete_subscription_stream] {
                    let delete = delete.query().bind(id.get());
                    delete.execute(&mut *connection).await?;
                }
            }
            let delete = statements.delete_subscription.query();
            delete.bind(id.get()).execute(connection).await?;
        }
        Change::SetCheckpoint(checkpoint) => {
            let set = if tables.has_additions {
                // The checkpoint is bound to the stream that has the name now, or the next lease would take it for
                // another stream's and begin at 0 (ADR 23).
                let bind = statements.bind_subscription.query();
                bind.bind(id.get()).execute(&mut *connection).await?;
                &statements.set_checkpoint
            } else {
                &statements.set_checkpoint_without_additions
            };
            let set = set.query().bind(id.get());
            set.bind(checkpoint.as_i64()).execute(connection).await?;
        }
    }
    Ok(())
}

fn is_partition() -> Error {
    Error::invalid_input("subscription", "it is a partition of a group: delete the group")
}

fn not_found(key: &SubscriptionKey) -> Error {
    Error::SubscriptionNotFound { key: key.clone() }
}

fn decode(row: &PgRow) -> Result<SubscriptionInfo> {
    let selector: &str = row.try_get("stream_uuid").map_err(reading)?;
    let name: &str = row.try_get("subscription_name").map_err(reading)?;
    let checkpoint: i64 = row.try_get("checkpoint").map_err(reading)?;
    let created_at: StoredTimestamp = row.try_get("created_at").map_err(reading)?;
    let head: Option<i64> = row.try_get("head").map_err(reading)?;
    Ok(SubscriptionInfo {
        key: SubscriptionKey {
            selector: StreamSelector::from_storage(selector),
            name: SubscriptionName::from_storage(name),
        },
        record: SubscriptionRecord {
            id: SubscriptionId::new(row.try_get("subscription_id").map_err(reading)?),
            checkpoint: EventNumber::try_from(checkpoint).map_err(damaged)?,
        },
        created_at: Timestamp::try_from(created_at).map_err(damaged)?,
        is_held: row.try_get("is_held").map_err(reading)?,
        head: head.map(EventNumber::try_from).transpose().map_err(damaged)?,
    })
}
