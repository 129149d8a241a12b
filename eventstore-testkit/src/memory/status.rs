use eventstore_core::backend::{LeaseToken, StatusOutcome};
use eventstore_core::{ReportedStatus, StatusReport, Timestamp};

use super::state::State;
use super::subscriptions::Claim;

impl State {
    pub(super) fn report_status(&mut self, lease: LeaseToken, report: &StatusReport, now: Timestamp) -> StatusOutcome {
        match self.claim(lease) {
            Claim::Gone => StatusOutcome::SubscriptionGone,
            Claim::Fenced => StatusOutcome::Fenced,
            Claim::Latest(_) => {
                let status = ReportedStatus {
                    id: lease.id,
                    report: report.clone(),
                    reported_at: now,
                };
                self.statuses.insert(lease.id.get(), status);
                StatusOutcome::Reported
            }
        }
    }

    pub(super) fn subscription_statuses(&self) -> Vec<ReportedStatus> {
        self.statuses.values().cloned().collect()
    }
}
