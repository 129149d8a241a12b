use async_trait::async_trait;

use super::Outcome;
use crate::bench::Bench;
use crate::error::Result;
use crate::settings::Defaults;

/// Something that users do with an event store.
#[async_trait]
pub(crate) trait Workload: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    fn defaults(&self) -> Defaults;

    async fn run(&self, bench: &mut Bench) -> Result<Outcome>;
}
