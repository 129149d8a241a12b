use async_trait::async_trait;
use eventstore_core::Result;
use eventstore_core::backend::{EventImporter, ImportConflicts, ImportRun, Imported};

use crate::observe::observed;
use crate::store::sessions::Sessions;
use crate::{OnConnection, PostgresStore};

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
    observed(store.label(), "import", call).await
}
