use eventstore_core::{EventNumber, Result, StreamSelector, Timestamp};
use sqlx::Row;
use sqlx::postgres::PgRow;
use time::OffsetDateTime;

use crate::connection::Session;
use crate::error::{damaged, reading};
use crate::read::page::{number, refuse_deleted};
use crate::read::scan::last_of_window;

impl Session<'_> {
    /// Looks at one window of numbers after the other: times need not ascend, so that no later event can say anything
    /// about an earlier one.
    pub(crate) async fn number_at(&mut self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let mut from = EventNumber::FIRST;
        loop {
            let to = last_of_window(from, self.scan_window());
            let row = self.fetch_time(selector, from, to, at).await?;
            refuse_deleted(selector, &row)?;
            if let Some(found) = row.try_get::<Option<i64>, _>("event_number").map_err(reading)? {
                return EventNumber::try_from(found).map_err(damaged);
            }
            let head = number(&row, "head")?;
            if head <= to {
                return Ok(head.next());
            }
            from = to.next();
        }
    }

    async fn fetch_time(
        &mut self,
        selector: &StreamSelector,
        from: EventNumber,
        to: EventNumber,
        at: Timestamp,
    ) -> Result<PgRow> {
        let sql = match selector {
            StreamSelector::All => &self.statements().time_all,
            StreamSelector::Stream(_) => &self.statements().time_stream,
        };
        let query = sql
            .query()
            .bind(from.as_i64())
            .bind(to.as_i64())
            .bind(OffsetDateTime::from(at));
        let query = match selector {
            StreamSelector::All => query,
            StreamSelector::Stream(name) => query.bind(name.as_str()),
        };
        self.read(async |connection| query.fetch_optional(connection).await)
            .await
            .map_err(reading)?
            .ok_or_else(|| selector.not_found())
    }
}
