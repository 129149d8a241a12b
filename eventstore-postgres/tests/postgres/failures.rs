//! Typed errors for what goes wrong between the store and its server.

use std::num::NonZeroUsize;
use std::time::Duration;

use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Append, AppendSet, Direction, Error, EventReader, EventWriter, ExpectedVersion, Idempotence, StreamSelector,
};
use eventstore_postgres::{PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use sqlx::{Connection, Executor};

use crate::gate::Gate;
use crate::support::{self, Fixture};

async fn refusal(url: &str) -> Error {
    let config = PostgresConfig::from_url(url)
        .unwrap()
        .with_connect_timeout(Duration::from_secs(5));
    match PostgresStore::connect(config).await {
        Ok(_) => panic!("{url} was accepted"),
        Err(error) => error,
    }
}

fn is_timed_out<T>(answer: &Result<T, Error>, by: &str) -> bool {
    matches!(answer, Err(Error::TimedOut { setting, .. }) if *setting == by)
}

/// The whole chain of an error, as a log would show it.
fn everything_said(error: &Error) -> String {
    let chain = std::iter::successors(Some::<&dyn std::error::Error>(error), |error| error.source());
    chain
        .map(|error| format!("{error} {error:?}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Behaviours: R1.43, R15.1.
#[tokio::test]
async fn a_database_that_was_not_initialized_is_named() {
    let database = TestDatabase::create().await;
    let error = refusal(database.url()).await;
    assert!(
        matches!(&error, Error::NotInitialized { message } if message.contains("public")),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_named() {
    let database = TestDatabase::create().await;
    let error = refusal(&format!("{}_absent", database.url())).await;
    assert!(
        matches!(&error, Error::NotInitialized { message } if message.contains("_absent")),
        "{error}"
    );
}

#[tokio::test]
async fn a_user_without_rights_is_refused_and_no_password_is_shown() {
    let fixture = Fixture::new().await;
    let user = format!("clerk_{}", uuid::Uuid::now_v7().simple());
    let mut session = fixture.session().await;
    let create = format!("CREATE USER {user} PASSWORD 'tellno1'");
    session.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
    let address = fixture.database.url().rsplit('@').next().unwrap().to_owned();
    let error = refusal(&format!("postgres://{user}:tellno1@{address}")).await;
    let wrong = refusal(&format!("postgres://{user}_x:tellno1@{address}")).await;
    session
        .execute(sqlx::AssertSqlSafe(format!("DROP USER {user}")))
        .await
        .unwrap();
    assert!(matches!(error, Error::AccessDenied { .. }), "{error:?}");
    assert!(matches!(wrong, Error::AccessDenied { .. }), "{wrong:?}");
    assert!(!everything_said(&error).contains("tellno1"));
    assert!(!everything_said(&wrong).contains("tellno1"));
}

/// Behaviours: R15.1.
#[tokio::test]
async fn an_unreachable_server_is_unavailable_and_its_password_is_not_shown() {
    let error = refusal("postgres://u:tellno1@127.0.0.1:1/d").await;
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(error.is_retryable());
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    assert!(!everything_said(&error).contains("tellno1"));
}

/// Behaviours: R15.1.
#[tokio::test]
async fn a_read_outlives_the_loss_of_every_pooled_connection() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    fixture.terminate("pool").await;
    let request = PageRequest::new(StreamSelector::All, Direction::Forward, 1.into(), 10);
    let mut last = None;
    for _ in 0..=fixture_pool_size() {
        match fixture.store.read_page(request.clone()).await {
            Ok(page) => return assert_eq!(page.events.len(), 1),
            Err(error) => {
                assert!(error.is_retryable(), "{error:?}");
                last = Some(error);
            }
        }
    }
    panic!("no new connection was made: {last:?}");
}

fn fixture_pool_size() -> usize {
    PostgresConfig::DEFAULT_POOL_SIZE.get()
}

/// Behaviours: R15.3, T23.
#[tokio::test]
async fn a_statement_that_takes_too_long_is_cancelled_and_nothing_written() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let config = fixture.config.clone().with_statement_timeout(Duration::from_secs(1));
    let store = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN))
        .await
        .unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("SELECT FROM streams WHERE stream_uuid = 's' FOR UPDATE")
        .await
        .unwrap();
    let answer = store.append(support::append("s", ExpectedVersion::Any, 1)).await;
    assert!(is_timed_out(&answer, "statement_timeout"), "{answer:?}");
    transaction.rollback().await.unwrap();
    assert_eq!(head(&fixture).await, 1);
    store
        .append(support::append("t", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
}

/// Behaviours: R15.4.
#[tokio::test]
async fn a_pool_without_a_free_connection_says_so() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let config = fixture.config.clone().with_acquire_timeout(Duration::from_millis(200));
    let store = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN))
        .await
        .unwrap();
    // Makes the one connection, so that only the wait for it is timed.
    store
        .append(support::append("s", ExpectedVersion::Any, 1))
        .await
        .unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("SELECT FROM streams WHERE stream_uuid = 's' FOR UPDATE")
        .await
        .unwrap();
    let set = |stream| AppendSet::new(vec![support::append(stream, ExpectedVersion::Any, 1)]).unwrap();
    let waiting = store.append_set(set("s"));
    let refused = async {
        fixture.somebody_waits_for_a_lock().await;
        let answer = store.append_set(set("t")).await;
        transaction.rollback().await.unwrap();
        answer
    };
    let (waited, refused) = tokio::join!(waiting, refused);
    assert!(is_timed_out(&refused, "acquire_timeout"), "{refused:?}");
    assert_eq!(waited.unwrap()[0].last_version.get(), 3);
}

/// Behaviours: T56.
#[tokio::test]
async fn a_version_beyond_i64_is_refused_and_nothing_written() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let bump = "UPDATE streams SET stream_version = 9223372036854775807 WHERE stream_uuid = 's'";
    fixture.session().await.execute(bump).await.unwrap();
    let answer = fixture.append("s", ExpectedVersion::Any, 1).await;
    assert!(
        matches!(
            answer,
            Err(Error::InvalidInput {
                argument: "version",
                ..
            })
        ),
        "{answer:?}"
    );
    assert_eq!(head(&fixture).await, 1);
}

/// The position of the newest event.
async fn head(fixture: &Fixture) -> i64 {
    sqlx::query_scalar("SELECT stream_version FROM streams WHERE stream_id = 0")
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap()
}

/// Behaviours: T23.
#[tokio::test]
async fn appends_that_time_out_leave_no_sessions_behind() {
    let fixture = Fixture::new().await;
    let config = fixture
        .config
        .clone()
        .with_statement_timeout(Duration::from_millis(300));
    let pool_size = NonZeroUsize::new(2).unwrap();
    let store = PostgresStore::connect(config.with_pool_size(pool_size)).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("SELECT FROM streams WHERE stream_id = 0 FOR UPDATE")
        .await
        .unwrap();
    for _ in 0..3 {
        let appends = (0..4).map(|_| store.append(support::append("s", ExpectedVersion::Any, 1)));
        for answer in futures_util::future::join_all(appends).await {
            assert!(is_timed_out(&answer, "statement_timeout"), "{answer:?}");
        }
    }
    let sessions = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE '% pool'";
    let sessions: i64 = sqlx::query_scalar(sessions)
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap();
    // Those of this pool, and the one that the fixture's store has checked.
    assert!(sessions <= 3, "{sessions}");
    transaction.rollback().await.unwrap();
    assert_eq!(head(&fixture).await, 0);
}

#[tokio::test]
async fn a_read_whose_reader_has_gone_holds_no_snapshot() {
    let fixture = Fixture::new().await;
    let large = support::event().with_data(vec![0; 5_000_000]);
    for _ in 0..4 {
        let event = large.clone().with_id(uuid::Uuid::now_v7());
        let stream = eventstore_core::StreamName::new("s").unwrap();
        let append = eventstore_core::Append::new(stream, ExpectedVersion::Any, vec![event]).unwrap();
        fixture.store.append(append).await.unwrap();
    }
    let request = PageRequest::new(StreamSelector::All, Direction::Forward, 1.into(), 10);
    let cut_off = tokio::time::timeout(Duration::from_millis(2), fixture.store.read_page(request)).await;
    assert!(cut_off.is_err());
    let reading = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                   AND application_name LIKE '% pool' AND backend_xmin IS NOT NULL)";
    let mut session = fixture.session().await;
    let ended = async {
        while sqlx::query_scalar::<_, bool>(reading)
            .fetch_one(&mut session)
            .await
            .unwrap()
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap();
}

#[tokio::test]
async fn a_connection_to_a_server_that_was_read_only_is_not_used_again() {
    let fixture = Fixture::new().await;
    let mut session = fixture.session().await;
    let name: String = sqlx::query_scalar("SELECT current_database()")
        .fetch_one(&mut session)
        .await
        .unwrap();
    let alter = |setting: &str| sqlx::AssertSqlSafe(format!("ALTER DATABASE {name} {setting}"));
    session
        .execute(alter("SET default_transaction_read_only = on"))
        .await
        .unwrap();
    let config = fixture.config.clone().with_pool_size(NonZeroUsize::MIN);
    let store = PostgresStore::connect(config).await.unwrap();
    let answer = store.append(support::append("s", ExpectedVersion::Any, 1)).await;
    assert!(matches!(answer, Err(Error::Unavailable { .. })), "{answer:?}");
    session
        .execute(alter("RESET default_transaction_read_only"))
        .await
        .unwrap();
    store
        .append(support::append("s", ExpectedVersion::Any, 1))
        .await
        .unwrap();
}

/// An append through this store is begun that waits for the lock of its stream, and its answer is lost.
async fn lose_the_answer(fixture: &Fixture, store: &PostgresStore, append: Append, cut: impl AsyncFnOnce()) {
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("SELECT FROM streams WHERE stream_uuid = 's' FOR UPDATE")
        .await
        .unwrap();
    let loss = async {
        fixture.somebody_waits_for_a_lock().await;
        cut().await;
    };
    let (answer, ()) = tokio::join!(store.append(append), loss);
    assert!(matches!(answer, Err(Error::OutcomeUnknown { .. })), "{answer:?}");
    transaction.rollback().await.unwrap();
}

/// Behaviours: R1.28, R15.3.
#[tokio::test]
async fn an_append_that_was_carried_out_although_its_answer_was_lost_can_be_repeated() {
    let fixture = Fixture::new().await;
    let first = fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut gate = Gate::to(fixture.database.url()).await;
    let store = PostgresStore::connect(PostgresConfig::from_url(gate.url()).unwrap())
        .await
        .unwrap();
    let append = support::append("s", ExpectedVersion::Exact(1.into()), 2);
    lose_the_answer(&fixture, &store, append.clone(), async || gate.shut().await).await;
    // The server goes on: it does not know that no one waits for its answer.
    while head(&fixture).await == 1 {
        tokio::task::yield_now().await;
    }

    gate.open().await;
    let ordinary = store.append(append.clone()).await;
    assert!(
        matches!(ordinary, Err(Error::WrongExpectedVersion { .. })),
        "{ordinary:?}"
    );
    let receipt = store.append(append.with_idempotence(Idempotence::ByIds)).await.unwrap();
    assert!(receipt.is_deduplicated);
    assert_eq!(receipt.first_version, first.last_version.next());
    assert_eq!(head(&fixture).await, 3);
}

/// Behaviours: R15.3.
#[tokio::test]
async fn an_append_that_was_undone_when_its_answer_was_lost_can_be_repeated() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let append = support::append("s", ExpectedVersion::Exact(1.into()), 2).with_idempotence(Idempotence::ByIds);
    let terminate = async || fixture.terminate("pool").await;
    lose_the_answer(&fixture, &fixture.store, append.clone(), terminate).await;
    assert_eq!(head(&fixture).await, 1);
    let receipt = fixture.store.append(append).await.unwrap();
    assert!(!receipt.is_deduplicated);
    assert_eq!(head(&fixture).await, 3);
}

/// As a migration to a later version of the tables does: the server refuses what was prepared before, on that connection.
#[tokio::test]
async fn a_connection_on_which_a_statement_was_prepared_before_a_column_changed_is_replaced() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let config = fixture.config.clone().with_pool_size(NonZeroUsize::MIN);
    let store = PostgresStore::connect(config).await.unwrap();
    let request = || PageRequest::new(StreamSelector::All, Direction::Forward, 1.into(), 10);
    store.read_page(request()).await.unwrap();
    let change = "ALTER TABLE events ALTER COLUMN event_type TYPE varchar";
    fixture.session().await.execute(change).await.unwrap();
    assert_eq!(store.read_page(request()).await.unwrap().events.len(), 1);
}
