use async_trait::async_trait;
use eventstore_core::{EventNumber, StreamName, SubscriptionSettings, SubscriptionStatus};
use eventstore_postgres::{Layout, PostgresStore};
use eventstore_subscriptions::StartFrom;
use eventstore_testkit::proxy::Proxy;
use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::task::JoinSet;

use super::subscriber::{Subscriber, subscriptions};
use super::{Outcome, Workload};
use crate::bench::Bench;
use crate::error::Result;
use crate::measure::{Caller, Comparison, Entrant, OURS, float, rounded};
use crate::population::Population;
use crate::references::{L0, OriginalStart};
use crate::server::Schema;
use crate::settings::{Defaults, Settings};
use crate::started_stream::StartedStream;

/// Subscriptions to one stream are started together; each receives all its events and stores one checkpoint.
pub(super) struct Start;

/// The same with a stream that is created once the subscriptions have started.
const CREATED_AFTERWARDS: &str = "created_afterwards";

/// The same in the original's way.
const L0_CREATED_AFTERWARDS: &str = "L0_created_afterwards";

/// The append that creates such a stream, without subscriptions: no way of starting makes it faster.
const APPEND: &str = "append";

/// The same in tables of the original's.
const L0_APPEND: &str = "L0_append";

#[async_trait]
impl Workload for Start {
    fn name(&self) -> &'static str {
        "start"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            subscriptions: Some(50),
            events: Some(100),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let events = bench.settings.events;
        let streams = [Population {
            streams: 1,
            events_per_stream: events,
        }];
        let original = bench.schema(Layout::Original, &streams).await?;
        let own = bench.schema(bench.settings.layout, &streams).await?;
        let (existing, new) = (
            StartedStream::existing(events),
            StartedStream::created_afterwards(events),
        );
        let entrants = vec![
            theirs(bench, &original, existing).await?.entrant(L0),
            theirs(bench, &original, new).await?.entrant(L0_CREATED_AFTERWARDS),
            Entrant::new(L0_APPEND, vec![Creating::new(bench, &original, new).await?]),
            Entrant::new(APPEND, vec![Creating::new(bench, &own, new).await?]),
            Entrant::new(CREATED_AFTERWARDS, vec![ours(bench, &own, new).await?]),
            Entrant::new(OURS, vec![ours(bench, &own, existing).await?]),
        ];
        let comparison = bench.compare(entrants).await?;
        let per_subscription = json!({
            OURS: count(bench, &own, existing, false).await?,
            CREATED_AFTERWARDS: count(bench, &own, new, false).await?,
            L0: count(bench, &original, existing, true).await?,
            L0_CREATED_AFTERWARDS: count(bench, &original, new, true).await?,
        });
        let of_original = of_original(&comparison)?;
        Ok(Outcome::of(comparison)
            .with_detail("per_subscription", per_subscription)
            .with_detail("of_original", of_original))
    }
}

/// How many times as fast ours is, for a stream of each kind. For one that is created afterwards also without the time of the
/// append, which both have to wait for.
fn of_original(comparison: &Comparison) -> Result<Value> {
    let [new, theirs] = [
        comparison.named(CREATED_AFTERWARDS)?,
        comparison.named(L0_CREATED_AFTERWARDS)?,
    ];
    let [append, their_append] = [comparison.named(APPEND)?, comparison.named(L0_APPEND)?];
    let without_append = theirs
        .typical_call()
        .saturating_sub(their_append.typical_call())
        .as_secs_f64()
        / new.typical_call().saturating_sub(append.typical_call()).as_secs_f64();
    Ok(json!({
        "existing": rounded(comparison.ours()?.ratio_to(comparison.named(L0)?), 2),
        CREATED_AFTERWARDS: rounded(new.ratio_to(theirs), 2),
        "created_afterwards_without_append": rounded(without_append, 2),
    }))
}

async fn theirs(bench: &Bench, schema: &Schema, stream: StartedStream) -> Result<OriginalStart> {
    let Settings {
        connections,
        subscriptions,
        ..
    } = bench.settings;
    let store = schema.store(connections).await?;
    OriginalStart::new(schema, store, stream, subscriptions).await
}

async fn ours(bench: &Bench, schema: &Schema, stream: StartedStream) -> Result<Starting> {
    Ok(Starting {
        store: schema.store(bench.settings.connections).await?,
        stream,
        subscriptions: bench.settings.subscriptions,
    })
}

/// How many statements, and how many transactions that write, a subscription takes until it has stored its checkpoint. The append
/// of a stream that is created afterwards is among them.
async fn count(bench: &Bench, schema: &Schema, stream: StartedStream, is_original: bool) -> Result<Value> {
    bench.say("counting statements");
    let proxy = Proxy::start(schema.url()).await?;
    let through = Schema::at(proxy.url(), schema.name())?;
    let mut observer = schema.connect().await?;
    if is_original {
        count_calls(theirs(bench, &through, stream).await?, &proxy, &mut observer, bench).await
    } else {
        count_calls(ours(bench, &through, stream).await?, &proxy, &mut observer, bench).await
    }
}

/// Counts the second call: the first one makes the connections.
async fn count_calls(
    mut caller: impl Caller,
    proxy: &Proxy,
    observer: &mut PgConnection,
    bench: &Bench,
) -> Result<Value> {
    caller.call().await?;
    let before = written_transactions(observer).await?;
    let (outcome, counts) = proxy.count(caller.call()).await;
    outcome?;
    let written = written_transactions(observer).await? - before;
    let each = |total: f64| rounded(total / f64::from(bench.settings.subscriptions), 2);
    Ok(json!({
        "statements": each(float(counts.statements)),
        "round_trips": each(float(counts.round_trips)),
        "writing_commits": each(float(written.unsigned_abs())),
    }))
}

/// How many transactions of this server have written something so far.
async fn written_transactions(observer: &mut PgConnection) -> Result<i64> {
    let number = sqlx::query_scalar(include_str!("../sql/shared/written_transactions.sql"));
    Ok(number.fetch_one(observer).await?)
}

/// Appends what a stream that is created afterwards is created with.
struct Creating {
    store: PostgresStore,
    stream: StartedStream,
}

impl Creating {
    async fn new(bench: &Bench, schema: &Schema, stream: StartedStream) -> Result<Self> {
        let store = schema.store(bench.settings.connections).await?;
        Ok(Self { store, stream })
    }
}

impl Caller for Creating {
    async fn call(&mut self) -> Result<u64> {
        let stream = self.stream.next()?;
        self.stream.append_if_new(&self.store, &stream).await?;
        Ok(self.stream.last().get())
    }
}

/// Starts subscriptions of the store under measurement.
struct Starting {
    store: PostgresStore,
    stream: StartedStream,
    subscriptions: u32,
}

impl Starting {
    async fn start(&self, stream: &StreamName) -> Result<Vec<Subscriber>> {
        let subscriptions = subscriptions(&self.store);
        let mut started = Vec::new();
        for _ in 0..self.subscriptions {
            let settings = SubscriptionSettings::default();
            started.push(Subscriber::start(
                &subscriptions,
                stream.clone(),
                StartFrom::Origin,
                settings,
            )?);
        }
        for subscriber in &mut started {
            subscriber
                .until(|progress| progress.status != SubscriptionStatus::Acquiring)
                .await?;
        }
        Ok(started)
    }
}

impl Caller for Starting {
    async fn call(&mut self) -> Result<u64> {
        let stream = self.stream.next()?;
        let started = self.start(&stream).await?;
        self.stream.append_if_new(&self.store, &stream).await?;
        let last = self.stream.last();
        let mut receiving: JoinSet<_> = started
            .into_iter()
            .map(|subscriber| receive(subscriber, last))
            .collect();
        while let Some(received) = receiving.join_next().await {
            // No one waits until it has ended, as with the original.
            drop(received??);
        }
        Ok(last.get() * u64::from(self.subscriptions))
    }
}

/// Takes and acknowledges everything, and waits until that is stored.
async fn receive(mut subscriber: Subscriber, last: EventNumber) -> Result<Subscriber> {
    while subscriber.last() < last {
        subscriber.take().await?;
        subscriber.acknowledge().await?;
    }
    subscriber.until(|progress| progress.checkpoint >= last).await?;
    Ok(subscriber)
}
