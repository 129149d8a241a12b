//! Statistics that break a rule.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use eventstore_core::{Result, StatisticsSource, StoreStatistics};
use eventstore_testkit::MemoryStore;

use crate::mutation::Mutation;

pub(crate) struct TakesNoBytes;

#[async_trait]
impl Mutation for TakesNoBytes {
    async fn statistics(&self, store: &MemoryStore) -> Result<StoreStatistics> {
        let mut statistics = store.statistics().await?;
        statistics.bytes_on_disk = Some(0);
        Ok(statistics)
    }
}

#[derive(Default)]
pub(crate) struct TakesFewerBytesEachTime {
    calls: AtomicU64,
}

#[async_trait]
impl Mutation for TakesFewerBytesEachTime {
    async fn statistics(&self, store: &MemoryStore) -> Result<StoreStatistics> {
        let mut statistics = store.statistics().await?;
        statistics.bytes_on_disk = Some(u64::MAX - self.calls.fetch_add(1, Ordering::Relaxed));
        Ok(statistics)
    }
}

#[derive(Default)]
pub(crate) struct CountsDown {
    calls: AtomicU64,
}

#[async_trait]
impl Mutation for CountsDown {
    async fn statistics(&self, store: &MemoryStore) -> Result<StoreStatistics> {
        let mut statistics = store.statistics().await?;
        statistics.commits = Some(u64::MAX - self.calls.fetch_add(1, Ordering::Relaxed));
        Ok(statistics)
    }
}

pub(crate) struct TellsStatisticsOnceItIsClosed;

#[async_trait]
impl Mutation for TellsStatisticsOnceItIsClosed {
    async fn statistics(&self, _: &MemoryStore) -> Result<StoreStatistics> {
        Ok(StoreStatistics::default())
    }
}
