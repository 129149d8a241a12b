use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::{Progress, SubscriberId, SubscriptionKey};
use tokio::sync::{mpsc, watch};

use crate::driver::Command;
use crate::mailbox::Mailbox;
use crate::roster::Roster;
use crate::subscribe::Plan;
use crate::{Acknowledger, Subscribe, SubscribeError, Subscription};

/// The subscriptions that run here and can be joined.
#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<SubscriptionKey, Running>>);

/// What a subscriber needs of a subscription that runs.
pub(crate) struct Running {
    pub(crate) plan: Plan,
    pub(crate) roster: Arc<Roster>,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) progress: watch::Receiver<Progress>,
}

/// The entry of a subscription.
pub(crate) struct Registration {
    registry: Arc<Registry>,
    key: SubscriptionKey,
}

impl Registry {
    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<SubscriptionKey, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// One more subscriber; `None` if the subscription is about to end.
    pub(crate) fn join<T>(&self, request: &Subscribe<T>) -> Result<Option<Subscription<T>>, SubscribeError> {
        if !self.roster.is_open() {
            return Ok(None);
        }
        self.plan.check(&request.plan)?;
        let joined = self
            .roster
            .join(self.plan.settings.concurrency_limit, request.buffer_size)?;
        Ok(joined.map(|joined| self.subscription(request, joined)))
    }

    /// The subscriber's end of the subscription.
    pub(crate) fn subscription<T>(
        &self,
        request: &Subscribe<T>,
        (subscriber, mailbox): (SubscriberId, Mailbox),
    ) -> Subscription<T> {
        let acknowledger = Acknowledger {
            subscriber,
            commands: self.commands.clone(),
        };
        Subscription::new(
            (mailbox, Arc::clone(&request.mapper)),
            acknowledger,
            self.progress.clone(),
            Arc::clone(&self.roster),
            self.plan.acknowledges_when_taken,
        )
    }
}

impl Registration {
    pub(crate) fn new(registry: &Arc<Registry>, key: SubscriptionKey) -> Self {
        Self {
            registry: Arc::clone(registry),
            key,
        }
    }

    /// Removes the entry, unless it is another subscription's by now.
    pub(crate) fn end(self, roster: &Arc<Roster>) {
        let mut running = self.registry.lock();
        if running
            .get(&self.key)
            .is_some_and(|running| Arc::ptr_eq(&running.roster, roster))
        {
            running.remove(&self.key);
        }
    }
}
