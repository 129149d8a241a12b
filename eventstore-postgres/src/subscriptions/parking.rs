use eventstore_core::backend::{EventToPark, LeaseToken, ParkOutcome, ParkedBacklog, Parking};
use eventstore_core::{
    EventNumber, ExpectedVersion, Link, ParkCause, ParkedEvent, PartitionKey, Result, SubscriptionId, Timestamp,
};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::connection::{Attempts, CallersConnection, PooledSessions, Session};
use crate::error::{damaged, reading, writing};
use crate::subscriptions::lease::StoreLocks;
use crate::values::StoredTimestamp;

/// Parks events and stores the checkpoint after them, in one transaction. While the store closes, a subscription that has an event to park
/// stores its last checkpoint this way.
pub(crate) async fn park(sessions: &PooledSessions, locks: &StoreLocks, parking: &Parking) -> Result<ParkOutcome> {
    let mut attempts = Attempts::new(true);
    loop {
        let attempt = try_park(sessions, locks, parking).await;
        if let Some(outcome) = attempts.judge(attempt.map(Some)).await? {
            return Ok(outcome);
        }
    }
}

async fn try_park(sessions: &PooledSessions, locks: &StoreLocks, parking: &Parking) -> Result<ParkOutcome> {
    let mut transaction = sessions.begin_while_closing().await?;
    let outcome = {
        let connection = CallersConnection::within(&mut transaction);
        let mut session = connection.session(sessions.context()).await;
        session.park(locks, parking).await?
    };
    match outcome {
        ParkOutcome::Parked => {
            transaction.commit().await?;
            locks.confirm(parking.lease, parking.checkpoint);
        }
        _ => transaction.rollback().await?,
    }
    Ok(outcome)
}

impl Session<'_> {
    /// Parks in a transaction that is rolled back unless the outcome is `Parked`.
    async fn park(&mut self, locks: &StoreLocks, parking: &Parking) -> Result<ParkOutcome> {
        match self.lock_checkpoint(locks, parking.lease).await? {
            None => return Ok(ParkOutcome::SubscriptionGone),
            Some((_, false)) => return Ok(ParkOutcome::Fenced),
            Some((stored, true)) if stored > parking.checkpoint => return Ok(ParkOutcome::Superseded(stored)),
            Some(_) => {}
        }
        let drained = self.find_drained(parking).await?;
        if !drained.is_empty() {
            return Ok(ParkOutcome::Drained(drained));
        }
        self.insert_parked(parking).await?;
        self.link_dead_letters(parking).await?;
        // The outcome is known: the row is locked, and `lock_checkpoint` has compared the same epoch and checkpoint.
        self.save_checkpoint(locks, parking.lease, parking.checkpoint).await?;
        Ok(ParkOutcome::Parked)
    }

    pub(crate) async fn parked_backlog(&mut self, id: SubscriptionId) -> Result<ParkedBacklog> {
        let partitions = self.statements().parked_partitions.query_scalar().bind(id.get());
        let partitions: Vec<Vec<u8>> = self
            .read(async |connection| partitions.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        let numbers = self.statements().parked_beyond_checkpoint.query_scalar().bind(id.get());
        let numbers: Vec<i64> = self
            .read(async |connection| numbers.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        Ok(ParkedBacklog {
            partitions: partitions.into_iter().map(partition).collect::<Result<_>>()?,
            numbers: numbers.into_iter().map(number).collect::<Result<_>>()?,
        })
    }

    pub(crate) async fn count_parked(&mut self, id: SubscriptionId) -> Result<u64> {
        let query = self.statements().count_parked.query_scalar().bind(id.get());
        let count: i64 = self
            .read(async |connection| query.fetch_one(connection).await)
            .await
            .map_err(reading)?;
        Ok(count.unsigned_abs())
    }

    pub(crate) async fn list_parked(
        &mut self,
        id: SubscriptionId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<ParkedEvent>> {
        let query = self
            .statements()
            .list_parked
            .query()
            .bind(id.get())
            .bind(after.as_i64())
            .bind(i64::from(limit));
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.iter().map(decode).collect()
    }

    pub(crate) async fn unpark(&mut self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        let query = self.statements().unpark.query().bind(id.get()).bind(number.as_i64());
        let done = self
            .write(async |connection| query.execute(connection).await)
            .await
            .map_err(writing)?;
        Ok(done.rows_affected() > 0)
    }

    /// The checkpoint, and whether the lease is the latest one. No one parks, unparks, stores a checkpoint or is given a lease until
    /// the transaction has ended.
    async fn lock_checkpoint(&mut self, locks: &StoreLocks, lease: LeaseToken) -> Result<Option<(EventNumber, bool)>> {
        let range = locks.range(lease);
        let query = self.statements().lock_checkpoint.query_as::<(i64, bool)>();
        let query = query.bind(lease.id.get()).bind(lease.epoch.get());
        let query = query.bind(range.lowest).bind(range.highest);
        let found = self
            .read(async |connection| query.fetch_optional(connection).await)
            .await
            .map_err(reading)?;
        found
            .map(|(checkpoint, is_latest)| Ok((number(checkpoint)?, is_latest)))
            .transpose()
    }

    async fn find_drained(&mut self, parking: &Parking) -> Result<Vec<PartitionKey>> {
        let (numbers, keys): (Vec<_>, Vec<_>) = parking.open_followers().unzip();
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let query = self
            .statements()
            .find_drained
            .query_scalar()
            .bind(parking.lease.id.get())
            .bind(numbers.into_iter().map(EventNumber::as_i64).collect::<Vec<_>>())
            .bind(keys.into_iter().map(|key| key.as_str().as_bytes()).collect::<Vec<_>>());
        let drained: Vec<Vec<u8>> = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        drained.into_iter().map(partition).collect()
    }

    async fn insert_parked(&mut self, parking: &Parking) -> Result<()> {
        let of = |event: &EventToPark| event.partition.as_ref().map(|key| key.as_str().as_bytes().to_vec());
        let (reasons, attempts): (Vec<_>, Vec<_>) = parking.events.iter().map(|event| cause(&event.cause)).unzip();
        let query = self
            .statements()
            .park
            .query()
            .bind(parking.lease.id.get())
            .bind(
                parking
                    .events
                    .iter()
                    .map(|event| event.number.as_i64())
                    .collect::<Vec<_>>(),
            )
            .bind(
                parking
                    .events
                    .iter()
                    .map(|event| event.event_id.as_uuid())
                    .collect::<Vec<_>>(),
            )
            .bind(parking.events.iter().map(of).collect::<Vec<_>>())
            .bind(reasons)
            .bind(attempts);
        self.write(async |connection| query.execute(connection).await)
            .await
            .map_err(writing)?;
        Ok(())
    }

    /// Links the events that exist and are not there yet.
    async fn link_dead_letters(&mut self, parking: &Parking) -> Result<()> {
        let ids = parking.events.iter().map(|event| event.event_id);
        let target = parking.key.dead_letters()?;
        let wanted = Link::new(target.clone(), ExpectedVersion::Any, ids)?;
        let found = self.find_links(&wanted).await?;
        let is_missing = |id: &&_| found.get(*id) == Some(&false);
        let missing: Vec<_> = wanted.event_ids().iter().filter(is_missing).copied().collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.link(&Link::new(target, ExpectedVersion::Any, missing)?).await?;
        Ok(())
    }
}

/// The reason, which followers have none of, and the attempts. A text of the server's cannot hold a NUL character.
fn cause(cause: &ParkCause) -> (Option<String>, i64) {
    match cause {
        ParkCause::Rejected { reason, attempts } => (Some(reason.replace('\0', "\u{fffd}")), i64::from(*attempts)),
        ParkCause::Follows => (None, 0),
    }
}

fn decode(row: &PgRow) -> Result<ParkedEvent> {
    let event_id: Uuid = row.try_get("event_id").map_err(reading)?;
    let key: Option<Vec<u8>> = row.try_get("partition_key").map_err(reading)?;
    let reason: Option<String> = row.try_get("reason").map_err(reading)?;
    let attempts: i64 = row.try_get("attempts").map_err(reading)?;
    let parked_at: StoredTimestamp = row.try_get("parked_at").map_err(reading)?;
    Ok(ParkedEvent {
        number: number(row.try_get("event_number").map_err(reading)?)?,
        event_id: event_id.into(),
        partition: key.map(partition).transpose()?,
        cause: match reason {
            Some(reason) => ParkCause::Rejected {
                reason,
                attempts: u32::try_from(attempts).map_err(damaged)?,
            },
            None => ParkCause::Follows,
        },
        parked_at: Timestamp::try_from(parked_at).map_err(damaged)?,
    })
}

fn number(number: i64) -> Result<EventNumber> {
    EventNumber::try_from(number).map_err(damaged)
}

fn partition(key: Vec<u8>) -> Result<PartitionKey> {
    String::from_utf8(key).map(PartitionKey::new).map_err(damaged)
}
