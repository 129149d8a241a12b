use std::num::NonZeroUsize;

use sqlx::Row;

use crate::error::{LoadError, Result};
use crate::population::signed;
use crate::server::Schema;

/// Checks that just these events are there, each in its place: a store may be fast because it loses some.
pub(crate) async fn verify(what: &str, schema: &Schema, acknowledged: u64) -> Result<()> {
    let unsound = |finding: String| LoadError::Unsound {
        what: what.to_owned(),
        finding,
    };
    let row = sqlx::query(include_str!("sql/shared/counts.sql"))
        .fetch_one(&mut schema.connect().await?)
        .await?;
    let (head, events): (i64, i64) = (row.try_get("head")?, row.try_get("events")?);
    let expected = signed(acknowledged);
    if (head, events) != (expected, expected) {
        return Err(unsound(format!(
            "{expected} events were acknowledged, {events} are there, the last position is {head}"
        )));
    }
    let findings = schema.store(NonZeroUsize::MIN).await?.verify().await?;
    findings
        .first()
        .map_or(Ok(()), |finding| Err(unsound(finding.to_string())))
}

/// What the tables and their indexes take on the disk, in bytes.
pub(crate) async fn size(schema: &Schema) -> Result<u64> {
    let bytes: i64 = sqlx::query_scalar(include_str!("sql/shared/size.sql"))
        .fetch_one(&mut schema.connect().await?)
        .await?;
    Ok(bytes.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use eventstore_postgres::Layout;
    use eventstore_testkit::TestDatabase;
    use sqlx::{Executor, PgConnection};

    use super::*;
    use crate::population::Population;

    const POPULATIONS: [Population; 2] = [
        Population {
            streams: 3,
            events_per_stream: 2,
        },
        Population {
            streams: 2,
            events_per_stream: 5,
        },
    ];

    async fn populated(layout: Layout) -> (TestDatabase, Schema, PgConnection) {
        let test = TestDatabase::create().await;
        let schema = Schema::at(test.url(), "load").unwrap();
        schema.initialize(layout).await.unwrap();
        let mut connection = schema.connect().await.unwrap();
        Population::settle(&POPULATIONS, &mut connection, layout).await.unwrap();
        (test, schema, connection)
    }

    fn finding(outcome: Result<()>) -> String {
        match outcome {
            Err(LoadError::Unsound { finding, .. }) => finding,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_population_is_sound() {
        for layout in [Layout::Compact, Layout::Original] {
            let (_test, schema, _) = populated(layout).await;
            verify("it", &schema, 16).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_lost_event_is_found() {
        let (_test, schema, mut connection) = populated(Layout::Compact).await;
        let text = finding(verify("it", &schema, 17).await);
        assert!(text.starts_with("17 events were acknowledged, 16 are there"), "{text}");
        let loss = "SET eventstore.enable_hard_deletes = on; DELETE FROM events WHERE position = 16;
                    UPDATE streams SET stream_version = 15 WHERE stream_id = 0";
        connection.execute(loss).await.unwrap();
        let text = finding(verify("it", &schema, 15).await);
        assert!(text.contains("missing_events"), "{text}");
    }

    #[tokio::test]
    async fn events_take_room() {
        let (_test, schema, _) = populated(Layout::Compact).await;
        assert!(size(&schema).await.unwrap() > 16 * 100);
    }
}
