//! A projection moves the checkpoint of its own subscription, under the lease that its events were delivered under.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::error::Error as _;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::SubscriptionLocks;
use eventstore_core::{
    Append, EventNumber, EventType, EventWriter, ExpectedVersion, HolderPolicy, NewEvent, StreamName, StreamSelector,
    SubscriptionAdmin, SubscriptionKey, SubscriptionName, SubscriptionSettings,
};
use eventstore_subscriptions::{
    Delivery, Projection, ProjectionError, Projector, Subscribe, SubscriptionEnded, Subscriptions,
    TransientSubscription,
};
use eventstore_testkit::{MemoryStore, MemoryTransaction};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// Notes what it is given; refuses everything at first.
#[derive(Default)]
struct Numbers {
    seen: Vec<u64>,
    accepts: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("it is too early")]
struct NotYet;

#[async_trait]
impl Projector<MemoryTransaction> for Numbers {
    type Error = NotYet;

    async fn project(&mut self, _: &mut MemoryTransaction, events: &[Delivery]) -> Result<(), NotYet> {
        if !self.accepts {
            return Err(NotYet);
        }
        self.seen.extend(events.iter().map(|event| event.number.get()));
        Ok(())
    }
}

/// A projector whose errors are of whatever kind.
struct Failing;

#[async_trait]
impl Projector<MemoryTransaction> for Failing {
    type Error = anyhow::Error;

    async fn project(&mut self, _: &mut MemoryTransaction, events: &[Delivery]) -> anyhow::Result<()> {
        anyhow::bail!("{} events are too many", events.len())
    }
}

/// A projector that never comes to an end.
struct Stuck;

#[async_trait]
impl Projector<MemoryTransaction> for Stuck {
    type Error = NotYet;

    async fn project(&mut self, _: &mut MemoryTransaction, _: &[Delivery]) -> Result<(), NotYet> {
        pending().await
    }
}

/// A projection of three events, and another node on its storage.
struct World {
    other: MemoryStore,
    projection: Projection<Arc<MemoryStore>>,
    numbers: Numbers,
}

impl World {
    async fn new() -> Self {
        let store = MemoryStore::new();
        let events = (0..3).map(|_| NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}"));
        let append = Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, events).unwrap();
        store.append(append).await.unwrap();
        let settings = SubscriptionSettings {
            buffer_size: 10.try_into().unwrap(),
            ..SubscriptionSettings::default()
        };
        let request = Subscribe::new(key().name, StreamSelector::All).with_settings(settings);
        let other = store.another_node();
        let store = Arc::new(store);
        let subscription = Subscriptions::new(store.clone()).subscribe(request).unwrap();
        Self {
            other,
            projection: Projection::new(store, subscription).unwrap(),
            numbers: Numbers::default(),
        }
    }

    async fn step(&mut self) -> Result<bool, ProjectionError> {
        let step = self.projection.step(&mut self.numbers);
        timeout(Duration::from_secs(20), step).await.unwrap()
    }

    /// The projection holds a batch that it has not projected.
    async fn holds_a_batch(&mut self) {
        let refused = self.step().await;
        assert!(
            matches!(&refused, Err(ProjectionError::Projector(error)) if error.is::<NotYet>()),
            "{refused:?}"
        );
        self.numbers.accepts = true;
    }

    async fn set(&self, checkpoint: u32) {
        let key = key();
        let set = self
            .other
            .set_checkpoint(&key, checkpoint.into(), HolderPolicy::Override);
        set.await.unwrap();
    }

    async fn checkpoint(&self) -> EventNumber {
        self.other.subscription_info(&key()).await.unwrap().record.checkpoint
    }
}

fn key() -> SubscriptionKey {
    SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("p").unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_was_deleted_is_not_created_again_by_a_batch_of_before() {
    let mut world = World::new().await;
    world.holds_a_batch().await;
    let key = key();
    let deleted = world.other.delete_subscription(&key, HolderPolicy::Override);
    deleted.await.unwrap();
    let ended = world.step().await;
    assert!(
        matches!(
            ended,
            Err(ProjectionError::Ended(SubscriptionEnded::SubscriptionDeleted))
        ),
        "{ended:?}"
    );
    assert!(world.numbers.seen.is_empty(), "{:?}", world.numbers.seen);
    assert_eq!(world.other.list_subscriptions().await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_projected_under_a_lease_that_was_lost() {
    let mut world = World::new().await;
    world.holds_a_batch().await;
    world.set(1).await;
    assert!(world.step().await.unwrap());
    assert_eq!(world.numbers.seen, [2, 3]);
    assert_eq!(world.checkpoint().await, 3.into());
}

/// The checkpoint is where the batch begins, so that only the lease tells that the batch is of before.
#[tokio::test(start_paused = true)]
async fn nothing_is_projected_while_another_one_holds_the_lease() {
    let mut world = World::new().await;
    world.holds_a_batch().await;
    world.set(0).await;
    let heir = world.other.try_acquire(&key(), EventNumber::ZERO).await;
    let heir = heir.unwrap().unwrap();
    let step = world.projection.step(&mut world.numbers);
    let made = timeout(Duration::from_secs(20), step).await;
    assert!(made.is_err(), "a step was made beside another lease: {made:?}");
    assert!(world.numbers.seen.is_empty(), "{:?}", world.numbers.seen);
    assert_eq!(world.checkpoint().await, EventNumber::ZERO);
    heir.lease.release().await;
    assert!(world.step().await.unwrap());
    assert_eq!(world.numbers.seen, [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_that_is_set_back_is_told_once() {
    let mut world = World::new().await;
    world.numbers.accepts = true;
    assert!(world.step().await.unwrap());
    world.set(1).await;
    let told = world.step().await;
    assert!(
        matches!(told, Err(ProjectionError::SetBack { checkpoint }) if checkpoint == 1.into()),
        "{told:?}"
    );
    assert!(world.step().await.unwrap());
    assert_eq!(world.numbers.seen, [1, 2, 3, 2, 3]);
    assert_eq!(world.checkpoint().await, 3.into());
}

#[tokio::test]
async fn a_transient_subscription_is_refused() {
    let store = Arc::new(MemoryStore::new());
    let request = Subscribe::transient(StreamSelector::All);
    let subscription = Subscriptions::new(store.clone()).subscribe(request).unwrap();
    let refused = Projection::new(store, subscription);
    assert_eq!(refused.err(), Some(TransientSubscription));
}

#[tokio::test]
async fn tells_an_error_of_any_kind() {
    let mut world = World::new().await;
    let failed = world.projection.step(&mut Failing).await.unwrap_err();
    let source = failed.source().unwrap().to_string();
    assert_eq!(source, "3 events are too many");
    assert!(world.step().await.is_err());
}

/// What is stored when it is shut down is known to the next one.
#[tokio::test(start_paused = true)]
async fn ends_in_good_order_when_it_is_shut_down() {
    let World {
        other,
        projection,
        mut numbers,
    } = World::new().await;
    numbers.accepts = true;
    let mut progress = projection.subscription().watch();
    let caught_up = async {
        progress.wait_for(|progress| progress.caught_up).await.unwrap();
    };
    let ended = projection.run_until(&mut numbers, caught_up);
    timeout(Duration::from_secs(20), ended).await.unwrap().unwrap();
    assert_eq!(numbers.seen, [1, 2, 3]);
    let info = other.subscription_info(&key()).await.unwrap();
    assert_eq!((info.record.checkpoint, info.is_held), (3_u32.into(), false));
}

/// A step that does not come to its end does not keep the projection from ending, and is not stored.
#[tokio::test(start_paused = true)]
async fn ends_when_it_is_shut_down_although_a_step_goes_on() {
    let World { other, projection, .. } = World::new().await;
    let mut stuck = Stuck;
    let ended = projection.run_until(&mut stuck, sleep(Duration::from_secs(5)));
    timeout(Duration::from_secs(20), ended).await.unwrap().unwrap();
    let info = other.subscription_info(&key()).await.unwrap();
    assert_eq!((info.record.checkpoint, info.is_held), (0_u32.into(), false));
}

#[tokio::test]
async fn tells_why_it_failed_before_it_was_shut_down() {
    let World { other, projection, .. } = World::new().await;
    let failed = projection.run_until(&mut Failing, pending()).await.unwrap_err();
    assert!(matches!(failed, ProjectionError::Projector(_)), "{failed:?}");
    assert!(!other.subscription_info(&key()).await.unwrap().is_held);
}
