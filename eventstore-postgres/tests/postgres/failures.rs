//! Typed errors for what goes wrong between the store and its server.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::support::{self, Fixture};
use eventstore_core::{Error, EventReader, EventWriter, ExpectedVersion, PageRequest, StreamSelector};
use eventstore_postgres::{PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use sqlx::{Connection, Executor};

async fn refusal(url: &str) -> Error {
    let config = PostgresConfig::from_url(url)
        .unwrap()
        .with_connect_timeout(Duration::from_secs(5));
    match PostgresStore::connect(config).await {
        Ok(_) => panic!("{url} was accepted"),
        Err(error) => error,
    }
}

/// The whole chain of an error, as a log would show it.
fn everything_said(error: &Error) -> String {
    let chain = std::iter::successors(Some::<&dyn std::error::Error>(error), |error| error.source());
    chain
        .map(|error| format!("{error} {error:?}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn a_database_that_was_not_initialised_is_named() {
    let database = TestDatabase::create().await;
    let error = refusal(database.url()).await;
    assert!(
        matches!(&error, Error::NotInitialised { message } if message.contains("public")),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_named() {
    let database = TestDatabase::create().await;
    let error = refusal(&format!("{}_absent", database.url())).await;
    assert!(
        matches!(&error, Error::NotInitialised { message } if message.contains("_absent")),
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

#[tokio::test]
async fn an_unreachable_server_is_unavailable_and_its_password_is_not_shown() {
    let error = refusal("postgres://u:tellno1@127.0.0.1:1/d").await;
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(error.is_retryable());
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    assert!(!everything_said(&error).contains("tellno1"));
}

#[tokio::test]
async fn a_read_outlives_the_loss_of_every_pooled_connection() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    fixture.terminate("pool").await;
    let request = PageRequest {
        selector: StreamSelector::All,
        direction: eventstore_core::Direction::Forward,
        from: 1.into(),
        limit: 10,
    };
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
    panic!("no connection was made anew: {last:?}");
}

fn fixture_pool_size() -> usize {
    PostgresConfig::DEFAULT_POOL_SIZE.get()
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up_and_its_connection_with_it() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let config = fixture
        .config
        .clone()
        .with_statement_timeout(Duration::from_millis(200));
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
    assert!(matches!(answer, Err(Error::OutcomeUnknown { .. })), "{answer:?}");
    transaction.rollback().await.unwrap();
    store
        .append(support::append("t", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_pool_without_a_free_connection_says_so() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let config = fixture.config.clone().with_connect_timeout(Duration::from_millis(200));
    let store = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN))
        .await
        .unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("SELECT FROM streams WHERE stream_uuid = 's' FOR UPDATE")
        .await
        .unwrap();
    let waiting = store.append(support::append("s", ExpectedVersion::Any, 1));
    let refused = async {
        fixture.somebody_waits_for_a_lock().await;
        let answer = store.append(support::append("t", ExpectedVersion::Any, 1)).await;
        transaction.rollback().await.unwrap();
        answer
    };
    let (waited, refused) = tokio::join!(waiting, refused);
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    assert_eq!(waited.unwrap().last_version.get(), 2);
}

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
    let head: i64 = sqlx::query_scalar("SELECT stream_version FROM streams WHERE stream_id = 0")
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap();
    assert_eq!(head, 1);
}
