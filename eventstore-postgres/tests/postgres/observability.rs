//! What a store tells about itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use eventstore_core::backend::Notifier;
use eventstore_core::{EventWriter, ExpectedVersion, Refusal, StreamSelector, SubscriptionKey, SubscriptionName};
use eventstore_postgres::{DataType, Layout, ListenerHealth, PostgresAdmin, PostgresStore};
use eventstore_subscriptions::{Subscribe, Subscriptions, replay_parked};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sqlx::Executor;

use crate::support::{self, Fixture, in_both_layouts};

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
        "eventstore_appended_events_total{schema=\"public\"} 3",
        "eventstore_operation_duration_seconds_count{schema=\"public\",operation=\"append\",outcome=\"ok\"} 1",
        "eventstore_operation_duration_seconds_count{schema=\"public\",operation=\"append\",outcome=\"conflict\"} 1",
        "eventstore_operation_duration_seconds_count{schema=\"public\",operation=\"append_set\",outcome=\"ok\"} 1",
        "eventstore_append_group_size_count{schema=\"public\"} 2",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}

/// What the exporter tells of this gauge of the subscription.
fn gauge(exporter: &PrometheusHandle, name: &str) -> Option<f64> {
    let name = format!("eventstore_subscription_{name}{{schema=\"public\",subscription=\"mailer\",stream=\"$all\"}} ");
    let text = exporter.render();
    let value = text.lines().find_map(|line| line.strip_prefix(&name))?;
    Some(value.parse().unwrap())
}

fn assert_gauges(exporter: &PrometheusHandle, expected: [(&str, f64); 6]) {
    for (name, expected) in expected {
        assert_eq!(gauge(exporter, name), Some(expected), "{name} of {}", exporter.render());
    }
}

#[tokio::test]
async fn subscriptions_are_measured() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let exporter = recorder.handle();
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 5).await.unwrap();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let store = Arc::new(fixture.store.clone());
    let subscriptions = Subscriptions::new(store.clone()).with_parking(store.clone());
    let name = SubscriptionName::new("mailer").unwrap();
    let request = Subscribe::new(name.clone(), StreamSelector::All);
    let mut subscription = subscriptions.subscribe(request).unwrap();

    let events = subscription.next().await.unwrap().unwrap();
    subscription.ack(&events[0]).await.unwrap();
    let reason = "no such account".to_owned();
    subscription.nack(&events[1], Refusal::Park { reason }).await.unwrap();
    while subscription.progress().checkpoint < 2.into() || subscription.progress().in_flight < 3 {
        subscription.progress_changed().await;
    }
    assert_gauges(
        &exporter,
        [
            ("lag_events", 3.0),
            ("position", 2.0),
            ("in_flight_events", 3.0),
            ("queued_events", 0.0),
            ("running", 1.0),
            ("parked_events", 1.0),
        ],
    );
    let stored_at = gauge(&exporter, "checkpoint_timestamp_seconds").unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((now - 60.0..=now).contains(&stored_at), "{stored_at} at {now}");

    subscription.ack(5).await.unwrap();
    subscription.stop().await.unwrap();
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name,
    };
    let replayed = replay_parked(&*store, &key, async |_| Ok::<_, Infallible>(())).await;
    assert_eq!(replayed.unwrap().done, 1);
    assert_gauges(
        &exporter,
        [
            ("lag_events", 0.0),
            ("position", 5.0),
            ("in_flight_events", 0.0),
            ("queued_events", 0.0),
            ("running", 0.0),
            ("parked_events", 0.0),
        ],
    );
}

/// What two stores of a process tell is kept apart by their schemas, subscriptions of the same name included.
#[tokio::test]
async fn stores_of_one_process_are_measured_apart() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let exporter = recorder.handle();
    let fixture = Fixture::new().await;
    let config = fixture.config.clone().with_schema(support::schema("other"));
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await
        .unwrap();
    let other = fixture.store.connect_sharing_pool(config).await.unwrap();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let mut subscriptions = Vec::new();
    for (store, events) in [(&fixture.store, 7), (&other, 1)] {
        store
            .append(support::append("s", ExpectedVersion::NoStream, events))
            .await
            .unwrap();
        let request = Subscribe::new(SubscriptionName::new("mailer").unwrap(), StreamSelector::All);
        let mut subscription = Subscriptions::new(Arc::new(store.clone())).subscribe(request).unwrap();
        let batch = subscription.next().await.unwrap().unwrap();
        subscription.ack_batch(&batch).await.unwrap();
        while !subscription.progress().caught_up {
            subscription.progress_changed().await;
        }
        // The first hint tells that notifications are heard.
        store.listen(&StreamSelector::All).hint().await.unwrap();
        subscriptions.push(subscription);
    }
    let text = exporter.render();
    for (schema, events) in [("public", 7), ("other", 1)] {
        for line in [
            format!("eventstore_appended_events_total{{schema=\"{schema}\"}} {events}"),
            format!(
                "eventstore_subscription_position{{schema=\"{schema}\",subscription=\"mailer\",stream=\"$all\"}} {events}"
            ),
            format!("eventstore_listener_connected{{schema=\"{schema}\"}} 1"),
        ] {
            assert!(text.contains(&line), "{line} is not in {text}");
        }
    }
    let is_labelled = |line: &str| line.is_empty() || line.starts_with('#') || line.contains("schema=");
    let without: Vec<_> = text.lines().filter(|line| !is_labelled(line)).collect();
    assert!(without.is_empty(), "{without:?}");
}
