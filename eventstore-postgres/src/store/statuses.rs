use async_trait::async_trait;
use eventstore_core::backend::{LeaseToken, StatusOutcome};
use eventstore_core::{ReportedStatus, Result, StatusReport, SubscriptionId, SubscriptionStatusStore};

use crate::PostgresStore;
use crate::store::sessions::Sessions;

#[async_trait]
impl SubscriptionStatusStore for PostgresStore {
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        let call = async { self.session_for_change().await?.report_status(lease, report).await };
        self.label().observed("report_status", call).await
    }

    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        let call = async { self.session().await?.subscription_statuses().await };
        self.label().observed("subscription_statuses", call).await
    }

    async fn subscription_status(&self, id: SubscriptionId) -> Result<Option<ReportedStatus>> {
        let call = async { self.session().await?.subscription_status(id).await };
        self.label().observed("subscription_status", call).await
    }
}
