use std::sync::Arc;

use eventstore_core::machine::EndReason;
use eventstore_core::{Progress, SubscriptionStatus};
use tokio::sync::watch;

use crate::registry::Registration;
use crate::subscribers::Subscribers;

/// Makes room for the next subscription of the same key when this one is over, however it ends, and keeps it from being taken for
/// one that still runs.
pub(super) struct Deregistration {
    subscribers: Arc<Subscribers>,
    registration: Option<Registration>,
    progress: watch::Sender<Progress>,
}

impl Deregistration {
    pub(super) fn new(
        subscribers: Arc<Subscribers>,
        registration: Option<Registration>,
        progress: watch::Sender<Progress>,
    ) -> Self {
        Self {
            subscribers,
            registration,
            progress,
        }
    }

    pub(super) fn subscribers(&self) -> Arc<Subscribers> {
        Arc::clone(&self.subscribers)
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
        self.subscribers.close();
        if let Some(registration) = self.registration.take() {
            registration.end(&self.subscribers);
        }
        // Last, because it lets the next subscription of the key begin.
        self.subscribers.finish();
    }
}
