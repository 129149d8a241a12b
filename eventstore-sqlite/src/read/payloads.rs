use eventstore_core::Result;

use super::events::{PageEvents, Payloads};
use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::values::json_of;

/// The place in the list of positions, and the payloads.
type Row = (i64, Vec<u8>, Option<Vec<u8>>);

impl Database {
    /// Reads the payloads that were left out of a page.
    ///
    /// Since events never change, the page is still as it was in one snapshot. It ends before an event that was deleted for good meanwhile.
    /// `None` if that was the first one: the page is to be read again.
    pub(super) async fn complete(&self, mut page: PageEvents) -> Result<Option<PageEvents>> {
        let positions = page.left_out();
        if !positions.is_empty() {
            let rows: Vec<Row> = sqlx::query_as(sql::READ_PAYLOADS)
                .bind(json_of(&positions))
                .fetch_all(&mut *self.reader().await?)
                .await
                .map_err(failed)?;
            page.complete(without_gap(rows));
            if page.is_empty() {
                return Ok(None);
            }
        }
        Ok(Some(page))
    }
}

/// The payloads up to the first place that has none.
fn without_gap(rows: Vec<Row>) -> Vec<Payloads> {
    let at_place = (0_i64..).zip(rows).map_while(|(place, (key, data, metadata))| {
        let payloads = (data.into(), metadata.map(Into::into));
        (key == place).then_some(payloads)
    });
    at_place.collect()
}
