use async_trait::async_trait;
use eventstore_core::StreamName;
use eventstore_subscriptions::{StartFrom, Subscriptions};
use serde_json::{Value, json};

use super::append_and_wait::AppendAndWait;
use super::appender::Appender;
use super::echo::live_settings;
use super::reader::Reader;
use super::subscriber::{Subscriber, subscriptions};
use super::{Outcome, Workload};
use crate::bench::Bench;
use crate::error::{LoadError, Result};
use crate::measure::{Comparison, Entrant, OURS, rounded};
use crate::population::Population;
use crate::sample;
use crate::settings::{Defaults, Settings};
use crate::soundness::verify;
use crate::walk::Walk;

/// Appends and reads in a small store and in a large one, and appends that come to a subscriber beside few and many others.
pub(super) struct Growth;

/// The same in the small store.
const NEAR: &str = "near";

/// How many events the streams hold that are read, in both stores.
const EVENTS_PER_STREAM: u32 = 100;

/// How many events the other streams of the large store hold.
const EVENTS_PER_SHORT_STREAM: u32 = 5;

/// 10,000 events in 100 streams.
const NEAR_END: Population = Population {
    streams: 100,
    events_per_stream: EVENTS_PER_STREAM,
};

#[async_trait]
impl Workload for Growth {
    fn name(&self) -> &'static str {
        "growth"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            callers: Some(1),
            batch: Some(1),
            events: Some(10_000_000),
            subscriptions: Some(1_000),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            callers,
            batch,
            events,
            layout,
            connections,
            ..
        } = bench.settings;
        let far_end = far_end(events)?;
        let near = bench.schema(layout, &[NEAR_END]).await?;
        let far = bench.schema(layout, &far_end).await?;
        let (small, large) = (near.store(connections).await?, far.store(connections).await?);
        let near_walks = || Walk::of_callers(callers, NEAR_END.streams);
        let far_walks = |streams| Walk::of_callers(callers, streams);

        let length = usize::try_from(EVENTS_PER_STREAM).unwrap_or(usize::MAX);
        let reads = bench
            .compare(vec![
                Entrant::new(NEAR, Reader::of_walks(&small, near_walks(), length)),
                Entrant::new(OURS, Reader::of_walks(&large, far_walks(far_end[0].streams), length)),
            ])
            .await?;
        let all_streams = far_end.iter().map(|population| population.streams).sum();
        let appends = bench
            .compare(vec![
                Entrant::new(NEAR, Appender::of_walks(&small, near_walks(), batch)?),
                Entrant::new(OURS, Appender::of_walks(&large, far_walks(all_streams), batch)?),
            ])
            .await?;

        bench.say("verifying what was appended");
        let before = far_end.iter().map(|population| population.events()).sum();
        for (name, schema, before) in [(NEAR, &near, NEAR_END.events()), (OURS, &far, before)] {
            let appended = appends.named(name)?.answered();
            verify(name, schema, before + appended).await?;
        }
        let deliveries = deliveries(bench).await?;
        let (append, read, delivery) = (growth(&appends)?, growth(&reads)?, growth(&deliveries)?);
        Ok(Outcome::of(appends)
            .with_detail("streams", all_streams)
            .with_detail("append_growth", append)
            .with_detail("read_growth", read)
            .with_detail("delivery_growth", delivery))
    }
}

/// Appends to one stream after another, each of which comes to a subscriber of its stream: one in all, or many.
async fn deliveries(bench: &mut Bench) -> Result<Comparison> {
    let mut entrants = Vec::new();
    for (name, count) in [(NEAR, 1), (OURS, bench.settings.subscriptions)] {
        let schema = bench.schema(bench.settings.layout, &[Population::empty(count)]).await?;
        let store = schema.store(bench.settings.connections).await?;
        let subscriptions = subscriptions(&store);
        let mut received = Vec::new();
        for number in 1..=count {
            received.push(subscriber(&subscriptions, number).await?.follow());
        }
        let appending = AppendAndWait::new(store, bench.settings.batch, received)?;
        entrants.push(Entrant::new(name, vec![appending]));
    }
    bench.compare(entrants).await
}

/// One that is live.
async fn subscriber(subscriptions: &Subscriptions, number: u32) -> Result<Subscriber> {
    let stream = StreamName::new(sample::stream(number.into())).map_err(eventstore_core::Error::from)?;
    let mut subscriber = Subscriber::start(subscriptions, stream, StartFrom::Current, live_settings())?;
    subscriber.until_caught_up().await?;
    Ok(subscriber)
}

/// Half of the events in streams that are read, half in shorter ones: 10,000,000 events are in about 1,000,000 streams.
fn far_end(events: u32) -> Result<[Population; 2]> {
    let least = u32::try_from(2 * NEAR_END.events()).unwrap_or(u32::MAX);
    if events < least {
        return Err(LoadError::invalid("--events", format!("it must be at least {least}")));
    }
    let half = |events_per_stream| Population {
        streams: events / 2 / events_per_stream,
        events_per_stream,
    };
    Ok([half(EVENTS_PER_STREAM), half(EVENTS_PER_SHORT_STREAM)])
}

/// How many times as much an event costs in the large store.
fn growth(comparison: &Comparison) -> Result<Value> {
    let (near, far) = (comparison.named(NEAR)?, comparison.ours()?);
    Ok(json!({
        "near_events_per_s": near.events_per_s().median,
        "far_events_per_s": far.events_per_s().median,
        "cost_ratio": rounded(near.ratio_to(far), 2),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Measured;

    #[test]
    fn the_far_end_has_ten_events_a_stream() {
        let [long, short] = far_end(10_000_000).unwrap();
        assert_eq!(long.events() + short.events(), 10_000_000);
        assert_eq!(long.streams + short.streams, 1_050_000);
    }

    #[test]
    fn a_far_end_that_is_near_is_refused() {
        let error = far_end(19_999).unwrap_err().to_string();
        assert_eq!(error, "invalid --events: it must be at least 20000");
    }

    #[test]
    fn growth_is_what_an_event_costs_more() {
        let comparison = Comparison::of(vec![Measured::of(NEAR, &[300]), Measured::of(OURS, &[200])]);
        assert_eq!(growth(&comparison).unwrap()["cost_ratio"], 1.5);
    }
}
