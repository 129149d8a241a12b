//! What a hard delete leaves of a stream in the tables.

use eventstore_core::{Delete, Deletion, EventLinker, EventWriter, ExpectedVersion, Link, StreamDeleter, StreamName};
use sqlx::SqliteConnection;

use crate::support::{Fixture, append};

/// Rows about streams, by tables; the row of `$all` is one of streams.
const ROWS: &str = "SELECT
    (SELECT count(*) FROM eventstore_streams), (SELECT count(*) FROM eventstore_events),
    (SELECT count(*) FROM eventstore_links), (SELECT count(*) FROM eventstore_snapshots),
    (SELECT count(*) FROM eventstore_parked_events)";

async fn rows(connection: &mut SqliteConnection) -> (u32, u32, u32, u32, u32) {
    sqlx::query_as(ROWS).fetch_one(connection).await.unwrap()
}

/// Two streams with three events each, all of which are linked into two others, with a snapshot, and parked.
async fn filled(fixture: &Fixture, connection: &mut SqliteConnection) {
    for stream in ["gone", "kept"] {
        let append = append(stream, ExpectedVersion::NoStream, 3);
        let ids: Vec<_> = append.event_ids().collect();
        fixture.store.append(append).await.unwrap();
        for target in ["one", "other"] {
            let link = Link::new(StreamName::new(target).unwrap(), ExpectedVersion::Any, ids.clone());
            fixture.store.link(link.unwrap()).await.unwrap();
        }
        let snapshot = "INSERT INTO eventstore_snapshots VALUES (?, 3, 'State', 0, x'7b7d', NULL)";
        sqlx::query(snapshot)
            .bind(stream)
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    let park =
        "INSERT INTO eventstore_parked_events SELECT 1, position, event_id, NULL, 'no', 1, 0 FROM eventstore_events";
    sqlx::query(park).execute(connection).await.unwrap();
}

#[tokio::test]
async fn nothing_of_a_hard_deleted_stream_stays_in_the_tables() {
    let fixture = Fixture::new().await;
    let mut connection = fixture.connection().await;
    filled(&fixture, &mut connection).await;
    assert_eq!(rows(&mut connection).await, (5, 6, 12, 2, 6));
    let delete = |stream| Delete::new(StreamName::new(stream).unwrap(), Deletion::Hard);
    fixture.store.delete(delete("gone")).await.unwrap();
    assert_eq!(rows(&mut connection).await, (4, 3, 6, 1, 3));
    fixture.store.delete(delete("one")).await.unwrap();
    assert_eq!(rows(&mut connection).await, (3, 3, 3, 1, 3));
}

#[tokio::test]
async fn a_refused_hard_delete_leaves_everything() {
    let fixture = Fixture::with(|config| config).await;
    let mut connection = fixture.connection().await;
    filled(&fixture, &mut connection).await;
    let before = rows(&mut connection).await;
    let delete = Delete::new(StreamName::new("gone").unwrap(), Deletion::Hard);
    fixture.store.delete(delete).await.unwrap_err();
    assert_eq!(rows(&mut connection).await, before);
}
