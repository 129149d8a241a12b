use eventstore_core::{EventNumber, Result, SubscriptionId};
use sqlx::SqliteConnection;

use super::partitions::DELETIONS;
use crate::error::failed;
use crate::sql;

/// What a subscription has to do with groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::subscriptions) enum PartInGroup {
    /// No members share it.
    Alone,
    /// Members share it.
    Group,
    /// It is a partition of this group.
    PartitionOf(SubscriptionId),
}

impl PartInGroup {
    /// The file must have the tables of groups.
    pub(in crate::subscriptions) async fn of(connection: &mut SqliteConnection, id: SubscriptionId) -> Result<Self> {
        let find = sqlx::query_as(sql::FIND_PART_IN_GROUP).bind(id.get());
        Ok(match find.fetch_one(connection).await.map_err(failed)? {
            (true, _) => Self::Group,
            (false, Some(group)) => Self::PartitionOf(SubscriptionId::new(group)),
            (false, None) => Self::Alone,
        })
    }
}

/// Deletes all but the group's own subscription.
pub(in crate::subscriptions) async fn delete_group(
    connection: &mut SqliteConnection,
    id: SubscriptionId,
) -> Result<()> {
    for statement in DELETIONS {
        change(connection, statement, id).await?;
    }
    change(connection, sql::DELETE_MEMBERS, id).await?;
    change(connection, sql::DELETE_GROUP, id).await
}

/// Sets the checkpoint of all partitions of a group, and ends its memberships.
pub(in crate::subscriptions) async fn set_partitions(
    connection: &mut SqliteConnection,
    id: SubscriptionId,
    checkpoint: EventNumber,
) -> Result<()> {
    let set = sqlx::query(sql::SET_PARTITION_CHECKPOINTS).bind(id.get());
    let set = set.bind(checkpoint.as_i64()).execute(&mut *connection);
    set.await.map_err(failed)?;
    change(connection, sql::DELETE_MEMBERS, id).await?;
    change(connection, sql::FREE_PARTITIONS, id).await
}

/// Lets a partition be set to this checkpoint, and takes it from its member.
///
/// It may go back to before what a single holder has acknowledged, which counts for the other partitions all the same.
pub(in crate::subscriptions) async fn free_partition(
    connection: &mut SqliteConnection,
    group: SubscriptionId,
    id: SubscriptionId,
    checkpoint: EventNumber,
) -> Result<()> {
    change(connection, sql::ADVANCE_PARTITIONS, group).await?;
    let lower = sqlx::query(sql::LOWER_GROUP).bind(group.get());
    let lower = lower.bind(checkpoint.as_i64()).execute(&mut *connection);
    lower.await.map_err(failed)?;
    change(connection, sql::FREE_PARTITION, id).await
}

async fn change(connection: &mut SqliteConnection, statement: &'static str, id: SubscriptionId) -> Result<()> {
    let changed = sqlx::query(statement).bind(id.get()).execute(connection).await;
    changed.map(drop).map_err(failed)
}
