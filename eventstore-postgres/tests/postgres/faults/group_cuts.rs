use std::num::NonZeroUsize;
use std::sync::Arc;

use eventstore_core::{
    BoxError, EventNumber, ExpectedVersion, GroupInfo, GroupStore, PartitionCount, PartitionKey, SubscriptionKey,
};
use eventstore_postgres::{Layout, PostgresConfig, PostgresStore};
use eventstore_subscriptions::{Delivery, Group, RunError, Subscribe, Subscriptions};
use eventstore_testkit::history::{RecordedGroup, Recorder, Watched};
use eventstore_testkit::proxy::{Proxy, Side};
use futures_util::{StreamExt, stream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Duration, interval, timeout};

use super::traffic::{LIMIT, settings};
use crate::support::Fixture;

const PARTITIONS: u32 = 4;

/// How many streams there are, and how many events each of them has.
const STREAMS: u32 = 5;
const EVENTS: usize = 2;

/// How many members are cut, each at another message, and how many of them at the same time.
const CUTS: u64 = 48;
const LANES: usize = 8;

/// Whatever the member is about to do: to enter, to claim, to renew, to store a checkpoint, to give back or to leave. The clock of the database
/// is the only one that counts, so that the clocks of members are not tried.
#[tokio::test]
async fn a_member_that_is_cut_at_a_message_of_its_own_goes_on() {
    everywhere(Side::Client).await;
}

#[tokio::test]
async fn a_member_that_is_cut_at_a_message_of_the_server_goes_on() {
    everywhere(Side::Server).await;
}

async fn everywhere(side: Side) {
    let (fixture, recorder) = (Fixture::of(Layout::Compact).await, Recorder::in_memory());
    for number in 0..STREAMS {
        let stream = format!("s-{number}");
        fixture
            .append(&stream, ExpectedVersion::NoStream, EVENTS)
            .await
            .unwrap();
    }
    let counted = Scenario::new(&fixture, &recorder, 0).await;
    counted.proxy.reset_counts();
    counted.run().await;
    let messages = counted.proxy.counts().messages(side);
    let step = messages.div_ceil(CUTS).max(1);
    let places: Vec<_> = (1..=messages).step_by(usize::try_from(step).unwrap()).collect();
    let cuts = stream::iter(places.clone()).map(async |message| {
        let scenario = Scenario::new(&fixture, &recorder, message).await;
        scenario.cut(side, message).await
    });
    let happened: Vec<bool> = cuts.buffer_unordered(LANES).collect().await;
    let happened = happened.into_iter().filter(|has_happened| *has_happened).count();
    assert!(2 * happened > places.len(), "{happened} of {}", places.len());
    let watched = |number| Watched::partitions(&key(number), count(), |event| event.stream.as_str().into());
    let watched: Vec<_> = [0].into_iter().chain(places).flat_map(watched).collect();
    fixture.judge(&recorder, &watched).await;
}

fn key(number: u64) -> SubscriptionKey {
    SubscriptionKey::new("$all", format!("group-{number}")).unwrap()
}

fn count() -> PartitionCount {
    PartitionCount::new(PARTITIONS).unwrap()
}

/// A group with a member whose connections go over a proxy, and later another one.
struct Scenario<'a> {
    fixture: &'a Fixture,
    recorder: &'a Recorder,
    proxy: Proxy,
    store: PostgresStore,
    number: u64,
}

impl<'a> Scenario<'a> {
    async fn new(fixture: &'a Fixture, recorder: &'a Recorder, number: u64) -> Self {
        let proxy = Proxy::start(fixture.database.url()).await.unwrap();
        let config = PostgresConfig::from_url(proxy.url()).unwrap();
        let store = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN)).await;
        Self {
            fixture,
            recorder,
            proxy,
            store: store.unwrap(),
            number,
        }
    }

    /// Cuts before the message of the server, or after that of the client: the server acts on it, and the answer is lost.
    async fn cut(self, side: Side, message: u64) -> bool {
        match side {
            Side::Client => self.proxy.cut_after(side, message),
            Side::Server => self.proxy.cut_before(side, message),
        }
        self.run().await;
        let has_happened = !self.proxy.is_cut_ahead();
        if has_happened {
            self.recorder.fault(format!("{side:?} cut at {message}"));
        }
        has_happened
    }

    /// The member takes all partitions, gives half of them back, and leaves.
    async fn run(&self) {
        let member = Member::start(self, &self.store, "over the proxy");
        self.until(|group| shares(group) == [4]).await;
        self.until(|group| group.checkpoint() >= head()).await;
        let other = Member::start(self, &self.fixture.store, "beside it");
        self.until(|group| shares(group) == [2, 2]).await;
        member.stop().await;
        self.until(|group| shares(group) == [4]).await;
        other.stop().await;
        self.until(|group| group.members.is_empty()).await;
    }

    async fn until(&self, is_so: impl Fn(&GroupInfo) -> bool) {
        let mut pace = interval(Duration::from_millis(20));
        let reached = async {
            loop {
                pace.tick().await;
                let groups = self.fixture.store.list_groups().await.unwrap();
                let Some(group) = groups.into_iter().find(|group| group.key == key(self.number)) else {
                    continue;
                };
                self.record(&group);
                if is_so(&group) {
                    return;
                }
            }
        };
        timeout(LIMIT, reached).await.unwrap();
    }

    fn record(&self, group: &GroupInfo) {
        for partition in &group.partitions {
            let key = partition.partition.key(&group.key, count()).unwrap();
            self.recorder.checkpoint_seen(key.name.as_str(), partition.checkpoint);
        }
    }
}

fn head() -> EventNumber {
    u32::try_from(EVENTS).map_or(EventNumber::MAX, |events| EventNumber::from(STREAMS * events))
}

/// How many partitions each member holds that holds any, in ascending order.
fn shares(group: &GroupInfo) -> Vec<usize> {
    let mut holders: Vec<_> = group.partitions.iter().filter_map(|it| it.holder.as_ref()).collect();
    holders.sort_unstable_by_key(|holder| holder.as_str());
    let mut shares: Vec<_> = holders.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
    shares.sort_unstable();
    shares
}

struct Member {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), RunError>>,
}

impl Member {
    fn start(scenario: &Scenario<'_>, store: &PostgresStore, name: &str) -> Self {
        let key = key(scenario.number);
        let name = format!("{}, {name}", key.name);
        let recorder = scenario.recorder.clone();
        let way = RecordedGroup::new(store.clone(), recorder, &name, key.clone(), count());
        let way = Arc::new(way);
        let subscriptions = Subscriptions::new(store.clone())
            .with_groups(Arc::clone(&way))
            .with_holder_name(name);
        let request = Subscribe::new(key.name, key.selector).with_settings(settings());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let handler = async |event: Delivery| {
                let key = PartitionKey::from(&event.stream);
                way.handle(&event, &key, tokio::task::yield_now()).await;
                Ok::<_, BoxError>(())
            };
            let group = Group::new(PARTITIONS).unwrap();
            subscriptions
                .run_group_until(request, group, async { drop(stopped.await) }, handler)
                .await
        });
        Self { stop, task }
    }

    async fn stop(self) {
        drop(self.stop);
        timeout(LIMIT, self.task).await.unwrap().unwrap().unwrap();
    }
}
