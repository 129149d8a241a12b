//! The locks of subscriptions are those that other programs on the same database take.

use crate::support::Fixture;
use eventstore_core::{
    AcquiredLease, EventNumber, StreamSelector, SubscriptionKey, SubscriptionLocks, SubscriptionName,
};
use sqlx::Connection;

async fn try_acquire(fixture: &Fixture) -> Option<AcquiredLease> {
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("s").unwrap(),
    };
    fixture.store.try_acquire(&key, EventNumber::ZERO).await.unwrap()
}

const TRY_LOCK: &str = "SELECT pg_try_advisory_lock('public.subscriptions'::regclass::oid::int4, $1::int4)";

/// Behaviours: R8.60.
#[tokio::test]
async fn a_lease_is_an_advisory_lock_on_the_table_and_the_id() {
    let fixture = Fixture::new().await;
    let lease = try_acquire(&fixture).await.unwrap().lease;
    let mut session = fixture.session().await;
    let key = i32::try_from(lease.token().id.get()).unwrap();
    assert!(
        !sqlx::query_scalar::<_, bool>(TRY_LOCK)
            .bind(key)
            .fetch_one(&mut session)
            .await
            .unwrap()
    );
    lease.release().await;
    assert!(
        sqlx::query_scalar::<_, bool>(TRY_LOCK)
            .bind(key)
            .fetch_one(&mut session)
            .await
            .unwrap()
    );
    assert!(try_acquire(&fixture).await.is_none());
    session.close().await.unwrap();
}
