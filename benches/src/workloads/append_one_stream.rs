use async_trait::async_trait;
use eventstore_postgres::Layout;

use super::appended::{Appended, streams_of};
use super::appender::Appender;
use super::{Outcome, Workload};
use crate::arguments::Expected;
use crate::bench::Bench;
use crate::error::Result;
use crate::measure::{Entrant, OURS};
use crate::references::{BareCommits, BareLoop, L0, L1, OriginalAppend};
use crate::sample;
use crate::settings::{Defaults, Settings};
use crate::soundness::size;

/// All callers append to one stream, whatever its version.
pub(super) struct AppendOneStream;

/// Our own appends by as many callers, each to a stream of its own.
const OWN_STREAMS: &str = "own_streams";

#[async_trait]
impl Workload for AppendOneStream {
    fn name(&self) -> &'static str {
        "append-one-stream"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            callers: Some(50),
            batch: Some(1),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            callers,
            batch,
            layout,
            connections,
            ..
        } = bench.settings;
        let streams = [streams_of(callers)?];
        let original = bench.schema(Layout::Original, &streams).await?;
        let bare = bench.schema(layout, &streams).await?;
        let apart = bench.schema(layout, &streams).await?;
        let own = bench.schema(layout, &streams).await?;
        let empty = size(&own).await?;
        let (elsewhere, store) = (apart.store(connections).await?, own.store(connections).await?);

        let entrants = vec![
            OriginalAppend::entrant(&original, vec![sample::stream(1); callers], batch).await?,
            BareLoop::entrant(&bare, layout, callers, batch).await?,
            Entrant::new(
                OWN_STREAMS,
                Appender::of_own_streams(&elsewhere, callers, batch, Expected::Any)?,
            ),
            Entrant::new(OURS, Appender::of_one_stream(&store, callers, batch)?),
            BareCommits::entrant(&bare).await?,
        ];
        let comparison = bench.compare(entrants).await?;

        Appended {
            references: &[(L0, &original), (L1, &bare), (OWN_STREAMS, &apart)],
            own: &own,
            empty,
        }
        .outcome(bench, comparison)
        .await
    }
}
