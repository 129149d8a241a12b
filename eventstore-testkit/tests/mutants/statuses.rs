//! Reports of holders that break a rule.

use async_trait::async_trait;
use eventstore_core::backend::{LeaseToken, StatusOutcome};
use eventstore_core::{ReportedStatus, Result, StatusReport, StatusText, SubscriptionStatusStore};
use eventstore_testkit::MemoryStore;

use crate::mutation::Mutation;

pub(crate) struct KeepsNoStatus;

#[async_trait]
impl Mutation for KeepsNoStatus {
    async fn report_status(
        &self,
        _store: &MemoryStore,
        _lease: LeaseToken,
        _report: &StatusReport,
    ) -> Result<StatusOutcome> {
        Ok(StatusOutcome::Reported)
    }
}

pub(crate) struct ListsStatusesBackwards;

#[async_trait]
impl Mutation for ListsStatusesBackwards {
    async fn subscription_statuses(&self, store: &MemoryStore) -> Result<Vec<ReportedStatus>> {
        let mut statuses = store.subscription_statuses().await?;
        statuses.reverse();
        Ok(statuses)
    }
}

pub(crate) struct CutsTheNameOfTheHolder;

#[async_trait]
impl Mutation for CutsTheNameOfTheHolder {
    async fn report_status(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        report: &StatusReport,
    ) -> Result<StatusOutcome> {
        let holder: String = report.holder.as_str().chars().take(255).collect();
        let cut = StatusReport {
            holder: StatusText::new(holder),
            ..report.clone()
        };
        store.report_status(lease, &cut).await
    }
}

pub(crate) struct HidesThatAReportIsRefused;

#[async_trait]
impl Mutation for HidesThatAReportIsRefused {
    async fn report_status(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        report: &StatusReport,
    ) -> Result<StatusOutcome> {
        store.report_status(lease, report).await?;
        Ok(StatusOutcome::Reported)
    }
}
