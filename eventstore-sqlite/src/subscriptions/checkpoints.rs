use std::collections::HashSet;

use eventstore_backend::CheckpointToSave;
use eventstore_core::backend::{CheckpointOutcome, LeaseToken};
use eventstore_core::{EventNumber, Result, SubscriptionId};
use rusqlite::OptionalExtension;
use serde_json::{Value, json};

use crate::connection::{Change, Database, Writer};
use crate::error::failed;
use crate::sql;

/// What the token of a lease leads to.
pub(super) enum Claim {
    /// The lease is the latest one; the stored checkpoint.
    Latest(EventNumber),
    Fenced,
    Gone,
}

impl Claim {
    /// `found`: the latest epoch and the checkpoint.
    pub(super) fn of(lease: LeaseToken, found: Option<(i64, i64)>) -> Result<Self> {
        match found {
            None => Ok(Self::Gone),
            Some((epoch, _)) if epoch != lease.epoch.get() => Ok(Self::Fenced),
            Some((_, checkpoint)) => EventNumber::from_storage(checkpoint).map(Self::Latest),
        }
    }
}

impl Database {
    /// Stores those that can be stored, and returns whose they were.
    pub(super) async fn save_checkpoints(&self, group: Vec<CheckpointToSave>) -> Result<HashSet<SubscriptionId>> {
        self.change_while_closing(move |writer| save_checkpoints(writer, &group))
            .await
    }

    pub(super) async fn save_checkpoint(
        &self,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        self.change_while_closing(move |writer| save_checkpoint(writer, lease, checkpoint))
            .await
    }
}

fn save_checkpoints(writer: &mut Writer, group: &[CheckpointToSave]) -> Result<HashSet<SubscriptionId>> {
    let rows = group
        .iter()
        .map(|CheckpointToSave { lease, checkpoint }| json!([lease.id.get(), lease.epoch.get(), checkpoint.as_i64()]));
    let rows = rows.collect::<Value>().to_string();
    let change = writer.begin()?;
    let saved = ids_of(&change, sql::SAVE_CHECKPOINTS, &rows).map_err(failed)?;
    change.commit()?;
    Ok(saved)
}

fn ids_of(change: &Change<'_>, statement: &str, rows: &str) -> rusqlite::Result<HashSet<SubscriptionId>> {
    let mut statement = change.prepare_cached(statement)?;
    let ids = statement.query_map([rows], |row| row.get(0).map(SubscriptionId::new))?;
    ids.collect()
}

fn save_checkpoint(writer: &mut Writer, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
    let change = writer.begin()?;
    match claim(&change, lease)? {
        Claim::Gone => Ok(CheckpointOutcome::SubscriptionGone),
        Claim::Fenced => Ok(CheckpointOutcome::Fenced),
        Claim::Latest(stored) if stored > checkpoint => Ok(CheckpointOutcome::Superseded(stored)),
        Claim::Latest(stored) if stored == checkpoint => Ok(CheckpointOutcome::Saved),
        Claim::Latest(_) => {
            move_checkpoint(&change, lease.id, checkpoint)?;
            change.commit()?;
            Ok(CheckpointOutcome::Saved)
        }
    }
}

/// Until the change ends, neither the lease nor the checkpoint can change.
pub(super) fn claim(change: &Change<'_>, lease: LeaseToken) -> Result<Claim> {
    let mut find = change.prepare_cached(sql::FIND_CHECKPOINT).map_err(failed)?;
    let found = find.query_row([lease.id.get()], |row| Ok((row.get(0)?, row.get(1)?)));
    Claim::of(lease, found.optional().map_err(failed)?)
}

pub(super) fn move_checkpoint(change: &Change<'_>, id: SubscriptionId, checkpoint: EventNumber) -> Result<()> {
    let mut update = change.prepare_cached(sql::MOVE_CHECKPOINT).map_err(failed)?;
    update
        .execute([id.get(), checkpoint.as_i64()])
        .map(drop)
        .map_err(failed)
}
