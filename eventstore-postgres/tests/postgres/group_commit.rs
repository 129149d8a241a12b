//! Appends that are called at the same time share a transaction, and nothing else.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::time::Duration;

use eventstore_core::backend::{NumberedEvent, PageRequest};
use eventstore_core::{
    Append, AppendReceipt, Delete, Deletion, Direction, Error, EventReader, EventType, EventWriter, ExpectedVersion,
    Idempotence, NewEvent, Result, StreamDeleter, StreamName, StreamSelector,
};
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore};
use futures_util::future::join_all;
use futures_util::poll;
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{Fixture, append, in_both_layouts};

use ExpectedVersion::{Any, Exact, NoStream, StreamExists};

const LOCK_ALL: &str = "SELECT FROM streams WHERE stream_id = 0 FOR UPDATE";

/// Longer than a transaction of several appends waits for a lock.
const LONG: Duration = Duration::from_secs(10);

/// A store whose transactions wait for a lock as long as a test may hold it.
async fn waiting_store(layout: Layout, data_type: DataType) -> Fixture {
    let configure = |config: PostgresConfig| config.enable_hard_deletes().with_lock_timeout(LONG);
    Fixture::with(layout, data_type, configure).await
}

/// How long the transactions of an impatient store wait for a stream, and what is certain to be longer.
const BRIEF: Duration = Duration::from_millis(20);
const MUCH_LONGER_THAN_BRIEF: Duration = Duration::from_millis(200);

async fn impatient_store(layout: Layout) -> Fixture {
    let configure = |config: PostgresConfig| config.with_lock_timeout(BRIEF);
    Fixture::with(layout, DataType::Bytea, configure).await
}

in_both_layouts! {
    appends_that_come_during_a_commit_share_the_next_one,
    each_append_of_a_transaction_has_its_own_outcome,
    a_stored_id_fails_the_append_that_holds_it,
    a_repeated_append_gets_its_first_receipt_beside_others,
    a_held_stream_holds_up_nobody_else,
    a_stream_that_somebody_is_creating_holds_up_nobody_else,
    an_append_whose_caller_goes_away_in_the_queue_is_not_made,
    an_append_whose_caller_goes_away_in_its_transaction_is_made_once,
    every_caller_learns_that_the_connection_was_lost,
    closing_waits_for_what_was_called_and_refuses_the_rest,
    appends_to_one_stream_share_a_transaction_in_their_order,
    sets_and_groups_that_create_the_same_streams_end,
    receipts_beside_refused_appends_tell_where_the_events_stand,
    repeats_that_come_over_and_over_fail_nobody_else,
    who_holds_all_events_is_waited_for_by_whole_transactions,
    a_held_stream_leaves_a_pool_of_one_connection_to_others,
    a_repeated_append_need_not_wait_for_those_that_wait_for_streams,
    a_caller_that_goes_away_takes_back_what_was_not_appended,
    an_append_that_the_database_refuses_fails_alone,
}

type Answer<'s> = Pin<Box<dyn Future<Output = Result<AppendReceipt>> + Send + 's>>;

/// Appends that wait for a transaction under way, so that the next one is theirs together.
struct Queue<'s> {
    store: &'s PostgresStore,
    gate: PgConnection,
    first: Answer<'s>,
    queued: Vec<Answer<'s>>,
}

impl<'s> Queue<'s> {
    /// Holds `$all`, for which an append waits.
    async fn behind_an_append(fixture: &'s Fixture) -> Self {
        let mut gate = fixture.session().await;
        sqlx::raw_sql("BEGIN").execute(&mut gate).await.unwrap();
        sqlx::raw_sql(LOCK_ALL).execute(&mut gate).await.unwrap();
        let mut queue = Self {
            store: &fixture.store,
            gate,
            first: fixture.store.append(append("first", Any, 1)),
            queued: Vec::new(),
        };
        assert!(poll!(&mut queue.first).is_pending());
        fixture.somebody_waits_for_a_lock().await;
        queue
    }

    async fn push(&mut self, append: Append) {
        let mut answer = self.store.append(append);
        assert!(poll!(&mut answer).is_pending());
        self.queued.push(answer);
    }

    /// Lets the first append go, and then those that wait.
    async fn answers(mut self) -> Vec<Result<AppendReceipt>> {
        sqlx::raw_sql("ROLLBACK").execute(&mut self.gate).await.unwrap();
        self.first.await.unwrap();
        join_all(self.queued).await
    }
}

/// How many transactions have put events into the tables.
async fn transactions(fixture: &Fixture) -> i64 {
    sqlx::query_scalar("SELECT count(DISTINCT xmin::text) FROM events")
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap()
}

async fn versions(fixture: &Fixture, stream: &str) -> Option<i64> {
    sqlx::query_scalar("SELECT stream_version FROM streams WHERE stream_uuid = $1")
        .bind(stream)
        .fetch_optional(&mut fixture.session().await)
        .await
        .unwrap()
}

async fn is_sound(fixture: &Fixture) -> bool {
    // The store of the fixture may have been closed.
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    store.verify().await.unwrap().is_empty()
}

async fn appends_that_come_during_a_commit_share_the_next_one(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    fixture.append("old", NoStream, 2).await.unwrap();
    let mut queue = Queue::behind_an_append(&fixture).await;
    for (stream, expected) in [
        ("old", Exact(2.into())),
        ("new", NoStream),
        ("any", Any),
        ("zero", Exact(0.into())),
    ] {
        queue.push(append(stream, expected, 3)).await;
    }
    let receipts = queue.answers().await.into_iter().collect::<Result<Vec<_>>>().unwrap();
    let placed = |receipt: &AppendReceipt| (receipt.first_version.get(), receipt.last_version.get());
    assert_eq!(
        receipts.iter().map(placed).collect::<Vec<_>>(),
        [(3, 5), (1, 3), (1, 3), (1, 3)]
    );
    let mut positions: Vec<_> = receipts
        .iter()
        .flat_map(|receipt| receipt.first_position.get()..=receipt.last_position.get())
        .collect();
    positions.sort_unstable();
    assert_eq!(positions, (4..=15).collect::<Vec<_>>());
    assert_eq!(transactions(&fixture).await, 3);
    assert!(is_sound(&fixture).await);
}

async fn each_append_of_a_transaction_has_its_own_outcome(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    for stream in ["moved", "exists", "deleted", "fine"] {
        fixture.append(stream, NoStream, 2).await.unwrap();
    }
    let deleted = StreamName::new("deleted").unwrap();
    fixture
        .store
        .delete(Delete::new(deleted, Deletion::Soft))
        .await
        .unwrap();
    let mut queue = Queue::behind_an_append(&fixture).await;
    for (stream, expected) in [
        ("moved", Exact(1.into())),
        ("exists", NoStream),
        ("deleted", Any),
        ("missing", StreamExists),
        ("fine", Exact(2.into())),
        ("created", Any),
    ] {
        queue.push(append(stream, expected, 1)).await;
    }
    let answers = queue.answers().await;
    assert!(matches!(&answers[0], Err(Error::WrongExpectedVersion { actual: Some(at), .. }) if at.get() == 2));
    assert!(matches!(&answers[1], Err(Error::StreamAlreadyExists { .. })));
    assert!(matches!(&answers[2], Err(Error::StreamDeleted { .. })));
    assert!(matches!(&answers[3], Err(Error::StreamNotFound { .. })));
    assert_eq!(answers[4].as_ref().unwrap().last_version.get(), 3);
    assert_eq!(answers[5].as_ref().unwrap().last_version.get(), 1);
    assert_eq!(
        answers[5]
            .as_ref()
            .unwrap()
            .last_position
            .get()
            .max(answers[4].as_ref().unwrap().last_position.get()),
        11
    );
    assert!(is_sound(&fixture).await);
}

/// Behaviours: R1.26.
async fn a_stored_id_fails_the_append_that_holds_it(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    let stored = append("stored", Any, 2);
    fixture.store.append(stored.clone()).await.unwrap();
    let mut queue = Queue::behind_an_append(&fixture).await;
    for number in 0..5 {
        queue.push(append(&format!("s{number}"), Any, 2)).await;
    }
    let copied = Append::new(StreamName::new("copy").unwrap(), Any, stored.events().to_vec()).unwrap();
    queue.push(copied).await;
    let mut answers = queue.answers().await;
    let refused = answers.pop().unwrap().unwrap_err();
    assert!(matches!(refused, Error::DuplicateEvent { event_id } if Some(event_id) == stored.event_ids().next()));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(versions(&fixture, "copy").await, None);
    assert!(is_sound(&fixture).await);
}

async fn a_repeated_append_gets_its_first_receipt_beside_others(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    let repeated = append("repeated", NoStream, 2).with_idempotence(Idempotence::ByIds);
    let any = append("any", Any, 2).with_idempotence(Idempotence::ByIds);
    let first = fixture.store.append(repeated.clone()).await.unwrap();
    fixture.store.append(any.clone()).await.unwrap();
    let mut queue = Queue::behind_an_append(&fixture).await;
    queue.push(repeated).await;
    queue.push(append("other", Any, 1)).await;
    queue.push(any).await;
    let answers = queue.answers().await.into_iter().collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(
        answers[0],
        AppendReceipt {
            is_deduplicated: true,
            ..first
        }
    );
    assert!(!answers[1].is_deduplicated && answers[2].is_deduplicated);
    assert!(is_sound(&fixture).await);
}

async fn a_held_stream_holds_up_nobody_else(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("held", NoStream, 1).await.unwrap();
    let mut holder = fixture.session().await;
    let holding = hold(&mut holder, "held").await;
    let held = {
        let mut queue = Queue::behind_an_append(&fixture).await;
        for stream in ["held", "a", "held", "b"] {
            queue.push(append(stream, Any, 1)).await;
        }
        sqlx::raw_sql("ROLLBACK").execute(&mut queue.gate).await.unwrap();
        queue.first.await.unwrap();
        let mut held = Vec::new();
        for (stream, mut answer) in ["held", "a", "held", "b"].into_iter().zip(queue.queued) {
            match stream {
                "held" => held.push(answer),
                _ => drop(timeout(LONG, &mut answer).await.unwrap().unwrap()),
            }
        }
        held
    };
    // Those that come later are held up as little.
    for number in 0..20 {
        let stream = format!("later-{number}");
        timeout(LONG, fixture.append(&stream, Any, 1)).await.unwrap().unwrap();
    }
    let mut held = join_all(held);
    assert!(poll!(&mut held).is_pending());
    holding.commit().await.unwrap();
    let last: Vec<_> = held
        .await
        .into_iter()
        .map(|receipt| receipt.unwrap().last_version.get())
        .collect();
    assert_eq!(last, [2, 3]);
    assert!(is_sound(&fixture).await);
}

async fn a_stream_that_somebody_is_creating_holds_up_nobody_else(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut creator = fixture.session().await;
    let mut creating = creator.begin().await.unwrap();
    sqlx::raw_sql("INSERT INTO streams (stream_uuid) VALUES ('new')")
        .execute(&mut *creating)
        .await
        .unwrap();
    let mut queue = Queue::behind_an_append(&fixture).await;
    for stream in ["new", "a", "b"] {
        queue.push(append(stream, Any, 1)).await;
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut queue.gate).await.unwrap();
    queue.first.await.unwrap();
    let mut answers = queue.queued.into_iter();
    let mut new = answers.next().unwrap();
    for other in timeout(LONG, join_all(answers)).await.unwrap() {
        other.unwrap();
    }
    assert!(poll!(&mut new).is_pending());
    creating.commit().await.unwrap();
    assert_eq!(new.await.unwrap().last_version.get(), 1);
    assert!(is_sound(&fixture).await);
}

async fn an_append_whose_caller_goes_away_in_the_queue_is_not_made(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    let mut queue = Queue::behind_an_append(&fixture).await;
    queue.push(append("left", Any, 1)).await;
    queue.push(append("stays", Any, 1)).await;
    drop(queue.queued.remove(0));
    assert!(queue.answers().await.iter().all(Result::is_ok));
    assert_eq!(versions(&fixture, "left").await, None);
    assert_eq!(versions(&fixture, "stays").await, Some(1));
}

async fn an_append_whose_caller_goes_away_in_its_transaction_is_made_once(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    let mut queue = Queue::behind_an_append(&fixture).await;
    drop(queue.first);
    sqlx::raw_sql("ROLLBACK").execute(&mut queue.gate).await.unwrap();
    fixture.append("next", Any, 1).await.unwrap();
    fixture.store.close().await;
    assert_eq!(versions(&fixture, "first").await, Some(1));
    assert!(is_sound(&fixture).await);
}

async fn every_caller_learns_that_the_connection_was_lost(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    let mut holder = fixture.session().await;
    let mut holding = holder.begin().await.unwrap();
    let mut queue = Queue::behind_an_append(&fixture).await;
    for number in 0..5 {
        queue.push(append(&format!("s{number}"), Any, 1)).await;
    }
    // The group waits for `$all`, which another session takes once the first append is through.
    let next = sqlx::raw_sql(LOCK_ALL).execute(&mut *holding);
    let (_, first) = tokio::join!(next, async {
        fixture.sessions_wait_for_locks(2).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut queue.gate).await.unwrap();
        queue.first.await
    });
    first.unwrap();
    let mut answers = join_all(queue.queued);
    assert!(poll!(&mut answers).is_pending());
    fixture.somebody_waits_for_a_lock().await;
    fixture.terminate("pool").await;
    for answer in answers.await {
        assert!(matches!(answer, Err(Error::OutcomeUnknown { .. })), "{answer:?}");
    }
    holding.rollback().await.unwrap();
    fixture.append("s0", NoStream, 1).await.unwrap();
    assert!(is_sound(&fixture).await);
}

async fn closing_waits_for_what_was_called_and_refuses_the_rest(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    let mut queue = Queue::behind_an_append(&fixture).await;
    queue.push(append("queued", Any, 1)).await;
    let mut closed = Box::pin(fixture.store.close());
    assert!(poll!(&mut closed).is_pending());
    let late = fixture.append("late", Any, 1).await.unwrap_err();
    assert!(matches!(late, Error::StoreClosed), "{late}");
    let (answers, ()) = tokio::join!(queue.answers(), closed);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(
        (versions(&fixture, "queued").await, versions(&fixture, "late").await),
        (Some(1), None)
    );
}

async fn appends_to_one_stream_share_a_transaction_in_their_order(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    let mut queue = Queue::behind_an_append(&fixture).await;
    for events in 1..=5 {
        queue.push(append("hot", Any, events)).await;
    }
    let receipts = queue.answers().await.into_iter().collect::<Result<Vec<_>>>().unwrap();
    let placed = |receipt: &AppendReceipt| {
        let version = receipt.first_version.get();
        (
            version,
            receipt.last_version.get(),
            receipt.first_position.get() - version,
        )
    };
    let placed: Vec<_> = receipts.iter().map(placed).collect();
    assert_eq!(placed, [(1, 1, 1), (2, 3, 1), (4, 6, 1), (7, 10, 1), (11, 15, 1)]);
    assert_eq!(transactions(&fixture).await, 2);
    assert!(is_sound(&fixture).await);
}

/// Where the events of an append are in the tables: version and position of each, in the order of its events.
async fn places(fixture: &Fixture, append: &Append) -> Vec<(i64, i64)> {
    let mut stored = Vec::new();
    for selector in [append.stream().clone().into(), StreamSelector::All] {
        let page = PageRequest::new(selector, Direction::Forward, 1.into(), 1_000);
        stored.push(fixture.store.read_page(page).await.unwrap().events);
    }
    let number = |events: &[NumberedEvent], id| {
        let event = events.iter().find(|event| event.event_id == id);
        event.map_or(0, |event| event.number.as_i64())
    };
    let ids = append.event_ids();
    ids.map(|id| (number(&stored[0], id), number(&stored[1], id))).collect()
}

fn told_places(receipt: &AppendReceipt) -> Vec<(i64, i64)> {
    let versions = receipt.first_version.as_i64()..=receipt.last_version.as_i64();
    let positions = receipt.first_position.as_i64()..=receipt.last_position.as_i64();
    versions.zip(positions).collect()
}

async fn receipts_beside_refused_appends_tell_where_the_events_stand(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    for stream in ["a", "b", "c", "d", "e"] {
        fixture.append(stream, NoStream, 2).await.unwrap();
    }
    let mut queue = Queue::behind_an_append(&fixture).await;
    let appends = [
        append("a", Exact(1.into()), 2),
        append("b", Any, 2),
        append("c", Exact(7.into()), 1),
        append("d", Any, 1),
        append("d", Any, 3),
        append("e", StreamExists, 1),
    ];
    for append in &appends {
        queue.push(append.clone()).await;
    }
    let answers = queue.answers().await;
    for (append, answer) in appends.iter().zip(&answers) {
        match append.stream().as_str() {
            "a" | "c" => assert!(matches!(answer, Err(Error::WrongExpectedVersion { .. })), "{answer:?}"),
            _ => assert_eq!(told_places(answer.as_ref().unwrap()), places(&fixture, append).await),
        }
    }
    // Five times two events, the append that the others waited for, and one transaction for those that passed.
    assert_eq!(transactions(&fixture).await, 7);
    assert!(is_sound(&fixture).await);
}

async fn repeats_that_come_over_and_over_fail_nobody_else(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let stored: Vec<_> = (0..60)
        .map(|number| append(&format!("stored-{number}"), Any, 1).with_idempotence(Idempotence::ByIds))
        .collect();
    for append in &stored {
        fixture.store.append(append.clone()).await.unwrap();
    }
    let repeat = async |append: &Append| {
        for _ in 0..20 {
            let answer = fixture.store.append(append.clone()).await;
            assert!(answer.unwrap().is_deduplicated);
        }
    };
    let others = async |caller: usize| {
        for _ in 0..10 {
            fixture.append(&format!("s{caller}"), Any, 1).await.unwrap();
        }
    };
    tokio::join!(join_all(stored.iter().map(&repeat)), join_all((0..8).map(others)));
    assert_eq!(versions(&fixture, "stored-59").await, Some(1));
    assert_eq!(versions(&fixture, "s7").await, Some(10));
    assert!(is_sound(&fixture).await);
}

/// Sets hold what they have locked while they wait for what they create.
async fn sets_and_groups_that_create_the_same_streams_end(layout: Layout) {
    use eventstore_core::AppendSet;

    let fixture = Fixture::of(layout).await;
    let names = |round: usize| ["a", "b", "c", "d"].map(|name| format!("{name}-{}", round / 2));
    let rounds = join_all((0..40).map(|round| {
        let store = fixture.store.clone();
        async move {
            let appends = names(round).map(|name| append(&name, Any, 1));
            if round % 4 == 0 {
                store
                    .append_set(AppendSet::new(appends.to_vec()).unwrap())
                    .await
                    .unwrap();
            } else {
                let appends = appends.into_iter().rev().map(|append| store.append(append));
                assert!(join_all(appends).await.iter().all(Result::is_ok));
            }
        }
    }));
    timeout(LONG * 3, rounds).await.unwrap();
    assert!(is_sound(&fixture).await);
}

async fn who_holds_all_events_is_waited_for_by_whole_transactions(layout: Layout) {
    let fixture = impatient_store(layout).await;
    fixture.append("old", NoStream, 1).await.unwrap();
    let mut holder = fixture.session().await;
    let mut holding = holder.begin().await.unwrap();
    let mut queue = Queue::behind_an_append(&fixture).await;
    fixture.somebody_has_waited_for_a_lock(MUCH_LONGER_THAN_BRIEF).await;
    for (stream, expected) in [("old", Exact(1.into())), ("new", Any), ("other", NoStream)] {
        queue.push(append(stream, expected, 1)).await;
    }
    let next = sqlx::raw_sql(LOCK_ALL).execute(&mut *holding);
    let (_, first) = tokio::join!(next, async {
        fixture.sessions_wait_for_locks(2).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut queue.gate).await.unwrap();
        queue.first.await
    });
    first.unwrap();
    fixture.somebody_has_waited_for_a_lock(MUCH_LONGER_THAN_BRIEF).await;
    holding.rollback().await.unwrap();
    for answer in join_all(queue.queued).await {
        answer.unwrap();
    }
    assert_eq!(transactions(&fixture).await, 3);
    assert!(is_sound(&fixture).await);
}

/// Somebody else's transaction that holds a stream.
async fn hold<'c>(holder: &'c mut PgConnection, stream: &str) -> Transaction<'c, Postgres> {
    let mut holding = holder.begin().await.unwrap();
    sqlx::query("UPDATE streams SET created_at = created_at WHERE stream_uuid = $1")
        .bind(stream)
        .execute(&mut *holding)
        .await
        .unwrap();
    holding
}

async fn a_held_stream_leaves_a_pool_of_one_connection_to_others(layout: Layout) {
    let configure = |config: PostgresConfig| config.with_pool_size(NonZeroUsize::MIN);
    let fixture = Fixture::with(layout, DataType::Bytea, configure).await;
    fixture.append("held", NoStream, 1).await.unwrap();
    let mut holder = fixture.session().await;
    let holding = hold(&mut holder, "held").await;
    let mut held = fixture.store.append(append("held", Any, 1));
    assert!(poll!(&mut held).is_pending());
    let others = async {
        for version in 0..5 {
            fixture.append("other", Exact(version.into()), 1).await.unwrap();
        }
    };
    timeout(LONG, others).await.unwrap();
    assert!(poll!(&mut held).is_pending());
    holding.commit().await.unwrap();
    assert_eq!(held.await.unwrap().last_version.get(), 2);
}

async fn a_repeated_append_need_not_wait_for_those_that_wait_for_streams(layout: Layout) {
    let configure = |config: PostgresConfig| config.with_pool_size(NonZeroUsize::new(3).unwrap());
    let fixture = Fixture::with(layout, DataType::Bytea, configure).await;
    fixture.append("held", NoStream, 1).await.unwrap();
    let repeated = append("repeated", NoStream, 1).with_idempotence(Idempotence::ByIds);
    let first = fixture.store.append(repeated.clone()).await.unwrap();
    let mut holder = fixture.session().await;
    let holding = hold(&mut holder, "held").await;
    let mut held = fixture.store.append(append("held", Any, 1));
    assert!(poll!(&mut held).is_pending());
    let others = join_all([repeated, append("other", Any, 1)].map(|append| fixture.store.append(append)));
    let mut answers = timeout(LONG, others).await.unwrap();
    assert!(answers.remove(1).is_ok());
    assert_eq!(answers.remove(0).unwrap().last_position, first.last_position);
    holding.rollback().await.unwrap();
    held.await.unwrap();
}

async fn a_caller_that_goes_away_takes_back_what_was_not_appended(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("held", NoStream, 1).await.unwrap();
    let mut holder = fixture.session().await;
    let mut queue = Queue::behind_an_append(&fixture).await;
    let holding = hold(&mut holder, "held").await;
    for stream in ["held", "other"] {
        queue.push(append(stream, Any, 1)).await;
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut queue.gate).await.unwrap();
    queue.first.await.unwrap();
    fixture.somebody_waits_for_a_lock().await;
    drop(queue.queued.remove(0));
    queue.queued.remove(0).await.unwrap();
    holding.rollback().await.unwrap();
    fixture.store.close().await;
    assert_eq!(versions(&fixture, "held").await, Some(1));
    assert!(is_sound(&fixture).await);
}

/// A trigger that another application has added to the tables of the store: it refuses events of these types, in these ways.
const REFUSE: &str = "
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $function$
    BEGIN
        IF NEW.event_type = 'Refused' THEN RAISE EXCEPTION 'not here'; END IF;
        IF NEW.event_type = 'Aborted' THEN RAISE EXCEPTION 'not now' USING ERRCODE = 'serialization_failure'; END IF;
        RETURN NEW;
    END;
    $function$;
    CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse();
    -- Its next event would get a version that is taken.
    UPDATE streams SET stream_version = 0 WHERE stream_uuid = 'damaged'";

async fn an_append_that_the_database_refuses_fails_alone(layout: Layout) {
    let fixture = waiting_store(layout, DataType::Bytea).await;
    fixture.append("damaged", NoStream, 1).await.unwrap();
    sqlx::raw_sql(REFUSE)
        .execute(&mut fixture.session().await)
        .await
        .unwrap();
    let of_type = |event_type: &str| {
        let event = NewEvent::new(Uuid::now_v7(), EventType::new(event_type).unwrap(), "{}");
        Append::new(StreamName::new(event_type).unwrap(), Any, vec![event]).unwrap()
    };
    let mut queue = Queue::behind_an_append(&fixture).await;
    for culprit in [of_type("Refused"), of_type("Aborted"), append("damaged", Any, 1)] {
        queue.push(culprit).await;
    }
    for number in 0..8 {
        queue.push(append(&format!("s{number}"), Any, 2)).await;
    }
    let mut answers = queue.answers().await.into_iter();
    assert!(matches!(answers.next(), Some(Err(Error::Storage { .. }))));
    assert!(matches!(answers.next(), Some(Err(Error::Aborted { .. }))));
    assert!(matches!(answers.next(), Some(Err(Error::Storage { .. }))));
    assert!(answers.all(|answer| answer.is_ok()));
}

/// The server refuses the value, and all that is beside it, without telling which one it is.
#[tokio::test]
async fn a_value_that_the_server_refuses_fails_only_its_append() {
    for layout in [Layout::Compact, Layout::Original] {
        let fixture = waiting_store(layout, DataType::Jsonb).await;
        let mut queue = Queue::behind_an_append(&fixture).await;
        let poisoned = Uuid::now_v7();
        for number in 0..7 {
            if number == 3 {
                let event = NewEvent::new(poisoned, EventType::new("Happened").unwrap(), "{broken");
                queue
                    .push(Append::new(StreamName::new("bad").unwrap(), Any, vec![event]).unwrap())
                    .await;
            }
            queue.push(append(&format!("s{number}"), Any, 2)).await;
        }
        let mut answers = queue.answers().await;
        let refused = answers.remove(3).unwrap_err();
        assert!(
            matches!(refused, Error::InvalidInput { argument: "data", .. }),
            "{refused}"
        );
        assert!(refused.to_string().contains(&poisoned.to_string()), "{refused}");
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(versions(&fixture, "bad").await, None);
        assert!(is_sound(&fixture).await);
    }
}
