use std::time::SystemTime;

use eventstore_postgres::Layout;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Result;
use crate::measure::{Caller, Entrant};
use crate::references::L1;
use crate::sample;
use crate::server::Schema;

/// Appends to a group of streams at once, without reading what is stored there: the best that a writer can reach.
pub(crate) struct BareLoop {
    connection: PgConnection,
    append: &'static str,
    streams: Vec<String>,
    batch: u32,
}

impl BareLoop {
    /// Appends this many events to each of the first streams; these have to exist.
    pub(crate) async fn entrant(schema: &Schema, layout: Layout, streams: usize, batch: u32) -> Result<Entrant> {
        let append = if layout == Layout::Original {
            include_str!("../sql/original/bare_append.sql")
        } else {
            include_str!("../sql/compact/bare_append.sql")
        };
        let bare_loop = Self {
            connection: schema.connect().await?,
            append,
            streams: (1..).take(streams).map(sample::stream).collect(),
            batch,
        };
        Ok(Entrant::new(L1, vec![bare_loop]))
    }
}

impl Caller for BareLoop {
    async fn call(&mut self) -> Result<u64> {
        let batch = usize::try_from(self.batch).unwrap_or(usize::MAX);
        let events = self.streams.len() * batch;
        let now = OffsetDateTime::from(SystemTime::now());
        let ids: Vec<_> = (0..events).map(|_| Uuid::now_v7()).collect();
        sqlx::query(self.append)
            .bind(&self.streams)
            .bind(i64::from(self.batch))
            .bind(&ids)
            .bind(vec![now; events])
            .bind(vec![sample::EVENT_TYPE; events])
            .bind(vec![&sample::DATA[..]; events])
            .execute(&mut self.connection)
            .await?;
        Ok(u64::try_from(events).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use eventstore_testkit::TestDatabase;

    use super::*;
    use crate::population::Population;
    use crate::soundness::verify;

    #[tokio::test]
    async fn what_it_leaves_is_sound() {
        for layout in [Layout::Compact, Layout::Original] {
            let test = TestDatabase::create().await;
            let schema = Schema::at(test.url(), "load").unwrap();
            let population = Population {
                streams: 4,
                events_per_stream: 2,
            };
            population.settle_alone(&schema, layout).await.unwrap();
            let mut events = population.events();
            for (streams, batch) in [(1, 1), (3, 1), (4, 5), (1, 5)] {
                let mut entrant = BareLoop::entrant(&schema, layout, streams, batch).await.unwrap();
                events += entrant.run(Duration::ZERO).await.unwrap().events;
            }
            assert_eq!(events, 8 + 1 + 3 + 20 + 5);
            verify(L1, &schema, events).await.unwrap();
        }
    }
}
