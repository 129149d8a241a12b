use std::any::Any;

use eventstore_core::machine::EndReason;
use eventstore_core::{Progress, SubscriptionStatus};
use tracing::{error, warn};

use super::Driver;
use super::event_selection::message_of;
use crate::SubscriptionEnded;

impl Driver {
    /// The machine is not used after a panic: its state may be half changed.
    pub(super) fn panicked(&mut self, panic: &(dyn Any + Send)) -> EndReason {
        let message = message_of(panic);
        error!(name = ?self.plan.name, stream = %self.plan.selector, message, "a subscription panicked");
        self.failure = Some(SubscriptionEnded::Panicked { number: None, message });
        let status = SubscriptionStatus::Ended(EndReason::Failed);
        let last = *self.progress.borrow();
        self.tell_progress(Progress { status, ..last });
        self.release();
        EndReason::Failed
    }

    /// Drops everything whose answer a caller may wait for, then gives the lease back: no caller waits for the release.
    pub(super) async fn let_go(&mut self) {
        self.commands.close();
        // Dropping a command closes the channel on which its caller waits for an answer.
        while self.commands.try_recv().is_ok() {}
        self.under_way.clear();
        if let Some(releasing) = self.releasing.take() {
            releasing.await;
        }
    }

    /// Tells every subscriber why the subscription has ended, once another one can begin.
    pub(super) fn tell_the_end(self, reason: EndReason) {
        let ended = self.ended_by(reason);
        let Self {
            subscribers,
            buffers,
            finish,
            ..
        } = self;
        let late = subscribers.close();
        drop(finish);
        for buffer in buffers.into_values() {
            buffer.end(ended.clone());
        }
        for joining in late {
            joining.buffer.end(ended.clone());
        }
    }

    fn ended_by(&self, reason: EndReason) -> Option<SubscriptionEnded> {
        match reason {
            EndReason::StreamDeleted => Some(SubscriptionEnded::StreamDeleted),
            EndReason::SubscriptionDeleted => Some(SubscriptionEnded::SubscriptionDeleted),
            EndReason::Failed => self.failure.clone().or_else(|| self.damage.clone()),
            EndReason::Unsaved => {
                let cause = self.failure.as_ref().and_then(SubscriptionEnded::cause).cloned();
                let source = cause.or_else(|| self.work.retries().last_failure_to_store());
                warn!(name = ?self.plan.name, stream = %self.plan.selector, ?source, "the last checkpoint is not stored");
                Some(SubscriptionEnded::NotStored { source })
            }
            _ => None,
        }
    }
}
