//! What the in-memory backend does with groups beyond what every backend has to do.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use eventstore_core::backend::{CheckpointOutcome, HeldPartition, Membership, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{
    Closable, EventNumber, GroupSettings, GroupStore, MemberId, PartitionCount, PartitionNumber, SubscriptionKey,
};
use eventstore_testkit::MemoryStore;
use uuid::Uuid;

#[tokio::test]
async fn a_single_holder_begins_where_the_group_is() {
    let store = MemoryStore::new();
    let membership = enter(&store).await;
    for (held, checkpoint) in claim_both(&store, membership).await.iter().zip([5_u32, 3]) {
        store.save_checkpoint(held.token, checkpoint.into()).await.unwrap();
    }
    let single = store.try_acquire(&key(), EventNumber::ZERO).await.unwrap().unwrap();
    assert_eq!(single.checkpoint, 3_u32.into());
}

#[tokio::test]
async fn a_partition_has_no_single_holder_beside_its_member() {
    let store = MemoryStore::new();
    let partition = PartitionNumber::new(1).unwrap().key(&key(), two()).unwrap();
    let membership = enter(&store).await;
    let single = store.try_acquire(&partition, EventNumber::ZERO).await.unwrap();
    assert!(single.is_some(), "no member holds it yet");
    assert_eq!(store.claim_partitions(membership, 2).await.unwrap().len(), 1);
    drop(single);
    assert_eq!(store.claim_partitions(membership, 2).await.unwrap().len(), 1);
    let beside = store.try_acquire(&partition, EventNumber::ZERO).await.unwrap();
    assert!(beside.is_none());
}

#[tokio::test]
async fn members_of_a_store_that_closes_end_in_good_order() {
    let store = MemoryStore::new();
    let other = store.another_node();
    let (membership, next) = (enter(&store).await, enter(&other).await);
    let held = claim_both(&store, membership).await;
    store.close().await;
    let saved = store.save_checkpoint(held[0].token, 4_u32.into()).await.unwrap();
    assert_eq!(saved, CheckpointOutcome::Saved);
    store.leave_group(membership).await.unwrap();
    let taken = claim_both(&other, next).await;
    assert_eq!(taken[0].checkpoint, 4_u32.into());
    store.save_checkpoint(held[0].token, 5_u32.into()).await.unwrap_err();
}

fn key() -> SubscriptionKey {
    SubscriptionKey::new("$all", "g").unwrap()
}

fn two() -> PartitionCount {
    PartitionCount::new(2).unwrap()
}

async fn enter(store: &MemoryStore) -> Membership {
    let settings = GroupSettings {
        partitions: two(),
        ordering: "stream".into(),
        policy: "stop".into(),
    };
    let member = MemberId::new(Uuid::now_v7());
    let entered = store
        .enter_group(&key(), &settings, EventNumber::ZERO, member, &"m".into())
        .await;
    entered.unwrap().unwrap()
}

async fn claim_both(store: &MemoryStore, membership: Membership) -> Vec<HeldPartition> {
    let held = store.claim_partitions(membership, 2).await.unwrap();
    assert_eq!(held.len(), 2, "both are free: {held:?}");
    held
}
