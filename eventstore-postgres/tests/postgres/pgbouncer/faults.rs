//! What a caller is told when a pooler, or the way to it, fails.

use std::num::NonZeroUsize;
use std::time::Duration;

use eventstore_core::{Error, EventReader, EventWriter, ExpectedVersion};
use eventstore_postgres::PostgresStore;
use eventstore_testkit::proxy::{Proxy, Side};
use sqlx::Executor;

use super::facts::{everything, pooled, take_all};
use crate::support::{self, Fixture, append};

/// A store with a single connection over a proxy in front of the pooler.
async fn relayed() -> (Proxy, PostgresStore, Fixture) {
    let fixture = pooled(|config| config).await;
    let proxy = Proxy::start(&fixture.database.pooled_url()).await.unwrap();
    let config = support::pooled(proxy.url(), fixture.database.url()).with_pool_size(NonZeroUsize::MIN);
    let store = PostgresStore::connect(config).await.unwrap();
    (proxy, store, fixture)
}

async fn append_one(store: &PostgresStore) -> Result<(), Error> {
    let appended = store.append(append("s", ExpectedVersion::Any, 1)).await;
    appended.map(drop)
}

async fn events(fixture: &Fixture) -> usize {
    fixture.store.read_page(everything()).await.unwrap().events.len()
}

#[tokio::test]
async fn a_call_is_four_round_trips() {
    let (proxy, store, _fixture) = relayed().await;
    append_one(&store).await.unwrap();
    let (appended, counts) = proxy.count(append_one(&store)).await;
    appended.unwrap();
    assert_eq!(counts.round_trips, 4);
    let (read, counts) = proxy.count(store.read_page(everything())).await;
    assert_eq!(read.unwrap().events.len(), 2);
    assert_eq!(counts.round_trips, 4);
}

#[tokio::test]
async fn an_append_whose_commit_gets_no_answer_is_unknown() {
    let (proxy, store, fixture) = relayed().await;
    append_one(&store).await.unwrap();
    let (_, counts) = proxy.count(append_one(&store)).await;
    let commit = counts.client_messages;
    proxy.cut_before(Side::Client, commit);
    let lost = append_one(&store).await;
    assert!(matches!(lost, Err(Error::OutcomeUnknown { .. })), "{lost:?}");
    assert_eq!(events(&fixture).await, 2);

    append_one(&store).await.unwrap();
    proxy.cut_after(Side::Client, commit);
    let lost = append_one(&store).await;
    assert!(matches!(lost, Err(Error::OutcomeUnknown { .. })), "{lost:?}");
    assert!(!proxy.is_cut_ahead());
}

#[tokio::test]
async fn an_append_whose_transaction_does_not_begin_is_not_made() {
    let (proxy, store, fixture) = relayed().await;
    append_one(&store).await.unwrap();
    for cut in [Proxy::cut_before, Proxy::cut_after] {
        cut(&proxy, Side::Client, 1);
        let lost = append_one(&store).await;
        assert!(matches!(lost, Err(Error::Unavailable { .. })), "{lost:?}");
        append_one(&store).await.unwrap();
    }
    assert_eq!(events(&fixture).await, 3);
}

#[tokio::test]
async fn a_pooler_without_a_free_connection_is_unavailable() {
    let fixture = pooled(|config| config.with_acquire_timeout(Duration::from_millis(300))).await;
    append_one(&fixture.store).await.unwrap();
    let mut taken = take_all(&fixture).await;
    let is_late = |error: &Error| {
        matches!(
            error,
            Error::TimedOut {
                setting: "acquire_timeout",
                ..
            }
        )
    };
    let refused = append_one(&fixture.store).await.unwrap_err();
    assert!(is_late(&refused), "{refused:?}");
    // The connection was given up, and another one is not made while there is none to the server.
    let refused = fixture.store.read_page(everything()).await.unwrap_err();
    assert!(refused.is_retryable(), "{refused:?}");
    for connection in &mut taken {
        connection.execute("ROLLBACK").await.unwrap();
    }
    append_one(&fixture.store).await.unwrap();
    assert_eq!(events(&fixture).await, 2);
}
