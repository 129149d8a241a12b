use eventstore_core::{EventNumber, SubscriptionId, SubscriptionKey};
use sqlx::PgConnection;

use crate::connection::Tables;
use crate::sql::Statements;

/// What part a subscription has in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::subscriptions) enum Part {
    /// None: a single holder runs it.
    Alone,
    /// Members share it.
    Group,
    /// It is a partition of this group.
    PartitionOf(SubscriptionId),
}

/// Locks the row of the group's subscription, if the key is that of a partition.
pub(in crate::subscriptions) async fn lock_group_of_partition(
    connection: &mut PgConnection,
    statements: &Statements,
    key: &SubscriptionKey,
) -> Result<Option<SubscriptionId>, sqlx::Error> {
    let group = statements.lock_group_of_partition.query_scalar();
    let group = group.bind(key.selector.as_str()).bind(key.name.as_str());
    let group = group.fetch_optional(connection).await?;
    Ok(group.map(SubscriptionId::new))
}

/// What part the subscription has, and whether a member holds it; `group` is the one of which it is a partition.
pub(in crate::subscriptions) async fn find_part(
    connection: &mut PgConnection,
    statements: &Statements,
    id: SubscriptionId,
    group: Option<SubscriptionId>,
) -> Result<(Part, bool), sqlx::Error> {
    let is_held = statements.has_members.query_scalar::<bool>();
    let is_held = is_held.bind(group.unwrap_or(id).get());
    let is_held = is_held.bind(group.map(|_| id.get()));
    let is_held = is_held.fetch_optional(connection).await?;
    Ok(match (is_held, group) {
        (None, _) => (Part::Alone, false),
        (Some(is_held), None) => (Part::Group, is_held),
        (Some(is_held), Some(group)) => (Part::PartitionOf(group), is_held),
    })
}

/// Ends the memberships, then sets the checkpoints of all partitions, or deletes the partitions if there is none to set.
pub(in crate::subscriptions) async fn make_of_group(
    connection: &mut PgConnection,
    statements: &Statements,
    tables: Tables,
    id: SubscriptionId,
    checkpoint: Option<EventNumber>,
) -> Result<(), sqlx::Error> {
    let end = statements.delete_members.query().bind(id.get());
    end.execute(&mut *connection).await?;
    let Some(checkpoint) = checkpoint else {
        delete_partitions(connection, statements, tables, id).await?;
        let delete = statements.delete_group.query().bind(id.get());
        return delete.execute(connection).await.map(drop);
    };
    let set = statements.set_checkpoint_of_partitions.query().bind(id.get());
    set.bind(checkpoint.as_i64()).execute(connection).await.map(drop)
}

/// Takes a partition, whose checkpoint has been set, from the member that holds it.
pub(in crate::subscriptions) async fn make_of_partition(
    connection: &mut PgConnection,
    statements: &Statements,
    (id, group): (SubscriptionId, SubscriptionId),
    checkpoint: EventNumber,
) -> Result<(), sqlx::Error> {
    let free = statements.free_partition.query().bind(id.get());
    let free = free.bind(group.get()).bind(checkpoint.as_i64());
    free.execute(connection).await.map(drop)
}

/// Deletes the partitions of a group with all that belongs to them.
pub(super) async fn delete_partitions(
    connection: &mut PgConnection,
    statements: &Statements,
    tables: Tables,
    id: SubscriptionId,
) -> Result<(), sqlx::Error> {
    if tables.statuses.can_write {
        let delete = statements.delete_statuses_of_partitions.query();
        delete.bind(id.get()).execute(&mut *connection).await?;
    }
    let delete = statements.delete_partitions.query().bind(id.get());
    delete.execute(connection).await.map(drop)
}
