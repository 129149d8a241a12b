use eventstore_core::backend::{LeaseToken, StatusOutcome};
use eventstore_core::{
    EventId, EventNumber, HolderState, ReportedStatus, Result, StatusReport, StatusText, SubscriptionFailure,
    SubscriptionId, Timestamp,
};
use rusqlite::params;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::checkpoints::{Claim, claim};
use crate::connection::{Database, Writer};
use crate::error::failed;
use crate::sql;
use crate::values::now;

impl Database {
    /// A file without the table keeps no reports.
    pub(crate) async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        if !self.has_statuses() {
            self.refuse_if_closed()?;
            return Ok(StatusOutcome::NotKept);
        }
        let report = report.clone();
        self.change_in_place(move |writer| report_status(writer, lease, &report))
            .await
    }

    pub(crate) async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        self.list_statuses(None).await
    }

    pub(crate) async fn subscription_status(&self, id: SubscriptionId) -> Result<Option<ReportedStatus>> {
        Ok(self.list_statuses(Some(id)).await?.pop())
    }

    async fn list_statuses(&self, id: Option<SubscriptionId>) -> Result<Vec<ReportedStatus>> {
        let mut reader = self.reader().await?;
        if !self.has_statuses() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(sql::LIST_STATUSES)
            .bind(id.map(SubscriptionId::get))
            .fetch_all(&mut *reader)
            .await;
        rows.map_err(failed)?.iter().map(decode).collect()
    }
}

fn report_status(writer: &mut Writer, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
    let change = writer.begin()?;
    match claim(&change, lease)? {
        Claim::Gone => return Ok(StatusOutcome::SubscriptionGone),
        Claim::Fenced => return Ok(StatusOutcome::Fenced),
        Claim::Latest(_) => {}
    }
    let failure = report.last_failure.as_ref();
    let alone = match report.state {
        HolderState::DeliveringAlone { number, attempts } => Some((number, attempts)),
        _ => None,
    };
    let mut insert = change.prepare_cached(sql::REPORT_STATUS).map_err(failed)?;
    insert
        .execute(params![
            lease.id.get(),
            report.holder.as_str(),
            report.delivered.as_i64(),
            i64::try_from(report.in_flight).unwrap_or(i64::MAX),
            report.subscribers,
            report.attempts,
            failure.map(|failure| failure.number.as_i64()),
            failure.map(|failure| *failure.event_id.as_uuid().as_bytes()),
            failure.map(|failure| failure.message.as_str()),
            failure.map(|failure| failure.failed_at.unix_micros()),
            now()?.unix_micros(),
            report.state != HolderState::Released,
            alone.map(|(number, _)| number.as_i64()),
            alone.map(|(_, attempts)| attempts),
        ])
        .map_err(failed)?;
    drop(insert);
    change.commit()?;
    Ok(StatusOutcome::Reported)
}

fn decode(row: &SqliteRow) -> Result<ReportedStatus> {
    let number = |column| row.try_get::<i64, _>(column).map_err(failed);
    let count = |column| row.try_get::<u32, _>(column).map_err(failed);
    let holder: &str = row.try_get("holder").map_err(failed)?;
    Ok(ReportedStatus {
        id: SubscriptionId::new(number("subscription_id")?),
        report: StatusReport {
            holder: StatusText::new(holder),
            delivered: EventNumber::from_storage(number("delivered")?)?,
            in_flight: number("in_flight")?.unsigned_abs(),
            subscribers: count("subscribers")?,
            attempts: count("attempts")?,
            last_failure: decode_failure(row)?,
            state: decode_state(row)?,
        },
        reported_at: Timestamp::from_storage(number("reported_at")?)?,
    })
}

fn decode_state(row: &SqliteRow) -> Result<HolderState> {
    let is_running: bool = row.try_get("is_running").map_err(failed)?;
    let number: Option<i64> = row.try_get("alone_number").map_err(failed)?;
    Ok(match number {
        _ if !is_running => HolderState::Released,
        None => HolderState::Delivering,
        Some(number) => HolderState::DeliveringAlone {
            number: EventNumber::from_storage(number)?,
            attempts: row.try_get("alone_attempts").map_err(failed)?,
        },
    })
}

/// All columns of a failure are there, or none.
fn decode_failure(row: &SqliteRow) -> Result<Option<SubscriptionFailure>> {
    let Some(number) = row.try_get::<Option<i64>, _>("failed_number").map_err(failed)? else {
        return Ok(None);
    };
    let event_id: Uuid = row.try_get("failed_event_id").map_err(failed)?;
    let message: &str = row.try_get("failure").map_err(failed)?;
    let failed_at: i64 = row.try_get("failed_at").map_err(failed)?;
    Ok(Some(SubscriptionFailure {
        number: EventNumber::from_storage(number)?,
        event_id: EventId::new(event_id),
        message: StatusText::new(message),
        failed_at: Timestamp::from_storage(failed_at)?,
    }))
}
