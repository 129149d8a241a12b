use std::sync::Arc;

use eventstore_backend::copies_of;
use eventstore_core::backend::{LeaseToken, StreamWatch};
use eventstore_core::{Error, EventNumber, Result, SubscriptionKey};
use tokio::sync::{mpsc, oneshot};

use super::{HeldLease, LeaseOwner, LeaseTable, Release};

/// Requests to the task that holds the locks.
pub(super) enum Command {
    TryAcquire(Acquisition),
    Release(Release),
    Watch(Watching),
}

pub(super) struct Acquisition {
    pub(super) table: Arc<LeaseTable>,
    pub(super) key: SubscriptionKey,
    pub(super) start_after: EventNumber,
    pub(super) reply: oneshot::Sender<Result<Option<(HeldLease, EventNumber)>>>,
}

/// A request that a lease given before its stream existed watch that stream.
pub(super) struct Watching {
    pub(super) table: Arc<LeaseTable>,
    pub(super) lease: LeaseToken,
    pub(super) reply: oneshot::Sender<Result<StreamWatch>>,
}

impl LeaseOwner for mpsc::UnboundedSender<Command> {
    fn take_back(&self, release: Release) {
        // An error means that the task has ended, and the lock with it.
        let _ = self.send(Command::Release(release));
    }
}

impl Acquisition {
    /// A caller who no longer waits drops the lease, which gives it back.
    pub(super) fn answer(self, answer: Result<Option<(HeldLease, EventNumber)>>) {
        let _ = self.reply.send(answer);
    }
}

/// Answers all of them with the same failure.
pub(super) fn refuse(mut acquisitions: Vec<Acquisition>, error: Error) {
    if acquisitions.len() == 1 {
        return acquisitions.remove(0).answer(Err(error));
    }
    let mut copies = copies_of(error);
    for acquisition in acquisitions {
        acquisition.answer(Err(copies()));
    }
}

/// Groups items by store, in the order in which they came: which writes a holder has made is recorded per store.
pub(super) fn by_table<T>(items: Vec<T>, table_of: fn(&T) -> &Arc<LeaseTable>) -> Vec<(Arc<LeaseTable>, Vec<T>)> {
    let mut tables: Vec<(Arc<LeaseTable>, Vec<T>)> = Vec::new();
    for item in items {
        let table = table_of(&item);
        match tables.iter_mut().find(|(other, _)| Arc::ptr_eq(other, table)) {
            Some((_, items)) => items.push(item),
            None => tables.push((Arc::clone(table), vec![item])),
        }
    }
    tables
}
