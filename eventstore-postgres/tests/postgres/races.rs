//! Appends that meet an uncommitted change of somebody else.

use crate::support::{self, Fixture, in_both_layouts};
use eventstore_core::{
    AppendReceipt, Delete, Error, EventLinker, EventWriter, ExpectedVersion, Link, Result, StreamDeleter, StreamName,
};
use eventstore_postgres::Layout;
use sqlx::{Connection, Executor};

in_both_layouts! {
    an_append_sees_a_soft_delete_that_it_waited_for,
    an_append_creates_the_stream_anew_after_a_hard_delete_that_it_waited_for,
    an_append_to_an_exact_version_is_refused_after_a_hard_delete_that_it_waited_for,
    an_append_of_any_version_follows_a_creation_that_it_waited_for,
    an_append_to_a_new_stream_sees_a_creation_that_it_waited_for,
    an_append_to_an_existing_stream_finds_one_whose_creation_it_waited_for,
    an_append_whose_caller_has_gone_leaves_the_pool_in_order,
    a_delete_does_not_take_an_append_unseen_that_it_waited_for,
    a_hard_delete_takes_the_append_along_that_it_waited_for,
    a_link_finds_no_event_whose_hard_delete_it_waited_for,
}

/// Begins something while somebody's change is uncommitted, and commits that once the other waits for it.
async fn during<T>(fixture: &Fixture, change: &'static str, waits: impl Future<Output = T>) -> T {
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction.execute(change).await.unwrap();
    let commit = async {
        fixture.somebody_waits_for_a_lock().await;
        transaction.commit().await.unwrap();
    };
    tokio::join!(waits, commit).0
}

async fn append_during(
    fixture: &Fixture,
    change: &'static str,
    stream: &str,
    expected: ExpectedVersion,
) -> Result<AppendReceipt> {
    during(
        fixture,
        change,
        fixture.store.append(support::append(stream, expected, 1)),
    )
    .await
}

async fn counts(fixture: &Fixture) -> (i64, i64) {
    sqlx::query_as("SELECT (SELECT count(*) FROM events), (SELECT stream_version FROM streams WHERE stream_id = 0)")
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap()
}

async fn an_append_sees_a_soft_delete_that_it_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let delete = "UPDATE streams SET deleted_at = now() WHERE stream_uuid = 's'";
    let answer = append_during(&fixture, delete, "s", ExpectedVersion::Any).await;
    assert!(matches!(answer, Err(Error::StreamDeleted { .. })), "{answer:?}");
    assert_eq!(counts(&fixture).await, (1, 1));
}

/// Deletes the stream `s` for good.
fn hard_delete(layout: Layout) -> &'static str {
    match layout {
        Layout::Original => {
            "SET LOCAL eventstore.enable_hard_deletes = 'on';
             CREATE TEMPORARY TABLE deleted ON COMMIT DROP AS SELECT event_id FROM stream_events
             WHERE stream_id = (SELECT stream_id FROM streams WHERE stream_uuid = 's');
             DELETE FROM stream_events WHERE event_id IN (SELECT event_id FROM deleted);
             DELETE FROM events WHERE event_id IN (SELECT event_id FROM deleted);
             DELETE FROM streams WHERE stream_uuid = 's'"
        }
        _ => {
            "SET LOCAL eventstore.enable_hard_deletes = 'on';
             DELETE FROM events WHERE stream_id = (SELECT stream_id FROM streams WHERE stream_uuid = 's');
             DELETE FROM streams WHERE stream_uuid = 's'"
        }
    }
}

async fn an_append_creates_the_stream_anew_after_a_hard_delete_that_it_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    let receipt = append_during(&fixture, hard_delete(layout), "s", ExpectedVersion::Any)
        .await
        .unwrap();
    assert_eq!((receipt.first_version.get(), receipt.first_position.get()), (1, 3));
    assert_eq!(counts(&fixture).await, (1, 3));
}

async fn an_append_to_an_exact_version_is_refused_after_a_hard_delete_that_it_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    let answer = append_during(&fixture, hard_delete(layout), "s", ExpectedVersion::Exact(2.into())).await;
    assert!(
        matches!(answer, Err(Error::WrongExpectedVersion { actual: None, .. })),
        "{answer:?}"
    );
    assert_eq!(counts(&fixture).await, (0, 2));
}

/// Creates the stream `s` with one event.
fn create(layout: Layout) -> &'static str {
    match layout {
        Layout::Original => {
            "INSERT INTO streams (stream_uuid, stream_version) VALUES ('s', 1);
             UPDATE streams SET stream_version = stream_version + 1 WHERE stream_id = 0;
             INSERT INTO events (event_id, event_type, data) VALUES (gen_random_uuid(), 'Happened', '');
             INSERT INTO stream_events
             SELECT event_id, place, 1, stream_id, 1 FROM events, streams, unnest(ARRAY[0, stream_id]) AS place
             WHERE stream_uuid = 's'"
        }
        _ => {
            "INSERT INTO streams (stream_uuid, stream_version) VALUES ('s', 1);
             UPDATE streams SET stream_version = stream_version + 1 WHERE stream_id = 0;
             INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
             SELECT 1, stream_id, 1, now(), gen_random_uuid(), 'Happened', '' FROM streams WHERE stream_uuid = 's'"
        }
    }
}

async fn an_append_of_any_version_follows_a_creation_that_it_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let receipt = append_during(&fixture, create(layout), "s", ExpectedVersion::Any)
        .await
        .unwrap();
    assert_eq!((receipt.first_version.get(), receipt.first_position.get()), (2, 2));
}

async fn an_append_to_a_new_stream_sees_a_creation_that_it_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let answer = append_during(&fixture, create(layout), "s", ExpectedVersion::NoStream).await;
    assert!(
        matches!(answer, Err(Error::StreamExists { version, .. }) if version.get() == 1),
        "{answer:?}"
    );
    assert_eq!(counts(&fixture).await, (1, 1));
}

async fn an_append_to_an_existing_stream_finds_one_whose_creation_it_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("other", ExpectedVersion::NoStream, 1).await.unwrap();
    let bump = "UPDATE streams SET stream_version = stream_version WHERE stream_uuid = 'other'";
    let receipt = append_during(&fixture, bump, "other", ExpectedVersion::StreamExists)
        .await
        .unwrap();
    assert_eq!(receipt.last_version.get(), 2);
}

async fn an_append_whose_caller_has_gone_leaves_the_pool_in_order(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("UPDATE streams SET stream_version = stream_version WHERE stream_uuid = 's'")
        .await
        .unwrap();
    for _ in 0..20 {
        let append = fixture.append("s", ExpectedVersion::Any, 1);
        tokio::select! {
            biased;
            () = fixture.somebody_waits_for_a_lock() => {}
            answer = append => panic!("the append did not wait: {answer:?}"),
        }
    }
    transaction.commit().await.unwrap();
    fixture.append("t", ExpectedVersion::NoStream, 1).await.unwrap();
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

/// Appends an event to the stream `s`, which has one.
fn append(layout: Layout) -> &'static str {
    match layout {
        Layout::Original => {
            "UPDATE streams SET stream_version = stream_version + 1 WHERE stream_uuid = 's';
             UPDATE streams SET stream_version = stream_version + 1 WHERE stream_id = 0;
             INSERT INTO events (event_id, event_type, data)
             VALUES ('00000000-0000-0000-0000-000000000002', 'Happened', '');
             INSERT INTO stream_events
             SELECT '00000000-0000-0000-0000-000000000002', place, 2, stream_id, 2
             FROM streams, unnest(ARRAY[0, stream_id]) AS place WHERE stream_uuid = 's'"
        }
        _ => {
            "UPDATE streams SET stream_version = stream_version + 1 WHERE stream_uuid = 's';
             UPDATE streams SET stream_version = stream_version + 1 WHERE stream_id = 0;
             INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
             SELECT 2, stream_id, 2, now(), gen_random_uuid(), 'Happened', '' FROM streams WHERE stream_uuid = 's'"
        }
    }
}

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

async fn a_delete_does_not_take_an_append_unseen_that_it_waited_for(layout: Layout) {
    for delete in [Delete::soft(name("s")), Delete::hard(name("s"))] {
        let fixture = Fixture::of(layout).await;
        fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
        let delete = delete.expecting(ExpectedVersion::Exact(1.into()));
        let answer = during(&fixture, append(layout), fixture.store.delete(delete)).await;
        assert!(matches!(answer, Err(Error::WrongExpectedVersion { .. })), "{answer:?}");
        assert_eq!(counts(&fixture).await, (2, 2));
    }
}

async fn a_hard_delete_takes_the_append_along_that_it_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    during(&fixture, append(layout), fixture.store.delete(Delete::hard(name("s"))))
        .await
        .unwrap();
    assert_eq!(counts(&fixture).await, (0, 2));
}

async fn a_link_finds_no_event_whose_hard_delete_it_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let append = support::append("s", ExpectedVersion::NoStream, 1);
    let ids: Vec<_> = append.event_ids().collect();
    fixture.store.append(append).await.unwrap();
    let link = Link::new(name("links"), ExpectedVersion::Any, ids.clone()).unwrap();
    let answer = during(&fixture, hard_delete(layout), fixture.store.link(link)).await;
    assert!(
        matches!(&answer, Err(Error::EventsNotFound { event_ids }) if *event_ids == ids),
        "{answer:?}"
    );
}

#[tokio::test]
async fn an_idempotent_append_gets_the_receipt_of_a_first_attempt_that_it_waited_for() {
    let fixture = Fixture::new().await;
    let append = support::append("s", ExpectedVersion::NoStream, 2);
    let ids: Vec<_> = append.event_ids().map(uuid::Uuid::from).collect();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("INSERT INTO streams (stream_uuid, stream_version) VALUES ('s', 2)")
        .await
        .unwrap();
    transaction
        .execute("UPDATE streams SET stream_version = 2 WHERE stream_id = 0")
        .await
        .unwrap();
    let insert = "INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
                  SELECT n, stream_id, n, now(), id, 'Happened', '{}'
                  FROM streams, unnest($1::uuid[]) WITH ORDINALITY AS e (id, n) WHERE stream_uuid = 's'";
    sqlx::query(insert).bind(ids).execute(&mut *transaction).await.unwrap();
    let commit = async {
        fixture.somebody_waits_for_a_lock().await;
        transaction.commit().await.unwrap();
    };
    let (receipt, ()) = tokio::join!(fixture.store.append(append.idempotent()), commit);
    let receipt = receipt.unwrap();
    assert!(receipt.is_deduplicated);
    assert_eq!((receipt.first_version.get(), receipt.last_position.get()), (1, 2));
}
