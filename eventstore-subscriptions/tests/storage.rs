//! What subscribers notice of a storage that does not answer, and what the storage notices of them.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, CheckpointOutcome, LeaseToken, Listener, Notifier, Page, PageRequest, SubscriptionLocks,
    SubscriptionRecord, SubscriptionStore,
};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, EventNumber, EventReader, EventType, EventWriter, ExpectedVersion, NewEvent,
    Progress, Result, StreamDirectory, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector,
    SubscriptionKey, SubscriptionName, SubscriptionSettings, SubscriptionStatus, SubscriptionStatusStore, Timestamp,
};
use eventstore_subscriptions::{Subscribe, Subscription, Subscriptions};
use eventstore_testkit::MemoryStore;
use eventstore_testkit::conformance::Parts;
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// Behaviours: T20.
#[tokio::test]
async fn acknowledging_does_not_wait_for_a_checkpoint() {
    let world = World::with_events(3).await;
    let mut subscription = world.subscriptions().subscribe(World::request()).unwrap();
    world.gate.send_replace(true);
    assert_eq!(batch(&mut subscription).await, 1);
    world.gate.send_replace(false);
    for number in 1..=2_u32 {
        subscription.ack(number).await.unwrap();
        assert_eq!(batch(&mut subscription).await, u64::from(number) + 1);
    }
    assert_eq!(subscription.progress().checkpoint, EventNumber::ZERO);
    world.gate.send_replace(true);
    until(&mut subscription, |progress| progress.checkpoint == 2_u32.into()).await;
}

/// Behaviours: R8.2, R8.28, R8.41, T50, T60.
#[tokio::test]
async fn subscribing_does_not_wait_for_the_storage() {
    let world = World::with_events(2).await;
    let subscriptions = world.subscriptions();
    let mut subscribers = [(); 2].map(|()| subscriptions.subscribe(World::request()).unwrap());
    for subscriber in &mut subscribers {
        until(subscriber, |progress| progress.subscribers == 2).await;
        assert_eq!(subscriber.progress().status, SubscriptionStatus::Acquiring);
        subscriber.ack(1_u32).await.unwrap();
        assert!(subscriber.next().now_or_never().is_none());
    }
    world.gate.send_replace(true);
    let mut delivered = [0; 2];
    for (subscriber, delivered) in subscribers.iter_mut().zip(&mut delivered) {
        *delivered = batch(subscriber).await;
    }
    delivered.sort_unstable();
    assert_eq!(delivered, [1, 2]);
}

/// Behaviours: R8.59, T18, T25, T58.
#[tokio::test(start_paused = true)]
async fn an_idle_subscription_reads_nothing_between_its_polls() {
    let world = World::with_events(2).await;
    world.gate.send_replace(true);
    sleep(Duration::from_mins(5)).await;
    assert_eq!(world.reads(), 0, "reads without subscribers");

    let mut subscription = world.subscriptions().subscribe(World::request()).unwrap();
    for number in 1..=2_u32 {
        batch(&mut subscription).await;
        subscription.ack(number).await.unwrap();
    }
    until(&mut subscription, |progress| progress.caught_up).await;
    let reads = world.reads();
    sleep(Duration::from_secs(315)).await;
    assert!(world.reads() - reads <= 10, "more than a read in each of ten intervals");
    subscription.stop().await.unwrap();
    let reads = world.reads();
    sleep(Duration::from_mins(5)).await;
    assert_eq!(world.reads(), reads, "reads after the last subscriber left");
}

/// Behaviours: R8.19, T43.
#[tokio::test]
async fn passing_over_events_takes_a_read_a_page() {
    let world = World::with_events(30_000).await;
    world.gate.send_replace(true);
    let request = World::request().with_selection(|_| false);
    let mut subscription = world.subscriptions().subscribe(request).unwrap();
    until(&mut subscription, |progress| progress.acknowledged == 30_000_u32.into()).await;
    assert!(world.reads() <= 32, "{} reads", world.reads());
}

/// A store whose subscriptions are kept behind a gate, which is closed at first.
struct World {
    store: MemoryStore,
    gate: watch::Sender<bool>,
    reads: Arc<AtomicUsize>,
}

impl World {
    async fn with_events(count: u32) -> Self {
        let store = MemoryStore::new();
        let event = |number| NewEvent::new(Uuid::from_u128(number), EventType::new("Happened").unwrap(), "{}");
        let events = (1..=u128::from(count)).map(event);
        let append = Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, events);
        store.append(append.unwrap()).await.unwrap();
        Self {
            store,
            gate: watch::Sender::new(false),
            reads: Arc::default(),
        }
    }

    fn subscriptions(&self) -> Subscriptions {
        let parts = Parts::default()
            .streams(Counted {
                store: self.store.clone(),
                reads: Arc::clone(&self.reads),
            })
            .subscriptions(Gated {
                store: self.store.clone(),
                gate: self.gate.clone(),
            });
        Subscriptions::new(Arc::new(parts))
    }

    /// One event at a time, for two subscribers.
    fn request() -> Subscribe {
        let settings = SubscriptionSettings {
            buffer_size: NonZeroU32::MIN,
            concurrency_limit: NonZeroU32::new(2).unwrap(),
            checkpoint_threshold: NonZeroU64::MIN,
            ..SubscriptionSettings::default()
        };
        let stream = StreamName::new("s").unwrap();
        Subscribe::new(SubscriptionName::new("x").unwrap(), stream).with_settings(settings)
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

/// The number of the one event in the next batch.
async fn batch(subscription: &mut Subscription) -> u64 {
    let batch = soon(subscription.next()).await.unwrap().unwrap();
    assert_eq!(batch.len(), 1);
    batch[0].number.get()
}

async fn until(subscription: &mut Subscription, reached: impl Fn(&Progress) -> bool) {
    let mut progress = subscription.watch();
    soon(progress.wait_for(reached)).await.unwrap();
}

async fn soon<T>(awaited: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), awaited).await.unwrap()
}

struct Gated {
    store: MemoryStore,
    gate: watch::Sender<bool>,
}

impl Gated {
    async fn pass(&self) {
        let _ = self.gate.subscribe().wait_for(|is_open| *is_open).await;
    }
}

#[async_trait]
impl SubscriptionStore for Gated {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        self.pass().await;
        self.store.find_or_create_subscription(key, start_after).await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        self.pass().await;
        self.store.save_checkpoint(lease, checkpoint).await
    }
}

impl SubscriptionStatusStore for Gated {}

#[async_trait]
impl SubscriptionLocks for Gated {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        self.pass().await;
        self.store.try_acquire(key, start_after).await
    }
}

impl Notifier for Gated {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.store.listen(selector)
    }
}

struct Counted {
    store: MemoryStore,
    reads: Arc<AtomicUsize>,
}

#[async_trait]
impl EventReader for Counted {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.read_page(request).await
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        self.store.number_at(selector, at).await
    }
}

#[async_trait]
impl EventWriter for Counted {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.store.append(append).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.store.append_set(set).await
    }
}

#[async_trait]
impl StreamDirectory for Counted {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        self.store.stream_info(selector).await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        self.store.list_streams(query).await
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        self.store.streams_by_name(prefix, after, limit).await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        self.store.newest_streams(before, limit).await
    }
}
