use std::collections::HashMap;

use eventstore_core::backend::{LeaseEpoch, LeaseToken};
use eventstore_core::{Result, SubscriptionId, SubscriptionKey};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::{Acquisition, Clock, Holdings, find_partitions_among, take_place_of_groups};
use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::subscriptions::records::create_subscriptions;
use crate::values::{json_of, now};

/// A lease as it was given.
pub(super) struct Given {
    pub(super) token: LeaseToken,
    pub(super) checkpoint: i64,
    pub(super) watches_stream: bool,
}

/// The columns of the lease of a subscription that exists.
pub(super) struct LeaseRow {
    pub(super) boot: Option<String>,
    pub(super) until: Option<i64>,
}

type GivenRow = (String, String, i64, i64, i64, bool);

impl Database {
    /// Finds the lease of a subscription without waiting for writers: most of those who ask for a lease wait for its holder.
    pub(super) async fn find_lease(&self, key: &SubscriptionKey) -> Result<Option<LeaseRow>> {
        let mut reader = self.reader().await?;
        let found: Option<(Option<String>, Option<i64>)> = sqlx::query_as(sql::FIND_LEASE)
            .bind(key.selector.as_str())
            .bind(key.name.as_str())
            .fetch_optional(&mut *reader)
            .await
            .map_err(failed)?;
        Ok(found.map(|(boot, until)| LeaseRow { boot, until }))
    }
}

/// Gives the leases that are free, each to the first who asks for it; creates the subscriptions that are missing.
///
/// If the stream of a subscription was created again since, the checkpoint goes back to the beginning. The partitions of groups are not given:
/// members take those.
pub(super) async fn give(
    connection: &mut SqliteConnection,
    holdings: &Holdings,
    asked: &[Acquisition],
    at: i64,
    has_groups: bool,
) -> Result<HashMap<(String, String), Given>> {
    let missing = asked.iter().filter(|asked| asked.is_missing);
    let missing: Vec<_> = missing.map(|asked| (&asked.key, asked.start_after)).collect();
    if !missing.is_empty() {
        create_subscriptions(connection, &missing, now()?).await?;
    }
    let keys = asked
        .iter()
        .map(|Acquisition { key, .. }| json!([key.selector.as_str(), key.name.as_str()]));
    let keys = keys.collect::<Value>().to_string();
    let mut not_given: Vec<_> = holdings.all().iter().map(|hold| hold.token().id.get()).collect();
    if has_groups {
        not_given.extend(find_partitions_among(connection, &keys).await?);
    }
    let rows: Vec<GivenRow> = sqlx::query_as(sql::GIVE_LEASES)
        .bind(keys)
        .bind(holdings.clock.boot())
        .bind(at)
        .bind(Clock::end_of(at))
        .bind(json_of(&not_given))
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    let mut given: HashMap<_, _> = rows.into_iter().map(given).collect();
    if has_groups {
        let ids: Vec<_> = given.values().map(|given| given.token.id.get()).collect();
        let checkpoints = take_place_of_groups(connection, &ids).await?;
        for given in given.values_mut() {
            let of_group = checkpoints.get(&given.token.id.get());
            given.checkpoint = of_group.copied().unwrap_or(given.checkpoint);
        }
    }
    Ok(given)
}

fn given((stream, name, id, epoch, checkpoint, watches_stream): GivenRow) -> ((String, String), Given) {
    let token = LeaseToken {
        id: SubscriptionId::new(id),
        epoch: LeaseEpoch::new(epoch),
    };
    let given = Given {
        token,
        checkpoint,
        watches_stream,
    };
    ((stream, name), given)
}
