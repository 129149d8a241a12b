//! What a store tells about itself.

use crate::support::{self, Fixture, in_both_layouts};
use eventstore_core::{EventWriter, ExpectedVersion, Notifier, StreamSelector};
use eventstore_postgres::{Layout, ListenerHealth, PostgresStore};
use metrics_exporter_prometheus::PrometheusBuilder;
use sqlx::Executor;

in_both_layouts! {
    a_store_that_is_well_says_so,
    what_is_wrong_is_told,
}

async fn a_store_that_is_well_says_so(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
    let health = fixture.store.health().await.unwrap();
    assert!(health.is_good(), "{health:?}");
    assert_eq!((health.head.get(), health.greatest_lag), (3, 0));
    assert_eq!(health.listener, ListenerHealth::NotNeeded);

    let mut listener = fixture.store.listen(&StreamSelector::All);
    listener.hint().await.unwrap();
    let health = fixture.store.health().await.unwrap();
    assert_eq!(health.listener, ListenerHealth::Connected);
}

async fn what_is_wrong_is_told(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
    let mut session = fixture.session().await;
    session
        .execute(
            "INSERT INTO subscriptions (stream_uuid, subscription_name, last_seen) VALUES ('$all', 'n', 1), ('s', 'n', 2)",
        )
        .await
        .unwrap();
    let (_, name) = fixture.database.url().rsplit_once('/').unwrap();
    let read_only = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on");
    session.execute(sqlx::AssertSqlSafe(read_only)).await.unwrap();
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let health = store.health().await.unwrap();
    assert!(health.is_read_only && !health.is_good(), "{health:?}");
    assert_eq!(health.greatest_lag, 2);
}

#[tokio::test]
async fn a_store_that_was_never_migrated_has_something_pending() {
    let fixture = Fixture::of(Layout::Original).await;
    fixture
        .session()
        .await
        .execute("DROP TABLE eventstore_schema")
        .await
        .unwrap();
    let health = fixture.store.health().await.unwrap();
    assert_eq!(health.pending_migrations, 1);
    assert!(!health.is_good());
}

#[tokio::test]
async fn calls_are_measured_by_their_outcomes() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let exporter = recorder.handle();
    let fixture = Fixture::new().await;
    let guard = metrics::set_default_local_recorder(&recorder);
    fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap_err();
    fixture
        .store
        .append_set(eventstore_core::AppendSet::new(vec![support::append("t", ExpectedVersion::Any, 1)]).unwrap())
        .await
        .unwrap();
    drop(guard);
    let text = exporter.render();
    for line in [
        "eventstore_appended_events_total 3",
        "eventstore_operation_duration_seconds_count{operation=\"append\",outcome=\"ok\"} 1",
        "eventstore_operation_duration_seconds_count{operation=\"append\",outcome=\"conflict\"} 1",
        "eventstore_operation_duration_seconds_count{operation=\"append_set\",outcome=\"ok\"} 1",
        "eventstore_append_group_size_count 2",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}
