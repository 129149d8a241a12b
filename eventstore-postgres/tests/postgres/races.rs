//! Appends that meet an uncommitted change of somebody else.

use crate::support::{self, Fixture};
use eventstore_core::{
    AppendReceipt, Delete, Error, EventLinker, EventWriter, ExpectedVersion, Link, Result, StreamDeleter, StreamName,
};
use sqlx::{Connection, Executor};

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

#[tokio::test]
async fn an_append_sees_a_soft_delete_that_it_waited_for() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let delete = "UPDATE streams SET deleted_at = now() WHERE stream_uuid = 's'";
    let answer = append_during(&fixture, delete, "s", ExpectedVersion::Any).await;
    assert!(matches!(answer, Err(Error::StreamDeleted { .. })), "{answer:?}");
    assert_eq!(counts(&fixture).await, (1, 1));
}

const HARD_DELETE: &str = "SET LOCAL eventstore.enable_hard_deletes = 'on';
    DELETE FROM events WHERE stream_id = (SELECT stream_id FROM streams WHERE stream_uuid = 's');
    DELETE FROM streams WHERE stream_uuid = 's'";

#[tokio::test]
async fn an_append_creates_the_stream_anew_after_a_hard_delete_that_it_waited_for() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    let receipt = append_during(&fixture, HARD_DELETE, "s", ExpectedVersion::Any)
        .await
        .unwrap();
    assert_eq!((receipt.first_version.get(), receipt.first_position.get()), (1, 3));
    assert_eq!(counts(&fixture).await, (1, 3));
}

#[tokio::test]
async fn an_append_to_an_exact_version_is_refused_after_a_hard_delete_that_it_waited_for() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    let answer = append_during(&fixture, HARD_DELETE, "s", ExpectedVersion::Exact(2.into())).await;
    assert!(
        matches!(answer, Err(Error::WrongExpectedVersion { actual: None, .. })),
        "{answer:?}"
    );
    assert_eq!(counts(&fixture).await, (0, 2));
}

const CREATE: &str = "INSERT INTO streams (stream_uuid, stream_version) VALUES ('s', 1);
    UPDATE streams SET stream_version = stream_version + 1 WHERE stream_id = 0;
    INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
    SELECT 1, stream_id, 1, now(), gen_random_uuid(), 'Happened', '' FROM streams WHERE stream_uuid = 's'";

#[tokio::test]
async fn an_append_of_any_version_follows_a_creation_that_it_waited_for() {
    let fixture = Fixture::new().await;
    let receipt = append_during(&fixture, CREATE, "s", ExpectedVersion::Any)
        .await
        .unwrap();
    assert_eq!((receipt.first_version.get(), receipt.first_position.get()), (2, 2));
}

#[tokio::test]
async fn an_append_to_a_new_stream_sees_a_creation_that_it_waited_for() {
    let fixture = Fixture::new().await;
    let answer = append_during(&fixture, CREATE, "s", ExpectedVersion::NoStream).await;
    assert!(
        matches!(answer, Err(Error::StreamExists { version, .. }) if version.get() == 1),
        "{answer:?}"
    );
    assert_eq!(counts(&fixture).await, (1, 1));
}

#[tokio::test]
async fn an_append_to_an_existing_stream_finds_one_whose_creation_it_waited_for() {
    let fixture = Fixture::new().await;
    fixture.append("other", ExpectedVersion::NoStream, 1).await.unwrap();
    let bump = "UPDATE streams SET stream_version = stream_version WHERE stream_uuid = 'other'";
    let receipt = append_during(&fixture, bump, "other", ExpectedVersion::StreamExists)
        .await
        .unwrap();
    assert_eq!(receipt.last_version.get(), 2);
}

#[tokio::test]
async fn an_append_whose_caller_has_gone_leaves_the_pool_in_order() {
    let fixture = Fixture::new().await;
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

const APPEND: &str = "UPDATE streams SET stream_version = stream_version + 1 WHERE stream_uuid = 's';
    UPDATE streams SET stream_version = stream_version + 1 WHERE stream_id = 0;
    INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
    SELECT 2, stream_id, 2, now(), gen_random_uuid(), 'Happened', '' FROM streams WHERE stream_uuid = 's'";

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

#[tokio::test]
async fn a_delete_does_not_take_an_append_unseen_that_it_waited_for() {
    for delete in [Delete::soft(name("s")), Delete::hard(name("s"))] {
        let fixture = Fixture::new().await;
        fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
        let delete = delete.expecting(ExpectedVersion::Exact(1.into()));
        let answer = during(&fixture, APPEND, fixture.store.delete(delete)).await;
        assert!(matches!(answer, Err(Error::WrongExpectedVersion { .. })), "{answer:?}");
        assert_eq!(counts(&fixture).await, (2, 2));
    }
}

#[tokio::test]
async fn a_hard_delete_takes_the_append_along_that_it_waited_for() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    during(&fixture, APPEND, fixture.store.delete(Delete::hard(name("s"))))
        .await
        .unwrap();
    assert_eq!(counts(&fixture).await, (0, 2));
}

#[tokio::test]
async fn a_link_finds_no_event_whose_hard_delete_it_waited_for() {
    let fixture = Fixture::new().await;
    let append = support::append("s", ExpectedVersion::NoStream, 1);
    let ids: Vec<_> = append.event_ids().collect();
    fixture.store.append(append).await.unwrap();
    let link = Link::new(name("links"), ExpectedVersion::Any, ids.clone()).unwrap();
    let answer = during(&fixture, HARD_DELETE, fixture.store.link(link)).await;
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
