use std::fmt::Write;
use std::time::SystemTime;

use sqlx::{AssertSqlSafe, PgPool, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Result;
use crate::measure::{Caller, Entrant};
use crate::references::L0;
use crate::sample;
use crate::server::Schema;

/// Appends as the original does: looks the stream up, and sends one statement, whose text depends on the number of
/// events, unprepared.
pub(crate) struct OriginalAppend {
    pool: PgPool,
    stream: String,
    statement: String,
    batch: u32,
}

/// What the original writes where there is no metadata.
const NO_METADATA: &[u8] = b"null";

impl OriginalAppend {
    /// One caller for each of the streams, which have to exist in tables of the original's.
    pub(crate) async fn entrant(schema: &Schema, streams: Vec<String>, batch: u32) -> Result<Entrant> {
        let pool = schema.unprepared_pool().await?;
        let caller = |stream| Self {
            pool: pool.clone(),
            stream,
            statement: statement(batch),
            batch,
        };
        Ok(Entrant::new(L0, streams.into_iter().map(caller).collect()))
    }

    async fn look_up(&self) -> Result<i64> {
        let row = sqlx::query(include_str!("../sql/original/look_up.sql"))
            .bind(&self.stream)
            .persistent(false)
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get("stream_id")?)
    }
}

impl Caller for OriginalAppend {
    async fn call(&mut self) -> Result<u64> {
        let stream_id = self.look_up().await?;
        let now = OffsetDateTime::from(SystemTime::now());
        let mut query = sqlx::query(AssertSqlSafe(self.statement.as_str()))
            .bind(stream_id)
            .bind(i64::from(self.batch));
        for _ in 0..self.batch {
            query = query
                .bind(Uuid::now_v7())
                .bind(sample::EVENT_TYPE)
                .bind(None::<Uuid>)
                .bind(None::<Uuid>)
                .bind(&sample::DATA[..])
                .bind(NO_METADATA)
                .bind(now);
        }
        query.persistent(false).execute(&self.pool).await?;
        Ok(u64::from(self.batch))
    }
}

/// The statement for this many events; only numbers of parameters and ordinals are put into it.
fn statement(events: u32) -> String {
    const COLUMNS: u32 = 7;
    const BEFORE: u32 = 2;
    let mut rows = String::new();
    for event in 0..events {
        let first = BEFORE + event * COLUMNS + 1;
        rows.push_str(if event == 0 { "(" } else { ", (" });
        for parameter in first..first + COLUMNS {
            // Writing to a text cannot fail.
            let _ = write!(rows, "${parameter}, ");
        }
        let _ = write!(rows, "{}::bigint)", event + 1);
    }
    include_str!("../sql/original/append_values.sql").replace("{rows}", &rows)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use eventstore_postgres::Layout;
    use eventstore_testkit::TestDatabase;

    use super::*;
    use crate::population::Population;
    use crate::soundness::verify;

    #[test]
    fn the_text_depends_on_the_number_of_events() {
        let text = statement(2);
        assert!(
            text.contains("($3, $4, $5, $6, $7, $8, $9, 1::bigint), ($10,"),
            "{text}"
        );
        assert!(text.contains("$16, 2::bigint)") && !text.contains("$17"), "{text}");
    }

    #[tokio::test]
    async fn what_it_leaves_is_sound() {
        let test = TestDatabase::create().await;
        let schema = Schema::at(test.url(), "load").unwrap();
        Population::empty(2)
            .settle_alone(&schema, Layout::Original)
            .await
            .unwrap();
        let streams = [1, 2, 2].map(sample::stream);
        let mut events = 0;
        for batch in [1, 100] {
            let mut entrant = OriginalAppend::entrant(&schema, streams.to_vec(), batch).await.unwrap();
            events += entrant.run(Duration::ZERO).await.unwrap().events;
        }
        assert_eq!(events, 303);
        verify(L0, &schema, events).await.unwrap();
    }
}
