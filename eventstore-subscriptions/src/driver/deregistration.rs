use std::sync::Arc;

use eventstore_core::machine::EndReason;
use eventstore_core::{Progress, SubscriptionStatus};
use tokio::sync::watch;

use crate::registry::Registration;
use crate::subscriber_registry::SubscriberRegistry;

/// Makes room for the next subscription of the same key when this one is over, however it ends, and keeps it from being taken for
/// one that still runs.
pub(super) struct Deregistration {
    roster: Arc<SubscriberRegistry>,
    registration: Option<Registration>,
    progress: watch::Sender<Progress>,
}

impl Deregistration {
    pub(super) fn new(
        roster: Arc<SubscriberRegistry>,
        registration: Option<Registration>,
        progress: watch::Sender<Progress>,
    ) -> Self {
        Self {
            roster,
            registration,
            progress,
        }
    }

    pub(super) fn roster(&self) -> Arc<SubscriberRegistry> {
        Arc::clone(&self.roster)
    }
}

impl Drop for Deregistration {
    fn drop(&mut self) {
        self.progress.send_if_modified(|progress| {
            let has_ended = matches!(progress.status, SubscriptionStatus::Ended(_));
            if !has_ended {
                progress.status = SubscriptionStatus::Ended(EndReason::Failed);
            }
            !has_ended
        });
        self.roster.close();
        if let Some(registration) = self.registration.take() {
            registration.end(&self.roster);
        }
        // Last, because it lets the next subscription of the key begin.
        self.roster.finish();
    }
}
