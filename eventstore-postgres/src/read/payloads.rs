use std::num::NonZeroU64;

use bytes::Bytes;
use eventstore_core::Result;
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::connection::Session;
use crate::error::reading;
use crate::read::events::{LeftOut, PageEvents};
use crate::values::StoredPayload;

impl Session<'_> {
    /// Reads the payloads that were left out of a page, as far as it goes.
    ///
    /// The page is still what one snapshot had, since events never change: one that was deleted for good meanwhile ends it. `None`
    /// if that was the first one: the page is to be read again.
    pub(crate) async fn complete(&mut self, page: PageEvents, bytes: NonZeroU64) -> Result<Option<PageEvents>> {
        let Some(left_out) = page.left_out() else {
            return Ok(Some(page));
        };
        let page = page.complete(self.fetch_payloads(left_out, bytes).await?);
        Ok(Some(page).filter(|page| !page.events.is_empty()))
    }

    /// The payloads of the first of these events, as many as fit.
    async fn fetch_payloads(&mut self, left_out: LeftOut, bytes: NonZeroU64) -> Result<Vec<(Bytes, Option<Bytes>)>> {
        let as_i64 = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let query = self
            .statements()
            .read_payloads
            .query()
            .bind(left_out.ids.into_iter().map(Uuid::from).collect::<Vec<_>>())
            .bind(left_out.bytes_before.into_iter().map(as_i64).collect::<Vec<_>>())
            .bind(as_i64(bytes.get()));
        self.read(async |connection| {
            let mut payloads = Vec::new();
            let mut rows = query.fetch(connection);
            let mut is_whole = true;
            while let Some(row) = rows.try_next().await? {
                let place: i64 = row.try_get("place")?;
                // A missing place is an event that was deleted for good between the two statements, so the page ends
                // there. The other rows are still read, because the connection is needed again.
                is_whole &= usize::try_from(place).is_ok_and(|place| place == payloads.len() + 1);
                if is_whole {
                    payloads.push(decode(&row)?);
                }
            }
            Ok(payloads)
        })
        .await
        .map_err(reading)
    }
}

fn decode(row: &PgRow) -> Result<(Bytes, Option<Bytes>), sqlx::Error> {
    let data: StoredPayload = row.try_get("data")?;
    let metadata: Option<StoredPayload> = row.try_get("metadata")?;
    Ok((data.into(), metadata.map(Bytes::from)))
}
