use std::collections::HashMap;
use std::time::Duration;

use eventstore_core::Result;
use eventstore_core::backend::Membership;
use sqlx::SqliteConnection;

use super::Clock;
use super::clock::millis;
use crate::error::failed;
use crate::sql;
use crate::values::json_of;

/// Which of these subscriptions are partitions of groups: only members hold those.
///
/// `keys`: a JSON array of pairs, stream and name.
pub(super) async fn find_partitions_among(connection: &mut SqliteConnection, keys: &str) -> Result<Vec<i64>> {
    let find = sqlx::query_scalar(sql::FIND_PARTITIONS_AMONG).bind(keys);
    find.fetch_all(connection).await.map_err(failed)
}

/// Lets single holders, who were given the leases of these subscriptions just now, go on where members have been, and fences the members.
/// Returns the checkpoints of those that members have shared until now.
pub(super) async fn take_place_of_groups(connection: &mut SqliteConnection, ids: &[i64]) -> Result<HashMap<i64, i64>> {
    let take = sqlx::query_as(sql::TAKE_PLACE_OF_GROUPS).bind(json_of(ids));
    let taken: Vec<(i64, i64)> = take.fetch_all(&mut *connection).await.map_err(failed)?;
    if !taken.is_empty() {
        let groups: Vec<_> = taken.iter().map(|(id, _)| *id).collect();
        let fence = sqlx::query(sql::FENCE_GROUPS).bind(json_of(&groups));
        fence.execute(connection).await.map_err(failed)?;
    }
    Ok(taken.into_iter().collect())
}

/// Lets the memberships last on that lasted when a transaction began, this long ago.
pub(super) async fn extend_memberships(
    connection: &mut SqliteConnection,
    clock: &Clock,
    has_lasted: Duration,
) -> Result<()> {
    let now = Clock::now();
    let extend = sqlx::query(sql::EXTEND_MEMBERSHIPS)
        .bind(clock.boot())
        .bind(now.saturating_sub(millis(has_lasted)))
        .bind(now.saturating_add(millis(Membership::DURATION)))
        .execute(connection);
    extend.await.map(drop).map_err(failed)
}
