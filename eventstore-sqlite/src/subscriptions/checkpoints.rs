use std::collections::HashSet;

use eventstore_backend::CheckpointToSave;
use eventstore_core::backend::{CheckpointOutcome, LeaseToken};
use eventstore_core::{EventNumber, Result, SubscriptionId};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::connection::Database;
use crate::error::failed;
use crate::sql;

/// What the token of a lease leads to.
pub(super) enum Claim {
    /// The lease is the latest one; the stored checkpoint.
    Latest(EventNumber),
    Fenced,
    Gone,
}

impl Database {
    /// Stores those that can be stored, and returns whose they were.
    pub(super) async fn save_checkpoints(&self, group: Vec<CheckpointToSave>) -> Result<HashSet<SubscriptionId>> {
        let rows = group.iter().map(|CheckpointToSave { lease, checkpoint }| {
            json!([lease.id.get(), lease.epoch.get(), checkpoint.as_i64()])
        });
        let mut transaction = self.begin_while_closing().await?;
        let saved: Vec<i64> = sqlx::query_scalar(sql::SAVE_CHECKPOINTS)
            .bind(rows.collect::<Value>().to_string())
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await?;
        Ok(saved.into_iter().map(SubscriptionId::new).collect())
    }

    pub(super) async fn save_checkpoint(
        &self,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        let mut transaction = self.begin_while_closing().await?;
        match claim(&mut transaction, lease).await? {
            Claim::Gone => Ok(CheckpointOutcome::SubscriptionGone),
            Claim::Fenced => Ok(CheckpointOutcome::Fenced),
            Claim::Latest(stored) if stored > checkpoint => Ok(CheckpointOutcome::Superseded(stored)),
            Claim::Latest(stored) if stored == checkpoint => Ok(CheckpointOutcome::Saved),
            Claim::Latest(_) => {
                move_checkpoint(&mut transaction, lease.id, checkpoint).await?;
                transaction.commit().await?;
                Ok(CheckpointOutcome::Saved)
            }
        }
    }
}

/// Called within a change: until that ends, neither the lease nor the checkpoint can change.
pub(super) async fn claim(connection: &mut SqliteConnection, lease: LeaseToken) -> Result<Claim> {
    let found: Option<(i64, i64)> = sqlx::query_as(sql::FIND_CHECKPOINT)
        .bind(lease.id.get())
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    match found {
        None => Ok(Claim::Gone),
        Some((epoch, _)) if epoch != lease.epoch.get() => Ok(Claim::Fenced),
        Some((_, checkpoint)) => EventNumber::from_storage(checkpoint).map(Claim::Latest),
    }
}

pub(super) async fn move_checkpoint(
    connection: &mut SqliteConnection,
    id: SubscriptionId,
    checkpoint: EventNumber,
) -> Result<()> {
    let query = sqlx::query(sql::MOVE_CHECKPOINT)
        .bind(id.get())
        .bind(checkpoint.as_i64());
    query.execute(connection).await.map_err(failed)?;
    Ok(())
}
