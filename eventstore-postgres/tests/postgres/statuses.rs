//! What a store does with the reports of holders that lacks the table, or whose role lacks the rights.

use eventstore_core::backend::{LeaseToken, StatusOutcome, SubscriptionLocks};
use eventstore_core::{
    HolderPolicy, HolderState, StatusReport, StatusText, SubscriptionAdmin, SubscriptionKey, SubscriptionStatusStore,
};
use eventstore_postgres::{Layout, PostgresAdmin, PostgresStore};
use sqlx::Executor;

use crate::roles::config_of;
use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    a_store_without_the_table_works_and_a_migration_adds_it,
    a_role_without_rights_reports_nothing,
    a_subscription_that_another_library_deleted_has_no_status,
}

fn key() -> SubscriptionKey {
    SubscriptionKey::new("s", "a").unwrap()
}

fn report() -> StatusReport {
    StatusReport {
        holder: StatusText::new("host, process 1"),
        delivered: 3.into(),
        in_flight: 0,
        subscribers: 1,
        attempts: 0,
        state: HolderState::Delivering,
        last_failure: None,
    }
}

/// What becomes of a report under a new lease.
async fn report_anew(store: &PostgresStore) -> (LeaseToken, StatusOutcome) {
    let acquired = store.try_acquire(&key(), 0.into()).await.unwrap().unwrap();
    let token = acquired.lease.token();
    let outcome = store.report_status(token, &report()).await.unwrap();
    acquired.lease.release().await;
    (token, outcome)
}

async fn execute(fixture: &Fixture, statement: &'static str) {
    fixture.session().await.execute(statement).await.unwrap();
}

async fn a_store_without_the_table_works_and_a_migration_adds_it(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    execute(&fixture, "DROP TABLE eventstore_subscription_statuses").await;
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    assert_eq!(report_anew(&store).await.1, StatusOutcome::NotKept);
    assert_eq!(store.subscription_statuses().await.unwrap(), []);
    store.delete_subscription(&key(), HolderPolicy::Respect).await.unwrap();
    let admin = PostgresAdmin::new(fixture.config.clone());
    let listed = admin.migrations().await.unwrap();
    assert_eq!(listed.iter().filter(|migration| migration.is_pending()).count(), 1);
    assert_eq!(admin.migrate().await.unwrap().len(), 1);
    assert_eq!(admin.migrate().await.unwrap(), []);
    assert_eq!(report_anew(&store).await.1, StatusOutcome::NotKept);
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    assert_eq!(report_anew(&store).await.1, StatusOutcome::Reported);
}

async fn a_role_without_rights_reports_nothing(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let config = config_of(&fixture, "writer", layout).await;
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    assert_eq!(report_anew(&store).await.1, StatusOutcome::Reported);
    execute(&fixture, "DROP TABLE eventstore_subscription_statuses").await;
    PostgresAdmin::new(fixture.config.clone()).migrate().await.unwrap();
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    assert_eq!(
        report_anew(&store).await.1,
        StatusOutcome::Reported,
        "the rights are those on parked events"
    );
    execute(
        &fixture,
        "REVOKE UPDATE ON eventstore_subscription_statuses FROM writer",
    )
    .await;
    let store = PostgresStore::connect(config).await.unwrap();
    assert_eq!(report_anew(&store).await.1, StatusOutcome::NotKept);
    assert_eq!(store.subscription_statuses().await.unwrap().len(), 1);
    store.delete_subscription(&key(), HolderPolicy::Respect).await.unwrap();
    assert_eq!(store.subscription_statuses().await.unwrap(), []);
}

async fn a_subscription_that_another_library_deleted_has_no_status(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (token, outcome) = report_anew(&fixture.store).await;
    assert_eq!(outcome, StatusOutcome::Reported);
    execute(&fixture, "DELETE FROM subscriptions").await;
    assert_eq!(fixture.store.subscription_statuses().await.unwrap(), []);
    let late = fixture.store.report_status(token, &report()).await.unwrap();
    assert_eq!(late, StatusOutcome::SubscriptionGone);
}
