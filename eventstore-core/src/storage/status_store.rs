use async_trait::async_trait;

use super::{ReportedStatus, StatusReport};
use crate::backend::LeaseToken;
use crate::{Result, SubscriptionId};

/// What happened to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusOutcome {
    /// The report has taken the place of the one before.
    Reported,
    /// Nothing was changed: the storage keeps no reports.
    NotKept,
    /// Nothing was changed: the lease is not the latest one.
    Fenced,
    /// Nothing was changed: the subscription has been deleted.
    SubscriptionGone,
}

/// Keeps what the holders of subscriptions report of them.
///
/// A storage need not keep reports: as the methods are given here, it keeps none.
///
/// # Contract
///
/// - There is one status for each subscription whose holders have reported: the last report, with the time at which it was stored.
/// - Only the holder of the latest lease reports: see [`SubscriptionLocks`](crate::backend::SubscriptionLocks).
/// - A status stays when its holder has gone. [`SubscriptionInfo::is_held`](crate::SubscriptionInfo::is_held) tells whether anyone runs the
///   subscription.
/// - A deleted subscription has no status.
#[async_trait]
pub trait SubscriptionStatusStore: Send + Sync {
    /// Stores a report in the place of the one before.
    ///
    /// If the future is dropped, the report may be stored, even after the drop, unless a later lease has been given by then.
    ///
    /// # Errors
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown), after which repeating the call with the same arguments settles the outcome
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        let _ = (lease, report);
        Ok(StatusOutcome::NotKept)
    }

    /// Returns what was reported last of each subscription, ordered by the subscriptions' ids.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        Ok(Vec::new())
    }

    /// Returns what was reported last of one subscription, if anything was.
    ///
    /// # Errors
    ///
    /// As [`subscription_statuses`](Self::subscription_statuses).
    async fn subscription_status(&self, id: SubscriptionId) -> Result<Option<ReportedStatus>> {
        let statuses = self.subscription_statuses().await?;
        Ok(statuses.into_iter().find(|status| status.id == id))
    }
}
