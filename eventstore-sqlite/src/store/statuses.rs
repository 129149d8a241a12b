use async_trait::async_trait;
use eventstore_core::backend::{LeaseToken, StatusOutcome};
use eventstore_core::{ReportedStatus, Result, StatusReport, SubscriptionId, SubscriptionStatusStore};

use crate::SqliteStore;

#[async_trait]
impl SubscriptionStatusStore for SqliteStore {
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        let call = self.database().report_status(lease, report);
        self.database().label().observed("report_status", call).await
    }

    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        let call = self.database().subscription_statuses();
        self.database().label().observed("subscription_statuses", call).await
    }

    async fn subscription_status(&self, id: SubscriptionId) -> Result<Option<ReportedStatus>> {
        let call = self.database().subscription_status(id);
        self.database().label().observed("subscription_status", call).await
    }
}
