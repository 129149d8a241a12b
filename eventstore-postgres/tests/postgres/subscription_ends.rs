//! A subscription that cannot go on ends with the cause, whatever it was that the server refused.

use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{Error, ExpectedVersion, Refusal, StreamSelector, SubscriptionName, SubscriptionSettings};
use eventstore_postgres::{Layout, PostgresStore};
use eventstore_subscriptions::{Activity, Subscribe, Subscription, SubscriptionEnded, Subscriptions};
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::timeout;

use crate::roles::config_of;
use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    a_revoked_right_to_store_checkpoints_ends_it,
    a_missing_right_to_park_ends_it,
    a_damaged_event_ends_it_after_those_before_it,
    a_server_that_takes_no_changes_is_told_while_it_is_waited_for,
}

async fn a_revoked_right_to_store_checkpoints_ends_it(layout: Layout) {
    let fixture = with_three_events(layout).await;
    let store = of_a_writer(&fixture, layout).await;
    let mut subscription = subscribe(&store);
    soon(subscription.next()).await.unwrap().unwrap();
    execute(&fixture, "REVOKE UPDATE ON subscriptions FROM writer").await;
    subscription.ack(1_u32).await.unwrap();
    assert_denied(&end(&mut subscription).await);
    soon(subscription.stop()).await.unwrap();
    until_nobody_holds_it(&fixture).await;
}

async fn a_missing_right_to_park_ends_it(layout: Layout) {
    let fixture = with_three_events(layout).await;
    let store = of_a_writer(&fixture, layout).await;
    execute(&fixture, "REVOKE INSERT ON eventstore_parked_events FROM writer").await;
    let mut subscription = subscribe(&store);
    soon(subscription.next()).await.unwrap().unwrap();
    let reason = "no such account".to_owned();
    let refusal = subscription.nack(1_u32, Refusal::Park { reason });
    soon(refusal).await.unwrap();
    assert_denied(&end(&mut subscription).await);
    soon(subscription.stop()).await.unwrap();
    until_nobody_holds_it(&fixture).await;
}

async fn a_damaged_event_ends_it_after_those_before_it(layout: Layout) {
    let fixture = with_three_events(layout).await;
    damage_the_third_event(&fixture, layout).await;
    let mut subscription = subscribe(&fixture.store);
    let mut taken = 0;
    while taken < 2 {
        let events = soon(subscription.next()).await.unwrap().unwrap();
        taken = events.last().unwrap().number.get();
        subscription.ack_batch(&events).await.unwrap();
    }
    let ended = end(&mut subscription).await;
    assert!(
        matches!(&ended, SubscriptionEnded::Damaged { after, .. } if after.get() == 2),
        "{ended:?}"
    );
    assert!(ended.to_string().contains("event 3: "), "{ended}");
    assert_eq!(subscription.progress().checkpoint.get(), 2);
}

async fn a_server_that_takes_no_changes_is_told_while_it_is_waited_for(layout: Layout) {
    let fixture = with_three_events(layout).await;
    let (_, database) = fixture.database.url().rsplit_once('/').unwrap();
    let read_only = |is: &str| format!("ALTER DATABASE \"{database}\" SET default_transaction_read_only = {is}");
    execute(&fixture, &read_only("on")).await;
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let mut subscription = subscribe(&store);
    let mut retrying = subscription.watch_retrying();
    let told = soon(retrying.wait_for(Option::is_some)).await.unwrap().clone().unwrap();
    assert_eq!(told.activity, Activity::TakingTheLease);
    assert!(told.to_string().contains("read-only"), "{told}");
    // A connection that was refused a change is not used again.
    let writable = "SET default_transaction_read_only = off";
    let mut session = fixture.session().await;
    session.execute(writable).await.unwrap();
    session.execute(AssertSqlSafe(read_only("off"))).await.unwrap();
    assert_eq!(soon(subscription.next()).await.unwrap().unwrap().len(), 3);
    assert!(subscription.retrying().is_none());
}

async fn with_three_events(layout: Layout) -> Fixture {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
    fixture
}

async fn of_a_writer(fixture: &Fixture, layout: Layout) -> PostgresStore {
    let config = config_of(fixture, "writer", layout).await;
    PostgresStore::connect(config).await.unwrap()
}

async fn execute(fixture: &Fixture, statement: &str) {
    let statement = AssertSqlSafe(statement.to_owned());
    fixture.session().await.execute(statement).await.unwrap();
}

/// Past the triggers that protect events.
async fn damage_the_third_event(fixture: &Fixture, layout: Layout) {
    let damage = if layout == Layout::Original {
        "UPDATE events SET created_at = 'infinity' WHERE event_id =
             (SELECT event_id FROM stream_events WHERE stream_id = 0 AND stream_version = 3)"
    } else {
        "UPDATE events SET created_at = 'infinity' WHERE position = 3"
    };
    let mut session = fixture.session().await;
    session.execute("SET session_replication_role = replica").await.unwrap();
    session.execute(damage).await.unwrap();
}

fn subscribe(store: &PostgresStore) -> Subscription {
    let store = Arc::new(store.clone());
    let settings = SubscriptionSettings {
        retry_interval: Duration::from_millis(50),
        ..SubscriptionSettings::default()
    };
    let request = Subscribe::new(SubscriptionName::new("x").unwrap(), StreamSelector::All).with_settings(settings);
    Subscriptions::new(store.clone())
        .with_parking(store)
        .subscribe(request)
        .unwrap()
}

async fn end(subscription: &mut Subscription) -> SubscriptionEnded {
    loop {
        if let Err(ended) = soon(subscription.next()).await.unwrap() {
            return ended;
        }
    }
}

fn assert_denied(ended: &SubscriptionEnded) {
    assert!(
        matches!(ended, SubscriptionEnded::Failed(cause) if matches!(**cause, Error::AccessDenied { .. })),
        "{ended:?}"
    );
}

async fn until_nobody_holds_it(fixture: &Fixture) {
    let held = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    let mut session = fixture.session().await;
    let released = async {
        while sqlx::query_scalar::<_, bool>(held)
            .fetch_one(&mut session)
            .await
            .unwrap()
        {
            tokio::task::yield_now().await;
        }
    };
    soon(released).await;
}

async fn soon<T>(awaited: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), awaited).await.unwrap()
}
