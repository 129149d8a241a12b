//! What a group does with its handlers; the kit's cases say what it does with a storage.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventstore_core::{
    BoxError, Error, EventNumber, EventWriterExt, ExpectedVersion, GroupSettings, GroupStore, HolderPolicy,
    HolderState, MemberId, NewEvent, PartitionCount, StatusReport, StatusText, SubscriptionAdmin, SubscriptionKey,
    SubscriptionSettings, SubscriptionStatusStore,
};
use eventstore_subscriptions::{
    Delivery, GiveUp, Group, OrderingKey, RetryPolicy, RunError, Subscribe, SubscribeError, SubscriptionEnded,
    Subscriptions,
};
use eventstore_testkit::MemoryStore;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(20);

fn event() -> NewEvent {
    NewEvent::new(Uuid::now_v7(), "Happened".parse().unwrap(), "{}")
}

async fn append(store: &MemoryStore, stream: &str, count: usize) {
    let events: Vec<_> = (0..count).map(|_| event()).collect();
    store.append_events(stream, ExpectedVersion::Any, events).await.unwrap();
}

fn group(partitions: u32) -> Group {
    Group::new(partitions).unwrap()
}

fn request() -> Subscribe {
    Subscribe::to_all("g").unwrap()
}

fn subscriptions(store: &MemoryStore) -> Subscriptions {
    Subscriptions::new(store.clone())
        .with_groups(store.clone())
        .with_parking(store.clone())
}

/// What the members of a group have handled.
#[derive(Clone)]
struct Log {
    handled: watch::Sender<Vec<(&'static str, u64, String)>>,
    /// The streams whose events are being handled.
    under_way: Arc<Mutex<BTreeSet<String>>>,
}

impl Log {
    fn new() -> Self {
        Self {
            handled: watch::Sender::default(),
            under_way: Arc::default(),
        }
    }

    async fn handle(&self, member: &'static str, event: Delivery) -> Result<(), BoxError> {
        let stream = event.stream.to_string();
        assert!(
            self.under_way.lock().unwrap().insert(stream.clone()),
            "{stream} is handled twice at once"
        );
        tokio::task::yield_now().await;
        self.under_way.lock().unwrap().remove(&stream);
        self.handled
            .send_modify(|handled| handled.push((member, event.stream_version.get(), stream)));
        Ok(())
    }

    async fn until(&self, is_enough: impl Fn(&[(&'static str, u64, String)]) -> bool) {
        let mut handled = self.handled.subscribe();
        let waited = timeout(LIMIT, handled.wait_for(|handled| is_enough(handled))).await;
        assert!(waited.is_ok(), "not in time: {:?}", self.handled.borrow());
    }

    /// The members that have handled events since so many were handled.
    fn members_since(&self, count: usize) -> BTreeSet<&'static str> {
        self.handled.borrow()[count..]
            .iter()
            .map(|(member, ..)| *member)
            .collect()
    }

    fn check_order(&self) {
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        for (_, version, stream) in &*self.handled.borrow() {
            let before = last.insert(stream.clone(), *version).unwrap_or(0);
            assert_eq!(*version, before + 1, "{stream}");
        }
    }
}

struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), RunError>>,
}

impl Running {
    fn start(store: &MemoryStore, name: &'static str, log: &Log, partitions: u32) -> Self {
        let shutdown = CancellationToken::new();
        let subscriptions = subscriptions(store).with_holder_name(name);
        let (log, until) = (log.clone(), shutdown.clone());
        let task = tokio::spawn(async move {
            let handler = async |event| log.handle(name, event).await;
            subscriptions
                .run_group_until(request(), group(partitions), until.cancelled(), handler)
                .await
        });
        Self { shutdown, task }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        timeout(LIMIT, self.task).await.unwrap().unwrap().unwrap();
    }
}

/// Waits until each of these members holds so many partitions.
async fn until_held(store: &MemoryStore, expected: &[(&str, usize)]) {
    let held = async {
        loop {
            let group = store.list_groups().await.unwrap().remove(0);
            let holders = group
                .partitions
                .iter()
                .filter_map(|partition| partition.holder.as_ref());
            let holders: Vec<_> = holders.map(StatusText::as_str).collect();
            let holds = |name: &str| holders.iter().filter(|holder| **holder == name).count();
            if expected.iter().all(|(name, count)| holds(name) == *count) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, held).await.unwrap();
}

#[tokio::test]
async fn members_share_the_partitions_and_keep_the_order_of_each_stream_while_they_come_and_go() {
    let store = MemoryStore::new();
    let streams: Vec<_> = (0..40).map(|number| format!("order-{number}")).collect();
    let log = Log::new();
    let first = Running::start(&store, "first", &log, 8);
    for stream in &streams {
        append(&store, stream, 2).await;
    }
    log.until(|handled| handled.len() == 80).await;
    let second = Running::start(&store, "second", &log, 8);
    until_held(&store, &[("first", 4), ("second", 4)]).await;
    for _ in 0..5 {
        for stream in &streams {
            append(&store, stream, 1).await;
        }
    }
    log.until(|handled| handled.len() == 280).await;
    assert_eq!(log.members_since(80).len(), 2);
    first.stop().await;
    for stream in &streams {
        append(&store, stream, 1).await;
    }
    log.until(|handled| handled.len() == 320).await;
    assert_eq!(log.members_since(280), BTreeSet::from(["second"]));
    log.check_order();
    second.stop().await;
    assert!(store.list_groups().await.unwrap()[0].members.is_empty());
}

#[tokio::test]
async fn partitions_without_events_advance_with_the_others() {
    let store = MemoryStore::new();
    let log = Log::new();
    let running = Running::start(&store, "only", &log, 16);
    append(&store, "one", 10).await;
    log.until(|handled| handled.len() == 10).await;
    let key = SubscriptionKey::new("$all", "g").unwrap();
    let advanced = async {
        while store.subscription_info(&key).await.unwrap().record.checkpoint.get() < 10 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, advanced).await.unwrap();
    running.stop().await;
}

async fn ends(task: impl Future<Output = Result<(), RunError>>) -> RunError {
    timeout(LIMIT, task).await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_request_that_cannot_be_shared_is_refused() {
    let store = MemoryStore::new();
    let handler = async |_: Delivery| Ok::<_, BoxError>(());
    let without = Subscriptions::new(store.clone());
    for (subscriptions, request, reason) in [
        (&without, request(), "no store for groups"),
        (
            &subscriptions(&store),
            Subscribe::to_stream("g", "one").unwrap(),
            "a single stream",
        ),
        (
            &subscriptions(&store),
            Subscribe::transient(eventstore_core::StreamSelector::All),
            "it is transient",
        ),
    ] {
        let error = ends(subscriptions.run_group(request, group(2), handler)).await;
        let RunError::Subscribe(error @ SubscribeError::CannotShare { .. }) = error else {
            panic!("{error}")
        };
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn another_setting_than_is_stored_is_refused() {
    let store = MemoryStore::new();
    let log = Log::new();
    let running = Running::start(&store, "first", &log, 4);
    append(&store, "one", 1).await;
    log.until(|handled| handled.len() == 1).await;
    let handler = async |_: Delivery| Ok::<_, BoxError>(());
    let skip = RetryPolicy::new(NonZeroU32::MIN, GiveUp::Skip);
    for (request, group, setting, stored) in [
        (request(), group(5), "partitions", "4"),
        (
            request(),
            group(4).ordered_by(OrderingKey::category()),
            "ordering key",
            "stream",
        ),
        (
            request().with_retry_policy(skip),
            group(4),
            "retry policy",
            "stop after 5 attempts",
        ),
    ] {
        let error = ends(subscriptions(&store).run_group(request, group, handler)).await;
        let RunError::Ended(SubscriptionEnded::Failed(error)) = error else {
            panic!("{error}")
        };
        let Error::GroupDiffers {
            setting: named,
            stored: value,
            ..
        } = &*error
        else {
            panic!("{error}")
        };
        assert_eq!((*named, value.as_str()), (setting, stored));
    }
    running.stop().await;
}

#[tokio::test]
async fn a_handler_that_fails_for_good_ends_the_group_here_and_loses_nothing() {
    let store = MemoryStore::new();
    append(&store, "bad", 1).await;
    append(&store, "good", 3).await;
    let policy = RetryPolicy::new(NonZeroU32::MIN, GiveUp::Stop);
    let handler = async |event: Delivery| match event.stream.as_str() {
        "bad" => Err(BoxError::from("no")),
        _ => Ok(()),
    };
    let error = ends(subscriptions(&store).run_group(request().with_retry_policy(policy), group(4), handler)).await;
    assert!(
        matches!(error, RunError::Handler { number, .. } if number.get() == 1),
        "{error}"
    );
    let groups = store.list_groups().await.unwrap();
    assert_eq!(groups[0].checkpoint().get(), 0);
    assert!(groups[0].members.is_empty());
}

#[tokio::test]
async fn a_group_that_is_deleted_ends() {
    let store = MemoryStore::new();
    let log = Log::new();
    let running = Running::start(&store, "first", &log, 4);
    append(&store, "one", 1).await;
    log.until(|handled| handled.len() == 1).await;
    let key = SubscriptionKey::new("$all", "g").unwrap();
    store.delete_subscription(&key, HolderPolicy::Override).await.unwrap();
    let error = timeout(LIMIT, running.task).await.unwrap().unwrap().unwrap_err();
    assert!(
        matches!(error, RunError::Ended(SubscriptionEnded::SubscriptionDeleted)),
        "{error}"
    );
    assert_eq!(store.list_groups().await.unwrap(), []);
}

#[tokio::test]
async fn a_partition_that_is_set_back_is_handled_again() {
    let store = MemoryStore::new();
    let log = Log::new();
    let running = Running::start(&store, "first", &log, 2);
    append(&store, "one", 3).await;
    log.until(|handled| handled.len() == 3).await;
    let key = SubscriptionKey::new("$all", "g").unwrap();
    store
        .set_checkpoint(&key, 1_u32.into(), HolderPolicy::Override)
        .await
        .unwrap();
    log.until(|handled| handled.len() == 5).await;
    assert_eq!(
        log.handled
            .borrow()
            .iter()
            .map(|(_, version, _)| *version)
            .collect::<Vec<_>>(),
        [1, 2, 3, 2, 3]
    );
    running.stop().await;
}

#[tokio::test]
async fn a_slow_partition_holds_up_no_other() {
    let store = MemoryStore::new();
    let gate = Arc::new(Semaphore::new(0));
    let log = Log::new();
    let shutdown = CancellationToken::new();
    let task = {
        let (subscriptions, log, gate, until) =
            (subscriptions(&store), log.clone(), Arc::clone(&gate), shutdown.clone());
        tokio::spawn(async move {
            let handler = async |event: Delivery| {
                if event.stream.as_str() == "slow" {
                    gate.acquire().await?.forget();
                }
                log.handle("only", event).await
            };
            subscriptions
                .run_group_until(request(), group(64), until.cancelled(), handler)
                .await
        })
    };
    append(&store, "slow", 1_500).await;
    append(&store, "fast", 1_500).await;
    log.until(|handled| handled.len() == 1_500).await;
    gate.add_permits(1_500);
    log.until(|handled| handled.len() == 3_000).await;
    log.check_order();
    shutdown.cancel();
    timeout(LIMIT, task).await.unwrap().unwrap().unwrap();
}

/// The process of a holder has ended with an event of each of two partitions in hand, the first one for the third time.
#[tokio::test]
async fn an_event_that_is_given_up_holds_up_no_other_that_is_suspected() {
    let store = MemoryStore::new();
    for stream in ["bad", "good", "bad", "good"] {
        append(&store, stream, 1).await;
    }
    let policy = RetryPolicy::new(NonZeroU32::MIN, GiveUp::Skip);
    let settings = GroupSettings {
        partitions: PartitionCount::new(4).unwrap(),
        ordering: "stream".into(),
        policy: policy.to_string().into(),
    };
    leave_suspects(&store, &settings).await;
    let log = Log::new();
    let shutdown = log.until(|handled| handled.len() == 3);
    let subscriptions = subscriptions(&store);
    let record = async |event| log.handle("only", event).await;
    let run = subscriptions.run_group_until(request().with_retry_policy(policy), group(4), shutdown, record);
    timeout(LIMIT, run).await.unwrap().unwrap();
    let all = log.handled.borrow().clone();
    let places = all.iter().map(|(_, version, stream)| (stream.as_str(), *version));
    assert_eq!(
        places.collect::<BTreeSet<_>>(),
        BTreeSet::from([("bad", 2), ("good", 1), ("good", 2)])
    );
}

/// If the process ended while an event is handled alone, no event that was handled before could be blamed, even if no checkpoint says so yet.
#[tokio::test]
async fn an_event_that_is_handled_alone_is_the_only_one_to_be_blamed() {
    let store = MemoryStore::new();
    for stream in ["one", "two", "three", "one", "two", "three"] {
        append(&store, stream, 1).await;
    }
    let policy = RetryPolicy::default();
    let settings = GroupSettings {
        partitions: PartitionCount::new(4).unwrap(),
        ordering: "stream".into(),
        policy: policy.to_string().into(),
    };
    leave_suspects(&store, &settings).await;
    let lazily = SubscriptionSettings {
        checkpoint_threshold: NonZeroU64::new(1_000).unwrap(),
        ..SubscriptionSettings::default()
    };
    let (log, blamed) = (Log::new(), Mutex::new(Vec::new()));
    let shutdown = log.until(|handled| handled.len() == 6);
    let handler = async |event: Delivery| {
        for status in store.subscription_statuses().await? {
            if let HolderState::DeliveringAlone { number, .. } = status.report.state
                && number > EventNumber::FIRST
            {
                blamed.lock().unwrap().push((event.number, number));
            }
        }
        log.handle("only", event).await
    };
    let request = request().with_retry_policy(policy).with_settings(lazily);
    let subscriptions = subscriptions(&store);
    let run = subscriptions.run_group_until(request, group(4), shutdown, handler);
    timeout(LIMIT, run).await.unwrap().unwrap();
    let blamed = blamed.into_inner().unwrap();
    assert!(!blamed.is_empty(), "none is handled alone");
    assert!(blamed.iter().all(|(handled, blamed)| handled == blamed), "{blamed:?}");
}

/// Reports for every partition that its first event was being delivered alone, once, when the holder was killed.
async fn leave_suspects(store: &MemoryStore, settings: &GroupSettings) {
    let (key, member) = (
        SubscriptionKey::new("$all", "g").unwrap(),
        MemberId::new(Uuid::now_v7()),
    );
    let membership = store
        .enter_group(&key, settings, EventNumber::ZERO, member, &"killed".into())
        .await
        .unwrap()
        .unwrap();
    for held in store.claim_partitions(membership, 4).await.unwrap() {
        let report = StatusReport {
            holder: "killed".into(),
            delivered: 4_u32.into(),
            in_flight: 1,
            subscribers: 1,
            attempts: 0,
            last_failure: None,
            state: HolderState::DeliveringAlone {
                number: EventNumber::FIRST,
                attempts: 1,
            },
        };
        store.report_status(held.token, &report).await.unwrap();
    }
    store.leave_group(membership).await.unwrap();
}
