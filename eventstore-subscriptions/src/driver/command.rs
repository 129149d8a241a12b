use eventstore_core::backend::LeaseToken;
use eventstore_core::machine::SubscriberId;
use eventstore_core::{EventNumber, Refusal, SubscriptionFailure};
use tokio::sync::oneshot;

use crate::AckError;

/// What a subscriber asks of the driver, or reports to it.
#[derive(Debug)]
pub(crate) enum Command {
    Acknowledge {
        subscriber: SubscriberId,
        number: EventNumber,
        /// The lease under which the event was delivered, if the subscriber knows it.
        under: Option<LeaseToken>,
        reply: oneshot::Sender<Result<(), AckError>>,
    },
    Refuse {
        subscriber: SubscriberId,
        number: EventNumber,
        /// The lease under which the event was delivered, if the subscriber knows it.
        under: Option<LeaseToken>,
        instead: Refusal,
        reply: oneshot::Sender<Result<(), AckError>>,
    },
    /// A handler failed: the event may be refused next.
    Failed {
        failure: SubscriptionFailure,
        attempts: u32,
        /// The lease under which the event was delivered, if the subscriber knows it.
        under: Option<LeaseToken>,
    },
    /// The storage refused a write under this lease.
    LoseLease { lease: LeaseToken },
}

impl Command {
    pub(super) fn refuse(self, error: AckError) {
        if let Self::Acknowledge { reply, .. } | Self::Refuse { reply, .. } = self {
            // A caller that does not wait for the answer does not need it.
            let _ = reply.send(Err(error));
        }
    }
}
