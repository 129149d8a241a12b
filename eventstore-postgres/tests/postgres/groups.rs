//! Groups where the tables are missing, where another transaction is in the way, and where another library begins the ids again.

use std::time::{Duration, Instant};

use eventstore_core::backend::{CheckpointOutcome, HeldPartition, Membership, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{
    Error, GroupSettings, GroupStore, HolderPolicy, MemberId, PartitionCount, Result, StatusText, SubscriptionAdmin,
    SubscriptionKey,
};
use eventstore_postgres::{Layout, PostgresAdmin, PostgresStore};
use futures_util::future::join_all;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::roles::config_of;
use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    a_store_without_the_tables_works_and_a_migration_adds_them,
    a_role_without_rights_enters_no_group,
    a_name_of_another_subscription_is_not_taken,
    a_membership_that_is_being_renewed_lasts,
    what_others_have_locked_is_left_out_and_not_waited_for,
    a_group_of_ids_that_begin_again_is_forgotten,
    a_partition_that_a_member_holds_has_no_single_holder,
    a_single_holder_goes_on_where_the_slowest_partition_is,
    checkpoints_of_partitions_are_stored_while_the_store_closes,
    a_reset_and_a_drop_take_the_groups_along,
    whatever_is_done_at_once_nothing_waits_for_itself,
}

fn key() -> SubscriptionKey {
    SubscriptionKey::new("$all", "billing").unwrap()
}

fn partition_key(name: &str) -> SubscriptionKey {
    SubscriptionKey::new("$all", name).unwrap()
}

fn settings() -> GroupSettings {
    GroupSettings {
        partitions: PartitionCount::new(4).unwrap(),
        ordering: "stream".into(),
        policy: "stop".into(),
    }
}

async fn try_enter(store: &PostgresStore) -> Result<Option<Membership>> {
    let member = MemberId::new(Uuid::now_v7());
    let name = StatusText::new("host, process 1");
    store.enter_group(&key(), &settings(), 0.into(), member, &name).await
}

async fn enter(store: &PostgresStore) -> Membership {
    try_enter(store).await.unwrap().unwrap()
}

async fn claim(store: &PostgresStore, membership: Membership, at_most: u16) -> Vec<HeldPartition> {
    store.claim_partitions(membership, at_most).await.unwrap()
}

fn numbers(held: &[HeldPartition]) -> Vec<u16> {
    held.iter().map(|held| held.partition.get()).collect()
}

async fn execute(connection: &mut PgConnection, statement: &'static str) {
    connection.execute(statement).await.unwrap();
}

async fn a_store_without_the_tables_works_and_a_migration_adds_them(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let drop = "DROP TABLE eventstore_groups, eventstore_group_members, eventstore_group_partitions";
    execute(&mut fixture.session().await, drop).await;
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let refused = try_enter(&store).await;
    assert!(matches!(refused, Err(Error::NotInitialized { .. })), "{refused:?}");
    assert_eq!(store.list_groups().await.unwrap(), []);
    let lease = store.try_acquire(&key(), 3.into()).await.unwrap().unwrap().lease;
    assert!(store.subscription_info(&key()).await.unwrap().is_held);
    lease.release().await;
    store
        .set_checkpoint(&key(), 2.into(), HolderPolicy::Override)
        .await
        .unwrap();
    let admin = PostgresAdmin::new(fixture.config.clone());
    let listed = admin.migrations().await.unwrap();
    assert_eq!(listed.iter().filter(|migration| migration.is_pending()).count(), 1);
    assert_eq!(admin.migrate().await.unwrap().len(), 1);
    assert_eq!(admin.migrate().await.unwrap(), []);
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let given = claim(&store, enter(&store).await, 1).await;
    assert_eq!(given[0].checkpoint, 2.into());
}

async fn a_role_without_rights_enters_no_group(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (writer, reader) = (
        config_of(&fixture, "writer", layout).await,
        config_of(&fixture, "reader", layout).await,
    );
    let mut session = fixture.session().await;
    let drop = "DROP TABLE eventstore_groups, eventstore_group_members, eventstore_group_partitions";
    execute(&mut session, drop).await;
    PostgresAdmin::new(fixture.config.clone()).migrate().await.unwrap();
    let store = PostgresStore::connect(writer.clone()).await.unwrap();
    enter(&store).await;
    let reader = PostgresStore::connect(reader).await.unwrap();
    assert_eq!(reader.list_groups().await.unwrap()[0].members.len(), 1);
    assert_eq!(reader.list_subscriptions().await.unwrap().len(), 5);
    execute(&mut session, "REVOKE UPDATE ON eventstore_group_members FROM writer").await;
    let store = PostgresStore::connect(writer).await.unwrap();
    for store in [&store, &reader] {
        let refused = try_enter(store).await;
        assert!(matches!(refused, Err(Error::AccessDenied { .. })), "{refused:?}");
        assert_eq!(store.list_groups().await.unwrap().len(), 1);
    }
}

async fn a_name_of_another_subscription_is_not_taken(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let store = &fixture.store;
    let taken = partition_key("billing[3/4]");
    store.find_or_create_subscription(&taken, 7.into()).await.unwrap();
    let refused = try_enter(store).await;
    assert!(
        matches!(&refused, Err(Error::InvalidInput { argument: "subscription name", reason }) if reason.contains("billing[3/4]")),
        "{refused:?}"
    );
    assert_eq!(store.list_groups().await.unwrap(), []);
    assert_eq!(store.list_subscriptions().await.unwrap().len(), 1);
    store.delete_subscription(&taken, HolderPolicy::Respect).await.unwrap();
    enter(store).await;
}

/// A renewal that is on its way when the membership would end.
async fn a_membership_that_is_being_renewed_lasts(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (renewing, claiming) = (enter(&fixture.store).await, enter(&fixture.store).await);
    claim(&fixture.store, renewing, 4).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    renew_in(&mut transaction, renewing).await;
    let mut other = fixture.session().await;
    renew_in(&mut other, claiming).await;
    tokio::time::sleep(Membership::DURATION + Duration::from_millis(200)).await;
    assert_eq!(claim(&fixture.store, claiming, 4).await, []);
    transaction.commit().await.unwrap();
    assert_eq!(claim(&fixture.store, claiming, 4).await, []);
    let view = fixture.store.renew_membership(renewing).await.unwrap().view().unwrap();
    assert!(view.members.contains(&(renewing.member, 4)), "{view:?}");
}

async fn renew_in(connection: &mut PgConnection, membership: Membership) {
    sqlx::query(
        "UPDATE eventstore_group_members SET lasts_until = clock_timestamp() + interval '1 hour' WHERE member = $1",
    )
    .bind(membership.member.as_uuid())
    .execute(connection)
    .await
    .unwrap();
}

async fn what_others_have_locked_is_left_out_and_not_waited_for(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let membership = enter(&fixture.store).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    execute(
        &mut transaction,
        "SELECT FROM eventstore_group_partitions WHERE partition = 1 FOR UPDATE",
    )
    .await;
    execute(
        &mut transaction,
        "SELECT FROM subscriptions WHERE subscription_name = 'billing[3/4]' FOR UPDATE",
    )
    .await;
    let started = Instant::now();
    assert_eq!(numbers(&claim(&fixture.store, membership, 9).await), [2, 4]);
    assert!(started.elapsed() < Duration::from_secs(2));
    transaction.rollback().await.unwrap();
    assert_eq!(numbers(&claim(&fixture.store, membership, 9).await), [1, 3]);
}

async fn a_group_of_ids_that_begin_again_is_forgotten(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let former = enter(&fixture.store).await;
    claim(&fixture.store, former, 4).await;
    let mut session = fixture.session().await;
    // As the other library resets a store.
    execute(&mut session, "TRUNCATE subscriptions RESTART IDENTITY").await;
    let store = &fixture.store;
    assert_eq!(store.list_groups().await.unwrap(), []);
    assert_eq!(store.renew_membership(former).await.unwrap().view(), None);
    for name in ["a", "b", "c"] {
        store
            .find_or_create_subscription(&partition_key(name), 7.into())
            .await
            .unwrap();
    }
    assert_eq!(store.list_groups().await.unwrap(), []);
    let listed = store.list_subscriptions().await.unwrap();
    assert!(
        listed
            .iter()
            .all(|info| !info.is_held && info.record.checkpoint == 7.into()),
        "{listed:?}"
    );
    store
        .delete_subscription(&partition_key("b"), HolderPolicy::Respect)
        .await
        .unwrap();
    let membership = enter(store).await;
    assert_eq!(numbers(&claim(store, membership, 9).await), [1, 2, 3, 4]);
    assert_eq!(store.list_groups().await.unwrap()[0].members.len(), 1);
}

async fn a_partition_that_a_member_holds_has_no_single_holder(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let store = &fixture.store;
    let membership = enter(store).await;
    let given = claim(store, membership, 1).await;
    let first = partition_key("billing[1/4]");
    assert!(store.try_acquire(&first, 0.into()).await.unwrap().is_none());
    let saved = store.save_checkpoint(given[0].token, 3.into()).await.unwrap();
    assert_eq!(saved, CheckpointOutcome::Saved);
    store.leave_group(membership).await.unwrap();
    let lease = store.try_acquire(&first, 0.into()).await.unwrap().unwrap();
    assert_eq!(lease.checkpoint, 3.into());
}

async fn a_single_holder_goes_on_where_the_slowest_partition_is(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let store = &fixture.store;
    let membership = enter(store).await;
    for (held, checkpoint) in claim(store, membership, 4).await.iter().zip([5_u32, 9, 4, 7]) {
        store.save_checkpoint(held.token, checkpoint.into()).await.unwrap();
    }
    let single = store.try_acquire(&key(), 0.into()).await.unwrap().unwrap();
    assert_eq!(single.checkpoint, 4.into());
    assert_eq!(store.renew_membership(membership).await.unwrap().view(), None);
    let saved = store.save_checkpoint(single.lease.token(), 6.into()).await.unwrap();
    assert_eq!(saved, CheckpointOutcome::Saved);
    assert_eq!(
        store.subscription_info(&key()).await.unwrap().record.checkpoint,
        6.into()
    );
}

async fn checkpoints_of_partitions_are_stored_while_the_store_closes(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let store = &fixture.store;
    let membership = enter(store).await;
    let given = claim(store, membership, 2).await;
    store
        .release_partitions(membership, &[given[1].partition])
        .await
        .unwrap();
    store.close().await;
    let saved = store.save_checkpoint(given[0].token, 3.into()).await.unwrap();
    assert_eq!(saved, CheckpointOutcome::Saved);
    let late = store.save_checkpoint(given[1].token, 3.into()).await;
    assert!(matches!(late, Err(Error::StoreClosed)), "{late:?}");
    store
        .release_partitions(membership, &[given[0].partition])
        .await
        .unwrap();
    store.leave_group(membership).await.unwrap();
    let left = store.leave_group(membership).await;
    assert!(matches!(left, Err(Error::StoreClosed)), "{left:?}");
    let other = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    assert_eq!(other.list_groups().await.unwrap()[0].members, []);
}

async fn a_reset_and_a_drop_take_the_groups_along(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    enter(&fixture.store).await;
    let admin = PostgresAdmin::new(fixture.config.clone());
    admin.reset().await.unwrap();
    let rows = "SELECT (SELECT count(*) FROM eventstore_groups) + (SELECT count(*) FROM eventstore_group_members)
        + (SELECT count(*) FROM eventstore_group_partitions)";
    let mut session = fixture.session().await;
    let left: i64 = sqlx::query_scalar(rows).fetch_one(&mut session).await.unwrap();
    assert_eq!(left, 0);
    admin.drop().await.unwrap();
    let tables = "SELECT count(*) FROM pg_class WHERE relname LIKE 'eventstore\\_group%'";
    let left: i64 = sqlx::query_scalar(tables).fetch_one(&mut session).await.unwrap();
    assert_eq!(left, 0);
}

/// Members come, go and store checkpoints while an operator sets them; what is refused is refused for a reason.
async fn whatever_is_done_at_once_nothing_waits_for_itself(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let end = Instant::now() + Duration::from_secs(2);
    let members = (0..6).map(|_| come_and_go(&fixture.store, end));
    let (saved, set) = tokio::join!(join_all(members), set_checkpoints(&fixture.store, end));
    assert!(saved.iter().sum::<u32>() > 20, "{saved:?}");
    assert!(set > 5, "{set}");
    let membership = enter(&fixture.store).await;
    let left = claim(&fixture.store, membership, 9).await;
    assert_eq!(numbers(&left), [1, 2, 3, 4]);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

/// Returns how many checkpoints were stored.
async fn come_and_go(store: &PostgresStore, end: Instant) -> u32 {
    let mut saved = 0;
    while Instant::now() < end {
        // A change under way holds the lease.
        let Some(membership) = try_enter(store).await.unwrap() else {
            continue;
        };
        for _ in 0..3 {
            let given = claim(store, membership, 2).await;
            for held in &given {
                let outcome = store.save_checkpoint(held.token, held.checkpoint).await.unwrap();
                saved += u32::from(outcome == CheckpointOutcome::Saved);
            }
            store.renew_membership(membership).await.unwrap();
            let back: Vec<_> = given.iter().map(|held| held.partition).take(1).collect();
            store.release_partitions(membership, &back).await.unwrap();
        }
        store.leave_group(membership).await.unwrap();
    }
    saved
}

async fn set_checkpoints(store: &PostgresStore, end: Instant) -> u32 {
    let mut set = 0;
    while Instant::now() < end {
        for key in [key(), partition_key("billing[2/4]"), partition_key("billing[3/4]")] {
            match store.set_checkpoint(&key, 0.into(), HolderPolicy::Override).await {
                Ok(()) => set += 1,
                Err(error) => assert!(matches!(error, Error::SubscriptionNotFound { .. }), "{error:?}"),
            }
        }
        let changed = store.change_group(&key(), &settings()).await;
        assert!(
            matches!(
                changed,
                Ok(()) | Err(Error::SubscriptionHeld { .. } | Error::SubscriptionNotFound { .. })
            ),
            "{changed:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    set
}

/// The other library takes the same lock as a single holder, and raises no epoch.
#[tokio::test]
async fn memberships_end_when_the_other_library_takes_the_lease() {
    let fixture = Fixture::of(Layout::Original).await;
    let store = &fixture.store;
    let (former, other) = (enter(store).await, enter(store).await);
    let given = claim(store, former, 4).await;
    let mut theirs = fixture.session().await;
    let lock = "SELECT pg_try_advisory_lock('subscriptions'::regclass::oid::int4, $1::int4)";
    let query = sqlx::query_scalar::<_, bool>(lock).bind(former.group.get());
    assert!(query.fetch_one(&mut theirs).await.unwrap());
    assert_eq!(store.renew_membership(former).await.unwrap().view(), None);
    assert_eq!(try_enter(store).await.unwrap(), None);
    assert!(store.subscription_info(&key()).await.unwrap().is_held);
    let ack = "UPDATE subscriptions SET last_seen = 5 WHERE subscription_name = 'billing'";
    execute(&mut theirs, ack).await;
    execute(&mut theirs, "SELECT pg_advisory_unlock_all()").await;

    assert_eq!(
        store.renew_membership(former).await.unwrap().view(),
        None,
        "it has ended for good"
    );
    // A member that has not noticed goes on.
    let view = store.renew_membership(other).await.unwrap().view().unwrap();
    assert_eq!(view.members, [(other.member, 0)]);
    let taken = claim(store, enter(store).await, 4).await;
    assert!(taken.iter().all(|held| held.checkpoint == 5.into()), "{taken:?}");
    let late = store.save_checkpoint(given[0].token, 9.into()).await.unwrap();
    assert_eq!(late, CheckpointOutcome::Fenced);
}

/// An operator who is refused does not get in the way of the members, who would take the lock of the change for that of a single holder.
#[tokio::test]
async fn a_refused_change_ends_no_membership() {
    let fixture = Fixture::of(Layout::Original).await;
    let store = &fixture.store;
    let membership = enter(store).await;
    let refuse = async {
        for _ in 0..50 {
            let refused = store.set_checkpoint(&key(), 3.into(), HolderPolicy::Respect).await;
            assert!(matches!(refused, Err(Error::SubscriptionHeld { .. })), "{refused:?}");
        }
    };
    let renew = async {
        for _ in 0..100 {
            assert!(store.renew_membership(membership).await.unwrap().view().is_some());
        }
    };
    tokio::join!(refuse, renew);
}
