use eventstore_core::backend::{AcquiredLease, LeaseToken, StreamWatch};
use eventstore_core::{EventNumber, Result, SubscriptionKey};
use tokio::sync::oneshot;

/// Requests to the task that keeps the leases.
pub(super) enum Command {
    TryAcquire(Acquisition),
    Watch(Watching),
    Release(Release),
}

pub(super) struct Acquisition {
    pub(super) key: SubscriptionKey,
    pub(super) start_after: EventNumber,
    /// Whether the subscription did not exist a moment ago.
    pub(super) is_missing: bool,
    pub(super) reply: oneshot::Sender<Result<Option<AcquiredLease>>>,
}

/// A request that a lease given before its stream existed watch that stream.
pub(super) struct Watching {
    pub(super) lease: LeaseToken,
    pub(super) reply: oneshot::Sender<Result<StreamWatch>>,
}

/// A lease that is given back.
pub(super) struct Release {
    pub(super) lease: LeaseToken,
    /// When others can have the lease in any case.
    pub(super) until: i64,
    pub(super) done: Option<oneshot::Sender<()>>,
}

impl Acquisition {
    /// A caller who no longer waits drops the lease, which gives it back.
    pub(super) fn answer(self, answer: Result<Option<AcquiredLease>>) {
        let _ = self.reply.send(answer);
    }
}

impl Release {
    pub(super) fn answer(self) {
        if let Some(done) = self.done {
            let _ = done.send(());
        }
    }
}
