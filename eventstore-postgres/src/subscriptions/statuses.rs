use eventstore_core::backend::{LeaseToken, StatusOutcome};
use eventstore_core::{
    EventId, EventNumber, HolderState, ReportedStatus, Result, StatusReport, StatusText, SubscriptionFailure,
    SubscriptionId, Timestamp,
};
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use crate::connection::Session;
use crate::error::{damaged, reading, writing};
use crate::values::StoredTimestamp;

impl Session<'_> {
    /// A store without the table, or a role without rights on it, keeps no reports.
    pub(crate) async fn report_status(&mut self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        if !self.statuses().can_write {
            return Ok(StatusOutcome::NotKept);
        }
        let mut attempts = self.attempts();
        loop {
            let attempt = self.try_report_status(lease, report).await;
            if let Some(outcome) = attempts.judge(attempt.map(Some)).await? {
                return Ok(outcome);
            }
        }
    }

    pub(crate) async fn subscription_statuses(&mut self) -> Result<Vec<ReportedStatus>> {
        self.list_statuses(None).await
    }

    pub(crate) async fn subscription_status(&mut self, id: SubscriptionId) -> Result<Option<ReportedStatus>> {
        Ok(self.list_statuses(Some(id)).await?.pop())
    }

    async fn list_statuses(&mut self, id: Option<SubscriptionId>) -> Result<Vec<ReportedStatus>> {
        if !self.statuses().can_read {
            return Ok(Vec::new());
        }
        let query = self
            .statements()
            .list_statuses
            .query()
            .bind(id.map(SubscriptionId::get));
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.iter().map(decode).collect()
    }

    async fn try_report_status(&mut self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        let failure = report.last_failure.as_ref();
        let alone = match report.state {
            HolderState::DeliveringAlone { number, attempts } => Some((number, attempts)),
            _ => None,
        };
        let query = self.statements().report_status.query_as::<(bool, bool)>();
        let query = query
            .bind(lease.id.get())
            .bind(lease.epoch.get())
            .bind(report.holder.as_str())
            .bind(report.delivered.as_i64())
            .bind(i64::try_from(report.in_flight).unwrap_or(i64::MAX))
            .bind(i64::from(report.subscribers))
            .bind(i64::from(report.attempts))
            .bind(failure.map(|failure| failure.number.as_i64()))
            .bind(failure.map(|failure| failure.event_id.as_uuid()))
            .bind(failure.map(|failure| failure.message.as_str()))
            .bind(failure.map(|failure| OffsetDateTime::from(failure.failed_at)))
            .bind(report.state != HolderState::Released)
            .bind(alone.map(|(number, _)| number.as_i64()))
            .bind(alone.map(|(_, attempts)| i64::from(attempts)));
        let (is_reported, has_subscription) = self
            .write(async |connection| query.fetch_one(connection).await)
            .await
            .map_err(writing)?;
        Ok(match (is_reported, has_subscription) {
            (true, _) => StatusOutcome::Reported,
            (false, true) => StatusOutcome::Fenced,
            (false, false) => StatusOutcome::SubscriptionGone,
        })
    }
}

fn decode(row: &PgRow) -> Result<ReportedStatus> {
    let holder: &str = row.try_get("holder").map_err(reading)?;
    let in_flight: i64 = row.try_get("in_flight").map_err(reading)?;
    let reported_at: StoredTimestamp = row.try_get("reported_at").map_err(reading)?;
    Ok(ReportedStatus {
        id: SubscriptionId::new(row.try_get("subscription_id").map_err(reading)?),
        report: StatusReport {
            holder: StatusText::new(holder),
            delivered: number(row.try_get("delivered").map_err(reading)?)?,
            in_flight: u64::try_from(in_flight).map_err(damaged)?,
            subscribers: count(row, "subscribers")?,
            attempts: count(row, "attempts")?,
            last_failure: decode_failure(row)?,
            state: decode_state(row)?,
        },
        reported_at: Timestamp::try_from(reported_at).map_err(damaged)?,
    })
}

fn decode_state(row: &PgRow) -> Result<HolderState> {
    let is_running: bool = row.try_get("is_running").map_err(reading)?;
    let alone: Option<i64> = row.try_get("alone_number").map_err(reading)?;
    Ok(match alone {
        _ if !is_running => HolderState::Released,
        None => HolderState::Delivering,
        Some(alone) => HolderState::DeliveringAlone {
            number: number(alone)?,
            attempts: count(row, "alone_attempts")?,
        },
    })
}

/// All columns of a failure are there, or none.
fn decode_failure(row: &PgRow) -> Result<Option<SubscriptionFailure>> {
    let Some(failed) = row.try_get("failed_number").map_err(reading)? else {
        return Ok(None);
    };
    let event_id: Uuid = row.try_get("failed_event_id").map_err(reading)?;
    let message: &str = row.try_get("failure").map_err(reading)?;
    let failed_at: StoredTimestamp = row.try_get("failed_at").map_err(reading)?;
    Ok(Some(SubscriptionFailure {
        number: number(failed)?,
        event_id: EventId::new(event_id),
        message: StatusText::new(message),
        failed_at: Timestamp::try_from(failed_at).map_err(damaged)?,
    }))
}

fn number(stored: i64) -> Result<EventNumber> {
    EventNumber::try_from(stored).map_err(damaged)
}

fn count(row: &PgRow, column: &str) -> Result<u32> {
    let stored: i64 = row.try_get(column).map_err(reading)?;
    u32::try_from(stored).map_err(damaged)
}
