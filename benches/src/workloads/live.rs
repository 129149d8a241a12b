use async_trait::async_trait;
use eventstore_core::StreamSelector;
use eventstore_subscriptions::StartFrom;
use serde_json::json;

use super::apart::{Apart, Task};
use super::append_and_wait::AppendAndWait;
use super::appended::streams_of;
use super::appender::Appender;
use super::echo::{echoes, live_settings};
use super::subscriber::{Subscriber, subscriptions};
use super::{Outcome, Workload};
use crate::arguments::Expected;
use crate::bench::Bench;
use crate::error::Result;
use crate::measure::{Comparison, Entrant, OURS, float, rounded};
use crate::references::L4;
use crate::settings::{Defaults, Settings};
use crate::soundness::verify;

/// One caller appends, and waits until a subscriber has the events.
pub(super) struct Live;

/// The subscriber is in another process.
const OTHER_PROCESS: &str = "other_process";

#[async_trait]
impl Workload for Live {
    fn name(&self) -> &'static str {
        "live"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            batch: Some(1),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            batch,
            layout,
            connections,
            ..
        } = bench.settings;
        let streams = [streams_of(1)?];
        let alone = bench.schema(layout, &streams).await?;
        let apart = bench.schema(layout, &streams).await?;
        let own = bench.schema(layout, &streams).await?;
        let unheard = alone.store(connections).await?;
        let store = own.store(connections).await?;
        let mut subscriber = Subscriber::start(
            &subscriptions(&store),
            StreamSelector::All,
            StartFrom::Current,
            live_settings(),
        )?;
        subscriber.until_caught_up().await?;
        let mut echo = Apart::start(&apart, &Task::Echo)?;
        echo.told::<u64>().await?;

        let elsewhere = AppendAndWait::new(apart.store(connections).await?, batch, vec![echoes(echo)])?;
        let here = AppendAndWait::new(store, batch, vec![subscriber.follow()])?;
        let comparison = bench
            .compare(vec![
                Entrant::new(L4, Appender::of_own_streams(&unheard, 1, batch, Expected::Any)?),
                Entrant::new(OTHER_PROCESS, vec![elsewhere]),
                Entrant::new(OURS, vec![here]),
            ])
            .await?;

        bench.say("verifying what was appended");
        for (name, schema) in [(L4, &alone), (OTHER_PROCESS, &apart), (OURS, &own)] {
            verify(name, schema, comparison.named(name)?.answered()).await?;
        }
        let of_l4 = json!({
            "same_process": p50_of_l4(&comparison, OURS)?,
            "other_process": p50_of_l4(&comparison, OTHER_PROCESS)?,
        });
        Ok(Outcome::of(comparison).with_detail("p50_of_l4", of_l4))
    }
}

/// How many times as long it takes as the append alone.
fn p50_of_l4(comparison: &Comparison, name: &'static str) -> Result<f64> {
    let p50 = |name| Ok::<_, crate::error::LoadError>(float(comparison.named(name)?.latency().p50));
    Ok(rounded(p50(name)? / p50(L4)?.max(1.0), 2))
}
