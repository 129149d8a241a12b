//! Every wait has an end, and every limit says which one it is.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use eventstore_core::backend::{
    BegunProjection, EventImporter, ImportConflicts, PageRequest, ProjectionStep, ProjectionStore, SubscriptionLocks,
};
use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Direction, Error, EventLinker, EventNumber, EventReader, EventWriter,
    ExpectedVersion, Link, Result, StreamDeleter, StreamDirectory, StreamName, StreamSelector, SubscriptionKey,
    SubscriptionName,
};
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore, PostgresTransaction, Severity};
use eventstore_testkit::proxy::Proxy;
use futures_util::future::{BoxFuture, join_all, try_join_all};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::{Fixture, append, in_both_layouts};

in_both_layouts! {
    a_store_is_closed_only_when_the_changes_that_were_called_have_ended,
    a_store_is_closed_although_a_change_is_not_polled_any_more,
    transactions_are_read_committed_whatever_the_pool_is_set_to,
    an_append_that_has_waited_for_a_change_is_made_in_one_attempt,
    appends_that_contend_under_a_stricter_isolation_all_succeed,
    an_append_that_takes_longer_than_a_statement_may_names_the_setting,
    a_hard_delete_takes_longer_than_a_statement_may,
    a_hard_delete_that_is_cut_off_leaves_the_whole_stream,
    calls_wait_for_the_connections_that_the_server_has_room_for,
    a_wait_for_room_ends_with_its_setting,
    a_transaction_that_the_server_ended_is_worth_another_try,
    a_session_that_the_server_ended_is_not_used_again,
}

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

fn set(streams: [&str; 2]) -> AppendSet {
    AppendSet::new(streams.map(|stream| append(stream, ExpectedVersion::Any, 1)).into()).unwrap()
}

fn everything() -> PageRequest {
    PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 100)
}

fn is_timed_out<T>(answer: &Result<T>, by: &str) -> bool {
    matches!(answer, Err(Error::TimedOut { setting, .. }) if *setting == by)
}

type Change = for<'a> fn(&'a PostgresStore, &'a Append) -> BoxFuture<'a, Result<()>>;

/// Changes of the stream `s`, of which this append is a part.
const CHANGES: &[(&str, Change)] = &[
    ("append_set", |store, _| {
        Box::pin(async { store.append_set(set(["s", "t"])).await.map(drop) })
    }),
    ("link", |store, append| {
        Box::pin(async {
            let link = Link::new(name("s"), ExpectedVersion::Any, append.event_ids()).unwrap();
            store.link(link).await.map(drop)
        })
    }),
    ("import", |store, _| {
        Box::pin(async {
            store
                .import(&[append("s", ExpectedVersion::Any, 1).into()], ImportConflicts::Refuse)
                .await
                .map(drop)
        })
    }),
    ("delete", |store, _| {
        Box::pin(store.delete(Delete::new(name("s"), Deletion::Hard)))
    }),
];

async fn a_store_is_closed_only_when_the_changes_that_were_called_have_ended(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let linked = append("source", ExpectedVersion::NoStream, 1);
    fixture.store.append(linked.clone()).await.unwrap();
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    for (what, change) in CHANGES {
        let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
        let mut session = fixture.session().await;
        let mut transaction = session.begin().await.unwrap();
        let hold = "SELECT FROM streams WHERE stream_uuid = 's' FOR UPDATE";
        transaction.execute(hold).await.unwrap();
        let closed = async {
            fixture.somebody_waits_for_a_lock().await;
            let mut closing = Box::pin(store.close());
            let is_early = tokio::time::timeout(Duration::from_millis(200), &mut closing)
                .await
                .is_ok();
            transaction.rollback().await.unwrap();
            if !is_early {
                closing.await;
            }
            is_early
        };
        let (changed, is_early) = tokio::join!(change(&store, &linked), closed);
        assert!(!is_early, "closed before the {what} had ended");
        changed.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let refused = change(&store, &linked).await;
        assert!(matches!(refused, Err(Error::StoreClosed)), "{what}: {refused:?}");
    }
}

async fn a_store_is_closed_although_a_change_is_not_polled_any_more(layout: Layout) {
    let short = |config: PostgresConfig| {
        let config = config.with_acquire_timeout(Duration::from_millis(200));
        config.with_statement_timeout(Duration::from_millis(800))
    };
    let fixture = Fixture::with(layout, DataType::Bytea, short).await;
    let mut change = Box::pin(fixture.store.append_set(set(["s", "t"])));
    assert!(futures_util::poll!(&mut change).is_pending());
    let closing = tokio::time::timeout(Duration::from_secs(30), fixture.store.close());
    assert!(closing.await.is_ok());
}

/// A store on a pool whose sessions are isolated like this unless told otherwise.
async fn isolated(fixture: &Fixture, isolation: &str) -> PostgresStore {
    isolated_at(fixture.database.url(), isolation, 3).await
}

async fn isolated_at(url: &str, isolation: &str, connections: u32) -> PostgresStore {
    let options: PgConnectOptions = url.parse().unwrap();
    let options = options.options([("default_transaction_isolation", isolation)]);
    let pool = PgPoolOptions::new().max_connections(connections);
    let pool = pool.connect_with(options).await.unwrap();
    PostgresStore::connect(PostgresConfig::from_pool(pool).enable_hard_deletes())
        .await
        .unwrap()
}

async fn begin_step(store: &PostgresStore) -> PostgresTransaction {
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("n").unwrap(),
    };
    let acquired = store.try_acquire(&key, 0.into()).await.unwrap().unwrap();
    let step = ProjectionStep {
        lease: acquired.lease.token(),
        from: acquired.checkpoint,
        to: acquired.checkpoint,
    };
    match store.begin_step(step).await.unwrap() {
        BegunProjection::Begun(transaction) => transaction,
        other => panic!("{other:?}"),
    }
}

async fn transactions_are_read_committed_whatever_the_pool_is_set_to(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    for isolation in ["repeatable read", "serializable"] {
        let store = isolated(&fixture, isolation).await;
        let mut transaction = begin_step(&store).await;
        let found: String = sqlx::query_scalar("SELECT current_setting('transaction_isolation')")
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        assert_eq!(found, "read committed", "in a pool of {isolation}");
    }
}

/// Changes the row of `$all`, as an append of another process does.
const CHANGE: &str = "BEGIN; UPDATE streams SET stream_version = stream_version WHERE stream_id = 0";

/// A stricter isolation would refuse what has waited for a change.
async fn an_append_that_has_waited_for_a_change_is_made_in_one_attempt(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    for isolation in ["repeatable read", "serializable"] {
        let store = isolated_at(proxy.url(), isolation, 1).await;
        // So that each statement is prepared.
        store.append_set(set(["s", "t"])).await.unwrap();
        let (_, alone) = proxy.count(store.append_set(set(["s", "t"]))).await;
        let mut session = fixture.session().await;
        session.execute(CHANGE).await.unwrap();
        let commits = async {
            fixture.somebody_waits_for_a_lock().await;
            session.execute("COMMIT").await.unwrap();
        };
        let waits = async { tokio::join!(store.append_set(set(["s", "t"])), commits).0 };
        let (appended, counts) = Box::pin(proxy.count(waits)).await;
        appended.unwrap();
        assert_eq!(
            counts.statements, alone.statements,
            "in a pool of {isolation}: {counts:?}"
        );
    }
}

async fn appends_that_contend_under_a_stricter_isolation_all_succeed(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    for isolation in ["repeatable read", "serializable"] {
        let stores = try_join_all((0..6).map(async |_| Ok::<_, Error>(isolated(&fixture, isolation).await)));
        let stores = stores.await.unwrap();
        let work = stores.iter().enumerate().map(async |(index, store)| {
            for number in 0..10 {
                let stream = format!("{isolation}-{index}");
                store.append(append(&stream, ExpectedVersion::Any, 1)).await?;
                let other = format!("{isolation}-{index}-{number}");
                store.append_set(set([stream.as_str(), &other])).await?;
                store.delete(Delete::new(name(&other), Deletion::Hard)).await?;
            }
            Ok::<_, Error>(())
        });
        for outcome in join_all(work).await {
            outcome.unwrap();
        }
    }
    let findings = fixture.store.verify().await.unwrap();
    assert!(
        findings.iter().all(|finding| finding.severity == Severity::Notice),
        "{findings:?}"
    );
}

/// Each event takes two seconds to be stored.
const SLOW_APPENDS: &str = "
    CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NEW; END';
    CREATE TRIGGER sleep BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION sleep()";

/// No lock is waited for: the server ends the statement itself, and nothing of it is stored.
async fn an_append_that_takes_longer_than_a_statement_may_names_the_setting(layout: Layout) {
    let short = |config: PostgresConfig| config.with_statement_timeout(Duration::from_secs(1));
    let fixture = Fixture::with(layout, DataType::Bytea, short).await;
    fixture.session().await.execute(SLOW_APPENDS).await.unwrap();
    let late = fixture.append("s", ExpectedVersion::NoStream, 3).await;
    assert!(is_timed_out(&late, "statement_timeout"), "{late:?}");
    let late = fixture.store.append_set(set(["s", "t"])).await;
    assert!(is_timed_out(&late, "statement_timeout"), "{late:?}");
    assert!(late.unwrap_err().is_retryable());
    assert_eq!(fixture.store.read_page(everything()).await.unwrap().events, []);
}

/// Each event takes a millisecond to be deleted.
const SLOW_DELETES: &str = "
    CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(0.02) WHERE random() < 0.05; RETURN OLD; END';
    CREATE TRIGGER sleep BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION sleep()";

/// A store with a stream that takes longer to be deleted than a statement may take.
async fn with_a_long_stream(layout: Layout) -> Fixture {
    let short = |config: PostgresConfig| {
        let config = config.enable_hard_deletes().with_pool_size(NonZeroUsize::MIN);
        config.with_statement_timeout(Duration::from_secs(3))
    };
    let fixture = Fixture::with(layout, DataType::Bytea, short).await;
    for _ in 0..5 {
        fixture.append("long", ExpectedVersion::Any, 1_000).await.unwrap();
    }
    fixture.append("other", ExpectedVersion::NoStream, 1).await.unwrap();
    fixture.session().await.execute(SLOW_DELETES).await.unwrap();
    fixture
}

async fn a_hard_delete_takes_longer_than_a_statement_may(layout: Layout) {
    let fixture = with_a_long_stream(layout).await;
    let started = Instant::now();
    fixture
        .store
        .delete(Delete::new(name("long"), Deletion::Hard))
        .await
        .unwrap();
    assert!(started.elapsed() > Duration::from_secs(3), "{:?}", started.elapsed());
    let gone = fixture.store.stream_info(&name("long").into()).await;
    assert!(matches!(gone, Err(Error::StreamNotFound { .. })), "{gone:?}");
    let left = fixture.store.read_page(everything()).await.unwrap();
    assert_eq!(left.events.len(), 1);
}

/// Waits until events are being deleted, beyond the first step.
async fn until_in_the_middle(session: &mut PgConnection) {
    let has_deleted = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
        AND application_name LIKE '% pool' AND xact_start < query_start - interval '1 s')";
    while !sqlx::query_scalar::<_, bool>(has_deleted)
        .fetch_one(&mut *session)
        .await
        .unwrap()
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_hard_delete_that_is_cut_off_leaves_the_whole_stream(layout: Layout) {
    let fixture = with_a_long_stream(layout).await;
    let reader = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let mut session = fixture.session().await;
    let cut = async {
        until_in_the_middle(&mut session).await;
        let meanwhile = reader.stream_info(&name("long").into()).await.unwrap();
        fixture.terminate("pool").await;
        meanwhile
    };
    let (deleted, meanwhile) = tokio::join!(fixture.store.delete(Delete::new(name("long"), Deletion::Hard)), cut);
    assert!(matches!(deleted, Err(Error::OutcomeUnknown { .. })), "{deleted:?}");
    assert_eq!(meanwhile.version.get(), 5_000);
    let events = "SELECT count(*) FROM events";
    let events: i64 = sqlx::query_scalar(events).fetch_one(&mut session).await.unwrap();
    assert_eq!(events, 5_001);
}

/// A user of the database who may have this many connections.
async fn limited(fixture: &Fixture, connections: usize) -> (String, PostgresConfig) {
    let user = format!("clerk_{}", uuid::Uuid::now_v7().simple());
    let sql = format!(
        "CREATE USER {user} PASSWORD 'x' CONNECTION LIMIT {connections};
         GRANT ALL ON ALL TABLES IN SCHEMA public TO {user};
         GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {user}"
    );
    fixture.session().await.execute(AssertSqlSafe(sql)).await.unwrap();
    let (_, address) = fixture.database.url().rsplit_once('@').unwrap();
    let config = PostgresConfig::from_url(&format!("postgres://{user}:x@{address}")).unwrap();
    (user, config)
}

async fn drop_user(fixture: &Fixture, user: &str) {
    let sql = format!("DROP OWNED BY {user}; DROP USER {user}");
    fixture.session().await.execute(AssertSqlSafe(sql)).await.unwrap();
}

async fn calls_wait_for_the_connections_that_the_server_has_room_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (user, config) = limited(&fixture, 3).await;
    let store = PostgresStore::connect(config.with_acquire_timeout(Duration::from_mins(1)))
        .await
        .unwrap();
    let streams: Vec<_> = (0..30)
        .map(|number| (format!("s-{number}"), format!("t-{number}")))
        .collect();
    let calls = streams.iter().map(|(one, other)| store.append_set(set([one, other])));
    let outcomes = join_all(calls).await;
    drop_user(&fixture, &user).await;
    let failed: Vec<_> = outcomes.iter().filter(|outcome| outcome.is_err()).collect();
    assert!(failed.is_empty(), "{} failed: {:?}", failed.len(), failed.first());
}

async fn a_wait_for_room_ends_with_its_setting(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (user, config) = limited(&fixture, 1).await;
    let store = PostgresStore::connect(config.with_acquire_timeout(Duration::from_millis(300)))
        .await
        .unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let hold = "SELECT FROM streams WHERE stream_id = 0 FOR UPDATE";
    transaction.execute(hold).await.unwrap();
    let refused = async {
        fixture.somebody_waits_for_a_lock().await;
        let refused = store.read_page(everything()).await;
        transaction.rollback().await.unwrap();
        refused
    };
    let (appended, refused) = tokio::join!(store.append_set(set(["s", "t"])), refused);
    drop_user(&fixture, &user).await;
    appended.unwrap();
    assert!(is_timed_out(&refused, "acquire_timeout"), "{refused:?}");
}

/// Waits until the server has ended all sessions of the pool.
async fn until_ended(fixture: &Fixture) {
    let sessions = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE '% pool'";
    let mut session = PgConnection::connect(fixture.database.url()).await.unwrap();
    while sqlx::query_scalar::<_, i64>(sessions)
        .fetch_one(&mut session)
        .await
        .unwrap()
        > 0
    {
        tokio::task::yield_now().await;
    }
}

/// A store with one connection, whose sessions the server ends by this setting, and no others.
async fn ended_by(layout: Layout, setting: &str) -> (Fixture, PostgresStore) {
    let fixture = Fixture::of(layout).await;
    fixture.terminate("pool").await;
    let url = format!("{}?options[{setting}]=500ms", fixture.database.url());
    let config = PostgresConfig::from_url(&url)
        .unwrap()
        .with_pool_size(NonZeroUsize::MIN);
    let store = PostgresStore::connect(config).await.unwrap();
    (fixture, store)
}

async fn a_transaction_that_the_server_ended_is_worth_another_try(layout: Layout) {
    let (fixture, store) = ended_by(layout, "idle_in_transaction_session_timeout").await;
    let transaction = begin_step(&store).await;
    until_ended(&fixture).await;
    let committed = store.commit_step(transaction).await;
    assert!(
        is_timed_out(&committed, "idle_in_transaction_session_timeout"),
        "{committed:?}"
    );
    assert!(committed.unwrap_err().is_retryable());
    store.read_page(everything()).await.unwrap();
}

async fn a_session_that_the_server_ended_is_not_used_again(layout: Layout) {
    if !Fixture::of(layout).await.ends_silent_sessions().await {
        return;
    }
    let (fixture, store) = ended_by(layout, "idle_session_timeout").await;
    until_ended(&fixture).await;
    let lost = store.append_set(set(["s", "t"])).await.unwrap_err();
    assert!(lost.is_retryable(), "{lost:?}");
    store.append_set(set(["s", "t"])).await.unwrap();
}
