use async_trait::async_trait;
use serde_json::{Value, json};

use super::appender::Appender;
use super::replayer::{Replayer, replay_apart};
use super::{Outcome, Workload};
use crate::bench::Bench;
use crate::error::{LoadError, Result};
use crate::measure::{Comparison, Entrant, OURS, rounded};
use crate::population::Population;
use crate::references::CopyOfAll;
use crate::server::Schema;
use crate::settings::{Defaults, Settings};
use crate::soundness::verify;
use crate::walk::Walk;

/// One reader reads all events lazily.
pub(super) struct Replay;

/// How much smaller the store is whose replay tells what memory depends on.
const SMALLER: u32 = 10;

/// The same appends, without a reader.
const ALONE: &str = "alone";

#[async_trait]
impl Workload for Replay {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            callers: Some(1),
            batch: Some(1),
            events: Some(500_000),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            events,
            layout,
            connections,
            ..
        } = bench.settings;
        let [small, large] = small_and_large(events)?;
        let few = bench.schema(layout, &[small]).await?;
        let many = bench.schema(layout, &[large]).await?;
        let store = many.store(connections).await?;

        let entrants = vec![
            CopyOfAll::entrant(&many, layout, large.events()).await?,
            Entrant::new(OURS, vec![Replayer::new(store, large.events())]),
        ];
        let comparison = bench.compare(entrants).await?;

        bench.say("replaying in processes of their own");
        let peak_of_few = replay_apart(&few, small.events()).await?.peak_rss_mb;
        let peak_of_many = replay_apart(&many, large.events()).await?.peak_rss_mb;
        let appends = appends_meanwhile(bench, &many, large).await?;
        Ok(Outcome {
            peak_rss_mb: peak_of_many,
            ..Outcome::of(comparison)
        }
        .with_detail("peak_rss_mb_of_a_tenth", peak_of_few.map(|peak| rounded(peak, 1)))
        .with_detail("appends_meanwhile", appends))
    }
}

fn small_and_large(events: u32) -> Result<[Population; 2]> {
    match Population::in_tens(events / SMALLER) {
        Ok(small) => Ok([small, Population::in_tens(events)?]),
        Err(_) => Err(LoadError::invalid(
            "--events",
            format!("it must be at least {}", 10 * SMALLER),
        )),
    }
}

/// How much slower the callers append while another process replays over and over.
async fn appends_meanwhile(bench: &mut Bench, schema: &Schema, population: Population) -> Result<Value> {
    let Settings {
        callers,
        batch,
        connections,
        ..
    } = bench.settings;
    let walks = || Walk::of_callers(callers, population.streams);
    let store = schema.store(connections).await?;
    let reading = schema.store(connections).await?;
    let replaying = move || Replayer::new(reading.clone(), population.events()).go_on();
    let comparison = bench
        .compare(vec![
            Entrant::new(ALONE, Appender::of_walks(&store, walks(), batch)?),
            Entrant::new(OURS, Appender::of_walks(&store, walks(), batch)?).beside(replaying),
        ])
        .await?;
    bench.say("verifying what was appended");
    let answered = comparison.named(ALONE)?.answered() + comparison.ours()?.answered();
    verify(OURS, schema, population.events() + answered).await?;
    slowdown(&comparison)
}

fn slowdown(comparison: &Comparison) -> Result<Value> {
    let (alone, meanwhile) = (comparison.named(ALONE)?, comparison.ours()?);
    Ok(json!({
        "events_per_s": meanwhile.events_per_s().median,
        "events_per_s_alone": alone.events_per_s().median,
        "slowed_by_percent": rounded(100.0 * (1.0 - meanwhile.ratio_to(alone)), 1),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Measured;

    #[test]
    fn a_slowdown_is_what_is_missing() {
        let comparison = Comparison::of(vec![Measured::of(ALONE, &[100]), Measured::of(OURS, &[80])]);
        assert_eq!(slowdown(&comparison).unwrap()["slowed_by_percent"], 20.0);
    }

    #[test]
    fn a_store_without_a_smaller_one_is_refused() {
        let error = small_and_large(99).unwrap_err().to_string();
        assert_eq!(error, "invalid --events: it must be at least 100");
        assert_eq!(small_and_large(100).unwrap().map(Population::events), [10, 100]);
    }
}
