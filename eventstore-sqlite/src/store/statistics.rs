use async_trait::async_trait;
use eventstore_core::{Result, StatisticsSource, StoreStatistics};

use crate::SqliteStore;

#[async_trait]
impl StatisticsSource for SqliteStore {
    async fn statistics(&self) -> Result<StoreStatistics> {
        let call = async { self.database().statistics() };
        self.database().label().observed("statistics", call).await
    }
}
