use crate::bench::Bench;
use crate::error::{LoadError, Result};
use crate::measure::{Comparison, OURS, float, rounded};
use crate::population::Population;
use crate::server::Schema;
use crate::soundness::{size, verify};
use crate::workloads::Outcome;

/// The schemas that were appended to, empty at first.
pub(super) struct Appended<'a> {
    pub(super) references: &'a [(&'static str, &'a Schema)],
    pub(super) own: &'a Schema,
    /// What our tables took on the disk at first, in bytes.
    pub(super) empty: u64,
}

impl Appended<'_> {
    /// Verifies all of them, and tells what an event of ours has cost.
    pub(super) async fn outcome(self, bench: &Bench, comparison: Comparison) -> Result<Outcome> {
        bench.say("verifying what was appended");
        for (name, schema) in self.references {
            verify(name, schema, comparison.named(name)?.answered()).await?;
        }
        let ours = comparison.ours()?;
        let answered = ours.answered();
        verify(OURS, self.own, answered).await?;
        let grown = float(size(self.own).await?.saturating_sub(self.empty));
        let wal = ours.per_event(|usage| Some(float(usage.wal_bytes)));
        Ok(Outcome::of(comparison)
            .with_detail("wal_bytes_per_event", wal.map(|bytes| rounded(bytes, 0)))
            .with_detail("disk_bytes_per_event", rounded(grown / float(answered.max(1)), 0)))
    }
}

/// A stream for each of the callers.
pub(super) fn streams_of(callers: usize) -> Result<Population> {
    const MOST: u32 = 100_000;
    let streams = u32::try_from(callers).ok().filter(|callers| *callers <= MOST);
    let streams = streams.ok_or_else(|| LoadError::invalid("--callers", format!("it must not exceed {MOST}")))?;
    Ok(Population::empty(streams))
}
