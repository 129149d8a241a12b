use std::time::Instant;

use async_trait::async_trait;
use eventstore_core::backend::{EventImporter, ImportConflicts, ImportRun, Imported};
use eventstore_core::{Append, AppendReceipt, AppendSet, EventWriter, Result};

use crate::store::sessions::Sessions;
use crate::{OnConnection, PostgresStore};

#[async_trait]
impl EventWriter for PostgresStore {
    /// In a transaction that concurrent appends share.
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        let call = self.in_time(self.inner.appends.append(append));
        let receipt = self.label().observed("append", call).await?;
        self.label().appended(&receipt);
        Ok(receipt)
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        let began_at = Instant::now();
        let receipts = append_set(self, &set).await?;
        for (append, receipt) in set.appends().iter().zip(&receipts) {
            self.inner.hub.committed(append, receipt, began_at);
        }
        Ok(receipts)
    }
}

#[async_trait]
impl EventWriter for OnConnection<'_> {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        let call = async { self.session().await?.append(&append).await };
        self.label().observed("append", call).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        append_set(self, &set).await
    }
}

async fn append_set(store: &impl Sessions, set: &AppendSet) -> Result<Vec<AppendReceipt>> {
    let call = async { store.session_for_change().await?.append_set(set).await };
    store.label().observed("append_set", call).await
}

#[async_trait]
impl EventImporter for PostgresStore {
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        import(self, runs, conflicts).await
    }
}

#[async_trait]
impl EventImporter for OnConnection<'_> {
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        import(self, runs, conflicts).await
    }
}

async fn import(store: &impl Sessions, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
    let call = async { store.session_for_change().await?.import(runs, conflicts).await };
    store.label().observed("import", call).await
}
