use std::sync::Arc;

use eventstore_core::EndReason;

use super::Driver;
use crate::SubscriptionEnded;
use crate::registry::Registration;
use crate::roster::Roster;

/// Makes room for the next subscription of the same key when this one is over, however it ends.
pub(super) struct Finish {
    roster: Arc<Roster>,
    registration: Option<Registration>,
}

impl Finish {
    pub(super) fn new(roster: Arc<Roster>, registration: Option<Registration>) -> Self {
        Self { roster, registration }
    }

    pub(super) fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.roster)
    }
}

impl Drop for Finish {
    fn drop(&mut self) {
        self.roster.close();
        if let Some(registration) = self.registration.take() {
            registration.end(&self.roster);
        }
        self.roster.finish();
    }
}

impl Driver {
    /// Nobody may wait for an answer while the lease is given back.
    pub(super) async fn let_go(&mut self) {
        self.commands.close();
        while self.commands.try_recv().is_ok() {}
        self.under_way.clear();
        if let Some(releasing) = self.releasing.take() {
            releasing.await;
        }
    }

    /// Tells every subscriber why the subscription has ended, once another one can begin.
    pub(super) fn tell_the_end(self, reason: EndReason) {
        let Self {
            roster,
            letterboxes,
            failure,
            finish,
            ..
        } = self;
        let ended = match reason {
            EndReason::StreamDeleted => Some(SubscriptionEnded::StreamDeleted),
            EndReason::SubscriptionDeleted => Some(SubscriptionEnded::SubscriptionDeleted),
            EndReason::Failed => failure,
            _ => None,
        };
        let late = roster.close();
        drop(finish);
        for letterbox in letterboxes.into_values() {
            letterbox.end(ended.clone());
        }
        for joining in late {
            joining.letterbox.end(ended.clone());
        }
    }
}
