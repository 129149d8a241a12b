//! How subscriptions end, and what they tell meanwhile, when the storage fails.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, CheckpointOutcome, Lease, LeaseLoss, LeaseToken, Listener, Notifier, Page, PageRequest,
    StatusOutcome, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
use eventstore_core::machine::EndReason;
use eventstore_core::{
    Append, Error, EventNumber, EventReader, EventType, EventWriter, ExpectedVersion, NewEvent, Progress,
    ReportedStatus, Result, StatusReport, StreamDirectory, StreamInfo, StreamName, StreamPage, StreamQuery,
    StreamSelector, SubscriptionKey, SubscriptionName, SubscriptionSettings, SubscriptionStatus,
    SubscriptionStatusStore, Timestamp,
};
use eventstore_subscriptions::{
    AckError, Activity, StartFrom, Subscribe, Subscription, SubscriptionEnded, Subscriptions,
};
use eventstore_testkit::MemoryStore;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

#[tokio::test]
async fn a_checkpoint_that_is_refused_ends_it_with_the_cause() {
    let world = World::with_events(3).await;
    let mut subscription = world.subscribe();
    take(&mut subscription).await;
    world.set(|faults| faults.saving = Saving::Fails(denied));
    subscription.ack(1_u32).await.unwrap();
    let ended = end(&mut subscription).await;
    assert!(
        matches!(&ended, SubscriptionEnded::Failed(cause) if matches!(**cause, Error::AccessDenied { .. })),
        "{ended:?}"
    );
    assert_eq!(ended.to_string(), "the subscription failed: access denied: no right");
    world.set(|faults| *faults = Faults::default());
    assert_eq!(take(&mut world.subscribe()).await, [1, 2, 3], "the lease is given back");
}

#[tokio::test]
async fn a_checkpoint_that_is_not_stored_is_told_by_a_stop() {
    let world = World::with_events(1).await;
    let mut subscription = world.subscribe();
    take(&mut subscription).await;
    world.set(|faults| faults.saving = Saving::Fails(away));
    subscription.ack(1_u32).await.unwrap();
    let mut retrying = subscription.watch_retrying();
    let told = soon(retrying.wait_for(Option::is_some)).await.unwrap().clone().unwrap();
    assert_eq!(told.activity, Activity::StoringTheCheckpoint);
    let stopped = soon(subscription.stop()).await.unwrap_err();
    let SubscriptionEnded::NotStored { source: Some(cause) } = stopped else {
        panic!("{stopped:?}");
    };
    assert!(cause.is_retryable(), "{cause:?}");
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_does_not_answer_keeps_it_from_stopping_for_a_limited_time() {
    let world = World::with_events(1).await;
    let mut subscription = world.subscribe();
    take(&mut subscription).await;
    world.set(|faults| {
        faults.saving = Saving::Hangs;
        faults.keeps_leases = true;
    });
    subscription.ack(1_u32).await.unwrap();
    let acknowledger = subscription.acknowledger();
    let began = Instant::now();
    let stopped = subscription.stop().await.unwrap_err();
    assert!(
        matches!(stopped, SubscriptionEnded::NotStored { source: None }),
        "{stopped:?}"
    );
    let took = began.elapsed();
    assert!(took < Duration::from_secs(16), "{took:?}");
    assert_eq!(acknowledger.ack(1_u32).await, Err(AckError::Ended));
}

#[tokio::test(start_paused = true)]
async fn a_report_that_fails_is_made_up_for_with_the_next_change() {
    let world = World::with_events(2).await;
    world.set(|faults| faults.reporting = Reporting::Fails(denied));
    let mut subscription = world.subscribe();
    take(&mut subscription).await;
    sleep(Duration::from_mins(1)).await;
    world.set(|faults| *faults = Faults::default());
    sleep(Duration::from_mins(1)).await;
    assert_eq!(world.store.subscription_statuses().await.unwrap(), []);
    subscription.ack(1_u32).await.unwrap();
    sleep(Duration::from_secs(6)).await;
    let statuses = world.store.subscription_statuses().await.unwrap();
    assert_eq!(statuses[0].report.in_flight, 1);
    subscription.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_acknowledged_while_it_stops_is_not_called_acknowledged() {
    let world = World::with_events(2).await;
    let mut subscription = world.subscribe();
    take(&mut subscription).await;
    world.set(|faults| faults.saving = Saving::Hangs);
    subscription.ack(1_u32).await.unwrap();
    let (acknowledger, mut progress) = (subscription.acknowledger(), subscription.watch());
    drop(subscription);
    let stopping = progress.wait_for(|progress| progress.status == SubscriptionStatus::Stopping);
    soon(stopping).await.unwrap();
    assert_eq!(soon(acknowledger.ack(2_u32)).await, Err(AckError::Ended));
}

#[tokio::test]
async fn tells_what_fails_until_it_succeeds() {
    let world = World::with_events(2).await;
    world.set(|faults| faults.reading = Reading::Fails(away));
    let mut subscription = world.subscribe();
    let mut retrying = subscription.watch_retrying();
    let again =
        |told: &Option<eventstore_subscriptions::Retrying>| told.as_ref().is_some_and(|told| told.attempts == 2);
    let told = soon(retrying.wait_for(again)).await.unwrap().clone().unwrap();
    assert_eq!(told.activity, Activity::Reading);
    assert!(told.since.elapsed().unwrap() < Duration::from_mins(1));
    assert!(subscription.retrying().is_some());
    world.set(|faults| *faults = Faults::default());
    assert_eq!(take(&mut subscription).await[0], 1);
    assert!(subscription.retrying().is_none());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_ends_it_after_those_before_it() {
    let world = World::with_events(9).await;
    world.set(|faults| faults.reading = Reading::Damaged(6_u32.into()));
    let mut subscription = world.subscribe();
    let mut taken = Vec::new();
    while taken.len() < 5 {
        let numbers = take(&mut subscription).await;
        let last = *numbers.last().unwrap();
        taken.extend(numbers);
        subscription.ack(u32::try_from(last).unwrap()).await.unwrap();
    }
    assert_eq!(taken, [1, 2, 3, 4, 5]);
    let ended = end(&mut subscription).await;
    assert!(
        matches!(ended, SubscriptionEnded::Damaged { after, .. } if after == 5_u32.into()),
        "{ended:?}"
    );
    assert_eq!(
        ended.to_string(),
        "the subscription ended: the event after 5 cannot be read: the storage failed: a stored value is damaged"
    );
    assert_eq!(subscription.progress().checkpoint, 5_u32.into());
}

/// The panic of a task is no orderly end, and makes room for the next subscription.
#[tokio::test]
async fn a_panic_ends_it_as_one() {
    let world = World::with_events(2).await;
    world.set(|faults| faults.reading = Reading::Panics);
    let mut subscription = world.subscribe();
    let ended = end(&mut subscription).await;
    assert!(
        matches!(&ended, SubscriptionEnded::Panicked { number: None, message } if message == "no such page"),
        "{ended:?}"
    );
    let status = subscription.progress().status;
    assert_eq!(status, SubscriptionStatus::Ended(EndReason::Failed));
    assert_eq!(subscription.ack(1_u32).await, Err(AckError::Ended));
    world.set(|faults| *faults = Faults::default());
    assert_eq!(take(&mut world.subscribe()).await, [1, 2]);
}

#[test]
fn the_end_of_its_runtime_is_no_orderly_end() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let (first, second) = (runtime(), runtime());
    let (world, mut subscription) = first.block_on(async {
        let world = World::with_events(2).await;
        let mut subscription = world.subscribe();
        take(&mut subscription).await;
        (world, subscription)
    });
    drop(first);
    second.block_on(async {
        let ended = end(&mut subscription).await;
        assert!(matches!(ended, SubscriptionEnded::RuntimeEnded), "{ended:?}");
        let status = subscription.progress().status;
        assert_eq!(status, SubscriptionStatus::Ended(EndReason::Failed));
        // No holder has said that it ended in good order: the first event may be the cause.
        assert_eq!(take(&mut world.subscribe()).await, [1]);
    });
}

#[tokio::test]
async fn tells_that_it_begins_beyond_the_end_of_its_stream() {
    let world = World::with_events(3).await;
    let request = World::request().with_start(StartFrom::After(5_u32.into()));
    let mut subscription = world.subscriptions.subscribe(request).unwrap();
    let mut progress = subscription.watch();
    let beyond = soon(progress.wait_for(Progress::is_beyond_head)).await;
    assert_eq!(beyond.unwrap().head, Some(3_u32.into()));
    world.append(3).await;
    assert_eq!(take(&mut subscription).await, [6]);
    assert!(!subscription.progress().is_beyond_head());
}

fn denied() -> Error {
    Error::AccessDenied {
        message: "no right".to_owned(),
        source: "no right".into(),
    }
}

fn away() -> Error {
    Error::Unavailable {
        message: "away".to_owned(),
        source: None,
    }
}

/// A store that fails as it is told to.
struct World {
    store: MemoryStore,
    faults: Arc<Mutex<Faults>>,
    subscriptions: Subscriptions,
}

#[derive(Default)]
struct Faults {
    reading: Reading,
    saving: Saving,
    reporting: Reporting,
    keeps_leases: bool,
}

#[derive(Default, Clone, Copy)]
enum Reading {
    #[default]
    Works,
    Fails(fn() -> Error),
    Panics,
    Damaged(EventNumber),
}

#[derive(Default, Clone, Copy)]
enum Saving {
    #[default]
    Works,
    Fails(fn() -> Error),
    Hangs,
}

#[derive(Default, Clone, Copy)]
enum Reporting {
    #[default]
    Works,
    Fails(fn() -> Error),
}

impl World {
    async fn with_events(count: u32) -> Self {
        let (store, faults) = (MemoryStore::new(), Arc::default());
        let backend = Faulty {
            store: store.clone(),
            faults: Arc::clone(&faults),
        };
        let world = Self {
            store,
            faults,
            subscriptions: Subscriptions::new(backend),
        };
        world.append(count).await;
        world
    }

    async fn append(&self, count: u32) {
        let event = || NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
        let events = (0..count).map(|_| event());
        let append = Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, events);
        self.store.append(append.unwrap()).await.unwrap();
    }

    fn set(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.faults.lock().unwrap());
    }

    fn subscribe(&self) -> Subscription {
        self.subscriptions.subscribe(Self::request()).unwrap()
    }

    fn request() -> Subscribe {
        let settings = SubscriptionSettings {
            buffer_size: NonZeroU32::new(10).unwrap(),
            retry_interval: Duration::from_millis(20),
            ..SubscriptionSettings::default()
        };
        let stream = StreamName::new("s").unwrap();
        Subscribe::new(SubscriptionName::new("x").unwrap(), stream).with_settings(settings)
    }
}

async fn take(subscription: &mut Subscription) -> Vec<u64> {
    let batch = soon(subscription.next()).await.unwrap().unwrap();
    batch.iter().map(|event| event.number.get()).collect()
}

/// The reason for the end, whatever is delivered before it.
async fn end(subscription: &mut Subscription) -> SubscriptionEnded {
    loop {
        if let Err(ended) = soon(subscription.next()).await.unwrap() {
            return ended;
        }
    }
}

async fn soon<T>(awaited: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), awaited).await.unwrap()
}

struct Faulty {
    store: MemoryStore,
    faults: Arc<Mutex<Faults>>,
}

#[async_trait]
impl EventReader for Faulty {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        let reading = self.faults.lock().unwrap().reading;
        let page = self.store.read_page(request).await?;
        let has = |number| page.events.iter().any(|event| event.number == number);
        match reading {
            Reading::Fails(error) => Err(error()),
            Reading::Panics => panic!("no such page"),
            Reading::Damaged(number) if has(number) => Err(Error::Storage {
                message: "a stored value is damaged".to_owned(),
                source: "no time".into(),
            }),
            Reading::Works | Reading::Damaged(_) => Ok(page),
        }
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        self.store.number_at(selector, at).await
    }
}

#[async_trait]
impl StreamDirectory for Faulty {
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

#[async_trait]
impl SubscriptionStore for Faulty {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        self.store.find_or_create_subscription(key, start_after).await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        let saving = self.faults.lock().unwrap().saving;
        match saving {
            Saving::Works => self.store.save_checkpoint(lease, checkpoint).await,
            Saving::Fails(error) => Err(error()),
            Saving::Hangs => std::future::pending().await,
        }
    }
}

#[async_trait]
impl SubscriptionStatusStore for Faulty {
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        let reporting = self.faults.lock().unwrap().reporting;
        match reporting {
            Reporting::Works => self.store.report_status(lease, report).await,
            Reporting::Fails(error) => Err(error()),
        }
    }

    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        self.store.subscription_statuses().await
    }
}

#[async_trait]
impl SubscriptionLocks for Faulty {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        let acquired = self.store.try_acquire(key, start_after).await?;
        Ok(acquired.map(|AcquiredLease { lease, checkpoint }| AcquiredLease {
            lease: Box::new(FaultyLease {
                lease,
                faults: Arc::clone(&self.faults),
            }),
            checkpoint,
        }))
    }
}

impl Notifier for Faulty {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.store.listen(selector)
    }
}

struct FaultyLease {
    lease: Box<dyn Lease>,
    faults: Arc<Mutex<Faults>>,
}

#[async_trait]
impl Lease for FaultyLease {
    fn token(&self) -> LeaseToken {
        self.lease.token()
    }

    async fn lost(&self) -> LeaseLoss {
        self.lease.lost().await
    }

    fn watches_stream(&self) -> bool {
        self.lease.watches_stream()
    }

    async fn release(self: Box<Self>) {
        let keeps_leases = self.faults.lock().unwrap().keeps_leases;
        if keeps_leases {
            std::future::pending::<()>().await;
        }
        self.lease.release().await;
    }
}
