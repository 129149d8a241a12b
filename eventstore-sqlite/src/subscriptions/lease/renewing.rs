use std::collections::HashMap;
use std::sync::Arc;

use eventstore_core::Result;
use eventstore_core::backend::{LeaseLoss, LeaseToken};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use tracing::info;

use super::{Clock, Hold, Holdings};
use crate::error::failed;
use crate::sql;
use crate::values::json_of;

/// What a renewal of all leases has found.
pub(super) struct Renewal {
    pub(super) at: i64,
    /// With each lease, whether it watches its stream.
    pub(super) renewed: Vec<(Arc<Hold>, bool)>,
    pub(super) lost: Vec<(Arc<Hold>, LeaseLoss)>,
}

impl Renewal {
    /// Tells the holders.
    pub(super) fn take_in(self, holdings: &Holdings) {
        holdings.renewed(self.at);
        for (hold, watches_stream) in self.renewed {
            hold.renew(self.at, watches_stream);
        }
        for (hold, loss) in self.lost {
            info!(id = hold.token().id.get(), ?loss, "the lease of a subscription ends");
            hold.lose(loss);
            holdings.forget(&hold);
        }
    }
}

/// Renews the leases whose epochs are still the latest: until a later one has begun, no one else has had the lease.
///
/// A lease that was given before its stream existed watches the stream from now on.
pub(super) async fn renew(connection: &mut SqliteConnection, holdings: &Holdings) -> Result<Renewal> {
    let (in_doubt, held): (Vec<_>, Vec<_>) = holdings.all().into_iter().partition(|hold| hold.is_lost());
    let at = Clock::now();
    let rows: Vec<(i64, bool)> = sqlx::query_as(sql::RENEW_LEASES)
        .bind(json_of_tokens(held.iter().map(|hold| hold.token())))
        .bind(holdings.clock.boot())
        .bind(Clock::end_of(at))
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    let found: HashMap<_, _> = rows.into_iter().collect();
    let (mut renewed, mut unseen) = (Vec::new(), Vec::new());
    for hold in held {
        match found.get(&hold.token().id.get()) {
            Some(watches_stream) => renewed.push((hold, *watches_stream)),
            None => unseen.push(hold),
        }
    }
    let mut lost = losses(connection, unseen).await?;
    lost.extend(in_doubt.into_iter().map(|hold| (hold, LeaseLoss::InDoubt)));
    give_back(connection, lost.iter().map(|(hold, _)| hold.token())).await?;
    Ok(Renewal { at, renewed, lost })
}

/// Lets others have those of these leases that are still the latest ones of their subscriptions.
pub(super) async fn give_back(
    connection: &mut SqliteConnection,
    leases: impl ExactSizeIterator<Item = LeaseToken>,
) -> Result<()> {
    if leases.len() > 0 {
        let release = sqlx::query(sql::RELEASE_LEASES).bind(json_of_tokens(leases));
        release.execute(connection).await.map_err(failed)?;
    }
    Ok(())
}

/// Why leases are lost that could not be renewed.
async fn losses(connection: &mut SqliteConnection, holds: Vec<Arc<Hold>>) -> Result<Vec<(Arc<Hold>, LeaseLoss)>> {
    if holds.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = holds.iter().map(|hold| hold.token().id.get()).collect();
    let epochs: Vec<(i64, i64)> = sqlx::query_as(sql::FIND_EPOCHS)
        .bind(json_of(&ids))
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let epochs: HashMap<_, _> = epochs.into_iter().collect();
    let losses = holds.into_iter().map(|hold| {
        let LeaseToken { id, epoch } = hold.token();
        let loss = match epochs.get(&id.get()) {
            None => LeaseLoss::SubscriptionDeleted,
            Some(latest) if *latest == epoch.get() => LeaseLoss::StreamReplaced,
            Some(_) => LeaseLoss::InDoubt,
        };
        (hold, loss)
    });
    Ok(losses.collect())
}

fn json_of_tokens(leases: impl Iterator<Item = LeaseToken>) -> String {
    let tokens = leases.map(|lease| json!([lease.id.get(), lease.epoch.get()]));
    tokens.collect::<Value>().to_string()
}
