use async_trait::async_trait;
use eventstore_testkit::proxy::Proxy;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::apart::{Apart, Task};
use super::appended::streams_of;
use super::appender::Appender;
use super::idle::Footprint;
use super::{Outcome, Workload};
use crate::arguments::Expected;
use crate::bench::Bench;
use crate::error::Result;
use crate::measure::{Entrant, OURS, float, rounded};
use crate::population::Population;
use crate::server::Schema;
use crate::settings::{Defaults, Settings};
use crate::soundness::verify;

/// What subscriptions cost that have nothing to do, and one whose consumer does nothing.
pub(super) struct Memory;

/// The same appends, without a subscriber.
const ALONE: &str = "alone";

/// The name of the sessions of the process with idle subscriptions.
const IDLE: &str = "eventstore_load_idle";

#[async_trait]
impl Workload for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            subscriptions: Some(1_000),
            events: Some(100_000),
            batch: Some(1),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            subscriptions,
            events,
            batch,
            layout,
            connections,
            ..
        } = bench.settings;
        let stalled = stalled(bench, Population::in_tens(events)?).await?;

        let streams = [streams_of(1)?];
        let alone = bench.schema(layout, &streams).await?;
        let own = bench.schema(layout, &streams).await?;
        let proxy = Proxy::start(own.url()).await?;
        let mut idle = Apart::start(&own.through(&proxy, IDLE)?, &Task::Idle { subscriptions })?;
        bench.say("waiting until all subscriptions are live");
        let footprint = idle.told::<Footprint>().await?;
        let queries_per_s = round_trips_per_s(bench, &proxy).await;
        let sessions = sessions(&own).await?;

        let (unheard, store) = (alone.store(connections).await?, own.store(connections).await?);
        let comparison = bench
            .compare(vec![
                Entrant::new(ALONE, Appender::of_own_streams(&unheard, 1, batch, Expected::Any)?),
                Entrant::new(OURS, Appender::of_own_streams(&store, 1, batch, Expected::Any)?),
            ])
            .await?;
        for (name, schema) in [(ALONE, &alone), (OURS, &own)] {
            verify(name, schema, comparison.named(name)?.answered()).await?;
        }
        let peak_rss_mb = idle.end::<Footprint>().await?.peak_rss_mb;
        Ok(Outcome {
            peak_rss_mb,
            ..Outcome::of(comparison)
        }
        .with_detail(
            "idle",
            json!({
                "connections": sessions,
                "round_trips_per_s": queries_per_s,
                "rss_mb": footprint.rss_mb.map(|mb| rounded(mb, 1)),
                "peak_rss_mb": footprint.peak_rss_mb.map(|mb| rounded(mb, 1)),
            }),
        )
        .with_detail("stalled", stalled))
    }
}

/// A consumer that stops, and how many events wait for it.
async fn stalled(bench: &mut Bench, population: Population) -> Result<Value> {
    let schema = bench.schema(bench.settings.layout, &[population]).await?;
    let mut stalled = Apart::start(&schema, &Task::Stall)?;
    stalled.told::<Footprint>().await?;
    bench.say("waiting beside a consumer that does nothing");
    sleep(bench.settings.duration).await;
    let peak = stalled.end::<Footprint>().await?.peak_rss_mb;
    Ok(json!({
        "events_behind": population.events(),
        "peak_rss_mb": peak.map(|peak| rounded(peak, 1)),
    }))
}

/// How often the process asks the server something while nothing happens.
async fn round_trips_per_s(bench: &Bench, proxy: &Proxy) -> f64 {
    bench.say("counting what idle subscriptions ask");
    let start = Instant::now();
    let window = sleep(bench.settings.duration * bench.settings.repeats);
    let ((), counts) = proxy.count(window).await;
    rounded(float(counts.round_trips) / start.elapsed().as_secs_f64(), 2)
}

/// How many connections the process has.
async fn sessions(schema: &Schema) -> Result<i64> {
    Ok(sqlx::query_scalar(include_str!("../sql/shared/sessions.sql"))
        .bind(IDLE)
        .fetch_one(&mut schema.connect().await?)
        .await?)
}
