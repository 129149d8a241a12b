use async_trait::async_trait;
use eventstore_postgres::Layout;

use super::reader::Reader;
use super::{Outcome, Workload};
use crate::bench::Bench;
use crate::error::{LoadError, Result};
use crate::measure::{Entrant, OURS};
use crate::population::Population;
use crate::references::OriginalRead;
use crate::settings::{Defaults, Settings};
use crate::walk::Walk;

/// Callers read whole streams, each another one.
pub(super) struct ReadStreams;

/// How many events a stream holds.
const EVENTS_PER_STREAM: u32 = 100;

#[async_trait]
impl Workload for ReadStreams {
    fn name(&self) -> &'static str {
        "read"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            callers: Some(10),
            events: Some(100_000),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            callers,
            events,
            layout,
            connections,
            ..
        } = bench.settings;
        let streams = events / EVENTS_PER_STREAM;
        if streams == 0 {
            let reason = format!("a stream takes {EVENTS_PER_STREAM}");
            return Err(LoadError::invalid("--events", reason));
        }
        let population = [Population {
            streams,
            events_per_stream: EVENTS_PER_STREAM,
        }];
        let original = bench.schema(Layout::Original, &population).await?;
        let own = bench.schema(layout, &population).await?;
        let store = own.store(connections).await?;

        let walks = || Walk::of_callers(callers, streams);
        let length = usize::try_from(EVENTS_PER_STREAM).unwrap_or(usize::MAX);
        let entrants = vec![
            OriginalRead::entrant(&original, walks(), length).await?,
            Entrant::new(OURS, Reader::of_walks(&store, walks(), length)),
        ];
        Ok(Outcome::of(bench.compare(entrants).await?))
    }
}
