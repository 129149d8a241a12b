//! Groups are rows: what only a file, and the clock of its machine, can do to them.

use std::time::Duration;

use eventstore_core::backend::{
    BegunProjection, CheckpointOutcome, HeldPartition, LeaseToken, Membership, ProjectionStep, ProjectionStore,
    SubscriptionLocks, SubscriptionStore,
};
use eventstore_core::{
    Error, EventNumber, GroupSettings, GroupStore, HolderPolicy, MemberId, PartitionCount, Result, StatusText,
    SubscriptionAdmin, SubscriptionKey,
};
use eventstore_sqlite::{SqliteAdmin, SqliteStore};
use sqlx::{Executor, SqliteConnection};
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::Fixture;

/// How long a membership lasts that is not renewed, in milliseconds.
const LASTS: i64 = 3_000;

fn key(name: &str) -> SubscriptionKey {
    SubscriptionKey::new("$all", name).unwrap()
}

fn settings(partitions: u32) -> GroupSettings {
    GroupSettings {
        partitions: PartitionCount::new(partitions).unwrap(),
        ordering: "stream".into(),
        policy: "stop".into(),
    }
}

async fn try_enter(store: &SqliteStore, partitions: u32) -> Result<Option<Membership>> {
    let member = MemberId::new(Uuid::now_v7());
    let (settings, name) = (settings(partitions), StatusText::new("one"));
    store
        .enter_group(&key("g"), &settings, EventNumber::ZERO, member, &name)
        .await
}

async fn enter(store: &SqliteStore, partitions: u32) -> Membership {
    try_enter(store, partitions).await.unwrap().unwrap()
}

async fn is_member(store: &SqliteStore, membership: Membership) -> bool {
    store.renew_membership(membership).await.unwrap().view().is_some()
}

async fn claim(store: &SqliteStore, membership: Membership) -> Vec<HeldPartition> {
    store.claim_partitions(membership, 100).await.unwrap()
}

async fn save(store: &SqliteStore, token: LeaseToken, checkpoint: u32) -> CheckpointOutcome {
    let saved = store.save_checkpoint(token, EventNumber::from(checkpoint)).await;
    saved.unwrap()
}

async fn checkpoints(store: &SqliteStore) -> Vec<u64> {
    let groups = store.list_groups().await.unwrap();
    let partitions = groups[0].partitions.iter();
    partitions.map(|partition| partition.checkpoint.get()).collect()
}

async fn scalar(connection: &mut SqliteConnection, select: &'static str) -> i64 {
    sqlx::query_scalar(select).fetch_one(connection).await.unwrap()
}

/// Makes the file one of an earlier version of the library.
async fn remove_tables(fixture: &Fixture) {
    let drop =
        "DROP TABLE eventstore_groups; DROP TABLE eventstore_group_members; DROP TABLE eventstore_group_partitions";
    fixture.connection().await.execute(drop).await.unwrap();
}

#[tokio::test]
async fn a_membership_lasts_only_in_its_run_of_the_machine_and_no_longer_than_one_lasts() {
    let fixture = Fixture::new().await;
    let mut connection = fixture.connection().await;
    let membership = enter(&fixture.store, 2).await;
    let until = scalar(&mut connection, "SELECT lasts_until FROM eventstore_group_members").await;
    let hour = 60 * 60 * 1_000;
    let ended = [
        ("another run of the machine", Some("another"), until),
        ("a clock that started over", None, until + hour),
        ("a membership that has ended", None, until - LASTS),
        ("a membership of long ago", None, until - hour),
    ];
    for (case, boot, until) in ended {
        let forge = "UPDATE eventstore_group_members SET lasts_boot = coalesce(?, lasts_boot), lasts_until = ?";
        let forge = sqlx::query(forge).bind(boot).bind(until);
        let before: (String, i64) = sqlx::query_as("SELECT lasts_boot, lasts_until FROM eventstore_group_members")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        forge.execute(&mut connection).await.unwrap();
        assert!(!is_member(&fixture.store, membership).await, "{case}");
        assert_eq!(claim(&fixture.store, membership).await, [], "{case}");
        assert_eq!(fixture.store.list_groups().await.unwrap()[0].members, [], "{case}");
        let restore = "UPDATE eventstore_group_members SET lasts_boot = ?, lasts_until = ?";
        let restore = sqlx::query(restore).bind(before.0).bind(before.1);
        restore.execute(&mut connection).await.unwrap();
    }
    assert!(is_member(&fixture.store, membership).await);
}

#[tokio::test]
async fn a_file_of_an_earlier_version_keeps_groups_once_it_is_migrated() {
    let fixture = Fixture::new().await;
    remove_tables(&fixture).await;
    let earlier = fixture.another_store(|config| config).await;
    let admin = SqliteAdmin::new(fixture.config.clone());
    assert!(!admin.is_migrated().await.unwrap());
    let refused = try_enter(&earlier, 2).await;
    let expected =
        matches!(&refused, Err(Error::InvalidInput { argument: "group", reason }) if reason.contains("migrate"));
    assert!(expected, "{refused:?}");
    assert_eq!(earlier.list_groups().await.unwrap(), []);
    let changed = earlier.change_group(&key("g"), &settings(3)).await;
    assert!(
        matches!(changed, Err(Error::SubscriptionNotFound { .. })),
        "{changed:?}"
    );
    let lease = earlier
        .try_acquire(&key("a"), EventNumber::ZERO)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(earlier.list_subscriptions().await.unwrap().len(), 1);
    lease.lease.release().await;

    admin.migrate().await.unwrap();
    assert!(admin.is_migrated().await.unwrap());
    admin.migrate().await.unwrap();
    let later = fixture.another_store(|config| config).await;
    let membership = enter(&later, 2).await;
    assert_eq!(claim(&later, membership).await.len(), 2);
}

/// Such a process knows of no group, and takes the lease of the subscription as ever.
#[tokio::test]
async fn a_single_holder_of_an_earlier_version_ends_the_memberships() {
    let fixture = Fixture::new().await;
    let membership = enter(&fixture.store, 2).await;
    claim(&fixture.store, membership).await;
    let take = "UPDATE eventstore_subscriptions SET lease_epoch = lease_epoch + 1, checkpoint = 7 WHERE name = 'g'";
    fixture.connection().await.execute(take).await.unwrap();
    assert!(!is_member(&fixture.store, membership).await);
    assert!(!fixture.store.subscription_info(&key("g")).await.unwrap().is_held);
    let anew = enter(&fixture.store, 2).await;
    assert!(!is_member(&fixture.store, membership).await, "it has ended for good");
    let held = claim(&fixture.store, anew).await;
    assert!(
        held.iter().all(|held| held.checkpoint == EventNumber::from(7)),
        "{held:?}"
    );
}

/// Its store would renew the lease once it goes on.
#[tokio::test]
async fn a_single_holder_that_was_stopped_for_long_does_not_come_back_beside_members() {
    let fixture = Fixture::new().await;
    let single = fixture.store.try_acquire(&key("g"), EventNumber::ZERO).await;
    let single = single.unwrap().unwrap().lease;
    let stopped = "UPDATE eventstore_subscriptions SET lease_until = lease_until - 3000 WHERE name = 'g'";
    fixture.connection().await.execute(stopped).await.unwrap();
    let membership = enter(&fixture.store, 2).await;
    assert_eq!(save(&fixture.store, single.token(), 5).await, CheckpointOutcome::Fenced);
    single.lost().await;
    assert!(is_member(&fixture.store, membership).await);
}

#[tokio::test]
async fn only_members_hold_partitions_and_a_single_holder_fences_them() {
    let fixture = Fixture::new().await;
    let membership = enter(&fixture.store, 2).await;
    let held = claim(&fixture.store, membership).await;
    for name in ["g[1/2]", "g[2/2]"] {
        let lease = fixture.store.try_acquire(&key(name), EventNumber::ZERO).await.unwrap();
        assert!(lease.is_none(), "{name}");
    }
    let name = StatusText::new("one");
    let nested = fixture
        .store
        .enter_group(
            &key("g[1/2]"),
            &settings(2),
            EventNumber::ZERO,
            membership.member,
            &name,
        )
        .await;
    let is_refused = matches!(
        nested,
        Err(Error::InvalidInput {
            argument: "subscription name",
            ..
        })
    );
    assert!(is_refused, "{nested:?}");
    for (held, checkpoint) in held.iter().zip([4, 9]) {
        assert_eq!(
            save(&fixture.store, held.token, checkpoint).await,
            CheckpointOutcome::Saved
        );
    }
    let single = fixture.store.try_acquire(&key("g"), EventNumber::ZERO).await;
    let single = single.unwrap().unwrap();
    assert_eq!(
        single.checkpoint,
        EventNumber::from(4),
        "where the slowest partition is"
    );
    assert_eq!(save(&fixture.store, held[0].token, 6).await, CheckpointOutcome::Fenced);
    assert_eq!(
        save(&fixture.store, single.lease.token(), 5).await,
        CheckpointOutcome::Saved
    );
    assert_eq!(checkpoints(&fixture.store).await, [5, 9]);
    single.lease.release().await;
}

#[tokio::test]
async fn a_partition_goes_back_to_before_what_a_single_holder_has_acknowledged() {
    let fixture = Fixture::new().await;
    let membership = enter(&fixture.store, 2).await;
    fixture.store.leave_group(membership).await.unwrap();
    let set = async |name: &str, checkpoint: u32| {
        let (key, checkpoint) = (key(name), checkpoint.into());
        let set = fixture.store.set_checkpoint(&key, checkpoint, HolderPolicy::Override);
        set.await.unwrap();
    };
    set("g", 50).await;
    set("g[1/2]", 10).await;
    assert_eq!(checkpoints(&fixture.store).await, [10, 50]);
    let stored = fixture.store.subscription_info(&key("g")).await.unwrap().record;
    assert_eq!(stored.checkpoint, EventNumber::from(10));
    let anew = enter(&fixture.store, 2).await;
    let held = claim(&fixture.store, anew).await;
    let claimed: Vec<_> = held.iter().map(|held| held.checkpoint.get()).collect();
    assert_eq!(claimed, [10, 50]);
}

/// No membership can be renewed during a step, and no one else can take a partition: all last on as it is committed.
#[tokio::test]
async fn a_step_that_lasts_longer_than_a_membership_costs_no_membership() {
    let fixture = Fixture::new().await;
    let other = fixture.another_store(|config| config).await;
    let (first, second) = (enter(&fixture.store, 2).await, enter(&other, 2).await);
    let held = claim(&fixture.store, first).await;
    let step = ProjectionStep {
        lease: held[0].token,
        from: EventNumber::ZERO,
        to: EventNumber::from(5),
    };
    let BegunProjection::Begun(transaction) = fixture.store.begin_step(step).await.unwrap() else {
        panic!("the step does not begin");
    };
    while !other.list_groups().await.unwrap()[0].members.is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    fixture.store.commit_step(transaction).await.unwrap();
    assert!(is_member(&fixture.store, first).await);
    assert!(is_member(&other, second).await);
    assert_eq!(fixture.store.held_partitions(first).await.unwrap().len(), 2);
}

/// Such a process takes the partition for a subscription like any other.
#[tokio::test]
async fn a_partition_that_an_earlier_version_has_deleted_is_made_again() {
    let fixture = Fixture::new().await;
    let membership = enter(&fixture.store, 3).await;
    let held = claim(&fixture.store, membership).await;
    let delete = "DELETE FROM eventstore_subscriptions WHERE name = 'g[2/3]'";
    fixture.connection().await.execute(delete).await.unwrap();
    let outcome = save(&fixture.store, held[1].token, 5).await;
    assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
    enter(&fixture.store, 3).await;
    let taken = claim(&fixture.store, membership).await;
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].partition, held[1].partition);
    assert_ne!(taken[0].token.id, held[1].token.id);
}

#[tokio::test]
async fn nothing_of_a_group_is_left_after_a_reset() {
    let fixture = Fixture::new().await;
    let membership = enter(&fixture.store, 2).await;
    claim(&fixture.store, membership).await;
    SqliteAdmin::new(fixture.config.clone()).reset().await.unwrap();
    assert!(!is_member(&fixture.store, membership).await);
    let mut connection = fixture.connection().await;
    for count in [
        "SELECT count(*) FROM eventstore_groups",
        "SELECT count(*) FROM eventstore_group_members",
        "SELECT count(*) FROM eventstore_group_partitions",
        "SELECT count(*) FROM eventstore_subscriptions",
    ] {
        assert_eq!(scalar(&mut connection, count).await, 0, "{count}");
    }
    enter(&fixture.store, 3).await;
}

/// What no one uses any more is found by an index, however many partitions there are.
#[tokio::test]
async fn what_members_ask_for_all_the_time_reads_no_partition_of_others() {
    let fixture = Fixture::new().await;
    let mut connection = fixture.connection().await;
    for statement in [
        include_str!("../../src/sql/list_members.sql"),
        include_str!("../../src/sql/claim_partitions.sql"),
        include_str!("../../src/sql/held_partitions.sql"),
    ] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&mut connection).await.unwrap();
        let plan: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
        let by_member = plan.iter().any(|step| step.contains("(group_id=? AND member=?)"));
        let is_slow = plan
            .iter()
            .any(|step| step.starts_with("SCAN") || step.contains("TEMP B-TREE"));
        assert!(by_member && !is_slow, "{plan:#?}");
    }
}
