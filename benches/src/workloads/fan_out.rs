use std::num::NonZeroU64;

use async_trait::async_trait;
use eventstore_core::{
    Append, EventNumber, EventType, EventWriter, ExpectedVersion, StreamName, StreamSelector, SubscriptionSettings,
};
use eventstore_postgres::PostgresStore;
use eventstore_subscriptions::StartFrom;
use eventstore_testkit::proxy::Proxy;
use serde_json::json;
use tokio::sync::watch;

use super::appended::streams_of;
use super::subscriber::{Subscriber, subscriptions, until_received};
use super::{Outcome, Workload};
use crate::bench::Bench;
use crate::error::Result;
use crate::measure::{Caller, Entrant, OURS};
use crate::sample;
use crate::server::Schema;
use crate::settings::{Defaults, Settings};
use crate::soundness::verify;

/// Events are appended, and every one of several subscribers gets all of them.
pub(super) struct FanOut;

/// The same with one subscriber.
const ONE: &str = "one_subscriber";

/// The same appends without a subscriber.
const NONE: &str = "no_subscriber";

/// Checkpoints are not what is measured: they are stored in the end.
const NEVER: NonZeroU64 = NonZeroU64::MAX;

#[async_trait]
impl Workload for FanOut {
    fn name(&self) -> &'static str {
        "fan-out"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            subscriptions: Some(10),
            batch: Some(100),
            events: Some(10_000),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            subscriptions,
            layout,
            connections,
            ..
        } = bench.settings;
        let streams = [streams_of(1)?];
        let (mut schemas, mut entrants) = (Vec::new(), Vec::new());
        for (name, subscribers) in [(NONE, 0), (ONE, 1), (OURS, subscriptions)] {
            let schema = bench.schema(layout, &streams).await?;
            let store = schema.store(connections).await?;
            let appending = Appending::new(&bench.settings, store.clone(), store, subscribers).await?;
            entrants.push(Entrant::new(name, vec![appending]));
            schemas.push((name, schema));
        }
        let comparison = bench.compare(entrants).await?;
        bench.say("verifying what was appended");
        for (name, schema) in &schemas {
            verify(name, schema, comparison.named(name)?.answered()).await?;
        }
        let (of_one, of_all) = (round_trips(bench, 1).await?, round_trips(bench, subscriptions).await?);
        let round_trips = json!({"of_one_subscriber": of_one, "of_all_subscribers": of_all});
        Ok(Outcome::of(comparison).with_detail("round_trips", round_trips))
    }
}

/// How often subscribers in a process without appends ask the server something while the events come to them.
async fn round_trips(bench: &mut Bench, subscribers: u32) -> Result<u64> {
    let Settings {
        layout, connections, ..
    } = bench.settings;
    let schema = bench.schema(layout, &[streams_of(1)?]).await?;
    let proxy = Proxy::start(schema.url()).await?;
    let subscribing = Schema::at(proxy.url(), schema.name())?.store(connections).await?;
    let store = schema.store(connections).await?;
    let mut appending = Appending::new(&bench.settings, store, subscribing, subscribers).await?;
    bench.say("counting what subscribers ask");
    let (called, counts) = proxy.count(appending.call()).await;
    called?;
    Ok(counts.round_trips)
}

/// Appends events to one stream, and waits until all subscribers have got them.
struct Appending {
    store: PostgresStore,
    stream: StreamName,
    event_type: EventType,
    events: u32,
    batch: u32,
    received: Vec<watch::Receiver<EventNumber>>,
}

impl Appending {
    async fn new(
        settings: &Settings,
        store: PostgresStore,
        subscribing: PostgresStore,
        subscribers: u32,
    ) -> Result<Self> {
        let subscriptions = subscriptions(&subscribing);
        let mut received = Vec::new();
        for _ in 0..subscribers {
            let settings = SubscriptionSettings {
                checkpoint_threshold: NEVER,
                ..SubscriptionSettings::default()
            };
            let mut subscriber = Subscriber::start(&subscriptions, StreamSelector::All, StartFrom::Current, settings)?;
            subscriber.until_caught_up().await?;
            received.push(subscriber.follow());
        }
        Ok(Self {
            store,
            stream: StreamName::new(sample::stream(1)).map_err(eventstore_core::Error::from)?,
            event_type: sample::event_type().map_err(eventstore_core::Error::from)?,
            events: settings.events,
            batch: settings.batch,
            received,
        })
    }

    async fn append(&self) -> Result<EventNumber> {
        let events = (0..self.batch).map(|_| sample::event(&self.event_type));
        let append = Append::new(self.stream.clone(), ExpectedVersion::Any, events)?;
        Ok(self.store.append(append).await?.last_position.into())
    }

    /// As many as it takes for all events.
    fn appends(&self) -> u32 {
        self.events.div_ceil(self.batch)
    }
}

impl Caller for Appending {
    async fn call(&mut self) -> Result<u64> {
        let mut last = EventNumber::ZERO;
        for _ in 0..self.appends() {
            last = self.append().await?;
        }
        for received in &mut self.received {
            until_received(received, last).await?;
        }
        Ok(u64::from(self.appends()) * u64::from(self.batch))
    }
}
