use std::num::NonZeroUsize;

use eventstore_core::{EventNumber, ExpectedVersion};
use eventstore_postgres::{Layout, PostgresConfig, PostgresStore};
use eventstore_testkit::history::{Recorder, Watched};
use eventstore_testkit::proxy::{Proxy, Side};
use futures_util::{StreamExt, stream};

use super::traffic::{Consumer, settings};
use crate::support::Fixture;

/// How many events are there to catch up with: several pages and batches.
const EVENTS: u32 = 10;

/// How many subscriptions are cut at the same time, each on connections of its own.
const LANES: usize = 8;

/// Behaviours: R8.58, R8.66, R15.8, T17, T19.
#[tokio::test]
async fn a_subscription_that_is_cut_at_a_message_of_its_own_catches_up() {
    let (fixture, recorder) = (Fixture::of(Layout::Compact).await, Recorder::in_memory());
    everywhere(&fixture, &recorder, Side::Client).await;
}

/// Behaviours: R8.58, R8.66, R15.8, T17, T19.
#[tokio::test]
async fn a_subscription_that_is_cut_at_a_message_of_the_server_catches_up() {
    let (fixture, recorder) = (Fixture::of(Layout::Compact).await, Recorder::in_memory());
    everywhere(&fixture, &recorder, Side::Server).await;
}

/// Runs a subscription from its activation to its end for each message of this side, and cuts the connection there.
async fn everywhere(fixture: &Fixture, recorder: &Recorder, side: Side) {
    let events = usize::try_from(EVENTS).unwrap();
    fixture.append("s", ExpectedVersion::NoStream, events).await.unwrap();
    let messages = Scenario::new(fixture, recorder, 0).await.count(side).await;
    let cuts = stream::iter(1..=messages).map(async |message| {
        let scenario = Scenario::new(fixture, recorder, message).await;
        scenario.cut(side, message).await
    });
    let happened: Vec<bool> = cuts.buffer_unordered(LANES).collect().await;
    let happened = happened.into_iter().filter(|has_happened| *has_happened).count();
    // In some turns there are fewer messages, as more than one thing goes on at once.
    assert!(
        u64::try_from(2 * happened).unwrap() > messages,
        "{happened} of {messages}"
    );
    let watched: Vec<_> = (0..=messages).map(|number| Watched::all(name(number))).collect();
    fixture.judge(recorder, &watched).await;
}

fn name(number: u64) -> String {
    format!("subscription-{number}")
}

/// A subscription with connections of its own, over a proxy of its own.
struct Scenario<'a> {
    fixture: &'a Fixture,
    recorder: &'a Recorder,
    proxy: Proxy,
    store: PostgresStore,
    name: String,
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
            name: name(number),
        }
    }

    /// How many messages of this side there are if nothing is cut.
    async fn count(self, side: Side) -> u64 {
        self.proxy.reset_counts();
        self.run().await;
        self.proxy.counts().messages(side)
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

    /// Activation, catching up, checkpoints, and a stop.
    async fn run(&self) {
        let Self {
            fixture,
            recorder,
            store,
            name,
            ..
        } = self;
        let mut consumer = Consumer::start(recorder, store, name, name, settings());
        consumer.until_stored(EventNumber::from(EVENTS)).await;
        consumer.stop().await;
        fixture.look_at_checkpoint(recorder, name).await;
    }
}
