use std::time::Instant;

use async_trait::async_trait;
use eventstore_core::backend::{EventImporter, ImportConflicts, ImportRun, Imported};
use eventstore_core::{Append, AppendReceipt, AppendSet, EventWriter, Result};

use crate::SqliteStore;

#[async_trait]
impl EventWriter for SqliteStore {
    /// In a transaction that concurrent appends share.
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        let label = self.database().label();
        let receipt = label.observed("append", self.inner.appends.append(append)).await?;
        label.appended(&receipt);
        Ok(receipt)
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        let began_at = Instant::now();
        let receipts = self
            .database()
            .label()
            .observed("append_set", self.database().append_set(set.clone()))
            .await?;
        for (append, receipt) in set.appends().iter().zip(&receipts) {
            self.inner.hub.committed(append, receipt, began_at);
        }
        Ok(receipts)
    }
}

#[async_trait]
impl EventImporter for SqliteStore {
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        let imported = self
            .database()
            .label()
            .observed("import", self.database().import(runs, conflicts))
            .await?;
        self.inner.hub.changed();
        Ok(imported)
    }
}
