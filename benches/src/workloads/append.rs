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

/// Each caller appends to a stream of its own.
pub(super) struct Append;

#[async_trait]
impl Workload for Append {
    fn name(&self) -> &'static str {
        "append"
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            callers: Some(10),
            batch: Some(1),
            expected: Some(Expected::Exact),
            ..Defaults::default()
        }
    }

    async fn run(&self, bench: &mut Bench) -> Result<Outcome> {
        let Settings {
            callers,
            batch,
            layout,
            expected,
            connections,
            ..
        } = bench.settings;
        let streams = [streams_of(callers)?];
        let original = bench.schema(Layout::Original, &streams).await?;
        let bare = bench.schema(layout, &streams).await?;
        let own = bench.schema(layout, &streams).await?;
        let empty = size(&own).await?;
        let store = own.store(connections).await?;

        let names = (1..).take(callers).map(sample::stream).collect();
        let entrants = vec![
            OriginalAppend::entrant(&original, names, batch).await?,
            BareLoop::entrant(&bare, layout, callers, batch).await?,
            Entrant::new(OURS, Appender::of_own_streams(&store, callers, batch, expected)?),
            BareCommits::entrant(&bare).await?,
        ];
        let comparison = bench.compare(entrants).await?;

        Appended {
            references: &[(L0, &original), (L1, &bare)],
            own: &own,
            empty,
        }
        .outcome(bench, comparison)
        .await
    }
}
