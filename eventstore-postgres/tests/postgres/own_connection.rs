//! Calls on a connection of the caller's, in a transaction or without one.

use std::time::Duration;

use eventstore_core::backend::{CheckpointOutcome, Hint, Notifier, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{
    AppendSet, Delete, Deletion, Error, EventId, EventLinker, EventNumber, EventReaderExt, EventType, EventWriter,
    ExpectedVersion, Idempotence, Link, Read, RecordedEvent, Result, Snapshot, SnapshotPolicy, SnapshotStore,
    StreamDeleter, StreamDirectory, StreamName, StreamSelector, SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{Layout, PostgresStore};
use futures_util::TryStreamExt;
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{Fixture, append, in_both_layouts};

in_both_layouts! {
    what_was_done_in_a_transaction_goes_with_it,
    what_was_done_in_a_transaction_is_there_once_it_is_committed,
    a_transaction_sees_what_was_done_in_it,
    others_are_notified_at_the_commit,
    without_a_transaction_each_call_is_one,
    a_refused_call_leaves_the_transaction_usable,
    a_duplicate_leaves_the_transaction_usable,
    a_refused_set_leaves_the_transaction_usable,
    a_repeated_append_in_a_transaction_gives_its_receipt,
    a_hard_delete_leaves_no_permission_in_the_transaction,
    an_abandoned_append_leaves_nothing_in_the_transaction,
    an_abandoned_set_leaves_nothing_in_the_transaction,
    a_transaction_that_failed_is_named,
    a_transaction_begun_by_a_statement_is_refused_before_it_could_be_ended,
    a_conflict_under_a_stricter_isolation_aborts_the_call_only,
    an_append_waits_for_a_transaction_that_appended,
    a_deadlock_between_two_transactions_spares_an_ordinary_append,
}

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

async fn events(store: &PostgresStore, stream: &str) -> Result<Vec<RecordedEvent>> {
    store.read(Read::new(name(stream))).try_collect().await
}

async fn head(store: &PostgresStore) -> u64 {
    store.stream_info(&StreamSelector::All).await.unwrap().version.get()
}

/// One call of every kind: `linked` gets a link, `gone` and `purged` are deleted, `s` grows and has a snapshot.
async fn do_everything(store: &PostgresStore, connection: &mut PgConnection, linked: EventId) -> Result<()> {
    let acquired = store.try_acquire(&projector(), EventNumber::ZERO).await?.unwrap();
    let on = store.on(connection);
    on.append(append("s", ExpectedVersion::NoStream, 2)).await?;
    let set = ["t", "u"].map(|stream| append(stream, ExpectedVersion::Any, 1));
    on.append_set(AppendSet::new(set.into())?).await?;
    on.link(Link::new(name("linked"), ExpectedVersion::NoStream, vec![linked])?)
        .await?;
    on.delete(Delete::new(name("gone"), Deletion::Soft)).await?;
    on.delete(Delete::new(name("purged"), Deletion::Hard)).await?;
    on.undelete(&name("back")).await?;
    on.record_snapshot(snapshot(), SnapshotPolicy::KeepNewest).await?;
    let projector = on.find_or_create_subscription(&projector(), EventNumber::ZERO).await?;
    let token = acquired.lease.token();
    assert_eq!(projector.id, token.id);
    let saved = on.save_checkpoint(token, EventNumber::FIRST).await?;
    assert_eq!(saved, CheckpointOutcome::Saved);
    Ok(())
}

fn snapshot() -> Snapshot {
    Snapshot {
        source: name("s"),
        version: 2.into(),
        snapshot_type: EventType::new("State").unwrap(),
        data: "{}".into(),
        metadata: None,
    }
}

fn projector() -> SubscriptionKey {
    SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("projector").unwrap(),
    }
}

/// A store in which everything can be done; the id of an event to link.
async fn prepared(layout: Layout) -> (Fixture, EventId) {
    let fixture = Fixture::of(layout).await;
    for stream in ["source", "gone", "purged", "back"] {
        fixture.append(stream, ExpectedVersion::NoStream, 1).await.unwrap();
    }
    fixture
        .store
        .delete(Delete::new(name("back"), Deletion::Soft))
        .await
        .unwrap();
    let linked = events(&fixture.store, "source").await.unwrap()[0].event_id;
    (fixture, linked)
}

async fn is_all_done(fixture: &Fixture) -> [bool; 8] {
    let store = &fixture.store;
    let key = projector();
    let checkpoint = "SELECT last_seen FROM subscriptions WHERE subscription_name = $1";
    let checkpoint: Option<i64> = sqlx::query_scalar(checkpoint)
        .bind(key.name.as_str())
        .fetch_optional(&mut fixture.session().await)
        .await
        .unwrap();
    [
        events(store, "s").await.is_ok_and(|events| events.len() == 2),
        events(store, "u").await.is_ok_and(|events| events.len() == 1),
        events(store, "linked").await.is_ok_and(|events| events.len() == 1),
        matches!(events(store, "gone").await, Err(Error::StreamDeleted { .. })),
        matches!(events(store, "purged").await, Err(Error::StreamNotFound { .. })),
        events(store, "back").await.is_ok_and(|events| events.len() == 1),
        store.read_snapshot(&name("s")).await.unwrap().is_some(),
        checkpoint == Some(1),
    ]
}

/// Behaviours: R13.1, R13.3.
async fn what_was_done_in_a_transaction_goes_with_it(layout: Layout) {
    let (fixture, linked) = prepared(layout).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    do_everything(&fixture.store, &mut transaction, linked).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(is_all_done(&fixture).await, [false; 8]);
    assert_eq!(head(&fixture.store).await, 4);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

/// Behaviours: R13.1, R13.3.
async fn what_was_done_in_a_transaction_is_there_once_it_is_committed(layout: Layout) {
    let (fixture, linked) = prepared(layout).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    do_everything(&fixture.store, &mut transaction, linked).await.unwrap();
    assert_eq!(is_all_done(&fixture).await, [false; 8]);
    transaction.commit().await.unwrap();
    assert_eq!(is_all_done(&fixture).await, [true; 8]);
    assert_eq!(head(&fixture.store).await, 8);
}

/// Behaviours: R2.19, R13.1.
async fn a_transaction_sees_what_was_done_in_it(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let on = fixture.store.on(&mut transaction);
    on.append(append("s", ExpectedVersion::NoStream, 2)).await.unwrap();
    on.append(append("s", ExpectedVersion::Exact(2.into()), 1))
        .await
        .unwrap();
    let events: Vec<_> = on.numbered(Read::all()).try_collect().await.unwrap();
    assert_eq!(events.len(), 3);
    let error = on.append(append("s", ExpectedVersion::NoStream, 1)).await.unwrap_err();
    assert!(
        matches!(error, Error::StreamAlreadyExists { version, .. } if version == 3.into()),
        "{error}"
    );
}

/// Behaviours: R9.5, R13.3.
async fn others_are_notified_at_the_commit(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut listener = fixture.store.listen(&name("s").into());
    assert_eq!(listener.hint().await, Some(Hint::Unknown));
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let on = fixture.store.on(&mut transaction);
    on.append(append("s", ExpectedVersion::NoStream, 3)).await.unwrap();
    // What another session commits afterwards is told first.
    let mut other = fixture.store.listen(&name("other").into());
    let notify = "SELECT pg_notify('public.events', 'other,7,1,1')";
    fixture.session().await.execute(notify).await.unwrap();
    assert_eq!(other.hint().await, Some(Hint::UpTo(1.into())));
    assert!(timeout(Duration::ZERO, listener.hint()).await.is_err());
    transaction.commit().await.unwrap();
    assert_eq!(listener.hint().await, Some(Hint::UpTo(3.into())));
}

/// Behaviours: R13.1.
async fn without_a_transaction_each_call_is_one(layout: Layout) {
    let (fixture, linked) = prepared(layout).await;
    let mut session = fixture.session().await;
    do_everything(&fixture.store, &mut session, linked).await.unwrap();
    assert_eq!(is_all_done(&fixture).await, [true; 8]);
    let on = fixture.store.on(&mut session);
    let error = on.append(append("s", ExpectedVersion::NoStream, 1)).await.unwrap_err();
    assert!(matches!(error, Error::StreamAlreadyExists { .. }), "{error}");
    on.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
}

/// Behaviours: R13.4, R13.5, T24.
async fn a_refused_call_leaves_the_transaction_usable(layout: Layout) {
    let (fixture, linked) = prepared(layout).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let on = fixture.store.on(&mut transaction);
    let stale = on.append(append("source", ExpectedVersion::Exact(9.into()), 1)).await;
    assert!(matches!(stale, Err(Error::WrongExpectedVersion { .. })), "{stale:?}");
    let missing = on.append(append("missing", ExpectedVersion::StreamExists, 1)).await;
    assert!(matches!(missing, Err(Error::StreamNotFound { .. })), "{missing:?}");
    let unknown = Link::new(
        name("linked"),
        ExpectedVersion::Any,
        vec![linked, Uuid::now_v7().into()],
    )
    .unwrap();
    let unknown = on.link(unknown).await;
    assert!(matches!(unknown, Err(Error::EventsNotFound { .. })), "{unknown:?}");
    let absent = on.delete(Delete::new(name("missing"), Deletion::Hard)).await;
    assert!(matches!(absent, Err(Error::StreamNotFound { .. })), "{absent:?}");
    let absent = on.delete(Delete::new(name("missing"), Deletion::Soft)).await;
    assert!(matches!(absent, Err(Error::StreamNotFound { .. })), "{absent:?}");
    do_everything(&fixture.store, &mut transaction, linked).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(is_all_done(&fixture).await, [true; 8]);
}

/// Behaviours: R13.4, R13.5, T24.
async fn a_duplicate_leaves_the_transaction_usable(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let first = append("s", ExpectedVersion::NoStream, 2);
    let ids: Vec<_> = first.event_ids().collect();
    fixture.store.append(first.clone()).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let on = fixture.store.on(&mut transaction);
    let again = eventstore_core::Append::new(name("t"), ExpectedVersion::Any, first.events().to_vec()).unwrap();
    let error = on.append(again).await.unwrap_err();
    assert!(
        matches!(error, Error::DuplicateEvent { event_id } if event_id == ids[0]),
        "{error}"
    );
    let link = Link::new(name("s"), ExpectedVersion::Any, ids).unwrap();
    let error = on.link(link).await.unwrap_err();
    assert!(matches!(error, Error::DuplicateEvent { .. }), "{error}");
    on.append(append("t", ExpectedVersion::NoStream, 1)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(events(&fixture.store, "t").await.unwrap().len(), 1);
    assert_eq!(head(&fixture.store).await, 3);
}

/// Behaviours: R13.5, T24.
async fn a_refused_set_leaves_the_transaction_usable(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let on = fixture.store.on(&mut transaction);
    on.append(append("before", ExpectedVersion::NoStream, 1)).await.unwrap();
    let set = vec![
        append("a", ExpectedVersion::NoStream, 1),
        append("b", ExpectedVersion::StreamExists, 1),
    ];
    let error = on.append_set(AppendSet::new(set).unwrap()).await.unwrap_err();
    assert!(
        matches!(&error, Error::StreamNotFound { stream } if stream.as_str() == "b"),
        "{error}"
    );
    on.append(append("after", ExpectedVersion::NoStream, 1)).await.unwrap();
    transaction.commit().await.unwrap();
    let missing = events(&fixture.store, "a").await.unwrap_err();
    assert!(matches!(missing, Error::StreamNotFound { .. }), "{missing}");
    assert_eq!(head(&fixture.store).await, 2);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

async fn a_repeated_append_in_a_transaction_gives_its_receipt(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let append = append("s", ExpectedVersion::NoStream, 3).with_idempotence(Idempotence::ByIds);
    let receipt = fixture.store.append(append.clone()).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let repeated = fixture.store.on(&mut transaction).append(append).await.unwrap();
    assert!(repeated.is_deduplicated);
    assert_eq!(repeated.first_position, receipt.first_position);
    transaction.commit().await.unwrap();
    assert_eq!(head(&fixture.store).await, 3);
}

/// Behaviours: R4.20, T1.
async fn a_hard_delete_leaves_no_permission_in_the_transaction(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    fixture
        .store
        .on(&mut transaction)
        .delete(Delete::new(name("s"), Deletion::Hard))
        .await
        .unwrap();
    let refused = transaction.execute("DELETE FROM events").await;
    assert!(refused.is_err());
}

/// Begins a call on a transaction while another session holds the row of `s`, and drops it while it waits.
macro_rules! abandon {
    ($fixture:expr, $transaction:expr, |$on:ident| $call:expr) => {{
        let mut holder = $fixture.session().await;
        let mut held = holder.begin().await.unwrap();
        held.execute("SELECT FROM streams WHERE stream_uuid = 's' FOR UPDATE")
            .await
            .unwrap();
        {
            let $on = $fixture.store.on(&mut $transaction);
            tokio::select! {
                answer = $call => panic!("it did not wait: {answer:?}"),
                () = $fixture.somebody_waits_for_a_lock() => {}
            }
        }
        held.rollback().await.unwrap();
    }};
}

async fn an_abandoned_append_leaves_nothing_in_the_transaction(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    abandon!(fixture, transaction, |on| on.append(append(
        "s",
        ExpectedVersion::Any,
        1
    )));
    let on = fixture.store.on(&mut transaction);
    on.append(append("t", ExpectedVersion::NoStream, 1)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(events(&fixture.store, "s").await.unwrap().len(), 1);
    assert_eq!(head(&fixture.store).await, 2);
}

async fn an_abandoned_set_leaves_nothing_in_the_transaction(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let set = ["a", "s"].map(|stream| append(stream, ExpectedVersion::Any, 1));
    let set = AppendSet::new(set.into()).unwrap();
    abandon!(fixture, transaction, |on| on.append_set(set));
    let on = fixture.store.on(&mut transaction);
    on.append(append("t", ExpectedVersion::NoStream, 1)).await.unwrap();
    transaction.commit().await.unwrap();
    let missing = events(&fixture.store, "a").await.unwrap_err();
    assert!(matches!(missing, Error::StreamNotFound { .. }), "{missing}");
    assert_eq!(events(&fixture.store, "s").await.unwrap().len(), 1);
    assert_eq!(head(&fixture.store).await, 2);
}

fn names_the_connection(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidInput {
            argument: "connection",
            ..
        }
    )
}

async fn a_transaction_that_failed_is_named(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction.execute("SELECT 1 / 0").await.unwrap_err();
    let on = fixture.store.on(&mut transaction);
    let error = on.append(append("s", ExpectedVersion::Any, 1)).await.unwrap_err();
    assert!(names_the_connection(&error), "{error}");
    let set = AppendSet::new(vec![append("s", ExpectedVersion::Any, 1)]).unwrap();
    let error = on.append_set(set).await.unwrap_err();
    assert!(names_the_connection(&error), "{error}");
    let error = on.stream_info(&StreamSelector::All).await.unwrap_err();
    assert!(names_the_connection(&error), "{error}");
    assert!(
        transaction.execute("SELECT 1").await.is_err(),
        "the transaction was ended"
    );
    assert_eq!(head(&fixture.store).await, 0);
}

async fn a_transaction_begun_by_a_statement_is_refused_before_it_could_be_ended(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    session.execute("BEGIN; CREATE TABLE mine (id int)").await.unwrap();
    let on = fixture.store.on(&mut session);
    let set = ["a", "b"].map(|stream| append(stream, ExpectedVersion::Any, 1));
    let error = on.append_set(AppendSet::new(set.into()).unwrap()).await.unwrap_err();
    assert!(names_the_connection(&error), "{error}");
    let error = on.delete(Delete::new(name("s"), Deletion::Hard)).await.unwrap_err();
    assert!(names_the_connection(&error), "{error}");
    on.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    session.execute("ROLLBACK").await.unwrap();
    let mine: Option<String> = sqlx::query_scalar("SELECT to_regclass('mine')::text")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(mine, None);
    assert_eq!(head(&fixture.store).await, 1);
}

/// Behaviours: R13.8.
async fn a_conflict_under_a_stricter_isolation_aborts_the_call_only(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .await
        .unwrap();
    transaction.execute("CREATE TABLE mine (id int)").await.unwrap();
    fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
    let on = fixture.store.on(&mut transaction);
    let error = on.append(append("s", ExpectedVersion::Any, 1)).await.unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error}");
    transaction.execute("SELECT FROM mine").await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(head(&fixture.store).await, 2);
}

/// Behaviours: R13.6, T23.
async fn an_append_waits_for_a_transaction_that_appended(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let on = fixture.store.on(&mut transaction);
    on.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    let commit = async {
        fixture.somebody_waits_for_a_lock().await;
        transaction.commit().await.unwrap();
    };
    let (receipt, ()) = tokio::join!(fixture.append("unrelated", ExpectedVersion::Any, 1), commit);
    assert_eq!(receipt.unwrap().first_position, 2.into());
}

/// The transaction holds `$all` and wants `s`, which the append holds while it waits for `$all`.
///
/// Behaviours: R13.7, T23.
async fn a_deadlock_between_two_transactions_spares_an_ordinary_append(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let first = append("t", ExpectedVersion::NoStream, 1);
    fixture.store.on(&mut transaction).append(first).await.unwrap();
    let in_transaction = async {
        fixture.somebody_waits_for_a_lock().await;
        let second = append("s", ExpectedVersion::Any, 1);
        let answer = fixture.store.on(&mut transaction).append(second).await;
        transaction.commit().await.unwrap();
        answer
    };
    let (ordinary, second) = tokio::join!(fixture.append("s", ExpectedVersion::Any, 1), in_transaction);
    ordinary.unwrap();
    let appended = match second {
        Ok(_) => 4,
        Err(Error::Aborted { .. }) => 3,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(head(&fixture.store).await, appended);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
    assert_eq!(events(&fixture.store, "t").await.unwrap().len(), 1);
}
