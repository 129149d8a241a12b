use eventstore_core::{EventNumber, Result, StreamSelector, Timestamp};

use super::head::head;
use super::scan::last_of_window;
use crate::connection::Database;
use crate::error::failed;
use crate::sql;

impl Database {
    /// Examines one window of numbers after the other: times need not ascend, so a later event says nothing about an earlier one.
    pub(crate) async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let mut from = EventNumber::FIRST;
        loop {
            let to = last_of_window(from, self.config().scan_window());
            let (head, found) = self.find_time(selector, from, to, at).await?;
            match found {
                Some(found) => return EventNumber::from_storage(found),
                None if head <= to => return Ok(head.next()),
                None => from = to.next(),
            }
        }
    }

    /// The head, and the number of the first of these events that happened at this time or later.
    async fn find_time(
        &self,
        selector: &StreamSelector,
        from: EventNumber,
        to: EventNumber,
        at: Timestamp,
    ) -> Result<(EventNumber, Option<i64>)> {
        let sql = match selector {
            StreamSelector::All => sql::TIME_ALL,
            StreamSelector::Stream(_) => sql::TIME_STREAM,
        };
        let row: Option<(Option<i64>, bool, Option<i64>)> = sqlx::query_as(sql)
            .bind(from.as_i64())
            .bind(to.as_i64())
            .bind(at.unix_micros())
            .bind(selector.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        let (version, is_deleted, found) = row.ok_or_else(|| selector.not_found())?;
        Ok((head(selector, (version, is_deleted))?, found))
    }
}
